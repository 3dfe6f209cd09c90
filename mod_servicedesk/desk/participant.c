/* Participants are listed, added, removed. */
#include "desk/participant.h"

#include <string.h>

#include <apr_strings.h>

#include "desk/entry.h"
#include "desk/people.h"
#include "desk/request_guard.h"
#include "store/accounts.h"
#include "store/desks.h"
#include "store/participants.h"
#include "store/requests.h"
#include "store/subscriptions.h"

typedef struct change_t {
    const apr_array_header_t *names;
    const sd_request_t *request;
    sd_page_t page;
    sd_list_t *list;
} change_t;

int sd_participant_is_usable(const sd_account_t *account)
{
    return strcmp(account->state, "disabled") != 0 && strcmp(account->state, "anonymised") != 0;
}

static sd_error_t *check_names(sd_work_t *work, const char *field, const apr_array_header_t *names, int least)
{
    if (names->nelts < least) {
        return sd_error_field(work->pool, field, "sd.validation.required", "Name at least one person.");
    }
    if (names->nelts > SD_PARTICIPANTS_MAX) {
        return sd_error_field(work->pool, field, "sd.validation.too.many", "At most %d people at once.",
                              SD_PARTICIPANTS_MAX);
    }
    return NULL;
}

/* May this account be added? The answer is the same for the unknown, the disabled and the stranger to the desk. */
static sd_error_t *is_addable(int *addable, sd_work_t *work, const sd_sharing_t *sharing, const sd_account_t *account)
{
    const sd_desk_t *desk;
    sd_entry_t entry = {SD_ENTRY_REFUSED, NULL};

    *addable = 0;
    if (account) {
        SD_TRY(sd_desks_find(&desk, work->store, sharing->desk_key, account->id));
        SD_TRY(sd_may_raise(&entry, work, desk, account, NULL, SD_CHANNEL_SHARE));
    }
    *addable = entry.verdict != SD_ENTRY_REFUSED;
    if (!*addable || sharing->staff || strcmp(sharing->sharing, "organization") != 0) {
        return NULL;
    }
    return sd_participants_are_colleagues(addable, work->store, work->actor.account_id, account->id);
}

static int contains(const apr_array_header_t *accounts, sd_id_t id)
{
    for (int i = 0; i < accounts->nelts; i++) {
        if (APR_ARRAY_IDX(accounts, i, const sd_account_t *)->id == id) {
            return 1;
        }
    }
    return 0;
}

sd_error_t *sd_participant_resolve(apr_array_header_t *accounts, sd_work_t *work, const sd_sharing_t *sharing,
                                   const apr_array_header_t *names)
{
    sd_error_t *errors = NULL;

    SD_TRY(check_names(work, sharing->field, names, 0));
    for (int i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);
        const sd_account_t *account;
        int addable;

        SD_TRY(sd_people_guess(work));
        SD_TRY(sd_accounts_named(&account, work->store, name));
        SD_TRY(is_addable(&addable, work, sharing, account));
        if (!addable) {
            errors = sd_error_append(errors, sd_error_field(work->pool, sharing->field, "sd.participant.unknown",
                                                            "\"%s\" cannot be added to this request.", name));
            continue;
        }
        sd_people_guessed_right(work);
        if (account->id != sharing->reporter_id && !contains(accounts, account->id)) {
            APR_ARRAY_PUSH(accounts, const sd_account_t *) = account;
        }
    }
    return errors;
}

static sd_error_t *list(sd_work_t *work, const sd_request_t *request, void *baton)
{
    change_t *change = baton;

    change->request = request;
    return sd_participants_list(&change->list, work->store, request->id, change->page);
}

sd_error_t *sd_participant_list(sd_list_t **found, const sd_request_t **request, sd_work_t *work, const char *id_or_key,
                                sd_page_t page)
{
    change_t change = {.page = page};

    SD_TRY(sd_request_look(work, id_or_key, SD_MAY_READ, list, &change));
    *found = change.list;
    *request = change.request;
    return NULL;
}

static sd_error_t *audit(sd_work_t *work, const char *act, const sd_request_t *request, const sd_account_t *account)
{
    return sd_request_audit(work, act, request, apr_psprintf(work->pool, "{\"account\":\"%s\"}", account->public_id));
}

