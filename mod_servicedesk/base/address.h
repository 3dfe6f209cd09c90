/*
 * One strict grammar of mail addresses for every way in: dot-atom "@" domain, at most 64 and 254 bytes. No quoted local
 * part, comment, route, percent hack or bang path; an international domain becomes its A-labels (IDNA 2008).
 * Source: RFC 5321 4.1.2 and 4.5.3.1, RFC 5322 3.4.1, RFC 5891.
 */
#ifndef SD_BASE_ADDRESS_H
#define SD_BASE_ADDRESS_H

#include "base/error.h"

typedef struct sd_address_t {
    const char *mailbox; /* for sending: the local part as typed, the domain in lower-case A-labels */
    const char *key;     /* for comparing and for uniqueness: all lower case */
    const char *domain;  /* lower-case A-labels */
} sd_address_t;

/* A domain alone, in lower-case A-labels; NULL if it is none. */
const char *sd_address_domain(apr_pool_t *pool, const char *text);

SD_CHECKED sd_error_t *sd_address_parse(sd_address_t *address, apr_pool_t *pool, const char *field, const char *text);

#endif
