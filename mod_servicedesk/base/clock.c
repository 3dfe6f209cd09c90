/*
 * The machine's clock, and moments as text. The calendar is computed here: gmtime knows fewer years than 64 bits hold.
 */
#include "base/clock.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_time.h>

typedef struct moment_t {
    apr_int64_t year;
    int month; /* 1..12 */
    int day;
    int hour;
    int minute;
    int second;
    int milli;
} moment_t;

static sd_time_t system_now(void *baton)
{
    (void)baton;
    return apr_time_now() / 1000;
}

const sd_clock_t sd_clock_system = {system_now, NULL};

sd_time_t sd_clock_now(const sd_clock_t *clock)
{
    return clock->now(clock->baton);
}

/*
 * Days since 1970-01-01 to year, month and day, in the Gregorian calendar extended to all times. Years are counted from
 * March, so that the leap day is the last of its year and 153 days make each group of five months.
 */
static void set_date(moment_t *moment, apr_int64_t days)
{
    apr_int64_t shifted = days + 719468; /* since 0000-03-01 */
    apr_int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int day_of_era = (int)(shifted - era * 146097);
    int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int month_from_march = (5 * day_of_year + 2) / 153;

    moment->day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    moment->month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    moment->year = era * 400 + year_of_era + (moment->month <= 2);
}

static moment_t moment_of(sd_time_t time)
{
    moment_t moment;
    apr_int64_t days = time / SD_DAY;
    int rest = (int)(time % SD_DAY);
    if (rest < 0) {
        rest += SD_DAY;
        days--;
    }
    set_date(&moment, days);
    moment.milli = rest % 1000;
    moment.second = rest / 1000 % 60;
    moment.minute = rest / 60000 % 60;
    moment.hour = rest / 3600000;
    return moment;
}

/* yyyy-MM-ddTHH:mm:ss; a year before 0 gets a sign, one after 9999 its further digits. */
static const char *date_and_time(apr_pool_t *pool, const moment_t *moment)
{
    int before = moment->year < 0;
    return apr_psprintf(pool, "%s%04" APR_INT64_T_FMT "-%02d-%02dT%02d:%02d:%02d", before ? "-" : "",
                        before ? -moment->year : moment->year, moment->month, moment->day, moment->hour, moment->minute,
                        moment->second);
}

const char *sd_time_iso8601(apr_pool_t *pool, sd_time_t time)
{
    moment_t moment = moment_of(time);
    return apr_pstrcat(pool, date_and_time(pool, &moment), "+0000", NULL);
}

const char *sd_time_jira(apr_pool_t *pool, sd_time_t time)
{
    moment_t moment = moment_of(time);
    return apr_psprintf(pool, "%s.%03d+0000", date_and_time(pool, &moment), moment.milli);
}

const char *sd_time_friendly(apr_pool_t *pool, sd_time_t time)
{
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    moment_t moment = moment_of(time);
    int year = (int)(moment.year % 100);
    int hour = moment.hour % 12;
    return apr_psprintf(pool, "%02d/%s/%02d %d:%02d %s", moment.day, months[moment.month - 1], year < 0 ? -year : year,
                        hour ? hour : 12, moment.minute, moment.hour < 12 ? "AM" : "PM");
}

static int number(const char *digits, int count)
{
    int value = 0;
    for (int i = 0; i < count; i++) {
        value = value * 10 + (digits[i] - '0');
    }
    return value;
}

int sd_time_is_date(const char *text)
{
    static const char pattern[] = "0000-00-00";
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    if (!text || strlen(text) != sizeof pattern - 1) {
        return 0;
    }
    for (int i = 0; pattern[i]; i++) {
        if (pattern[i] == '0' ? !apr_isdigit(text[i]) : text[i] != pattern[i]) {
            return 0;
        }
    }
    int year = number(text, 4);
    int month = number(text + 5, 2);
    int day = number(text + 8, 2);
    if (month < 1 || month > 12) {
        return 0;
    }
    int leap = month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return day >= 1 && day <= days[month - 1] + leap;
}
