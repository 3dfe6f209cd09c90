/*
 * Mails on their way out: taken from the outbox for a while, sent by mail/, settled. Each step is a short unit of work
 * of its own; nothing of the database is held while a mail is sent.
 *
 * A mail is sent at least once, with one Message-ID: who takes it has it alone until its lease ends, and if that sender
 * is no more then, the next one has it. Several processes, generations of one server and several servers may all send
 * from one outbox.
 */
#ifndef SD_DESK_OUTGOING_H
#define SD_DESK_OUTGOING_H

#include "desk/mail_kind.h"
#include "desk/work.h"

/* All that a mail says, and where it goes. */
typedef struct sd_outgoing_t {
    sd_id_t id;
    const char *message_id; /* without angle brackets; its first part is fit for the name of a file */
    const sd_mail_kind_row_t *kind;
    const char *address;
    int proven;
    const char *language;    /* or NULL: the site's */
    const char *name;        /* of whom it goes to; NULL for an unproven address */
    const char *desk_key;    /* or NULL */
    const char *desk_name;   /* or NULL */
    const char *token;       /* the text of the mailed token, or NULL */
    sd_time_t token_expires; /* 0: no token */
    const char *stop;        /* the token that ends such mails, for an address that nobody has proven; or NULL */
    const char *content;     /* its values, JSON, or NULL */
    int attempts;            /* with this one */
    sd_time_t created;
    const char *lease;
    sd_time_t lease_ends;
} sd_outgoing_t;

typedef struct sd_outgoing_input_t {
    const char *host; /* of Message-IDs that have none yet */
    int limit;        /* mails at a time */
    sd_time_t lease;  /* how long they are the sender's */
} sd_outgoing_input_t;

/* A look without the writer lock. */
SD_CHECKED sd_error_t *sd_outgoing_is_waiting(int *is_waiting, sd_work_t *work);

/*
 * Takes mails that are due: array of sd_outgoing_t *, urgent ones first. Those that became pointless meanwhile (their
 * token is dead, their kind switched off, the person gone) are settled here. Over the site's budget (`mail_total_hour`)
 * none is taken, and *held is true.
 */
SD_CHECKED sd_error_t *sd_outgoing_take_due(apr_array_header_t **mails, int *held, sd_work_t *work,
                                            const sd_outgoing_input_t *input);

typedef enum sd_outgoing_outcome_t {
    SD_OUTGOING_SENT,
    SD_OUTGOING_LATER,   /* refused for now: again after a while, each time a longer one, until it is too old */
    SD_OUTGOING_REFUSED, /* refused for good: it will not be tried again */
    SD_OUTGOING_UNTRIED  /* the lease goes back */
} sd_outgoing_outcome_t;

/* `answer` is what the other side said, or why there was none. *dead is true if the mail is given up. */
SD_CHECKED sd_error_t *sd_outgoing_settle(int *dead, sd_work_t *work, const sd_outgoing_t *mail,
                                          sd_outgoing_outcome_t outcome, const char *answer);

#endif
