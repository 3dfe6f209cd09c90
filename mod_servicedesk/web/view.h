/*
 * Pages: what a handler of portal/ says, and what web/view_gate.c makes of it.
 *
 * A page is two handlers of one path. The one of GET puts what the template shows into call->reply and says
 * sd_view_show(). The one of POST does the act and says sd_view_go(). If the act answers an error that people can put
 * right (input, conflict, wrong password, too many attempts ...), or the form was too old, the gate calls the handler
 * of GET and shows its page with the error on top, beside its field, and with the values that were typed: nothing is
 * lost, and no handler of POST has to think of it. Handlers of GET change nothing.
 *
 * To what a handler puts into the context, the gate adds: lang, mount (path to write links with), css (version), csrf
 * (value of the hidden field), me (displayName, address; absent for nobody), values (what was typed, passwords and
 * codes left out), errors (field to text), problems (list of text, field, label), notice (what "?notice=..." of the
 * address stands for), path.
 */
#ifndef SD_WEB_VIEW_H
#define SD_WEB_VIEW_H

#include "web/call.h"

/* Shows portal/`view`; `context` is stolen. */
SD_CHECKED sd_error_t *sd_view_show(sd_call_t *call, const char *view, json_t *context);

/* Sends people on with 303 to a path below the mount ("/account?notice=password"). */
SD_CHECKED sd_error_t *sd_view_go(sd_call_t *call, const char *path);

/* What the reader asks for, by account or browser; NULL: nothing that there are texts for. To be kept with what the
 * reader leaves here, so that a desk's own language can stand in later. */
const char *sd_view_language_asked(sd_call_t *call);

/* The language of the reader, else of the desk that a handler of GET put into call->desk_language. */
const char *sd_view_language(sd_call_t *call);

/* A field of the form as text; "" if it was not sent. A field that came twice is an error. */
SD_CHECKED sd_error_t *sd_view_field(const char **value, sd_call_t *call, const char *name);

/* --- for the gate and for pages of the httpd side --- */

/* Headers of every page. */
void sd_view_headers(request_rec *r);

/* Writes what a handler said. */
int sd_view_write(sd_call_t *call);

/* Writes the page of an error that no form can be shown for. */
int sd_view_error(sd_call_t *call, const sd_error_t *error);

#endif
