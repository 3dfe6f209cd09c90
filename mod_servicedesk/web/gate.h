/* Steps that the gates of both faces take: between web/gate.c, whose they are, and web/page_gate.c. */
#ifndef SD_WEB_GATE_H
#define SD_WEB_GATE_H

#include "web/forgery.h"
#include "web/route.h"

sd_call_t *sd_gate_call(request_rec *r, const char *path);

/* The row of the call, or what its absence means. */
SD_CHECKED sd_error_t *sd_gate_find_route(sd_call_t *call);

/* Does a token that is good for reading only stand here? */
SD_CHECKED sd_error_t *sd_gate_check_scope(sd_call_t *call);

/* What the request says about where it comes from. */
sd_forgery_t sd_gate_forgery(const sd_call_t *call);
/* The audit\'s row about a forged request of somebody who is signed in. */
void sd_gate_note_forgery(sd_call_t *call);

/* Lends the store, calls the handler, takes the store back. */
SD_CHECKED sd_error_t *sd_gate_run(sd_call_t *call);

#endif