static sd_error_t *add_each(apr_array_header_t *added, sd_work_t *work, const sd_request_t *request,
                            const apr_array_header_t *accounts)
{
    for (int i = 0; i < accounts->nelts; i++) {
        const sd_account_t *account = APR_ARRAY_IDX(accounts, i, const sd_account_t *);
        int is_new;

        SD_TRY(sd_participants_insert(&is_new, work->store, request->id, account->id, sd_request_doer(work, request),
                                      sd_work_now(work)));
        if (is_new) {
            APR_ARRAY_PUSH(added, const sd_account_t *) = account;
            SD_TRY(audit(work, "participant.add", request, account));
        }
    }
    return NULL;
}

static sd_error_t *add(sd_work_t *work, const sd_request_t *request, void *baton)
{
    change_t *change = baton;
    apr_array_header_t *accounts = apr_array_make(work->pool, 4, sizeof(const sd_account_t *));
    sd_sharing_t sharing = {
        .desk_key = request->desk_key,
        .reporter_id = request->reporter.id,
        .sharing = request->sharing,
        .staff = sd_policy_may(work, SD_MAY_WORK_QUEUES, request->relations),
        .field = "accountIds",
    };

    SD_TRY(check_names(work, sharing.field, change->names, 1));
    SD_TRY(sd_participant_resolve(accounts, work, &sharing, change->names));
    change->request = request;
    change->list = apr_pcalloc(work->pool, sizeof(*change->list));
    change->list->rows = apr_array_make(work->pool, 4, sizeof(const sd_account_t *));
    change->list->is_last = 1;
    change->list->page = (sd_page_t){0, SD_PARTICIPANTS_MAX};
    SD_TRY(add_each(change->list->rows, work, request, accounts));
    return change->list->rows->nelts ? sd_requests_touch(work->store, request->id, sd_work_now(work), 1) : NULL;
}

sd_error_t *sd_participant_add(sd_list_t **added, const sd_request_t **request, sd_work_t *work, const char *id_or_key,
                               const apr_array_header_t *names)
{
    change_t change = {.names = names};

    SD_TRY(sd_request_change(work, id_or_key, SD_MAY_SHARE, NULL, add, &change));
    *added = change.list;
    *request = change.request;
    return NULL;
}

/* The write is rolled back as a whole if one of the names is wrong, so removing and complaining may mix. */
static sd_error_t *remove_one(apr_array_header_t *removed, int *found, sd_work_t *work, const sd_request_t *request,
                              const char *name)
{
    const sd_account_t *account;

    *found = 0;
    SD_TRY(sd_accounts_named(&account, work->store, name));
    if (!account) {
        return NULL;
    }
    *found = contains(removed, account->id);
    if (*found) {
        return NULL;
    }
    SD_TRY(sd_participants_delete(found, work->store, request->id, account->id));
    if (!*found) {
        return NULL;
    }
    APR_ARRAY_PUSH(removed, const sd_account_t *) = account;
    SD_TRY(sd_subscriptions_forget(work->store, request->id, account->id));
    return audit(work, "participant.remove", request, account);
}

static sd_error_t *remove_all(sd_work_t *work, const sd_request_t *request, void *baton)
{
    change_t *change = baton;
    apr_array_header_t *removed = apr_array_make(work->pool, 4, sizeof(const sd_account_t *));
    sd_error_t *errors = NULL;

    SD_TRY(check_names(work, "accountIds", change->names, 1));
    for (int i = 0; i < change->names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(change->names, i, const char *);
        int found;

        SD_TRY(remove_one(removed, &found, work, request, name));
        if (!found) {
            errors = sd_error_append(errors, sd_error_field(work->pool, "accountIds", "sd.participant.none",
                                                            "\"%s\" is not a participant of this request.", name));
        }
    }
    SD_TRY(errors);
    SD_TRY(sd_requests_touch(work->store, request->id, sd_work_now(work), 1));
    change->request = request;
    return sd_participants_list(&change->list, work->store, request->id, (sd_page_t){0, SD_PAGE_DEFAULT});
}

sd_error_t *sd_participant_remove(sd_list_t **left, const sd_request_t **request, sd_work_t *work,
                                  const char *id_or_key, const apr_array_header_t *names)
{
    change_t change = {.names = names};

    SD_TRY(sd_request_change(work, id_or_key, SD_MAY_SHARE, NULL, remove_all, &change));
    *left = change.list;
    *request = change.request;
    return NULL;
}
