/* API tokens: {label, scopes?, days?} makes one, whose text is shown in that answer and never again. */
#include "rest/tokens.h"

#include "base/text.h"
#include "desk/api_token.h"

#define DAYS 90
#define DAYS_TOO_MANY 100000

static json_t *present_scopes(unsigned scopes)
{
    json_t *names = json_array();
    for (int i = 0; i < SD_SCOPE_NAMES; i++) {
        if (scopes & sd_scope_names[i].scope) {
            json_array_append_new(names, json_string(sd_scope_names[i].name));
        }
    }
    return names;
}

static json_t *present_token(sd_call_t *call, const sd_api_token_t *token)
{
    json_t *object = json_object();
    sd_json_put_id(object, "id", token->id);
    sd_json_put_text(object, "prefix", token->prefix);
    sd_json_put_text(object, "label", token->label);
    sd_json_put(object, "scopes", present_scopes(token->scopes));
    sd_json_put_date(object, "created", call, token->created);
    sd_json_put_date(object, "expires", call, token->expires);
    sd_json_put_date(object, "revoked", call, token->revoked);
    sd_json_put_date(object, "lastUsed", call, token->last_used);
    return object;
}

sd_error_t *sd_rest_token_list(sd_call_t *call)
{
    apr_array_header_t *tokens;
    SD_TRY(sd_api_token_list(&tokens, call->work, NULL));
    json_t *values = json_array();
    for (int i = 0; i < tokens->nelts; i++) {
        json_array_append_new(values, present_token(call, APR_ARRAY_IDX(tokens, i, const sd_api_token_t *)));
    }
    call->reply = json_object();
    sd_json_put(call->reply, "values", values);
    return NULL;
}

/* Absent: what a client needs that raises and follows requests. */
static sd_error_t *read_scopes(unsigned *scopes, sd_call_t *call)
{
    apr_array_header_t *names;
    *scopes = 0;
    SD_TRY(sd_body_texts(&names, call, "scopes"));
    for (int i = 0; i < names->nelts; i++) {
        unsigned scope = sd_scope_named(APR_ARRAY_IDX(names, i, const char *));
        if (!scope) {
            return sd_error_field(call->pool, "scopes", "sd.validation.scopes",
                                  "scopes must be some of read, write and manage.");
        }
        *scopes |= scope;
    }
    if (!json_object_get(call->body, "scopes")) {
        *scopes = SD_SCOPE_READ | SD_SCOPE_WRITE;
    }
    return NULL;
}

static sd_error_t *read_days(int *days, sd_call_t *call)
{
    const char *text;
    SD_TRY(sd_body_id(&text, call, "days"));
    apr_int64_t given = text ? sd_text_id(text) : DAYS;
    *days = given > DAYS_TOO_MANY ? DAYS_TOO_MANY : (int)given;
    return NULL;
}

sd_error_t *sd_rest_token_create(sd_call_t *call)
{
    const char *label;
    const char *text;
    unsigned scopes;
    int days;
    sd_api_token_t *token;
    SD_TRY(sd_body_object(call));
    SD_TRY(sd_body_text(&label, call, "label"));
    SD_TRY(read_scopes(&scopes, call));
    SD_TRY(read_days(&days, call));
    SD_TRY(sd_api_token_create(&text, &token, call->work, NULL, label, scopes, days));
    call->status = HTTP_CREATED;
    call->reply = present_token(call, token);
    sd_json_put_text(call->reply, "token", text);
    return NULL;
}

sd_error_t *sd_rest_token_delete(sd_call_t *call)
{
    sd_id_t id = sd_text_id(call->parts[0]);
    if (!id) {
        return sd_error_not_found(call->pool);
    }
    SD_TRY(sd_api_token_revoke(call->work, id));
    return sd_reply_nothing(call);
}
