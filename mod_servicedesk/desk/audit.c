/* The audit's one writer. */
#include "desk/audit.h"

#include <stdlib.h>

#include <apr_strings.h>

#include "store/accounts.h"
#include "store/audits.h"

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
        *name = "anonymous";
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

const char *sd_audit_detail(const sd_work_t *work, json_t *detail)
{
    char *text = detail ? json_dumps(detail, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;
    const char *copy = text ? apr_pstrdup(work->pool, text) : NULL;

    free(text);
    json_decref(detail);
    return copy;
}
