/*
 * Everything that a page or a mail is made of: templates, the files they load, the messages in all languages. Built
 * into the module; files of an administrator's directory stand in for single ones:
 *
 *   DIR/portal/NAME.mustache       a page, HTML                   sd_template_render(... "portal/NAME" ...)
 *   DIR/mail/NAME.mustache         a mail in HTML                                    "mail/NAME"
 *   DIR/mail/NAME.txt.mustache     a mail in plain text: nothing is escaped          "mail/NAME.txt"
 *   DIR/static/NAME                style, script, picture         /static/NAME
 *   DIR/languages/TAG.json         messages: of a known language those that shall differ, or of a new one
 *
 * A partial {{>NAME}} is looked for beside the template that was asked for, of its kind (in a plain text it is
 * NAME.txt). Nothing fails because of an administrator's file: one that cannot be read or understood is complained
 * about, and the built-in one serves; a partial that is nowhere is left out.
 *
 * How a message is said in a template is told in web/mustache.h, what a catalogue looks like in web/catalogue.h, how
 * the language is chosen in web/language.h. A message that a language lacks is said in English.
 *
 * Made once per process by one thread, read-only afterwards: any thread may render, with or without a request.
 * Knows no httpd type.
 */
#ifndef SD_WEB_TEMPLATES_H
#define SD_WEB_TEMPLATES_H

#include <apr_hash.h>
#include <apr_tables.h>

#include "web/catalogue.h"

#define SD_LANGUAGE_FALLBACK "en"

typedef struct sd_templates_t {
    apr_hash_t *templates;          /* name to sd_template_t */
    apr_hash_t *files;              /* "desk.css" to sd_file_t */
    apr_hash_t *catalogues;         /* "ko" to sd_catalogue_t */
    apr_array_header_t *languages;  /* of const char *: tags, sorted */
    apr_array_header_t *complaints; /* of const char *: what is wrong with the administrator's files, for the log */
} sd_templates_t;

typedef struct sd_template_t {
    const sd_mustache_t *compiled;
    int plain;
} sd_template_t;

typedef struct sd_file_t {
    const char *bytes;
    apr_size_t length;
    const char *version; /* changes with the bytes */
} sd_file_t;

/* Compiles what is built in and what `directory` (NULL: none) has. Never fails; see `complaints`. */
sd_templates_t *sd_templates_load(apr_pool_t *pool, const char *directory);

/*
 * Renders a template by its name in a language of the set (NULL: English). `context` is borrowed, and no other thread
 * may change it meanwhile. SD_ERROR_INTERNAL if there is no such template or it goes beyond the bounds.
 */
SD_CHECKED sd_error_t *sd_template_render(const char **text, apr_pool_t *pool, const sd_templates_t *set,
                                          const char *name, json_t *context, const char *language);

/* A file of static/, or NULL. */
const sd_file_t *sd_templates_file(const sd_templates_t *set, const char *name);

/* The message, in English if the language lacks it, or NULL. */
const sd_mustache_t *sd_templates_message(const sd_templates_t *set, const char *language, const char *key,
                                          const json_t *count);

#endif
