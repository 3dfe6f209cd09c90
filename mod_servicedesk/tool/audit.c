/* `audit list`: the audit read from a shell, page after page of what REST reads. */
#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "base/text.h"
#include "desk/audit_log.h"
#include "store/desks.h"
#include "tool/tool.h"

#define ROWS 100 /* that are shown unless --limit says otherwise */
#define ROWS_MAX 100000

typedef struct listing_t {
    sd_tool_t *tool;
    apr_hash_t *desk_keys; /* by id */
    apr_int64_t left;
} listing_t;

/* A desk is told by its key, and by its number once it is gone. */
static sd_error_t *key_of(const char **key, listing_t *listing, sd_id_t id)
{
    sd_tool_t *tool = listing->tool;
    const sd_desk_t *desk;

    *key = apr_hash_get(listing->desk_keys, &id, sizeof(id));
    if (*key || !id) {
        *key = *key ? *key : "";
        return NULL;
    }
    const char *number = apr_psprintf(tool->pool, "%" APR_INT64_T_FMT, id);
    SD_TRY(sd_desks_find(&desk, tool->work->store, number, 0));
    *key = desk ? desk->key : number;
    apr_hash_set(listing->desk_keys, apr_pmemdup(tool->pool, &id, sizeof(id)), sizeof(id), *key);
    return NULL;
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

/* Columns for people; programs get each member by itself. */
static json_t *line_of(sd_tool_t *tool, const sd_audit_row_t *row, const char *key)
{
    const char *object =
        apr_pstrcat(tool->pool, row->object_type, row->object_id ? ":" : "", or_empty(row->object_id), NULL);
    const char *actor = apr_pstrcat(tool->pool, or_empty(row->directory), row->directory ? "/" : "", row->actor, NULL);

    return json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "id", (json_int_t)row->id, "at",
                     sd_time_iso8601(tool->pool, row->at), "actor", actor, "face", row->face, "source",
                     or_empty(row->source), "act", row->act, "object", object, "desk", key, "result", row->result,
                     "detail", or_empty(row->detail));
}

static json_t *object_of(sd_tool_t *tool, const sd_audit_row_t *row, const char *key)
{
    json_t *detail = row->detail ? json_loads(row->detail, 0, NULL) : NULL;

    return json_pack("{s:I, s:s, s:s, s:s*, s:s, s:s*, s:s*, s:s, s:s, s:s*, s:s, s:s, s:b, s:o*}", "id",
                     (json_int_t)row->id, "at", sd_time_iso8601(tool->pool, row->at), "actor", row->actor, "directory",
                     row->directory, "face", row->face, "source", row->source, "logId", row->log_id, "act", row->act,
                     "objectType", row->object_type, "objectId", row->object_id, "desk", key, "result", row->result,
                     "sealed", row->actor_mark != NULL, "detail", detail);
}

static sd_error_t *append(listing_t *listing, const sd_audit_log_t *log)
{
    sd_tool_t *tool = listing->tool;
    const char *key;

    for (int i = 0; i < log->rows->nelts && listing->left; i++, listing->left--) {
        const sd_audit_row_t *row = APR_ARRAY_IDX(log->rows, i, const sd_audit_row_t *);

        SD_TRY(key_of(&key, listing, row->desk_id));
        json_array_append_new(tool->result, tool->json ? object_of(tool, row, key) : line_of(tool, row, key));
    }
    return NULL;
}

sd_error_t *sd_tool_limit(apr_int64_t *limit, sd_tool_t *tool)
{
    *limit = tool->limit ? sd_text_id(tool->limit) : ROWS;
    return *limit >= 1 && *limit <= ROWS_MAX ? NULL
                                             : sd_error_field(tool->pool, "limit", "sd.validation.number",
                                                              "The limit is a number from 1 to %d.", ROWS_MAX);
}

sd_error_t *sd_tool_audit_list(sd_tool_t *tool)
{
    listing_t listing = {tool, apr_hash_make(tool->pool), 0};
    sd_audit_log_input_t input = {.desk = tool->desk,
                                  .account = tool->account,
                                  .act = tool->act,
                                  .since = tool->since,
                                  .until = tool->until,
                                  .limit = SD_PAGE_LIMIT};
    sd_audit_log_t log = {NULL, 0};

    SD_TRY(sd_tool_limit(&listing.left, tool));
    tool->result = json_array();
    do {
        SD_TRY(sd_audit_log(&log, tool->work, &input));
        SD_TRY(append(&listing, &log));
        input.before = log.next;
    } while (log.next && listing.left);
    return NULL;
}
