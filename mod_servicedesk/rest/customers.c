/* Customers: one more account, and the list of a desk. */
#include "rest/customers.h"

#include <string.h>

#include <httpd.h>

#include "desk/customer.h"
#include "web/present_request.h"

/* A known address is bad input unless the caller asks for the stricter status (contract 10.3). */
static sd_error_t *loosen(sd_error_t *error, int strict)
{
    if (error && error->kind == SD_ERROR_CONFLICT && !strict) {
        error->kind = SD_ERROR_INPUT;
    }
    return error;
}

/* Clients of different ages call the name displayName or fullName. */
static sd_error_t *read_input(sd_customer_input_t *input, sd_call_t *call)
{
    const char *full_name;

    SD_TRY(sd_body_object(call));
    SD_TRY(sd_body_text(&input->address, call, "email"));
    SD_TRY(sd_body_text(&input->display_name, call, "displayName"));
    SD_TRY(sd_body_text(&full_name, call, "fullName"));
    if (!input->display_name) {
        input->display_name = full_name;
    }
    return NULL;
}

sd_error_t *sd_rest_customer_create(sd_call_t *call)
{
    sd_customer_input_t input = {NULL, NULL};
    const sd_account_t *account;
    int strict;

    SD_TRY(sd_query_bool(&strict, call, "strictConflictStatusCode", 0));
    SD_TRY(read_input(&input, call));
    SD_TRY(loosen(sd_customer_create(&account, call->work, &input), strict));
    call->status = HTTP_CREATED;
    call->reply = sd_present_account(call, account);
    return NULL;
}

sd_error_t *sd_rest_desk_customer_list(sd_call_t *call)
{
    sd_page_t page;
    sd_list_t *list;

    SD_TRY(sd_query_page(&page, call));
    SD_TRY(sd_customer_list(&list, call->work, call->parts[0], sd_query_get(call, "query"), page));
    call->reply = sd_reply_page(call, list, sd_present_accounts(call, list));
    return NULL;
}

static sd_error_t *change(sd_call_t *call,
                          sd_error_t *(*fn)(sd_work_t *work, const char *desk, const apr_array_header_t *names))
{
    apr_array_header_t *names;

    SD_TRY(sd_body_object(call));
    SD_TRY(sd_body_people(&names, call));
    call->status = HTTP_NO_CONTENT;
    return fn(call->work, call->parts[0], names);
}

sd_error_t *sd_rest_desk_customer_add(sd_call_t *call)
{
    return change(call, sd_customer_add);
}

sd_error_t *sd_rest_desk_customer_remove(sd_call_t *call)
{
    return change(call, sd_customer_remove);
}
