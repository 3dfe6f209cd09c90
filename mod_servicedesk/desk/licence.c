/* The licence: seats counted, changes judged. */
#include "desk/licence.h"

#include <stdlib.h>
#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "base/text.h"
#include "desk/audit.h"
#include "desk/notice.h"
#include "desk/policy.h"
#include "desk/setting.h"
#include "store/grants.h"

/* ---- counting ---- */

/* In order of directories: the first account of a name is the seat, those after it are the same person. */
static sd_error_t *name_of(const char **key, sd_work_t *work, const sd_account_t *account)
{
    return sd_text_fold(key, work->pool, account->name);
}

static sd_error_t *count(apr_int64_t *used, sd_work_t *work, const apr_array_header_t *accounts)
{
    apr_hash_t *names = apr_hash_make(work->pool);
    const char *key;

    for (int i = 0; i < accounts->nelts; i++) {
        SD_TRY(name_of(&key, work, APR_ARRAY_IDX(accounts, i, const sd_account_t *)));
        apr_hash_set(names, key, APR_HASH_KEY_STRING, "");
    }
    *used = apr_hash_count(names);
    return NULL;
}

static sd_error_t *read_limit(apr_int64_t *limit, sd_work_t *work)
{
    const char *value;

    SD_TRY(sd_setting_value(&value, work, "licence_limit"));
    *limit = sd_text_id(value);
    return NULL;
}

/* ---- the report ---- */

typedef struct report_t {
    sd_work_t *work;
    sd_licence_t *licence;
} report_t;

static sd_error_t *make_seats(report_t *report, const apr_array_header_t *accounts)
{
    sd_work_t *work = report->work;
    apr_array_header_t *seats = apr_array_make(work->pool, accounts->nelts + 1, sizeof(sd_seat_t *)), *ways;
    apr_hash_t *names = apr_hash_make(work->pool);
    const char *key;

    for (int i = 0; i < accounts->nelts; i++) {
        sd_seat_t *seat = apr_pcalloc(work->pool, sizeof(*seat));

        seat->account = APR_ARRAY_IDX(accounts, i, const sd_account_t *);
        SD_TRY(name_of(&key, work, seat->account));
        seat->counted_in = apr_hash_get(names, key, APR_HASH_KEY_STRING);
        if (!seat->counted_in) {
            apr_hash_set(names, key, APR_HASH_KEY_STRING, seat->account->directory);
        }
        SD_TRY(sd_seats_ways(&ways, work->store, seat->account->id));
        seat->ways = ways;
        APR_ARRAY_PUSH(seats, sd_seat_t *) = seat;
    }
    report->licence->seats = seats;
    report->licence->used = apr_hash_count(names);
    return NULL;
}

static sd_error_t *report_in_read(void *baton)
{
    report_t *report = baton;
    sd_work_t *work = report->work;
    apr_array_header_t *accounts, *risks;

    SD_TRY(sd_policy_require(work, SD_MAY_ADMINISTER_SYSTEM));
    SD_TRY(sd_setting_value(&report->licence->model, work, "licence_model"));
    SD_TRY(read_limit(&report->licence->limit, work));
    SD_TRY(sd_seats_risks(&risks, work->store));
    report->licence->risks = risks;
    SD_TRY(sd_seats_accounts(&accounts, work->store));
    return make_seats(report, accounts);
}

sd_error_t *sd_licence_report(const sd_licence_t **licence, sd_work_t *work)
{
    report_t report = {work, apr_pcalloc(work->pool, sizeof(sd_licence_t))};

    *licence = NULL;
    SD_TRY(sd_work_read(work, report_in_read, &report));
    *licence = report.licence;
    return NULL;
}

/* ---- before and after a change ---- */

static sd_error_t *take_mark(sd_licence_mark_t *mark, sd_work_t *work)
{
    apr_array_header_t *accounts, *risks;

    SD_TRY(sd_seats_accounts(&accounts, work->store));
    SD_TRY(sd_seats_risks(&risks, work->store));
    mark->accounts = accounts;
    mark->risks = risks;
    return count(&mark->used, work, accounts);
}

sd_error_t *sd_licence_begin(sd_licence_mark_t *mark, sd_work_t *work)
{
    SD_TRY(sd_grants_lock(work->store));
    return take_mark(mark, work);
}

static int was_there(const apr_array_header_t *risks, const sd_seat_risk_t *risk)
{
    for (int i = 0; i < risks->nelts; i++) {
        const sd_seat_risk_t *other = APR_ARRAY_IDX(risks, i, const sd_seat_risk_t *);

        if (other->group.id == risk->group.id && strcmp(other->kind, risk->kind) == 0) {
            return 1;
        }
    }
    return 0;
}

