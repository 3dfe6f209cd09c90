/* SQL over request_type and request_type_group. */
#include "store/request_types.h"

#include <apr_strings.h>

#include "base/text.h"
#include "store/desks.h"
#include "store/rows.h"

/* A type comes as one row a group it is in: the page is cut before the groups are joined. */
#define TYPE_COLUMNS "t.id, t.desk_id, t.name, t.description, t.help_text, t.icon, t.restricted"
#define WITH_GROUPS(types_)                                                                                            \
    "SELECT " TYPE_COLUMNS ", g.id FROM (" types_ ") t"                                                                \
    " LEFT JOIN request_type_group_member m ON m.request_type_id = t.id"                                               \
    " LEFT JOIN request_type_group g ON g.id = m.group_id ORDER BY t.id, g.position"

SD_SQL(request_type_find,
       WITH_GROUPS("SELECT * FROM request_type WHERE id = $1 AND ($2 = 0 OR desk_id = $2) AND deleted <= $3"));
SD_SQL(request_type_list,
       WITH_GROUPS("SELECT * FROM request_type r WHERE r.desk_id = $1 AND r.deleted = 0"
                   " AND ($2 = 0 OR EXISTS (SELECT 1 FROM request_type_group_member i"
                   " WHERE i.group_id = $2 AND i.request_type_id = r.id))"
                   " AND r.restricted >= $3 AND r.restricted <= $4"
                   " AND ($5 = '' OR r.search_key LIKE $5 ESCAPE '\\') ORDER BY r.id LIMIT $6 OFFSET $7"));
SD_SQL(request_type_list_all,
       WITH_GROUPS("SELECT r.* FROM (SELECT " SD_DESK_COLUMNS " FROM desk k) s"
                   " JOIN request_type r ON r.desk_id = s.id AND r.deleted = 0"
                   " WHERE ($2 = 1 OR s.customer * $3 + s.agent * $4 + s.administrator * $5 > 0)"
                   " AND (r.restricted = 0 OR $6 = 1"
                   " OR s.customer * $7 + s.agent * $8 + s.administrator * $9 > 0)"
                   " AND r.restricted >= $10 AND r.restricted <= $11"
                   " AND ($12 = '' OR $12 LIKE '%,' || s.id || ',%')"
                   " AND ($13 = '' OR r.search_key LIKE $13 ESCAPE '\\') ORDER BY r.id LIMIT $14 OFFSET $15"));
SD_SQL(request_type_insert,
       "INSERT INTO request_type (desk_id, name, description, help_text, icon, restricted, search_key, created)"
       " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id");
SD_SQL(request_type_restrict, "UPDATE request_type SET restricted = $1 WHERE id = $2");
SD_SQL(request_type_delete, "UPDATE request_type SET deleted = 1 WHERE id = $1");
SD_SQL(request_type_leave_groups, "DELETE FROM request_type_group_member WHERE request_type_id = $1");
SD_SQL(request_type_groups, "SELECT id, name FROM request_type_group WHERE desk_id = $1"
                            " ORDER BY position, id LIMIT $2 OFFSET $3");
SD_SQL(request_type_group_put, "INSERT INTO request_type_group (desk_id, name, position) VALUES ($1, $2, $3)"
                               " ON CONFLICT (desk_id, name) DO UPDATE SET position = excluded.position RETURNING id");
SD_SQL(request_type_group_empty, "DELETE FROM request_type_group_member WHERE group_id = $1");
SD_SQL(request_type_group_member_put,
       "INSERT INTO request_type_group_member (group_id, request_type_id, position) VALUES ($1, $2, $3)");
SD_SQL(request_type_group_cut, "DELETE FROM request_type_group WHERE desk_id = $1 AND position >= $2");
SD_SQL(request_type_group_shift, "UPDATE request_type_group SET position = position + $1 WHERE desk_id = $2");

typedef struct collect_t {
    apr_pool_t *pool;
    apr_array_header_t *types;
} collect_t;

