/* The integrity check. */
#include "desk/check.h"

#include <string.h>

#include <apr_strings.h>

#include "base/address.h"
#include "base/text.h"
#include "desk/account.h"
#include "desk/account_form.h"
#include "desk/account_texts.h"
#include "desk/audit_seal.h"
#include "desk/policy.h"
#include "desk/request_index.h"
#include "desk/setting.h"
#include "store/account_parts.h"
#include "store/accounts.h"
#include "store/directories.h"
#include "store/grants.h"
#include "store/schema.h"
#include "store/sessions.h"
#include "store/settings.h"

#define STRETCH 500 /* rows held at once */

typedef struct check_t {
    sd_work_t *work;
    apr_pool_t *pool; /* of the findings */
    apr_array_header_t *findings;
} check_t;

static void find(check_t *check, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void find(check_t *check, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    APR_ARRAY_PUSH(check->findings, const char *) = apr_pvsprintf(check->pool, format, arguments);
    va_end(arguments);
}

static sd_error_t *keep_line(void *baton, sd_row_t *row)
{
    find(baton, "%s", sd_row_text(row, 0));
    return NULL;
}

static int same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static sd_error_t *check_texts(check_t *check, apr_pool_t *scratch, const sd_account_keys_t *keys)
{
    sd_address_t address = {NULL, NULL, NULL};

    if (!sd_text_is_utf8(keys->name, strlen(keys->name)) ||
        !sd_text_is_utf8(keys->display_name, strlen(keys->display_name))) {
        find(check, "account %s: a name is not UTF-8", keys->public_id);
        return NULL;
    }
    const char *name_key = keys->name;
    if (strcmp(keys->directory, SD_DIRECTORY_INTERNAL) == 0) {
        SD_TRY(sd_text_fold(&name_key, scratch, keys->name));
    }
    if (!same(name_key, keys->name_key)) {
        find(check, "account %s: name_key is not that of the name", keys->public_id);
    }
    if (keys->address && sd_address_parse(&address, scratch, "email", keys->address)) {
        find(check, "account %s: the address is none", keys->public_id);
    } else if (!same(address.key, keys->address_key)) {
        find(check, "account %s: address_key is not that of the address", keys->public_id);
    }
    if (keys->has_password && strcmp(keys->directory, SD_DIRECTORY_INTERNAL) != 0) {
        find(check, "account %s: a password in directory %s", keys->public_id, keys->directory);
    }
    return NULL;
}

static sd_error_t *check_words(check_t *check, apr_pool_t *scratch, const sd_account_keys_t *keys)
{
    const sd_account_texts_t texts = {keys->name, keys->address, keys->display_name};
    apr_array_header_t *kept, *expected;
    int differ;

    SD_TRY(sd_accounts_words(&kept, check->work->store, keys->id));
    SD_TRY(sd_account_words(&expected, scratch, &texts));
    differ = kept->nelts != expected->nelts;
    for (int i = 0; !differ && i < kept->nelts; i++) {
        differ = strcmp(APR_ARRAY_IDX(kept, i, const char *), APR_ARRAY_IDX(expected, i, const char *)) != 0;
    }
    if (differ) {
        find(check, "account %s: the words of the search are not those of its texts", keys->public_id);
    }
    return NULL;
}

/* Parts too many do no harm: whoever is found by one is looked at again. */
static sd_error_t *check_parts(check_t *check, apr_pool_t *scratch, const sd_account_keys_t *keys)
{
    const sd_account_texts_t texts = {keys->name, keys->address, keys->display_name};
    apr_array_header_t *parts;
    apr_int64_t lacking;

    SD_TRY(sd_account_parts(&parts, scratch, &texts));
    SD_TRY(sd_account_parts_lacking(&lacking, check->work->store, keys->id, parts));
    if (lacking) {
        find(check, "account %s: a part of its texts is not found by the list of customers", keys->public_id);
    }
    return NULL;
}

static sd_error_t *check_account(check_t *check, apr_pool_t *scratch, const sd_account_keys_t *keys)
{
    apr_int64_t ahead;

    SD_TRY(check_texts(check, scratch, keys));
    SD_TRY(check_words(check, scratch, keys));
    SD_TRY(check_parts(check, scratch, keys));
    SD_TRY(sd_sessions_ahead(&ahead, check->work->store, keys->id));
    if (ahead) {
        find(check, "account %s: %" APR_INT64_T_FMT " sessions of a generation that is yet to come", keys->public_id,
             ahead);
    }
    return NULL;
}

static sd_error_t *check_stretch(check_t *check, sd_id_t *after, int *count)
{
    sd_store_t *store = check->work->store;
    apr_pool_t *scratch, *lent;
    apr_array_header_t *rows;
    sd_error_t *error;

    apr_pool_create(&scratch, check->pool);
    lent = sd_store_use_pool(store, scratch);
    error = sd_accounts_keys(&rows, store, *after, STRETCH);
    *count = error ? 0 : rows->nelts;
    for (int i = 0; !error && i < *count; i++) {
        const sd_account_keys_t *keys = APR_ARRAY_IDX(rows, i, const sd_account_keys_t *);

        error = check_account(check, scratch, keys);
        *after = keys->id;
    }
    sd_store_use_pool(store, lent);
    if (!error) {
        apr_pool_destroy(scratch);
    }
    return error;
}

static sd_error_t *check_accounts(check_t *check)
{
    sd_id_t after = 0;
    int count;

    do {
        SD_TRY(check_stretch(check, &after, &count));
    } while (count == STRETCH);
    return NULL;
}

static sd_error_t *check_request_stretch(check_t *check, sd_request_text_t *after, int *count)
{
    sd_store_t *store = check->work->store;
    apr_pool_t *scratch, *lent;
    apr_array_header_t *texts;
    sd_error_t *error;

    apr_pool_create(&scratch, check->pool);
    lent = sd_store_use_pool(store, scratch);
    error = sd_request_texts_all(&texts, store, after, STRETCH);
    *count = error ? 0 : texts->nelts;
    for (int i = 0; !error && i < *count; i++) {
        const sd_request_text_t *text = APR_ARRAY_IDX(texts, i, const sd_request_text_t *);
        const char *wrong;

        error = sd_request_index_check(&wrong, store, text);
        if (!error && wrong) {
            find(check, "request %" APR_INT64_T_FMT ": %s", text->request_id, wrong);
        }
        after->desk_id = text->desk_id;
        after->request_id = text->request_id;
    }
    sd_store_use_pool(store, lent);
    if (!error) {
        apr_pool_destroy(scratch);
    }
    return error;
}

static sd_error_t *check_requests(check_t *check)
{
    sd_request_text_t after = {0};
    int count;

    do {
        SD_TRY(check_request_stretch(check, &after, &count));
    } while (count == STRETCH);
    return NULL;
}

static sd_error_t *check_settings(check_t *check)
{
    apr_array_header_t *names;

    SD_TRY(sd_settings_names(&names, check->work->store));
    for (int i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *), *stored, *value;
        sd_error_t *error = sd_setting_value(&value, check->work, name);

        if (error && error->kind == SD_ERROR_INTERNAL) {
            find(check, "setting %s: there is none of that name", name);
            continue;
        }
        SD_TRY(error);
        SD_TRY(sd_settings_get(&stored, check->work->store, name));
        if (!same(stored, value)) {
            find(check, "setting %s: its value is none that it may have", name);
        }
    }
    return NULL;
}

static sd_error_t *check_in_read(void *baton)
{
    check_t *check = baton;
    apr_int64_t internal;

    SD_TRY(sd_policy_require(check->work, SD_MAY_ADMINISTER_SYSTEM));
    SD_TRY(sd_schema_check(check->work->store, keep_line, check));
    SD_TRY(sd_directories_count_internal(&internal, check->work->store));
    if (internal != 1) {
        find(check, "directory: %" APR_INT64_T_FMT " internal ones instead of one", internal);
    }
    SD_TRY(sd_grants_check(check->work->store, keep_line, check));
    SD_TRY(check_accounts(check));
    SD_TRY(check_requests(check));
    SD_TRY(check_settings(check));
    return sd_audit_verify(check->findings, check->work);
}

sd_error_t *sd_check(apr_array_header_t **findings, sd_work_t *work)
{
    check_t check = {work, work->pool, apr_array_make(work->pool, 8, sizeof(const char *))};

    *findings = NULL;
    SD_TRY(sd_work_read_long(work, check_in_read, &check));
    *findings = check.findings;
    return NULL;
}
