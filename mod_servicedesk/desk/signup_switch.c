/* The switches of signup. */
#include "desk/signup_switch.h"

#include <string.h>

#include "desk/audit.h"
#include "desk/desk.h"
#include "desk/policy.h"
#include "desk/setting.h"
#include "store/desk_access.h"
#include "store/signups.h"

#define MANY APR_INT64_C(1000) /* more are not counted */

static sd_error_t *audit(sd_work_t *work, const char *act, sd_id_t desk_id, const char *key, json_t *detail)
{
    return sd_audit_write(work, &(sd_audit_entry_t){.act = act,
                                                    .object_type = "desk",
                                                    .object_id = key,
                                                    .desk_id = desk_id,
                                                    .detail = sd_audit_detail(work, detail)});
}

sd_error_t *sd_signup_switch_check(sd_work_t *work)
{
    const char *on;

    SD_TRY(sd_setting_value(&on, work, "public_signup"));
    if (strcmp(on, "true") == 0) {
        return NULL;
    }
    sd_error_t *error = sd_error_new(work->pool, SD_ERROR_CONFLICT, "sd.signup.system.off",
                                     "Signup is switched off for all service desks; a system administrator can change "
                                     "that.");
    error->field = "signup";
    return error;
}

/* ---- the site's switch ---- */

static sd_error_t *close_desk(sd_work_t *work, const sd_signup_desk_t *desk)
{
    apr_int64_t half_done;

    SD_TRY(sd_desk_access_set(work->store, desk->id, desk->access, 0));
    SD_TRY(sd_desk_access_remember(work->store, desk->id, sd_work_now(work)));
    SD_TRY(sd_signups_delete_of_desk(&half_done, work->store, desk->id));
    return audit(work, "desk.signup.off", desk->id, desk->key,
                 json_pack("{s:s, s:I}", "by", "public_signup", "halfDone", (json_int_t)half_done));
}

static sd_error_t *close_desks(sd_work_t *work)
{
    apr_array_header_t *desks;

    SD_TRY(sd_desk_access_signups(&desks, work->store));
    for (int i = 0; i < desks->nelts; i++) {
        SD_TRY(close_desk(work, APR_ARRAY_IDX(desks, i, const sd_signup_desk_t *)));
    }
    return NULL;
}

sd_error_t *sd_signup_switch_follow(sd_work_t *work, const char *setting, const char *value)
{
    if (strcmp(setting, "public_signup") == 0 && strcmp(value, "false") == 0) {
        return close_desks(work);
    }
    /* Also when it opens: one that was being written while it closed. */
    if (strcmp(setting, "site_signup") == 0) {
        return sd_signups_delete_of_desk(NULL, work->store, 0);
    }
    return NULL;
}

typedef struct restore_t {
    sd_work_t *work;
    apr_array_header_t *keys;
} restore_t;

static sd_error_t *remembered_in_read(void *baton)
{
    restore_t *restore = baton;
    apr_array_header_t *desks;

    SD_TRY(sd_policy_require(restore->work, SD_MAY_ADMINISTER_SYSTEM));
    SD_TRY(sd_desk_access_remembered(&desks, restore->work->store));
    for (int i = 0; i < desks->nelts; i++) {
        APR_ARRAY_PUSH(restore->keys, const char *) = APR_ARRAY_IDX(desks, i, const sd_signup_desk_t *)->key;
    }
    return NULL;
}

sd_error_t *sd_signup_remembered(apr_array_header_t **keys, sd_work_t *work)
{
    restore_t restore = {work, apr_array_make(work->pool, 4, sizeof(const char *))};

    *keys = restore.keys;
    return sd_work_read(work, remembered_in_read, &restore);
}

/* Whoever restricted a desk meanwhile meant it. */
static sd_error_t *restore_desk(restore_t *restore, const sd_signup_desk_t *desk)
{
    sd_work_t *work = restore->work;

    SD_TRY(sd_desk_access_forget(work->store, desk->id));
    if (strcmp(desk->access, "accounts") != 0) {
        return NULL;
    }
    SD_TRY(sd_desk_access_set(work->store, desk->id, desk->access, 1));
    SD_TRY(sd_signups_delete_of_desk(NULL, work->store, desk->id));
    APR_ARRAY_PUSH(restore->keys, const char *) = desk->key;
    return audit(work, "desk.signup.restore", desk->id, desk->key, NULL);
}

static sd_error_t *restore_in_write(void *baton)
{
    restore_t *restore = baton;
    apr_array_header_t *desks;

    restore->keys->nelts = 0; /* a write may be run again */
    SD_TRY(sd_policy_require(restore->work, SD_MAY_ADMINISTER_SYSTEM));
    SD_TRY(sd_signup_switch_check(restore->work));
    SD_TRY(sd_desk_access_remembered(&desks, restore->work->store));
    for (int i = 0; i < desks->nelts; i++) {
        SD_TRY(restore_desk(restore, APR_ARRAY_IDX(desks, i, const sd_signup_desk_t *)));
    }
    return NULL;
}

sd_error_t *sd_signup_restore(apr_array_header_t **keys, sd_work_t *work)
{
    restore_t restore = {work, apr_array_make(work->pool, 4, sizeof(const char *))};

    *keys = restore.keys;
    return sd_work_write(work, restore_in_write, &restore);
}

