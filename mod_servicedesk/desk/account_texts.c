/* Words and parts of an account's texts. */
#include "desk/account_texts.h"

#include <string.h>

#include <apr_strings.h>

#include "base/tokenizer.h"
#include "store/account_parts.h"
#include "store/accounts.h"

sd_error_t *sd_account_words(apr_array_header_t **words, apr_pool_t *pool, const sd_account_texts_t *texts)
{
    const char *text =
        apr_pstrcat(pool, texts->name, "\n", texts->display_name, "\n", texts->address ? texts->address : "", NULL);
    apr_array_header_t *all;

    SD_TRY(sd_tokenizer_words(&all, pool, text));
    *words = sd_tokenizer_once(all);
    return NULL;
}

/* Most names are an address, or what one is called: each text once. */
static sd_error_t *flatten(const char *flat[3], apr_pool_t *pool, const sd_account_texts_t *texts)
{
    SD_TRY(sd_tokenizer_flat(&flat[0], pool, texts->display_name));
    SD_TRY(sd_tokenizer_flat(&flat[1], pool, texts->address ? texts->address : ""));
    SD_TRY(sd_tokenizer_flat(&flat[2], pool, texts->name));
    for (int i = 1; i < 3; i++) {
        for (int j = 0; j < i; j++) {
            flat[i] = strcmp(flat[i], flat[j]) == 0 ? "" : flat[i];
        }
    }
    return NULL;
}

sd_error_t *sd_account_flat(const char **flat, apr_pool_t *pool, const sd_account_texts_t *texts)
{
    const char *lines[3];

    SD_TRY(flatten(lines, pool, texts));
    *flat = apr_pstrcat(pool, lines[0], "\n", lines[1], "\n", lines[2], NULL);
    return NULL;
}

sd_error_t *sd_account_parts(apr_array_header_t **parts, apr_pool_t *pool, const sd_account_texts_t *texts)
{
    apr_array_header_t *all = apr_array_make(pool, 64, sizeof(const char *));
    const char *lines[3];

    SD_TRY(flatten(lines, pool, texts));
    for (int i = 0; i < 3; i++) {
        sd_tokenizer_parts(all, lines[i]);
    }
    *parts = sd_tokenizer_once(all);
    return NULL;
}

/* Both are sorted: what only one of them has is taken away, or added. */
static sd_error_t *replace_parts(sd_store_t *store, sd_id_t id, const apr_array_header_t *before,
                                 const apr_array_header_t *now)
{
    int i = 0, j = 0;

    while (i < before->nelts || j < now->nelts) {
        const char *old = i < before->nelts ? APR_ARRAY_IDX(before, i, const char *) : NULL;
        const char *new = j < now->nelts ? APR_ARRAY_IDX(now, j, const char *) : NULL;
        int order = !old ? 1 : !new ? -1 : strcmp(old, new);

        if (order < 0) {
            SD_TRY(sd_account_parts_delete(store, id, old));
        } else if (order > 0) {
            SD_TRY(sd_account_parts_insert(store, id, new));
        }
        i += order <= 0;
        j += order >= 0;
    }
    return NULL;
}

sd_error_t *sd_account_set_texts(sd_store_t *store, sd_id_t id, const sd_account_texts_t *before,
                                 const sd_account_texts_t *now)
{
    apr_pool_t *pool = sd_store_pool(store);
    apr_array_header_t *words, *old_parts = apr_array_make(pool, 0, sizeof(const char *)), *parts;

    SD_TRY(sd_account_words(&words, pool, now));
    SD_TRY(sd_accounts_set_words(store, id, words));
    if (before) {
        SD_TRY(sd_account_parts(&old_parts, pool, before));
    }
    SD_TRY(sd_account_parts(&parts, pool, now));
    return replace_parts(store, id, old_parts, parts);
}

sd_error_t *sd_account_erase(sd_store_t *store, const sd_account_t *account)
{
    SD_TRY(sd_accounts_erase(store, account));
    return sd_account_set_texts(store, account->id,
                                &(sd_account_texts_t){account->name, account->address, account->display_name},
                                &(sd_account_texts_t){account->public_id, NULL, account->public_id});
}
