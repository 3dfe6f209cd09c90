/* Choosing languages. */
#include "desk/language.h"

#include <string.h>

#include <apr_lib.h>

#include "desk/audit.h"
#include "desk/policy.h"
#include "store/accounts.h"
#include "store/desks.h"

#define TAG_LENGTH 35
#define PART_LENGTH 8

int sd_language_is_tag(const char *tag)
{
    apr_size_t part = 0;

    for (const char *at = tag; *at; at++) {
        if (*at == '-' ? part == 0 : !apr_isalnum(*at)) {
            return 0;
        }
        part = *at == '-' ? 0 : part + 1;
        if (part > PART_LENGTH) {
            return 0;
        }
    }
    return part > 0 && strlen(tag) <= TAG_LENGTH;
}

static sd_error_t *check(sd_work_t *work, const char *language)
{
    return !language || sd_language_is_tag(language)
               ? NULL
               : sd_error_field(work->pool, "language", "sd.validation.language", "That is no language.");
}

typedef struct choose_t {
    sd_work_t *work;
    const char *desk;
    const char *language;
} choose_t;

static sd_error_t *choose_for_account(void *baton)
{
    choose_t *choose = baton;
    sd_work_t *work = choose->work;

    SD_TRY(sd_policy_require(work, SD_MAY_HAVE_ACCOUNT));
    if (!work->actor.account) {
        return sd_error_sign_in(work->pool);
    }
    SD_TRY(sd_accounts_set_language(work->store, work->actor.account_id, choose->language));
    return sd_audit_write(work, &(sd_audit_entry_t){.act = "account.language",
                                                    .object_type = "account",
                                                    .object_id = work->actor.account->public_id});
}

sd_error_t *sd_account_set_language(sd_work_t *work, const char *language)
{
    SD_TRY(check(work, language));
    return sd_work_write(work, choose_for_account, &(choose_t){work, NULL, language});
}

static sd_error_t *choose_for_desk(void *baton)
{
    choose_t *choose = baton;
    sd_work_t *work = choose->work;
    const sd_desk_t *desk;

    SD_TRY(sd_desks_find(&desk, work->store, choose->desk, work->actor.account_id));
    SD_TRY(sd_policy_desk(work, SD_MAY_ADMINISTER_DESK, desk));
    SD_TRY(sd_desks_set_language(work->store, desk->id, choose->language));
    return sd_audit_write(work, &(sd_audit_entry_t){.act = "desk.language",
                                                    .object_type = "desk",
                                                    .object_id = desk->key,
                                                    .desk_id = desk->id});
}

sd_error_t *sd_desk_set_language(sd_work_t *work, const char *id_or_key, const char *language)
{
    SD_TRY(check(work, language));
    return sd_work_write(work, choose_for_desk, &(choose_t){work, id_or_key, language});
}
