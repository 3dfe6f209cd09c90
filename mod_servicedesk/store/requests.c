/* SQL over request, desk_number, desk_count. */
#include "store/requests.h"

#include "base/text.h"
#include "store/accounts.h"
#include "store/rows.h"

SD_SQL(request_by_id,
       "SELECT " SD_REQUEST_COLUMNS " FROM request AS r" SD_REQUEST_JOINS " WHERE r.id = $2 AND r.deleted = 0");
SD_SQL(request_by_key,
       "SELECT " SD_REQUEST_COLUMNS " FROM request AS r" SD_REQUEST_JOINS " WHERE r.key = $2 AND r.deleted = 0");
SD_SQL_EACH(request_number,
            "INSERT INTO desk_number (desk_id, last) VALUES ($1, 1)"
            " ON CONFLICT (desk_id) DO UPDATE SET last = desk_number.last + 1 RETURNING last",
            "SELECT nextval(('desk_number_' || $1)::regclass)");
#define INSERT(number_)                                                                                                \
    "INSERT INTO request (desk_id, key, request_type_id, reporter_id, author_id, summary, summary_key, status,"        \
    " status_at, open, created, updated, public_updated)"                                                              \
    " VALUES ($1, $2 || '-' || " number_ ", $3, $4, $5, $6, $7, $8, $9, 1, $9, $9, $9) RETURNING id, key"
SD_SQL_EACH(request_insert, INSERT("(SELECT n.last FROM desk_number n WHERE n.desk_id = $1)"),
            INSERT("currval(('desk_number_' || CAST($1 AS BIGINT))::regclass)"));
SD_SQL(request_touch, "UPDATE request SET updated = $1, version = version + 1 WHERE id = $2");
SD_SQL(request_touch_public, "UPDATE request SET updated = $1, version = version + 1, public_updated = $1,"
                             " public_version = public_version + 1 WHERE id = $2");
SD_SQL(
    request_set_status,
    "UPDATE request SET status = $1, status_at = $2, resolution = $3, open = $4, updated = $2, version = version + 1,"
    " public_updated = $2, public_version = public_version + 1 WHERE id = $5");
/* Participants and organizations carry the activity too, for their lists. */
SD_SQL(request_activity_of_participants, "UPDATE participant SET activity = $1 WHERE request_id = $2");
SD_SQL(request_activity_of_organizations, "UPDATE request_organization SET activity = $1 WHERE request_id = $2");
SD_SQL(request_set_assignee, "UPDATE request SET assignee_id = $1, updated = $2, version = version + 1 WHERE id = $3");
SD_SQL(request_delete, "UPDATE request SET deleted = 1, updated = $1, version = version + 1, public_updated = $1,"
                       " public_version = public_version + 1 WHERE id = $2");
SD_SQL(request_count,
       "INSERT INTO desk_count (desk_id, account_id, open_requests, closed_requests, last_activity)"
       " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (desk_id, account_id) DO UPDATE SET"
       " open_requests = desk_count.open_requests + $3, closed_requests = desk_count.closed_requests + $4,"
       " last_activity = $5");
SD_SQL(request_activity_of_reporter,
       "UPDATE desk_role SET activity = $1 WHERE desk_id = $2 AND role = 'customer' AND account_id = $3");

static sd_relations_t relations_of_row(sd_row_t *row, int first)
{
    static const sd_relations_t columns[] = {SD_RELATION_REPORTER, SD_RELATION_PARTICIPANT, SD_RELATION_ORGANIZATION,
                                             SD_RELATION_AGENT, SD_RELATION_DESK_ADMIN};
    sd_relations_t relations = 0;

    for (int i = 0; i < (int)(sizeof(columns) / sizeof(columns[0])); i++) {
        relations |= sd_row_bool(row, first + i) ? columns[i] : 0;
    }
    return relations;
}

void sd_request_of_row(sd_request_t *request, sd_row_t *row)
{
    request->id = sd_row_int(row, 0);
    request->key = sd_row_text(row, 1);
    request->desk_id = sd_row_int(row, 2);
    request->desk_key = sd_row_text(row, 3);
    request->sharing = sd_row_text(row, 4);
    request->request_type_id = sd_row_int(row, 5);
    request->assignee_id = sd_row_int(row, 6);
    request->summary = sd_row_text(row, 7);
    request->status = sd_row_text(row, 8);
    request->status_at = sd_row_int(row, 9);
    request->resolution = sd_row_text(row, 10);
    request->open = sd_row_bool(row, 11);
    request->created = sd_row_int(row, 12);
    request->updated = sd_row_int(row, 13);
    request->public_updated = sd_row_int(row, 14);
    request->version = sd_row_int(row, 15);
    request->public_version = sd_row_int(row, 16);
    request->relations = relations_of_row(row, 17);
    sd_account_of_row(&request->reporter, row, 22);
}

