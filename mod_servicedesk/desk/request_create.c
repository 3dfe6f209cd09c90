/* A request is raised. */
#include "desk/request.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "desk/desk.h"
#include "desk/participant.h"
#include "desk/request_draft.h"
#include "desk/request_guard.h"
#include "desk/request_index.h"
#include "desk/workflow.h"
#include "store/participants.h"
#include "store/request_values.h"
#include "store/requests.h"
#include "store/retries.h"
#include "store/roles.h"
#include "store/transitions.h"

typedef struct create_t {
    sd_work_t *work;
    const sd_request_input_t *input;
    unsigned parts;
    sd_time_t now; /* one moment for all that is written */
    sd_request_draft_t draft;
    int enlisted;
    sd_id_t again;         /* there since it was asked for the first time */
    sd_request_t *request; /* as it was read back */
    sd_request_view_t *view;
} create_t;

/* Fills of *request what the rest of the making needs. */
static sd_error_t *insert(sd_request_t *request, create_t *create)
{
    const sd_request_draft_t *draft = &create->draft;
    sd_work_t *work = create->work;
    sd_id_t actor = work->actor.account_id;
    sd_new_request_t row = {
        .desk_id = draft->desk->id,
        .desk_key = draft->desk->key,
        .request_type_id = draft->type->id,
        .reporter_id = draft->reporter->id,
        .author_id = actor ? actor : draft->reporter->id,
        .summary = draft->summary,
        .status = SD_STATUS_FIRST,
        .created = create->now,
    };

    SD_TRY(sd_text_fold(&row.summary_key, work->pool, row.summary));
    request->desk_id = row.desk_id;
    request->desk_key = row.desk_key;
    request->request_type_id = row.request_type_id;
    request->reporter = *draft->reporter;
    return sd_requests_insert(request, work->store, &row);
}

static sd_error_t *share(create_t *create, const sd_request_t *request)
{
    const sd_request_draft_t *draft = &create->draft;
    sd_work_t *work = create->work;

    for (int i = 0; i < draft->organization_ids->nelts; i++) {
        SD_TRY(sd_participants_share(work->store, request->id, APR_ARRAY_IDX(draft->organization_ids, i, sd_id_t)));
    }
    for (int i = 0; i < draft->participants->nelts; i++) {
        const sd_account_t *account = APR_ARRAY_IDX(draft->participants, i, const sd_account_t *);

        SD_TRY(sd_participants_insert(NULL, work->store, request->id, account->id, sd_request_doer(work, request),
                                      create->now));
    }
    return NULL;
}

/* Whoever raised a request while the desk was open to everyone stays its customer when that ends. */
static sd_error_t *enlist(create_t *create)
{
    const sd_request_draft_t *draft = &create->draft;

    create->enlisted = 0;
    return draft->entry.verdict == SD_ENTRY_ENLIST
               ? sd_roles_ask_insert(&create->enlisted, create->work->store, draft->desk->id, "customer",
                                     draft->reporter->id, "raised", create->now)
               : NULL;
}

static sd_error_t *audit(create_t *create, const sd_request_t *request)
{
    const sd_request_draft_t *draft = &create->draft;
    const char *detail = apr_psprintf(create->work->pool,
                                      "{\"requestTypeId\":\"%" APR_INT64_T_FMT "\",\"reporter\":\"%s\","
                                      "\"participants\":%d,\"organizations\":%d}",
                                      draft->type->id, draft->reporter->public_id, draft->participants->nelts,
                                      draft->organization_ids->nelts);

    return sd_request_audit(create->work, "request.create", request, detail);
}

