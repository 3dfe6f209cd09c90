/* Pages of the audit. */
#include "desk/audit_log.h"

#include <string.h>

#include "desk/policy.h"
#include "store/accounts.h"
#include "store/desks.h"

typedef struct reading_t {
    sd_work_t *work;
    const sd_audit_log_input_t *input;
    sd_audit_log_t *log;
    sd_audit_filter_t filter;
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

static sd_error_t *make_filter(reading_t *reading)
{
    const sd_audit_log_input_t *input = reading->input;
    const sd_account_t *account;

    if ((input->account != NULL) + (input->object_id != NULL) + (input->desk != NULL) > 1) {
        return sd_error_field(reading->work->pool, "account", "sd.validation.audit.filter",
                              "One of account and object can be asked for at a time, and neither of a desk.");
    }
    if (!input->object_id != !input->object_type) {
        return sd_error_field(reading->work->pool, "objectId", "sd.validation.required",
                              "objectType and objectId go together.");
    }
    reading->filter.object_type = input->object_type;
    reading->filter.object_id = input->object_id;
    if (input->account) {
        SD_TRY(sd_accounts_named(&account, reading->work->store, input->account));
        if (!account) {
            return sd_error_not_found(reading->work->pool);
        }
        reading->filter.account_id = account->id;
    }
    return NULL;
}

/* Keeps the rows of the act that was asked for, `limit` at most; tells where the next page begins. */
static void keep(reading_t *reading, const apr_array_header_t *rows, int window)
{
    const sd_audit_log_input_t *input = reading->input;
    sd_audit_log_t *log = reading->log;

    log->rows = apr_array_make(reading->work->pool, (int)input->limit, sizeof(const sd_audit_row_t *));
    log->next = 0;
    for (int i = 0; i < rows->nelts && i < window; i++) {
        const sd_audit_row_t *row = APR_ARRAY_IDX(rows, i, const sd_audit_row_t *);

        if (log->rows->nelts == input->limit) {
            break;
        }
        log->next = row->id;
        if (!input->act || strcmp(input->act, row->act) == 0) {
            APR_ARRAY_PUSH(log->rows, const sd_audit_row_t *) = row;
        }
    }
    if (rows->nelts && log->next == APR_ARRAY_IDX(rows, rows->nelts - 1, const sd_audit_row_t *)->id &&
        rows->nelts <= window) {
        log->next = 0;
    }
}

static sd_error_t *read_page(void *baton)
{
    reading_t *reading = baton;
    const sd_audit_log_input_t *input = reading->input;
    int window = input->act ? SD_AUDIT_LOG_WINDOW : (int)input->limit;
    apr_array_header_t *rows;

    SD_TRY(ask_policy(reading));
    SD_TRY(make_filter(reading));
    SD_TRY(sd_audits_list(&rows, reading->work->store, &reading->filter,
                          input->before ? input->before : SD_AUDIT_NEWEST, window + 1));
    keep(reading, rows, window);
    return NULL;
}

sd_error_t *sd_audit_log(sd_audit_log_t *log, sd_work_t *work, const sd_audit_log_input_t *input)
{
    return sd_work_read(work, read_page, &(reading_t){.work = work, .input = input, .log = log});
}
