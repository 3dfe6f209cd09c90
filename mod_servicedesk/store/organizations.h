/* Rows of organization, its members, properties and desks. All calls run in the caller's transaction. */
#ifndef SD_STORE_ORGANIZATIONS_H
#define SD_STORE_ORGANIZATIONS_H

#include "store/records.h"
#include "store/store.h"

/* With the relation MEMBER of `account_id` found by the same statement; *organization is NULL if there is none. */
SD_CHECKED sd_error_t *sd_organizations_find(const sd_organization_t **organization, sd_store_t *store, sd_id_t id,
                                             sd_id_t account_id);
/* By its name as sd_text_fold() makes it. */
SD_CHECKED sd_error_t *sd_organizations_find_named(const sd_organization_t **organization, sd_store_t *store,
                                                   const char *name_key, sd_id_t account_id);

/* All of them, by id. */
SD_CHECKED sd_error_t *sd_organizations_list(sd_list_t **organizations, sd_store_t *store, sd_id_t account_id,
                                             sd_page_t page);
/* Those that `member_id` is a member of, as `account_id` sees them. */
SD_CHECKED sd_error_t *sd_organizations_of_member(sd_list_t **organizations, sd_store_t *store, sd_id_t account_id,
                                                  sd_id_t member_id, sd_page_t page);
/* Those attached to a desk. */
SD_CHECKED sd_error_t *sd_organizations_of_desk(sd_list_t **organizations, sd_store_t *store, sd_id_t account_id,
                                                sd_id_t desk_id, sd_page_t page);

SD_CHECKED sd_error_t *sd_organizations_insert(sd_id_t *id, sd_store_t *store, const char *name, const char *name_key,
                                               sd_time_t created);
SD_CHECKED sd_error_t *sd_organizations_delete(sd_store_t *store, sd_id_t id);

/* Members, by account id. */
SD_CHECKED sd_error_t *sd_organizations_members(sd_list_t **accounts, sd_store_t *store, sd_id_t id, sd_page_t page);
/* *changed tells whether there was something to do. */
SD_CHECKED sd_error_t *sd_organizations_add_member(int *changed, sd_store_t *store, sd_id_t id, sd_id_t account_id);
SD_CHECKED sd_error_t *sd_organizations_remove_member(int *changed, sd_store_t *store, sd_id_t id, sd_id_t account_id);
SD_CHECKED sd_error_t *sd_organizations_attach(int *changed, sd_store_t *store, sd_id_t id, sd_id_t desk_id);
SD_CHECKED sd_error_t *sd_organizations_detach(int *changed, sd_store_t *store, sd_id_t id, sd_id_t desk_id);

/* The desks that the organization is attached to, or has been when requests were shared with it: ids as texts. */
SD_CHECKED sd_error_t *sd_organizations_desks(apr_array_header_t **ids, sd_store_t *store, sd_id_t id);

/* Keys in order: array of const char *. A value is JSON text; NULL if the key is not there. */
SD_CHECKED sd_error_t *sd_organizations_property_keys(apr_array_header_t **keys, sd_store_t *store, sd_id_t id);
SD_CHECKED sd_error_t *sd_organizations_property(const char **value, sd_store_t *store, sd_id_t id, const char *key);
SD_CHECKED sd_error_t *sd_organizations_put_property(sd_store_t *store, sd_id_t id, const char *key, const char *value);
SD_CHECKED sd_error_t *sd_organizations_delete_property(int *changed, sd_store_t *store, sd_id_t id, const char *key);

#endif
