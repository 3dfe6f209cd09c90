/*
 * Mail addresses. The domain is brought to one spelling first (A-labels), and every check is made on that spelling, so
 * that what was checked is what mail is sent to.
 */
#include "base/address.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <idn2.h>
#include <unicase.h>
#include <unictype.h>
#include <unistr.h>

#include "base/text.h"

#define LOCAL_BYTES 64
#define ADDRESS_BYTES 254
#define DOMAIN_BYTES 253
#define LABEL_BYTES 63
#define INPUT_BYTES (LOCAL_BYTES + 1 + 4 * DOMAIN_BYTES) /* a U-label can be longer than its A-label */

/* RFC 5322 atext without the two characters that once were routes: "user%host@relay" and "host!user". */
static int is_atext(char c)
{
    return apr_isalnum(c) || (c != '\0' && strchr("#$&'*+-/=?^_`{|}~", c));
}

static int is_local_part(const char *text, apr_size_t length)
{
    if (length < 1 || length > LOCAL_BYTES || text[0] == '.' || text[length - 1] == '.') {
        return 0;
    }
    for (apr_size_t i = 0; i < length; i++) {
        if (text[i] == '.' ? text[i + 1] == '.' : !is_atext(text[i])) {
            return 0;
        }
        /* An encoded word (RFC 2047) is made of atext, and some parsers decode it to another address. */
        if (text[i] == '=' && text[i + 1] == '?') {
            return 0;
        }
    }
    return 1;
}

static int is_label(const char *text, apr_size_t length)
{
    if (length < 1 || length > LABEL_BYTES || text[0] == '-' || text[length - 1] == '-') {
        return 0;
    }
    for (apr_size_t i = 0; i < length; i++) {
        if (!apr_isalnum(text[i]) && text[i] != '-') {
            return 0;
        }
    }
    return 1;
}

/* Two labels at least, letters, digits and hyphens, and a last label with a letter: no host name, no IP address. */
static int is_domain(const char *text)
{
    if (strlen(text) > DOMAIN_BYTES || !strchr(text, '.')) {
        return 0;
    }
    for (;;) {
        apr_size_t length = strcspn(text, ".");
        if (!is_label(text, length)) {
            return 0;
        }
        if (text[length] == '\0') {
            return strspn(text, "0123456789") != length;
        }
        text += length + 1;
    }
}

/* What a label is written in. OTHER stands for one script beside those that are ordinarily mixed. */
enum { LATIN = 1, HAN = 2, HIRAGANA = 4, KATAKANA = 8, BOPOMOFO = 16, HANGUL = 32, OTHER = 64 };

static int script_bit(const char *name)
{
    static const struct {
        const char *name;
        int bit;
    } known[] = {{"Common", 0},          {"Inherited", 0},       {"Latin", LATIN},       {"Han", HAN},
                 {"Hiragana", HIRAGANA}, {"Katakana", KATAKANA}, {"Bopomofo", BOPOMOFO}, {"Hangul", HANGUL}};
    for (apr_size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i].name, name) == 0) {
            return known[i].bit;
        }
    }
    return OTHER;
}

static int may_be_mixed(int scripts)
{
    return (scripts & (scripts - 1)) == 0 || (scripts & ~(LATIN | HAN | HIRAGANA | KATAKANA)) == 0 ||
           (scripts & ~(LATIN | HAN | BOPOMOFO)) == 0 || (scripts & ~(LATIN | HAN | HANGUL)) == 0;
}

/* Small Cyrillic and Greek letters whose shape is that of a small Latin letter. */
static int is_lookalike(ucs4_t c)
{
    static const ucs4_t letters[] = {
        0x430, 0x433, 0x435, 0x43e, 0x43f, 0x440, 0x441, 0x443, 0x445, 0x44a, 0x44c, 0x455, 0x456, 0x458, 0x461,
        0x475, 0x4bb, 0x4bd, 0x4cf, 0x501, 0x51b, 0x51d, 0x3b1, 0x3b9, 0x3ba, 0x3bd, 0x3bf, 0x3c1, 0x3c5, 0x3c7,
    };
    for (apr_size_t i = 0; i < sizeof letters / sizeof letters[0]; i++) {
        if (letters[i] == c) {
            return 1;
        }
    }
    return 0;
}

/*
 * False for a label that passes for another one: scripts mixed that nobody mixes, or a foreign script of which only
 * letters of Latin shape are used under a Latin top-level domain. After UTS 39, "highly restrictive".
 */
