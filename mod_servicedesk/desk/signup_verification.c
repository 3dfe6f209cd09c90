/* Signup: from the mailed link to the account. */
#include <string.h>

#include <apr_strings.h>

#include "desk/account.h"
#include "desk/audit.h"
#include "desk/budget.h"
#include "desk/mailed_token.h"
#include "desk/organization_domain.h"
#include "desk/setting.h"
#include "desk/signup.h"
#include "desk/signup_admit.h"
#include "store/accounts.h"
#include "store/desks.h"
#include "store/passwords.h"

#define TRIES 10 /* passwords at one link ... */
#define TRIES_PERIOD (5 * SD_MINUTE)
#define WAITING (30 * SD_DAY) /* for an agent */

/* ---- find ---- */

static sd_error_t *find_desk(sd_verification_t *verification, sd_id_t desk_id)
{
    sd_work_t *work = verification->work;
    sd_signup_state_t state;
    const sd_desk_t *desk = NULL;

    if (desk_id) {
        SD_TRY(sd_desks_find(&desk, work->store, apr_psprintf(work->pool, "%" APR_INT64_T_FMT, desk_id), 0));
    }
    SD_TRY(sd_signup_effective(&state, work, desk));
    if (!state.available) {
        return sd_mailed_token_dead(work->pool);
    }
    verification->desk_key = desk ? desk->key : NULL;
    verification->desk_name = desk ? desk->name : NULL;
    verification->desk_language = desk ? desk->language : NULL;
    return NULL;
}

/* Whom an agent has let in does not wait again, whichever link it is by. */
static sd_error_t *decide_waiting(sd_verification_t *verification)
{
    sd_work_t *work = verification->work;
    const sd_signup_row_t *signup = verification->signup;
    int approval;

    SD_TRY(sd_setting_boolean(&approval, work, "signup_approval"));
    if (signup->approved || !(approval || signup->by_hand)) {
        return NULL;
    }
    SD_TRY(sd_signups_approved(&verification->approved_id, work->store, signup->address_key, signup->desk_id,
                               sd_work_now(work)));
    verification->waits = !verification->approved_id;
    return NULL;
}

/* Half-done signups die with the switch; whoever holds the address by another way needs none. */
static sd_error_t *find_signup(sd_verification_t *verification, sd_id_t signup_id)
{
    sd_work_t *work = verification->work;

    SD_TRY(sd_signups_by_id(&verification->signup, work->store, signup_id));
    if (!verification->signup) {
        return sd_mailed_token_dead(work->pool);
    }
    SD_TRY(find_desk(verification, verification->signup->desk_id));
    SD_TRY(sd_signup_holder(&verification->account, work, verification->signup->address_key));
    if (verification->account && !sd_signup_is_open(verification->account)) {
        return sd_mailed_token_dead(work->pool);
    }
    verification->hash = verification->signup->password_hash;
    SD_TRY(decide_waiting(verification));
    return sd_directory_writable(&verification->choice, work);
}

/* The account was there at once. */
static sd_error_t *find_account(sd_verification_t *verification, const sd_mailed_token_t *token)
{
    sd_work_t *work = verification->work;
    sd_password_row_t row;

    SD_TRY(sd_accounts_by_id(&verification->account, work->store, token->account_id));
    SD_TRY(sd_passwords_find(&row, work->store, token->address_key, NULL));
    if (!verification->account || strcmp(verification->account->state, "active") != 0 ||
        row.account_id != verification->account->id) {
        return sd_mailed_token_dead(work->pool);
    }
    verification->hash = row.hash;
    return NULL;
}

sd_error_t *sd_verification_find(sd_verification_t **out, sd_work_t *work, const char *text)
{
    sd_verification_t *verification = apr_pcalloc(work->pool, sizeof(*verification));
    const sd_mailed_token_t *token;

    *out = NULL;
    verification->work = work;
    verification->token = text;
    SD_TRY(sd_mailed_token_find(&token, work, SD_MAILED_VERIFY, text));
    verification->token_id = token->id;
    verification->address = token->address;
    SD_TRY(token->signup_id ? find_signup(verification, token->signup_id) : find_account(verification, token));
    *out = verification;
    return NULL;
}

/* ---- compare ---- */

static sd_budget_t tries_of(const sd_verification_t *verification)
{
    const char *subject = apr_psprintf(verification->work->pool, "%" APR_INT64_T_FMT, verification->token_id);
    return (sd_budget_t){"signup-verify", subject, TRIES, TRIES_PERIOD};
}

static sd_error_t *take_try(sd_work_t *work, const sd_budget_t *tries)
{
    int wait = sd_budget_take(work, tries);

    if (!wait) {
        return NULL;
    }
    sd_error_t *error = sd_error_new(work->pool, SD_ERROR_THROTTLED, "sd.sign.in.throttled",
                                     "Too many wrong passwords. Try again later.");
    error->retry_after = wait;
    return error;
}

