/*
 * Who checks the same name and password at the same moment takes turns. A program that opens many connections at once
 * sends the same password on all of them; without this each would take one of the tries that wrong passwords have, and
 * a hash. Who comes second finds the answer of the first in the memory of verified passwords. The gates lie in memory
 * that all children share, chosen by a keyed digest of the pair; two pairs that meet at one gate only wait for each
 * other.
 */
#ifndef SD_SERVER_TURN_H
#define SD_SERVER_TURN_H

#include "base/digest.h"
#include "base/slots.h"

typedef struct sd_turns_t sd_turns_t;

apr_size_t sd_turns_size(void);
/* Once, before any child looks at it; the memory belongs to the caller. */
apr_status_t sd_turns_init(sd_turns_t *turns);

/* The gate of a pair: one holder at a time. */
sd_slots_t *sd_turn_of(sd_turns_t *turns, const unsigned char digest[SD_DIGEST_BYTES]);

#endif
