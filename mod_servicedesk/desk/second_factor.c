/* Second factors: set up, activated, asked for, taken away. */
#include "desk/second_factor.h"

#include <ctype.h>
#include <string.h>

#include <apr_strings.h>
#include <openssl/crypto.h>

#include "base/seal.h"
#include "base/totp.h"
#include "desk/account.h"
#include "desk/audit.h"
#include "desk/budget.h"
#include "desk/policy.h"
#include "desk/setting.h"
#include "store/accounts.h"
#include "store/second_factors.h"

#define PURPOSE "mod_servicedesk second factor"
#define ISSUER "Service%%20Desk" /* in a format */
#define RECOVERY_BYTES 15        /* 24 letters and digits */
#define RECOVERY_LENGTH 24
#define CLOCK_STEPS 1 /* before and after, for clocks that differ */

/* ---- who must have one ---- */

static sd_error_t *is_required(int *required, sd_work_t *work)
{
    const char *who;
    sd_relations_t relations = work->actor.relations;

    *required = 0;
    if (!work->actor.account || strcmp(work->actor.account->directory, SD_DIRECTORY_INTERNAL) != 0) {
        return NULL;
    }
    SD_TRY(sd_setting_value(&who, work, "second_factor"));
    *required = strcmp(who, "everyone") == 0 ||
                (strcmp(who, "system-admins") == 0 && relations & SD_RELATION_SYSTEM_ADMIN) ||
                (strcmp(who, "agents") == 0 && relations & (SD_RELATION_SYSTEM_ADMIN | SD_RELATION_STAFF));
    return NULL;
}

sd_error_t *sd_second_factor_is_active(int *active, sd_work_t *work, sd_id_t account_id)
{
    sd_second_factor_row_t row;

    SD_TRY(sd_second_factors_find(&row, work->store, account_id));
    *active = row.active;
    return NULL;
}

sd_error_t *sd_second_factor_is_missing(int *missing, sd_work_t *work)
{
    int active;

    SD_TRY(is_required(missing, work));
    if (*missing) {
        SD_TRY(sd_second_factor_is_active(&active, work, work->actor.account_id));
        *missing = !active;
    }
    return NULL;
}

sd_error_t *sd_second_factor_refuse_password(sd_work_t *work)
{
    int active, required = 0;

    SD_TRY(sd_second_factor_is_active(&active, work, work->actor.account_id));
    if (!active) {
        SD_TRY(is_required(&required, work));
    }
    return active || required ? sd_error_sign_in(work->pool) : NULL;
}

/* ---- codes ---- */

static sd_error_t *wrong_code(sd_work_t *work)
{
    return sd_error_field(work->pool, "code", "sd.second.factor.code", "The code is wrong, or was used before.");
}

static sd_error_t *open_secret(unsigned char secret[SD_TOTP_SECRET_BYTES], sd_work_t *work,
                               const sd_second_factor_row_t *row)
{
    const sd_pepper_t *pepper = sd_password_pepper(&work->site->passwords, row->pepper);
    sd_seal_t seal = {pepper ? pepper->key : NULL, PURPOSE,
                      apr_psprintf(work->pool, "%" APR_INT64_T_FMT, row->account_id)};

    if (pepper && sd_seal_open(secret, SD_TOTP_SECRET_BYTES, work->pool, &seal, row->secret)) {
        return NULL;
    }
    return sd_error_private(work->pool, SD_ERROR_INTERNAL,
                            "the second factor of account %" APR_INT64_T_FMT
                            " cannot be read: is it of another pepper file?",
                            row->account_id);
}

/* The step that the code is of, near now and not used before; 0 if there is none. Looks at all of them, always. */
static sd_error_t *find_step(apr_int64_t *step, sd_work_t *work, const sd_second_factor_row_t *row, const char *code)
{
    unsigned char secret[SD_TOTP_SECRET_BYTES];
    apr_int64_t now = sd_totp_step(sd_work_now(work));

    *step = 0;
    SD_TRY(open_secret(secret, work, row));
    for (apr_int64_t at = now - CLOCK_STEPS; at <= now + CLOCK_STEPS; at++) {
        if (sd_digest_equal(sd_totp_code(work->pool, secret, at), code, SD_TOTP_DIGITS) && at > row->last_step) {
            *step = at;
        }
    }
    OPENSSL_cleanse(secret, sizeof(secret));
    return NULL;
}

/* Without blanks and hyphens, in upper case: how people copy what they wrote down. */
static const char *plain_code(apr_pool_t *pool, const char *code)
{
    char *plain = apr_palloc(pool, strlen(code) + 1), *to = plain;

    for (; *code; code++) {
        if (*code != ' ' && *code != '-') {
            *to++ = (char)toupper((unsigned char)*code);
        }
    }
    *to = '\0';
    return plain;
}