/* The directory outside gets the person before this database knows of it: the other way round nobody could undo it. */
static sd_error_t *make_outside(sd_verification_t *verification, const char *password)
{
    const sd_directory_writer_t *writer = verification->choice.writer;
    sd_work_t *work = verification->work;

    if (!verification->signup || !writer || verification->waits) {
        return NULL;
    }
    sd_person_t person = {verification->signup->address_key, verification->signup->address,
                          verification->signup->display_name, password};
    SD_TRY(writer->create(writer->baton, work->pool, &person));
    verification->is_made_outside = 1;
    return NULL;
}

sd_error_t *sd_verification_compare(sd_verification_t *verification, const char *password)
{
    sd_work_t *work = verification->work;
    sd_budget_t tries = tries_of(verification);
    sd_password_verdict_t verdict;

    SD_TRY(take_try(work, &tries));
    SD_TRY(
        sd_password_verify(&verdict, work->pool, &work->site->passwords, verification->hash, password ? password : ""));
    if (verdict == SD_PASSWORD_WRONG) {
        return sd_error_field(work->pool, "password", "sd.signup.password",
                              "This is not the password that was chosen when signing up. If it was not you who signed "
                              "up, do nothing; or sign up again with a password of yours.");
    }
    /* No guess: whoever comes again because the database was away has all tries left. */
    sd_budget_give_back(work, &tries);
    return make_outside(verification, password);
}

/* ---- finish ---- */

typedef struct finish_t {
    sd_verification_t *verification;
    const sd_account_t *account; /* NULL: an agent has to approve it */
} finish_t;

static sd_error_t *audit(sd_work_t *work, const char *act, const sd_signup_row_t *signup)
{
    return sd_audit_write(work, &(sd_audit_entry_t){
                                    .act = act,
                                    .object_type = "signup",
                                    .object_id = apr_psprintf(work->pool, "%" APR_INT64_T_FMT, signup->id),
                                    .desk_id = signup->desk_id,
                                });
}

static sd_error_t *let_wait(sd_work_t *work, const sd_signup_row_t *signup)
{
    sd_signup_row_t waiting = *signup;

    waiting.state = "waiting";
    waiting.expires = sd_work_now(work) + WAITING;
    SD_TRY(sd_signups_delete(work->store, signup->id));
    SD_TRY(sd_signups_replace(&waiting.id, work->store, &waiting));
    return audit(work, "signup.wait", &waiting);
}

/* An error about the address would tell who came first: to the link's reader it is dead, like all that do not work. */
static sd_error_t *finish_signup(finish_t *finish)
{
    sd_verification_t *verification = finish->verification;
    sd_work_t *work = verification->work;
    const sd_signup_row_t *signup = verification->signup;

    SD_TRY(find_desk(verification, signup->desk_id));
    if (verification->waits) {
        return let_wait(work, signup);
    }
    const char *directory =
        verification->choice.directory ? verification->choice.directory->name : SD_DIRECTORY_INTERNAL;
    sd_error_t *error = sd_signup_admit(&finish->account, work, signup, directory, 1);
    if (error) {
        return error->kind == SD_ERROR_CONFLICT ? sd_mailed_token_dead(work->pool) : error;
    }
    SD_TRY(audit(work, "signup.verify", signup));
    SD_TRY(sd_signups_delete(work->store, verification->approved_id));
    return sd_signups_delete(work->store, signup->id);
}

static sd_error_t *finish_account(finish_t *finish)
{
    sd_work_t *work = finish->verification->work;
    const sd_account_t *account = finish->verification->account, *holder;
    sd_address_t address;

    SD_TRY(sd_address_parse(&address, work->pool, "email", finish->verification->address));
    SD_TRY(sd_accounts_by_address(&holder, work->store, address.key));
    if (holder) {
        return sd_mailed_token_dead(work->pool);
    }
    SD_TRY(sd_accounts_set_profile(work->store, account->id, account->display_name, address.mailbox, address.key, 1));
    SD_TRY(sd_organization_join_by_domain(work, account, address.key));
    finish->account = account;
    return sd_audit_write(
        work, &(sd_audit_entry_t){.act = "account.prove", .object_type = "account", .object_id = account->public_id});
}

static sd_error_t *finish_in_write(void *baton)
{
    finish_t *finish = baton;
    sd_verification_t *verification = finish->verification;
    const sd_mailed_token_t *token;

    finish->account = NULL;
    SD_TRY(sd_mailed_token_consume(&token, verification->work, SD_MAILED_VERIFY, verification->token));
    return verification->signup ? finish_signup(finish) : finish_account(finish);
}

sd_error_t *sd_verification_finish(const sd_account_t **account, sd_verification_t *verification)
{
    finish_t finish = {verification, NULL};
    sd_work_t *work = verification->work;

    *account = NULL;
    SD_TRY(sd_store_write(work->store, finish_in_write, &finish));
    *account = finish.account;
    if (*account) {
        work->actor = (sd_actor_t){.account_id = (*account)->id,
                                   .generation = (*account)->generation,
                                   .scopes = SD_SCOPE_ALL,
                                   .directory = (*account)->directory};
    }
    return NULL;
}

void sd_verification_undo(sd_verification_t *verification)
{
    const sd_directory_writer_t *writer = verification->choice.writer;

    if (verification->is_made_outside) {
        sd_error_t *ignored =
            writer->remove(writer->baton, verification->work->pool, verification->signup->address_key);
        (void)ignored;
    }
}
