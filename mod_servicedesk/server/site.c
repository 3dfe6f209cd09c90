/*
 * From configuration to instances. Nothing here fails the server: what cannot be made ready is logged and answered with
 * 503, because a failing post_config ends a whole httpd at a graceful restart.
 */
#include "server/instance.h"

#include <string.h>
#include <unistd.h>

#include <apr_strings.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>

#include "base/memory.h"
#include "base/password.h"
#include "desk/token_claims.h"
#include "server/ldap_writer.h"
#include "server/mail_config.h"
#include "server/shared.h"
#include "web/route.h"

APLOG_USE_MODULE(servicedesk);

const sd_instance_t *sd_instance_of(const server_rec *server)
{
    return sd_server_config_of(server)->instance;
}

static int refuse(const server_rec *server, const char *text)
{
    ap_log_error(APLOG_MARK, APLOG_EMERG, 0, server, "SD00001: %s (%s:%u)", text,
                 server->defn_name ? server->defn_name : "main server", server->defn_line_number);
    return HTTP_INTERNAL_SERVER_ERROR;
}

int sd_instance_check_config(apr_pool_t *config_pool, apr_pool_t *log_pool, apr_pool_t *pool, server_rec *server)
{
    (void)config_pool;
    (void)log_pool;
    for (; server; server = server->next) {
        const sd_server_config_t *config = sd_server_config_of(server);
        if (config->enabled != 1) {
            continue;
        }
        if (!config->base_url) {
            return refuse(server, "ServiceDesk is On, and ServiceDeskBaseURL is missing");
        }
        if (!ap_find_linked_module("mod_dbd.c")) {
            return refuse(server, "ServiceDesk is On, and mod_dbd is not loaded");
        }
        if (!ap_find_linked_module("mod_authn_core.c") || !ap_find_linked_module("mod_authz_core.c")) {
            return refuse(server, "ServiceDesk is On, and mod_authn_core and mod_authz_core are not both loaded");
        }
        if (config->mail_transport && !config->mail_from_address) {
            return refuse(server, "ServiceDeskMailTransport is set, and ServiceDeskMailFrom is missing");
        }
        if (sd_base_url_is_exposed(pool, config->base_url)) {
            ap_log_error(APLOG_MARK, APLOG_WARNING, 0, server,
                         "SD00002: ServiceDeskBaseURL %s is plain http: passwords and sessions can be read on the way",
                         config->base_url);
        }
    }
    return OK;
}

/* Two instances of one configuration never share a budget or a remembered password, whatever they have in common. */
static const char *name_of(apr_pool_t *pool, const server_rec *server, const char *base_url)
{
    const server_addr_rec *address = server->addrs;
    return apr_psprintf(pool, "%s %s %s:%d", base_url, server->server_hostname ? server->server_hostname : "-",
                        address ? address->virthost : "-", address ? (int)address->host_port : (int)server->port);
}

static void note_trouble(sd_instance_t *instance, const char *trouble)
{
    if (!instance->trouble) {
        instance->trouble = trouble;
    }
    ap_log_error(APLOG_MARK, APLOG_CRIT, 0, instance->server,
                 "SD00003: the service desk %s answers 503 until this is put right: %s", instance->site.base_url,
                 trouble);
}

static unsigned hashing_slots(const server_rec *main_server)
{
    apr_int64_t configured = sd_server_config_of(main_server)->password_slots;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return configured > 0 ? (unsigned)configured : cores > 0 ? (unsigned)cores : 1;
}

static void load_passwords(sd_instance_t *instance, apr_pool_t *pool)
{
    const sd_server_config_t *config = instance->config;
    sd_password_keys_t *keys = &instance->site.passwords;
    const char *path = ap_server_root_relative(pool, config->pepper_file);
    keys->cost = (int)config->password_cost;
    keys->wait = (int)config->password_wait;
    sd_error_t *error = sd_password_keys_load(keys, pool, &sd_random_system, path ? path : config->pepper_file);
    if (error) {
        note_trouble(instance, error->detail);
        return;
    }
    static const char purpose[] = "form of the sign-in bridge";
    sd_digest_hmac(instance->form_key, keys->current.key, purpose, sizeof purpose - 1);
}

static void attach_shared(sd_instance_t *instance, apr_pool_t *pool, const server_rec *main_server)
{
    sd_site_t *site = &instance->site;
    process_rec *process = main_server->process;
    const char *name = name_of(pool, instance->server, site->base_url);
    apr_status_t status = sd_shared_slots(&site->passwords.slots, process, hashing_slots(main_server));
    if (status == APR_SUCCESS) {
        status = sd_shared_turns(&instance->turns, process);
    }
    if (status == APR_SUCCESS) {
        status =
            sd_shared_tables(&site->throttle, &site->password_cache, process, name,
                             (unsigned)instance->config->throttle_table, (unsigned)instance->config->password_cache);
    }
    if (status != APR_SUCCESS) {
        char text[128];
        note_trouble(instance, apr_psprintf(pool, "no shared memory: %s", apr_strerror(status, text, sizeof text)));
    }
}

