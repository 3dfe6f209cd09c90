/* Names into accounts, all bad names at once. */
#include "desk/people.h"

#include "store/accounts.h"

static int holds(const apr_array_header_t *accounts, sd_id_t id)
{
    for (int i = 0; i < accounts->nelts; i++) {
        if (APR_ARRAY_IDX(accounts, i, const sd_account_t *)->id == id) {
            return 1;
        }
    }
    return 0;
}

sd_error_t *sd_people_named(apr_array_header_t **accounts, sd_error_t **unknown, sd_work_t *work,
                            const apr_array_header_t *names)
{
    *unknown = NULL;
    *accounts = apr_array_make(work->pool, names->nelts + 1, sizeof(const sd_account_t *));
    if (names->nelts > SD_PEOPLE_NAMES) {
        return sd_error_field(work->pool, "accountIds", "sd.validation.array", "At most %d people at once.",
                              SD_PEOPLE_NAMES);
    }
    for (int i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);
        const sd_account_t *account;

        SD_TRY(sd_accounts_named(&account, work->store, name));
        if (!account) {
            *unknown = sd_error_append(*unknown, sd_error_field(work->pool, "accountIds", "sd.validation.user",
                                                                "There is no account \"%s\".", name));
        } else if (!holds(*accounts, account->id)) {
            APR_ARRAY_PUSH(*accounts, const sd_account_t *) = account;
        }
    }
    return NULL;
}
