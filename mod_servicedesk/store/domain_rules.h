/* Rows of domain_rule: which domains may, or may not, become accounts. All calls run in the caller's transaction. */
#ifndef SD_STORE_DOMAIN_RULES_H
#define SD_STORE_DOMAIN_RULES_H

#include <apr_tables.h>

#include "store/records.h"
#include "store/store.h"

typedef struct sd_domain_rule_t {
    sd_id_t desk_id; /* 0: of the site */
    int allows;      /* else it blocks */
    const char *pattern;
} sd_domain_rule_t;

/* Those of the site and of one desk (0: of none) with exactly this pattern: sd_domain_rule_t *. */
SD_CHECKED sd_error_t *sd_domain_rules_match(apr_array_header_t **rules, sd_store_t *store, const char *pattern,
                                             sd_id_t desk_id);

/* Does the site (0) or the desk allow some domains only? */
SD_CHECKED sd_error_t *sd_domain_rules_has_allow(int *has, sd_store_t *store, sd_id_t desk_id);

/* All of the site or of a desk, in order of pattern. */
SD_CHECKED sd_error_t *sd_domain_rules_list(apr_array_header_t **rules, sd_store_t *store, sd_id_t desk_id);

SD_CHECKED sd_error_t *sd_domain_rules_clear(sd_store_t *store, sd_id_t desk_id);
/* One that is there already is not added again. */
SD_CHECKED sd_error_t *sd_domain_rules_insert(sd_store_t *store, const sd_domain_rule_t *rule);

#endif
