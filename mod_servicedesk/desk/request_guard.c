/* One request: found, judged, moved, audited. */
#include "desk/request_guard.h"

#include <string.h>

#include <apr_strings.h>

#include "desk/audit.h"
#include "desk/workflow.h"
#include "store/requests.h"
#include "store/transitions.h"

typedef struct guard_t {
    sd_work_t *work;
    const char *id_or_key;
    sd_action_t action;
    const char *version;
    sd_request_fn fn;
    void *baton;
    int writing;
    int must_write;
    sd_request_t *found;
} guard_t;

int sd_request_is_staff(const sd_work_t *work, const sd_request_t *request)
{
    return sd_policy_may(work, SD_MAY_READ_INTERNAL, request->relations);
}

const char *sd_request_version(const sd_work_t *work, const sd_request_t *request)
{
    int staff = sd_request_is_staff(work, request);

    return apr_psprintf(work->pool, "%c%" APR_INT64_T_FMT, staff ? 'a' : 'c',
                        staff ? request->version : request->public_version);
}

sd_id_t sd_request_doer(const sd_work_t *work, const sd_request_t *request)
{
    return work->actor.account_id ? work->actor.account_id : request->reporter.id;
}

sd_error_t *sd_request_audit(sd_work_t *work, const char *act, const sd_request_t *request, const char *detail)
{
    return sd_audit_write(work, &(sd_audit_entry_t){
                                    .act = act,
                                    .object_type = "request",
                                    .object_id = request->key,
                                    .desk_id = request->desk_id,
                                    .detail = detail,
                                });
}

/* No relation to the request itself allows the look, so it is the setting that does. */
static int reads_by_setting(const sd_work_t *work, const sd_request_t *request)
{
    return !work->actor.is_operator && !(request->relations & sd_policy_scope(work, SD_MAY_READ));
}

static sd_error_t *ask(void *baton)
{
    guard_t *guard = baton;
    sd_work_t *work = guard->work;

    guard->found = apr_palloc(work->pool, sizeof(*guard->found));
    return sd_requests_ask(guard->found, work->store, guard->id_or_key, work->actor.account_id);
}

static sd_error_t *find(const sd_request_t **request, guard_t *guard)
{
    *request = guard->found;
    return sd_policy_request(guard->work, guard->action, guard->found->id ? guard->found : NULL);
}

static sd_error_t *look(void *baton)
{
    guard_t *guard = baton;
    const sd_request_t *request;

    SD_TRY(find(&request, guard));
    if (reads_by_setting(guard->work, request)) {
        if (!guard->writing) {
            guard->must_write = 1;
            return NULL;
        }
        SD_TRY(sd_request_audit(guard->work, "request.read", request, NULL));
    }
    return guard->fn(guard->work, request, guard->baton);
}

sd_error_t *sd_request_look(sd_work_t *work, const char *id_or_key, sd_action_t action, sd_request_fn fn, void *baton)
{
    guard_t guard = {.work = work, .id_or_key = id_or_key, .action = action, .fn = fn, .baton = baton};

    SD_TRY(sd_work_read_ahead(work, ask, look, &guard));
    if (!guard.must_write) {
        return NULL;
    }
    guard.writing = 1;
    return sd_work_write_rows_ahead(work, ask, look, &guard);
}

static sd_error_t *change(void *baton)
{
    guard_t *guard = baton;
    sd_work_t *work = guard->work;
    const sd_request_t *request;

    SD_TRY(find(&request, guard));
    if (guard->version && strcmp(guard->version, sd_request_version(work, request)) != 0) {
        return sd_error_new(work->pool, SD_ERROR_STALE, "sd.request.stale",
                            "The request has changed since it was read. Read it again before you change it.");
    }
    return guard->fn(work, request, guard->baton);
}

sd_error_t *sd_request_change(sd_work_t *work, const char *id_or_key, sd_action_t action, const char *version,
                              sd_request_fn fn, void *baton)
{
    guard_t guard = {work, id_or_key, action, version, fn, baton, 1, 0, NULL};

    return sd_work_write_rows_ahead(work, ask, change, &guard);
}

sd_error_t *sd_request_move(sd_work_t *work, const sd_request_t *request, const char *status, const char *resolution)
{
    const sd_status_t *to = sd_status_find(status);
    sd_time_t now = sd_work_now(work);

    if (!to) {
        return sd_error_private(work->pool, SD_ERROR_INTERNAL, "%s: no status \"%s\"", request->key, status);
    }
    if (strcmp(status, request->status) == 0) {
        return NULL;
    }
    SD_TRY(sd_requests_set_status(work->store, request->id, status, to->open ? NULL : resolution, to->open, now));
    SD_TRY(sd_transitions_note(work->store, request->id, status, sd_request_doer(work, request), now));
    if (to->open == request->open) {
        return NULL;
    }
    return sd_requests_count(work->store, request->desk_id, request->reporter.id, to->open ? 1 : -1, to->open ? -1 : 1,
                             now);
}