/* ---- a desk's switch ---- */

typedef struct access_call_t {
    sd_work_t *work;
    const char *named;
    const sd_desk_access_input_t *input;
    sd_desk_access_t *access;
} access_call_t;

static sd_error_t *describe(access_call_t *call, const sd_desk_t *desk)
{
    call->access->key = desk->key;
    call->access->access = desk->access;
    call->access->signup = desk->signup;
    SD_TRY(sd_desk_access_link(&call->access->sign_in_link, call->work->store, desk->id));
    return sd_signup_effective(&call->access->state, call->work, desk);
}

static sd_error_t *get_in_read(void *baton)
{
    access_call_t *call = baton;
    const sd_desk_t *desk;

    SD_TRY(sd_desk_find(&desk, call->work, call->named, SD_MAY_ADMINISTER_DESK));
    return describe(call, desk);
}

sd_error_t *sd_desk_access_get(sd_desk_access_t *access, sd_work_t *work, const char *desk)
{
    return sd_work_read(work, get_in_read, &(access_call_t){work, desk, NULL, access});
}

/* What the desk shall be: each of the two may follow from the other. */
static sd_error_t *decide(sd_desk_t *after, sd_work_t *work, const sd_desk_access_input_t *input)
{
    if (input->access) {
        if (strcmp(input->access, "listed") != 0 && strcmp(input->access, "accounts") != 0) {
            return sd_error_field(work->pool, "access", "sd.validation.desk.access",
                                  "Access is \"listed\" or \"accounts\".");
        }
        after->access = input->access;
    } else if (input->signup == 1) {
        after->access = "accounts";
    }
    if (input->signup >= 0) {
        after->signup = input->signup != 0;
    } else if (strcmp(after->access, "listed") == 0) {
        after->signup = 0;
    }
    if (after->signup && strcmp(after->access, "listed") == 0) {
        return sd_error_field(work->pool, "signup", "sd.validation.desk.signup",
                              "Signup needs a desk that everyone with an account may enter.");
    }
    return NULL;
}

static sd_error_t *store_access(sd_work_t *work, const sd_desk_t *before, const sd_desk_t *after)
{
    if (strcmp(before->access, after->access) == 0 && before->signup == after->signup) {
        return NULL;
    }
    SD_TRY(sd_desk_access_set(work->store, after->id, after->access, after->signup));
    if (before->signup != after->signup) { /* also when it opens: one that was being written while it closed */
        SD_TRY(sd_signups_delete_of_desk(NULL, work->store, after->id));
    }
    return audit(work, "desk.access", after->id, after->key,
                 json_pack("{s:s, s:b}", "access", after->access, "signup", after->signup));
}

/* Links that were sent are asked again when they are used: switched off, they are dead. */
static sd_error_t *store_link(sd_work_t *work, const sd_desk_t *desk, int wanted)
{
    int on;

    SD_TRY(sd_desk_access_link(&on, work->store, desk->id));
    if (wanted < 0 || on == (wanted != 0)) {
        return NULL;
    }
    SD_TRY(sd_desk_access_set_link(work->store, desk->id, wanted));
    return audit(work, "desk.sign-in-link", desk->id, desk->key, json_pack("{s:b}", "signInLink", wanted));
}

/* Who has raised a request became a customer then; whoever closes the desk is told how many those are. */
static sd_error_t *ask_about_raised(sd_work_t *work, const sd_desk_t *before, const sd_desk_t *after)
{
    apr_int64_t count;

    if (strcmp(before->access, "accounts") != 0 || strcmp(after->access, "listed") != 0) {
        return NULL;
    }
    SD_TRY(sd_desk_access_count_raised(&count, work->store, before->id, MANY + 1));
    if (!count) {
        return NULL;
    }
    sd_error_t *error =
        sd_error_new(work->pool, SD_ERROR_CONFLICT, "sd.desk.access.confirm",
                     "%s%" APR_INT64_T_FMT
                     " came to this desk because everyone with an account may raise requests there. They stay "
                     "its customers; all others who are not on its list lose it. Repeat it with confirm to do it.",
                     count > MANY ? "More than " : "", count > MANY ? MANY : count);
    error->field = "confirm";
    return error;
}

/* A word by the desk's own administrator is newer than what the site remembers of it. */
static sd_error_t *change_in_write(void *baton)
{
    access_call_t *call = baton;
    sd_work_t *work = call->work;
    const sd_desk_t *before;

    SD_TRY(sd_desk_find(&before, work, call->named, SD_MAY_ADMINISTER_DESK));
    sd_desk_t after = *before;
    SD_TRY(decide(&after, work, call->input));
    SD_TRY(call->input->confirm ? NULL : ask_about_raised(work, before, &after));
    if (after.signup) {
        SD_TRY(sd_signup_switch_check(work));
    }
    if (call->input->signup >= 0) {
        SD_TRY(sd_desk_access_forget(work->store, after.id));
    }
    SD_TRY(store_access(work, before, &after));
    SD_TRY(store_link(work, before, call->input->sign_in_link));
    return describe(call, &after);
}

sd_error_t *sd_desk_access_change(sd_desk_access_t *access, sd_work_t *work, const char *desk,
                                  const sd_desk_access_input_t *input)
{
    return sd_work_write(work, change_in_write, &(access_call_t){work, desk, input, access});
}
