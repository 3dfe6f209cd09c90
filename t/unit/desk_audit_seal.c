/* The audit's chain: what is sealed, and that whatever is done to it is found. */
#include "fixture.h"

#include "desk/audit.h"
#include "desk/audit_seal.h"
#include "desk/person.h"
#include "desk/setting.h"

static sd_error_t *write_one(void *baton)
{
    sd_work_t *work = baton;

    return sd_audit_write(
        work,
        &(sd_audit_entry_t){.act = "test.done", .object_type = "account", .object_id = "x", .detail = "{\"a\":1}"});
}

static void happen(sd_id_t account, int times)
{
    for (int i = 0; i < times; i++) {
        sd_work_t *work = fixture_work(account);

        assert_good(sd_work_write(work, write_one, work));
    }
}

static int seal(void)
{
    int sealed, all = 0;

    do {
        assert_good(sd_audit_seal(&sealed, fixture_operator()));
        all += sealed;
    } while (sealed);
    return all;
}

static const char *findings(void)
{
    apr_array_header_t *lines = apr_array_make(fixture.pool, 4, sizeof(const char *));
    sd_work_t *work = fixture_operator();

    assert_good(sd_audit_verify(lines, work));
    return apr_array_pstrcat(fixture.pool, lines, '|');
}

static void is_found(const char *what)
{
    if (!strstr(findings(), what)) {
        fail_msg("\"%s\" is not in \"%s\"", what, findings());
    }
}

static void is_whole(void)
{
    assert_string_equal(findings(), "");
}

/* Ten rows of ann, sealed in one range. */
static sd_id_t sealed_rows(void)
{
    sd_id_t ann = fixture_account("ann");

    happen(ann, 10);
    fixture_clock_move(2 * SD_MINUTE);
    assert_int_equal(seal(), 10);
    is_whole();
    return ann;
}

static apr_int64_t row_number(int which)
{
    return fixture_number("SELECT id FROM audit ORDER BY id LIMIT 1 OFFSET %d", which);
}

static void test_young_rows_wait(void **state)
{
    sd_id_t ann = fixture_account("ann");

    (void)state;
    assert_int_equal(seal(), 0);
    happen(ann, 3);
    assert_int_equal(seal(), 0);
    fixture_clock_move(61 * SD_SECOND);
    happen(ann, 2);
    assert_int_equal(seal(), 3);
    assert_int_equal(seal(), 0);
    is_whole();
    fixture_clock_move(61 * SD_SECOND);
    assert_int_equal(seal(), 2);
    is_whole();
    assert_int_equal(fixture_number("SELECT count(*) FROM audit_seal"), 2);
}

static void test_long_chains(void **state)
{
    (void)state;
    happen(fixture_account("ann"), 1203);
    fixture_clock_move(SD_HOUR);
    assert_int_equal(seal(), 1203);
    assert_int_equal(fixture_number("SELECT count(*) FROM audit_seal"), 3);
    is_whole();
}

static void test_changes_are_found(void **state)
{
    static const char *const changes[] = {
        "actor = 'bob'",
        "act = 'x'",
        "result = 'x'",
        "detail = '{}'",
        "source = '10.0.0.1'",
        "account_id = NULL",
        "at = at + 1",
        "object_id = 'y'",
        "desk_id = 7",
        "actor_salt = NULL, actor = 'former', source = NULL",
        "detail_salt = NULL, detail = NULL",
        "face = 'tool'",
        "directory = 'x'",
        "log_id = NULL",
    };

    (void)state;
    sealed_rows();
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        apr_int64_t row = row_number(4);

        fixture_run("CREATE TABLE kept AS SELECT * FROM audit WHERE id = %d", (int)row);
        fixture_run("UPDATE audit SET %s WHERE id = %d", changes[i], (int)row);
        is_found("was changed");
        fixture_run("DELETE FROM audit WHERE id = %d", (int)row);
        is_found("9 rows instead of 10");
        fixture_run("INSERT INTO audit SELECT * FROM kept");
        fixture_run("DROP TABLE kept");
        is_whole();
    }
}

static void test_rows_put_in_are_found(void **state)
{
    (void)state;
    sealed_rows();
    fixture_run("INSERT INTO audit (id, at, actor, face, act, object_type, result)"
                " SELECT min(id) - 1, 1, 'x', 'x', 'x', 'x', 'x' FROM audit");
    is_found("11 rows instead of 10");
}

static void test_a_cut_end_is_found(void **state)
{
    sd_id_t ann = sealed_rows();

    (void)state;
    happen(ann, 5);
    fixture_clock_move(2 * SD_MINUTE);
    assert_int_equal(seal(), 5);
    is_whole();
    fixture_run("DELETE FROM audit WHERE id > (SELECT min(last_id) FROM audit_seal)");
    is_found("0 rows instead of 5");
    fixture_run("DELETE FROM audit_seal WHERE id = (SELECT max(id) FROM audit_seal)");
    is_found("its end is missing");
    fixture_run("UPDATE audit_head SET seal_id = (SELECT max(id) FROM audit_seal),"
                " digest = (SELECT digest FROM audit_seal)");
    is_found("the note of its last seal was changed");
    /* Whoever has the database alone has no key, and may not choose one that nobody can look up either. */
    fixture_run("UPDATE audit_head SET pepper = 99, mac = NULL");
    is_found("is under pepper 99, which the pepper file has not");
    fixture_run("UPDATE audit_head SET pepper = 0");
    is_found("is under pepper 0, which the pepper file has not");
    fixture.site.passwords.current.id = 0; /* a look without the pepper file cannot tell */
    is_whole();
    fixture.site.passwords.current.id = 1;
    fixture_run("DELETE FROM audit_head");
    is_found("nothing is noted");
}

