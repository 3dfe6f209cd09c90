/* Presenter of the fields of a request type, in the REST API's own shape. Source: contract 5. */
#ifndef SD_WEB_PRESENT_FIELD_H
#define SD_WEB_PRESENT_FIELD_H

#include "web/call.h"

/* {requestTypeFields:[...], canRaiseOnBehalfOf, canAddRequestParticipants}; `fields` is an array of sd_field_t *. */
json_t *sd_present_fields(sd_call_t *call, const sd_desk_t *desk, const apr_array_header_t *fields);

#endif