/* What a group is about to do that somebody should have meant; NULL if nothing. */
static const char *name_risks(sd_work_t *work, const sd_licence_mark_t *before, const sd_licence_mark_t *after)
{
    const char *text = NULL;

    for (int i = 0; i < after->risks->nelts; i++) {
        const sd_seat_risk_t *risk = APR_ARRAY_IDX(after->risks, i, const sd_seat_risk_t *);

        if (!was_there(before->risks, risk)) {
            text = apr_psprintf(work->pool, "%s%sthe group \"%s\" (%" APR_INT64_T_FMT " seats) makes its members %s",
                                text ? text : "", text ? "; " : "", risk->group.full_name, risk->members,
                                strcmp(risk->kind, "default") == 0 ? "staff and is one that new accounts get"
                                                                   : "agents and is one of customers");
        }
    }
    return text;
}

static int holds(const apr_array_header_t *accounts, sd_id_t id)
{
    for (int i = 0; i < accounts->nelts; i++) {
        if (APR_ARRAY_IDX(accounts, i, const sd_account_t *)->id == id) {
            return 1;
        }
    }
    return 0;
}

static sd_error_t *count_new_customers(int *customers, sd_work_t *work, const sd_licence_mark_t *before,
                                       const sd_licence_mark_t *after)
{
    apr_hash_t *known = apr_hash_make(work->pool);
    int customer;

    *customers = 0;
    for (int i = 0; i < before->accounts->nelts; i++) {
        apr_hash_set(known, &APR_ARRAY_IDX(before->accounts, i, const sd_account_t *)->id, sizeof(sd_id_t), "");
    }
    for (int i = 0; i < after->accounts->nelts; i++) {
        const sd_account_t *account = APR_ARRAY_IDX(after->accounts, i, const sd_account_t *);

        if (!apr_hash_get(known, &account->id, sizeof(sd_id_t))) {
            SD_TRY(sd_seats_is_customer(&customer, work->store, account->id));
            *customers += customer;
        }
    }
    return NULL;
}

static sd_error_t *refuse_over_limit(sd_work_t *work, const sd_licence_mark_t *before, const sd_licence_mark_t *after)
{
    apr_int64_t limit;

    SD_TRY(read_limit(&limit, work));
    if (!limit || after->used <= limit || after->used <= before->used) {
        return NULL;
    }
    return sd_error_new(work->pool, SD_ERROR_CONFLICT, "sd.licence.limit",
                        "The licence has %" APR_INT64_T_FMT " seats for agents; this would take %" APR_INT64_T_FMT ".",
                        limit, after->used);
}

static sd_error_t *ask(sd_work_t *work, const sd_licence_mark_t *before, const sd_licence_mark_t *after, int customers,
                       const char *risks)
{
    const char *who = customers ? apr_psprintf(work->pool, "%d customers become agents", customers) : NULL;
    sd_error_t *error =
        sd_error_new(work->pool, SD_ERROR_CONFLICT, "sd.licence.confirm",
                     "This changes the seats of the licence from %" APR_INT64_T_FMT " to %" APR_INT64_T_FMT
                     ": %s%s%s. Repeat it with confirm to do it all the same.",
                     before->used, after->used, who ? who : "", who && risks ? "; " : "", risks ? risks : "");

    error->field = "confirm";
    return error;
}

static sd_error_t *audit_confirmed(sd_work_t *work, const sd_licence_mark_t *before, const sd_licence_mark_t *after)
{
    json_t *detail = json_pack("{s:I, s:I}", "from", (json_int_t)before->used, "to", (json_int_t)after->used);

    return sd_audit_write(work, &(sd_audit_entry_t){.act = "licence.confirm",
                                                    .object_type = "licence",
                                                    .detail = sd_audit_detail(work, detail)});
}

sd_error_t *sd_licence_end(sd_work_t *work, const sd_licence_mark_t *mark, int by_group, int confirmed)
{
    sd_licence_mark_t after;
    const char *risks;
    int customers = 0;

    SD_TRY(take_mark(&after, work));
    SD_TRY(refuse_over_limit(work, mark, &after));
    risks = name_risks(work, mark, &after);
    if (by_group) {
        SD_TRY(count_new_customers(&customers, work, mark, &after));
    }
    if (!risks && !customers) {
        return NULL;
    }
    return confirmed ? audit_confirmed(work, mark, &after) : ask(work, mark, &after, customers, risks);
}

/* ---- what a directory does by itself ---- */

static json_t *detail_of(apr_int64_t used, apr_int64_t limit)
{
    return json_pack("{s:I, s:I}", "seats", (json_int_t)used, "limit", (json_int_t)limit);
}

sd_error_t *sd_licence_notice(sd_work_t *work, const sd_account_t *account)
{
    const char *subject = apr_psprintf(work->pool, "%s/%s", account->directory, account->name);
    apr_array_header_t *accounts;
    apr_int64_t used, limit;

    SD_TRY(sd_seats_accounts(&accounts, work->store));
    if (!holds(accounts, account->id)) {
        return NULL;
    }
    SD_TRY(count(&used, work, accounts));
    SD_TRY(read_limit(&limit, work));
    SD_TRY(sd_notice_put(work, "licence.seat", subject, detail_of(used, limit)));
    return limit && used > limit ? sd_notice_put(work, "licence.limit", "agents", detail_of(used, limit)) : NULL;
}
