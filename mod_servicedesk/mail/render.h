/*
 * What an account mail says: subject, plain text and HTML of one mail in one language, from the templates mail/account
 * and mail/account.txt and the messages mail.KIND.subject, .text, .button and .note (portal/languages/).
 *
 * The context of the templates: kind ({"verify": true}), subject, text, note, site (its host), url (its base URL), and
 * if there is one: button {label, url}, desk {key, name}, name (of the recipient), stop (the link that ends such
 * mails), and the mail's own values.
 */
#ifndef SD_MAIL_RENDER_H
#define SD_MAIL_RENDER_H

#include "desk/outgoing.h"
#include "web/templates.h"

typedef struct sd_rendered_t {
    const char *language;
    const char *subject;
    const char *text;
    const char *html;
} sd_rendered_t;

SD_CHECKED sd_error_t *sd_mail_render(sd_rendered_t *rendered, apr_pool_t *pool, const sd_templates_t *templates,
                                      const char *base_url, const sd_outgoing_t *mail);

#endif
