/* One's own account. */
#include "portal/account.h"

#include <string.h>

#include "desk/account.h"
#include "desk/language.h"
#include "web/language.h"
#include "web/site_of.h"
#include "web/view.h"

/* Each language under its own name. */
static json_t *languages(sd_call_t *call)
{
    const sd_templates_t *set = sd_server_templates(call->r);
    const char *chosen = call->me->language ? sd_language_known(set, call->me->language) : NULL;
    json_t *list = json_array();
    for (int i = 0; i < set->languages->nelts; i++) {
        const char *tag = APR_ARRAY_IDX(set->languages, i, const char *);
        const char *name = sd_language_text(call->pool, set, tag, "language.name", NULL);
        json_array_append_new(list, json_pack("{s:s,s:s,s:b}", "tag", tag, "name", name ? name : tag, "chosen",
                                              chosen && strcmp(chosen, tag) == 0));
    }
    return list;
}

sd_error_t *sd_portal_account_get(sd_call_t *call)
{
    json_t *account = json_object(), *context = json_object();
    sd_json_put_text(account, "displayName", call->me->display_name);
    sd_json_put_text(account, "name", call->me->name);
    sd_json_put_text(account, "address", call->me->address);
    sd_json_put(context, "account", account);
    sd_json_put(context, "own", json_boolean(strcmp(call->me->directory, SD_DIRECTORY_INTERNAL) == 0));
    sd_json_put(context, "languages", languages(call));
    return sd_view_show(call, "account", context);
}

sd_error_t *sd_portal_account_post(sd_call_t *call)
{
    const char *language;
    SD_TRY(sd_view_field(&language, call, "language"));
    if (*language && !sd_language_known(sd_server_templates(call->r), language)) {
        return sd_error_field(call->pool, "language", "sd.validation.language", "That is no language.");
    }
    SD_TRY(sd_account_set_language(call->work, *language ? language : NULL));
    return sd_view_go(call, "/account?notice=language");
}
