/* base/address.h: a corpus of addresses, good ones with their three spellings, bad ones with the parser they fool. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "base/address.h"

#define X16 "xxxxxxxxxxxxxxxx"
#define X63 X16 X16 X16 "xxxxxxxxxxxxxxx"
#define X64 X16 X16 X16 X16

static apr_pool_t *pool;

static void test_good(void **state)
{
    (void)state;
    static const struct {
        const char *text, *mailbox, *key, *domain;
    } rows[] = {
        {"c1@corp.tld", "c1@corp.tld", "c1@corp.tld", "corp.tld"},
        {"Anna.Lee@Example.COM", "Anna.Lee@example.com", "anna.lee@example.com", "example.com"},
        {"o'brien+desk@mail.example.org", "o'brien+desk@mail.example.org", "o'brien+desk@mail.example.org",
         "mail.example.org"},
        {"a@b.co", "a@b.co", "a@b.co", "b.co"},
        {"a=b@x.tld", "a=b@x.tld", "a=b@x.tld", "x.tld"},
        {"#$&'*+-/?=^_`{|}~@x.tld", "#$&'*+-/?=^_`{|}~@x.tld", "#$&'*+-/?=^_`{|}~@x.tld", "x.tld"},
        {"1@2.3.4.com", "1@2.3.4.com", "1@2.3.4.com", "2.3.4.com"},
        {"a@r3---sn.example.com", "a@r3---sn.example.com", "a@r3---sn.example.com", "r3---sn.example.com"},
        /* International domains; sharp s is a letter of its own in IDNA 2008. */
        {"a@M\xc3\xbcnchen.de", "a@xn--mnchen-3ya.de", "a@xn--mnchen-3ya.de", "xn--mnchen-3ya.de"},
        {"a@mu\xcc\x88nchen.de", "a@xn--mnchen-3ya.de", "a@xn--mnchen-3ya.de", "xn--mnchen-3ya.de"},
        {"a@XN--MNCHEN-3YA.DE", "a@xn--mnchen-3ya.de", "a@xn--mnchen-3ya.de", "xn--mnchen-3ya.de"},
        {"a@fa\xc3\x9f.de", "a@xn--fa-hia.de", "a@xn--fa-hia.de", "xn--fa-hia.de"},
        {"a@\xe4\xbe\x8b\xe3\x81\x88.jp", "a@xn--r8jz45g.jp", "a@xn--r8jz45g.jp", "xn--r8jz45g.jp"},
        {"a@\xd0\xbf\xd1\x80\xd0\xb8\xd0\xbc\xd0\xb5\xd1\x80.\xd1\x80\xd1\x84", "a@xn--e1afmkfd.xn--p1ai",
         "a@xn--e1afmkfd.xn--p1ai", "xn--e1afmkfd.xn--p1ai"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sd_address_t address;
        if (sd_address_parse(&address, pool, "email", rows[i].text)) {
            fail_msg("refused: %s", rows[i].text);
        }
        assert_string_equal(address.mailbox, rows[i].mailbox);
        assert_string_equal(address.key, rows[i].key);
        assert_string_equal(address.domain, rows[i].domain);
    }
}

static void expect_refused(const char *text)
{
    sd_address_t address = {0};
    sd_error_t *error = sd_address_parse(&address, pool, "email", text);
    if (!error) {
        fail_msg("taken: %s", text);
        return;
    }
    assert_int_equal(error->kind, SD_ERROR_INPUT);
    assert_string_equal(error->key, "sd.validation.address");
    assert_string_equal(error->field, "email");
    assert_null(address.mailbox);
}

