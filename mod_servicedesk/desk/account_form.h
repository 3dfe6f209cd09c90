/*
 * What an account's texts must look like, and the keys and words that follow from them. Names of the internal directory
 * are an address or plain ASCII, so that none can pass for another; those of other directories are what they say.
 */
#ifndef SD_DESK_ACCOUNT_FORM_H
#define SD_DESK_ACCOUNT_FORM_H

#include <apr_tables.h>

#include "desk/account.h"

#define SD_ACCOUNT_NAME_LENGTH 255
#define SD_ACCOUNT_DISPLAY_NAME_LENGTH 255

typedef struct sd_account_form_t {
    const char *directory;
    int internal;
    const char *name;
    const char *name_key;
    int named_by_address; /* no name was given: what is wrong with it is wrong with the address */
    const char *address;
    const char *address_key;
    int address_proven;
    const char *display_name;
} sd_account_form_t;

/* Checks directory, name, address and display name; all errors at once. */
SD_CHECKED sd_error_t *sd_account_form_make(sd_account_form_t *form, apr_pool_t *pool, const sd_account_input_t *input);

/* [A-Za-z0-9._-]{1,64} */
int sd_account_is_directory_name(const char *name);

/* The policy of passwords with the words that are this account's own. */
SD_CHECKED sd_error_t *sd_account_check_password(apr_pool_t *pool, const char *name, const char *address,
                                                 const char *display_name, const char *password);

#endif
