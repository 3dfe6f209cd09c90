/* Account mails from templates. */
#include "mail/render.h"

#include <string.h>

#include <apr_strings.h>

#include "web/json.h"
#include "web/language.h"

/* Where a mail leads to, below the base URL: pages of portal/. Whatever has no row leads to the site itself. */
static const struct {
    const char *kind;
    const char *path;
} targets[] = {
    {"verify", "/account/verify"},
    {"approved", "/account/verify"},
    {"invite", "/account/invitation"},
    {"reset", "/account/reset"},
    {"address-old", "/account/address-back"},
    {"address-changed", "/account/address-back"},
    {"sign-in", "/account/link"},
    {"address-new", "/account/address"},
    {"known-address", "/account/forgotten"},
    {"welcome", "/account"},
    {"invite-known", "/account"},
    {"enabled", "/account"},
};

#define TARGETS (sizeof(targets) / sizeof(targets[0]))

static const char *find_path(const char *kind)
{
    for (apr_size_t i = 0; i < TARGETS; i++) {
        if (strcmp(targets[i].kind, kind) == 0) {
            return targets[i].path;
        }
    }
    return NULL;
}

static const char *make_url(apr_pool_t *pool, const char *base_url, const sd_outgoing_t *mail)
{
    const char *path = find_path(mail->kind->name);

    return apr_pstrcat(pool, base_url, path ? path : "", mail->token ? "?token=" : "", mail->token ? mail->token : "",
                       NULL);
}

/* "help.example.com" of "https://help.example.com:8443/desk": what people call the site, and no mail program links. */
static const char *host_of(apr_pool_t *pool, const char *base_url)
{
    const char *host = strstr(base_url, "://");

    host = host ? host + 3 : base_url;
    return apr_pstrmemdup(pool, host, strcspn(host, ":/"));
}

typedef struct scene_t {
    apr_pool_t *pool;
    const sd_templates_t *templates;
    const sd_outgoing_t *mail;
    const char *language;
    json_t *context;
} scene_t;

/* mail.KIND.part */
#define KEY(format_) apr_psprintf(scene->pool, format_, scene->mail->kind->name)

static const char *say(const scene_t *scene, const char *key)
{
    return sd_language_text(scene->pool, scene->templates, scene->language, key, scene->context);
}

static void put(const scene_t *scene, const char *name, const char *text)
{
    if (text) {
        json_object_set_new(scene->context, name, json_string(text));
    }
}

static void put_facts(const scene_t *scene, const char *base_url)
{
    const sd_outgoing_t *mail = scene->mail;

    json_object_set_new(scene->context, "kind", json_pack("{s:b}", mail->kind->name, 1));
    put(scene, "language", scene->language);
    put(scene, "site", host_of(scene->pool, base_url));
    put(scene, "url", base_url);
    put(scene, "name", mail->name);
    if (mail->stop) {
        put(scene, "stop", apr_pstrcat(scene->pool, base_url, "/account/nomail?token=", mail->stop, NULL));
    }
    if (mail->desk_name) {
        json_object_set_new(scene->context, "desk",
                            json_pack("{s:s, s:s}", "key", mail->desk_key, "name", mail->desk_name));
    }
    if (mail->token_expires) {
        put(scene, "until", sd_language_moment(scene->pool, scene->templates, scene->language, mail->token_expires));
    }
    if (mail->content) {
        json_t *values = json_loads(mail->content, 0, NULL);

        json_object_update_missing(scene->context, values);
        json_decref(values);
    }
}

/* Messages have the facts as parameters, templates have the messages. */
static void put_words(const scene_t *scene, const char *base_url)
{
    const char *text = scene->mail->desk_name ? say(scene, KEY("mail.%s.desk")) : NULL;
    /* A mail that could have a link and has none says what else there is to do. */
    int lacks_link = scene->mail->kind->has_token && !scene->mail->token;
    const char *label = lacks_link ? NULL : say(scene, KEY("mail.%s.button"));

    put(scene, "subject", say(scene, KEY("mail.%s.subject")));
    put(scene, "text", text ? text : say(scene, KEY("mail.%s.text")));
    put(scene, "note", lacks_link ? say(scene, KEY("mail.%s.unlinked")) : say(scene, KEY("mail.%s.note")));
    if (label) {
        json_object_set_new(scene->context, "button",
                            json_pack("{s:s, s:s}", "label", label, "url",
                                      make_url(scene->pool, base_url, scene->mail)));
    }
}

static sd_error_t *render(sd_rendered_t *rendered, const scene_t *scene)
{
    rendered->language = scene->language;
    rendered->subject = say(scene, KEY("mail.%s.subject"));
    if (!rendered->subject) {
        return sd_error_private(scene->pool, SD_ERROR_INTERNAL, "no language has a subject for mails of kind %s",
                                scene->mail->kind->name);
    }
    SD_TRY(sd_template_render(&rendered->text, scene->pool, scene->templates, "mail/account.txt", scene->context,
                              scene->language));
    return sd_template_render(&rendered->html, scene->pool, scene->templates, "mail/account", scene->context,
                              scene->language);
}

sd_error_t *sd_mail_render(sd_rendered_t *rendered, apr_pool_t *pool, const sd_templates_t *templates,
                           const char *base_url, const sd_outgoing_t *mail)
{
    scene_t scene = {pool, templates, mail, sd_language_choose(templates, mail->language, NULL, NULL), json_object()};

    put_facts(&scene, base_url);
    put_words(&scene, base_url);
    sd_error_t *error = render(rendered, &scene);
    json_decref(scene.context);
    return error;
}
