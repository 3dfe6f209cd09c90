/* SQL over setting. */
#include "store/settings.h"

#include "store/rows.h"

SD_SQL(setting_get, "SELECT value FROM setting WHERE name = $1");
SD_SQL(setting_set, "INSERT INTO setting (name, value) VALUES ($1, $2)"
                    " ON CONFLICT (name) DO UPDATE SET value = excluded.value");
SD_SQL(setting_names, "SELECT name FROM setting ORDER BY name");

sd_error_t *sd_settings_get(const char **value, sd_store_t *store, const char *name)
{
    void *found;

    SD_TRY(sd_rows_one(&found, store, &setting_get, SD_VALUES(SD_TEXT(name)), sd_rows_text));
    *value = found;
    return NULL;
}

sd_error_t *sd_settings_set(sd_store_t *store, const char *name, const char *value)
{
    return sd_store_execute(store, &setting_set, SD_VALUES(SD_TEXT(name), SD_TEXT(value)), NULL);
}

sd_error_t *sd_settings_names(apr_array_header_t **names, sd_store_t *store)
{
    return sd_rows_all(names, store, &setting_names, SD_NO_VALUES, sd_rows_text);
}
