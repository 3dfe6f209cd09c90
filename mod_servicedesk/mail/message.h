/*
 * A mail as bytes: RFC 5322 and MIME, plain text and HTML side by side. Made by GMime, so every header is encoded and
 * folded; a text from the database cannot end a header line. Knows no httpd type.
 */
#ifndef SD_MAIL_MESSAGE_H
#define SD_MAIL_MESSAGE_H

#include "base/clock.h"
#include "base/error.h"

typedef struct sd_message_t {
    const char *from_name; /* or NULL */
    const char *from_address;
    const char *to_address;
    const char *subject;
    const char *message_id; /* without angle brackets */
    const char *list_id;    /* the same for all mails of one service desk */
    const char *loop;       /* by which the desk knows its own mail again, should it come back */
    const char *language;
    sd_time_t date;
    const char *text;
    const char *html;
} sd_message_t;

/* Once per process, before any thread makes a message; in a child, never in the parent. */
void sd_message_child_init(void);

/* Lines end with CR LF, none is longer than 998 bytes. */
SD_CHECKED sd_error_t *sd_message_build(const char **bytes, apr_size_t *length, apr_pool_t *pool,
                                        const sd_message_t *message);

#endif
