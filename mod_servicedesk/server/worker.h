/*
 * The worker: what an instance does when nobody asks it to. One thread of one child, kept by mod_watchdog; that it is
 * one only is a matter of load, not of correctness: an old generation that still serves a slow client, and other
 * servers, may work beside it. Each step is short and may be cut off anywhere. An instance in trouble has none: without
 * its pepper file the audit would be sealed under no key.
 */
#ifndef SD_SERVER_WORKER_H
#define SD_SERVER_WORKER_H

#include "mail/sender.h"
#include "server/instance.h"

int sd_worker_post_config(apr_pool_t *config_pool, apr_pool_t *log_pool, apr_pool_t *pool, server_rec *server);
void sd_worker_child_init(apr_pool_t *pool, server_rec *server);
/* Lets what is under way come to its end, within bounds. */
void sd_worker_child_stopping(apr_pool_t *pool, int graceful);

/* What a sender is given: when to begin nothing more, when to break off; units of work; the error log. */
const volatile apr_uint32_t *sd_worker_stop(void);
const volatile apr_uint32_t *sd_worker_abort(void);
sd_error_t *sd_worker_unit(void *instance, apr_pool_t *pool, int to_write, sd_sender_fn fn, void *baton);
void sd_worker_complain(void *instance, const char *text);

#endif