static const char *const bad_addresses[] = {
    /* two parsers, two addresses */
    "=?utf-8?q?a=40evil.tld=3e=00?=@corp.tld",
    "a=?x?=@corp.tld",
    "<c1@corp.tld>x@evil.tld",
    "\"c1@corp.tld \"@evil.tld",
    "\"c1\"@corp.tld",
    "c1@corp.tld(evil)",
    "c1(evil)@corp.tld",
    "c1@(evil)corp.tld",
    "c1@corp.tld,evil@x.tld",
    "c1@corp.tld;evil@x.tld",
    "c1@corp.tld evil@x.tld",
    "c1@corp.tld\r\nBcc:evil@x.tld",
    "c1@corp.tld\n",
    "c1\n@corp.tld",
    "c1@corp.tld\t",
    "c1@@corp.tld",
    "c1@evil.tld@corp.tld",
    "c1%evil@corp.tld",
    "c1%evil.tld@corp.tld",
    "evil!c1@corp.tld",
    "@evil.tld:c1@corp.tld",
    "Anna <c1@corp.tld>",
    "<c1@corp.tld>",
    "mailto:c1@corp.tld",
    "c1\\@corp.tld",
    "c1@corp.tld\\",
    "c1@corp.tld.",
    "c1@corp..tld",
    "c1@.corp.tld",
    "c1@.",
    "c1@corp.",
    ".c1@corp.tld",
    "c1.@corp.tld",
    "c..1@corp.tld",
    " c1@corp.tld",
    "c1@corp.tld ",
    "c1 @corp.tld",
    "c1@ corp.tld",
    "c1@co rp.tld",
    /* no address at all */
    "@",
    "c1",
    "c1@",
    "@corp.tld",
    "corp.tld",
    "%",
    "*",
    "c1@corp",
    "c1@localhost",
    "c1@tld",
    "c1@[127.0.0.1]",
    "c1@[IPv6:::1]",
    "c1@127.0.0.1",
    "c1@1.2",
    "c1@corp.123",
    "c1@::1",
    "c1@-corp.tld",
    "c1@corp-.tld",
    "c1@corp.-tld",
    "c1@co_rp.tld",
    "c1@corp.tld:25",
    "c1@corp.tld/x",
    "c1@co'rp.tld",
    "c1@co%2erp.tld",
    "c1@corp.tld?x",
    "c1@corp.tld#x",
    /* not ASCII where it must be, not UTF-8 */
    "\xc3\xa9@corp.tld",
    "c1\xef\xbc\xa0site.tld",
    "\xef\xbc\xa3z@corp.tld",
    "c1\xe2\x80\x8b@corp.tld",
    "c1@c\xff.tld",
    "c1@\xed\xa0\x80.tld",
    "c1@c\xc3",
    "c1\x01@corp.tld",
    "c1@corp\x7f.tld",
    /* domains that are none, or are not what they seem: a slash in a sign, joiners, controls of direction */
    /* A-labels of what no U-label is: capitals, a decomposed letter, a soft hyphen, a full-width letter */
    "c1@xn--MNCHEN-psa.tld",
    "c1@xn--munchen-gie.tld",
    "c1@xn--corp-rga.tld",
    "c1@xn--orp-v76s.tld",
    "c1@xn--a.tld",
    "c1@xn--.tld",
    "c1@xn--mnchen-3yb9.de-",
    "c1@\xe2\x84\x80.tld",
    "c1@a\xe2\x80\xaezb.tld",
    "c1@\xe2\x98\x83\xef\xb8\x8e\xe2\x80\x8d.tld",
    "c1@xn--corp-.tld",
    "c1@evil\xef\xbc\x8f.corp.tld",
    "c1@evil.tld\xef\xbc\x83.corp.tld",
    "c1@co\xc2\xadrp.tld",
    "c1@\xef\xbd\x83orp.tld",
    "c1@corp\xe3\x80\x82tld",
    "c1@co\xe2\x80\x8brp.tld",
    "c1@co\xe2\x80\x8drp.tld",
    "c1@\xe2\x84\xa1.tld",
    "c1@\xe2\x91\xa0.tld",
    "c1@\xf0\x9f\x98\x80.com",
    "c1@x\xe2\x81\x84y.tld",
    /* A-label that spells an ASCII name: "xn--corp-" decodes to "corp" */
    "c1@xn--corp-.xn--tld-",
};

static void test_bad(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_addresses / sizeof bad_addresses[0]; i++) {
        expect_refused(bad_addresses[i]);
    }
}

