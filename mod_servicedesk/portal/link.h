/*
 * Links in mails. The address with the token is asked for once: the token moves into a cookie of a few minutes, and the
 * reader to the same address without it, so that it is in no history, no log and no Referer. Looking never uses it up:
 * programs that read mails follow links, too.
 */
#ifndef SD_PORTAL_LINK_H
#define SD_PORTAL_LINK_H

#include "web/call.h"

/* True if the call came with a token in its address: it has been moved, and the answer sends the reader on. */
int sd_portal_link_move(sd_call_t *call);

/* The token that was moved, or "": not one. */
const char *sd_portal_link_token(sd_call_t *call);

/* It has been used. */
void sd_portal_link_done(sd_call_t *call);

/* The page for a link that does not work (any more), whatever the reason. Other errors are given back. */
SD_CHECKED sd_error_t *sd_portal_link_dead(sd_call_t *call, sd_error_t *error);

#endif
