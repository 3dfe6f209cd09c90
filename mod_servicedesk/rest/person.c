/* Persons as JSON, and forgotten. */
#include "rest/person.h"

#include "desk/person.h"

sd_error_t *sd_rest_export_myself(sd_call_t *call)
{
    return sd_person_export(&call->reply, call->work, NULL);
}

sd_error_t *sd_rest_export_account(sd_call_t *call)
{
    return sd_person_export(&call->reply, call->work, call->parts[0]);
}

sd_error_t *sd_rest_anonymise(sd_call_t *call)
{
    SD_TRY(sd_person_anonymise(call->work, call->parts[0]));
    return sd_reply_nothing(call);
}
