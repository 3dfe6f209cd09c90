/* Directories, and an account that changes its own. */
#include "rest/directories.h"

#include <string.h>

#include <apr_strings.h>

#include "desk/account.h"
#include "desk/directory.h"
#include "web/present_people.h"

static json_t *present(sd_call_t *call, const sd_directory_view_t *view)
{
    const sd_directory_t *directory = &view->directory;
    json_t *object = json_object(), *links = json_object();

    sd_json_put_text(object, "name", directory->name);
    sd_json_put_text(object, "kind", directory->internal ? "internal" : "external");
    sd_json_put(object, "position", json_integer(directory->position));
    sd_json_put_text(object, "mode", directory->writable ? "read-write" : "read-only");
    sd_json_put(object, "takesAccounts", json_boolean(view->takes_accounts));
    sd_json_put(object, "trustedAddresses", json_boolean(directory->trusted_addresses));
    sd_json_put_text(object, "signIn", directory->by_groups ? "groups" : "everyone");
    sd_json_put(object, "defaultGroups", sd_present_groups(call, view->default_groups));
    sd_json_put(object, "signInGroups", sd_present_groups(call, view->sign_in_groups));
    sd_json_put(object, "warnings", sd_json_texts(view->warnings));
    sd_json_put_text(links, "self", sd_link(call, "/rest/servicedesk/1/directory/%s", directory->name));
    sd_json_put(object, "_links", links);
    return object;
}

sd_error_t *sd_rest_directory_list(sd_call_t *call)
{
    json_t *values;
    apr_array_header_t *views;

    SD_TRY(sd_directory_list(&views, call->work));
    values = json_array();
    for (int i = 0; i < views->nelts; i++) {
        json_array_append_new(values, present(call, APR_ARRAY_IDX(views, i, const sd_directory_view_t *)));
    }
    call->reply = json_object();
    sd_json_put(call->reply, "values", values);
    return NULL;
}

sd_error_t *sd_rest_directory_get(sd_call_t *call)
{
    const sd_directory_view_t *view;

    SD_TRY(sd_directory_find(&view, call->work, call->parts[0]));
    call->reply = present(call, view);
    return NULL;
}

/* One of two words; -1 if it is not there. */
static sd_error_t *read_choice(int *value, sd_call_t *call, const char *name, const char *no, const char *yes)
{
    const char *text;

    SD_TRY(sd_body_text(&text, call, name));
    *value = !text ? -1 : strcmp(text, yes) == 0;
    if (text && !*value && strcmp(text, no) != 0) {
        return sd_error_field(call->pool, name, "sd.validation.option", "%s is \"%s\" or \"%s\".", name, no, yes);
    }
    return NULL;
}

static sd_error_t *read_input(sd_directory_input_t *input, sd_call_t *call)
{
    const json_t *position = json_object_get(call->body, "position");

    SD_TRY(sd_body_confirm(&input->confirm, call));
    SD_TRY(read_choice(&input->writable, call, "mode", "read-only", "read-write"));
    SD_TRY(read_choice(&input->by_groups, call, "signIn", "everyone", "groups"));
    SD_TRY(sd_body_texts_or_null(&input->default_groups, call, "defaultGroups"));
    SD_TRY(sd_body_texts_or_null(&input->sign_in_groups, call, "signInGroups"));
    input->position = !position ? NULL
                      : json_is_integer(position)
                          ? apr_psprintf(call->pool, "%" APR_INT64_T_FMT, (apr_int64_t)json_integer_value(position))
                          : "";
    return NULL;
}

sd_error_t *sd_rest_directory_create(sd_call_t *call)
{
    const sd_directory_view_t *view;
    sd_directory_input_t input;
    const char *name;

    SD_TRY(sd_body_object(call));
    SD_TRY(sd_body_text(&name, call, "name"));
    SD_TRY(read_input(&input, call));
    SD_TRY(sd_directory_add(&view, call->work, name, &input));
    call->status = HTTP_CREATED;
    call->reply = present(call, view);
    return NULL;
}

sd_error_t *sd_rest_directory_put(sd_call_t *call)
{
    static const char *const members[] = {"mode", "position", "signIn", "defaultGroups", "signInGroups", NULL};
    const sd_directory_view_t *view;
    sd_directory_input_t input;

    SD_TRY(sd_body_some(call, members));
    SD_TRY(read_input(&input, call));
    SD_TRY(sd_directory_set(&view, call->work, call->parts[0], &input));
    call->reply = present(call, view);
    return NULL;
}

/* {directory, name?, replace?} */
sd_error_t *sd_rest_account_directory_put(sd_call_t *call)
{
    const char *directory, *name;
    const sd_account_t *account;
    int replace;

    SD_TRY(sd_body_object(call));
    SD_TRY(sd_body_text(&directory, call, "directory"));
    SD_TRY(sd_body_text(&name, call, "name"));
    SD_TRY(sd_body_bool(&replace, call, "replace"));
    SD_TRY(sd_account_move(&account, call->work, call->parts[0], directory, name, replace == 1));
    call->reply = sd_present_account(call, account);
    return NULL;
}
