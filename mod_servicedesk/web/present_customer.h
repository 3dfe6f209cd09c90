/* Presenter of the list of a desk's customers, in the REST API's own shape: a user, and what the desk knows of it. */
#ifndef SD_WEB_PRESENT_CUSTOMER_H
#define SD_WEB_PRESENT_CUSTOMER_H

#include "desk/customer_list.h"
#include "web/call.h"

/* The page with its envelope; the groups are a page inside it. */
json_t *sd_present_customer_page(sd_call_t *call, const sd_customer_page_t *page);

#endif
