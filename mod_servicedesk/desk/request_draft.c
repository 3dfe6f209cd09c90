/* The checks of a new request. */
#include "desk/request_draft.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "desk/field.h"
#include "desk/participant.h"
#include "desk/policy.h"
#include "desk/request_type.h"
#include "store/accounts.h"
#include "store/desks.h"
#include "store/participants.h"

#define ORGANIZATIONS_MAX 100

static sd_error_t *required(sd_work_t *work, const char *field)
{
    return sd_error_field(work->pool, field, "sd.validation.required", "This field is required.");
}

/* The operator stands above who may enter; a desk that is closed is closed to everybody. */
static sd_error_t *judge_entry(sd_entry_t *entry, sd_work_t *work, const sd_desk_t *desk)
{
    *entry = (sd_entry_t){SD_ENTRY_REFUSED, "unknown"};
    if (desk && work->actor.is_operator) {
        *entry = (sd_entry_t){desk->open ? SD_ENTRY_WELCOME : SD_ENTRY_REFUSED, "closed"};
        return NULL;
    }
    return desk && work->actor.account ? sd_may_raise(entry, work, desk, work->actor.account, NULL, SD_CHANNEL_PORTAL)
                                       : NULL;
}

static sd_error_t *check_desk(sd_request_draft_t *draft, sd_work_t *work, const sd_request_input_t *input)
{
    if (!input->desk || !*input->desk) {
        return required(work, "serviceDeskId");
    }
    sd_entry_t *entry = &draft->entry;
    draft->desk = draft->asked_desk;
    SD_TRY(judge_entry(entry, work, draft->desk->id ? draft->desk : NULL));
    if (entry->verdict == SD_ENTRY_REFUSED && strcmp(entry->reason, "closed") != 0) {
        return sd_error_field(work->pool, "serviceDeskId", "sd.request.desk",
                              "The service desk does not exist, or you cannot raise requests in it.");
    }
    if (entry->verdict == SD_ENTRY_REFUSED) {
        return sd_error_field(work->pool, "serviceDeskId", "sd.request.desk.closed",
                              "The service desk does not take new requests.");
    }
    return NULL;
}

/* Restricted types are for those who administer the desk. */
static sd_error_t *check_type(sd_request_draft_t *draft, sd_work_t *work, const sd_request_input_t *input)
{
    if (!input->request_type || !*input->request_type) {
        return required(work, "requestTypeId");
    }
    draft->type = sd_request_type_of(&draft->asked_type, draft->desk->id);
    if (!draft->type || !sd_request_type_visible(work, draft->desk, draft->type)) {
        return sd_error_field(work->pool, "requestTypeId", "sd.request.type",
                              "The request type does not exist in this service desk.");
    }
    return NULL;
}

/* Whoever is named must be able to raise it: the desk is read as that person sees it. */
static sd_error_t *judge_named(sd_entry_t *entry, sd_work_t *work, const sd_desk_t *desk, const sd_account_t *named)
{
    const sd_desk_t *seen;

    *entry = (sd_entry_t){SD_ENTRY_REFUSED, "unknown"};
    if (!named) {
        return NULL;
    }
    SD_TRY(sd_desks_find(&seen, work->store, desk->key, named->id));
    return seen ? sd_may_raise(entry, work, seen, named, NULL, SD_CHANNEL_BEHALF) : NULL;
}

static sd_error_t *check_other_reporter(sd_request_draft_t *draft, sd_work_t *work, const sd_account_t *named)
{
    if (!sd_policy_may(work, SD_MAY_RAISE_ON_BEHALF, draft->desk->relations)) {
        return sd_error_new(work->pool, SD_ERROR_FORBIDDEN, "sd.request.on.behalf.forbidden",
                            "You do not have permission to raise requests on behalf of somebody else.");
    }
    SD_TRY(judge_named(&draft->entry, work, draft->desk, named));
    if (draft->entry.verdict != SD_ENTRY_REFUSED) {
        draft->reporter = named;
        return NULL;
    }
    return sd_error_field(work->pool, "raiseOnBehalfOf", "sd.request.on.behalf.unknown",
                          "The user does not exist or cannot use this service desk.");
}

static sd_error_t *check_reporter(sd_request_draft_t *draft, sd_work_t *work, const sd_request_input_t *input)
{
    const sd_account_t *named = work->actor.account;

    if (input->on_behalf_of && *input->on_behalf_of) {
        SD_TRY(sd_accounts_named(&named, work->store, input->on_behalf_of));
        if (!named || named->id != work->actor.account_id) {
            return check_other_reporter(draft, work, named);
        }
    }
    if (!named) {
        return required(work, "raiseOnBehalfOf");
    }
    draft->reporter = named;
    return NULL;
}

