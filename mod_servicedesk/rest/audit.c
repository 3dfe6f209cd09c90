/* Pages of the audit: ?before=ID&limit=N, and account=, objectType= with objectId=, act=, since=, until=. */
#include "rest/audit.h"

#include <apr_strings.h>

#include "base/text.h"
#include "desk/audit_log.h"

static json_t *present_row(sd_call_t *call, const sd_audit_row_t *row, int whole)
{
    json_t *object = json_object();
    sd_json_put_id(object, "id", row->id);
    sd_json_put(object, "at", sd_present_date(call, row->at));
    sd_json_put_text(object, "actor", row->actor);
    sd_json_put_text(object, "directory", row->directory);
    sd_json_put_text(object, "face", row->face);
    sd_json_put_text(object, "source", whole ? row->source : NULL);
    sd_json_put_text(object, "logId", whole ? row->log_id : NULL);
    sd_json_put_text(object, "act", row->act);
    sd_json_put_text(object, "objectType", row->object_type);
    sd_json_put_text(object, "objectId", row->object_id);
    sd_json_put_id(object, "serviceDeskId", row->desk_id);
    sd_json_put_text(object, "result", row->result);
    sd_json_put(object, "detail", row->detail ? json_loads(row->detail, 0, NULL) : NULL);
    sd_json_put(object, "sealed", json_boolean(row->actor_mark != NULL));
    return object;
}

static sd_error_t *read_query(sd_audit_log_input_t *input, sd_call_t *call)
{
    const char *before = sd_query_get(call, "before");
    sd_page_t page;
    SD_TRY(sd_query_page(&page, call));
    if (before && !sd_text_id(before)) {
        return sd_error_field(call->pool, "before", "sd.validation.id", "before is not an id.");
    }
    input->limit = page.limit;
    input->before = before ? sd_text_id(before) : 0;
    input->account = sd_query_get(call, "account");
    input->object_type = sd_query_get(call, "objectType");
    input->object_id = sd_query_get(call, "objectId");
    input->act = sd_query_get(call, "act");
    input->since = sd_query_get(call, "since");
    input->until = sd_query_get(call, "until");
    return NULL;
}

static const char *next_link(sd_call_t *call, const sd_audit_log_input_t *input, sd_id_t next)
{
    static const char *const names[] = {"account", "objectType", "objectId", "act", "since", "until", NULL};
    const char *query = "";
    for (int i = 0; names[i]; i++) {
        const char *value = sd_query_get(call, names[i]);
        if (value) {
            query = apr_pstrcat(call->pool, query, "&", names[i], "=", sd_link_escape(call, value), NULL);
        }
    }
    return sd_link(call, "%s?before=%" APR_INT64_T_FMT "&limit=%" APR_INT64_T_FMT "%s", call->path, next, input->limit,
                   query);
}

static sd_error_t *list(sd_call_t *call, const char *desk)
{
    sd_audit_log_input_t input = {.desk = desk};
    sd_audit_log_t log;
    SD_TRY(read_query(&input, call));
    SD_TRY(sd_audit_log(&log, call->work, &input));
    json_t *values = json_array();
    for (int i = 0; i < log.rows->nelts; i++) {
        json_array_append_new(values, present_row(call, APR_ARRAY_IDX(log.rows, i, const sd_audit_row_t *), !desk));
    }
    call->reply = json_pack("{s:I, s:i, s:b}", "limit", (json_int_t)input.limit, "size", log.rows->nelts, "isLastPage",
                            log.next == 0);
    sd_json_put(call->reply, "values", values);
    if (log.next) {
        sd_json_put(call->reply, "_links", json_pack("{s:s}", "next", next_link(call, &input, log.next)));
    }
    return NULL;
}

sd_error_t *sd_rest_audit_list(sd_call_t *call)
{
    return list(call, NULL);
}

sd_error_t *sd_rest_desk_audit_list(sd_call_t *call)
{
    return list(call, call->parts[0]);
}
