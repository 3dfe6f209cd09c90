/* The directives: what each takes, where it may stand, what is refused at once. */
#include "server/config.h"

#include <stddef.h>
#include <string.h>

#include <ap_provider.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <http_log.h>

#include "mod_servicedesk.h"
#include "server/authn_provider.h"
#include "server/ldap_dn.h"
#include "server/ldap_writer.h"
#include "server/mail_config.h"

APLOG_USE_MODULE(servicedesk);

/* Where a number goes and what it may be; with a unit it is a time (kept in milliseconds). */
typedef struct limit_t {
    apr_size_t member;
    apr_int64_t least, most;
    const char *unit; /* taken when none is written; NULL: a plain number */
} limit_t;

#define MEMBER(name) offsetof(sd_server_config_t, name)
#define TEXT(name) ((void *)&(const apr_size_t){MEMBER(name)})

static const limit_t mail_timeout = {MEMBER(mail_timeout), SD_SECOND, 10 * SD_MINUTE, "s"};
static const limit_t password_cost = {MEMBER(password_cost), 4, 15, NULL};
static const limit_t password_slots = {MEMBER(password_slots), 0, 1024, NULL};
static const limit_t password_wait = {MEMBER(password_wait), 0, SD_MINUTE, "ms"};
static const limit_t database_slots = {MEMBER(database_slots), 1, 1024, NULL};
static const limit_t database_wait = {MEMBER(database_wait), 0, SD_MINUTE, "ms"};
static const limit_t write_wait = {MEMBER(write_wait), 1, SD_MINUTE, "ms"};
static const limit_t session_idle = {MEMBER(session_idle), SD_SECOND, 90 * SD_DAY, "s"};
static const limit_t session_lifetime = {MEMBER(session_lifetime), SD_SECOND, 90 * SD_DAY, "s"};
static const limit_t staff_session_idle = {MEMBER(staff_session_idle), SD_SECOND, 90 * SD_DAY, "s"};
static const limit_t staff_session_lifetime = {MEMBER(staff_session_lifetime), SD_SECOND, 90 * SD_DAY, "s"};
static const limit_t sign_in_lifetime = {MEMBER(sign_in_lifetime), SD_SECOND, SD_DAY, "s"};
static const limit_t strict_transport = {MEMBER(strict_transport), 0, 3650 * SD_DAY, "s"};
static const limit_t throttle_table = {MEMBER(throttle_table), 64, 16777216, NULL};
static const limit_t password_cache = {MEMBER(password_cache), 64, 16777216, NULL};

static const char *read_number(apr_int64_t *number, const char *text)
{
    char *end;
    *number = apr_strtoi64(text, &end, 10);
    return apr_isdigit(*text) && *end == '\0' ? NULL : "is not a number";
}

static const char *read_time(apr_int64_t *number, const char *text, const char *unit)
{
    apr_interval_time_t time;
    if (!apr_isdigit(*text) || ap_timeout_parameter_parse(text, &time, unit) != APR_SUCCESS) {
        return "is not a time: a number, and ms, s, min or h";
    }
    *number = apr_time_as_msec(time);
    return NULL;
}

static const char *set_number(cmd_parms *cmd, void *section, const char *text)
{
    const limit_t *limit = cmd->info;
    apr_int64_t number;
    const char *complaint = limit->unit ? read_time(&number, text, limit->unit) : read_number(&number, text);
    (void)section;
    if (!complaint && (number < limit->least || number > limit->most)) {
        complaint = apr_psprintf(cmd->temp_pool, "is not between %" APR_INT64_T_FMT " and %" APR_INT64_T_FMT "%s",
                                 limit->least, limit->most, limit->unit ? " milliseconds" : "");
    }
    if (complaint) {
        return apr_psprintf(cmd->pool, "%s: \"%s\" %s", cmd->cmd->name, text, complaint);
    }
    char *config = (char *)sd_server_config_of(cmd->server);
    *(apr_int64_t *)(void *)(config + limit->member) = number;
    return NULL;
}

