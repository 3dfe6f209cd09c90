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

/* Digits by hand: every answer has several dates, and a format string is read anew for each. */
static char *put_digits(char *at, apr_int64_t number, int digits)
{
    for (int i = digits - 1; i >= 0; i--) {
        at[i] = (char)('0' + number % 10);
        number /= 10;
    }
    return at + digits;
}

static char *put_part(char *at, char before, int number)
{
    *at++ = before;
    return put_digits(at, number, 2);
}

/* A year before 0 gets a sign, one after 9999 its further digits. */
static char *put_year(char *at, apr_int64_t year)
{
    int digits = 4;
    if (year < 0) {
        *at++ = '-';
        year = -year;
    }
    for (apr_int64_t rest = year / 10000; rest; rest /= 10) {
        digits++;
    }
    return put_digits(at, year, digits);
}

/* yyyy-MM-ddTHH:mm:ss, with milliseconds or without, and the offset. */
static const char *date_and_time(apr_pool_t *pool, sd_time_t time, int with_milliseconds)
{
    moment_t moment = moment_of(time);
    char text[48], *at = put_year(text, moment.year);
    at = put_part(at, '-', moment.month);
    at = put_part(at, '-', moment.day);
    at = put_part(at, 'T', moment.hour);
    at = put_part(at, ':', moment.minute);
    at = put_part(at, ':', moment.second);
    if (with_milliseconds) {
        *at++ = '.';
        at = put_digits(at, moment.milli, 3);
    }
    memcpy(at, "+0000", 5);
    return apr_pstrmemdup(pool, text, (apr_size_t)(at + 5 - text));
}

const char *sd_time_iso8601(apr_pool_t *pool, sd_time_t time)
{
    return date_and_time(pool, time, 0);
}

const char *sd_time_jira(apr_pool_t *pool, sd_time_t time)
{
    return date_and_time(pool, time, 1);
}

const char *sd_time_friendly(apr_pool_t *pool, sd_time_t time)
{
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    moment_t moment = moment_of(time);
    int year = (int)(moment.year % 100);
    int hour = moment.hour % 12 ? moment.hour % 12 : 12;
    char text[24], *at = put_digits(text, moment.day, 2);
    *at++ = '/';
    memcpy(at, months[moment.month - 1], 3);
    at = put_part(at + 3, '/', year < 0 ? -year : year);
    *at++ = ' ';
    at = put_digits(at, hour, hour < 10 ? 1 : 2);
    at = put_part(at, ':', moment.minute);
    memcpy(at, moment.hour < 12 ? " AM" : " PM", 3);
    return apr_pstrmemdup(pool, text, (apr_size_t)(at + 3 - text));
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

/* "00:00" and the like at *text, which moves behind it; a digit pattern as above. */
static int take(const char **text, const char *pattern)
{
    const char *at = *text;

    for (; *pattern; pattern++, at++) {
        if (*pattern == '0' ? !apr_isdigit(*at) : *at != *pattern) {
            return 0;
        }
    }
    *text = at;
    return 1;
}

/* Minutes east of UTC; *text moves behind them. */
static int take_offset(int *minutes, const char **text)
{
    const char *sign = *text;
    int east = *sign == '-' ? -1 : 1;

    *minutes = 0;
    if (!*sign || strcmp(sign, "Z") == 0) {
        *text += strlen(sign);
        return 1;
    }
    if (*sign != '+' && *sign != '-') {
        return 0;
    }
    (*text)++;
    const char *hours = *text;
    int colon = take(text, "00:00");
    if (!colon && !take(text, "0000")) {
        return 0;
    }
    *minutes = east * (number(hours, 2) * 60 + number(hours + 2 + colon, 2));
    return number(hours, 2) < 24 && number(hours + 2 + colon, 2) < 60;
}

/* Behind the date: nothing, or the time of day. */
static int take_time_of_day(sd_time_t *time, const char *text)
{
    const char *digits = text + 1;
    int second = 0, offset;

    if (!*text) {
        return 1;
    }
    if (!take(&text, "T00:00")) {
        return 0;
    }
    if (take(&text, ":00")) {
        second = number(text - 2, 2);
    }
    if (!take_offset(&offset, &text) || *text || number(digits, 2) > 23 || number(digits + 3, 2) > 59 || second > 59) {
        return 0;
    }
    *time += number(digits, 2) * SD_HOUR + (number(digits + 3, 2) - offset) * SD_MINUTE + second * SD_SECOND;
    return 1;
}

#define DATE_LENGTH 10
#define MILLIS_LENGTH 15

int sd_time_of_text(sd_time_t *time, const char *text)
{
    apr_size_t length = strlen(text);
    apr_time_exp_t day = {0};
    apr_time_t midnight;
    char date[DATE_LENGTH + 1];

    if (length && length <= MILLIS_LENGTH && strspn(text, "0123456789") == length) {
        *time = apr_atoi64(text);
        return 1;
    }
    apr_cpystrn(date, text, sizeof date);
    if (!sd_time_is_date(date)) {
        return 0;
    }
    day.tm_year = number(date, 4) - 1900;
    day.tm_mon = number(date + 5, 2) - 1;
    day.tm_mday = number(date + 8, 2);
    if (apr_time_exp_get(&midnight, &day) != APR_SUCCESS) {
        return 0;
    }
    sd_time_t moment = apr_time_as_msec(midnight);
    if (!take_time_of_day(&moment, text + DATE_LENGTH)) {
        return 0;
    }
    *time = moment;
    return 1;
}
