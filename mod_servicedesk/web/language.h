/*
 * Which language a person reads, and what is said in it outside of templates: single messages and dates. Languages are
 * those of the set (web/templates.h). Knows no httpd type.
 */
#ifndef SD_WEB_LANGUAGE_H
#define SD_WEB_LANGUAGE_H

#include "base/clock.h"
#include "web/templates.h"

/*
 * The first of these that the set has: the account's own choice, what the browser accepts (its Accept-Language by
 * quality; "ko-KR" is served by "ko"), what the desk speaks, English. Each may be NULL. The answer is a tag of the set.
 */
const char *sd_language_choose(const sd_templates_t *set, const char *account, const char *accept, const char *desk);

/* The first two of these, that is what the reader has asked for; NULL if that is nothing that the set has. */
const char *sd_language_asked(const sd_templates_t *set, const char *account, const char *accept);

/* The set's own tag for `tag` ("KO-kr": "ko"), or NULL. */
const char *sd_language_known(const sd_templates_t *set, const char *tag);

/* A message as plain text; `parameters` (borrowed) may be NULL. NULL if no language has the message. */
const char *sd_language_text(apr_pool_t *pool, const sd_templates_t *set, const char *language, const char *key,
                             const json_t *parameters);

/* A day with its time, as people write them; UTC. "4 November 2014, 12:00 UTC", "2014년 11월 4일 12:00 (UTC)". */
const char *sd_language_moment(apr_pool_t *pool, const sd_templates_t *set, const char *language, sd_time_t time);

#endif
