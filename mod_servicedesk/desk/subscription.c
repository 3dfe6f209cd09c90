/* Subscriptions. */
#include "desk/subscription.h"

#include "desk/request_guard.h"
#include "store/subscriptions.h"

static int preset(const sd_work_t *work, const sd_request_t *request)
{
    return (request->relations & (SD_RELATION_REPORTER | SD_RELATION_PARTICIPANT)) != 0 ||
           (request->assignee_id && request->assignee_id == work->actor.account_id);
}

static sd_error_t *get(sd_work_t *work, const sd_request_t *request, void *baton)
{
    return sd_subscriptions_get(baton, work->store, request->id, work->actor.account_id, preset(work, request));
}

sd_error_t *sd_subscription_get(int *subscribed, sd_work_t *work, const char *id_or_key)
{
    return sd_request_look(work, id_or_key, SD_MAY_READ, get, subscribed);
}

/* A choice that is the default again needs no row: it follows when somebody becomes a participant later. */
static sd_error_t *set(sd_work_t *work, const sd_request_t *request, void *baton)
{
    sd_id_t account_id = work->actor.account_id;
    int wanted = *(const int *)baton;
    int chosen;

    if (!account_id) {
        return sd_error_new(work->pool, SD_ERROR_FORBIDDEN, "sd.account.needed",
                            "Only an account can hear of a request.");
    }
    SD_TRY(sd_subscriptions_get(&chosen, work->store, request->id, account_id, preset(work, request)));
    if (chosen == wanted) {
        return NULL;
    }
    if (wanted == preset(work, request)) {
        SD_TRY(sd_subscriptions_forget(work->store, request->id, account_id));
    } else {
        SD_TRY(sd_subscriptions_set(work->store, request->id, account_id, wanted));
    }
    return sd_request_audit(work, "subscription.set", request,
                            wanted ? "{\"subscribed\":true}" : "{\"subscribed\":false}");
}

sd_error_t *sd_subscription_set(sd_work_t *work, const char *id_or_key, int subscribed)
{
    return sd_request_change(work, id_or_key, SD_MAY_READ, NULL, set, &subscribed);
}
