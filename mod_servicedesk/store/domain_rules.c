/* SQL over domain_rule. */
#include "store/domain_rules.h"

#include "store/rows.h"

#define COLUMNS "desk_id, CASE WHEN verdict = 'allow' THEN 1 ELSE 0 END, pattern"

SD_SQL(domain_rule_match, "SELECT " COLUMNS " FROM domain_rule WHERE pattern = $1 AND desk_id IN (0, $2)");
SD_SQL(domain_rule_allow, "SELECT 1 FROM domain_rule WHERE desk_id = $1 AND verdict = 'allow' LIMIT 1");
SD_SQL(domain_rule_list, "SELECT " COLUMNS " FROM domain_rule WHERE desk_id = $1 ORDER BY verdict, pattern");
SD_SQL(domain_rule_clear, "DELETE FROM domain_rule WHERE desk_id = $1");
SD_SQL(domain_rule_insert, "INSERT INTO domain_rule (desk_id, verdict, pattern)"
                           " VALUES ($1, CASE WHEN $2 = 1 THEN 'allow' ELSE 'block' END, $3) ON CONFLICT DO NOTHING");

static void *record(apr_pool_t *pool, sd_row_t *row)
{
    sd_domain_rule_t *rule = apr_pcalloc(pool, sizeof(*rule));

    rule->desk_id = sd_row_int(row, 0);
    rule->allows = sd_row_bool(row, 1);
    rule->pattern = sd_row_text(row, 2);
    return rule;
}

sd_error_t *sd_domain_rules_match(apr_array_header_t **rules, sd_store_t *store, const char *pattern, sd_id_t desk_id)
{
    return sd_rows_all(rules, store, &domain_rule_match, SD_VALUES(SD_TEXT(pattern), SD_INT(desk_id)), record);
}

sd_error_t *sd_domain_rules_has_allow(int *has, sd_store_t *store, sd_id_t desk_id)
{
    apr_int64_t number;

    SD_TRY(sd_store_number(store, &domain_rule_allow, SD_VALUES(SD_INT(desk_id)), 0, &number));
    *has = number == 1;
    return NULL;
}

sd_error_t *sd_domain_rules_list(apr_array_header_t **rules, sd_store_t *store, sd_id_t desk_id)
{
    return sd_rows_all(rules, store, &domain_rule_list, SD_VALUES(SD_INT(desk_id)), record);
}

sd_error_t *sd_domain_rules_clear(sd_store_t *store, sd_id_t desk_id)
{
    return sd_store_execute(store, &domain_rule_clear, SD_VALUES(SD_INT(desk_id)), NULL);
}

sd_error_t *sd_domain_rules_insert(sd_store_t *store, const sd_domain_rule_t *rule)
{
    return sd_store_execute(store, &domain_rule_insert,
                            SD_VALUES(SD_INT(rule->desk_id), SD_INT(rule->allows != 0), SD_TEXT(rule->pattern)), NULL);
}
