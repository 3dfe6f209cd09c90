/* SQL over desk, desk_number, transition. */
#include "store/desks.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "store/rows.h"

SD_SQL(desk_by_id, "SELECT " SD_DESK_COLUMNS " FROM desk k WHERE k.id = $2");
SD_SQL(desk_by_key, "SELECT " SD_DESK_COLUMNS " FROM desk k WHERE k.key = $2");
SD_SQL(desk_list, "SELECT s.* FROM (SELECT " SD_DESK_COLUMNS " FROM desk k) s"
                  " WHERE $2 = 1 OR s.customer * $3 + s.agent * $4 + s.administrator * $5 > 0"
                  " ORDER BY s.id LIMIT $6 OFFSET $7");
SD_SQL(desk_insert, "INSERT INTO desk (key, name, description, access, signup, open, sharing, auto_status, created)"
                    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id");
SD_SQL(desk_update, "UPDATE desk SET name = $1, description = $2, sharing = $3, open = $4, auto_status = $5"
                    " WHERE id = $6");
SD_SQL(desk_number_insert, "INSERT INTO desk_number (desk_id, last) VALUES ($1, 0)");
SD_SQL(desk_set_language, "UPDATE desk SET language = $1 WHERE id = $2");
SD_SQL(transition_insert, "INSERT INTO transition (desk_id, name, from_status, to_status, resolution, customer)"
                          " VALUES ($1, $2, $3, $4, $5, $6)");

void sd_desk_of_row(sd_desk_t *desk, sd_row_t *row)
{
    desk->id = sd_row_int(row, 0);
    desk->key = sd_row_text(row, 1);
    desk->name = sd_row_text(row, 2);
    desk->description = sd_row_text(row, 3);
    desk->access = sd_row_text(row, 4);
    desk->signup = sd_row_bool(row, 5);
    desk->open = sd_row_bool(row, 6);
    desk->sharing = sd_row_text(row, 7);
    desk->auto_status = sd_row_bool(row, 8);
    desk->relations = (sd_row_bool(row, 9) ? SD_RELATION_CUSTOMER : 0) |
                      (sd_row_bool(row, 10) ? SD_RELATION_AGENT : 0) |
                      (sd_row_bool(row, 11) ? SD_RELATION_DESK_ADMIN : 0);
    desk->language = sd_row_text(row, 12);
}

static sd_error_t *take_desk(void *baton, sd_row_t *row)
{
    sd_desk_of_row(baton, row);
    return NULL;
}

static void *desk_record(apr_pool_t *pool, sd_row_t *row)
{
    sd_desk_t *desk = apr_pcalloc(pool, sizeof(*desk));

    sd_desk_of_row(desk, row);
    return desk;
}

static const char *without_prefix(const char *text, const char *prefix)
{
    apr_size_t length = strlen(prefix);

    return strncmp(text, prefix, length) == 0 ? text + length : NULL;
}

sd_error_t *sd_desks_ask(sd_desk_t *desk, sd_store_t *store, const char *id_or_key, sd_id_t account_id)
{
    const char *key = without_prefix(id_or_key, "projectKey:");
    const char *project = without_prefix(id_or_key, "projectId:");
    sd_id_t id = key ? 0 : sd_text_id(project ? project : id_or_key);

    *desk = (sd_desk_t){0};
    if (id) {
        return sd_store_ask(store, &desk_by_id, SD_VALUES(SD_INT(account_id), SD_INT(id)), take_desk, desk);
    }
    return project ? NULL
                   : sd_store_ask(store, &desk_by_key, SD_VALUES(SD_INT(account_id), SD_TEXT(key ? key : id_or_key)),
                                  take_desk, desk);
}

sd_error_t *sd_desks_find(const sd_desk_t **desk, sd_store_t *store, const char *id_or_key, sd_id_t account_id)
{
    sd_desk_t *found = apr_palloc(sd_store_pool(store), sizeof(*found));

    *desk = NULL;
    SD_TRY(sd_desks_ask(found, store, id_or_key, account_id));
    SD_TRY(sd_store_settle(store));
    *desk = found->id ? found : NULL;
    return NULL;
}

sd_error_t *sd_desks_list(sd_list_t **desks, sd_store_t *store, sd_id_t account_id, sd_relations_t scope, int every,
                          sd_page_t page)
{
    return sd_rows_page(desks, store, &desk_list,
                        SD_VALUES(SD_INT(account_id), SD_INT(every != 0), SD_INT((scope & SD_RELATION_CUSTOMER) != 0),
                                  SD_INT((scope & SD_RELATION_AGENT) != 0),
                                  SD_INT((scope & SD_RELATION_DESK_ADMIN) != 0), SD_PAGE_VALUES(page)),
                        page, desk_record);
}

sd_error_t *sd_desks_insert(sd_id_t *id, sd_store_t *store, const sd_desk_t *desk, sd_time_t created)
{
    SD_TRY(sd_rows_id(id, store, &desk_insert,
                      SD_VALUES(SD_TEXT(desk->key), SD_TEXT(desk->name), SD_TEXT(desk->description),
                                SD_TEXT(desk->access), SD_INT(desk->signup), SD_INT(desk->open), SD_TEXT(desk->sharing),
                                SD_INT(desk->auto_status), SD_INT(created))));
    return sd_store_execute(store, &desk_number_insert, SD_VALUES(SD_INT(*id)), NULL);
}

sd_error_t *sd_desks_update(sd_store_t *store, const sd_desk_t *desk)
{
    return sd_store_execute(store, &desk_update,
                            SD_VALUES(SD_TEXT(desk->name), SD_TEXT(desk->description), SD_TEXT(desk->sharing),
                                      SD_INT(desk->open), SD_INT(desk->auto_status), SD_INT(desk->id)),
                            NULL);
}

sd_error_t *sd_desks_set_language(sd_store_t *store, sd_id_t id, const char *language)
{
    return sd_store_execute(store, &desk_set_language, SD_VALUES(SD_TEXT(language), SD_INT(id)), NULL);
}

sd_error_t *sd_desks_insert_transition(sd_store_t *store, sd_id_t desk_id, const sd_transition_t *transition)
{
    return sd_store_execute(store, &transition_insert,
                            SD_VALUES(SD_INT(desk_id), SD_TEXT(transition->name), SD_TEXT(transition->from_status),
                                      SD_TEXT(transition->to_status), SD_TEXT(transition->resolution),
                                      SD_INT(transition->customer)),
                            NULL);
}
