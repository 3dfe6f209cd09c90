/* SQL over organization_domain. */
#include "store/organization_domains.h"

#include "store/rows.h"

SD_SQL(organization_domain_owner, "SELECT organization_id FROM organization_domain WHERE domain = $1");
SD_SQL(organization_domain_list, "SELECT domain FROM organization_domain WHERE organization_id = $1 ORDER BY domain");
SD_SQL(organization_domain_clear, "DELETE FROM organization_domain WHERE organization_id = $1");
SD_SQL(organization_domain_insert, "INSERT INTO organization_domain (domain, organization_id) VALUES ($1, $2)");

sd_error_t *sd_organization_domains_owner(sd_id_t *organization_id, sd_store_t *store, const char *domain)
{
    return sd_store_number(store, &organization_domain_owner, SD_VALUES(SD_TEXT(domain)), 0, organization_id);
}

sd_error_t *sd_organization_domains_list(apr_array_header_t **domains, sd_store_t *store, sd_id_t organization_id)
{
    return sd_rows_all(domains, store, &organization_domain_list, SD_VALUES(SD_INT(organization_id)), sd_rows_text);
}

sd_error_t *sd_organization_domains_clear(sd_store_t *store, sd_id_t organization_id)
{
    return sd_store_execute(store, &organization_domain_clear, SD_VALUES(SD_INT(organization_id)), NULL);
}

sd_error_t *sd_organization_domains_insert(sd_store_t *store, sd_id_t organization_id, const char *domain)
{
    return sd_store_execute(store, &organization_domain_insert, SD_VALUES(SD_TEXT(domain), SD_INT(organization_id)),
                            NULL);
}
