/*
 * Mails to a server by SMTP, with libcurl: TLS from the first byte (smtps) or after STARTTLS, a name and password,
 * bounds on time. One session sends mail after mail over one connection.
 */
#ifndef SD_MAIL_SMTP_H
#define SD_MAIL_SMTP_H

#include "mail/transport.h"

typedef enum sd_smtp_tls_t {
    SD_SMTP_TLS_REQUIRED, /* STARTTLS or nothing */
    SD_SMTP_TLS_TRY,      /* STARTTLS where it is offered: no help against somebody in between */
    SD_SMTP_TLS_OFF
} sd_smtp_tls_t;

typedef struct sd_smtp_input_t {
    const char *url;  /* smtp://host[:port] or smtps://host[:port] */
    const char *helo; /* how this side introduces itself */
    sd_smtp_tls_t tls;
    const char *user; /* or NULL */
    const char *password;
    const char *ca_file; /* whose certificates are believed; NULL: the machine's */
    int milliseconds;    /* that one mail may take */
} sd_smtp_input_t;

/* Once per process, before any thread sends; in a child, never in the parent. True if it went well. */
int sd_smtp_child_init(void);

/* `*stop` not 0 breaks off what is under way. */
const sd_transport_t *sd_smtp_make(apr_pool_t *pool, const sd_smtp_input_t *input, const volatile apr_uint32_t *stop);

#endif