/* Read by the parent, so that all children show the same pages until the next restart. */
static void load_templates(sd_instance_t *instance, apr_pool_t *pool)
{
    const char *directory = instance->config->templates;
    if (directory) {
        directory = ap_server_root_relative(pool, directory);
    }
    instance->templates = sd_templates_load(pool, directory);
    for (int i = 0; i < instance->templates->complaints->nelts; i++) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, instance->server, "SD00004: ServiceDeskTemplates: %s",
                     APR_ARRAY_IDX(instance->templates->complaints, i, const char *));
    }
}

static sd_instance_t *make_instance(apr_pool_t *pool, server_rec *server, const server_rec *main_server)
{
    const sd_server_config_t *config = sd_server_config_of(server);
    sd_instance_t *instance = apr_pcalloc(pool, sizeof *instance);
    sd_site_t *site = &instance->site;
    instance->server = server;
    instance->config = config;
    instance->origin = sd_base_url_origin(pool, config->base_url);
    instance->mount = sd_base_url_path(config->base_url);
    instance->mount_length = strlen(instance->mount);
    instance->secure = strncmp(config->base_url, "https:", 6) == 0;
    instance->cookie_name = instance->secure ? "__Host-servicedesk" : "servicedesk";
    site->base_url = config->base_url;
    site->mail_address = config->mail_from_address;
    site->clock = &sd_clock_system;
    site->random = &sd_random_system;
    site->session_idle = config->session_idle;
    site->session_lifetime = config->session_lifetime;
    site->staff_session_idle = config->staff_session_idle;
    site->staff_session_lifetime = config->staff_session_lifetime;
    site->bridge_session_lifetime = config->sign_in_lifetime;
    site->writers = sd_ldap_writers(pool, config->ldap);
    load_templates(instance, pool);
    load_passwords(instance, pool);
    attach_shared(instance, pool, main_server);
    instance->sender = sd_mail_config_sender(instance, pool);
    return instance;
}

/*
 * A virtual host with no directive of ours has the main server's struct itself: it is one more name of the same
 * instance. Where it has a mod_dbd of its own, its struct and its instance are its own, too.
 */
static sd_server_config_t *separate_config(apr_pool_t *pool, server_rec *server, const server_rec *main_server)
{
    sd_server_config_t *config = sd_server_config_of(server);
    const module *dbd = ap_find_linked_module("mod_dbd.c");
    if (server == main_server || config != sd_server_config_of(main_server) || !dbd ||
        ap_get_module_config(server->module_config, dbd) == ap_get_module_config(main_server->module_config, dbd)) {
        return config;
    }
    sd_server_config_t *own = apr_pmemdup(pool, config, sizeof *own);
    own->instance = NULL;
    ap_set_module_config(server->module_config, &servicedesk_module, own);
    return own;
}

int sd_instance_post_config(apr_pool_t *config_pool, apr_pool_t *log_pool, apr_pool_t *pool, server_rec *server)
{
    server_rec *main_server = server;
    (void)log_pool;
    (void)pool;
    /* httpd reads its configuration twice at the start; the first time is thrown away. */
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) {
        return OK;
    }
    for (; server; server = server->next) {
        sd_server_config_fill(sd_server_config_of(server));
    }
    for (server = main_server; server; server = server->next) {
        sd_server_config_t *config = separate_config(config_pool, server, main_server);
        if (config->enabled && !config->instance) {
            config->instance = make_instance(config_pool, server, main_server);
        }
    }
    return OK;
}

static void prepare_child(sd_instance_t *instance, apr_pool_t *pool)
{
    const sd_server_config_t *config = instance->config;
    unsigned count = (unsigned)config->database_slots;
    instance->connections = apr_pcalloc(pool, sd_slots_size(count));
    if (sd_slots_init(instance->connections, count, 0) != APR_SUCCESS) {
        note_trouble(instance, "no semaphore for database connections");
    }
    instance->site.token_claims = sd_token_claims_create(pool);
    sd_error_t *error = sd_writer_create(&instance->writer, pool, (int)config->write_wait);
    if (!error) {
        error = sd_group_create(&instance->group, pool, (int)config->write_wait);
    }
    if (error) {
        note_trouble(instance, error->detail);
    }
}

void sd_instance_child_init(apr_pool_t *pool, server_rec *server)
{
    sd_web_child_init();
    for (; server; server = server->next) {
        sd_instance_t *instance = sd_server_config_of(server)->instance;
        if (instance && instance->server == server) {
            sd_memory_share_arenas();
            prepare_child(instance, pool);
        }
    }
}
