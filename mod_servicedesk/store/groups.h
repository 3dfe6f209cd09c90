/* Rows of user_group and user_group_member: groups that Apache authentications told of, as seen at the last sign-in. */
#ifndef SD_STORE_GROUPS_H
#define SD_STORE_GROUPS_H

#include <apr_tables.h>

#include "store/records.h"
#include "store/store.h"

/* Names of an account's groups, sorted by byte: const char *. */
SD_CHECKED sd_error_t *sd_groups_of(apr_array_header_t **names, sd_store_t *store, sd_id_t account_id);

/* Makes `names` the account's groups; a group that is new becomes a row, one without members stays one. */
SD_CHECKED sd_error_t *sd_groups_replace(sd_store_t *store, sd_id_t account_id, const apr_array_header_t *names);

#endif
