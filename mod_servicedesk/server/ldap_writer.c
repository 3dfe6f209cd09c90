/* People made in an LDAP directory. */
#include "server/ldap_writer.h"

#include <string.h>
#include <sys/time.h>

#include <apr_file_io.h>
#include <apr_strings.h>
#include <ldap.h>

#include "base/text.h"
#include "server/ldap_dn.h"

#define ATTRIBUTE "uid"
#define TIMEOUT (5 * SD_SECOND)
#define PASSWORD_LENGTH 1024

struct sd_ldap_t {
    const char *directory;
    const char *url;  /* scheme, host and port */
    const char *base; /* people are made directly below it */
    const char *attribute;
    const char *bind_name;
    const char *password;
    int starttls;
    apr_int64_t timeout; /* of each step, milliseconds */
};

/* ---- at configuration time ---- */

static const char *read_url(sd_ldap_t *ldap, apr_pool_t *pool, const char *text)
{
    LDAPURLDesc *url = NULL;
    const char *complaint = NULL;

    if (ldap_url_parse(text, &url) != LDAP_URL_SUCCESS || !url->lud_host || !*url->lud_host || !url->lud_dn ||
        !*url->lud_dn || !sd_ldap_is_dn(url->lud_dn)) {
        complaint = apr_psprintf(pool, "\"%s\" is not ldap://host/base or ldaps://host/base", text);
    } else {
        int v6 = strchr(url->lud_host, ':') != NULL; /* libldap takes the brackets off */

        ldap->url =
            apr_psprintf(pool, v6 ? "%s://[%s]:%d" : "%s://%s:%d", url->lud_scheme, url->lud_host, url->lud_port);
        ldap->base = apr_pstrdup(pool, url->lud_dn);
        ldap->attribute = url->lud_attrs && url->lud_attrs[0] ? apr_pstrdup(pool, url->lud_attrs[0]) : ATTRIBUTE;
    }
    ldap_free_urldesc(url);
    return complaint;
}

/* The first line. Whoever may read it may write the directory. */
static const char *read_password(sd_ldap_t *ldap, cmd_parms *cmd, const char *name)
{
    const char *path = ap_server_root_relative(cmd->temp_pool, name);
    char text[PASSWORD_LENGTH];
    apr_file_t *file;
    apr_finfo_t info;

    if (!path || apr_file_open(&file, path, APR_FOPEN_READ, APR_OS_DEFAULT, cmd->temp_pool) != APR_SUCCESS) {
        return apr_psprintf(cmd->pool, "cannot read the password file \"%s\"", name);
    }
    if (apr_file_info_get(&info, APR_FINFO_PROT, file) == APR_SUCCESS && (info.protection & APR_FPROT_WREAD)) {
        return apr_psprintf(cmd->pool, "everybody may read the password file \"%s\": chmod 600", name);
    }
    if (apr_file_gets(text, sizeof text, file) != APR_SUCCESS || !*text) {
        return apr_psprintf(cmd->pool, "the password file \"%s\" is empty", name);
    }
    text[strcspn(text, "\r\n")] = '\0';
    ldap->password = apr_pstrdup(cmd->pool, text);
    return *text ? NULL : apr_psprintf(cmd->pool, "the first line of \"%s\" is empty", name);
}

static const char *read_option(sd_ldap_t *ldap, apr_pool_t *pool, const char *word)
{
    apr_interval_time_t time;

    if (ap_cstr_casecmp(word, "starttls") == 0) {
        ldap->starttls = 1;
        return NULL;
    }
    if (ap_cstr_casecmpn(word, "timeout=", 8) == 0 && ap_timeout_parameter_parse(word + 8, &time, "s") == APR_SUCCESS &&
        time >= apr_time_from_msec(100) && time <= apr_time_from_sec(60)) {
        ldap->timeout = apr_time_as_msec(time);
        return NULL;
    }
    return apr_psprintf(pool, "\"%s\" is neither starttls nor timeout= between 100ms and 60s", word);
}

