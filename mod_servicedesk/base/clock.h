/*
 * Time is handed in: an operation reads the clock that its site carries, so a unit test moves it by hand.
 * A time is milliseconds since 1970-01-01 UTC in 64 bits, in C, in SQL and in JSON (epochMillis) alike.
 */
#ifndef SD_BASE_CLOCK_H
#define SD_BASE_CLOCK_H

#include <apr_pools.h>

typedef apr_int64_t sd_time_t;

#define SD_SECOND ((sd_time_t)1000)
#define SD_MINUTE (60 * SD_SECOND)
#define SD_HOUR (60 * SD_MINUTE)
#define SD_DAY (24 * SD_HOUR)

typedef struct sd_clock_t {
    sd_time_t (*now)(void *baton);
    void *baton;
} sd_clock_t;

extern const sd_clock_t sd_clock_system; /* the machine's clock */

sd_time_t sd_clock_now(const sd_clock_t *clock);

/* The faces of one moment, UTC, as the REST contract (section 1.6) spells them: the offset is "+0000", never "Z". */
const char *sd_time_iso8601(apr_pool_t *pool, sd_time_t time);  /* 2015-10-08T14:42:00+0000 */
const char *sd_time_jira(apr_pool_t *pool, sd_time_t time);     /* 2015-10-08T14:42:00.000+0000 */
const char *sd_time_friendly(apr_pool_t *pool, sd_time_t time); /* 08/Oct/15 2:42 PM; depends on nothing but the time */

/* A moment that somebody typed: milliseconds, or yyyy-MM-dd, or that with THH:mm, :ss and an offset (Z, +0900, +09:00;
 * UTC without one), from 1970 on. False, and *time untouched, for anything else. */
int sd_time_of_text(sd_time_t *time, const char *text);

/* True if `text` is a calendar date yyyy-MM-dd that exists (2024-02-29 yes, 2023-02-29 no). */
int sd_time_is_date(const char *text);

#endif
