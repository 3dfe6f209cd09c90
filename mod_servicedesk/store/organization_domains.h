/* Rows of organization_domain: whose new customers join which organization. In the caller's transaction. */
#ifndef SD_STORE_ORGANIZATION_DOMAINS_H
#define SD_STORE_ORGANIZATION_DOMAINS_H

#include <apr_tables.h>

#include "store/records.h"
#include "store/store.h"

/* Whose a domain is; 0: nobody's. */
SD_CHECKED sd_error_t *sd_organization_domains_owner(sd_id_t *organization_id, sd_store_t *store, const char *domain);

/* In order: const char *. */
SD_CHECKED sd_error_t *sd_organization_domains_list(apr_array_header_t **domains, sd_store_t *store,
                                                    sd_id_t organization_id);

SD_CHECKED sd_error_t *sd_organization_domains_clear(sd_store_t *store, sd_id_t organization_id);
SD_CHECKED sd_error_t *sd_organization_domains_insert(sd_store_t *store, sd_id_t organization_id, const char *domain);

#endif
