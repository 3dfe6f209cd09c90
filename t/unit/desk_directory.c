/* Directories: which one takes a new account, or why none does. */
#include "fixture.h"

#include "desk/account.h"
#include "desk/directory.h"

static sd_error_t *make_nobody(void *baton, apr_pool_t *pool, const sd_person_t *person)
{
    (void)baton;
    (void)person;
    return sd_error_private(pool, SD_ERROR_UNAVAILABLE, "not asked for");
}

static const sd_directory_writer_t company = {.directory = "company", .create = make_nobody};
static const sd_directory_writer_t first_writer = {.directory = "other", .create = make_nobody, .next = &company};

static void external(const char *name, int position, int writable)
{
    fixture_run("INSERT INTO directory (name, kind, writable, position, created) VALUES ('%s', 'external', %d, %d, 0)",
                name, writable, position);
}

static void test_the_internal_one_takes_accounts(void **state)
{
    sd_directory_choice_t choice;

    (void)state;
    assert_good(sd_directory_writable(&choice, fixture_work(0)));
    assert_string_equal(choice.directory->name, "internal");
    assert_null(choice.writer);
    assert_null(choice.reason);
    assert_false(choice.locks_out);
}

static void test_why_none(void **state)
{
    sd_directory_choice_t choice;

    (void)state;
    fixture_run("UPDATE directory SET writable = 0");
    assert_good(sd_directory_writable(&choice, fixture_work(0)));
    assert_null(choice.directory);
    assert_string_equal(choice.reason, "directory \"internal\" is read-only");
    external("company", 1, 1);
    assert_good(sd_directory_writable(&choice, fixture_work(0)));
    assert_null(choice.directory);
    assert_null(choice.writer);
    assert_string_equal(choice.reason, "directory \"internal\" is read-only; directory \"company\" is read-write, but "
                                       "this program has no way to write to it");
}

static void test_the_first_that_can(void **state)
{
    sd_directory_choice_t choice;

    (void)state;
    fixture.site.writers = &first_writer;
    external("company", -1, 1);
    external("other", -2, 0);
    assert_good(sd_directory_writable(&choice, fixture_work(0)));
    assert_string_equal(choice.directory->name, "company");
    assert_ptr_equal(choice.writer, &company);
    fixture_run("UPDATE directory SET position = 5 WHERE name = 'company'");
    assert_good(sd_directory_writable(&choice, fixture_work(0)));
    assert_string_equal(choice.directory->name, "internal");
    assert_null(choice.writer);
}

/* Only members of "staff" may sign in, and "all", a default group, is or is not inside of it. */
static void test_who_could_not_sign_in(void **state)
{
    sd_directory_choice_t choice;

    (void)state;
    fixture_run("INSERT INTO user_group (id, directory_id, name, name_key, created) VALUES (1, 1, 'staff', 'staff', 0),"
                " (2, 1, 'all', 'all', 0), (3, 1, 'middle', 'middle', 0)");
    fixture_run("UPDATE directory SET sign_in = 'groups'");
    fixture_run("INSERT INTO directory_group VALUES (1, 'sign-in', 1), (1, 'default', 2)");
    assert_good(sd_directory_writable(&choice, fixture_work(0)));
    assert_true(choice.locks_out);
    fixture_run("INSERT INTO user_group_child (parent_id, child_id) VALUES (1, 3), (3, 2)");
    assert_good(sd_directory_writable(&choice, fixture_work(0)));
    assert_false(choice.locks_out);
    fixture_run("DELETE FROM directory_group WHERE purpose = 'default'");
    assert_good(sd_directory_writable(&choice, fixture_work(0)));
    assert_true(choice.locks_out);
    fixture_run("UPDATE directory SET sign_in = 'everyone'");
    assert_good(sd_directory_writable(&choice, fixture_work(0)));
    assert_false(choice.locks_out);
}

static void test_portal_only_is_kept(void **state)
{
    sd_account_input_t input = {.address = "kim@example.org", .portal_only = 1};
    const sd_account_t *account;

    (void)state;
    assert_good(sd_account_create(&account, fixture_operator(), &input));
    assert_int_equal(fixture_number("SELECT portal_only FROM account WHERE name = 'kim@example.org'"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        desk_test(test_the_internal_one_takes_accounts),
        desk_test(test_why_none),
        desk_test(test_the_first_that_can),
        desk_test(test_who_could_not_sign_in),
        desk_test(test_portal_only_is_kept),
    };

    return cmocka_run_group_tests_name("desk directory", tests, NULL, NULL);
}
