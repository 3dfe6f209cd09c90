/* Resources "customer" and "servicedesk/{desk}/customer". Contract 3, 4. */
#ifndef SD_REST_CUSTOMERS_H
#define SD_REST_CUSTOMERS_H

#include "web/call.h"

SD_CHECKED sd_error_t *sd_rest_customer_create(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_desk_customer_list(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_desk_customer_add(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_desk_customer_remove(sd_call_t *call);

#endif
