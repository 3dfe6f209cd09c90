/* Comments are written, listed, found. */
#include "desk/comment.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "desk/request_guard.h"
#include "desk/request_index.h"
#include "desk/workflow.h"
#include "store/comments.h"
#include "store/desks.h"
#include "store/requests.h"

typedef struct add_t {
    const char *body;
    int public;
    const sd_request_t *request;
    const sd_comment_t *comment;
} add_t;

typedef struct look_t {
    int public, internal;
    sd_page_t page;
    sd_id_t id;
    const sd_request_t *request;
    sd_list_t *list;
    const sd_comment_t *comment;
} look_t;

/* The reporter is a customer of this request, whatever else he is. */
static int speaks_as_customer(const sd_work_t *work, const sd_request_t *request)
{
    return (request->relations & SD_RELATION_REPORTER) ||
           !sd_policy_may(work, SD_MAY_COMMENT_INTERNAL, request->relations);
}

/* The status that a public comment leads to, or NULL if it stays. */
static const char *status_after(const sd_work_t *work, const sd_request_t *request)
{
    if (speaks_as_customer(work, request)) {
        int answered = strcmp(request->status, "waiting-for-customer") == 0;

        return answered || strcmp(request->status, "resolved") == 0 ? "waiting-for-support" : NULL;
    }
    return request->open ? "waiting-for-customer" : NULL;
}

static sd_error_t *follow(sd_work_t *work, const sd_request_t *request)
{
    const char *status = status_after(work, request);
    const sd_desk_t *desk;

    if (!status || strcmp(status, request->status) == 0) {
        return NULL;
    }
    SD_TRY(sd_desks_find(&desk, work->store, request->desk_key, 0));
    return desk && desk->auto_status ? sd_request_move(work, request, status, NULL) : NULL;
}

sd_error_t *sd_comment_insert(const sd_comment_t **comment, sd_work_t *work, const sd_request_t *request,
                              const char *body, int public)
{
    sd_id_t author = work->actor.account_id;
    sd_comment_t *made = apr_pcalloc(work->pool, sizeof(*made));
    sd_request_text_t *text = apr_palloc(work->pool, sizeof(*text));

    if (!author) {
        return sd_error_new(work->pool, SD_ERROR_FORBIDDEN, "sd.account.needed",
                            "Only an account can write a comment.");
    }
    made->request_id = request->id;
    made->author = *work->actor.account;
    made->body = body;
    made->public = public;
    made->created = sd_work_now(work);
    SD_TRY(sd_request_texts_ask(text, work->store, request->desk_id, request->id));
    SD_TRY(sd_comments_insert(&made->id, work->store, request->id, author, body, public, made->created));
    SD_TRY(sd_request_index_comment(work, text, body, public));
    SD_TRY(sd_requests_touch(work->store, request->id, made->created, public));
    if (public && author == request->reporter.id) {
        SD_TRY(sd_requests_count(work->store, request->desk_id, author, 0, 0, made->created));
    }
    *comment = made;
    return sd_request_audit(work, "comment.create", request,
                            apr_psprintf(work->pool, "{\"id\":\"%" APR_INT64_T_FMT "\",\"public\":%s}", made->id,
                                         public ? "true" : "false"));
}

static sd_error_t *add(sd_work_t *work, const sd_request_t *request, void *baton)
{
    add_t *add = baton;

    if (!add->public) {
        SD_TRY(sd_policy_request(work, SD_MAY_COMMENT_INTERNAL, request));
    }
    SD_TRY(sd_comment_insert(&add->comment, work, request, add->body, add->public));
    add->request = request;
    return add->public ? follow(work, request) : NULL;
}

sd_error_t *sd_comment_add(const sd_comment_t **comment, const sd_request_t **request, sd_work_t *work,
                           const char *id_or_key, const char *body, int public)
{
    add_t baton = {.body = body, .public = public};
    sd_error_t *errors = sd_text_check(work->pool, "body", body, 1, SD_COMMENT_LENGTH, 1);

    if (public < 0) {
        errors = sd_error_append(errors, sd_error_field(work->pool, "public", "sd.validation.required",
                                                        "Say whether the comment is public."));
    }
    SD_TRY(errors);
    SD_TRY(sd_request_change(work, id_or_key, SD_MAY_COMMENT, NULL, add, &baton));
    *comment = baton.comment;
    *request = baton.request;
    return NULL;
}

static sd_error_t *list(sd_work_t *work, const sd_request_t *request, void *baton)
{
    look_t *look = baton;

    look->request = request;
    return sd_comments_list(&look->list, work->store, request->id, look->public,
                            look->internal && sd_request_is_staff(work, request), look->page);
}

sd_error_t *sd_comment_list(sd_list_t **found, const sd_request_t **request, sd_work_t *work, const char *id_or_key,
                            int public, int internal, sd_page_t page)
{
    look_t look = {.public = public, .internal = internal, .page = page};

    SD_TRY(sd_request_look(work, id_or_key, SD_MAY_READ, list, &look));
    *found = look.list;
    *request = look.request;
    return NULL;
}

static sd_error_t *find(sd_work_t *work, const sd_request_t *request, void *baton)
{
    look_t *look = baton;

    look->request = request;
    SD_TRY(sd_comments_find(&look->comment, work->store, request->id, look->id, sd_request_is_staff(work, request)));
    return look->comment ? NULL : sd_error_not_found(work->pool);
}

sd_error_t *sd_comment_find(const sd_comment_t **comment, const sd_request_t **request, sd_work_t *work,
                            const char *id_or_key, const char *comment_id)
{
    look_t look = {.id = sd_text_id(comment_id)};

    SD_TRY(sd_request_look(work, id_or_key, SD_MAY_READ, find, &look));
    *comment = look.comment;
    *request = look.request;
    return NULL;
}
