/* The commands: each calls one operation of desk/ and leaves what it answered. */
#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "desk/account.h"
#include "desk/api_token.h"
#include "desk/check.h"
#include "desk/desk.h"
#include "desk/language.h"
#include "desk/role.h"
#include "desk/second_factor.h"
#include "desk/setting.h"
#include "store/schema.h"
#include "tool/directories.h"
#include "tool/groups.h"
#include "tool/tool.h"

#define DAYS 90
#define PAGE ((sd_page_t){.start = start, .limit = SD_PAGE_LIMIT})

static sd_error_t *migrate(sd_tool_t *tool)
{
    int applied;
    SD_TRY(sd_schema_migrate(tool->work->store, &applied));
    tool->result = json_pack("{s:i, s:i}", "applied", applied, "schema", sd_schema_newest());
    return NULL;
}

static sd_error_t *need_pepper(sd_tool_t *tool)
{
    return tool->work->site->passwords.current.id
               ? NULL
               : sd_error_field(tool->pool, "pepper", "sd.validation.required",
                                "A password needs the pepper file: say --pepper FILE.");
}

static json_t *account_row(const sd_account_t *account)
{
    return json_pack("{s:s, s:s, s:s?, s:s, s:s, s:b, s:s}", "name", account->name, "directory", account->directory,
                     "address", account->address ? account->address : "", "displayName", account->display_name, "state",
                     account->state, "systemAdmin", account->system_admin, "id", account->public_id);
}

static sd_error_t *account_add(sd_tool_t *tool)
{
    sd_account_input_t input = {.directory = tool->directory,
                                .name = tool->words[0],
                                .address = tool->address,
                                .address_proven = tool->address_proven,
                                .display_name = tool->display_name,
                                .system_admin = tool->system_admin,
                                .origin = "tool"};
    if (tool->ask_password || tool->random_password) {
        SD_TRY(need_pepper(tool));
        SD_TRY(sd_tool_password(&input.password, tool));
    }
    const sd_account_t *account;
    SD_TRY(sd_account_create(&account, tool->work, &input));
    tool->result = account_row(account);
    if (tool->random_password) {
        json_object_set_new(tool->result, "password", json_string(input.password));
    }
    return NULL;
}

static sd_error_t *account_disable(sd_tool_t *tool)
{
    return sd_account_disable(tool->work, tool->words[0], 1);
}

static sd_error_t *account_enable(sd_tool_t *tool)
{
    return sd_account_disable(tool->work, tool->words[0], 0);
}

static sd_error_t *account_list(sd_tool_t *tool)
{
    tool->result = json_array();
    sd_list_t *accounts = NULL;
    for (apr_int64_t start = 0; !accounts || !accounts->is_last; start += SD_PAGE_LIMIT) {
        SD_TRY(sd_account_list(&accounts, tool->work, PAGE));
        for (int i = 0; i < accounts->rows->nelts; i++) {
            json_array_append_new(tool->result, account_row(APR_ARRAY_IDX(accounts->rows, i, const sd_account_t *)));
        }
    }
    return NULL;
}

static sd_error_t *set_password(sd_tool_t *tool)
{
    const char *password;
    SD_TRY(need_pepper(tool));
    SD_TRY(sd_tool_password(&password, tool));
    SD_TRY(sd_account_set_password(tool->work, tool->words[0], password));
    if (tool->random_password) {
        tool->result = json_pack("{s:s}", "password", password);
    }
    return NULL;
}

static sd_error_t *second_factor_remove(sd_tool_t *tool)
{
    return sd_second_factor_remove(tool->work, tool->words[0], NULL);
}

static sd_error_t *read_scopes(unsigned *scopes, sd_tool_t *tool)
{
    *scopes = tool->scopes ? 0 : SD_SCOPE_ALL;
    char *state, *copy = apr_pstrdup(tool->pool, tool->scopes ? tool->scopes : "");
    for (char *word = apr_strtok(copy, ",", &state); word; word = apr_strtok(NULL, ",", &state)) {
        unsigned scope = sd_scope_named(word);
        if (!scope) {
            return sd_error_field(tool->pool, "scopes", "sd.validation.option", "There is no scope \"%s\".", word);
        }
        *scopes |= scope;
    }
    return NULL;
}

static sd_error_t *token_create(sd_tool_t *tool)
{
    unsigned scopes;
    const char *text;
    sd_api_token_t *token;
    apr_int64_t asked = tool->days ? sd_text_id(tool->days) : DAYS;
    int days = asked > 366 ? 366 : (int)asked; /* 366 is refused, and so is the 0 of what is no number */
    SD_TRY(read_scopes(&scopes, tool));
    SD_TRY(sd_api_token_create(&text, &token, tool->work, tool->words[0], tool->label ? tool->label : "servicedeskctl",
                               scopes, days));
    tool->result = json_pack("{s:I, s:s, s:s}", "id", (json_int_t)token->id, "token", text, "expires",
                             sd_time_iso8601(tool->pool, token->expires));
    return NULL;
}