static const char *hash_of(apr_pool_t *pool, const char *recovery)
{
    unsigned char digest[SD_DIGEST_BYTES];

    sd_digest_sha256(digest, recovery, strlen(recovery));
    return sd_digest_hex(pool, digest, sizeof(digest));
}

static sd_error_t *use_code(int *good, sd_work_t *work, const sd_second_factor_row_t *row, const char *code)
{
    apr_int64_t step;

    *good = 0;
    if (strlen(code) == RECOVERY_LENGTH) {
        return sd_recovery_codes_use(good, work->store, row->account_id, hash_of(work->pool, code));
    }
    if (strlen(code) != SD_TOTP_DIGITS) {
        return NULL;
    }
    SD_TRY(find_step(&step, work, row, code));
    return step ? sd_second_factors_take_step(good, work->store, row->account_id, step) : NULL;
}

/* Few tries in minutes, and few a day: a million codes, three of which are good, must last for years. */
static const sd_budget_t kinds[] = {{"code", NULL, 5, 5 * SD_MINUTE}, {"code-day", NULL, 30, SD_DAY}};

#define BUDGETS (sizeof(kinds) / sizeof(kinds[0]))

static sd_budget_t budget_of(sd_work_t *work, apr_size_t kind, sd_id_t account_id)
{
    sd_budget_t budget = kinds[kind];

    budget.subject = apr_psprintf(work->pool, "%" APR_INT64_T_FMT, account_id);
    return budget;
}

static sd_error_t *throttled(sd_work_t *work, int seconds)
{
    sd_error_t *error = sd_error_new(work->pool, SD_ERROR_THROTTLED, "sd.second.factor.throttled",
                                     "Too many wrong codes. Try again later.");

    error->retry_after = seconds;
    return error;
}

static sd_error_t *take_budget(sd_work_t *work, sd_id_t account_id)
{
    for (apr_size_t i = 0; i < BUDGETS; i++) {
        sd_budget_t budget = budget_of(work, i, account_id);
        int wait = sd_budget_take(work, &budget);
        if (wait) {
            return throttled(work, wait);
        }
    }
    return NULL;
}

static sd_error_t *give_budget_back(sd_work_t *work, sd_id_t account_id)
{
    for (apr_size_t i = 0; i < BUDGETS; i++) {
        sd_budget_t budget = budget_of(work, i, account_id);
        sd_budget_give_back(work, &budget);
        if (work->code_is_held) {
            SD_TRY(sd_budget_return_shared(work, &budget));
        }
    }
    return NULL;
}

static sd_error_t *hold_in_write(void *baton)
{
    sd_work_t *work = baton;
    int wait = 0;

    for (apr_size_t i = 0; !wait && i < BUDGETS; i++) {
        sd_budget_t budget = budget_of(work, i, work->actor.account_id);
        SD_TRY(sd_budget_take_shared(&wait, work, &budget));
    }
    return wait ? throttled(work, wait) : NULL;
}

/* A wrong code undoes the write in which it is checked: what it costs at all servers is booked before. */
sd_error_t *sd_second_factor_hold(sd_work_t *work, const char *code)
{
    sd_second_factor_row_t row;

    if (!code || !*code || !sd_budget_is_shared(work)) {
        return NULL;
    }
    SD_TRY(sd_second_factors_find(&row, work->store, work->actor.account_id));
    if (!row.active) {
        return NULL;
    }
    SD_TRY(take_budget(work, row.account_id));
    SD_TRY(sd_store_write_rows(work->store, hold_in_write, work));
    work->code_is_held = 1;
    return NULL;
}

static sd_error_t *check_row(sd_work_t *work, const sd_second_factor_row_t *row, const char *code)
{
    int good;

    if (!work->code_is_held) {
        SD_TRY(take_budget(work, row->account_id));
    }
    SD_TRY(use_code(&good, work, row, plain_code(work->pool, code)));
    return good ? give_budget_back(work, row->account_id) : wrong_code(work);
}

sd_error_t *sd_second_factor_check(sd_work_t *work, sd_id_t account_id, const char *code)
{
    sd_second_factor_row_t row;

    SD_TRY(sd_second_factors_find(&row, work->store, account_id));
    if (!row.active) {
        return NULL;
    }
    if (!code || !*code) {
        return sd_error_field(work->pool, "code", "sd.second.factor.required",
                              "This account has a second factor: send its code, or a recovery code.");
    }
    return check_row(work, &row, code);
}

/* ---- the account's own acts ---- */

typedef struct factor_call_t {
    sd_work_t *work;
    const char *named;
    const char *code;
    const char *cookie;
    unsigned char secret[SD_TOTP_SECRET_BYTES];
    const char *sealed;
    sd_second_factor_t *factor;
    apr_array_header_t *codes;
    sd_session_t *session;
} factor_call_t;