static void test_people_go_and_the_chain_stays(void **state)
{
    sd_id_t ann = sealed_rows();

    (void)state;
    assert_int_equal(fixture_number("SELECT count(*) FROM audit WHERE actor = 'ann'"), 10);
    assert_good(sd_person_anonymise(fixture_operator(), "ann"));
    assert_int_equal(fixture_number("SELECT count(*) FROM audit WHERE actor = 'ann' OR source IS NOT NULL"
                                    " OR detail IS NOT NULL"),
                     0);
    assert_int_equal(fixture_number("SELECT count(*) FROM audit WHERE actor = 'former' AND account_id = %d", (int)ann),
                     10);
    is_whole();
    fixture_clock_move(2 * SD_MINUTE);
    assert_int_equal(seal(), 1);
    is_whole();
    /* Nobody becomes former by hand: neither the actor of a row ... */
    sd_id_t bob = fixture_account("bob");
    happen(bob, 1);
    fixture_clock_move(2 * SD_MINUTE);
    assert_int_equal(seal(), 1);
    fixture_run("UPDATE audit SET actor = 'former', source = NULL, actor_salt = NULL WHERE account_id = %d", (int)bob);
    is_found("was changed");
}

static sd_error_t *write_try(void *baton)
{
    sd_work_t *work = baton;
    const char *id = fixture_text("SELECT public_id FROM account WHERE name = 'ann'");

    return sd_audit_write(
        work, &(sd_audit_entry_t){.act = "sign-in", .object_type = "account", .object_id = id, .result = "failed"});
}

/* Who tried to be somebody came from where that person was, as a rule. */
static void test_tries_at_people_who_go(void **state)
{
    sd_work_t *nobody = fixture_work(0);

    (void)state;
    sealed_rows();
    nobody->source = "192.0.2.77";
    assert_good(sd_work_write(nobody, write_try, nobody));
    fixture_clock_move(2 * SD_MINUTE);
    assert_int_equal(seal(), 1);
    /* Not by hand. */
    fixture_run("CREATE TABLE kept AS SELECT * FROM audit WHERE act = 'sign-in'");
    fixture_run("UPDATE audit SET source = NULL, actor_salt = NULL WHERE act = 'sign-in'");
    is_found("was changed");
    fixture_run("UPDATE audit SET source = (SELECT source FROM kept), actor_salt = (SELECT actor_salt FROM kept)"
                " WHERE act = 'sign-in'");
    is_whole();
    assert_good(sd_person_anonymise(fixture_operator(), "ann"));
    assert_int_equal(fixture_number("SELECT count(*) FROM audit WHERE source = '192.0.2.77'"), 0);
    assert_string_equal(fixture_text("SELECT actor FROM audit WHERE act = 'sign-in'"), "anonymous");
    is_whole();
    /* Nor does anybody else become nobody. */
    fixture_run("UPDATE audit SET actor = 'operator' WHERE act = 'sign-in'");
    is_found("was changed");
}

static void test_old_ranges_go(void **state)
{
    sd_id_t ann = sealed_rows();
    int purged;

    (void)state;
    assert_good(sd_audit_purge(&purged, fixture_operator()));
    assert_int_equal(purged, 0);
    assert_good(sd_setting_set(fixture_operator(), "audit_days", "30"));
    fixture_clock_move(31 * SD_DAY);
    happen(ann, 4);
    fixture_clock_move(2 * SD_MINUTE);
    assert_int_equal(seal(), 5);
    assert_good(sd_audit_purge(&purged, fixture_operator()));
    assert_int_equal(purged, 10);
    assert_good(sd_audit_purge(&purged, fixture_operator()));
    assert_int_equal(purged, 0);
    assert_int_equal(fixture_audited("test.done"), 4);
    assert_int_equal(fixture_audited("audit.purge"), 1);
    is_whole();
    fixture_clock_move(2 * SD_MINUTE);
    assert_int_equal(seal(), 1);
    is_whole();

    fixture_run("DELETE FROM audit WHERE act = 'test.done'");
    fixture_run("UPDATE audit_seal SET purged = 1 WHERE purged IS NULL AND id < (SELECT max(id) FROM audit_seal)");
    is_found("nobody has written down why");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        desk_test(test_young_rows_wait),        desk_test(test_long_chains),
        desk_test(test_changes_are_found),      desk_test(test_rows_put_in_are_found),
        desk_test(test_a_cut_end_is_found),     desk_test(test_people_go_and_the_chain_stays),
        desk_test(test_tries_at_people_who_go), desk_test(test_old_ranges_go),
    };

    return cmocka_run_group_tests_name("desk audit seal", tests, NULL, NULL);
}