static sd_error_t *token_list(sd_tool_t *tool)
{
    apr_array_header_t *tokens;
    SD_TRY(sd_api_token_list(&tokens, tool->work, tool->words[0]));
    tool->result = json_array();
    for (int i = 0; i < tokens->nelts; i++) {
        const sd_api_token_t *token = APR_ARRAY_IDX(tokens, i, const sd_api_token_t *);
        json_array_append_new(tool->result,
                              json_pack("{s:I, s:s, s:s, s:s, s:b}", "id", (json_int_t)token->id, "prefix",
                                        token->prefix, "label", token->label, "expires",
                                        sd_time_iso8601(tool->pool, token->expires), "revoked", token->revoked != 0));
    }
    return NULL;
}

static sd_error_t *token_revoke(sd_tool_t *tool)
{
    return sd_api_token_revoke(tool->work, sd_text_id(tool->words[0]));
}

static json_t *desk_row(const sd_desk_t *desk)
{
    return json_pack("{s:s, s:s, s:s, s:b, s:b, s:s, s:I}", "key", desk->key, "name", desk->name, "access",
                     desk->access, "signup", desk->signup, "open", desk->open, "sharing", desk->sharing, "id",
                     (json_int_t)desk->id);
}

static sd_error_t *desk_add(sd_tool_t *tool)
{
    const sd_desk_t *desk;
    sd_desk_input_t input = {.key = tool->words[0],
                             .name = tool->words[1],
                             .access = tool->access,
                             .signup = tool->signup,
                             .sharing = tool->sharing};
    SD_TRY(sd_desk_create(&desk, tool->work, &input));
    tool->result = desk_row(desk);
    return NULL;
}

static sd_error_t *desk_set(sd_tool_t *tool)
{
    static const char *const states[] = {"open", "closed"};
    const sd_desk_t *desk;
    sd_desk_change_t change = {
        .name = tool->display_name, .description = tool->description, .sharing = tool->sharing, .auto_status = -1};
    SD_TRY(sd_tool_choice(&change.open, tool, tool->open, tool->closed, states));
    SD_TRY(sd_desk_change(&desk, tool->work, tool->words[0], &change));
    tool->result = desk_row(desk);
    return NULL;
}

static sd_error_t *desk_list(sd_tool_t *tool)
{
    tool->result = json_array();
    sd_list_t *desks = NULL;
    for (apr_int64_t start = 0; !desks || !desks->is_last; start += SD_PAGE_LIMIT) {
        SD_TRY(sd_desk_list(&desks, tool->work, PAGE));
        for (int i = 0; i < desks->rows->nelts; i++) {
            json_array_append_new(tool->result, desk_row(APR_ARRAY_IDX(desks->rows, i, const sd_desk_t *)));
        }
    }
    return NULL;
}

/* "-" takes it back. */
static sd_error_t *desk_language(sd_tool_t *tool)
{
    const char *language = strcmp(tool->words[1], "-") == 0 ? NULL : tool->words[1];
    return sd_desk_set_language(tool->work, tool->words[0], language);
}

static json_t *setting_row(const sd_setting_t *setting)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", setting->name, "value", setting->value, "default",
                     setting->preset, "type", setting->type, "help", setting->help);
}

static sd_error_t *setting_get(sd_tool_t *tool)
{
    if (tool->word_count) {
        const sd_setting_t *setting;
        SD_TRY(sd_setting_get(&setting, tool->work, tool->words[0]));
        tool->result = setting_row(setting);
        return NULL;
    }
    apr_array_header_t *settings;
    SD_TRY(sd_setting_list(&settings, tool->work));
    tool->result = json_array();
    for (int i = 0; i < settings->nelts; i++) {
        json_array_append_new(tool->result, setting_row(APR_ARRAY_IDX(settings, i, const sd_setting_t *)));
    }
    return NULL;
}

static sd_error_t *setting_set(sd_tool_t *tool)
{
    return sd_setting_set(tool->work, tool->words[0], tool->words[1]);
}

static sd_error_t *check(sd_tool_t *tool)
{
    apr_array_header_t *findings;
    SD_TRY(sd_check(&findings, tool->work));
    tool->result = json_array();
    for (int i = 0; i < findings->nelts; i++) {
        json_array_append_new(tool->result, json_pack("{s:s}", "finding", APR_ARRAY_IDX(findings, i, const char *)));
    }
    tool->exit_code = findings->nelts ? SD_TOOL_FINDINGS : SD_TOOL_OK;
    return NULL;
}

