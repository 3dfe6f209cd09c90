/* Names into accounts, all bad names at once. */
#include "desk/people.h"

#include <apr_strings.h>

#include "desk/policy.h"
#include "desk/throttle.h"
#include "store/accounts.h"

static const char *guesser(const sd_work_t *work)
{
    int is_counted = work->site->throttle && !sd_policy_may(work, SD_MAY_FIND_PEOPLE, 0);

    return is_counted ? apr_psprintf(work->pool, "%" APR_INT64_T_FMT, work->actor.account_id) : NULL;
}

sd_error_t *sd_people_guess(sd_work_t *work)
{
    const char *subject = guesser(work);
    int wait = subject ? sd_throttle_take(work->site->throttle, "people", subject, SD_THROTTLE_PEOPLE,
                                          SD_THROTTLE_PEOPLE_PERIOD, sd_work_now(work))
                       : 0;
    sd_error_t *error = NULL;

    if (wait) {
        error = sd_error_new(work->pool, SD_ERROR_THROTTLED, "sd.people.throttled",
                             "Too many names of people who cannot be named here. Try again later.");
        error->retry_after = wait;
    }
    return error;
}

void sd_people_guessed_right(sd_work_t *work)
{
    const char *subject = guesser(work);

    if (subject) {
        sd_throttle_give_back(work->site->throttle, "people", subject, SD_THROTTLE_PEOPLE, SD_THROTTLE_PEOPLE_PERIOD,
                              sd_work_now(work));
    }
}

int sd_people_hold(const apr_array_header_t *accounts, sd_id_t id)
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
        } else if (!sd_people_hold(*accounts, account->id)) {
            APR_ARRAY_PUSH(*accounts, const sd_account_t *) = account;
        }
    }
    return NULL;
}
