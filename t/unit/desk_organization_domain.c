/* Domains of organizations: exactly theirs, once proven, and only for who comes. Case: security.md 187. */
#include "signup_fixture.h"

#include "desk/organization_domain.h"
#include "desk/own_account.h"

static sd_error_t *set_domains(sd_work_t *work, sd_id_t organization, const char *first, const char *second)
{
    apr_array_header_t *domains = apr_array_make(fixture.pool, 2, sizeof(const char *));

    if (first) {
        APR_ARRAY_PUSH(domains, const char *) = first;
    }
    if (second) {
        APR_ARRAY_PUSH(domains, const char *) = second;
    }
    return sd_organization_domains_set(work, apr_psprintf(fixture.pool, "%d", (int)organization), domains);
}

static apr_int64_t members(sd_id_t organization)
{
    return fixture_number("SELECT count(*) FROM organization_member WHERE organization_id = %d", (int)organization);
}

static void come(const char *address)
{
    sign_up(address);
    assert_non_null(arrive(mailed()));
}

static void test_who_joins(void **state)
{
    sd_id_t ann = fixture_account("ann"), acme = fixture_organization("Acme", (sd_id_t)0);

    (void)state;
    open_desk("HELP");
    fixture_run("UPDATE account SET address = 'ann@acme.example', address_key = 'ann@acme.example' WHERE id = %d",
                (int)ann);
    assert_good(set_domains(fixture_operator(), acme, "Acme.Example", NULL));
    assert_int_equal(members(acme), 0);
    sign_up("zoe@acme.example");
    assert_int_equal(members(acme), 0);
    assert_non_null(arrive(mailed()));
    assert_int_equal(members(acme), 1);
    come("yan@sub.acme.example");
    come("xia@notacme.example");
    come("wim@acme.example.evil");
    assert_int_equal(members(acme), 1);
    assert_int_equal(fixture_number("SELECT count(*) FROM audit WHERE act = 'organization.member.add'"
                                    " AND detail LIKE '%%domain%%'"),
                     1);
    assert_good(set_domains(fixture_operator(), acme, NULL, NULL));
    come("uma@acme.example");
    assert_int_equal(members(acme), 1);
}

/* An account that was made for somebody: its owner comes by choosing a password. */
static void test_who_was_expected_joins(void **state)
{
    sd_id_t acme = fixture_organization("Acme", (sd_id_t)0);

    (void)state;
    assert_good(set_domains(fixture_operator(), acme, "acme.example", NULL));
    fixture_account("zoe");
    fixture_run("UPDATE account SET state = 'pending', address_proven = 0, name = 'zoe@acme.example',"
                " name_key = 'zoe@acme.example', address = 'zoe@acme.example', address_key = 'zoe@acme.example'");
    assert_good(sd_own_password_forgotten(fixture_work(0), "zoe@acme.example"));
    assert_int_equal(members(acme), 0);
    assert_good(sd_own_password_reset(fixture_work(0), mailed(), FIXTURE_PASSWORD));
    assert_int_equal(members(acme), 1);
    /* Who is there already is not touched. */
    assert_int_equal(fixture_number("SELECT count(*) FROM account WHERE state = 'active' AND address_proven = 1"), 1);
    fixture_run("DELETE FROM organization_member");
    assert_good(sd_own_password_forgotten(fixture_work(0), "zoe@acme.example"));
    assert_good(sd_own_password_reset(fixture_work(0), mailed(), "another " FIXTURE_PASSWORD));
    assert_int_equal(members(acme), 0);
}

static void test_at_once_waits_for_the_proof(void **state)
{
    sd_id_t acme = fixture_organization("Acme", (sd_id_t)0);

    (void)state;
    open_desk("HELP");
    set("signup_proof", "at-once");
    assert_good(set_domains(fixture_operator(), acme, "acme.example", NULL));
    sign_up("zoe@acme.example");
    assert_int_equal(fixture_number("SELECT count(*) FROM account"), 1);
    assert_int_equal(members(acme), 0);
    assert_non_null(arrive(mailed()));
    assert_int_equal(members(acme), 1);
}

static void test_what_is_refused(void **state)
{
    sd_id_t acme = fixture_organization("Acme", (sd_id_t)0), other = fixture_organization("Other", (sd_id_t)0);
    sd_id_t root = fixture_account("root"), carol = fixture_account("carol");
    apr_array_header_t *domains;

    (void)state;
    fixture_system_admin(root);
    assert_bad_field(set_domains(fixture_operator(), acme, "gmail.com", NULL), SD_ERROR_INPUT, "domains",
                     "sd.organization.domain.public");
    assert_bad_field(set_domains(fixture_operator(), acme, "GMail.com", NULL), SD_ERROR_INPUT, "domains",
                     "sd.organization.domain.public");
    assert_bad_field(set_domains(fixture_operator(), acme, "*.acme.example", NULL), SD_ERROR_INPUT, "domains",
                     "sd.validation.domain");
    assert_bad_field(set_domains(fixture_operator(), acme, "acme", NULL), SD_ERROR_INPUT, "domains",
                     "sd.validation.domain");
    assert_good(set_domains(fixture_work(root), acme, "acme.example", "ACME.example"));
    assert_bad_field(set_domains(fixture_work(root), other, "other.example", "acme.example"), SD_ERROR_CONFLICT,
                     "domains", "sd.organization.domain.taken");
    assert_good(
        sd_organization_domains_get(&domains, fixture_work(root), apr_psprintf(fixture.pool, "%d", (int)other)));
    assert_int_equal(domains->nelts, 0);
    assert_bad(set_domains(fixture_work(carol), acme, "evil.example", NULL), SD_ERROR_NOT_FOUND);
    fixture_run("INSERT INTO organization_member (organization_id, account_id) VALUES (%d, %d)", (int)acme, (int)carol);
    assert_bad(set_domains(fixture_work(carol), acme, "evil.example", NULL), SD_ERROR_FORBIDDEN);
    assert_good(sd_organization_domains_get(&domains, fixture_work(root), apr_psprintf(fixture.pool, "%d", (int)acme)));
    assert_int_equal(domains->nelts, 1);
    assert_int_equal(fixture_audited("organization.domain.set"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        desk_test(test_who_joins),
        desk_test(test_who_was_expected_joins),
        desk_test(test_at_once_waits_for_the_proof),
        desk_test(test_what_is_refused),
    };

    return cmocka_run_group_tests_name("desk organization_domain", tests, NULL, NULL);
}
