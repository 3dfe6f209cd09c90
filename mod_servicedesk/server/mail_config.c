/* The directives about mail: what they take, and the sender that follows from them. */
#include "server/mail_config.h"

#include <stdio.h>
#include <string.h>

#include <apr_file_io.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <http_config.h>
#include <http_log.h>

#include "base/address.h"
#include "base/text.h"
#include "mail/maildir.h"
#include "mail/smtp.h"
#include "server/worker.h"

APLOG_USE_MODULE(servicedesk);

#define LOOP_BYTES 16
#define HOST_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-"

/* "Name <address>", "\"Name\" <address>" or the address alone. */
const char *sd_set_mail_from(cmd_parms *cmd, void *section, const char *text)
{
    sd_server_config_t *config = sd_server_config_of(cmd->server);
    const char *open = strrchr(text, '<');
    apr_size_t length = strlen(text);
    sd_address_t address;

    (void)section;
    const char *mailbox = open && text[length - 1] == '>'
                              ? apr_pstrmemdup(cmd->pool, open + 1, length - 2 - (apr_size_t)(open - text))
                              : text;
    if (sd_address_parse(&address, cmd->pool, "from", mailbox)) {
        return apr_psprintf(cmd->pool, "%s: \"%s\" is not an email address, with a name before it or without",
                            cmd->cmd->name, text);
    }
    config->mail_from_address = address.mailbox;
    config->mail_from_name = "";
    if (open) {
        char *name = sd_text_trim(cmd->pool, apr_pstrmemdup(cmd->pool, text, (apr_size_t)(open - text)));
        apr_size_t end = strlen(name);

        if (end > 1 && name[0] == '"' && name[end - 1] == '"') {
            name = apr_pstrmemdup(cmd->pool, name + 1, end - 2);
        }
        if (sd_text_check(cmd->pool, "from", name, 0, 255, 0)) {
            return apr_psprintf(cmd->pool, "%s: the name is not UTF-8 on one line", cmd->cmd->name);
        }
        config->mail_from_name = name;
    }
    return NULL;
}

/* host, host:port, [address of IPv6]:port */
static int is_host(const char *host)
{
    apr_size_t length = *host == '[' ? strcspn(host, "]") + 1 : strspn(host, HOST_LETTERS);

    if (*host == '[' ? strspn(host + 1, "0123456789abcdefABCDEF:.") != length - 2 || host[length - 1] != ']'
                     : !length) {
        return 0;
    }
    host += length;
    if (!*host) {
        return 1;
    }
    return *host == ':' && sd_text_id(host + 1) > 0 && sd_text_id(host + 1) < 65536;
}

static const char *set_tls(sd_server_config_t *config, const char *option)
{
    static const struct {
        const char *name;
        sd_smtp_tls_t tls;
    } options[] = {{"starttls=required", SD_SMTP_TLS_REQUIRED},
                   {"starttls=try", SD_SMTP_TLS_TRY},
                   {"starttls=off", SD_SMTP_TLS_OFF}};

    for (int i = 0; i < 3; i++) {
        if (strcmp(option, options[i].name) == 0) {
            config->mail_tls = options[i].tls;
            return NULL;
        }
    }
    return "the second word is starttls=required, starttls=try or starttls=off";
}

const char *sd_set_mail_transport(cmd_parms *cmd, void *section, const char *target, const char *option)
{
    sd_server_config_t *config = sd_server_config_of(cmd->server);
    int is_directory = strncmp(target, "dir:", 4) == 0 && target[4];
    const char *host = strncmp(target, "smtp://", 7) == 0    ? target + 7
                       : strncmp(target, "smtps://", 8) == 0 ? target + 8
                                                             : "";
    const char *complaint = NULL;

    (void)section;
    if (!is_directory && !is_host(host)) {
        complaint = "is neither smtp://host[:port], smtps://host[:port] nor dir:path";
    } else if (option && (is_directory || target[4] == 's')) {
        complaint = "takes no second word";
    } else if (option) {
        complaint = set_tls(config, option);
    }
    if (complaint) {
        return apr_psprintf(cmd->pool, "%s: \"%s\" %s", cmd->cmd->name, target, complaint);
    }
    config->mail_transport = target;
    return NULL;
}

