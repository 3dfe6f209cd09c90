/* The list of a desk's customers with counts, and the requests of one of them. */
#include "rest/desk_customers.h"

#include "rest/requests.h"
#include "web/present_customer.h"
#include "web/present_request.h"

sd_error_t *sd_rest_desk_customer_page(sd_call_t *call)
{
    sd_customer_query_t query = {
        .desk = call->parts[0],
        .search = sd_query_get(call, "query"),
        .after = sd_query_get(call, "after"),
    };
    sd_customer_page_t *page;

    SD_TRY(sd_query_page(&query.page, call));
    if (!sd_query_get(call, "limit")) {
        query.page.limit = SD_CUSTOMER_PAGE;
    }
    SD_TRY(sd_customer_page(&page, call->work, &query));
    call->reply = sd_present_customer_page(call, page);
    return NULL;
}

sd_error_t *sd_rest_desk_customer_requests(sd_call_t *call)
{
    sd_request_state_t state;
    sd_list_t *list;
    sd_page_t page;

    SD_TRY(sd_query_page(&page, call));
    SD_TRY(sd_rest_request_state(&state, call));
    SD_TRY(sd_customer_requests(&list, call->work, call->parts[0], call->parts[1], state,
                                sd_present_request_parts(call), page));
    call->reply = sd_reply_page(call, list, sd_present_requests(call, list));
    return NULL;
}
