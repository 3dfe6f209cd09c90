/* What pages need of the httpd side: the second half of web/site_of.h. */
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "server/cookie.h"
#include "server/visit.h"

const sd_templates_t *sd_server_templates(request_rec *r)
{
    return sd_visit_of(r)->instance->templates;
}

sd_error_t *sd_server_account(const sd_account_t **account, request_rec *r)
{
    const sd_profile_t *profile;
    SD_TRY(sd_visit_profile(&profile, sd_visit_of(r)));
    *account = profile->account;
    return NULL;
}

const unsigned char *sd_server_form_key(request_rec *r)
{
    return sd_visit_of(r)->instance->form_key;
}

/* Only what proves the caller counts: a cookie beside an Authorization header is nobody's. */
const char *sd_server_form_secret(request_rec *r)
{
    const sd_visit_t *visit = sd_visit_of(r);
    return visit->proof == SD_PROOF_SESSION ? visit->form_secret : NULL;
}

const char *sd_server_side_cookie(request_rec *r, const char *name)
{
    return sd_cookie_read(r, sd_cookie_side_name(r->pool, sd_visit_of(r)->instance, name));
}

void sd_server_set_side_cookie(request_rec *r, const char *name, const char *value, sd_time_t lifetime)
{
    const sd_instance_t *instance = sd_visit_of(r)->instance;
    sd_cookie_write(r, instance, sd_cookie_side_name(r->pool, instance, name), value, lifetime);
}

/* What an escape hides from us it may show to the next reader: a slash, a backslash, a control character. */
static int has_hidden_separator(const char *path)
{
    static const char *const separators[] = {"2f", "5c", "7f", "25", "2e"};
    for (const char *at = strchr(path, '%'); at; at = strchr(at + 1, '%')) {
        if (at[1] == '0' || at[1] == '1' || !apr_isxdigit(at[1]) || !apr_isxdigit(at[2])) {
            return 1;
        }
        for (apr_size_t i = 0; i < sizeof separators / sizeof separators[0]; i++) {
            if (ap_cstr_casecmpn(at + 1, separators[i], 2) == 0) {
                return 1;
            }
        }
    }
    return 0;
}

static int is_below_mount(const sd_instance_t *instance, const char *path)
{
    return strncmp(path, instance->mount, instance->mount_length) == 0 &&
           (path[instance->mount_length] == '/' || path[instance->mount_length] == '\0');
}

#define TARGET_SIZE 2000
#define DEFAULT_TARGET "/account"

const char *sd_server_target(request_rec *r, const char *path)
{
    const sd_instance_t *instance = sd_visit_of(r)->instance;
    const char *configured = sd_section_config_of(r)->sign_in_target;
    if (path && strlen(path) <= TARGET_SIZE && sd_local_path_is_safe(path) && !has_hidden_separator(path) &&
        is_below_mount(instance, path)) {
        return apr_pstrcat(r->pool, instance->origin, path, NULL);
    }
    return apr_pstrcat(r->pool, instance->site.base_url, configured ? configured : DEFAULT_TARGET, NULL);
}
