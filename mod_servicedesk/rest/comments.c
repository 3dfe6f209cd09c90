/* The resource "comment". */
#include "rest/comments.h"

#include "desk/comment.h"
#include "web/present_request.h"

/* A request that is not there, or not the caller's, is 404: an empty page would tell the two apart. */
sd_error_t *sd_rest_comment_list(sd_call_t *call)
{
    const sd_request_t *request;
    int public, internal;
    sd_list_t *list;
    sd_page_t page;

    SD_TRY(sd_query_page(&page, call));
    SD_TRY(sd_query_bool(&public, call, "public", 1));
    SD_TRY(sd_query_bool(&internal, call, "internal", 1));
    SD_TRY(sd_comment_list(&list, &request, call->work, call->parts[0], public, internal, page));
    call->reply =
        sd_reply_page(call, list, sd_present_comments(call, request, list, sd_query_expands(call, "renderedBody")));
    return NULL;
}

sd_error_t *sd_rest_comment_create(sd_call_t *call)
{
    const sd_request_t *request;
    const sd_comment_t *comment;
    const char *body;
    int public;

    SD_TRY(sd_body_object(call));
    SD_TRY(sd_body_text(&body, call, "body"));
    SD_TRY(sd_body_bool(&public, call, "public"));
    SD_TRY(sd_comment_add(&comment, &request, call->work, call->parts[0], body, public));
    call->status = HTTP_CREATED;
    call->reply = sd_present_comment(call, request, comment, sd_query_expands(call, "renderedBody"));
    return NULL;
}

sd_error_t *sd_rest_comment_get(sd_call_t *call)
{
    const sd_request_t *request;
    const sd_comment_t *comment;

    SD_TRY(sd_comment_find(&comment, &request, call->work, call->parts[0], call->parts[1]));
    call->reply = sd_present_comment(call, request, comment, sd_query_expands(call, "renderedBody"));
    return NULL;
}
