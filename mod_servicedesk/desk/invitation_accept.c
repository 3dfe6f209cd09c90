/* An invitation is accepted. */
#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "desk/account.h"
#include "desk/account_form.h"
#include "desk/audit.h"
#include "desk/invitation.h"
#include "desk/mailed_token.h"
#include "desk/policy.h"
#include "desk/signup_admit.h"
#include "store/accounts.h"
#include "store/desks.h"

/* ---- find ---- */

/* What somebody was given by an invitation is never more than whoever invited could give now. */
static sd_error_t *inviter_still_may(int *may, sd_work_t *work, const sd_invitation_row_t *invitation,
                                     const char *desk_key)
{
    const sd_account_t *inviter;
    const sd_desk_t *desk;
    sd_relations_t own;

    *may = !invitation->invited_by;
    if (*may) {
        return NULL;
    }
    SD_TRY(sd_accounts_actor(&inviter, &own, work->store, invitation->invited_by));
    SD_TRY(sd_desks_find(&desk, work->store, desk_key, invitation->invited_by));
    *may = inviter && strcmp(inviter->state, "active") == 0 &&
           ((desk->relations | own) & sd_policy_rule(SD_MAY_ADD_CUSTOMERS)) != 0;
    return NULL;
}

static sd_error_t *check(sd_acceptance_t *acceptance, sd_id_t invitation_id)
{
    sd_work_t *work = acceptance->work;
    const sd_desk_t *desk;
    int may;

    SD_TRY(sd_invitations_by_id(&acceptance->invitation, work->store, invitation_id));
    const sd_invitation_row_t *invitation = acceptance->invitation;
    if (!invitation || !sd_signup_is_open(&invitation->account)) {
        return sd_mailed_token_dead(work->pool);
    }
    SD_TRY(sd_desks_find(&desk, work->store, apr_psprintf(work->pool, "%" APR_INT64_T_FMT, invitation->desk_id), 0));
    SD_TRY(inviter_still_may(&may, work, invitation, desk->key));
    if (!may) {
        return sd_mailed_token_dead(work->pool);
    }
    acceptance->desk_key = desk->key;
    acceptance->desk_name = desk->name;
    acceptance->desk_language = desk->language;
    return NULL;
}

sd_error_t *sd_acceptance_find(sd_acceptance_t **out, sd_work_t *work, const char *text)
{
    sd_acceptance_t *acceptance = apr_pcalloc(work->pool, sizeof(*acceptance));
    const sd_mailed_token_t *token;

    *out = NULL;
    acceptance->work = work;
    acceptance->token = text;
    SD_TRY(sd_mailed_token_find(&token, work, SD_MAILED_INVITE, text));
    SD_TRY(check(acceptance, token->invitation_id));
    SD_TRY(sd_directory_writable(&acceptance->choice, work));
    const sd_account_t *account = &acceptance->invitation->account;
    acceptance->address = token->address;
    acceptance->address_key = token->address_key;
    acceptance->display_name = strcmp(account->display_name, account->name) == 0 ? NULL : account->display_name;
    *out = acceptance;
    return NULL;
}

/* ---- hash ---- */

sd_error_t *sd_acceptance_hash(sd_acceptance_t *acceptance, const char *display_name, const char *password)
{
    sd_work_t *work = acceptance->work;
    const sd_site_t *site = work->site;
    const sd_directory_writer_t *writer = acceptance->choice.writer;
    const char *name = display_name ? display_name : "";
    sd_error_t *errors = sd_text_check(work->pool, "displayName", name, 1, SD_ACCOUNT_DISPLAY_NAME_LENGTH, 0);

    password = password ? password : "";
    SD_TRY(sd_error_append(errors, sd_account_check_password(work->pool, acceptance->address, acceptance->address, name,
                                                             password)));
    acceptance->chosen_name = sd_text_trim(work->pool, name);
    if (writer) {
        sd_person_t person = {acceptance->address_key, acceptance->address, acceptance->chosen_name, password};
        SD_TRY(writer->create(writer->baton, work->pool, &person));
        acceptance->is_made_outside = 1;
    }
    return sd_password_hash(&acceptance->hash, work->pool, &site->passwords, site->random, password);
}

void sd_acceptance_undo(sd_acceptance_t *acceptance)
{
    const sd_directory_writer_t *writer = acceptance->choice.writer;

    if (acceptance->is_made_outside) {
        sd_error_t *ignored = writer->remove(writer->baton, acceptance->work->pool, acceptance->address_key);
        (void)ignored;
    }
}

/* ---- finish ---- */

typedef struct finish_t {
    sd_acceptance_t *acceptance;
    const sd_account_t *account;
} finish_t;

static sd_error_t *complete(finish_t *finish)
{
    sd_acceptance_t *acceptance = finish->acceptance;
    sd_work_t *work = acceptance->work;
    sd_signup_row_t row = {
        .address = acceptance->address,
        .address_key = acceptance->address_key,
        .display_name = acceptance->chosen_name,
        .password_hash = acceptance->hash,
    };
    const char *directory = acceptance->is_made_outside ? acceptance->choice.directory->name : SD_DIRECTORY_INTERNAL;
    sd_error_t *error = sd_signup_admit(&finish->account, work, &row, directory, 1);
    if (error) {
        return error->kind == SD_ERROR_CONFLICT ? sd_mailed_token_dead(work->pool) : error;
    }
    return finish->account->id == acceptance->invitation->account.id ? NULL : sd_mailed_token_dead(work->pool);
}

static sd_error_t *finish_in_write(void *baton)
{
    finish_t *finish = baton;
    sd_acceptance_t *acceptance = finish->acceptance;
    sd_work_t *work = acceptance->work;
    const sd_mailed_token_t *token;

    if (work->actor.account_id) {
        return sd_error_new(work->pool, SD_ERROR_CONFLICT, "sd.invitation.signed.in",
                            "You are signed in. Sign out first: the invitation makes an account of its own.");
    }
    SD_TRY(sd_mailed_token_consume(&token, work, SD_MAILED_INVITE, acceptance->token));
    SD_TRY(check(acceptance, token->invitation_id));
    sd_id_t desk_id = acceptance->invitation->desk_id;
    SD_TRY(complete(finish));
    return sd_audit_write(work, &(sd_audit_entry_t){
                                    .act = "invitation.accept",
                                    .object_type = "account",
                                    .object_id = finish->account->public_id,
                                    .desk_id = desk_id,
                                });
}

sd_error_t *sd_acceptance_finish(const sd_account_t **account, sd_acceptance_t *acceptance)
{
    finish_t finish = {acceptance, NULL};
    sd_work_t *work = acceptance->work;

    *account = NULL;
    SD_TRY(sd_store_write(work->store, finish_in_write, &finish));
    *account = finish.account;
    work->actor = (sd_actor_t){.account_id = (*account)->id,
                               .generation = (*account)->generation,
                               .scopes = SD_SCOPE_ALL,
                               .directory = (*account)->directory};
    return NULL;
}