void *sd_requests_record(apr_pool_t *pool, sd_row_t *row)
{
    sd_request_t *request = apr_pcalloc(pool, sizeof(*request));

    sd_request_of_row(request, row);
    return request;
}

static sd_error_t *take_request(void *baton, sd_row_t *row)
{
    sd_request_of_row(baton, row);
    return NULL;
}

sd_error_t *sd_requests_ask(sd_request_t *request, sd_store_t *store, const char *id_or_key, sd_id_t account_id)
{
    sd_id_t id = sd_text_id(id_or_key);

    *request = (sd_request_t){0};
    return sd_store_ask(store, id ? &request_by_id : &request_by_key,
                        SD_VALUES(SD_INT(account_id), id ? SD_INT(id) : SD_TEXT(id_or_key)), take_request, request);
}

static sd_error_t *take_name(void *baton, sd_row_t *row)
{
    sd_request_t *request = baton;

    request->id = sd_row_int(row, 0);
    request->key = sd_row_text(row, 1);
    return NULL;
}

/* The number is counted up before; both go out together. */
sd_error_t *sd_requests_insert(sd_request_t *made, sd_store_t *store, const sd_new_request_t *request)
{
    SD_TRY(sd_store_ask(store, &request_number, SD_VALUES(SD_INT(request->desk_id)), NULL, NULL));
    return sd_store_query(store, &request_insert,
                          SD_VALUES(SD_INT(request->desk_id), SD_TEXT(request->desk_key),
                                    SD_INT(request->request_type_id), SD_INT(request->reporter_id),
                                    SD_INT(request->author_id), SD_TEXT(request->summary),
                                    SD_TEXT(request->summary_key), SD_TEXT(request->status), SD_INT(request->created)),
                          take_name, made);
}

static sd_error_t *spread_activity(sd_store_t *store, sd_id_t id, sd_time_t at)
{
    SD_TRY(sd_store_execute(store, &request_activity_of_participants, SD_VALUES(SD_INT(at), SD_INT(id)), NULL));
    return sd_store_execute(store, &request_activity_of_organizations, SD_VALUES(SD_INT(at), SD_INT(id)), NULL);
}

sd_error_t *sd_requests_touch(sd_store_t *store, sd_id_t id, sd_time_t at, int public)
{
    if (!public) {
        return sd_store_execute(store, &request_touch, SD_VALUES(SD_INT(at), SD_INT(id)), NULL);
    }
    SD_TRY(sd_store_execute(store, &request_touch_public, SD_VALUES(SD_INT(at), SD_INT(id)), NULL));
    return spread_activity(store, id, at);
}

sd_error_t *sd_requests_set_status(sd_store_t *store, sd_id_t id, const char *status, const char *resolution, int open,
                                   sd_time_t at)
{
    SD_TRY(sd_store_execute(store, &request_set_status,
                            SD_VALUES(SD_TEXT(status), SD_INT(at), SD_TEXT(resolution), SD_INT(open), SD_INT(id)),
                            NULL));
    return spread_activity(store, id, at);
}

sd_error_t *sd_requests_delete(sd_store_t *store, sd_id_t id, sd_time_t at)
{
    SD_TRY(sd_store_execute(store, &request_delete, SD_VALUES(SD_INT(at), SD_INT(id)), NULL));
    return spread_activity(store, id, at);
}

sd_error_t *sd_requests_set_assignee(sd_store_t *store, sd_id_t id, sd_id_t assignee_id, sd_time_t at)
{
    return sd_store_execute(store, &request_set_assignee, SD_VALUES(SD_ID_OR_NULL(assignee_id), SD_INT(at), SD_INT(id)),
                            NULL);
}

sd_error_t *sd_requests_count(sd_store_t *store, sd_id_t desk_id, sd_id_t account_id, int open, int closed,
                              sd_time_t at)
{
    SD_TRY(sd_store_execute(store, &request_count,
                            SD_VALUES(SD_INT(desk_id), SD_INT(account_id), SD_INT(open), SD_INT(closed), SD_INT(at)),
                            NULL));
    return sd_store_execute(store, &request_activity_of_reporter,
                            SD_VALUES(SD_INT(at), SD_INT(desk_id), SD_INT(account_id)), NULL);
}