static sd_error_t *audit(sd_work_t *work, const char *act, const sd_account_t *account)
{
    return sd_audit_write(work,
                          &(sd_audit_entry_t){.act = act, .object_type = "account", .object_id = account->public_id});
}

static sd_error_t *look_in_read(void *baton)
{
    factor_call_t *call = baton;
    sd_work_t *work = call->work;
    apr_int64_t codes;

    SD_TRY(sd_policy_require(work, SD_MAY_SECURE_ACCOUNT));
    SD_TRY(sd_second_factor_is_active(&call->factor->active, work, work->actor.account_id));
    SD_TRY(is_required(&call->factor->required, work));
    SD_TRY(sd_recovery_codes_count(&codes, work->store, work->actor.account_id));
    call->factor->codes = (int)codes;
    return NULL;
}

sd_error_t *sd_second_factor_look(sd_second_factor_t *factor, sd_work_t *work)
{
    return sd_work_read(work, look_in_read, &(factor_call_t){.work = work, .factor = factor});
}

static sd_error_t *require_own(sd_work_t *work)
{
    SD_TRY(sd_policy_require(work, SD_MAY_SECURE_ACCOUNT));
    if (!work->actor.account || strcmp(work->actor.account->directory, SD_DIRECTORY_INTERNAL) != 0) {
        return sd_error_new(work->pool, SD_ERROR_CONFLICT, "sd.account.password.elsewhere",
                            "The accounts of this directory sign in elsewhere.");
    }
    return NULL;
}

static sd_error_t *set_up_in_write(void *baton)
{
    factor_call_t *call = baton;
    sd_work_t *work = call->work;
    const sd_pepper_t *pepper = &work->site->passwords.current;
    sd_seal_t seal = {pepper->key, PURPOSE, apr_psprintf(work->pool, "%" APR_INT64_T_FMT, work->actor.account_id)};
    int active;

    SD_TRY(require_own(work));
    SD_TRY(sd_work_require_fresh(work));
    SD_TRY(sd_second_factor_is_active(&active, work, work->actor.account_id));
    if (active) {
        return sd_error_new(work->pool, SD_ERROR_CONFLICT, "sd.second.factor.active",
                            "There is a second factor already. Take it away first.");
    }
    SD_TRY(sd_seal_close(&call->sealed, work->pool, work->site->random, &seal, call->secret, sizeof(call->secret)));
    return sd_second_factors_put(work->store, &(sd_second_factor_row_t){.account_id = work->actor.account_id,
                                                                        .secret = call->sealed,
                                                                        .pepper = pepper->id,
                                                                        .created = sd_work_now(work)});
}

/* What a name may not hold in an address is percent-encoded. */
static const char *escape(apr_pool_t *pool, const char *text)
{
    char *escaped = apr_palloc(pool, 3 * strlen(text) + 1), *to = escaped;

    for (; *text; text++) {
        if (isalnum((unsigned char)*text) || strchr("-._~", *text)) {
            *to++ = *text;
        } else {
            to += apr_snprintf(to, 4, "%%%02X", (unsigned char)*text);
        }
    }
    *to = '\0';
    return escaped;
}

sd_error_t *sd_second_factor_set_up(const char **secret, const char **uri, sd_work_t *work)
{
    factor_call_t call = {.work = work};

    SD_TRY(sd_random_fill(work->pool, work->site->random, call.secret, sizeof(call.secret)));
    SD_TRY(sd_work_write(work, set_up_in_write, &call));
    *secret = sd_totp_base32(work->pool, call.secret, sizeof(call.secret));
    *uri = apr_psprintf(work->pool, "otpauth://totp/" ISSUER ":%s?secret=%s&issuer=" ISSUER,
                        escape(work->pool, work->actor.account->name), *secret);
    OPENSSL_cleanse(call.secret, sizeof(call.secret));
    return NULL;
}

/* "ABCD-EFGH-..." */
static const char *spell(apr_pool_t *pool, const char *plain)
{
    const char *text = "";

    for (; *plain; plain += 4) {
        text = apr_psprintf(pool, "%s%s%.4s", text, *text ? "-" : "", plain);
    }
    return text;
}

