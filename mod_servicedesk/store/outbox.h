/* Rows of outbox. Writes run inside a transaction of the caller. */
#ifndef SD_STORE_OUTBOX_H
#define SD_STORE_OUTBOX_H

#include "store/records.h"
#include "store/store.h"

/* Which budget of its mailbox and source a mail took from: what a stranger can cause must not use up a notice's. */
typedef enum sd_outbox_counted_t {
    SD_OUTBOX_UNCOUNTED, /* suppressed, or sent because an administrator said so */
    SD_OUTBOX_ASKED_FOR,
    SD_OUTBOX_NOTICE,
    SD_OUTBOX_RESCUE /* a notice with the way out of a stolen account */
} sd_outbox_counted_t;

typedef struct sd_outbox_row_t {
    sd_id_t id;
    const char *message_id;   /* the part before the "@" ... */
    const char *message_host; /* ... and the part behind it: NULL until the first attempt */
    const char *kind;
    sd_id_t account_id; /* 0: none */
    const char *address;
    const char *mailbox; /* the address as budgets count it */
    int proven;
    const char *language; /* or NULL */
    sd_id_t mailed_token_id;
    sd_id_t desk_id;
    const char *content; /* JSON, or NULL */
    const char *source;  /* the network that caused it, or NULL: no budget */
    sd_outbox_counted_t counted;
    int urgent;
    const char *state;  /* queued, sent, dead, suppressed, obsolete, dropped */
    const char *reason; /* of that state, or NULL */
    const char *answer; /* what the last attempt heard, or NULL */
    int attempts;
    sd_time_t created;
    sd_time_t due;
    sd_time_t done; /* 0: queued */
} sd_outbox_row_t;

#define SD_OUTBOX_COLUMNS                                                                                              \
    "id, message_id, message_host, kind, coalesce(account_id, 0), address, mailbox, proven, language,"                 \
    " coalesce(mailed_token_id, 0), coalesce(desk_id, 0), content, source, counted, urgent, state, reason, answer,"    \
    " attempts, created, due, coalesce(done, 0)"

/* A record (store/rows.h) of those columns. */
void *sd_outbox_record(apr_pool_t *pool, sd_row_t *row);

/* Queued; suppressed, and not counted, if the row has a reason. */
SD_CHECKED sd_error_t *sd_outbox_insert(sd_store_t *store, const sd_outbox_row_t *row);

#define SD_OUTBOX_ALL APR_INT64_MAX /* for `before`: every row */

/* Mails that took from that budget since then, among those inserted before the row `before`. */
SD_CHECKED sd_error_t *sd_outbox_count_mailbox(apr_int64_t *count, sd_store_t *store, const sd_outbox_row_t *row,
                                               sd_time_t since, sd_id_t before);
SD_CHECKED sd_error_t *sd_outbox_count_source(apr_int64_t *count, sd_store_t *store, const sd_outbox_row_t *row,
                                              sd_time_t since, sd_id_t before);

/* Was a mail of that kind written for that mailbox since then whose link, if it has one, works at row->created? One
 * that was not sent counts only if row->reason is why. */
SD_CHECKED sd_error_t *sd_outbox_has_same(int *has, sd_store_t *store, const sd_outbox_row_t *row,
                                          const char *address_key, sd_time_t since);

/* Has a mail of the same mailbox, or of the same source, been suppressed for the row's reason since then? */
SD_CHECKED sd_error_t *sd_outbox_was_suppressed(int *was, sd_store_t *store, const sd_outbox_row_t *row,
                                                sd_time_t since);

SD_CHECKED sd_error_t *sd_outbox_of_state(sd_list_t **mails, sd_store_t *store, const char *state, sd_page_t page);
/* NULL if there is none. */
SD_CHECKED sd_error_t *sd_outbox_by_id(const sd_outbox_row_t **mail, sd_store_t *store, sd_id_t id);
SD_CHECKED sd_error_t *sd_outbox_by_message_id(const sd_outbox_row_t **mail, sd_store_t *store, const char *message_id);
/* Queues one that is dead, suppressed or dropped, as if it were new and free of budgets; drops one that is queued.
 * *changed is 0 if it is in another state. */
SD_CHECKED sd_error_t *sd_outbox_requeue(apr_int64_t *changed, sd_store_t *store, sd_id_t id, sd_time_t now);
SD_CHECKED sd_error_t *sd_outbox_give_up(apr_int64_t *changed, sd_store_t *store, sd_id_t id, sd_time_t now);

#endif
