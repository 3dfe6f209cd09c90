/* Rows of setting: only what differs from its default, or was set to it on purpose. */
#ifndef SD_STORE_SETTINGS_H
#define SD_STORE_SETTINGS_H

#include <apr_tables.h>

#include "store/store.h"

/* *value is NULL if there is no row. */
SD_CHECKED sd_error_t *sd_settings_get(const char **value, sd_store_t *store, const char *name);
SD_CHECKED sd_error_t *sd_settings_set(sd_store_t *store, const char *name, const char *value);
/* The names of all rows: const char *. */
SD_CHECKED sd_error_t *sd_settings_names(apr_array_header_t **names, sd_store_t *store);

#endif