/* One bound for the whole machine has one place to stand. */
static const char *set_global_number(cmd_parms *cmd, void *section, const char *text)
{
    const char *complaint = ap_check_cmd_context(cmd, GLOBAL_ONLY);
    return complaint ? complaint : set_number(cmd, section, text);
}

static const char *set_enabled(cmd_parms *cmd, void *section, int on)
{
    (void)section;
    sd_server_config_of(cmd->server)->enabled = on ? 1 : 0;
    return NULL;
}

static const char *set_prepare(cmd_parms *cmd, void *section, int on)
{
    (void)section;
    sd_server_config_of(cmd->server)->prepare = on ? 1 : 0;
    return NULL;
}

static const char *set_base_url(cmd_parms *cmd, void *section, const char *url)
{
    const char *complaint = sd_base_url_complaint(cmd->temp_pool, url);
    (void)section;
    if (complaint) {
        return apr_psprintf(cmd->pool, "ServiceDeskBaseURL: \"%s\" %s", url, complaint);
    }
    sd_server_config_of(cmd->server)->base_url = sd_base_url_canonical(cmd->pool, url);
    return NULL;
}

/* A text of the server's own, kept as it is: `info` says where. */
static const char *set_text(cmd_parms *cmd, void *section, const char *text)
{
    char *config = (char *)sd_server_config_of(cmd->server);
    (void)section;
    *(const char **)(void *)(config + *(const apr_size_t *)cmd->info) = text;
    return NULL;
}

static const char *set_body_limit(cmd_parms *cmd, void *section, const char *text)
{
    apr_int64_t number;
    if (read_number(&number, text) || number < 1024 || number > 1073741824) {
        return apr_psprintf(cmd->pool, "%s: \"%s\" is not a number of bytes between 1024 and 1073741824",
                            cmd->cmd->name, text);
    }
    ((sd_section_config_t *)section)->body_limit = number;
    return NULL;
}

static const char *set_sign_in_target(cmd_parms *cmd, void *section, const char *path)
{
    if (!sd_local_path_is_safe(path)) {
        return apr_psprintf(cmd->pool, "%s: \"%s\" is not a plain path that begins with a slash", cmd->cmd->name, path);
    }
    ((sd_section_config_t *)section)->sign_in_target = path;
    return NULL;
}

/* The name reaches the database, the audit and the "directory/name" spelling of accounts. */
static int is_directory_name(const char *name)
{
    for (const char *at = name; *at; at++) {
        if (!apr_isalnum(*at) && !strchr("-._", *at)) {
            return 0;
        }
    }
    return *name && strlen(name) <= 64;
}

/* Nobody else speaks for the accounts of the module. */
static int is_own_directory(const char *name)
{
    return strcmp(name, "internal") == 0 || strcmp(name, SERVICEDESK_PROVIDER) == 0;
}

static const char *refuse_own_directory(cmd_parms *cmd, const char *name)
{
    return apr_psprintf(cmd->pool, "%s: \"%s\" is the name of the module's own directory", cmd->cmd->name, name);
}

static const char *add_provider(cmd_parms *cmd, void *section, const char *name)
{
    sd_section_config_t *config = section;
    sd_provider_t provider = {name, ap_lookup_provider(AUTHN_PROVIDER_GROUP, name, AUTHN_PROVIDER_VERSION)};
    if (provider.provider != &sd_authn_provider && is_own_directory(name)) {
        return refuse_own_directory(cmd, name);
    }
    if (!provider.provider || !provider.provider->check_password) {
        return apr_psprintf(cmd->pool,
                            "%s: there is no provider \"%s\" that can check a password (is its module "
                            "loaded, and before this line?)",
                            cmd->cmd->name, name);
    }
    if (!is_directory_name(name)) {
        return apr_psprintf(cmd->pool, "%s: \"%s\" cannot name a directory: letters, digits and - . _, at most 64",
                            cmd->cmd->name, name);
    }
    if (!config->providers) {
        config->providers = apr_array_make(cmd->pool, 2, sizeof(sd_provider_t));
    }
    APR_ARRAY_PUSH(config->providers, sd_provider_t) = provider;
    return NULL;
}

