/*
 * Organizations: groups of customers of the whole site, attached to any number of desks. Members may enter those desks;
 * requests can be shared with them. Agents (or, by setting, system administrators only) keep them.
 */
#ifndef SD_DESK_ORGANIZATION_H
#define SD_DESK_ORGANIZATION_H

#include <jansson.h>

#include "desk/work.h"

#define SD_PROPERTY_KEY_BYTES 255
#define SD_PROPERTY_VALUE_BYTES 32768

/* Makes it, or finds the one that has this name already (1 to 200 characters, compared folded). */
SD_CHECKED sd_error_t *sd_organization_create(const sd_organization_t **organization, sd_work_t *work,
                                              const char *name);

/*
 * The actor's own ones; staff and system administrators see all. `account` (whatever names a person, or NULL) asks for
 * those of somebody: for staff only, SD_ERROR_NOT_FOUND if nobody is called so.
 */
SD_CHECKED sd_error_t *sd_organization_list(sd_list_t **organizations, sd_work_t *work, const char *account,
                                            sd_page_t page);

SD_CHECKED sd_error_t *sd_organization_find(const sd_organization_t **organization, sd_work_t *work, const char *id);

/* With everything that hangs on it: memberships, properties, desks, shares. */
SD_CHECKED sd_error_t *sd_organization_delete(sd_work_t *work, const char *id);

/* Members by id; not shown to members themselves. */
SD_CHECKED sd_error_t *sd_organization_members(sd_list_t **accounts, sd_work_t *work, const char *id, sd_page_t page);

/*
 * `names` is an array of const char * that name people in any way. All or nothing: a name that nobody has is an error
 * (sd.validation.user) and changes nobody. Adding a member and removing a stranger is nothing to do, and no error.
 */
SD_CHECKED sd_error_t *sd_organization_add_members(sd_work_t *work, const char *id, const apr_array_header_t *names);
SD_CHECKED sd_error_t *sd_organization_remove_members(sd_work_t *work, const char *id, const apr_array_header_t *names);

/* Properties: any JSON under a key. Keys as array of const char *; a value as JSON text. */
SD_CHECKED sd_error_t *sd_organization_property_keys(apr_array_header_t **keys, sd_work_t *work, const char *id);
SD_CHECKED sd_error_t *sd_organization_property_get(const char **value, sd_work_t *work, const char *id,
                                                    const char *key);
SD_CHECKED sd_error_t *sd_organization_property_set(int *created, sd_work_t *work, const char *id, const char *key,
                                                    const json_t *value);
SD_CHECKED sd_error_t *sd_organization_property_delete(sd_work_t *work, const char *id, const char *key);

/* The organizations of a desk, and their coming and going: both ways idempotent. */
SD_CHECKED sd_error_t *sd_organization_list_of_desk(sd_list_t **organizations, sd_work_t *work, const char *desk,
                                                    sd_page_t page);
SD_CHECKED sd_error_t *sd_organization_attach(sd_work_t *work, const char *desk, const char *id);
SD_CHECKED sd_error_t *sd_organization_detach(sd_work_t *work, const char *desk, const char *id);

#endif
