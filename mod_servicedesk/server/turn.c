/* A row of gates with one slot each; the slots are robust, so a child that is killed leaves none shut. */
#include "server/turn.h"

#define GATES 256

static sd_slots_t *gate(sd_turns_t *turns, apr_size_t number)
{
    return (sd_slots_t *)(void *)((char *)turns + number * sd_slots_size(1));
}

apr_size_t sd_turns_size(void)
{
    return GATES * sd_slots_size(1);
}

apr_status_t sd_turns_init(sd_turns_t *turns)
{
    apr_status_t status = APR_SUCCESS;
    for (apr_size_t i = 0; i < GATES && status == APR_SUCCESS; i++) {
        status = sd_slots_init(gate(turns, i), 1, 1);
    }
    return status;
}

sd_slots_t *sd_turn_of(sd_turns_t *turns, const unsigned char digest[SD_DIGEST_BYTES])
{
    return gate(turns, digest[0] % GATES);
}