static sd_error_t *make_codes(factor_call_t *call)
{
    sd_work_t *work = call->work;

    call->codes = apr_array_make(work->pool, SD_SECOND_FACTOR_CODES, sizeof(const char *));
    SD_TRY(sd_recovery_codes_renew(work->store, work->actor.account_id, sd_work_now(work)));
    for (int i = 0; i < SD_SECOND_FACTOR_CODES; i++) {
        unsigned char bytes[RECOVERY_BYTES];
        SD_TRY(sd_random_fill(work->pool, work->site->random, bytes, sizeof(bytes)));
        const char *plain = sd_totp_base32(work->pool, bytes, sizeof(bytes));
        SD_TRY(sd_recovery_codes_insert(work->store, work->actor.account_id, hash_of(work->pool, plain)));
        APR_ARRAY_PUSH(call->codes, const char *) = spell(work->pool, plain);
    }
    return NULL;
}

static sd_error_t *activate_in_write(void *baton)
{
    factor_call_t *call = baton;
    sd_work_t *work = call->work;
    sd_second_factor_row_t row;

    SD_TRY(require_own(work));
    SD_TRY(sd_work_require_fresh(work));
    SD_TRY(sd_second_factors_find(&row, work->store, work->actor.account_id));
    if (!row.account_id || row.active) {
        return sd_error_new(work->pool, SD_ERROR_CONFLICT, "sd.second.factor.none", "There is none to be activated.");
    }
    SD_TRY(check_row(work, &row, call->code ? call->code : ""));
    SD_TRY(sd_second_factors_activate(work->store, row.account_id));
    SD_TRY(make_codes(call));
    SD_TRY(sd_accounts_count_generation(work->store, row.account_id));
    SD_TRY(audit(work, "second-factor.activate", work->actor.account));
    return sd_session_renew(&call->session, work, call->cookie);
}

sd_error_t *sd_second_factor_activate(apr_array_header_t **codes, sd_session_t **session, sd_work_t *work,
                                      const char *code, const char *cookie)
{
    factor_call_t call = {.work = work, .code = code, .cookie = cookie};

    SD_TRY(sd_work_write(work, activate_in_write, &call));
    *codes = call.codes;
    *session = call.session;
    return NULL;
}

static sd_error_t *require_active(sd_second_factor_row_t *row, sd_work_t *work, sd_id_t account_id)
{
    SD_TRY(sd_second_factors_find(row, work->store, account_id));
    return row->active ? NULL
                       : sd_error_new(work->pool, SD_ERROR_CONFLICT, "sd.second.factor.none",
                                      "The account has no second factor.");
}

static sd_error_t *renew_in_write(void *baton)
{
    factor_call_t *call = baton;
    sd_work_t *work = call->work;
    sd_second_factor_row_t row;

    SD_TRY(require_own(work));
    SD_TRY(sd_work_require_fresh(work));
    SD_TRY(require_active(&row, work, work->actor.account_id));
    SD_TRY(check_row(work, &row, call->code ? call->code : ""));
    SD_TRY(make_codes(call));
    return audit(work, "second-factor.codes", work->actor.account);
}

sd_error_t *sd_second_factor_renew(apr_array_header_t **codes, sd_work_t *work, const char *code)
{
    factor_call_t call = {.work = work, .code = code};

    SD_TRY(sd_second_factor_hold(work, code));
    SD_TRY(sd_work_write(work, renew_in_write, &call));
    *codes = call.codes;
    return NULL;
}

static sd_error_t *check_own_removal(sd_work_t *work, const sd_second_factor_row_t *row, const char *code)
{
    int required;

    SD_TRY(sd_work_require_fresh(work));
    SD_TRY(is_required(&required, work));
    if (required) {
        return sd_error_new(work->pool, SD_ERROR_CONFLICT, "sd.second.factor.must", "This account must have one.");
    }
    return check_row(work, row, code ? code : "");
}

static sd_error_t *remove_in_write(void *baton)
{
    factor_call_t *call = baton;
    sd_work_t *work = call->work;
    const sd_account_t *account;
    sd_second_factor_row_t row;

    SD_TRY(sd_account_whose(&account, work, call->named));
    SD_TRY(require_active(&row, work, account->id));
    if (work->actor.account && account->id == work->actor.account->id) {
        SD_TRY(check_own_removal(work, &row, call->code));
    } else {
        /* Whoever lost it may have lost more. */
        SD_TRY(sd_accounts_count_generation(work->store, account->id));
    }
    SD_TRY(sd_second_factors_delete(work->store, account->id));
    return audit(work, "second-factor.remove", account);
}

sd_error_t *sd_second_factor_remove(sd_work_t *work, const char *named, const char *code)
{
    SD_TRY(sd_second_factor_hold(work, code));
    return sd_work_write(work, remove_in_write, &(factor_call_t){.work = work, .named = named, .code = code});
}

sd_error_t *sd_second_factor_remove_since(sd_work_t *work, const sd_account_t *account, sd_time_t since)
{
    int removed;

    SD_TRY(sd_second_factors_delete_since(&removed, work->store, account->id, since));
    return removed ? audit(work, "second-factor.remove", account) : NULL;
}
