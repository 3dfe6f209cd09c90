/* Texts of accounts. */
#include "desk/account_form.h"

#include <string.h>

#include <apr_strings.h>

#include "base/address.h"
#include "base/password.h"
#include "base/text.h"

#define PLAIN "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"
#define PLAIN_LENGTH 64

static int is_plain(const char *text)
{
    apr_size_t length = strlen(text);

    return length >= 1 && length <= PLAIN_LENGTH && strspn(text, PLAIN) == length;
}

int sd_account_is_directory_name(const char *name)
{
    return name && is_plain(name);
}

static sd_error_t *bad_name(apr_pool_t *pool)
{
    return sd_error_field(pool, "name", "sd.validation.account.name",
                          "A name is the account's own email address, or 1 to 64 letters, digits, dots, hyphens and "
                          "underscores.");
}

/* A name that is an address is this account's address: else it would stand for somebody else's. */
static sd_error_t *check_internal_name(sd_account_form_t *form, apr_pool_t *pool)
{
    sd_address_t address;

    if (is_plain(form->name)) {
        return NULL;
    }
    if (sd_address_parse(&address, pool, "name", form->name)) {
        return bad_name(pool);
    }
    if (!form->address) {
        form->address = address.mailbox;
        form->address_key = address.key;
    }
    if (strcmp(form->address_key, address.key) != 0) {
        return sd_error_field(pool, "name", "sd.validation.account.name.address",
                              "A name that is an email address must be the account's own.");
    }
    form->name = address.mailbox;
    return NULL;
}

static sd_error_t *make_name(sd_account_form_t *form, apr_pool_t *pool, const char *name)
{
    if (!name || !*name) {
        form->named_by_address = 1;
        name = form->address;
    }
    if (!name) {
        return sd_error_field(pool, form->internal ? "email" : "name", "sd.validation.required",
                              "A name or an email address is required.");
    }
    form->name = name;
    SD_TRY(sd_text_check(pool, "name", name, 1, SD_ACCOUNT_NAME_LENGTH, 0));
    if (form->internal) {
        SD_TRY(check_internal_name(form, pool));
        return sd_text_fold(&form->name_key, pool, form->name);
    }
    /* Whether "Ann" and "ann" are one person is for the other directory to say, and it has said "Ann". */
    form->name_key = form->name;
    return NULL;
}

static sd_error_t *make_address(sd_account_form_t *form, apr_pool_t *pool, const sd_account_input_t *input)
{
    sd_address_t address;

    if (!input->address || !*input->address) {
        return NULL;
    }
    SD_TRY(sd_address_parse(&address, pool, "email", input->address));
    form->address = address.mailbox;
    form->address_key = address.key;
    return NULL;
}

sd_error_t *sd_account_form_make(sd_account_form_t *form, apr_pool_t *pool, const sd_account_input_t *input)
{
    sd_error_t *address_error, *errors = NULL;

    *form = (sd_account_form_t){.directory = input->directory ? input->directory : SD_DIRECTORY_INTERNAL};
    form->internal = strcmp(form->directory, SD_DIRECTORY_INTERNAL) == 0;
    if (!sd_account_is_directory_name(form->directory)) {
        errors = sd_error_field(pool, "directory", "sd.validation.directory.name",
                                "The name of a directory is 1 to 64 letters, digits, dots, hyphens and underscores.");
    }
    address_error = make_address(form, pool, input);
    /* A bad address that would have been the name is one mistake, not two. */
    if (!address_error || (input->name && *input->name)) {
        errors = sd_error_append(errors, make_name(form, pool, input->name));
    }
    errors = sd_error_append(errors, address_error);
    form->address_proven = input->address_proven && form->address;
    if (input->display_name && *input->display_name) {
        errors = sd_error_append(errors, sd_text_check(pool, "displayName", input->display_name, 1,
                                                       SD_ACCOUNT_DISPLAY_NAME_LENGTH, 0));
        form->display_name = errors ? NULL : sd_text_trim(pool, input->display_name);
    } else {
        form->display_name = form->name;
    }
    return errors;
}

sd_error_t *sd_account_check_password(apr_pool_t *pool, const char *name, const char *address, const char *display_name,
                                      const char *password)
{
    const char *at = address ? strchr(address, '@') : NULL;
    const char *context[] = {"servicedesk", name, display_name, NULL, NULL, NULL};

    if (at) {
        context[3] = address;
        context[4] = apr_pstrmemdup(pool, address, (apr_size_t)(at - address));
    }
    return sd_password_policy(pool, "password", password, context);
}