const char *sd_ldap_read(sd_ldap_t **ldap, cmd_parms *cmd, int count, char *const words[])
{
    sd_ldap_t *made = apr_pcalloc(cmd->pool, sizeof *made);
    const char *complaint = read_url(made, cmd->pool, words[1]);

    made->directory = words[0];
    made->bind_name = words[2];
    made->timeout = TIMEOUT;
    if (!complaint && !sd_ldap_is_dn(made->bind_name)) {
        complaint = apr_psprintf(cmd->pool, "\"%s\" is no distinguished name", made->bind_name);
    }
    if (!complaint) {
        complaint = read_password(made, cmd, words[3]);
    }
    for (int i = 4; !complaint && i < count; i++) {
        complaint = read_option(made, cmd->pool, words[i]);
    }
    *ldap = made;
    return complaint;
}

/* ---- one conversation ---- */

static sd_error_t *unavailable(const sd_ldap_t *ldap, apr_pool_t *pool, const char *step, int code)
{
    return sd_error_private(pool, SD_ERROR_UNAVAILABLE, "directory \"%s\" at %s: %s: %s", ldap->directory, ldap->url,
                            step, ldap_err2string(code));
}

static int prepare(LDAP *session, const sd_ldap_t *ldap)
{
    struct timeval limit = {ldap->timeout / 1000, (ldap->timeout % 1000) * 1000};
    int version = LDAP_VERSION3, code;

    if ((code = ldap_set_option(session, LDAP_OPT_PROTOCOL_VERSION, &version)) != LDAP_SUCCESS ||
        (code = ldap_set_option(session, LDAP_OPT_NETWORK_TIMEOUT, &limit)) != LDAP_SUCCESS ||
        (code = ldap_set_option(session, LDAP_OPT_TIMEOUT, &limit)) != LDAP_SUCCESS ||
        (code = ldap_set_option(session, LDAP_OPT_REFERRALS, LDAP_OPT_OFF)) != LDAP_SUCCESS) {
        return code;
    }
    return ldap->starttls ? ldap_start_tls_s(session, NULL, NULL) : LDAP_SUCCESS;
}

static sd_error_t *enter(LDAP **session, const sd_ldap_t *ldap, apr_pool_t *pool)
{
    struct berval secret = {strlen(ldap->password), (char *)ldap->password};
    int code = ldap_initialize(session, ldap->url);

    if (code == LDAP_SUCCESS) {
        code = prepare(*session, ldap);
    }
    if (code == LDAP_SUCCESS) {
        code = ldap_sasl_bind_s(*session, ldap->bind_name, LDAP_SASL_SIMPLE, &secret, NULL, NULL, NULL);
    }
    if (code == LDAP_SUCCESS) {
        return NULL;
    }
    if (*session) {
        ldap_unbind_ext_s(*session, NULL, NULL);
        *session = NULL;
    }
    return unavailable(ldap, pool, "bind", code);
}

static const char *dn_of(const sd_ldap_t *ldap, apr_pool_t *pool, const char *name)
{
    return apr_psprintf(pool, "%s=%s,%s", ldap->attribute, sd_ldap_escape_dn(pool, name), ldap->base);
}

static sd_error_t *taken(apr_pool_t *pool)
{
    sd_error_t *error = sd_error_new(pool, SD_ERROR_CONFLICT, "sd.account.exists",
                                     "There is an account of that email address already.");
    error->field = "email";
    return error;
}

/* Somebody may be there under another name: an address stands for one person. */
static sd_error_t *check_free(LDAP *session, const sd_ldap_t *ldap, apr_pool_t *pool, const sd_person_t *person)
{
    const char *filter =
        apr_psprintf(pool, "(|(%s=%s)(mail=%s))", ldap->attribute, sd_ldap_escape_filter(pool, person->name),
                     sd_ldap_escape_filter(pool, person->address));
    char *attributes[] = {(char *)LDAP_NO_ATTRS, NULL};
    LDAPMessage *found = NULL;
    int code =
        ldap_search_ext_s(session, ldap->base, LDAP_SCOPE_SUBTREE, filter, attributes, 1, NULL, NULL, NULL, 1, &found);
    int count = found ? ldap_count_entries(session, found) : 0;

    ldap_msgfree(found);
    if (count > 0) {
        return taken(pool);
    }
    return code == LDAP_SUCCESS ? NULL : unavailable(ldap, pool, "search", code);
}

#define MOD_COUNT 6

