/* Creation, merging and defaults of the two configuration structs. A section's own word wins over its parent's. */
#include "server/config.h"

#include <string.h>

void *sd_server_config_create(apr_pool_t *pool, server_rec *server)
{
    sd_server_config_t *config = apr_pcalloc(pool, sizeof *config);
    (void)server;
    config->enabled = SD_UNSET;
    config->mail_tls = SD_UNSET;
    config->mail_timeout = SD_UNSET;
    config->password_cost = SD_UNSET;
    config->password_slots = SD_UNSET;
    config->password_wait = SD_UNSET;
    config->database_slots = SD_UNSET;
    config->database_wait = SD_UNSET;
    config->write_wait = SD_UNSET;
    config->prepare = SD_UNSET;
    config->session_idle = SD_UNSET;
    config->session_lifetime = SD_UNSET;
    config->staff_session_idle = SD_UNSET;
    config->staff_session_lifetime = SD_UNSET;
    config->sign_in_lifetime = SD_UNSET;
    config->strict_transport = SD_UNSET;
    config->throttle_table = SD_UNSET;
    config->password_cache = SD_UNSET;
    return config;
}

#define MERGE_NUMBER(member) merged->member = own->member != SD_UNSET ? own->member : parent->member
#define MERGE_TEXT(member) merged->member = own->member ? own->member : parent->member

void *sd_server_config_merge(apr_pool_t *pool, void *base, void *add)
{
    const sd_server_config_t *parent = base, *own = add;
    sd_server_config_t *merged = apr_pcalloc(pool, sizeof *merged);
    MERGE_NUMBER(enabled);
    MERGE_TEXT(base_url);
    MERGE_TEXT(captcha);
    MERGE_TEXT(pepper_file);
    MERGE_TEXT(templates);
    MERGE_TEXT(mail_from_name);
    MERGE_TEXT(mail_from_address);
    MERGE_TEXT(mail_transport);
    MERGE_TEXT(mail_credentials);
    MERGE_TEXT(mail_ca_file);
    MERGE_NUMBER(mail_tls);
    MERGE_NUMBER(mail_timeout);
    MERGE_NUMBER(password_cost);
    MERGE_NUMBER(password_slots);
    MERGE_NUMBER(password_wait);
    MERGE_NUMBER(database_slots);
    MERGE_NUMBER(database_wait);
    MERGE_NUMBER(write_wait);
    MERGE_NUMBER(prepare);
    MERGE_NUMBER(session_idle);
    MERGE_NUMBER(session_lifetime);
    MERGE_NUMBER(staff_session_idle);
    MERGE_NUMBER(staff_session_lifetime);
    MERGE_NUMBER(sign_in_lifetime);
    MERGE_NUMBER(strict_transport);
    MERGE_NUMBER(throttle_table);
    MERGE_NUMBER(password_cache);
    MERGE_TEXT(ldap);
    merged->instance = NULL; /* each server's own, made when all merging is done */
    return merged;
}

void *sd_section_config_create(apr_pool_t *pool, char *path)
{
    sd_section_config_t *config = apr_pcalloc(pool, sizeof *config);
    (void)path;
    config->body_limit = SD_UNSET;
    return config;
}

/* Directories add up; one named again replaces its namesake and becomes the last. */
static apr_array_header_t *join_directories(apr_pool_t *pool, const apr_array_header_t *parent,
                                            const apr_array_header_t *own)
{
    apr_array_header_t *all = apr_array_make(pool, parent->nelts + own->nelts, sizeof(sd_directory_rule_t));
    for (int i = 0; i < parent->nelts; i++) {
        const sd_directory_rule_t *directory = &APR_ARRAY_IDX(parent, i, sd_directory_rule_t);
        int renamed = 0;
        for (int j = 0; j < own->nelts; j++) {
            renamed |= strcmp(APR_ARRAY_IDX(own, j, sd_directory_rule_t).name, directory->name) == 0;
        }
        if (!renamed) {
            APR_ARRAY_PUSH(all, sd_directory_rule_t) = *directory;
        }
    }
    apr_array_cat(all, own);
    return all;
}

void *sd_section_config_merge(apr_pool_t *pool, void *base, void *add)
{
    const sd_section_config_t *parent = base, *own = add;
    sd_section_config_t *merged = apr_pcalloc(pool, sizeof *merged);
    MERGE_TEXT(providers);
    MERGE_TEXT(directories);
    if (parent->directories && own->directories) {
        merged->directories = join_directories(pool, parent->directories, own->directories);
    }
    MERGE_NUMBER(body_limit);
    MERGE_TEXT(sign_in_target);
    return merged;
}

static void preset(apr_int64_t *member, apr_int64_t value)
{
    if (*member == SD_UNSET) {
        *member = value;
    }
}

void sd_server_config_fill(sd_server_config_t *config)
{
    preset(&config->enabled, 0);
    if (!config->pepper_file) {
        config->pepper_file = "servicedesk.pepper";
    }
    preset(&config->mail_tls, 0); /* required */
    preset(&config->mail_timeout, 30 * SD_SECOND);
    preset(&config->password_cost, 12);
    preset(&config->password_slots, 0);
    preset(&config->password_wait, 5 * SD_SECOND);
    preset(&config->database_slots, 4);
    preset(&config->database_wait, 2 * SD_SECOND);
    preset(&config->write_wait, 5 * SD_SECOND);
    preset(&config->prepare, 1);
    preset(&config->session_idle, 8 * SD_HOUR);
    preset(&config->session_lifetime, SD_DAY);
    preset(&config->staff_session_idle, SD_HOUR);
    preset(&config->staff_session_lifetime, 12 * SD_HOUR);
    preset(&config->sign_in_lifetime, 15 * SD_MINUTE);
    preset(&config->strict_transport, 365 * SD_DAY);
    preset(&config->throttle_table, 65536);
    preset(&config->password_cache, 8192);
}

sd_server_config_t *sd_server_config_of(const server_rec *server)
{
    return ap_get_module_config(server->module_config, &servicedesk_module);
}

const sd_section_config_t *sd_section_config_of(const request_rec *r)
{
    return ap_get_module_config(r->per_dir_config, &servicedesk_module);
}
