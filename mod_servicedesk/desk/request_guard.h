/*
 * The door of every operation on one request, for the files of desk/: finds the request, asks the policy, and runs the
 * rest in the same transaction.
 */
#ifndef SD_DESK_REQUEST_GUARD_H
#define SD_DESK_REQUEST_GUARD_H

#include "desk/policy.h"
#include "desk/request.h"

typedef sd_error_t *(*sd_request_fn)(sd_work_t *work, const sd_request_t *request, void *baton);

/*
 * A look, in one read. A system administrator who may look only because a setting says so leaves an audit row
 * request.read: for him the look is a write, and must not be nested in a read.
 */
SD_CHECKED sd_error_t *sd_request_look(sd_work_t *work, const char *id_or_key, sd_action_t action, sd_request_fn fn,
                                       void *baton);

/* A change, in one write. `version` is what it must be based on (SD_ERROR_STALE if it is not), or NULL. */
SD_CHECKED sd_error_t *sd_request_change(sd_work_t *work, const char *id_or_key, sd_action_t action,
                                         const char *version, sd_request_fn fn, void *baton);

/* Fills the parts of a view; inside a transaction, and some of them are there at its end (sd_store_ask()). */
SD_CHECKED sd_error_t *sd_request_load(sd_request_view_t **view, sd_work_t *work, const sd_request_t *request,
                                       unsigned parts);
/* Gives a view that was loaded for it the request as it stands in the end. */
void sd_request_show(sd_request_view_t *view, const sd_work_t *work, const sd_request_t *request);
/* The same for each sd_request_t * of a list, which becomes a list of sd_request_view_t *. */
SD_CHECKED sd_error_t *sd_request_load_all(sd_list_t *list, sd_work_t *work, unsigned parts);

/* Whose name stands behind what is done: the actor's; the reporter's for the operator, who has no account. */
sd_id_t sd_request_doer(const sd_work_t *work, const sd_request_t *request);

/* Gives it another status, with history and counters; nothing if it has it already. In a write, after the policy. */
SD_CHECKED sd_error_t *sd_request_move(sd_work_t *work, const sd_request_t *request, const char *status,
                                       const char *resolution);

/* The audit row of an act on a request; `detail` is JSON or NULL. */
SD_CHECKED sd_error_t *sd_request_audit(sd_work_t *work, const char *act, const sd_request_t *request,
                                        const char *detail);

#endif
