/* Pages of the audit. */
#include "desk/audit_log.h"

#include <string.h>

#include "desk/policy.h"
#include "store/accounts.h"
#include "store/desks.h"

/* A row is written at the end of its transaction, under the time of its beginning; nodes' clocks differ a little. */
#define SLACK (10 * SD_MINUTE)

typedef struct reading_t {
    sd_work_t *work;
    const sd_audit_log_input_t *input;
    sd_audit_log_t *log;
    sd_audit_filter_t filter; /* all that was asked for; the statement takes one of it */
    sd_time_t since;
    sd_time_t until;
    sd_id_t before;
} reading_t;

static sd_error_t *ask_policy(reading_t *reading)
{
    sd_work_t *work = reading->work;
    const sd_desk_t *desk;

    if (!reading->input->desk) {
        return sd_policy_require(work, SD_MAY_ADMINISTER_SYSTEM);
    }
    SD_TRY(sd_desks_find(&desk, work->store, reading->input->desk, work->actor.account_id));
    SD_TRY(sd_policy_desk(work, SD_MAY_ADMINISTER_DESK, desk));
    reading->filter.desk_id = desk->id;
    return NULL;
}

static sd_error_t *read_moment(sd_time_t *time, reading_t *reading, const char *field, const char *text)
{
    return !text || sd_time_of_text(time, text)
               ? NULL
               : sd_error_field(reading->work->pool, field, "sd.validation.time",
                                "%s is a date, or a date and time: 2026-01-31, 2026-01-31T12:30:00+0900.", field);
}

static sd_error_t *make_filter(reading_t *reading)
{
    const sd_audit_log_input_t *input = reading->input;
    const sd_account_t *account;

    if (!input->object_id != !input->object_type) {
        return sd_error_field(reading->work->pool, "objectId", "sd.validation.required",
                              "objectType and objectId go together.");
    }
    reading->filter.object_type = input->object_type;
    reading->filter.object_id = input->object_id;
    reading->since = 0;
    reading->until = APR_INT64_MAX;
    SD_TRY(sd_error_append(read_moment(&reading->since, reading, "since", input->since),
                           read_moment(&reading->until, reading, "until", input->until)));
    if (input->account) {
        SD_TRY(sd_accounts_named(&account, reading->work->store, input->account));
        if (!account) {
            return sd_error_not_found(reading->work->pool);
        }
        reading->filter.account_id = account->id;
    }
    return NULL;
}

/* The first id of that time or later, found by halves: ids grow with time, but for the slack. */
static sd_error_t *find_place(sd_id_t *place, sd_store_t *store, sd_time_t time)
{
    sd_id_t low = 1, high, found;
    sd_time_t at;

    SD_TRY(sd_audits_up_to(&high, &at, store, SD_AUDIT_NEWEST));
    for (high++; low < high;) {
        sd_id_t middle = low + (high - low) / 2;

        SD_TRY(sd_audits_up_to(&found, &at, store, middle));
        if (!found || at < time) {
            low = middle + 1;
        } else {
            high = found;
        }
    }
    *place = low;
    return NULL;
}

static sd_error_t *find_start(reading_t *reading)
{
    const sd_audit_log_input_t *input = reading->input;
    sd_id_t place;

    reading->before = input->before ? input->before : SD_AUDIT_NEWEST;
    if (!input->until || reading->until > sd_work_now(reading->work)) {
        return NULL;
    }
    SD_TRY(find_place(&place, reading->work->store, reading->until + SLACK));
    reading->before = place < reading->before ? place : reading->before;
    return NULL;
}

static int matches(const reading_t *reading, const sd_audit_row_t *row)
{
    const sd_audit_filter_t *filter = &reading->filter;
    const char *act = reading->input->act;

    return (!act || strcmp(act, row->act) == 0) && row->at >= reading->since && row->at < reading->until &&
           (!filter->desk_id || filter->desk_id == row->desk_id) &&
           (!filter->account_id || filter->account_id == row->account_id) &&
           (!filter->object_id || (row->object_id && strcmp(filter->object_id, row->object_id) == 0 &&
                                   strcmp(filter->object_type, row->object_type) == 0));
}

/* The statement finds by the filter that leaves fewest. */
static sd_audit_filter_t narrowest(const sd_audit_filter_t *filter)
{
    if (filter->object_id) {
        return (sd_audit_filter_t){.object_type = filter->object_type, .object_id = filter->object_id};
    }
    return filter->account_id ? (sd_audit_filter_t){.account_id = filter->account_id} : *filter;
}

/* Is more asked for than the statement itself finds? */
static int is_sifted(const reading_t *reading)
{
    const sd_audit_log_input_t *input = reading->input;

    return input->act || input->since || input->until ||
           (input->object_id != NULL) + (input->account != NULL) + (input->desk != NULL) > 1;
}

/* Keeps what was asked for, `limit` at most; tells where the next page begins. */
static void keep(reading_t *reading, const apr_array_header_t *rows, int window)
{
    sd_audit_log_t *log = reading->log;
    int i = 0;

    log->rows = apr_array_make(reading->work->pool, (int)reading->input->limit, sizeof(const sd_audit_row_t *));
    log->next = 0;
    for (; i < rows->nelts && i < window && log->rows->nelts < reading->input->limit; i++) {
        const sd_audit_row_t *row = APR_ARRAY_IDX(rows, i, const sd_audit_row_t *);

        if (row->at < reading->since - SLACK) {
            return;
        }
        log->next = row->id;
        if (matches(reading, row)) {
            APR_ARRAY_PUSH(log->rows, const sd_audit_row_t *) = row;
        }
    }
    log->next = i < rows->nelts ? log->next : 0;
}

/* What is too old ends the list. */
static sd_error_t *read_page(void *baton)
{
    reading_t *reading = baton;
    sd_audit_filter_t filter;
    apr_array_header_t *rows;

    SD_TRY(ask_policy(reading));
    SD_TRY(make_filter(reading));
    SD_TRY(find_start(reading));
    int window = is_sifted(reading) ? SD_AUDIT_LOG_WINDOW : (int)reading->input->limit;
    filter = narrowest(&reading->filter);
    SD_TRY(sd_audits_list(&rows, reading->work->store, &filter, reading->before, window + 1));
    keep(reading, rows, window);
    return NULL;
}

sd_error_t *sd_audit_log(sd_audit_log_t *log, sd_work_t *work, const sd_audit_log_input_t *input)
{
    return sd_work_read(work, read_page, &(reading_t){.work = work, .input = input, .log = log});
}
