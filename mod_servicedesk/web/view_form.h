/* The token of a page's form: for the gate, and for the frame of pages. */
#ifndef SD_WEB_VIEW_FORM_H
#define SD_WEB_VIEW_FORM_H

#include "web/call.h"

#define SD_FORM_FIELD "csrf" /* name of the hidden field */

/* The value of the hidden field of forms that are sent to this page; may set the cookie of the nonce. */
SD_CHECKED sd_error_t *sd_view_form_token(const char **token, sd_call_t *call);

/* The nonce of this browser: the one that came, else the one that the answer's cookie will hold. */
SD_CHECKED sd_error_t *sd_view_form_nonce(const char **nonce, sd_call_t *call);

/* SD_ERROR_FORBIDDEN unless the form that was sent has one. */
SD_CHECKED sd_error_t *sd_view_form_check(sd_call_t *call);

#endif