/* "name:password" on the first line; the parent reads it while it may. */
static const char *read_credentials(sd_smtp_input_t *input, apr_pool_t *pool, const char *path)
{
    char line[1024];
    apr_file_t *file;
    apr_status_t status = apr_file_open(&file, path, APR_READ, APR_OS_DEFAULT, pool);

    if (status == APR_SUCCESS) {
        status = apr_file_gets(line, sizeof(line), file);
        apr_file_close(file);
    }
    if (status != APR_SUCCESS) {
        return apr_psprintf(pool, "ServiceDeskMailCredentials %s: %s", path, apr_strerror(status, line, sizeof(line)));
    }
    line[strcspn(line, "\r\n")] = '\0';
    char *colon = strchr(line, ':');
    if (!colon || colon == line || !colon[1]) {
        return apr_psprintf(pool, "ServiceDeskMailCredentials %s: its first line is not name:password", path);
    }
    *colon = '\0';
    input->user = apr_pstrdup(pool, line);
    input->password = apr_pstrdup(pool, colon + 1);
    return NULL;
}

static const char *make_smtp(sd_sender_t *sender, apr_pool_t *pool, const sd_server_config_t *config)
{
    sd_smtp_input_t input = {
        .url = config->mail_transport,
        .helo = sender->host,
        .tls = (sd_smtp_tls_t)config->mail_tls,
        .milliseconds = (int)config->mail_timeout,
    };

    if (config->mail_ca_file) {
        input.ca_file = ap_server_root_relative(pool, config->mail_ca_file);
    }
    if (config->mail_credentials) {
        const char *path = ap_server_root_relative(pool, config->mail_credentials);
        const char *trouble = read_credentials(&input, pool, path ? path : config->mail_credentials);

        if (trouble) {
            return trouble;
        }
    }
    sender->transport = sd_smtp_make(pool, &input, sd_worker_abort());
    return NULL;
}

static const char *make_transport(sd_sender_t *sender, apr_pool_t *pool, const sd_server_config_t *config)
{
    const char *target = config->mail_transport;

    if (strncmp(target, "dir:", 4) == 0) {
        const char *path = ap_server_root_relative(pool, target + 4);

        sender->transport = sd_maildir_make(pool, path ? path : target + 4);
        return NULL;
    }
    return make_smtp(sender, pool, config);
}

/* The same on every node, and nobody else's. */
static const char *make_loop(const sd_instance_t *instance, apr_pool_t *pool)
{
    static const char purpose[] = "loop of mails";
    unsigned char digest[SD_DIGEST_BYTES];

    sd_digest_hmac(digest, instance->site.passwords.current.key, purpose, sizeof(purpose) - 1);
    return sd_digest_hex(pool, digest, LOOP_BYTES);
}

const sd_sender_t *sd_mail_config_sender(sd_instance_t *instance, apr_pool_t *pool)
{
    const sd_server_config_t *config = instance->config;
    sd_sender_t *sender = apr_pcalloc(pool, sizeof *sender);

    if (!config->mail_transport || instance->trouble) {
        return NULL;
    }
    sender->site = &instance->site;
    sender->templates = instance->templates;
    sender->from_name = *config->mail_from_name ? config->mail_from_name : NULL;
    sender->from_address = config->mail_from_address;
    sender->host = strchr(config->mail_from_address, '@') + 1;
    sender->list_id = apr_pstrcat(pool, "<servicedesk.", sender->host, ">", NULL);
    sender->loop = make_loop(instance, pool);
    sender->stop = sd_worker_stop();
    sender->unit = sd_worker_unit;
    sender->complain = sd_worker_complain;
    sender->unit_baton = instance;
    const char *trouble = make_transport(sender, pool, config);
    if (trouble) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, 0, instance->server, "SD00005: no mail is sent: %s", trouble);
        return NULL;
    }
    return sender;
}
