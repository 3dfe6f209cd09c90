/* `customer list`: the customers of a desk, as its agents see them. */
#include "base/text.h"
#include "desk/customer_list.h"
#include "tool/tool.h"

static json_t *row_of(sd_tool_t *tool, const sd_customer_t *customer)
{
    const sd_account_t *account = &customer->account;

    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:I, s:I, s:s}", "name", account->name, "displayName",
                     account->display_name, "address", account->address ? account->address : "", "state",
                     account->state, "origin", customer->origin ? customer->origin : "", "byGroup", !customer->direct,
                     "open", (json_int_t)customer->open, "closed", (json_int_t)customer->closed, "lastActivity",
                     sd_time_iso8601(tool->pool, customer->activity));
}

static void append(sd_tool_t *tool, const sd_list_t *customers, apr_int64_t limit)
{
    for (int i = 0; i < customers->rows->nelts && (apr_int64_t)json_array_size(tool->result) < limit; i++) {
        json_array_append_new(tool->result, row_of(tool, APR_ARRAY_IDX(customers->rows, i, const sd_customer_t *)));
    }
}

sd_error_t *sd_tool_customer_list(sd_tool_t *tool)
{
    sd_customer_query_t query = {.desk = tool->desk, .search = tool->words[0], .page = {0, SD_PAGE_LIMIT}};
    sd_customer_page_t *page;
    apr_int64_t limit;

    if (!tool->desk) {
        return sd_error_field(tool->pool, "desk", "sd.validation.required",
                              "Customers are those of a desk: say --desk KEY.");
    }
    SD_TRY(sd_tool_limit(&limit, tool));
    tool->result = json_array();
    do {
        SD_TRY(sd_customer_page(&page, tool->work, &query));
        append(tool, page->customers, limit);
        query.after = page->customers->next;
    } while (query.after && (apr_int64_t)json_array_size(tool->result) < limit);
    return NULL;
}