static const char *parse_mapping(const ap_expr_info_t **expression, cmd_parms *cmd, const char *text)
{
    const char *error = NULL;
    *expression = ap_expr_parse_cmd(cmd, text, AP_EXPR_FLAG_STRING_RESULT, &error, NULL);
    return error ? apr_psprintf(cmd->pool, "%s: cannot parse \"%s\": %s", cmd->cmd->name, text, error) : NULL;
}

static const char *parse_option(sd_directory_rule_t *directory, cmd_parms *cmd, const char *text)
{
    if (ap_cstr_casecmp(text, "trusted") == 0) {
        directory->trusted = 1;
        return NULL;
    }
    if (ap_cstr_casecmpn(text, "address=", 8) == 0) {
        return parse_mapping(&directory->address, cmd, text + 8);
    }
    if (ap_cstr_casecmpn(text, "display=", 8) == 0) {
        return parse_mapping(&directory->display, cmd, text + 8);
    }
    if (ap_cstr_casecmpn(text, "groups=", 7) == 0) {
        return parse_mapping(&directory->groups, cmd, text + 7);
    }
    if (ap_cstr_casecmpn(text, "groups-dn=", 10) == 0) {
        return parse_mapping(&directory->groups_dn, cmd, text + 10);
    }
    if (ap_cstr_casecmpn(text, "groups-below=", 13) == 0) {
        directory->groups_below = text + 13;
        return sd_ldap_is_dn(text + 13)
                   ? NULL
                   : apr_psprintf(cmd->pool, "%s: \"%s\" is no distinguished name", cmd->cmd->name, text + 13);
    }
    return apr_psprintf(cmd->pool,
                        "%s: \"%s\" is none of address=, display=, groups=, groups-dn=, groups-below= and trusted",
                        cmd->cmd->name, text);
}

static const char *add_directory(cmd_parms *cmd, void *section, int count, char *const words[])
{
    sd_section_config_t *config = section;
    if (count < 1 || !is_directory_name(words[0])) {
        return apr_psprintf(cmd->pool, "%s takes the name of a directory first: letters, digits and - . _, at most 64",
                            cmd->cmd->name);
    }
    if (is_own_directory(words[0])) {
        return refuse_own_directory(cmd, words[0]);
    }
    sd_directory_rule_t directory = {.name = words[0]};
    for (int i = 1; i < count; i++) {
        const char *complaint = parse_option(&directory, cmd, words[i]);
        if (complaint) {
            return complaint;
        }
    }
    if (!config->directories) {
        config->directories = apr_array_make(cmd->pool, 1, sizeof(sd_directory_rule_t));
    }
    APR_ARRAY_PUSH(config->directories, sd_directory_rule_t) = directory;
    return NULL;
}

static const char *add_ldap(cmd_parms *cmd, void *section, int count, char *const words[])
{
    sd_server_config_t *config = sd_server_config_of(cmd->server);
    sd_ldap_t *ldap = NULL;
    const char *complaint;
    (void)section;
    if (count < 4 || !is_directory_name(words[0])) {
        return apr_psprintf(cmd->pool, "%s takes a directory, a URL, a bind name and a password file", cmd->cmd->name);
    }
    if (is_own_directory(words[0])) {
        return refuse_own_directory(cmd, words[0]);
    }
    complaint = sd_ldap_read(&ldap, cmd, count, words);
    if (complaint) {
        return apr_psprintf(cmd->pool, "%s: %s", cmd->cmd->name, complaint);
    }
    if (!config->ldap) {
        config->ldap = apr_array_make(cmd->pool, 1, sizeof(sd_ldap_t *));
    }
    APR_ARRAY_PUSH(config->ldap, sd_ldap_t *) = ldap;
    return NULL;
}

static const char *set_captcha(cmd_parms *cmd, void *section, const char *name)
{
    sd_server_config_t *config = sd_server_config_of(cmd->server);
    (void)section;
    config->captcha = ap_lookup_provider(SERVICEDESK_CAPTCHA_GROUP, name, SERVICEDESK_CAPTCHA_VERSION);
    return config->captcha ? NULL
                           : apr_psprintf(cmd->pool,
                                          "%s: there is no kind of captcha \"%s\" (is its module loaded, "
                                          "and before this line?)",
                                          cmd->cmd->name, name);
}

