/* A person is forgotten. */
#include <string.h>

#include <apr_strings.h>

#include "desk/account_texts.h"
#include "desk/audit.h"
#include "desk/audit_seal.h"
#include "desk/outbox.h"
#include "desk/person.h"
#include "desk/policy.h"
#include "store/accounts.h"
#include "store/audits.h"
#include "store/person.h"
#include "store/second_factors.h"

#define DISPLAY_NAME "Former user"

typedef struct forgetting_t {
    sd_work_t *work;
    const char *named;
} forgetting_t;

static sd_error_t *check_last_admin(sd_work_t *work, const sd_account_t *account)
{
    apr_int64_t others;

    if (!account->system_admin || work->actor.is_operator) {
        return NULL;
    }
    SD_TRY(sd_accounts_other_system_admins(&others, work->store, account->id));
    return others ? NULL
                  : sd_error_new(work->pool, SD_ERROR_CONFLICT, "sd.account.last.admin",
                                 "This is the last system administrator.");
}

static sd_error_t *erase(sd_work_t *work, const sd_account_t *account)
{
    sd_person_erasure_t erasure = {
        .account_id = account->id,
        .full_name = apr_pstrcat(work->pool, account->directory, "/", account->name, NULL),
        .name = apr_pstrcat(work->pool, SD_AUDIT_FORMER "-", account->public_id, NULL),
        .display_name = DISPLAY_NAME,
    };

    SD_TRY(sd_person_address_key(&erasure.address_key, work->store, account->id));
    if (erasure.address_key) {
        erasure.mailbox = sd_outbox_mailbox(work->pool, erasure.address_key);
    }
    SD_TRY(sd_person_erase(work->store, &erasure));
    SD_TRY(sd_second_factors_delete(work->store, account->id));
    SD_TRY(sd_account_set_texts(work->store, account->id,
                                &(sd_account_texts_t){account->name, account->address, account->display_name},
                                &(sd_account_texts_t){erasure.name, NULL, DISPLAY_NAME}));
    return sd_audits_anonymise(work->store, account->id, account->public_id, SD_AUDIT_FORMER, SD_AUDIT_ANONYMOUS);
}

static sd_error_t *anonymise_in_write(void *baton)
{
    const forgetting_t *forgetting = baton;
    sd_work_t *work = forgetting->work;
    const sd_account_t *account;

    SD_TRY(sd_policy_require(work, SD_MAY_ADMINISTER_SYSTEM));
    SD_TRY(sd_accounts_named(&account, work->store, forgetting->named));
    if (!account) {
        return sd_error_not_found(work->pool);
    }
    if (strcmp(account->state, "anonymised") == 0) {
        return NULL;
    }
    SD_TRY(check_last_admin(work, account));
    SD_TRY(sd_audit_write(work, &(sd_audit_entry_t){.act = "account.anonymise",
                                                    .object_type = "account",
                                                    .object_id = account->public_id}));
    return erase(work, account);
}

sd_error_t *sd_person_anonymise(sd_work_t *work, const char *named)
{
    return sd_work_write(work, anonymise_in_write, &(forgetting_t){work, named});
}
