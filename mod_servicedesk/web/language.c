/* Choosing a language; messages and dates in it. */
#include "web/language.h"

#include <stdlib.h>
#include <string.h>

#include <apr_cstr.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_time.h>

#define TAG_SIZE 36     /* the longest that RFC 5646 asks programs to take */
#define ACCEPT_SIZE 512 /* of the header: more than any browser says */

const char *sd_language_known(const sd_templates_t *set, const char *tag)
{
    const char *known = NULL;
    for (int i = 0; i < set->languages->nelts; i++) {
        const char *own = APR_ARRAY_IDX(set->languages, i, const char *);
        apr_size_t length = strlen(own);
        /* "zh-Hant-TW" is served by "zh-Hant" rather than by "zh". */
        if (apr_cstr_casecmpn(tag, own, length) == 0 && (tag[length] == '\0' || tag[length] == '-') &&
            (!known || strlen(known) < length)) {
            known = own;
        }
    }
    return known;
}

/* "0.8" in thousandths; what is no quality is none. */
static int quality_of(const char *parameter)
{
    parameter += strspn(parameter, " \t;");
    if (apr_tolower(parameter[0]) != 'q' || parameter[1] != '=') {
        return 1000;
    }
    return (int)(strtod(parameter + 2, NULL) * 1000 + 0.5);
}

/* The tag of one range of the header, if it is one. */
static int read_range(char tag[TAG_SIZE], const char *range, apr_size_t length)
{
    if (length == 0 || length >= TAG_SIZE) {
        return 0;
    }
    memcpy(tag, range, length);
    tag[length] = '\0';
    return 1;
}

static const char *accepted(const sd_templates_t *set, const char *accept)
{
    const char *best = NULL;
    int best_quality = 0;
    char tag[TAG_SIZE];
    if (strlen(accept) > ACCEPT_SIZE) {
        return NULL;
    }
    for (const char *at = accept; *at; at += strcspn(at, ",")) {
        at += strspn(at, ", \t");
        apr_size_t length = strcspn(at, ",; \t");
        const char *known = read_range(tag, at, length) ? sd_language_known(set, tag) : NULL;
        int quality = quality_of(at + length);
        if (known && quality > best_quality) {
            best = known;
            best_quality = quality;
        }
    }
    return best;
}

const char *sd_language_asked(const sd_templates_t *set, const char *account, const char *accept)
{
    const char *known = account ? sd_language_known(set, account) : NULL;
    return known || !accept ? known : accepted(set, accept);
}

const char *sd_language_choose(const sd_templates_t *set, const char *account, const char *accept, const char *desk)
{
    const char *known = sd_language_asked(set, account, accept);
    if (!known && desk) {
        known = sd_language_known(set, desk);
    }
    return known ? known : SD_LANGUAGE_FALLBACK;
}

const char *sd_language_text(apr_pool_t *pool, const sd_templates_t *set, const char *language, const char *key,
                             const json_t *parameters)
{
    static const sd_mustache_scene_t scene = {NULL, NULL, NULL, 1};
    const char *text = NULL;
    const sd_mustache_t *message = sd_templates_message(set, language, key, json_object_get(parameters, "count"));
    if (!message || sd_mustache_render(&text, NULL, pool, message, parameters, &scene)) {
        return NULL;
    }
    return text;
}

const char *sd_language_moment(apr_pool_t *pool, const sd_templates_t *set, const char *language, sd_time_t time)
{
    apr_time_exp_t date;
    apr_time_exp_gmt(&date, apr_time_from_msec(time));
    const char *name = apr_psprintf(pool, "date.month.%d", date.tm_mon + 1);
    const char *month = sd_language_text(pool, set, language, name, NULL);
    json_t *parts =
        json_pack("{s:i,s:i,s:i,s:s,s:s}", "year", date.tm_year + 1900, "month", date.tm_mon + 1, "day", date.tm_mday,
                  "monthName", month ? month : "", "time", apr_psprintf(pool, "%02d:%02d", date.tm_hour, date.tm_min));
    const char *text = sd_language_text(pool, set, language, "date.moment", parts);
    json_decref(parts);
    return text ? text : "";
}