#define SERVER RSRC_CONF
#define SECTION (RSRC_CONF | ACCESS_CONF)

const command_rec sd_directives[] = {
    AP_INIT_FLAG("ServiceDesk", set_enabled, NULL, SERVER,
                 "On makes this server an instance of the service desk; its database is this server's mod_dbd. "
                 "Virtual hosts inherit it; Off takes one out."),
    AP_INIT_TAKE1("ServiceDeskBaseURL", set_base_url, NULL, SERVER,
                  "The address under which people reach the service desk, such as https://help.example.com/desk. "
                  "Every absolute link is built from it, and its path is where SetHandler servicedesk must stand. "
                  "It is required where ServiceDesk is On."),
    AP_INIT_TAKE1("ServiceDeskPepperFile", set_text, TEXT(pepper_file), SERVER,
                  "The file with the secret that goes into every password hash, relative to ServerRoot. It is made at "
                  "the first start, readable by its owner only. Without it no password can be checked: back it up, "
                  "apart from the database."),
    AP_INIT_TAKE1("ServiceDeskTemplates", set_text, TEXT(templates), SERVER,
                  "A directory, relative to ServerRoot, whose files stand in for the built-in ones of the same name: "
                  "portal/*.mustache, mail/*.mustache, static/*, languages/*.json. It is read at each start and "
                  "graceful restart; a file that is broken is logged, and the built-in one serves."),
    AP_INIT_TAKE1("ServiceDeskMailFrom", sd_set_mail_from, NULL, SERVER,
                  "The sender of all mails: \"Name <address>\", or the address alone. It is required with "
                  "ServiceDeskMailTransport."),
    AP_INIT_TAKE12("ServiceDeskMailTransport", sd_set_mail_transport, NULL, SERVER,
                   "Where mails go: smtp://host[:port], which must offer STARTTLS unless starttls=try or starttls=off "
                   "follows, smtps://host[:port], or dir:PATH, a directory relative to ServerRoot whose new/ gets a "
                   "file a mail. Without it mails are kept, and none is sent."),
    AP_INIT_TAKE1("ServiceDeskMailCredentials", set_text, TEXT(mail_credentials), SERVER,
                  "A file, relative to ServerRoot, whose first line is name:password for the mail server."),
    AP_INIT_TAKE1("ServiceDeskMailCAFile", set_text, TEXT(mail_ca_file), SERVER,
                  "A file, relative to ServerRoot, with the certificates that vouch for the mail server, instead of "
                  "the machine's own."),
    AP_INIT_TAKE1("ServiceDeskMailTimeout", set_number, (void *)&mail_timeout, SERVER,
                  "How long the sending of one mail may take."),
    AP_INIT_TAKE1("ServiceDeskPasswordCost", set_number, (void *)&password_cost, SERVER,
                  "The bcrypt cost of new password hashes, 4 to 15. Older hashes are renewed when their owner signs "
                  "in."),
    AP_INIT_TAKE1(
        "ServiceDeskPasswordSlots", set_global_number, (void *)&password_slots, SERVER,
        "How many passwords are hashed at the same time, over all processes of this httpd; 0, the default, is "
        "as many as the machine has cores. It stands outside of virtual hosts."),
    AP_INIT_TAKE1("ServiceDeskPasswordWait", set_number, (void *)&password_wait, SERVER,
                  "How long a request waits until it may hash a password, then it is answered with 503."),
    AP_INIT_TAKE1("ServiceDeskDatabaseSlots", set_number, (void *)&database_slots, SERVER,
                  "How many requests of one process use the database at the same time. Keep it at or below DBDMax."),
    AP_INIT_TAKE1("ServiceDeskDatabaseWait", set_number, (void *)&database_wait, SERVER,
                  "How long a request waits for its turn at the database, then it is answered with 503."),
    AP_INIT_TAKE1("ServiceDeskWriteWait", set_number, (void *)&write_wait, SERVER,
                  "How long a change waits for the changes before it, then it is answered with 503."),
    AP_INIT_FLAG("ServiceDeskPrepare", set_prepare, NULL, SERVER,
                 "Off keeps nothing in the session of a PostgreSQL connection from one transaction to the next, for a "
                 "pooler such as PgBouncer in transaction mode."),
    AP_INIT_TAKE1("ServiceDeskSessionIdle", set_number, (void *)&session_idle, SERVER,
                  "After how long without a request the session of a customer ends."),
    AP_INIT_TAKE1("ServiceDeskSessionLifetime", set_number, (void *)&session_lifetime, SERVER,
                  "How long the session of a customer lasts at most."),
    AP_INIT_TAKE1("ServiceDeskStaffSessionIdle", set_number, (void *)&staff_session_idle, SERVER,
                  "After how long without a request the session of an agent or administrator ends."),
    AP_INIT_TAKE1("ServiceDeskStaffSessionLifetime", set_number, (void *)&staff_session_lifetime, SERVER,
                  "How long the session of an agent or administrator lasts at most."),
    AP_INIT_TAKE1("ServiceDeskSignInLifetime", set_number, (void *)&sign_in_lifetime, SERVER,
                  "How long a session lasts that SetHandler servicedesk-signin opened."),
    AP_INIT_TAKE1("ServiceDeskStrictTransport", set_number, (void *)&strict_transport, SERVER,
                  "How long browsers shall come to this host by https only (Strict-Transport-Security), said over TLS "
                  "where ServiceDeskBaseURL is https; 0 says nothing."),
    AP_INIT_TAKE1("ServiceDeskThrottleTable", set_number, (void *)&throttle_table, SERVER,
                  "How many names and source addresses with wrong passwords are remembered at the same time."),
    AP_INIT_TAKE1("ServiceDeskPasswordCache", set_number, (void *)&password_cache, SERVER,
                  "How many verified passwords are remembered at the same time, as keyed hashes in shared memory, so "
                  "that programs which send a password with every request need no hash for each."),
    AP_INIT_TAKE1(
        "ServiceDeskCaptcha", set_captcha, NULL, SERVER,
        "The kind of captcha that signup asks while the setting \"captcha\" is true: \"picture\", or the name "
        "that another module registered. Default: picture."),
    AP_INIT_TAKE1("ServiceDeskBodyLimit", set_body_limit, NULL, SECTION,
                  "How many bytes a body, JSON or form, may have: 1024 to 1073741824."),
    AP_INIT_ITERATE("ServiceDeskBasicProvider", add_provider, NULL, SECTION,
                    "Who checks the name and password of Basic authentication, asked in this order: servicedesk for "
                    "the module's own accounts, or any provider of httpd (file, ldap, dbm ...). The name of the "
                    "provider that says yes is the name of the account's directory."),
    AP_INIT_TAKE_ARGV("ServiceDeskDirectory", add_directory, NULL, SECTION,
                      "Under any other AuthType: the name of the directory that the user whom httpd let in belongs to, "
                      "and expressions for what is known about them, as in ServiceDeskDirectory ldap "
                      "address=%{env:AUTHENTICATE_MAIL} display=%{env:AUTHENTICATE_CN} groups=%{env:GROUPS} trusted. "
                      "Groups are separated by commas or semicolons. The addresses of a trusted directory count as "
                      "proven. Under AuthType ServiceDesk it adds the same facts to the provider of that name."),
    AP_INIT_TAKE_ARGV("ServiceDeskLdapDirectory", add_ldap, NULL, SERVER,
                      "An LDAP directory in which signup and invitations make people: the name of the directory, "
                      "ldap://host/base?attribute (uid), the name to bind as, the file with its password; then "
                      "starttls and timeout=5s. It must be made read-write: servicedeskctl directory set."),
    AP_INIT_TAKE1("ServiceDeskSignInTarget", set_sign_in_target, NULL, SECTION,
                  "Where people go who have signed in and were on their way to nowhere else, by the page or by "
                  "SetHandler servicedesk-signin: a path below ServiceDeskBaseURL."),
    {NULL, {NULL}, NULL, 0, RAW_ARGS, NULL}};