const sd_tool_command_t sd_tool_commands[] = {
    {"migrate", NULL, 0, 0, "", "Makes or updates the tables; safe to repeat.", migrate},
    {"account", "add", 0, 1,
     "[NAME] [--directory D] [--address A [--proven]] [--display-name N] [--system-admin]"
     " [--password | --random-password]",
     "Makes an account; without NAME it is named by its address.", account_add},
    {"account", "disable", 1, 1, "NAME", "Ends every sign-in of the account at once.", account_disable},
    {"account", "enable", 1, 1, "NAME", "Lets a disabled account in again.", account_enable},
    {"account", "export", 1, 1, "NAME", "Prints everything that is known about a person, as JSON.",
     sd_tool_account_export},
    {"account", "anonymise", 1, 1, "NAME", "Forgets a person for good; requests stay, and are a former user's.",
     sd_tool_account_anonymise},
    {"account", "move", 1, 2, "NAME [NEW-NAME] --directory D [--replace]",
     "Puts an account into another directory; requests and roles stay.", sd_tool_account_move},
    {"account", "restrict", 1, 1, "NAME", "Makes the account portal-only: a customer, whatever its groups say.",
     sd_tool_account_restrict},
    {"account", "release", 1, 1, "NAME [--confirm]", "Ends that.", sd_tool_account_release},
    {"account", "list", 0, 0, "", "Lists all accounts.", account_list},
    {"password", NULL, 1, 1, "NAME [--random-password]", "Sets the password of an account of the module.",
     set_password},
    {"second-factor", "remove", 1, 1, "NAME",
     "Takes the second factor of an account away, as when it was lost, and ends its sessions.", second_factor_remove},
    {"token", "create", 1, 1, "NAME [--label L] [--scopes S] [--days N]", "Makes an API token and shows it once.",
     token_create},
    {"token", "list", 1, 1, "NAME", "Lists the API tokens of an account.", token_list},
    {"token", "revoke", 1, 1, "ID", "Ends an API token at once.", token_revoke},
    {"role", "add", 1, 2, "ROLE [NAME] [--desk KEY] [--group G] [--confirm]",
     "Gives a role to an account, or a role of a desk to a group: system-admin, or administrator, agent, customer.",
     sd_tool_role_add},
    {"role", "remove", 1, 2, "ROLE [NAME] [--desk KEY] [--group G]",
     "Takes a role away, and tells who has it by a group all the same.", sd_tool_role_remove},
    {"role", "list", 0, 0, "[--desk KEY]", "Lists who has which role, and with --desk which groups.",
     sd_tool_role_list},
    {"group", "add", 1, 1, "GROUP [--description D]", "Makes a group.", sd_tool_group_add},
    {"group", "delete", 1, 1, "GROUP", "Deletes a group; its members lose what it gave.", sd_tool_group_delete},
    {"group", "list", 0, 0, "[--directory D]", "Lists groups.", sd_tool_group_list},
    {"group", "members", 1, 1, "GROUP", "Lists the accounts and groups in a group.", sd_tool_group_members},
    {"group", "join", 1, 2, "GROUP [NAME] [--group G] [--confirm]", "Puts an account or a group into a group.",
     sd_tool_group_join},
    {"group", "leave", 1, 2, "GROUP [NAME] [--group G]", "Takes an account or a group out of a group.",
     sd_tool_group_leave},
    {"directory", "list", 0, 0, "", "Lists directories, the first one first.", sd_tool_directory_list},
    {"directory", "add", 1, 1, "DIRECTORY [options as for set]", "Makes a directory before anybody of it was seen.",
     sd_tool_directory_add},
    {"directory", "set", 1, 1,
     "DIRECTORY [--read-write | --read-only] [--position N] [--sign-in S] [--sign-in-groups G] [--default-groups G]"
     " [--confirm]",
     "Changes a directory.", sd_tool_directory_set},
    {"directory", "duplicates", 0, 0, "", "Lists accounts that share an address.", sd_tool_directory_duplicates},
    {"licence", NULL, 0, 0, "", "Shows who takes a seat, and by which way.", sd_tool_licence},
    {"notice", "list", 0, 0, "", "Lists what administrators should look at.", sd_tool_notice_list},
    {"notice", "remove", 1, 1, "ID", "Removes a notice.", sd_tool_notice_remove},
    {"desk", "add", 2, 2, "KEY NAME [--access A] [--signup] [--sharing S]", "Makes a desk.", desk_add},
    {"desk", "set", 1, 1, "KEY [--display-name N] [--description D] [--sharing S] [--open | --closed]",
     "Changes a desk; a closed one takes no new requests.", desk_set},
    {"desk", "list", 0, 0, "", "Lists all desks.", desk_list},
    {"desk", "access", 1, 1,
     "KEY [--access A] [--signup | --no-signup] [--sign-in-link | --no-sign-in-link] [--confirm]",
     "Shows and changes who may enter a desk, and whether people may sign up on it and sign in by a mailed link.",
     sd_tool_desk_access},
    {"signup", "restore", 0, 0, "",
     "Lets people sign up again on the desks that allowed it when public_signup became false.", sd_tool_signup_restore},
    {"signup", "waiting", 0, 0, "[--desk KEY]", "Lists who signed up and waits for an approval.",
     sd_tool_signup_waiting},
    {"signup", "approve", 1, 1, "ID [--desk KEY]", "Lets one of them in.", sd_tool_signup_approve},
    {"signup", "refuse", 1, 1, "ID [--desk KEY]", "Refuses one of them.", sd_tool_signup_refuse},
    {"signup", "purge", 0, 0, "", "Takes signups and mailed links away whose time is over.", sd_tool_signup_purge},
    {"invitation", "send", 1, 1, "ADDRESSES --desk KEY [--confirm]",
     "Invites people to a desk, in one text as it was pasted; a result for each.", sd_tool_invite},
    {"invitation", "list", 0, 0, "--desk KEY", "Lists the invitations of a desk that are not accepted.",
     sd_tool_invitation_list},
    {"invitation", "withdraw", 1, 1, "ID --desk KEY", "Withdraws one; nothing is left of it.",
     sd_tool_invitation_withdraw},
    {"domain", "list", 0, 0, "[--desk KEY]", "Lists whose addresses may become accounts; of the site, or of a desk.",
     sd_tool_domain_list},
    {"domain", "allow", 1, 1, "DOMAIN [--desk KEY]",
     "Allows a domain (*.example.com: all below it); with one allowed, no other is.", sd_tool_domain_allow},
    {"domain", "block", 1, 1, "DOMAIN [--desk KEY]", "Blocks a domain.", sd_tool_domain_block},
    {"domain", "remove", 1, 1, "DOMAIN [--desk KEY]", "Takes a domain off both lists.", sd_tool_domain_remove},
    {"desk", "language", 2, 2, "KEY TAG", "The language for readers who ask for none that is known; - for none.",
     desk_language},
    {"setting", "get", 0, 1, "[SETTING]", "Shows one setting, or all.", setting_get},
    {"setting", "set", 2, 2, "SETTING VALUE", "Changes a setting.", setting_set},
    {"customer", "list", 0, 1, "[WORDS] --desk KEY [--limit N]",
     "Lists the customers of a desk, or those found by words, the newest activity first.", sd_tool_customer_list},
    {"request", "delete", 1, 1, "KEY", "Deletes a request for good: nobody finds it any more, and no count holds it.",
     sd_tool_request_delete},
    {"audit", "list", 0, 0, "[--desk KEY] [--account NAME] [--act A] [--since T] [--until T] [--limit N]",
     "Lists who did what, the newest first; each option narrows it.", sd_tool_audit_list},
    {"mail", "list", 0, 1, "[STATE]",
     "Lists account mails, newest first: queued, sent, dead, suppressed, obsolete, dropped; without STATE the dead.",
     sd_tool_mail_list},
    {"mail", "resend", 1, 1, "ID", "Sends a mail that was given up or suppressed after all.", sd_tool_mail_resend},
    {"mail", "allow", 1, 1, "ADDRESS", "Lets mails go to an address again whose owner had stopped them.",
     sd_tool_mail_allow},
    {"mail", "drop", 1, 1, "ID", "Gives up a mail that waits.", sd_tool_mail_drop},
    {"copy", NULL, 0, 0, "--from DATABASE --to DATABASE [--resume] [--quiet]",
     "Copies a whole instance, SQLite or PostgreSQL to either, and compares both; --resume goes on with it.",
     sd_tool_copy},
    {"backup", NULL, 1, 1, "FILE [--quiet]", "Writes all there is at this moment to a new file, while the desk runs.",
     sd_tool_backup},
    {"restore", NULL, 1, 1, "FILE [--quiet]",
     "Puts a backup in the place of all there is; everybody has to sign in again.", sd_tool_restore},
    {"check", NULL, 0, 0, "", "Checks schema, foreign keys and counters; silent when all is well.", check},
    {NULL, NULL, 0, 0, NULL, NULL, NULL},
};
