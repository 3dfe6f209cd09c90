/* Transitions are listed and taken. */
#include "desk/transition.h"

#include <apr_strings.h>

#include "base/text.h"
#include "desk/comment.h"
#include "desk/request_guard.h"
#include "store/transitions.h"

typedef struct look_t {
    sd_page_t page;
    sd_list_t *list;
} look_t;

typedef struct take_t {
    sd_id_t id;
    const char *comment; /* NULL is none */
} take_t;

/* Only those for customers? */
static int as_customer(const sd_work_t *work, const sd_request_t *request)
{
    return !sd_policy_may(work, SD_MAY_TRANSITION, request->relations);
}

static sd_error_t *list(sd_work_t *work, const sd_request_t *request, void *baton)
{
    look_t *look = baton;

    if (!sd_policy_may(work, SD_MAY_TRANSITION_AS_CUSTOMER, request->relations)) {
        look->list = apr_pcalloc(work->pool, sizeof(*look->list));
        look->list->rows = apr_array_make(work->pool, 1, sizeof(sd_transition_t *));
        look->list->is_last = 1;
        look->list->page = look->page;
        return NULL;
    }
    return sd_transitions_list(&look->list, work->store, request->desk_id, request->status, as_customer(work, request),
                               look->page);
}

sd_error_t *sd_transition_list(sd_list_t **found, sd_work_t *work, const char *id_or_key, sd_page_t page)
{
    look_t look = {.page = page};

    SD_TRY(sd_request_look(work, id_or_key, SD_MAY_READ, list, &look));
    *found = look.list;
    return NULL;
}

static sd_error_t *take(sd_work_t *work, const sd_request_t *request, void *baton)
{
    const take_t *take = baton;
    const sd_transition_t *transition;
    const sd_comment_t *comment;

    SD_TRY(sd_transitions_find(&transition, work->store, request->desk_id, request->status, as_customer(work, request),
                               take->id));
    if (!transition) {
        return sd_error_field(work->pool, "id", "sd.transition.unknown",
                              "The request cannot take this transition from its present status.");
    }
    if (take->comment) {
        SD_TRY(sd_policy_request(work, SD_MAY_COMMENT, request));
        SD_TRY(sd_comment_insert(&comment, work, request, take->comment, 1));
    }
    SD_TRY(sd_request_move(work, request, transition->to_status, transition->resolution));
    return sd_request_audit(work, "request.transition", request,
                            apr_psprintf(work->pool, "{\"id\":\"%" APR_INT64_T_FMT "\",\"from\":\"%s\",\"to\":\"%s\"}",
                                         transition->id, transition->from_status, transition->to_status));
}

sd_error_t *sd_transition_take(sd_work_t *work, const char *id_or_key, const char *id, const char *comment,
                               const char *version)
{
    take_t baton = {.id = id ? sd_text_id(id) : 0, .comment = comment && *comment ? comment : NULL};

    if (!id) {
        return sd_error_field(work->pool, "id", "sd.validation.required", "Name the transition.");
    }
    if (baton.comment) {
        SD_TRY(sd_text_check(work->pool, "additionalComment", baton.comment, 1, SD_COMMENT_LENGTH, 1));
    }
    return sd_request_change(work, id_or_key, SD_MAY_TRANSITION_AS_CUSTOMER, version, take, &baton);
}

static sd_error_t *history(sd_work_t *work, const sd_request_t *request, void *baton)
{
    look_t *look = baton;

    return sd_transitions_history(&look->list, work->store, request->id, look->page);
}

sd_error_t *sd_transition_history(sd_list_t **found, sd_work_t *work, const char *id_or_key, sd_page_t page)
{
    look_t look = {.page = page};

    SD_TRY(sd_request_look(work, id_or_key, SD_MAY_READ, history, &look));
    *found = look.list;
    return NULL;
}
