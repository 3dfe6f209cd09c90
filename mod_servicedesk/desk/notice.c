/* Notices to administrators. */
#include "desk/notice.h"

#include "desk/audit.h"
#include "desk/policy.h"

sd_error_t *sd_notice_put(sd_work_t *work, const char *kind, const char *subject, json_t *detail)
{
    return sd_notices_put(work->store, kind, subject, sd_audit_detail(work, detail), sd_work_now(work));
}

sd_error_t *sd_notice_remind(sd_work_t *work, const char *kind, const char *subject, json_t *detail, sd_time_t pause)
{
    sd_time_t now = sd_work_now(work);

    return sd_notices_remind(work->store, kind, subject, sd_audit_detail(work, detail), now, now - pause);
}

typedef struct notice_call_t {
    sd_work_t *work;
    sd_page_t page;
    sd_id_t id;
    sd_list_t *notices;
} notice_call_t;

static sd_error_t *list_in_read(void *baton)
{
    notice_call_t *call = baton;

    SD_TRY(sd_policy_require(call->work, SD_MAY_ADMINISTER_SYSTEM));
    return sd_notices_list(&call->notices, call->work->store, call->page);
}

sd_error_t *sd_notice_list(sd_list_t **notices, sd_work_t *work, sd_page_t page)
{
    notice_call_t call = {.work = work, .page = page};

    SD_TRY(sd_work_read(work, list_in_read, &call));
    *notices = call.notices;
    return NULL;
}

static sd_error_t *remove_in_write(void *baton)
{
    notice_call_t *call = baton;
    int deleted;

    SD_TRY(sd_policy_require(call->work, SD_MAY_ADMINISTER_SYSTEM));
    SD_TRY(sd_notices_delete(&deleted, call->work->store, call->id));
    return deleted ? NULL : sd_error_not_found(call->work->pool);
}

sd_error_t *sd_notice_remove(sd_work_t *work, sd_id_t id)
{
    return sd_work_write(work, remove_in_write, &(notice_call_t){.work = work, .id = id});
}
