/* Steps that the gates of both faces take: between web/gate.c, whose they are, and web/view_gate.c. */
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

/*
 * Hands `error` back; if it is SD_ERROR_FORBIDDEN and somebody is signed in, the audit has a row about it then. `act`
 * says what was refused: a request that another site has sent, or one that its sender has no right to.
 */
#define SD_GATE_FORGERY "forgery"
#define SD_GATE_DENIED "permission.denied"
SD_CHECKED sd_error_t *sd_gate_noted(sd_call_t *call, const char *act, sd_error_t *error);

/* Lends the store, calls the handler, takes the store back; notes what the handler forbade. */
SD_CHECKED sd_error_t *sd_gate_run(sd_call_t *call);

#endif
