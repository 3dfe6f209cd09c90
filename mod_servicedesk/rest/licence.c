/* The licence and its seats, notices to administrators, the flag that keeps an account from taking a seat. */
#include "rest/licence.h"

#include <apr_strings.h>

#include "base/text.h"
#include "desk/account.h"
#include "desk/licence.h"
#include "desk/notice.h"
#include "desk/setting.h"
#include "web/present_people.h"

static json_t *present_ways(const apr_array_header_t *ways)
{
    json_t *values = json_array();

    for (int i = 0; i < ways->nelts; i++) {
        const sd_seat_way_t *way = APR_ARRAY_IDX(ways, i, const sd_seat_way_t *);
        json_t *object = json_object();

        sd_json_put_text(object, "serviceDeskKey", way->desk_key);
        sd_json_put_text(object, "kind", way->kind);
        sd_json_put_text(object, "group", way->group);
        sd_json_put_text(object, "through", way->through);
        json_array_append_new(values, object);
    }
    return values;
}

static json_t *present_seats(sd_call_t *call, const apr_array_header_t *seats)
{
    json_t *values = json_array();

    for (int i = 0; i < seats->nelts; i++) {
        const sd_seat_t *seat = APR_ARRAY_IDX(seats, i, const sd_seat_t *);
        json_t *object = json_object();

        sd_json_put(object, "user", sd_present_account(call, seat->account));
        sd_json_put_text(object, "directory", seat->account->directory);
        sd_json_put(object, "counts", json_boolean(!seat->counted_in));
        sd_json_put_text(object, "countedIn", seat->counted_in);
        sd_json_put(object, "ways", present_ways(seat->ways));
        json_array_append_new(values, object);
    }
    return values;
}

static json_t *present_risks(sd_call_t *call, const apr_array_header_t *risks)
{
    json_t *values = json_array();

    for (int i = 0; i < risks->nelts; i++) {
        const sd_seat_risk_t *risk = APR_ARRAY_IDX(risks, i, const sd_seat_risk_t *);
        json_t *object = json_object();

        sd_json_put_text(object, "kind", risk->kind);
        sd_json_put(object, "group", sd_present_group(call, &risk->group));
        sd_json_put(object, "seats", json_integer(risk->members));
        json_array_append_new(values, object);
    }
    return values;
}

sd_error_t *sd_rest_licence_get(sd_call_t *call)
{
    const sd_licence_t *licence;

    SD_TRY(sd_licence_report(&licence, call->work));
    call->reply = json_object();
    sd_json_put_text(call->reply, "model", licence->model);
    sd_json_put(call->reply, "limit", licence->limit ? json_integer(licence->limit) : NULL);
    sd_json_put(call->reply, "used", json_integer(licence->used));
    sd_json_put(call->reply, "seats", present_seats(call, licence->seats));
    sd_json_put(call->reply, "warnings", present_risks(call, licence->risks));
    return NULL;
}

/* {"limit": 10, "model": "agents"}: each may be absent; 0 is no limit. Both are changed, or none. */
sd_error_t *sd_rest_licence_put(sd_call_t *call)
{
    static const char *const names[] = {"licence_model", "licence_limit"};
    static const char *const members[] = {"model", "limit", NULL};
    const char *values[] = {NULL, NULL};
    int bad;

    SD_TRY(sd_body_some(call, members));
    SD_TRY(sd_body_text(&values[0], call, "model"));
    const json_t *number = json_object_get(call->body, "limit");
    if (json_is_integer(number)) {
        values[1] = apr_psprintf(call->pool, "%" APR_INT64_T_FMT, (apr_int64_t)json_integer_value(number));
    } else if (number) {
        return sd_error_field(call->pool, "limit", "sd.validation.number", "limit must be a number from 0 on.");
    }
    sd_error_t *error = sd_setting_set_each(&bad, call->work, names, values, 2);
    if (error && error->field) {
        error->field = members[bad]; /* as the caller named it */
    }
    SD_TRY(error);
    return sd_rest_licence_get(call);
}

sd_error_t *sd_rest_notice_list(sd_call_t *call)
{
    json_t *values;
    sd_list_t *list;
    sd_page_t page;

    SD_TRY(sd_query_page(&page, call));
    SD_TRY(sd_notice_list(&list, call->work, page));
    values = json_array();
    for (int i = 0; i < list->rows->nelts; i++) {
        const sd_notice_t *notice = APR_ARRAY_IDX(list->rows, i, const sd_notice_t *);
        json_t *object = json_object();

        sd_json_put_id(object, "id", notice->id);
        sd_json_put_text(object, "kind", notice->kind);
        sd_json_put_text(object, "subject", notice->subject);
        sd_json_put(object, "detail", notice->detail ? json_loads(notice->detail, 0, NULL) : NULL);
        sd_json_put(object, "first", sd_present_date(call, notice->first));
        sd_json_put(object, "last", sd_present_date(call, notice->last));
        sd_json_put(object, "times", json_integer(notice->times));
        json_array_append_new(values, object);
    }
    call->reply = sd_reply_page(call, list, values);
    return NULL;
}

sd_error_t *sd_rest_notice_delete(sd_call_t *call)
{
    sd_id_t id = sd_text_id(call->parts[0]);

    if (!id) {
        return sd_error_not_found(call->pool);
    }
    SD_TRY(sd_notice_remove(call->work, id));
    return sd_reply_nothing(call);
}

sd_error_t *sd_rest_account_portal_only_put(sd_call_t *call)
{
    int portal_only, confirm;

    SD_TRY(sd_body_object(call));
    SD_TRY(sd_body_confirm(&confirm, call));
    SD_TRY(sd_body_bool(&portal_only, call, "portalOnly"));
    if (portal_only < 0) {
        return sd_error_field(call->pool, "portalOnly", "sd.validation.required", "portalOnly is true or false.");
    }
    SD_TRY(sd_account_set_portal_only(call->work, call->parts[0], portal_only, confirm));
    return sd_reply_nothing(call);
}
