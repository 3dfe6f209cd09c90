/*
 * How mails leave: a transport is handed in, like time and randomness. There are two: SMTP (mail/smtp.h), and a
 * directory (mail/maildir.h). A transport is made once and read-only; a session of it belongs to one thread, and lives
 * in the pool that it was begun in. Knows no httpd type.
 */
#ifndef SD_MAIL_TRANSPORT_H
#define SD_MAIL_TRANSPORT_H

#include <apr_pools.h>

typedef struct sd_letter_t {
    const char *from; /* envelope: addresses as sd_address_parse() makes them */
    const char *to;
    const char *name; /* unique to the mail and the same at each attempt; fit for a file */
    const char *bytes;
    apr_size_t length;
} sd_letter_t;

typedef enum sd_delivery_t {
    SD_DELIVERY_DONE,
    SD_DELIVERY_LATER,   /* not this mail, not now */
    SD_DELIVERY_REFUSED, /* not this mail, ever */
    SD_DELIVERY_DOWN     /* nobody takes any mail: the others need not be tried */
} sd_delivery_t;

typedef struct sd_transport_t sd_transport_t;
typedef struct sd_transport_session_t sd_transport_session_t;

struct sd_transport_t {
    sd_transport_session_t *(*begin)(const sd_transport_t *transport, apr_pool_t *pool);
    /* `*answer` is what the other side said, or what went wrong: for administrators, never with a secret in it. */
    sd_delivery_t (*deliver)(sd_transport_session_t *session, const sd_letter_t *letter, const char **answer,
                             apr_pool_t *pool);
    int milliseconds; /* that one delivery may take */
};

#endif
