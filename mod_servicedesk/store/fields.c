/* SQL over request_field. */
#include "store/fields.h"

#include <apr_strings.h>

#include "store/rows.h"

#define CUSTOM_BASE 10000

SD_SQL(field_list,
       "SELECT f.id, t.desk_id, f.field_id, f.name, f.description, f.kind, f.required, f.visible, f.options,"
       " f.default_value, f.preset_value, f.last_option FROM request_field f"
       " JOIN request_type t ON t.id = f.request_type_id"
       " WHERE f.request_type_id = $1 ORDER BY f.position, f.id");
SD_SQL(field_insert, "INSERT INTO request_field (request_type_id, field_id, name, description, kind, required, visible,"
                     " position, options, default_value, preset_value, last_option)"
                     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id");
SD_SQL(field_name, "UPDATE request_field SET field_id = $1 WHERE id = $2");
SD_SQL(field_update, "UPDATE request_field SET name = $1, description = $2, kind = $3, required = $4, visible = $5,"
                     " position = $6, options = $7, default_value = $8, preset_value = $9, last_option = $10"
                     " WHERE id = $11");
SD_SQL(field_delete, "DELETE FROM request_field WHERE id = $1");

static void *field_record(apr_pool_t *pool, sd_row_t *row)
{
    sd_field_t *field = apr_pcalloc(pool, sizeof(*field));

    field->id = sd_row_int(row, 0);
    field->desk_id = sd_row_int(row, 1);
    field->field_id = sd_row_text(row, 2);
    field->name = sd_row_text(row, 3);
    field->description = sd_row_text(row, 4);
    field->kind = sd_row_text(row, 5);
    field->required = sd_row_bool(row, 6);
    field->visible = sd_row_bool(row, 7);
    field->options = sd_row_text(row, 8);
    field->default_value = sd_row_text(row, 9);
    field->preset_value = sd_row_text(row, 10);
    field->last_option = sd_row_int(row, 11);
    return field;
}

sd_error_t *sd_fields_ask(apr_array_header_t **fields, sd_store_t *store, sd_id_t request_type_id)
{
    return sd_rows_ask(fields, store, &field_list, SD_VALUES(SD_INT(request_type_id)), field_record);
}

sd_error_t *sd_fields_list(apr_array_header_t **fields, sd_store_t *store, sd_id_t request_type_id)
{
    SD_TRY(sd_fields_ask(fields, store, request_type_id));
    return sd_store_settle(store);
}

/* A custom field is called after its row, which has no id before it is there. */
sd_error_t *sd_fields_insert(sd_field_t *field, sd_store_t *store, sd_id_t request_type_id, int position)
{
    const char *field_id = field->field_id ? field->field_id : "";

    SD_TRY(
        sd_rows_id(&field->id, store, &field_insert,
                   SD_VALUES(SD_INT(request_type_id), SD_TEXT(field_id), SD_TEXT(field->name),
                             SD_TEXT(field->description), SD_TEXT(field->kind), SD_INT(field->required),
                             SD_INT(field->visible), SD_INT(position), SD_TEXT(field->options),
                             SD_TEXT(field->default_value), SD_TEXT(field->preset_value), SD_INT(field->last_option))));
    if (field->field_id) {
        return NULL;
    }
    field->field_id = apr_psprintf(sd_store_pool(store), "customfield_%" APR_INT64_T_FMT, CUSTOM_BASE + field->id);
    return sd_store_execute(store, &field_name, SD_VALUES(SD_TEXT(field->field_id), SD_INT(field->id)), NULL);
}

sd_error_t *sd_fields_update(sd_store_t *store, const sd_field_t *field, int position)
{
    return sd_store_execute(store, &field_update,
                            SD_VALUES(SD_TEXT(field->name), SD_TEXT(field->description), SD_TEXT(field->kind),
                                      SD_INT(field->required), SD_INT(field->visible), SD_INT(position),
                                      SD_TEXT(field->options), SD_TEXT(field->default_value),
                                      SD_TEXT(field->preset_value), SD_INT(field->last_option), SD_INT(field->id)),
                            NULL);
}

sd_error_t *sd_fields_delete(sd_store_t *store, sd_id_t id)
{
    return sd_store_execute(store, &field_delete, SD_VALUES(SD_INT(id)), NULL);
}
