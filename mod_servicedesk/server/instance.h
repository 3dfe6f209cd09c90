/*
 * An instance: one server with ServiceDesk On, and those virtual hosts that have neither a directive of ours nor a
 * mod_dbd of their own. Made in post_config, in the configuration's pool; the parts that belong to one process are
 * added in child_init, before any thread runs. Read-only afterwards.
 */
#ifndef SD_SERVER_INSTANCE_H
#define SD_SERVER_INSTANCE_H

#include "desk/site.h"
#include "server/config.h"
#include "server/turn.h"
#include "store/group.h"
#include "web/templates.h"

struct sd_instance_t {
    server_rec *server; /* the first one of it: whose mod_dbd it is, and whose error log */
    const sd_server_config_t *config;
    const char *origin; /* https://host[:port] */
    const char *mount;  /* path of the base URL: "" or "/desk" */
    apr_size_t mount_length;
    const char *cookie_name;
    int secure;                              /* people come by https */
    const char *trouble;                     /* why it cannot work, for the log; NULL if it can */
    unsigned char form_key[SD_DIGEST_BYTES]; /* signs the forms of the sign-in bridge */
    sd_site_t site;
    sd_turns_t *turns; /* shared: concurrent checks of one password */
    sd_templates_t *templates;
    const struct sd_sender_t *sender; /* of its mails; NULL: none leave */
    sd_writer_t *writer;              /* of this child */
    sd_slots_t *connections;          /* of this child: who may hold a database connection */
    sd_group_t *group;                /* of this child: changes that share transactions */
    /* The database runs writers side by side; known to this child since its first connection. */
    apr_uint32_t writes_at_once;
};

/* NULL where ServiceDesk is not On. */
const sd_instance_t *sd_instance_of(const server_rec *server);

int sd_instance_check_config(apr_pool_t *config_pool, apr_pool_t *log_pool, apr_pool_t *pool, server_rec *server);
int sd_instance_post_config(apr_pool_t *config_pool, apr_pool_t *log_pool, apr_pool_t *pool, server_rec *server);
void sd_instance_child_init(apr_pool_t *pool, server_rec *server);

#endif
