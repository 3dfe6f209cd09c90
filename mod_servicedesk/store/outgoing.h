/* Rows of outbox as the sender takes and settles them. Writes run inside a transaction of the caller. */
#ifndef SD_STORE_OUTGOING_H
#define SD_STORE_OUTGOING_H

#include "store/outbox.h"

/* Is there a mail to send? */
SD_CHECKED sd_error_t *sd_outgoing_is_due(int *is_due, sd_store_t *store, sd_time_t now);

/*
 * Takes the mail that has been due longest, urgent ones or the others: *mail is NULL if there is none. Until `until` it
 * is nobody else's, however many senders ask at once; `host` becomes part of its Message-ID at the first attempt.
 */
SD_CHECKED sd_error_t *sd_outgoing_take(const sd_outbox_row_t **mail, sd_store_t *store, int urgent, const char *host,
                                        const char *lease, sd_time_t now, sd_time_t until);

/* It is done, for good: sent, dead, suppressed, obsolete. What it carried goes, but for what may be sent again. */
SD_CHECKED sd_error_t *sd_outgoing_finish(sd_store_t *store, sd_id_t id, const char *state, const char *reason,
                                          const char *answer, sd_time_t now);

/* It failed, and is due again then; unless somebody else has taken it meanwhile. */
SD_CHECKED sd_error_t *sd_outgoing_postpone(sd_store_t *store, sd_id_t id, const char *lease, const char *answer,
                                            sd_time_t due);
/* It was not tried, or nobody was there who could have taken it. */
SD_CHECKED sd_error_t *sd_outgoing_release(sd_store_t *store, sd_id_t id, const char *lease, const char *answer,
                                           sd_time_t due);

/* Mails sent since then. */
SD_CHECKED sd_error_t *sd_outgoing_count_sent(apr_int64_t *count, sd_store_t *store, sd_time_t since);

/* Takes at most `limit` settled mails away, the oldest first, that were done by then. */
SD_CHECKED sd_error_t *sd_outgoing_purge(apr_int64_t *count, sd_store_t *store, sd_time_t until, int limit);

#endif