static sd_error_t *complete(create_t *create, const sd_request_t *request)
{
    sd_work_t *work = create->work;
    sd_id_t doer = sd_request_doer(work, request);

    SD_TRY(sd_request_values_insert(work->store, request->id, create->draft.values));
    SD_TRY(sd_request_index_insert(work, request, create->draft.summary, create->draft.values));
    SD_TRY(share(create, request));
    SD_TRY(sd_transitions_note(work->store, request->id, SD_STATUS_FIRST, doer, create->now));
    SD_TRY(sd_requests_count(work->store, request->desk_id, create->draft.reporter->id, 1, 0, create->now));
    if (create->enlisted) {
        SD_TRY(sd_desk_note_enlisted(work, request->desk_id, create->draft.reporter->id, "raised"));
    }
    return audit(create, request);
}

static sd_error_t *find_again(create_t *create)
{
    const sd_request_input_t *input = create->input;
    sd_work_t *work = create->work;
    sd_retry_t retry = {.account_id = work->actor.account_id, .name = input->retry_name};

    create->again = 0;
    if (!input->retry_name || !retry.account_id) {
        return NULL;
    }
    SD_TRY(sd_retries_find(&retry, work->store));
    if (retry.request_id && strcmp(retry.content, input->retry_content) != 0) {
        return sd_error_new(work->pool, SD_ERROR_CONFLICT, "sd.request.retry.other",
                            "Something else was asked for under this Idempotency-Key.");
    }
    create->again = retry.request_id;
    return NULL;
}

/*
 * Two at once with the same content are for the same reporter, whose count one of them finds changed: that one runs
 * again, and finds the other's request.
 */
static sd_error_t *note_name(const create_t *create, const sd_request_t *request)
{
    const sd_request_input_t *input = create->input;
    const sd_retry_t retry = {create->work->actor.account_id, input->retry_name, input->retry_content, request->id,
                              create->now};

    return input->retry_name && retry.account_id ? sd_retries_add(create->work->store, &retry) : NULL;
}

static sd_error_t *ask(void *baton)
{
    create_t *create = baton;

    return sd_request_draft_ask(&create->draft, create->work, create->input);
}

/*
 * Three trips to the server, where there is one: what the input names, with the actor; the request, whose number the
 * rest needs; the rest with the commit. The request is read back last of all, and looked at after the commit: how the
 * actor stands to it depends on all that was written.
 */
static sd_error_t *create_in_write(void *baton)
{
    create_t *create = baton;
    sd_work_t *work = create->work;
    sd_request_t made = {0};

    create->now = sd_work_now(work);
    create->request = apr_palloc(work->pool, sizeof(*create->request));
    SD_TRY(find_again(create));
    if (create->again) {
        return NULL;
    }
    SD_TRY(sd_request_draft(&create->draft, work, create->input));
    SD_TRY(enlist(create));
    SD_TRY(insert(&made, create));
    sd_request_draft_choose_organization(&create->draft, create->input);
    SD_TRY(complete(create, &made));
    SD_TRY(note_name(create, &made));
    SD_TRY(sd_requests_ask(create->request, work->store, made.key, work->actor.account_id));
    return sd_request_load(&create->view, work, &made, create->parts);
}

sd_error_t *sd_request_create(sd_request_view_t **view, sd_work_t *work, const sd_request_input_t *input,
                              unsigned parts)
{
    create_t made = {.work = work, .input = input, .parts = parts};

    SD_TRY(sd_work_write_rows_ahead(work, ask, create_in_write, &made));
    if (made.again) {
        return sd_request_get(view, work, apr_psprintf(work->pool, "%" APR_INT64_T_FMT, made.again), parts);
    }
    if (!made.request->id) {
        return sd_error_private(work->pool, SD_ERROR_INTERNAL, "a request is not there after its insert");
    }
    sd_request_show(made.view, work, made.request);
    *view = made.view;
    return NULL;
}

static sd_error_t *validate_in_read(void *baton)
{
    create_t *create = baton;

    return sd_request_draft(&create->draft, create->work, create->input);
}

sd_error_t *sd_request_validate(sd_work_t *work, const sd_request_input_t *input)
{
    create_t create = {.work = work, .input = input};

    return sd_work_read_ahead(work, ask, validate_in_read, &create);
}