static sd_request_type_t *type_of_row(apr_pool_t *pool, sd_row_t *row)
{
    sd_request_type_t *type = apr_pcalloc(pool, sizeof(*type));

    type->id = sd_row_int(row, 0);
    type->desk_id = sd_row_int(row, 1);
    type->name = sd_row_text(row, 2);
    type->description = sd_row_text(row, 3);
    type->help_text = sd_row_text(row, 4);
    type->icon = sd_row_text(row, 5);
    type->restricted = sd_row_bool(row, 6);
    type->group_ids = apr_array_make(pool, 1, sizeof(sd_id_t));
    return type;
}

/* Rows of one type follow each other. */
static sd_error_t *collect(void *baton, sd_row_t *row)
{
    collect_t *collect = baton;
    apr_array_header_t *types = collect->types;
    sd_request_type_t *last = types->nelts ? APR_ARRAY_IDX(types, types->nelts - 1, sd_request_type_t *) : NULL;
    sd_id_t group = sd_row_int(row, 7);

    if (!last || last->id != sd_row_int(row, 0)) {
        last = type_of_row(collect->pool, row);
        APR_ARRAY_PUSH(types, sd_request_type_t *) = last;
    }
    if (group) {
        APR_ARRAY_PUSH(last->group_ids, sd_id_t) = group;
    }
    return NULL;
}

static sd_error_t *ask(apr_array_header_t **types, sd_store_t *store, const sd_sql_t *sql, const sd_value_t *values,
                       int count)
{
    apr_pool_t *pool = sd_store_pool(store);
    collect_t *baton = apr_palloc(pool, sizeof(*baton));

    *baton = (collect_t){pool, apr_array_make(pool, 8, sizeof(sd_request_type_t *))};
    *types = baton->types;
    return sd_store_ask(store, sql, values, count, collect, baton);
}

static sd_error_t *run(apr_array_header_t **types, sd_store_t *store, const sd_sql_t *sql, const sd_value_t *values,
                       int count)
{
    SD_TRY(ask(types, store, sql, values, count));
    return sd_store_settle(store);
}

sd_error_t *sd_request_types_ask(apr_array_header_t **types, sd_store_t *store, sd_id_t id, int deleted)
{
    return ask(types, store, &request_type_find, SD_VALUES(SD_INT(id), SD_INT(0), SD_INT(deleted != 0)));
}

sd_error_t *sd_request_types_find(const sd_request_type_t **type, sd_store_t *store, sd_id_t desk_id, sd_id_t id,
                                  int deleted)
{
    apr_array_header_t *types;

    *type = NULL;
    SD_TRY(run(&types, store, &request_type_find, SD_VALUES(SD_INT(id), SD_INT(desk_id), SD_INT(deleted != 0))));
    if (types->nelts) {
        *type = APR_ARRAY_IDX(types, 0, const sd_request_type_t *);
    }
    return NULL;
}

/* The pattern that finds `text` anywhere; "" finds everything. */
static const char *pattern_of(apr_pool_t *pool, const char *text)
{
    return text && *text ? apr_pstrcat(pool, "%", sd_text_like(pool, text), "%", NULL) : "";
}

sd_error_t *sd_request_types_list(sd_list_t **types, sd_store_t *store, sd_id_t desk_id,
                                  const sd_request_types_filter_t *filter, sd_page_t page)
{
    apr_pool_t *pool = sd_store_pool(store);
    apr_array_header_t *rows;

    SD_TRY(run(&rows, store, &request_type_list,
               SD_VALUES(SD_INT(desk_id), SD_INT(filter->group_id), SD_INT(filter->only_restricted != 0),
                         SD_INT(filter->restricted && !filter->only_open),
                         SD_TEXT(pattern_of(pool, filter->search_key)), SD_PAGE_VALUES(page))));
    *types = sd_rows_list(pool, rows, page);
    return NULL;
}

/* ",1,7," for one statement to look into; "" if every desk will do, "," if none. */
static const char *joined_ids(apr_pool_t *pool, const apr_array_header_t *ids)
{
    const char *joined = ids ? "," : "";

    for (int i = 0; ids && i < ids->nelts; i++) {
        joined = apr_psprintf(pool, "%s%" APR_INT64_T_FMT ",", joined, APR_ARRAY_IDX(ids, i, sd_id_t));
    }
    return joined;
}

#define HAS(scope_, relation_) SD_INT(((scope_)&SD_RELATION_##relation_) != 0)

