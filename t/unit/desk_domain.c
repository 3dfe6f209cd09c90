/* Domains: matched at label boundaries, in one spelling, by the site and by the desk. */
#include "fixture.h"

#include "base/address.h"
#include "desk/domain.h"

#define NOTHING fixture_texts(NULL)
#define LIST(...) fixture_texts(__VA_ARGS__, NULL)

static void set(const char *desk, apr_array_header_t *allowed, apr_array_header_t *blocked)
{
    assert_good(sd_domains_set(fixture_operator(), desk, allowed, blocked));
}

/* May somebody with this address come in? */
static int may(const char *mailbox, sd_id_t desk_id)
{
    sd_address_t address;
    sd_work_t *work = fixture_work(0);

    assert_good(sd_address_parse(&address, fixture.pool, "email", mailbox));
    sd_error_t *error = sd_domain_check(work, desk_id, "email", &address);
    if (error) {
        assert_bad_field(error, SD_ERROR_INPUT, "email", "sd.domain.refused");
    }
    return !error;
}

static void test_no_rules(void **state)
{
    (void)state;
    assert_true(may("a@example.org", 0));
    assert_true(may("a@example.org", fixture_desk("HELP", "accounts")));
}

static void test_blocked(void **state)
{
    (void)state;
    set(NULL, NOTHING, LIST("bad.example", "*.worse.example"));
    assert_false(may("a@bad.example", 0));
    assert_false(may("a@BAD.example", 0));
    assert_true(may("a@sub.bad.example", 0));
    assert_true(may("a@verybad.example", 0));
    assert_true(may("a@bad.example.org", 0));
    assert_true(may("a@worse.example", 0));
    assert_false(may("a@sub.worse.example", 0));
    assert_false(may("a@deep.sub.worse.example", 0));
    assert_true(may("a@notworse.example", 0));
}

static void test_allowed(void **state)
{
    (void)state;
    set(NULL, LIST("corp.tld", "*.partner.tld"), NOTHING);
    assert_true(may("a@corp.tld", 0));
    assert_true(may("a@Corp.TLD", 0));
    assert_false(may("a@corp.tld.evil", 0));
    assert_false(may("a@evilcorp.tld", 0));
    assert_false(may("a@sub.corp.tld", 0));
    assert_true(may("a@x.partner.tld", 0));
    assert_false(may("a@partner.tld", 0));
    assert_false(may("a@xpartner.tld", 0));
    assert_false(may("a@example.org", 0));
}

static void test_block_wins(void **state)
{
    (void)state;
    set(NULL, LIST("*.corp.tld"), LIST("guests.corp.tld"));
    assert_true(may("a@staff.corp.tld", 0));
    assert_false(may("a@guests.corp.tld", 0));
}

static void test_one_spelling(void **state)
{
    (void)state;
    set(NULL, NOTHING,
        LIST("B\xc3\x9c"
             "cher.Example"));
    assert_string_equal(fixture_text("SELECT pattern FROM domain_rule"), "xn--bcher-kva.example");
    assert_false(may("a@b\xc3\xbc"
                     "cher.example",
                     0));
    assert_false(may("a@xn--bcher-kva.example", 0));
    assert_false(may("a@XN--BCHER-KVA.example", 0));
    assert_true(may("a@bucher.example", 0));
}

static void test_desk_and_site(void **state)
{
    sd_id_t help = fixture_desk("HELP", "accounts"), hr = fixture_desk("HR", "accounts");

    (void)state;
    set(NULL, NOTHING, LIST("spam.example"));
    set("HELP", LIST("corp.tld", "spam.example"), NOTHING);
    assert_true(may("a@corp.tld", help));
    assert_false(may("a@example.org", help));
    assert_false(may("a@spam.example", help));
    assert_true(may("a@example.org", hr));
    assert_true(may("a@example.org", 0));
    assert_false(may("a@spam.example", hr));
}

/* Nobody has the address that mails come from, however it is written. */
static void test_own_address(void **state)
{
    static const char *const own[] = {"help@example.org", "H.e.l.p@example.org", "help+x.y@EXAMPLE.org", NULL};
    sd_id_t desk = fixture_desk("HELP", "accounts");

    (void)state;
    assert_true(may("help@example.org", desk));
    fixture.site.mail_address = "Help@Example.org";
    for (int i = 0; own[i]; i++) {
        sd_work_t *work = fixture_operator();
        sd_address_t address;

        assert_good(sd_address_parse(&address, work->pool, "email", own[i]));
        assert_bad_field(sd_domain_check(work, desk, "email", &address), SD_ERROR_INPUT, "email", "sd.domain.own");
    }
    assert_true(may("helper@example.org", desk));
    assert_true(may("help@example.net", 0));
    fixture.site.mail_address = NULL;
}