/* An inetOrgPerson wants a family name: the last word of what people are called by. */
static int add_entry(LDAP *session, const sd_ldap_t *ldap, apr_pool_t *pool, const sd_person_t *person, const char *dn)
{
    const char *space = strrchr(person->display_name, ' ');
    const char *const pairs[MOD_COUNT][2] = {
        {"objectClass", "inetOrgPerson"},      {ldap->attribute, person->name},
        {"cn", person->display_name},          {"sn", space && space[1] ? space + 1 : person->display_name},
        {"displayName", person->display_name}, {"mail", person->address}};
    LDAPMod mods[MOD_COUNT], *list[MOD_COUNT + 1];
    int count = 0;

    for (int i = 0; i < MOD_COUNT; i++) {
        if (i > 1 && ap_cstr_casecmp(pairs[i][0], ldap->attribute) == 0) {
            continue;
        }
        char **values = apr_pcalloc(pool, 2 * sizeof *values);
        values[0] = apr_pstrdup(pool, pairs[i][1]);
        mods[count] = (LDAPMod){.mod_op = LDAP_MOD_ADD, .mod_type = (char *)pairs[i][0], .mod_values = values};
        list[count] = &mods[count];
        count++;
    }
    list[count] = NULL;
    return ldap_add_ext_s(session, dn, list, NULL, NULL);
}

/* The directory hashes it by its own rules (RFC 3062). */
static int set_password(LDAP *session, const char *dn, const char *password)
{
    struct berval user = {strlen(dn), (char *)dn}, secret = {strlen(password), (char *)password}, made = {0, NULL};
    int code = ldap_passwd_s(session, &user, NULL, &secret, &made, NULL, NULL); /* libldap insists on `made` */

    ber_memfree(made.bv_val);
    return code;
}

static sd_error_t *make(LDAP *session, const sd_ldap_t *ldap, apr_pool_t *pool, const sd_person_t *person)
{
    const char *dn = dn_of(ldap, pool, person->name);
    int code;

    SD_TRY(check_free(session, ldap, pool, person));
    code = add_entry(session, ldap, pool, person, dn);
    if (code == LDAP_ALREADY_EXISTS) {
        return taken(pool);
    }
    if (code != LDAP_SUCCESS) {
        return unavailable(ldap, pool, "add", code);
    }
    code = set_password(session, dn, person->password);
    if (code == LDAP_SUCCESS) {
        return NULL;
    }
    ldap_delete_ext_s(session, dn, NULL, NULL); /* nobody half made */
    return code == LDAP_CONSTRAINT_VIOLATION
               ? sd_error_field(pool, "password", "sd.validation.password.directory",
                                "The directory does not accept this password: choose another one.")
               : unavailable(ldap, pool, "password", code);
}

static sd_error_t *create(void *baton, apr_pool_t *pool, const sd_person_t *person)
{
    const sd_ldap_t *ldap = baton;
    LDAP *session = NULL;

    SD_TRY(enter(&session, ldap, pool));
    sd_error_t *error = make(session, ldap, pool, person);
    ldap_unbind_ext_s(session, NULL, NULL);
    return error;
}

static sd_error_t *take_back(void *baton, apr_pool_t *pool, const char *name)
{
    const sd_ldap_t *ldap = baton;
    LDAP *session = NULL;

    SD_TRY(enter(&session, ldap, pool));
    int code = ldap_delete_ext_s(session, dn_of(ldap, pool, name), NULL, NULL);
    ldap_unbind_ext_s(session, NULL, NULL);
    return code == LDAP_SUCCESS || code == LDAP_NO_SUCH_OBJECT ? NULL : unavailable(ldap, pool, "delete", code);
}

const sd_directory_writer_t *sd_ldap_writers(apr_pool_t *pool, const apr_array_header_t *directories)
{
    const sd_directory_writer_t *first = NULL;

    for (int i = directories ? directories->nelts - 1 : -1; i >= 0; i--) {
        sd_ldap_t *ldap = APR_ARRAY_IDX(directories, i, sd_ldap_t *);
        sd_directory_writer_t *writer = apr_pcalloc(pool, sizeof *writer);

        *writer = (sd_directory_writer_t){
            .directory = ldap->directory, .baton = ldap, .create = create, .remove = take_back, .next = first};
        first = writer;
    }
    return first;
}