sd_error_t *sd_request_types_list_all(sd_list_t **types, sd_store_t *store, sd_id_t account_id, sd_relations_t scope,
                                      sd_relations_t restricted_scope, int every, const apr_array_header_t *desk_ids,
                                      const sd_request_types_filter_t *filter, sd_page_t page)
{
    apr_pool_t *pool = sd_store_pool(store);
    apr_array_header_t *rows;

    SD_TRY(run(&rows, store, &request_type_list_all,
               SD_VALUES(SD_INT(account_id), SD_INT(every != 0), HAS(scope, CUSTOMER), HAS(scope, AGENT),
                         HAS(scope, DESK_ADMIN), SD_INT(filter->restricted != 0), HAS(restricted_scope, CUSTOMER),
                         HAS(restricted_scope, AGENT), HAS(restricted_scope, DESK_ADMIN),
                         SD_INT(filter->only_restricted != 0), SD_INT(!filter->only_open),
                         SD_TEXT(joined_ids(pool, desk_ids)), SD_TEXT(pattern_of(pool, filter->search_key)),
                         SD_PAGE_VALUES(page))));
    *types = sd_rows_list(pool, rows, page);
    return NULL;
}

sd_error_t *sd_request_types_insert(sd_id_t *id, sd_store_t *store, const sd_request_type_t *type,
                                    const char *search_key, sd_time_t created)
{
    return sd_rows_id(id, store, &request_type_insert,
                      SD_VALUES(SD_INT(type->desk_id), SD_TEXT(type->name), SD_TEXT(type->description),
                                SD_TEXT(type->help_text), SD_TEXT(type->icon), SD_INT(type->restricted),
                                SD_TEXT(search_key), SD_INT(created)));
}

sd_error_t *sd_request_types_restrict(sd_store_t *store, sd_id_t id, int restricted)
{
    return sd_store_execute(store, &request_type_restrict, SD_VALUES(SD_INT(restricted), SD_INT(id)), NULL);
}

sd_error_t *sd_request_types_delete(sd_store_t *store, sd_id_t id)
{
    SD_TRY(sd_store_execute(store, &request_type_delete, SD_VALUES(SD_INT(id)), NULL));
    return sd_store_execute(store, &request_type_leave_groups, SD_VALUES(SD_INT(id)), NULL);
}

static void *group_record(apr_pool_t *pool, sd_row_t *row)
{
    sd_request_type_group_t *group = apr_pcalloc(pool, sizeof(*group));

    group->id = sd_row_int(row, 0);
    group->name = sd_row_text(row, 1);
    return group;
}

sd_error_t *sd_request_types_groups(sd_list_t **groups, sd_store_t *store, sd_id_t desk_id, sd_page_t page)
{
    return sd_rows_page(groups, store, &request_type_groups, SD_VALUES(SD_INT(desk_id), SD_PAGE_VALUES(page)), page,
                        group_record);
}

sd_error_t *sd_request_types_put_group(sd_id_t *id, sd_store_t *store, sd_id_t desk_id, const char *name, int position)
{
    SD_TRY(sd_rows_id(id, store, &request_type_group_put, SD_VALUES(SD_INT(desk_id), SD_TEXT(name), SD_INT(position))));
    return sd_store_execute(store, &request_type_group_empty, SD_VALUES(SD_INT(*id)), NULL);
}

sd_error_t *sd_request_types_put_member(sd_store_t *store, sd_id_t group_id, sd_id_t type_id, int position)
{
    return sd_store_execute(store, &request_type_group_member_put,
                            SD_VALUES(SD_INT(group_id), SD_INT(type_id), SD_INT(position)), NULL);
}

sd_error_t *sd_request_types_cut_groups(sd_store_t *store, sd_id_t desk_id, int position)
{
    return sd_store_execute(store, &request_type_group_cut, SD_VALUES(SD_INT(desk_id), SD_INT(position)), NULL);
}

sd_error_t *sd_request_types_shift_groups(sd_store_t *store, sd_id_t desk_id, int by)
{
    return sd_store_execute(store, &request_type_group_shift, SD_VALUES(SD_INT(by), SD_INT(desk_id)), NULL);
}