static void test_whose_lists(void **state)
{
    sd_id_t root = fixture_account("root"), ann = fixture_account("ann"), bob = fixture_account("bob");
    sd_id_t help = fixture_desk("HELP", "accounts"), hr = fixture_desk("HR", "listed");
    sd_domains_t domains = {LIST("a.example"), NOTHING};

    (void)state;
    fixture_system_admin(root);
    fixture_role(help, "administrator", ann);
    fixture_role(help, "agent", bob);
    fixture_role(hr, "customer", bob);
    assert_good(sd_domains_set(fixture_work(root), NULL, domains.allowed, domains.blocked));
    assert_good(sd_domains_set(fixture_work(ann), "HELP", domains.allowed, domains.blocked));
    assert_bad(sd_domains_set(fixture_work(ann), NULL, domains.allowed, domains.blocked), SD_ERROR_FORBIDDEN);
    assert_bad(sd_domains_set(fixture_work(ann), "HR", domains.allowed, domains.blocked), SD_ERROR_NOT_FOUND);
    assert_bad(sd_domains_set(fixture_work(bob), "HELP", domains.allowed, domains.blocked), SD_ERROR_FORBIDDEN);
    assert_bad(sd_domains_get(&domains, fixture_work(bob), "HELP"), SD_ERROR_FORBIDDEN);
    assert_bad(sd_domains_get(&domains, fixture_work(0), NULL), SD_ERROR_SIGN_IN);
    assert_int_equal(fixture_audited("domain.set"), 2);
    /* However the desk was named, the audit calls it by its key. */
    assert_good(sd_domains_set(fixture_work(ann), "projectKey:HELP", domains.allowed, domains.blocked));
    assert_int_equal(fixture_number("SELECT count(*) FROM audit WHERE act = 'domain.set' AND object_id = 'HELP'"), 2);
    assert_string_equal(fixture_text("SELECT detail FROM audit WHERE desk_id = %d", (int)help),
                        "{\"allowed\":1,\"blocked\":0}");
}

static void test_patterns(void **state)
{
    static const char *const bad[] = {"",
                                      "example",
                                      "*",
                                      "*.",
                                      "*.*.example",
                                      "a*.example",
                                      "*x.example",
                                      ".",
                                      "a..example",
                                      ".example",
                                      "a b.example",
                                      "a@example.org",
                                      "192.0.2.1",
                                      "*.192.0.2.1",
                                      "http://example.org",
                                      "example.org/",
                                      "evil\xef\xbc\x8f.corp.tld",
                                      "example.org.",
                                      NULL};
    sd_domains_t domains;

    (void)state;
    for (int i = 0; bad[i]; i++) {
        domains = (sd_domains_t){LIST("good.example", bad[i]), NOTHING};
        assert_bad_field(sd_domains_set(fixture_operator(), NULL, domains.allowed, domains.blocked), SD_ERROR_INPUT,
                         "allowed", "sd.validation.domain");
        domains = (sd_domains_t){NOTHING, LIST(bad[i])};
        assert_bad_field(sd_domains_set(fixture_operator(), NULL, domains.allowed, domains.blocked), SD_ERROR_INPUT,
                         "blocked", "sd.validation.domain");
    }
    assert_int_equal(fixture_number("SELECT count(*) FROM domain_rule"), 0);
    set(NULL, LIST("*.dev", "a.example", "A.Example"), NOTHING);
    assert_good(sd_domains_get(&domains, fixture_operator(), NULL));
    assert_int_equal(domains.allowed->nelts, 2);
    assert_string_equal(APR_ARRAY_IDX(domains.allowed, 0, const char *), "*.dev");
    assert_string_equal(APR_ARRAY_IDX(domains.allowed, 1, const char *), "a.example");
    assert_true(may("a@my.dev", 0));
}

static void test_many(void **state)
{
    apr_array_header_t *many = apr_array_make(fixture.pool, SD_DOMAINS_MAX + 1, sizeof(const char *));

    (void)state;
    for (int i = 0; i < SD_DOMAINS_MAX; i++) {
        APR_ARRAY_PUSH(many, const char *) = apr_psprintf(fixture.pool, "d%d.example", i);
    }
    set(NULL, NOTHING, many);
    assert_false(may("a@d9999.example", 0));
    APR_ARRAY_PUSH(many, const char *) = "one.more.example";
    sd_domains_t domains = {NOTHING, many};
    assert_bad_field(sd_domains_set(fixture_operator(), NULL, domains.allowed, domains.blocked), SD_ERROR_INPUT,
                     "blocked", "sd.validation.too.many");
    assert_int_equal(fixture_number("SELECT count(*) FROM domain_rule"), SD_DOMAINS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        desk_test(test_no_rules),    desk_test(test_blocked),      desk_test(test_allowed),
        desk_test(test_block_wins),  desk_test(test_one_spelling), desk_test(test_desk_and_site),
        desk_test(test_own_address), desk_test(test_whose_lists),  desk_test(test_patterns),
        desk_test(test_many),
    };

    return cmocka_run_group_tests_name("desk domain", tests, NULL, NULL);
}
