/* Queues, and who works on what. */
#include "desk/queue.h"

#include <apr_strings.h>

#include "base/text.h"
#include "desk/desk.h"
#include "desk/participant.h"
#include "desk/request_guard.h"
#include "store/accounts.h"
#include "store/desks.h"
#include "store/requests.h"

typedef struct builtin_t {
    sd_queue_kind_t id;
    const char *name;
    const char *condition;
} builtin_t;

static const builtin_t builtins[] = {
    {SD_QUEUE_OPEN, "All open", ""},
    {SD_QUEUE_UNASSIGNED, "Unassigned open", " AND assignee is EMPTY"},
    {SD_QUEUE_MINE, "Assigned to me", " AND assignee = currentUser()"},
};

#define BUILTINS ((int)(sizeof(builtins) / sizeof(builtins[0])))

const char *const sd_queue_fields[] = {"issuekey", "issuetype", "status",  "summary", "reporter",
                                       "assignee", "created",   "updated", NULL};

typedef struct ask_t {
    sd_work_t *work;
    const char *desk;
    sd_id_t id;
    int count;
    sd_page_t page;
    const sd_queue_t *queue;
    sd_list_t *list;
} ask_t;

static sd_error_t *make(const sd_queue_t **queue, sd_work_t *work, const builtin_t *builtin, const sd_desk_t *desk,
                        int count)
{
    sd_queue_t *made = apr_pcalloc(work->pool, sizeof(*made));

    made->id = builtin->id;
    made->name = builtin->name;
    made->jql = apr_psprintf(work->pool, "project = %s AND statusCategory != Done%s ORDER BY created ASC", desk->key,
                             builtin->condition);
    made->desk_id = desk->id;
    made->count = -1;
    if (count) {
        SD_TRY(sd_queues_count(&made->count, work->store, builtin->id, desk->id, work->actor.account_id));
    }
    *queue = made;
    return NULL;
}

static sd_error_t *list_in_read(void *baton)
{
    ask_t *ask = baton;
    const sd_desk_t *desk;

    SD_TRY(sd_desk_find(&desk, ask->work, ask->desk, SD_MAY_WORK_QUEUES));
    ask->list = apr_pcalloc(ask->work->pool, sizeof(*ask->list));
    ask->list->rows = apr_array_make(ask->work->pool, BUILTINS, sizeof(const sd_queue_t *));
    ask->list->page = ask->page;
    ask->list->is_last = ask->page.start >= BUILTINS || ask->page.limit >= BUILTINS - ask->page.start;
    for (apr_int64_t i = ask->page.start; i < BUILTINS && i - ask->page.start < ask->page.limit; i++) {
        const sd_queue_t *queue;

        SD_TRY(make(&queue, ask->work, &builtins[i], desk, ask->count));
        APR_ARRAY_PUSH(ask->list->rows, const sd_queue_t *) = queue;
    }
    return NULL;
}

sd_error_t *sd_queue_list(sd_list_t **queues, sd_work_t *work, const char *desk, int count, sd_page_t page)
{
    ask_t ask = {.work = work, .desk = desk, .count = count, .page = page};

    SD_TRY(sd_work_read(work, list_in_read, &ask));
    *queues = ask.list;
    return NULL;
}

static sd_error_t *find_in_read(void *baton)
{
    ask_t *ask = baton;
    const sd_desk_t *desk;

    SD_TRY(sd_desk_find(&desk, ask->work, ask->desk, SD_MAY_WORK_QUEUES));
    if (ask->id < 1 || ask->id > BUILTINS) {
        return sd_error_not_found(ask->work->pool);
    }
    return make(&ask->queue, ask->work, &builtins[ask->id - 1], desk, ask->count);
}

sd_error_t *sd_queue_find(const sd_queue_t **queue, sd_work_t *work, const char *desk, const char *id, int count)
{
    ask_t ask = {.work = work, .desk = desk, .id = sd_text_id(id), .count = count};

    SD_TRY(sd_work_read(work, find_in_read, &ask));
    *queue = ask.queue;
    return NULL;
}

static sd_error_t *requests_in_read(void *baton)
{
    ask_t *ask = baton;

    SD_TRY(find_in_read(ask));
    return sd_queues_list(&ask->list, ask->work->store, ask->queue->id, ask->queue->desk_id,
                          ask->work->actor.account_id, ask->page);
}

sd_error_t *sd_queue_requests(sd_list_t **rows, sd_work_t *work, const char *desk, const char *id, sd_page_t page)
{
    ask_t ask = {.work = work, .desk = desk, .id = sd_text_id(id), .page = page};

    SD_TRY(sd_work_read(work, requests_in_read, &ask));
    *rows = ask.list;
    return NULL;
}

/* The answer is the same for whoever is unknown, disabled, or no agent of this desk. */
static sd_error_t *find_agent(const sd_account_t **agent, sd_work_t *work, const sd_request_t *request,
                              const char *named)
{
    const sd_desk_t *desk = NULL;

    SD_TRY(sd_accounts_named(agent, work->store, named));
    if (*agent && sd_participant_is_usable(*agent)) {
        SD_TRY(sd_desks_find(&desk, work->store, request->desk_key, (*agent)->id));
    }
    if (!desk || !(desk->relations & SD_RELATION_AGENT)) {
        return sd_error_field(work->pool, "accountId", "sd.assignee.unknown",
                              "\"%s\" is not an agent of this service desk.", named);
    }
    return NULL;
}

typedef struct assign_t {
    const char *named;
} assign_t;

static sd_error_t *assign(sd_work_t *work, const sd_request_t *request, void *baton)
{
    const char *named = ((const assign_t *)baton)->named;
    const sd_account_t *agent = NULL;
    const char *detail = "{}";

    if (named) {
        SD_TRY(find_agent(&agent, work, request, named));
        detail = apr_psprintf(work->pool, "{\"assignee\":\"%s\"}", agent->public_id);
    }
    if (request->assignee_id == (agent ? agent->id : 0)) {
        return NULL;
    }
    SD_TRY(sd_requests_set_assignee(work->store, request->id, agent ? agent->id : 0, sd_work_now(work)));
    return sd_request_audit(work, "request.assign", request, detail);
}

sd_error_t *sd_queue_assign(sd_work_t *work, const char *id_or_key, const char *named, const char *version)
{
    return sd_request_change(work, id_or_key, SD_MAY_ASSIGN, version, assign, &(assign_t){named});
}
