/* Distinguished names, taken apart by libldap. */
#include "server/ldap_dn.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <ldap.h>

int sd_ldap_is_dn(const char *text)
{
    LDAPDN dn = NULL;
    int good = ldap_str2dn(text, &dn, LDAP_DN_FORMAT_LDAPV3) == LDAP_SUCCESS && dn != NULL;

    ldap_dnfree(dn);
    return good;
}

static int same_value(const struct berval *a, const struct berval *b)
{
    return a->bv_len == b->bv_len && strncasecmp(a->bv_val, b->bv_val, a->bv_len) == 0;
}

static int same_rdn(LDAPRDN a, LDAPRDN b)
{
    int i = 0;

    for (; a[i] && b[i]; i++) {
        if (!same_value(&a[i]->la_attr, &b[i]->la_attr) || !same_value(&a[i]->la_value, &b[i]->la_value)) {
            return 0;
        }
    }
    return !a[i] && !b[i];
}

/* Is `dn` one step below `base`? */
static int is_child(LDAPDN dn, LDAPDN base)
{
    int i = 0;

    if (!dn || !dn[0] || !base) {
        return 0;
    }
    for (; dn[i + 1] && base[i]; i++) {
        if (!same_rdn(dn[i + 1], base[i])) {
            return 0;
        }
    }
    return !dn[i + 1] && !base[i];
}

static const char *short_name(apr_pool_t *pool, LDAPDN dn, const char *below)
{
    LDAPDN base = NULL;
    const char *name = NULL;

    if (ldap_str2dn(below, &base, LDAP_DN_FORMAT_LDAPV3) == LDAP_SUCCESS && is_child(dn, base) && dn[0][0] &&
        !dn[0][1]) {
        name = apr_pstrmemdup(pool, dn[0][0]->la_value.bv_val, dn[0][0]->la_value.bv_len);
    }
    ldap_dnfree(base);
    return name;
}

/* One spelling, whatever blanks the server put between the parts. */
static const char *whole_name(apr_pool_t *pool, LDAPDN dn)
{
    char *text = NULL;
    const char *name = NULL;

    if (ldap_dn2str(dn, &text, LDAP_DN_FORMAT_LDAPV3) == LDAP_SUCCESS && text) {
        name = apr_pstrdup(pool, text);
    }
    ldap_memfree(text);
    return name;
}

static void add_group(apr_array_header_t *groups, const char *text, const char *below)
{
    LDAPDN dn = NULL;
    const char *name = NULL;

    if (ldap_str2dn(text, &dn, LDAP_DN_FORMAT_LDAPV3) == LDAP_SUCCESS && dn) {
        name = below ? short_name(groups->pool, dn, below) : whole_name(groups->pool, dn);
    }
    ldap_dnfree(dn);
    if (name && *name) {
        APR_ARRAY_PUSH(groups, const char *) = name;
    }
}

/* Up to the next semicolon that is not part of a name. */
static apr_size_t length_of_dn(const char *list)
{
    apr_size_t i = 0;

    while (list[i] && list[i] != ';') {
        i += list[i] == '\\' && list[i + 1] ? 2 : 1;
    }
    return i;
}

apr_array_header_t *sd_ldap_groups(apr_pool_t *pool, const char *list, const char *below,
                                   const apr_array_header_t *before)
{
    apr_array_header_t *groups = before ? apr_array_copy(pool, before) : apr_array_make(pool, 4, sizeof(const char *));

    while (list && *list) {
        apr_size_t length = length_of_dn(list);

        add_group(groups, apr_pstrmemdup(pool, list, length), below);
        list += length + (list[length] == ';');
        list += strspn(list, " ");
    }
    return groups;
}

static const char *escape(apr_pool_t *pool, const char *value, const char *special)
{
    char *text = apr_palloc(pool, strlen(value) * 3 + 1), *to = text;

    for (const char *at = value; *at; at++) {
        if (strchr(special, *at) || (unsigned char)*at < ' ') {
            apr_snprintf(to, 4, "\\%02X", (unsigned)(unsigned char)*at);
            to += 3;
        } else {
            *to++ = *at;
        }
    }
    *to = '\0';
    return text;
}

const char *sd_ldap_escape_dn(apr_pool_t *pool, const char *value)
{
    return escape(pool, value, ",+\"\\<>;=# ");
}

const char *sd_ldap_escape_filter(apr_pool_t *pool, const char *value)
{
    return escape(pool, value, "*()\\");
}
