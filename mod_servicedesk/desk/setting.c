/* The closed list of settings. One that nothing reads does not belong here. */
#include "desk/setting.h"

#include <string.h>

#include <apr_strings.h>

#include "base/digest.h"
#include "base/text.h"
#include "desk/audit.h"
#include "desk/policy.h"
#include "desk/signup_switch.h"
#include "store/settings.h"

static const sd_setting_t known[] = {
    {"captcha", "boolean", NULL, "false",
     "Signup asks for the word in a picture, on every desk and for the site's own accounts."},
    {"organization_management", "agents|system-admins", NULL, "agents",
     "Who makes organizations and changes their members."},
    {"system_admin_reads_requests", "boolean", NULL, "false",
     "System administrators may read the requests of every desk; each such read is audited."},
    {"second_factor", "nobody|system-admins|agents|everyone", NULL, "nobody",
     "Who of the module's own accounts must have a second factor to sign in with; agents: administrators too."},
    {"public_signup", "boolean", NULL, "false",
     "Desks may let people sign up as their customers. False closes them all; they can be restored."},
    {"signup_approval", "boolean", NULL, "false",
     "An agent of the desk approves who signed up before the account is made."},
    {"signup_proof", "address-first|at-once", NULL, "address-first",
     "An account that somebody signed up for is there once the address is proven, or at once."},
    {"signup_source_hour", "number", NULL, "30",
     "Signups that people of one network address can begin within an hour."},
    {"site_signup", "private|public", NULL, "private",
     "Whether people may sign up for an account of the site itself, of no desk."},
    {"invite_new_accounts", "agents|desk-admins|system-admins|while-signup-on", NULL, "agents",
     "Who may invite people that have no account yet; while-signup-on: agents, while public_signup is true."},
    {"role_groups", "desk-admins|system-admins", NULL, "desk-admins",
     "Who puts groups into the roles of a desk: its administrators too, or system administrators alone."},
    {"licence_model", "agents", NULL, "agents", "What takes a seat of the licence: each agent."},
    {"licence_limit", "number", NULL, "0", "How many seats there are for agents; 0: no limit. Customers take none."},
    {"mail_again_minutes", "number", NULL, "60",
     "How long a mail to verify an address or to reset a password is not sent again while its link works; 0: always."},
    {"mail_mailbox_hour", "number", NULL, "3",
     "Account mails to one mailbox within an hour; those over it are kept and not sent."},
    {"mail_mailbox_day", "number", NULL, "10", "Account mails to one mailbox within a day."},
    {"mail_unproven_day", "number", NULL, "3",
     "Mails to one mailbox within a day while nobody has proven the address."},
    {"mail_source_hour", "number", NULL, "100",
     "Account mails that people of one network address can cause within an hour; agents and administrators are free."},
    {"mail_total_hour", "number", NULL, "10000", "Account mails within an hour, all together; over it they wait."},
    {"mail_give_up_hours", "number", NULL, "72", "How long an account mail is tried again and again."},
    {"mail_keep_days", "number", NULL, "30", "How long a mail that is settled is kept in the list of mails."},
    {"token_keep_days", "number", NULL, "30",
     "How long an API token that is over stays in the list of its owner; what it did stays in the audit."},
    {"audit_days", "number", NULL, "0", "How long rows of the audit are kept; 0 keeps them for ever."},
    {"audit_seal_seconds", "number", NULL, "60", "How old rows of the audit are when they are sealed."},
    {"mail_verify", "boolean", NULL, "true", "Mail: prove the address of a signup."},
    {"mail_approved", "boolean", NULL, "true", "Mail: a signup was approved, and is completed by this link."},
    {"mail_welcome", "boolean", NULL, "true", "Mail: the account is there."},
    {"mail_known_address", "boolean", NULL, "true", "Mail: somebody signed up with the address of an account."},
    {"mail_invite", "boolean", NULL, "true", "Mail: an invitation to somebody without an account."},
    {"mail_invite_known", "boolean", NULL, "true", "Mail: an invitation to somebody who has an account."},
    {"mail_reset", "boolean", NULL, "true", "Mail: choose a new password."},
    {"mail_sign_in", "boolean", NULL, "true", "Mail: the one-time link to sign in."},
    {"mail_password_changed", "boolean", NULL, "true", "Mail: the password was changed."},
    {"mail_address_new", "boolean", NULL, "true", "Mail: prove the new address of an account."},
    {"mail_address_old", "boolean", NULL, "true", "Mail to the old address: a change was asked for."},
    {"mail_address_changed", "boolean", NULL, "true", "Mail to the old address: it was changed."},
    {"mail_address_back", "boolean", NULL, "true", "Mail to the new address: the change was taken back."},
    {"mail_disabled", "boolean", NULL, "true", "Mail: the account was closed."},
    {"mail_enabled", "boolean", NULL, "true", "Mail: the account was opened again."},
};

