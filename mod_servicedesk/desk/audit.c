/* The audit's one writer. */
#include "desk/audit.h"

#include <stdlib.h>

#include <apr_strings.h>

#include "desk/password_budget.h"
#include "desk/throttle.h"
#include "store/accounts.h"
#include "store/audits.h"

#define REFUSALS 60 /* of one network that are kept ... */
#define REFUSALS_PERIOD SD_HOUR

static sd_error_t *name_actor(const char **name, sd_work_t *work)
{
    const sd_account_t *account = work->actor.account;

    if (work->actor.is_operator) {
        *name = "operator";
        return NULL;
    }
    if (work->actor.is_worker) {
        *name = "worker";
        return NULL;
    }
    if (!work->actor.account_id) {
        *name = SD_AUDIT_ANONYMOUS;
        return NULL;
    }
    /* While somebody is being let in, the actor is known but not yet read. */
    if (!account) {
        SD_TRY(sd_accounts_by_id(&account, work->store, work->actor.account_id));
    }
    *name = account ? account->name : "unknown";
    return NULL;
}

sd_error_t *sd_audit_write(sd_work_t *work, const sd_audit_entry_t *entry)
{
    sd_audit_row_t row = {
        .at = sd_work_now(work),
        .account_id = work->actor.account_id,
        .directory = work->actor.directory,
        .face = work->face ? work->face : "server",
        .source = work->source,
        .log_id = work->log_id,
        .act = entry->act,
        .object_type = entry->object_type,
        .object_id = entry->object_id,
        .desk_id = entry->desk_id,
        .result = entry->result ? entry->result : "done",
        .detail = entry->detail,
    };

    SD_TRY(name_actor(&row.actor, work));
    return sd_audits_insert(work->store, &row);
}

struct sd_audit_late_t {
    sd_work_t *work;
    sd_audit_entry_t entry;
};

static sd_error_t *refused_in_write(void *baton)
{
    sd_audit_late_t *refused = baton;

    return sd_audit_write(refused->work, &refused->entry);
}

void sd_audit_refused(sd_work_t *work, const char *act, const char *object_type, const char *object_id)
{
    sd_audit_late_t *refused;
    const char *network = sd_source_network(work->pool, work->source);

    if (work->site->throttle && network &&
        sd_throttle_take(work->site->throttle, "refused", network, REFUSALS, REFUSALS_PERIOD, sd_work_now(work))) {
        return;
    }
    refused = apr_pcalloc(work->pool, sizeof(*refused));
    refused->work = work;
    refused->entry =
        (sd_audit_entry_t){.act = act, .object_type = object_type, .object_id = object_id, .result = "refused"};
    work->late = sd_store_write_idle(work->store, refused_in_write, refused) ? refused : NULL;
}

void sd_audit_catch_up(sd_work_t *work)
{
    sd_audit_late_t *refused = work->late;

    work->late = NULL;
    if (refused) {
        sd_error_t *ignored = sd_store_write(work->store, refused_in_write, refused);
        (void)ignored;
    }
}

const char *sd_audit_detail(const sd_work_t *work, json_t *detail)
{
    char *text = detail ? json_dumps(detail, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;
    const char *copy = text ? apr_pstrdup(work->pool, text) : NULL;

    free(text);
    json_decref(detail);
    return copy;
}
