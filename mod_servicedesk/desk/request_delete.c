/* A request is deleted. */
#include "desk/request_guard.h"
#include "desk/request_index.h"
#include "store/requests.h"

static sd_error_t *delete_it(sd_work_t *work, const sd_request_t *request, void *baton)
{
    sd_time_t now = sd_work_now(work);

    (void)baton;
    SD_TRY(sd_requests_delete(work->store, request->id, now));
    SD_TRY(sd_request_index_delete(work, request));
    SD_TRY(sd_requests_count(work->store, request->desk_id, request->reporter.id, request->open ? -1 : 0,
                             request->open ? 0 : -1, now));
    return sd_request_audit(work, "request.delete", request, NULL);
}

sd_error_t *sd_request_delete(sd_work_t *work, const char *id_or_key, const char *version)
{
    return sd_request_change(work, id_or_key, SD_MAY_DELETE_REQUEST, version, delete_it, NULL);
}
