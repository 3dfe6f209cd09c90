/* Telling others who it is, and nobody else telling them. */
#include "server/environment.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <http_config.h>

#include "server/cookie.h"
#include "server/visit.h"
#include "mod_servicedesk.h"

/* The end of `prefix` in `name` as environments and applications read names: any case, '-' for other characters. */
static const char *skip_prefix(const char *name, const char *prefix)
{
    for (; *prefix; name++, prefix++) {
        int c = apr_isalnum(*name) ? apr_tolower(*name) : *name ? '-' : '\0';
        if (c != *prefix) {
            return NULL;
        }
    }
    return name;
}

static int imitates(const char *name)
{
    static const char *const wrappings[] = {"x-", "http-", "redirect-"};
    for (apr_size_t i = 0; i < sizeof wrappings / sizeof wrappings[0]; i++) {
        const char *rest = skip_prefix(name, wrappings[i]);
        if (rest) {
            return imitates(rest);
        }
    }
    return skip_prefix(name, "servicedesk-") != NULL;
}

typedef struct scrub_t {
    apr_pool_t *pool;
    apr_array_header_t *names;
} scrub_t;

static int collect(void *baton, const char *name, const char *value)
{
    scrub_t *scrub = baton;
    (void)value;
    if (imitates(name)) {
        if (!scrub->names) {
            scrub->names = apr_array_make(scrub->pool, 2, sizeof(const char *));
        }
        APR_ARRAY_PUSH(scrub->names, const char *) = name;
    }
    return 1;
}

static void scrub_table(apr_table_t *table, apr_pool_t *pool)
{
    scrub_t scrub = {pool, NULL};
    apr_table_do(collect, &scrub, table, NULL);
    for (int i = 0; scrub.names && i < scrub.names->nelts; i++) {
        apr_table_unset(table, APR_ARRAY_IDX(scrub.names, i, const char *));
    }
}

/* mod_proxy takes away what Connection names: that would be what the module says. */
static void scrub_connection(request_rec *r)
{
    const char *list = apr_table_get(r->headers_in, "Connection"), *kept = "";
    char *state, *name = list ? apr_strtok(apr_pstrdup(r->pool, list), ", \t", &state) : NULL;
    for (; name; name = apr_strtok(NULL, ", \t", &state)) {
        if (!imitates(name)) {
            kept = apr_pstrcat(r->pool, kept, *kept ? ", " : "", name, NULL);
        }
    }
    if (list && !*kept) {
        apr_table_unset(r->headers_in, "Connection");
    } else if (list) {
        apr_table_setn(r->headers_in, "Connection", kept);
    }
}

int sd_environment_scrub(request_rec *r)
{
    if (sd_instance_of(r->server)) {
        scrub_connection(r);
        scrub_table(r->headers_in, r->pool);
        scrub_table(r->trailers_in, r->pool);
    }
    return DECLINED;
}

/* Percent-encoded but for unreserved characters and '@': safe in a header, and a comma only separates. */
static const char *encode(apr_pool_t *pool, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    char *encoded = apr_palloc(pool, 3 * strlen(text) + 1);
    char *to = encoded;
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (apr_isalnum(c) || strchr("-._~@", c)) {
            *to++ = (char)c;
        } else {
            *to++ = '%';
            *to++ = digits[c >> 4];
            *to++ = digits[c & 15];
        }
    }
    *to = '\0';
    return encoded;
}

static const char *encode_list(apr_pool_t *pool, const apr_array_header_t *names)
{
    const char *list = "";
    for (int i = 0; i < names->nelts; i++) {
        list = apr_pstrcat(pool, list, i ? "," : "", encode(pool, APR_ARRAY_IDX(names, i, const char *)), NULL);
    }
    return list;
}

static void say(request_rec *r, const char *variable, const char *header, const char *value)
{
    apr_table_setn(r->subprocess_env, variable, value);
    apr_table_setn(r->headers_in, header, value);
}

static void say_profile(request_rec *r, const sd_profile_t *profile)
{
    apr_pool_t *pool = r->pool;
    say(r, "SERVICEDESK_ACCOUNT", "ServiceDesk-Account", encode(pool, profile->account->name));
    say(r, "SERVICEDESK_DIRECTORY", "ServiceDesk-Directory", encode(pool, profile->account->directory));
    say(r, "SERVICEDESK_ROLE", "ServiceDesk-Role", profile->role);
    say(r, "SERVICEDESK_ORGANIZATIONS", "ServiceDesk-Organizations", encode_list(pool, profile->organizations));
}

static int is_own_handler(const request_rec *r)
{
    return r->handler &&
           (strcmp(r->handler, SERVICEDESK_HANDLER) == 0 || strcmp(r->handler, SERVICEDESK_SIGN_IN_HANDLER) == 0);
}

/* The Authorization header that the module has used is a credential of the desk and of nothing behind it. */
static int has_used_header(const sd_visit_t *visit)
{
    return visit->in_charge && (visit->proof == SD_PROOF_BEARER || visit->proof == SD_PROOF_BASIC);
}

/* httpd does not authenticate anew where an internal redirect or a subrequest stays in the same section. */
static void take_charge(sd_visit_t *visit)
{
    const sd_visit_t *earlier = sd_visit_before(visit);
    if (earlier && earlier->in_charge && visit->r->user && visit->r->user == earlier->r->user) {
        visit->in_charge = 1;
    }
}

int sd_environment_fill(request_rec *r)
{
    const sd_profile_t *profile;
    sd_visit_t *visit = sd_visit_find(r);
    if (visit) {
        visit->passed = 1;
    }
    visit = sd_instance_of(r->server) && !is_own_handler(r) ? sd_visit_of(r) : NULL;
    if (!visit) {
        return DECLINED;
    }
    take_charge(visit);
    if (!visit->in_charge && !sd_cookie_is_there(r, visit->instance->cookie_name)) {
        return DECLINED;
    }
    /* Internal redirects and subrequests share the table of the request before them. */
    r->headers_in = apr_table_copy(r->pool, r->headers_in);
    sd_cookie_strip(r, visit->instance->cookie_name);
    sd_cookie_strip(r, sd_cookie_side_name(r->pool, visit->instance, SD_COOKIE_FORM));
    sd_cookie_strip(r, sd_cookie_side_name(r->pool, visit->instance, SD_COOKIE_LINK));
    if (has_used_header(visit)) {
        apr_table_unset(r->headers_in, "Authorization");
    }
    if (visit->in_charge) {
        sd_error_t *error = sd_visit_profile(&profile, visit);
        if (error) {
            return sd_visit_fail(visit, error);
        }
        say_profile(r, profile);
    }
    return DECLINED;
}