/* Names drawn with the letters of another script. */
static void test_homographs(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "c1@\xd1\x81orp.tld", /* Cyrillic es, Latin orp */
        "c1@c\xd0\xbe"
        "rp.tld",                                          /* Cyrillic o inside */
        "c1@xn--orp-qdd.tld",                              /* Latin with Cyrillic, spelt as an A-label */
        "c1@\xd0\xb0\xd1\x80\xd1\x80\xd3\x8f\xd0\xb5.com", /* wholly Cyrillic, seen as "apple" */
        "c1@xn--80ak6aa92e.com",                           /* the same as an A-label */
        "c1@\xce\xbf\xce\xbd\xce\xb1.com",                 /* wholly Greek, seen as "ova" */
        "c1@g\xce\xbf"
        "od.tld",                                               /* Greek omicron among Latin */
        "c1@\xd0\xbf\xd1\x80\xce\xb1\xd0\xb2.\xd1\x80\xd1\x84", /* Greek alpha among Cyrillic */
    };
    static const char *const good[] = {
        "c1@\xd1\x81\xd0\xbe\xd1\x80.\xd1\x80\xd1\x84",              /* Cyrillic under a Cyrillic top */
        "c1@\xd0\xbc\xd0\xbe\xd1\x81\xd0\xba\xd0\xb2\xd0\xb0.com",   /* Cyrillic letters of its own shape */
        "c1@abc\xe5\x8d\xb0\xe5\x88\xb7\xe3\x82\xab\xe3\x81\x88.jp", /* Japanese mixes Latin, Han and both kana */
        "c1@abc\xed\x95\x9c\xea\xb5\xad.kr",                         /* Latin and Hangul */
    };
    sd_address_t address;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        expect_refused(bad[i]);
    }
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        if (sd_address_parse(&address, pool, "email", good[i])) {
            fail_msg("refused: %s", good[i]);
        }
    }
}

static void test_absent(void **state)
{
    (void)state;
    sd_address_t address;
    sd_error_t *error = sd_address_parse(&address, pool, "email", NULL);
    assert_non_null(error);
    assert_string_equal(error->key, "sd.validation.required");
    error = sd_address_parse(&address, pool, "email", "");
    assert_non_null(error);
    assert_string_equal(error->key, "sd.validation.required");
}

static void test_lengths(void **state)
{
    (void)state;
    sd_address_t address;
    assert_null(sd_address_parse(&address, pool, "email", X64 "@corp.tld"));
    expect_refused(X64 "x@corp.tld");
    assert_null(sd_address_parse(&address, pool, "email", "a@" X63 ".tld"));
    expect_refused("a@" X64 ".tld");
    /* 254 bytes: 64 + 1 + 189 of domain (63 + 1 + 63 + 1 + 57 + 1 + 3) */
    static const char *const tail = "@" X63 "." X63 "." X16 X16 X16 "xxxxxxxxx";
    assert_null(sd_address_parse(&address, pool, "email", apr_pstrcat(pool, X64, tail, ".tld", NULL)));
    assert_int_equal(strlen(address.mailbox), 254);
    expect_refused(apr_pstrcat(pool, X64, tail, "x.tld", NULL));
    /* the limit counts what is sent: this domain is short in Unicode and too long in A-labels */
    const char *label = "\xe5\x8d\xb0\xe5\x88\xb7\xe4\xbe\x8b" X16 X16 "xxxx";
    expect_refused(apr_pstrcat(pool, X64, "@", label, ".", label, ".", label, ".", label, ".tld", NULL));
    char *huge = apr_palloc(pool, 1000001);
    memset(huge, 'a', 1000000);
    huge[1000000] = '\0';
    huge[10] = '@';
    expect_refused(huge);
}

/* What comes out goes in again unchanged: the canonical form is one. */
static void test_canonical(void **state)
{
    (void)state;
    sd_address_t first, second;
    assert_null(sd_address_parse(&first, pool, "email",
                                 "Anna@B\xc3\x9c"
                                 "CHER.Example"));
    assert_string_equal(first.mailbox, "Anna@xn--bcher-kva.example");
    assert_null(sd_address_parse(&second, pool, "email", first.mailbox));
    assert_string_equal(first.mailbox, second.mailbox);
    assert_string_equal(first.key, second.key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),   cmocka_unit_test(test_bad),     cmocka_unit_test(test_homographs),
        cmocka_unit_test(test_absent), cmocka_unit_test(test_lengths), cmocka_unit_test(test_canonical),
    };
    apr_initialize();
    apr_pool_create(&pool, NULL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_pool_destroy(pool);
    apr_terminate();
    return failed;
}
