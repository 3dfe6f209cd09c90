/* Who may come in: the access of desks, the switches of signup, the lists of domains. */
#include <string.h>

#include "desk/domain.h"
#include "desk/signup_switch.h"
#include "tool/tool.h"

sd_error_t *sd_tool_desk_access(sd_tool_t *tool)
{
    static const char *const signups[] = {"signup", "no-signup"};
    static const char *const links[] = {"sign-in-link", "no-sign-in-link"};
    sd_desk_access_input_t input = {.access = tool->access, .confirm = tool->confirm};
    SD_TRY(sd_tool_choice(&input.signup, tool, tool->signup, tool->no_signup, signups));
    SD_TRY(sd_tool_choice(&input.sign_in_link, tool, tool->sign_in_link, tool->no_sign_in_link, links));
    int changes = input.access || input.signup >= 0 || input.sign_in_link >= 0;
    sd_desk_access_t access;
    SD_TRY(changes ? sd_desk_access_change(&access, tool->work, tool->words[0], &input)
                   : sd_desk_access_get(&access, tool->work, tool->words[0]));
    tool->result = json_pack("{s:s, s:s, s:b, s:b, s:b, s:s, s:s}", "key", access.key, "access", access.access,
                             "signup", access.signup, "signInLink", access.sign_in_link, "available",
                             access.state.available, "reason", access.state.text ? access.state.text : "", "warning",
                             access.state.warning ? access.state.warning : "");
    return NULL;
}

sd_error_t *sd_tool_signup_restore(sd_tool_t *tool)
{
    apr_array_header_t *keys;
    SD_TRY(sd_signup_restore(&keys, tool->work));
    tool->result = json_array();
    for (int i = 0; i < keys->nelts; i++) {
        json_array_append_new(tool->result, json_pack("{s:s}", "key", APR_ARRAY_IDX(keys, i, const char *)));
    }
    return NULL;
}

static void append_rows(json_t *rows, const char *verdict, const apr_array_header_t *patterns)
{
    for (int i = 0; i < patterns->nelts; i++) {
        json_array_append_new(rows, json_pack("{s:s, s:s}", "list", verdict, "domain",
                                              APR_ARRAY_IDX(patterns, i, const char *)));
    }
}

sd_error_t *sd_tool_domain_list(sd_tool_t *tool)
{
    sd_domains_t domains;
    SD_TRY(sd_domains_get(&domains, tool->work, tool->desk));
    tool->result = json_array();
    append_rows(tool->result, "allowed", domains.allowed);
    append_rows(tool->result, "blocked", domains.blocked);
    return NULL;
}

typedef struct edit_t {
    sd_tool_t *tool;
    int allow;
    int block;
} edit_t;

static void take_off(apr_array_header_t *patterns, const char *pattern)
{
    int kept = 0;
    for (int i = 0; i < patterns->nelts; i++) {
        const char *one = APR_ARRAY_IDX(patterns, i, const char *);
        if (strcmp(one, pattern) != 0) {
            APR_ARRAY_IDX(patterns, kept++, const char *) = one;
        }
    }
    patterns->nelts = kept;
}

/* Read and written in one transaction: two tools at once lose no domain of each other. */
static sd_error_t *edit_in_write(void *baton)
{
    edit_t *edit = baton;
    sd_tool_t *tool = edit->tool;
    const char *pattern = sd_domain_pattern(tool->pool, tool->words[0]);
    sd_domains_t domains;

    if (!pattern) {
        return sd_error_field(tool->pool, "domain", "sd.validation.domain",
                              "\"%s\" is not a domain, nor \"*.\" and a domain.", tool->words[0]);
    }
    SD_TRY(sd_domains_get(&domains, tool->work, tool->desk));
    take_off(domains.allowed, pattern);
    take_off(domains.blocked, pattern);
    if (edit->allow || edit->block) {
        APR_ARRAY_PUSH(edit->allow ? domains.allowed : domains.blocked, const char *) = pattern;
    }
    return sd_domains_set(tool->work, tool->desk, domains.allowed, domains.blocked);
}

sd_error_t *sd_tool_domain_allow(sd_tool_t *tool)
{
    return sd_work_write(tool->work, edit_in_write, &(edit_t){tool, 1, 0});
}

sd_error_t *sd_tool_domain_block(sd_tool_t *tool)
{
    return sd_work_write(tool->work, edit_in_write, &(edit_t){tool, 0, 1});
}

sd_error_t *sd_tool_domain_remove(sd_tool_t *tool)
{
    return sd_work_write(tool->work, edit_in_write, &(edit_t){tool, 0, 0});
}
