/* Making accounts. */
#include "desk/account.h"

#include <string.h>

#include <apr_strings.h>

#include "desk/account_form.h"
#include "desk/account_texts.h"
#include "desk/audit.h"
#include "desk/licence.h"
#include "desk/policy.h"
#include "store/accounts.h"
#include "store/directories.h"
#include "store/grants.h"

#define PUBLIC_ID_BYTES 12

/* An input that has passed its checks, with its password hashed: what remains is the database's. */
typedef struct prepared_t {
    sd_work_t *work;
    const sd_account_input_t *input;
    sd_account_form_t form;
    const char *origin;
    const char *hash;
    const sd_account_t *account;
} prepared_t;

static sd_error_t *check_password(prepared_t *prepared)
{
    const sd_account_form_t *form = &prepared->form;

    if (!prepared->input->password) {
        return NULL;
    }
    if (!form->internal) {
        return sd_error_field(prepared->work->pool, "password", "sd.validation.account.password",
                              "The accounts of this directory have their passwords elsewhere.");
    }
    return sd_account_check_password(prepared->work->pool, form->name ? form->name : "", form->address,
                                     form->display_name ? form->display_name : "", prepared->input->password);
}

/* No database; takes the time of a password hash. */
static sd_error_t *prepare(prepared_t *prepared, sd_work_t *work, const sd_account_input_t *input)
{
    sd_error_t *errors;

    *prepared = (prepared_t){.work = work, .input = input, .origin = input->origin ? input->origin : work->face};
    errors = sd_account_form_make(&prepared->form, work->pool, input);
    errors = sd_error_append(errors, check_password(prepared));
    prepared->hash = prepared->form.internal ? input->password_hash : NULL;
    if (errors || !input->password) {
        return errors;
    }
    return sd_password_hash(&prepared->hash, work->pool, &work->site->passwords, work->site->random, input->password);
}

static sd_error_t *taken(prepared_t *prepared, const char *field)
{
    sd_error_t *error =
        sd_error_new(prepared->work->pool, SD_ERROR_CONFLICT, "sd.account.exists",
                     "There is an account of that %s already.", strcmp(field, "email") == 0 ? "email address" : "name");

    error->field = field;
    return error;
}

/* An address stands for one person: proven ones everywhere, in the internal directory as names too. */
static sd_error_t *check_free(prepared_t *prepared, sd_id_t directory_id)
{
    const sd_account_form_t *form = &prepared->form;
    sd_store_t *store = prepared->work->store;
    const sd_account_t *other;

    SD_TRY(sd_accounts_by_name(&other, store, directory_id, form->name_key));
    if (other) {
        return taken(prepared, form->named_by_address ? "email" : "name");
    }
    if (!form->address_key || !(form->internal || form->address_proven)) {
        return NULL;
    }
    SD_TRY(sd_accounts_by_address(&other, store, form->address_key));
    if (!other && form->internal) {
        SD_TRY(sd_accounts_by_name(&other, store, directory_id, form->address_key));
    }
    return other ? taken(prepared, "email") : NULL;
}

static sd_error_t *find_directory(const sd_directory_t **directory, prepared_t *prepared)
{
    sd_work_t *work = prepared->work;
    const char *name = prepared->form.directory;

    SD_TRY(sd_directories_find(directory, work->store, name));
    if (*directory) {
        return NULL;
    }
    SD_TRY(sd_directories_insert(work->store, name, 0, sd_work_now(work)));
    SD_TRY(sd_audit_write(
        work, &(sd_audit_entry_t){.act = "directory.create", .object_type = "directory", .object_id = name}));
    return sd_directories_find(directory, work->store, name);
}

/* Nobody has proven to be the person yet, and there is no other way in: made for somebody by somebody else. */
static const char *first_state(const prepared_t *prepared)
{
    const sd_account_form_t *form = &prepared->form;

    return form->internal && !prepared->hash && form->address && !form->address_proven ? "pending" : "active";
}

