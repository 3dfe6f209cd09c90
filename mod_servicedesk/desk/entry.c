/* The entry rule. */
#include "desk/entry.h"

#include <string.h>

#include "base/text.h"
#include "desk/directory_trouble.h"
#include "desk/domain.h"
#include "desk/participant.h"
#include "desk/policy.h"
#include "desk/setting.h"

static sd_error_t *is_set(int *set, sd_work_t *work, const char *name, const char *wanted)
{
    const char *value;

    SD_TRY(sd_setting_value(&value, work, name));
    *set = strcmp(value, wanted) == 0;
    return NULL;
}

static void bar(sd_signup_state_t *state, const char *reason, const char *text)
{
    *state = (sd_signup_state_t){0, reason, text, NULL};
}

static void judge_desk(sd_signup_state_t *state, const sd_desk_t *desk)
{
    if (!desk->signup) {
        bar(state, "desk-off", "Signup is switched off for this service desk.");
    } else if (strcmp(desk->access, "accounts") != 0) {
        bar(state, "desk-listed", "Only the people on its list may enter this service desk.");
    } else if (!desk->open) {
        bar(state, "desk-closed", "This service desk takes no new requests.");
    }
}

/* The switch that is to be thrown first is the reason that is told. */
sd_error_t *sd_signup_effective(sd_signup_state_t *state, sd_work_t *work, const sd_desk_t *desk)
{
    sd_directory_choice_t choice;
    int on;

    *state = (sd_signup_state_t){1, NULL, NULL, NULL};
    SD_TRY(desk ? is_set(&on, work, "public_signup", "true") : is_set(&on, work, "site_signup", "public"));
    if (!on) {
        bar(state, "system-off", desk ? "Signup is switched off for all service desks." : "The site is private.");
        return NULL;
    }
    if (desk) {
        judge_desk(state, desk);
    }
    if (!state->available) {
        return NULL;
    }
    SD_TRY(sd_directory_writable(&choice, work));
    state->warning = choice.locks_out ? SD_DIRECTORY_LOCKS_OUT : NULL;
    if (!choice.directory) {
        bar(state, "no-directory", choice.reason);
    }
    return NULL;
}

static sd_error_t *refuse(sd_entry_t *entry, const char *reason)
{
    *entry = (sd_entry_t){SD_ENTRY_REFUSED, reason};
    return NULL;
}

static sd_error_t *judge_stranger(sd_entry_t *entry, sd_work_t *work, const sd_desk_t *desk,
                                  const sd_address_t *address)
{
    sd_signup_state_t state;

    SD_TRY(sd_signup_effective(&state, work, desk));
    if (!state.available) {
        return refuse(entry, strcmp(state.reason, "no-directory") == 0 ? "no_directory" : "signup_off");
    }
    sd_error_t *error = sd_domain_check(work, desk->id, "email", address);
    if (error) {
        return error->kind == SD_ERROR_INPUT ? refuse(entry, "domain_not_allowed") : error;
    }
    entry->verdict = SD_ENTRY_CREATE;
    return NULL;
}

/* A system administrator may raise anywhere; that makes nobody somebody to share with. */
static sd_error_t *judge_account(sd_entry_t *entry, const sd_desk_t *desk, const sd_account_t *account,
                                 sd_channel_t channel)
{
    sd_relations_t crew = SD_RELATION_AGENT | SD_RELATION_DESK_ADMIN;
    int is_system = account->system_admin && channel != SD_CHANNEL_SHARE;
    sd_relations_t relations = desk->relations | (is_system ? SD_RELATION_SYSTEM_ADMIN : 0);

    if (!sd_participant_is_usable(account)) {
        return refuse(entry, "disabled");
    }
    if (!(relations & sd_policy_rule(SD_MAY_RAISE))) {
        return refuse(entry, "not_member");
    }
    if (strcmp(desk->access, "accounts") == 0 && !(desk->relations & crew)) {
        entry->verdict = SD_ENTRY_ENLIST;
    }
    return NULL;
}

sd_error_t *sd_may_raise(sd_entry_t *entry, sd_work_t *work, const sd_desk_t *desk, const sd_account_t *account,
                         const sd_address_t *address, sd_channel_t channel)
{
    *entry = (sd_entry_t){SD_ENTRY_WELCOME, NULL};
    SD_TRY(account ? judge_account(entry, desk, account, channel) : judge_stranger(entry, work, desk, address));
    if (entry->verdict != SD_ENTRY_REFUSED && !desk->open && channel != SD_CHANNEL_SHARE) {
        return refuse(entry, "closed");
    }
    return NULL;
}

static sd_error_t *forbidden(sd_work_t *work)
{
    return sd_error_new(work->pool, SD_ERROR_FORBIDDEN, "sd.entry.new.accounts",
                        "You may add people who have an account, but not invite new ones.");
}

static sd_error_t *check_who(sd_work_t *work, const sd_desk_t *desk)
{
    sd_relations_t relations = desk ? desk->relations : 0;
    const char *who;
    int on;

    SD_TRY(sd_setting_value(&who, work, "invite_new_accounts"));
    if (strcmp(who, "desk-admins") == 0) {
        return sd_policy_may(work, SD_MAY_ADMINISTER_DESK, relations) ? NULL : forbidden(work);
    }
    if (strcmp(who, "system-admins") == 0) {
        return sd_policy_may(work, SD_MAY_ADMINISTER_SYSTEM, relations) ? NULL : forbidden(work);
    }
    if (strcmp(who, "while-signup-on") == 0) {
        SD_TRY(is_set(&on, work, "public_signup", "true"));
        if (!on) {
            return sd_error_new(work->pool, SD_ERROR_CONFLICT, "sd.entry.signup.off",
                                "There is no such account, and signup is off.");
        }
    }
    return NULL;
}

sd_error_t *sd_may_make_accounts(sd_work_t *work, const sd_desk_t *desk)
{
    sd_directory_choice_t choice;

    SD_TRY(check_who(work, desk));
    SD_TRY(sd_directory_writable(&choice, work));
    return choice.directory ? NULL
                            : sd_error_new(work->pool, SD_ERROR_CONFLICT, "sd.entry.no.directory", "%s", choice.reason);
}