static sd_error_t *take_summary(sd_request_draft_t *draft, sd_work_t *work)
{
    for (int i = 0; i < draft->values->nelts; i++) {
        const sd_request_value_t *value = APR_ARRAY_IDX(draft->values, i, const sd_request_value_t *);

        if (strcmp(value->field_id, "summary") == 0) {
            json_t *text = json_loads(value->value, JSON_DECODE_ANY, NULL);

            draft->summary = json_is_string(text) ? apr_pstrdup(work->pool, json_string_value(text)) : NULL;
            json_decref(text);
        }
    }
    if (!draft->summary) {
        return sd_error_private(work->pool, SD_ERROR_INTERNAL, "a request type without a summary");
    }
    return NULL;
}

static int contains(const apr_array_header_t *ids, sd_id_t id)
{
    for (int i = 0; i < ids->nelts; i++) {
        if (APR_ARRAY_IDX(ids, i, sd_id_t) == id) {
            return 1;
        }
    }
    return 0;
}

static sd_error_t *check_organization(sd_request_draft_t *draft, sd_work_t *work, const apr_array_header_t *own,
                                      const char *text)
{
    sd_id_t id = sd_text_id(text);
    int known = id && contains(own, id);

    if (id && !known && sd_policy_may(work, SD_MAY_WORK_QUEUES, draft->desk->relations)) {
        SD_TRY(sd_participants_is_desk_organization(&known, work->store, draft->desk->id, id));
    }
    if (!known) {
        return sd_error_field(work->pool, "organizationIds", "sd.request.organization",
                              "The request cannot be shared with the organization \"%s\".", text);
    }
    if (!contains(draft->organization_ids, id)) {
        APR_ARRAY_PUSH(draft->organization_ids, sd_id_t) = id;
    }
    return NULL;
}

/* Only what was given is looked at here: the rest may come later. */
static sd_error_t *check_organizations(sd_request_draft_t *draft, sd_work_t *work, const sd_request_input_t *input)
{
    const apr_array_header_t *given = input->organizations;

    draft->organization_ids = apr_array_make(work->pool, 1, sizeof(sd_id_t));
    if (given && given->nelts > ORGANIZATIONS_MAX) {
        return sd_error_field(work->pool, "organizationIds", "sd.validation.too.many",
                              "At most %d organizations at once.", ORGANIZATIONS_MAX);
    }
    SD_TRY(sd_participants_ask_organizations(&draft->own_organizations, work->store, draft->reporter->id,
                                             draft->desk->id));
    if (given) {
        SD_TRY(sd_store_settle(work->store));
    }
    for (int i = 0; given && i < given->nelts; i++) {
        SD_TRY(check_organization(draft, work, draft->own_organizations, APR_ARRAY_IDX(given, i, const char *)));
    }
    return NULL;
}

void sd_request_draft_choose_organization(sd_request_draft_t *draft, const sd_request_input_t *input)
{
    if (!input->organizations && draft->own_organizations->nelts == 1) {
        draft->organization_ids = draft->own_organizations;
    }
}

/* Bad members are gathered; anything else (the database, a missing right) ends the checks. */
static sd_error_t *gather(sd_error_t **errors, sd_error_t *error)
{
    if (error && error->kind != SD_ERROR_INPUT) {
        return error;
    }
    *errors = sd_error_append(*errors, error);
    return NULL;
}

static sd_error_t *check_participants(sd_request_draft_t *draft, sd_work_t *work, const sd_request_input_t *input)
{
    sd_sharing_t sharing = {
        .desk_key = draft->desk->key,
        .reporter_id = draft->reporter->id,
        .sharing = draft->desk->sharing,
        .staff = sd_policy_may(work, SD_MAY_WORK_QUEUES, draft->desk->relations),
        .field = "requestParticipants",
    };

    draft->participants = apr_array_make(work->pool, 2, sizeof(const sd_account_t *));
    return input->participants && input->participants->nelts
               ? sd_participant_resolve(draft->participants, work, &sharing, input->participants)
               : NULL;
}

sd_error_t *sd_request_draft_ask(sd_request_draft_t *draft, sd_work_t *work, const sd_request_input_t *input)
{
    *draft = (sd_request_draft_t){.asked_desk = apr_pcalloc(work->pool, sizeof(sd_desk_t))};
    if (input->desk && *input->desk) {
        SD_TRY(sd_desks_ask(draft->asked_desk, work->store, input->desk, work->actor.account_id));
    }
    return sd_request_type_ask(&draft->asked_type, work, input->request_type, 0);
}

sd_error_t *sd_request_draft(sd_request_draft_t *draft, sd_work_t *work, const sd_request_input_t *input)
{
    sd_error_t *errors = NULL;

    SD_TRY(sd_policy_require(work, SD_MAY_HAVE_ACCOUNT));
    SD_TRY(check_desk(draft, work, input));
    SD_TRY(check_reporter(draft, work, input));
    SD_TRY(check_type(draft, work, input));
    int crew = sd_policy_may(work, SD_MAY_WORK_QUEUES, draft->desk->relations);
    SD_TRY(gather(&errors, sd_field_values(&draft->values, work, draft->asked_type.fields, input->values, crew)));
    SD_TRY(gather(&errors, check_participants(draft, work, input)));
    SD_TRY(gather(&errors, check_organizations(draft, work, input)));
    return errors ? errors : take_summary(draft, work);
}