static sd_error_t *audit_create(prepared_t *prepared)
{
    sd_work_t *work = prepared->work;
    const sd_account_input_t *input = prepared->input;
    json_t *detail = json_pack("{s:s, s:s, s:b}", "directory", prepared->form.directory, "origin", prepared->origin,
                               "systemAdmin", input->system_admin != 0);

    return sd_audit_write(work, &(sd_audit_entry_t){.act = "account.create",
                                                    .object_type = "account",
                                                    .object_id = prepared->account->public_id,
                                                    .detail = sd_audit_detail(work, detail)});
}

/* Nobody is refused a seat here: see desk/licence.h. */
sd_error_t *sd_account_join_groups(sd_work_t *work, sd_id_t id, const sd_directory_t *directory)
{
    const sd_account_t *account;
    apr_array_header_t *groups;
    int changed, staff;

    SD_TRY(sd_directories_groups(&groups, work->store, directory->id, SD_DIRECTORY_DEFAULT));
    if (!groups->nelts && !directory->by_groups) {
        return NULL;
    }
    SD_TRY(sd_grants_lock(work->store));
    for (int i = 0; i < groups->nelts; i++) {
        SD_TRY(sd_groups_add_member(&changed, work->store, APR_ARRAY_IDX(groups, i, const sd_user_group_t *)->id, id));
    }
    SD_TRY(sd_grants_refresh_account(&staff, work->store, id, sd_work_now(work)));
    SD_TRY(sd_accounts_by_id(&account, work->store, id));
    return staff ? sd_licence_notice(work, account) : NULL;
}

static sd_error_t *insert_in_write(void *baton)
{
    prepared_t *prepared = baton;
    sd_work_t *work = prepared->work;
    const sd_account_form_t *form = &prepared->form;
    const sd_directory_t *directory;
    char *public_id;
    sd_id_t id;

    SD_TRY(find_directory(&directory, prepared));
    SD_TRY(check_free(prepared, directory->id));
    SD_TRY(sd_random_hex(&public_id, work->pool, work->site->random, PUBLIC_ID_BYTES));
    sd_account_new_t row = {
        .public_id = public_id,
        .directory_id = directory->id,
        .name = form->name,
        .name_key = form->name_key,
        .address = form->address,
        .address_key = form->address_key,
        .address_proven = form->address_proven,
        .display_name = form->display_name,
        .state = first_state(prepared),
        .origin = prepared->origin,
        .system_admin = prepared->input->system_admin != 0,
        .portal_only = prepared->input->portal_only != 0,
        .password_hash = prepared->hash,
        .created = sd_work_now(work),
    };
    SD_TRY(sd_accounts_insert(&id, work->store, &row));
    SD_TRY(sd_account_set_texts(work->store, id, NULL,
                                &(sd_account_texts_t){form->name, form->address, form->display_name}));
    SD_TRY(sd_accounts_by_id(&prepared->account, work->store, id));
    SD_TRY(audit_create(prepared));
    SD_TRY(sd_account_join_groups(work, id, directory));
    return sd_accounts_by_id(&prepared->account, work->store, id);
}

sd_error_t *sd_account_insert(const sd_account_t **account, sd_work_t *work, const sd_account_input_t *input)
{
    prepared_t prepared;

    *account = NULL;
    SD_TRY(prepare(&prepared, work, input));
    SD_TRY(sd_store_write(work->store, insert_in_write, &prepared));
    *account = prepared.account;
    return NULL;
}

static sd_error_t *ask_policy(void *baton)
{
    return sd_policy_require(baton, SD_MAY_ADMINISTER_SYSTEM);
}

static sd_error_t *create_in_write(void *baton)
{
    prepared_t *prepared = baton;

    SD_TRY(ask_policy(prepared->work));
    return insert_in_write(prepared);
}

/* The policy is asked before the input is judged, and again in the write: the hash between them takes its time. */
sd_error_t *sd_account_create(const sd_account_t **account, sd_work_t *work, const sd_account_input_t *input)
{
    prepared_t prepared;

    *account = NULL;
    SD_TRY(sd_work_read(work, ask_policy, work));
    SD_TRY(prepare(&prepared, work, input));
    SD_TRY(sd_work_write(work, create_in_write, &prepared));
    *account = prepared.account;
    return NULL;
}
