/* The switches of signup, the access of a desk, the lists of domains. */
#include "rest/entry.h"

#include <string.h>

#include "desk/domain.h"
#include "desk/organization_domain.h"
#include "desk/setting.h"
#include "desk/signup_switch.h"
#include "web/present_people.h"

/* ---- the site ---- */

/* The members of the settings object and the settings behind them. */
static const struct {
    const char *member;
    const char *setting;
    int is_boolean;
} settings[] = {
    {"publicSignup", "public_signup", 1},
    {"siteSignup", "site_signup", 0},
    {"proof", "signup_proof", 0},
    {"approval", "signup_approval", 1},
    {"captcha", "captcha", 1},
    {"inviteNewAccounts", "invite_new_accounts", 0},
};

#define SETTINGS (sizeof settings / sizeof *settings)

sd_error_t *sd_rest_signup_settings_get(sd_call_t *call)
{
    apr_array_header_t *keys;
    SD_TRY(sd_signup_remembered(&keys, call->work));
    call->reply = json_object();
    for (size_t i = 0; i < SETTINGS; i++) {
        const sd_setting_t *setting;
        SD_TRY(sd_setting_get(&setting, call->work, settings[i].setting));
        sd_json_put(call->reply, settings[i].member,
                    settings[i].is_boolean ? json_boolean(strcmp(setting->value, "true") == 0)
                                           : json_string(setting->value));
    }
    sd_json_put(call->reply, "restorable", sd_json_texts(keys));
    return NULL;
}

static sd_error_t *read_settings(const char *values[SETTINGS], sd_call_t *call)
{
    const char *members[SETTINGS + 1] = {NULL};
    for (size_t i = 0; i < SETTINGS; i++) {
        members[i] = settings[i].member;
    }
    SD_TRY(sd_body_some(call, members));
    for (size_t i = 0; i < SETTINGS; i++) {
        int boolean = -1;
        if (settings[i].is_boolean) {
            SD_TRY(sd_body_bool(&boolean, call, settings[i].member));
            values[i] = boolean < 0 ? NULL : boolean ? "true" : "false";
        } else {
            SD_TRY(sd_body_text(&values[i], call, settings[i].member));
        }
    }
    return NULL;
}

sd_error_t *sd_rest_signup_settings_put(sd_call_t *call)
{
    const char *values[SETTINGS], *names[SETTINGS];
    int bad;
    SD_TRY(read_settings(values, call));
    for (size_t i = 0; i < SETTINGS; i++) {
        names[i] = settings[i].setting;
    }
    sd_error_t *error = sd_setting_set_each(&bad, call->work, names, values, SETTINGS);
    if (error && error->kind == SD_ERROR_INPUT) {
        error->field = settings[bad].member; /* as the caller named it */
    }
    SD_TRY(error);
    return sd_rest_signup_settings_get(call);
}

sd_error_t *sd_rest_signup_restore(sd_call_t *call)
{
    apr_array_header_t *keys;
    SD_TRY(sd_signup_restore(&keys, call->work));
    call->reply = json_object();
    sd_json_put(call->reply, "restored", sd_json_texts(keys));
    return NULL;
}

/* ---- a desk ---- */

static json_t *present_access(const sd_desk_access_t *access)
{
    json_t *object = json_object(), *signup = json_object();
    sd_json_put_text(object, "key", access->key);
    sd_json_put_text(object, "access", access->access);
    sd_json_put(signup, "enabled", json_boolean(access->signup));
    sd_json_put(signup, "available", json_boolean(access->state.available));
    sd_json_put_text(signup, "reason", access->state.reason);
    sd_json_put_text(signup, "message", access->state.text);
    sd_json_put_text(signup, "warning", access->state.warning);
    sd_json_put(object, "signup", signup);
    sd_json_put(object, "signInLink", json_boolean(access->sign_in_link));
    return object;
}

sd_error_t *sd_rest_desk_access_get(sd_call_t *call)
{
    sd_desk_access_t access;
    SD_TRY(sd_desk_access_get(&access, call->work, call->parts[0]));
    call->reply = present_access(&access);
    return NULL;
}

sd_error_t *sd_rest_desk_access_put(sd_call_t *call)
{
    static const char *const members[] = {"access", "signup", "signInLink", NULL};
    sd_desk_access_input_t input;
    sd_desk_access_t access;
    SD_TRY(sd_body_some(call, members));
    SD_TRY(sd_body_text(&input.access, call, "access"));
    SD_TRY(sd_body_bool(&input.signup, call, "signup"));
    SD_TRY(sd_body_bool(&input.sign_in_link, call, "signInLink"));
    SD_TRY(sd_body_confirm(&input.confirm, call));
    SD_TRY(sd_desk_access_change(&access, call->work, call->parts[0], &input));
    call->reply = present_access(&access);
    return NULL;
}

/* ---- domains ---- */

static sd_error_t *get_domains(sd_call_t *call, const char *desk)
{
    sd_domains_t domains;
    SD_TRY(sd_domains_get(&domains, call->work, desk));
    call->reply = json_object();
    sd_json_put(call->reply, "allowed", sd_json_texts(domains.allowed));
    sd_json_put(call->reply, "blocked", sd_json_texts(domains.blocked));
    return NULL;
}

static sd_error_t *put_domains(sd_call_t *call, const char *desk)
{
    static const char *const members[] = {"allowed", "blocked", NULL};
    const apr_array_header_t *allowed, *blocked;
    SD_TRY(sd_body_some(call, members));
    SD_TRY(sd_body_texts_or_null(&allowed, call, "allowed"));
    SD_TRY(sd_body_texts_or_null(&blocked, call, "blocked"));
    SD_TRY(sd_domains_set(call->work, desk, allowed, blocked));
    return get_domains(call, desk);
}

sd_error_t *sd_rest_domains_get(sd_call_t *call)
{
    return get_domains(call, NULL);
}

sd_error_t *sd_rest_domains_put(sd_call_t *call)
{
    return put_domains(call, NULL);
}

sd_error_t *sd_rest_desk_domains_get(sd_call_t *call)
{
    return get_domains(call, call->parts[0]);
}

sd_error_t *sd_rest_desk_domains_put(sd_call_t *call)
{
    return put_domains(call, call->parts[0]);
}

sd_error_t *sd_rest_organization_domains_get(sd_call_t *call)
{
    apr_array_header_t *domains;
    SD_TRY(sd_organization_domains_get(&domains, call->work, call->parts[0]));
    call->reply = json_object();
    sd_json_put(call->reply, "domains", sd_json_texts(domains));
    return NULL;
}

sd_error_t *sd_rest_organization_domains_put(sd_call_t *call)
{
    static const char *const members[] = {"domains", NULL};
    apr_array_header_t *domains;
    SD_TRY(sd_body_some(call, members));
    SD_TRY(sd_body_texts(&domains, call, "domains"));
    SD_TRY(sd_organization_domains_set(call->work, call->parts[0], domains));
    return sd_rest_organization_domains_get(call);
}
