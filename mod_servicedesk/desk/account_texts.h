/*
 * The texts of an account as searches see them: the words of its names and address (search by the beginnings of words,
 * over all accounts) and their parts (search anywhere in them, for the list of a desk's customers). Whoever changes one
 * of the texts says so here, in the same transaction.
 */
#ifndef SD_DESK_ACCOUNT_TEXTS_H
#define SD_DESK_ACCOUNT_TEXTS_H

#include <apr_tables.h>

#include "store/records.h"
#include "store/store.h"

typedef struct sd_account_texts_t {
    const char *name;    /* the sign-in name */
    const char *address; /* or NULL */
    const char *display_name;
} sd_account_texts_t;

/* `before` is what was said the last time, NULL for a new account. */
SD_CHECKED sd_error_t *sd_account_set_texts(sd_store_t *store, sd_id_t id, const sd_account_texts_t *before,
                                            const sd_account_texts_t *now);

/* Takes whatever is personal from an account that nobody uses: the name that is left is the opaque id. */
SD_CHECKED sd_error_t *sd_account_erase(sd_store_t *store, const sd_account_t *account);

/* Sorted, without repeats: const char *. */
SD_CHECKED sd_error_t *sd_account_words(apr_array_header_t **words, apr_pool_t *pool, const sd_account_texts_t *texts);
SD_CHECKED sd_error_t *sd_account_parts(apr_array_header_t **parts, apr_pool_t *pool, const sd_account_texts_t *texts);

/* What the parts are cut from, to look into: a line each. */
SD_CHECKED sd_error_t *sd_account_flat(const char **flat, apr_pool_t *pool, const sd_account_texts_t *texts);

#endif