#define KNOWN (sizeof(known) / sizeof(known[0]))
#define NUMBER_DIGITS 9
#define VERSION_BYTES 8

static const sd_setting_t *find_known(const char *name)
{
    for (apr_size_t i = 0; i < KNOWN; i++) {
        if (name && strcmp(known[i].name, name) == 0) {
            return &known[i];
        }
    }
    return NULL;
}

/* One of the words between the bars of "a|b|c". */
static int is_choice(const char *type, const char *value)
{
    apr_size_t length = strlen(value);

    for (const char *at = type; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL) {
        if (length && strcspn(at, "|") == length && strncmp(at, value, length) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Digits without a leading zero, few enough for anything that is counted. */
static int is_number(const char *value)
{
    apr_size_t length = strlen(value);

    return length >= 1 && length <= NUMBER_DIGITS && strspn(value, "0123456789") == length &&
           (value[0] != '0' || length == 1);
}

/* The one spelling under which a value is kept, or NULL if it is none of the type. */
static const char *canonical(const sd_setting_t *setting, const char *value)
{
    static const char *const booleans[] = {"false", "true"};

    if (!value) {
        return NULL;
    }
    if (strcmp(setting->type, "boolean") == 0) {
        int boolean = sd_text_boolean(value);

        return boolean < 0 ? NULL : booleans[boolean];
    }
    int good = strcmp(setting->type, "number") == 0 ? is_number(value) : is_choice(setting->type, value);

    return good ? value : NULL;
}

/* A value that is none of the type (of another version, or put there by hand) does not count. */
static sd_error_t *read_value(const char **value, sd_work_t *work, const sd_setting_t *setting)
{
    const char *stored;

    SD_TRY(sd_settings_get(&stored, work->store, setting->name));
    *value = canonical(setting, stored);
    if (!*value) {
        *value = setting->preset;
    }
    return NULL;
}

sd_error_t *sd_setting_value(const char **value, sd_work_t *work, const char *name)
{
    const sd_setting_t *setting = find_known(name);

    *value = NULL;
    if (!setting) {
        return sd_error_private(work->pool, SD_ERROR_INTERNAL, "there is no setting \"%s\"", name);
    }
    return read_value(value, work, setting);
}

sd_error_t *sd_setting_number(apr_int64_t *number, sd_work_t *work, const char *name)
{
    const char *value;

    SD_TRY(sd_setting_value(&value, work, name));
    *number = apr_atoi64(value);
    return NULL;
}

sd_error_t *sd_setting_boolean(int *boolean, sd_work_t *work, const char *name)
{
    const char *value;

    SD_TRY(sd_setting_value(&value, work, name));
    *boolean = sd_text_boolean(value) == 1;
    return NULL;
}

static sd_error_t *unknown(sd_work_t *work)
{
    return sd_error_field(work->pool, "name", "sd.validation.setting.name", "There is no setting of that name.");
}

typedef struct setting_call_t {
    sd_work_t *work;
    const sd_setting_t *setting;
    const char *value;
    apr_array_header_t *list;
    const char *version; /* what the change must be based on, or NULL */
} setting_call_t;

static sd_error_t *append(setting_call_t *call, const sd_setting_t *setting)
{
    sd_setting_t *copy = apr_pmemdup(call->work->pool, setting, sizeof(*setting));

    SD_TRY(read_value(&copy->value, call->work, setting));
    APR_ARRAY_PUSH(call->list, sd_setting_t *) = copy;
    return NULL;
}

static sd_error_t *list_in_read(void *baton)
{
    setting_call_t *call = baton;

    SD_TRY(sd_policy_require(call->work, SD_MAY_ADMINISTER_SYSTEM));
    if (call->setting) {
        return append(call, call->setting);
    }
    for (apr_size_t i = 0; i < KNOWN; i++) {
        SD_TRY(append(call, &known[i]));
    }
    return NULL;
}

static sd_error_t *list(apr_array_header_t **settings, sd_work_t *work, const sd_setting_t *one)
{
    setting_call_t call = {
        .work = work, .setting = one, .list = apr_array_make(work->pool, KNOWN, sizeof(sd_setting_t *))};

    SD_TRY(sd_work_read(work, list_in_read, &call));
    *settings = call.list;
    return NULL;
}

sd_error_t *sd_setting_list(apr_array_header_t **settings, sd_work_t *work)
{
    return list(settings, work, NULL);
}

sd_error_t *sd_setting_get(const sd_setting_t **setting, sd_work_t *work, const char *name)
{
    const sd_setting_t *one = find_known(name);
    apr_array_header_t *settings;

    *setting = NULL;
    SD_TRY(list(&settings, work, one));
    if (!one) {
        return unknown(work);
    }
    *setting = APR_ARRAY_IDX(settings, 0, const sd_setting_t *);
    return NULL;
}

/* What an administrator is told to write instead. */
static const char *choices(const sd_setting_t *setting)
{
    if (strcmp(setting->type, "boolean") == 0) {
        return "true|false";
    }
    return strcmp(setting->type, "number") == 0 ? "a number of at most 9 digits" : setting->type;
}

const char *sd_setting_version(apr_pool_t *pool, const sd_setting_t *setting)
{
    const char *text = apr_pstrcat(pool, setting->name, "\n", setting->value, NULL);
    unsigned char digest[SD_DIGEST_BYTES];

    sd_digest_sha256(digest, text, strlen(text));
    return apr_pstrcat(pool, "s", sd_digest_hex(pool, digest, VERSION_BYTES), NULL);
}

static sd_error_t *check_version(setting_call_t *call, const char *value)
{
    sd_setting_t present = *call->setting;

    present.value = value;
    if (!call->version || strcmp(call->version, sd_setting_version(call->work->pool, &present)) == 0) {
        return NULL;
    }
    return sd_error_new(call->work->pool, SD_ERROR_STALE, "sd.setting.stale",
                        "The setting has changed since it was read. Read it again before you change it.");
}

static sd_error_t *set_in_write(void *baton)
{
    setting_call_t *call = baton;
    sd_work_t *work = call->work;
    const char *before;

    SD_TRY(sd_policy_require(work, SD_MAY_ADMINISTER_SYSTEM));
    if (!call->setting) {
        return unknown(work);
    }
    const char *after = canonical(call->setting, call->value);
    if (!after) {
        return sd_error_field(work->pool, "value", "sd.validation.setting.value", "The value must be %s.",
                              choices(call->setting));
    }
    SD_TRY(read_value(&before, work, call->setting));
    SD_TRY(check_version(call, before));
    if (strcmp(before, after) == 0) {
        return NULL;
    }
    SD_TRY(sd_settings_set(work->store, call->setting->name, after));
    SD_TRY(sd_signup_switch_follow(work, call->setting->name, after));
    const char *detail = sd_audit_detail(work, json_pack("{s:s, s:s}", "from", before, "to", after));
    return sd_audit_write(work, &(sd_audit_entry_t){.act = "setting.set",
                                                    .object_type = "setting",
                                                    .object_id = call->setting->name,
                                                    .detail = detail});
}

sd_error_t *sd_setting_set(sd_work_t *work, const char *name, const char *value)
{
    return sd_work_write(work, set_in_write,
                         &(setting_call_t){.work = work, .setting = find_known(name), .value = value});
}

/* No name of a setting is a name to whoever may not know of them. */
static sd_error_t *replace_in_write(void *baton)
{
    setting_call_t *call = baton;

    SD_TRY(sd_policy_require(call->work, SD_MAY_ADMINISTER_SYSTEM));
    return call->setting ? set_in_write(call) : sd_error_not_found(call->work->pool);
}

sd_error_t *sd_setting_replace(sd_work_t *work, const char *name, const char *value, const char *version)
{
    return sd_work_write(
        work, replace_in_write,
        &(setting_call_t){.work = work, .setting = find_known(name), .value = value, .version = version});
}

typedef struct each_t {
    sd_work_t *work;
    const char *const *names;
    const char *const *values;
    int count;
    int at;
} each_t;

static sd_error_t *set_each_in_write(void *baton)
{
    each_t *each = baton;

    SD_TRY(sd_policy_require(each->work, SD_MAY_ADMINISTER_SYSTEM));
    for (each->at = 0; each->at < each->count; each->at++) {
        if (each->values[each->at]) {
            SD_TRY(sd_setting_set(each->work, each->names[each->at], each->values[each->at]));
        }
    }
    return NULL;
}

sd_error_t *sd_setting_set_each(int *bad, sd_work_t *work, const char *const *names, const char *const *values,
                                int count)
{
    each_t each = {work, names, values, count, 0};
    sd_error_t *error = sd_work_write(work, set_each_in_write, &each);

    *bad = error ? each.at : -1;
    return error;
}
