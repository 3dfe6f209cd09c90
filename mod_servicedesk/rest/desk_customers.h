/* The resource "servicedesk/{desk}/customer" as agents work with it, under /rest/servicedesk/1. */
#ifndef SD_REST_DESK_CUSTOMERS_H
#define SD_REST_DESK_CUSTOMERS_H

#include "web/call.h"

SD_CHECKED sd_error_t *sd_rest_desk_customer_page(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_desk_customer_requests(sd_call_t *call);

#endif
