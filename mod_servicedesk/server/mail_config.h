/* Mail in the configuration: the functions of its directives, and what an instance sends by. */
#ifndef SD_SERVER_MAIL_CONFIG_H
#define SD_SERVER_MAIL_CONFIG_H

#include "mail/sender.h"
#include "server/instance.h"

const char *sd_set_mail_from(cmd_parms *cmd, void *section, const char *text);
const char *sd_set_mail_transport(cmd_parms *cmd, void *section, const char *target, const char *option);

/* The sender of an instance, NULL if it sends no mail. Reads the file of credentials while this process still may. */
const sd_sender_t *sd_mail_config_sender(sd_instance_t *instance, apr_pool_t *pool);

#endif
