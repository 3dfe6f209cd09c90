/*
 * Domains of organizations: whoever signs up, accepts an invitation, or comes to an account that was made for them,
 * with an address of such a domain, joins the organization once the address is proven. Exactly that domain, none below
 * it; never one where everybody can have an address. Set by system administrators, because requests that are shared
 * with an organization are read by all of it.
 */
#ifndef SD_DESK_ORGANIZATION_DOMAIN_H
#define SD_DESK_ORGANIZATION_DOMAIN_H

#include "desk/work.h"

#define SD_ORGANIZATION_DOMAINS 10 /* of one organization */

/* Array of const char *, in A-labels. */
SD_CHECKED sd_error_t *sd_organization_domains_get(apr_array_header_t **domains, sd_work_t *work, const char *id);

/* Replaces them; members stay. Field domains: sd.validation.domain, .too.many, sd.organization.domain.public; another
 * organization's: SD_ERROR_CONFLICT sd.organization.domain.taken. */
SD_CHECKED sd_error_t *sd_organization_domains_set(sd_work_t *work, const char *id, const apr_array_header_t *domains);

/* In the write in which the address was proven: joins what its domain belongs to. */
SD_CHECKED sd_error_t *sd_organization_join_by_domain(sd_work_t *work, const sd_account_t *account,
                                                      const char *address_key);

#endif
