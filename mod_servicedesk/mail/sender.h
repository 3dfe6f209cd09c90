/*
 * The sender: takes mails from the outbox, renders them, hands them to a transport, and notes what became of them. Made
 * once per instance, used by one thread of a process; other processes may have theirs for the same database. While a
 * mail is under way nothing of the database is held. Knows no httpd type: how to come by a unit of work is handed in.
 */
#ifndef SD_MAIL_SENDER_H
#define SD_MAIL_SENDER_H

#include "desk/work.h"
#include "mail/transport.h"
#include "web/templates.h"

typedef sd_error_t *(*sd_sender_fn)(void *baton, sd_work_t *work);

typedef struct sd_sender_t {
    const sd_site_t *site;
    const sd_templates_t *templates;
    const sd_transport_t *transport;
    const char *from_name; /* or NULL */
    const char *from_address;
    const char *host;    /* of Message-IDs */
    const char *list_id; /* with angle brackets */
    const char *loop;
    const volatile apr_uint32_t *stop; /* not 0: no further mail is begun */
    /* Runs `fn` in a unit of work of its own, whose rows live in `pool`. */
    sd_error_t *(*unit)(void *unit_baton, apr_pool_t *pool, int to_write, sd_sender_fn fn, void *baton);
    void *unit_baton;
    /* A line for whoever reads the error log. */
    void (*complain)(void *unit_baton, const char *text);
} sd_sender_t;

typedef enum sd_sender_state_t {
    SD_SENDER_IDLE, /* nothing was waiting */
    SD_SENDER_BUSY, /* some mails left, there may be more */
    SD_SENDER_HELD, /* the budget of the hour is used up */
    SD_SENDER_DOWN  /* nobody takes mails */
} sd_sender_state_t;

/* One round; `pool` is the caller's to clear. An error is the database's. */
SD_CHECKED sd_error_t *sd_sender_round(sd_sender_state_t *state, const sd_sender_t *sender, apr_pool_t *pool);

#endif
