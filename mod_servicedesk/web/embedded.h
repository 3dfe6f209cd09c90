/*
 * Files that are part of the module: templates, styles, scripts and catalogues of messages, made into C by web/embed.pl
 * when the module is built. Sorted by name; each text is followed by a NUL. Names tell what they are:
 * "portal/signin.mustache", "mail/verify.txt.mustache", "static/desk.css", "languages/ko.json".
 */
#ifndef SD_WEB_EMBEDDED_H
#define SD_WEB_EMBEDDED_H

#include <apr.h>

typedef struct sd_embedded_t {
    const char *name;
    const char *text;
    apr_size_t length;
} sd_embedded_t;

extern const sd_embedded_t sd_embedded[];
extern const apr_size_t sd_embedded_count;

#endif