static int is_honest_label(const uint8_t *label, apr_size_t length, int latin_top)
{
    int scripts = 0, lookalikes = 0, letters = 0;
    const uc_script_t *other = NULL;
    ucs4_t c;
    int size;
    for (apr_size_t i = 0; i < length; i += (apr_size_t)size) {
        size = u8_mbtouc(&c, label + i, length - i);
        const uc_script_t *script = uc_script(c);
        int bit = script ? script_bit(script->name) : OTHER;
        if (bit == OTHER && other && other != script) {
            return 0;
        }
        other = bit == OTHER ? script : other;
        scripts |= bit;
        letters += bit != 0;
        lookalikes += is_lookalike(c);
    }
    return may_be_mixed(scripts) && !(latin_top && lookalikes && lookalikes == letters);
}

static int is_honest_domain(const char *domain)
{
    const char *top = strrchr(domain, '.');
    int latin_top = top && (unsigned char)top[1] < 0x80;
    for (;;) {
        apr_size_t length = strcspn(domain, ".");
        if (!is_honest_label((const uint8_t *)domain, length, latin_top)) {
            return 0;
        }
        if (domain[length] == '\0') {
            return 1;
        }
        domain += length + 1;
    }
}

static char *lower(apr_pool_t *pool, const char *text)
{
    char *copy = apr_pstrdup(pool, text);
    for (char *at = copy; *at; at++) {
        *at = (char)apr_tolower(*at);
    }
    return copy;
}

/*
 * Plain IDNA 2008 over small letters. The mapping of UTS 46 that the library offers (IDN2_USE_STD3_ASCII_RULES with it)
 * is not used: it drops what it does not allow, and "evil<full-width slash>.corp.tld" becomes "evil.corp.tld".
 */
static const char *a_labels(apr_pool_t *pool, const char *domain)
{
    size_t length = 0;
    uint8_t *small = u8_tolower((const uint8_t *)domain, strlen(domain) + 1, NULL, UNINORM_NFC, NULL, &length);
    uint8_t *ascii = NULL;
    int status = small ? idn2_lookup_u8(small, &ascii, IDN2_NFC_INPUT | IDN2_NO_TR46) : IDN2_MALLOC;
    free(small);
    if (status != IDN2_OK) {
        return NULL;
    }
    const char *copy = lower(pool, (const char *)ascii);
    idn2_free(ascii);
    return copy;
}

static const char *u_labels(apr_pool_t *pool, const char *domain)
{
    char *unicode = NULL;
    if (idn2_to_unicode_8z8z(domain, &unicode, IDN2_NO_TR46) != IDN2_OK) {
        return NULL;
    }
    const char *copy = apr_pstrdup(pool, unicode);
    idn2_free(unicode);
    return copy;
}

static int is_international(const char *domain)
{
    for (const char *at = domain; *at; at++) {
        int starts = at == domain || at[-1] == '.';
        if ((unsigned char)*at >= 0x80 || (starts && strncmp(at, "xn--", 4) == 0)) {
            return 1;
        }
    }
    return 0;
}

/* The library takes no A-label but the one that its U-label gives. */
const char *sd_address_domain(apr_pool_t *pool, const char *text)
{
    if (strlen(text) > INPUT_BYTES || !sd_text_is_utf8(text, strlen(text))) {
        return NULL;
    }
    const char *domain = lower(pool, text);
    if (is_international(domain)) {
        domain = a_labels(pool, domain);
        const char *unicode = domain ? u_labels(pool, domain) : NULL;
        if (!unicode || !is_honest_domain(unicode)) {
            return NULL;
        }
    }
    return is_domain(domain) ? domain : NULL;
}

sd_error_t *sd_address_parse(sd_address_t *address, apr_pool_t *pool, const char *field, const char *text)
{
    if (!text || *text == '\0') {
        return sd_error_field(pool, field, "sd.validation.required", "This field is required.");
    }
    apr_size_t length = strlen(text);
    const char *at = strchr(text, '@');
    const char *domain = NULL;
    if (at && length <= INPUT_BYTES && sd_text_is_utf8(text, length) && is_local_part(text, (apr_size_t)(at - text))) {
        domain = sd_address_domain(pool, at + 1);
    }
    const char *mailbox =
        domain ? apr_pstrcat(pool, apr_pstrmemdup(pool, text, (apr_size_t)(at - text)), "@", domain, NULL) : NULL;
    if (!mailbox || strlen(mailbox) > ADDRESS_BYTES) {
        return sd_error_field(pool, field, "sd.validation.address", "This is not a valid email address.");
    }
    address->mailbox = mailbox;
    address->key = lower(pool, mailbox);
    address->domain = domain;
    return NULL;
}
