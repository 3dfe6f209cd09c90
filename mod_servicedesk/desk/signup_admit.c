/* An account out of a signup. */
#include "desk/signup_admit.h"

#include <string.h>

#include "desk/account.h"
#include "desk/account_texts.h"
#include "desk/audit.h"
#include "desk/desk.h"
#include "desk/mailed_token.h"
#include "desk/organization_domain.h"
#include "desk/outbox.h"
#include "store/accounts.h"
#include "store/directories.h"
#include "store/invitations.h"
#include "store/passwords.h"

int sd_signup_is_open(const sd_account_t *account)
{
    return strcmp(account->state, "invited") == 0 || strcmp(account->state, "pending") == 0;
}

sd_error_t *sd_signup_holder(const sd_account_t **account, sd_work_t *work, const char *address_key)
{
    const sd_directory_t *internal;
    const sd_account_t *named;

    SD_TRY(sd_accounts_by_address(account, work->store, address_key));
    SD_TRY(sd_directories_find(&internal, work->store, SD_DIRECTORY_INTERNAL));
    SD_TRY(sd_accounts_by_name(&named, work->store, internal->id, address_key));
    if (!*account) {
        *account = named;
    }
    return NULL;
}

static sd_error_t *make(const sd_account_t **account, sd_work_t *work, const sd_signup_row_t *signup,
                        const char *directory, int proven)
{
    sd_account_input_t input = {
        .directory = directory,
        .name = strcmp(directory, SD_DIRECTORY_INTERNAL) == 0 ? NULL : signup->address_key,
        .address = signup->address,
        .address_proven = proven,
        .display_name = signup->display_name,
        .password_hash = signup->password_hash,
        .portal_only = signup->desk_id != 0, /* customers are no staff until somebody says so */
        .origin = "signup",
    };

    return sd_account_insert(account, work, &input);
}

/* Its password is where its directory is. */
static sd_error_t *open_account(sd_work_t *work, const sd_account_t *account, const char *hash,
                                const char *directory_name, const char *name)
{
    const sd_directory_t *directory;

    if (strcmp(directory_name, account->directory) == 0) {
        return sd_passwords_set(work->store, account->id, hash, "active");
    }
    SD_TRY(sd_directories_find(&directory, work->store, directory_name));
    SD_TRY(sd_accounts_move(work->store, account->id, directory->id, name, name));
    SD_TRY(sd_account_join_groups(work, account->id, directory));
    return sd_accounts_set_state(work->store, account->id, "active");
}

/* Somebody else made it for this address; now its owner has come, and all that it was invited for is accepted. */
sd_error_t *sd_signup_complete(const sd_account_t **account, sd_work_t *work, const sd_signup_row_t *who,
                               const char *directory, const char *name)
{
    const sd_account_t *before = *account;
    sd_id_t id = before->id;

    SD_TRY(sd_accounts_set_profile(work->store, id, who->display_name, who->address, who->address_key, 1));
    SD_TRY(open_account(work, *account, who->password_hash, directory, name));
    SD_TRY(sd_mailed_token_revoke_of(work, id));
    SD_TRY(sd_invitations_delete_of(work->store, id));
    SD_TRY(sd_accounts_by_id(account, work->store, id));
    SD_TRY(sd_account_set_texts(work->store, id,
                                &(sd_account_texts_t){before->name, before->address, before->display_name},
                                &(sd_account_texts_t){(*account)->name, who->address, who->display_name}));
    return sd_audit_write(work, &(sd_audit_entry_t){.act = "account.complete",
                                                    .object_type = "account",
                                                    .object_id = (*account)->public_id});
}

static sd_error_t *taken(sd_work_t *work)
{
    sd_error_t *error = sd_error_new(work->pool, SD_ERROR_CONFLICT, "sd.account.exists",
                                     "There is an account of that email address already.");

    error->field = "email";
    return error;
}

sd_error_t *sd_signup_admit(const sd_account_t **account, sd_work_t *work, const sd_signup_row_t *signup,
                            const char *directory, int proven)
{
    int added;

    SD_TRY(sd_signup_holder(account, work, signup->address_key));
    if (*account && !(proven && sd_signup_is_open(*account))) {
        return taken(work);
    }
    SD_TRY(*account ? sd_signup_complete(account, work, signup, directory, signup->address_key)
                    : make(account, work, signup, directory, proven));
    if (signup->language) {
        SD_TRY(sd_accounts_set_language(work->store, (*account)->id, signup->language));
    }
    if (signup->desk_id) {
        SD_TRY(sd_desk_enlist(&added, work, signup->desk_id, (*account)->id, "signup"));
    }
    if (!proven) {
        return NULL;
    }
    SD_TRY(sd_organization_join_by_domain(work, *account, signup->address_key));
    return sd_outbox_add(work, &(sd_mail_t){.kind = SD_MAIL_WELCOME,
                                            .account_id = (*account)->id,
                                            .address = signup->address,
                                            .language = signup->language,
                                            .desk_id = signup->desk_id});
}
