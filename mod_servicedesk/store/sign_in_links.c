/* SQL over desk.sign_in_link. */
#include "store/sign_in_links.h"

SD_SQL(sign_in_link_offered, "SELECT 1 FROM desk WHERE sign_in_link = 1 LIMIT 1");
SD_SQL(sign_in_link_for, "SELECT 1 FROM desk_role r JOIN desk k ON k.id = r.desk_id"
                         " WHERE r.account_id = $1 AND r.role = 'customer' AND k.sign_in_link = 1"
                         " UNION ALL SELECT 1 FROM organization_member m"
                         " JOIN desk_organization n ON n.organization_id = m.organization_id"
                         " JOIN desk e ON e.id = n.desk_id WHERE m.account_id = $1 AND e.sign_in_link = 1 LIMIT 1");

sd_error_t *sd_sign_in_links_are_offered(int *offered, sd_store_t *store)
{
    apr_int64_t found;

    SD_TRY(sd_store_number(store, &sign_in_link_offered, SD_NO_VALUES, 0, &found));
    *offered = found != 0;
    return NULL;
}

sd_error_t *sd_sign_in_links_are_for(int *offered, sd_store_t *store, sd_id_t account_id)
{
    apr_int64_t found;

    SD_TRY(sd_store_number(store, &sign_in_link_for, SD_VALUES(SD_INT(account_id)), 0, &found));
    *offered = found != 0;
    return NULL;
}
