/*
 * Domains: whose addresses may become accounts. The site has a list of those that are allowed and one of those that are
 * blocked, and so has each desk; an empty list of allowed ones allows all. An address must pass the site's lists and,
 * where it comes in through a desk, the desk's too. sd_domain_check() is asked wherever an account is made for an
 * address, or gets another one: by signup, invitation, mail, REST alike. The address that the desk's own mails come
 * from is nobody's: whoever had it would read what others answer.
 */
#ifndef SD_DESK_DOMAIN_H
#define SD_DESK_DOMAIN_H

#include "base/address.h"
#include "desk/work.h"

typedef struct sd_domains_t {
    apr_array_header_t *allowed; /* of const char *: "example.com", "*.example.com" */
    apr_array_header_t *blocked;
} sd_domains_t;

#define SD_DOMAINS_MAX 10000 /* a list; long enough for a file of disposable ones */

/* SD_ERROR_INPUT sd.domain.refused of `field` unless `address` may, sd.domain.own if it is the desk's, by whichever
 * spelling of the mailbox; `desk_id` 0: through no desk. In the caller's transaction. */
SD_CHECKED sd_error_t *sd_domain_check(sd_work_t *work, sd_id_t desk_id, const char *field,
                                       const sd_address_t *address);

/* A pattern as it is kept: a domain, or "*." and one, in lower-case A-labels. NULL if it is neither: a top-level domain
 * alone is not an address's, but "*." before it is all below it. */
const char *sd_domain_pattern(apr_pool_t *pool, const char *pattern);

/* The lists of the site (`desk` NULL; system administrators) or of a desk (its administrators). */
SD_CHECKED sd_error_t *sd_domains_get(sd_domains_t *domains, sd_work_t *work, const char *desk);

/* Replaces them; NULL: that list stays. Patterns in any spelling, kept in A-labels. Fields: allowed, blocked. */
SD_CHECKED sd_error_t *sd_domains_set(sd_work_t *work, const char *desk, const apr_array_header_t *allowed,
                                      const apr_array_header_t *blocked);

#endif
