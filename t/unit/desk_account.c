/* Accounts: made, refused, disabled, given a password. */
#include "fixture.h"

#include "desk/account.h"
#include "desk/audit.h"

static const sd_account_t *create(const sd_account_input_t *input)
{
    const sd_account_t *account = NULL;

    assert_good(sd_account_create(&account, fixture_operator(), input));
    assert_non_null(account);
    return account;
}

static sd_error_t *try_create(const sd_account_input_t *input)
{
    const sd_account_t *account = NULL;
    sd_error_t *error = sd_account_create(&account, fixture_operator(), input);

    if (error) {
        assert_null(account);
    }
    return error;
}

static const char *words_of(sd_id_t id)
{
    return fixture_text("SELECT group_concat(word, ' ') FROM (SELECT word FROM account_word WHERE account_id = %d"
                        " ORDER BY word) AS ordered",
                        (int)id);
}

/* ---- making ---- */

static void test_create_by_address(void **state)
{
    const sd_account_t *account = create(&(sd_account_input_t){
        .address = "Carol.Jones@Example.ORG", .address_proven = 1, .password = FIXTURE_PASSWORD, .origin = "tool"});

    (void)state;
    assert_string_equal(account->directory, "internal");
    assert_string_equal(account->name, "Carol.Jones@example.org");
    assert_string_equal(account->address, "Carol.Jones@example.org");
    assert_string_equal(account->display_name, "Carol.Jones@example.org");
    assert_string_equal(account->state, "active");
    assert_int_equal(account->generation, 1);
    assert_int_equal(account->system_admin, 0);
    assert_true(account->created == FIXTURE_START);
    assert_int_equal(strlen(account->public_id), 24);
    assert_int_equal(strspn(account->public_id, "0123456789abcdef"), 24);
    assert_string_equal(fixture_text("SELECT name_key FROM account"), "carol.jones@example.org");
    assert_string_equal(fixture_text("SELECT address_key FROM account"), "carol.jones@example.org");
    assert_int_equal(fixture_number("SELECT address_proven FROM account"), 1);
    assert_string_equal(fixture_text("SELECT origin FROM account"), "tool");
}

static void test_the_password_is_kept_as_a_hash(void **state)
{
    const char *hash;

    (void)state;
    create(&(sd_account_input_t){.name = "carol", .password = FIXTURE_PASSWORD, .origin = "tool"});
    hash = fixture_text("SELECT password_hash FROM account");
    assert_non_null(hash);
    assert_int_equal(strncmp(hash, "$sd1$1$$2y$04$", 14), 0);
    assert_null(strstr(hash, "kiwi"));
}

static void test_create_names_and_words(void **state)
{
    const sd_account_t *account = create(&(sd_account_input_t){
        .name = "carol_j", .address = "carol@example.org", .display_name = "  Carol J\xc3\xb6nes ", .origin = "tool"});

    (void)state;
    assert_string_equal(account->display_name, "Carol J\xc3\xb6nes");
    assert_string_equal(words_of(account->id), "carol carol_j example.org j\xc3\xb6nes");
}

static void test_the_audit_of_making(void **state)
{
    const sd_account_t *account;

    (void)state;
    account = create(&(sd_account_input_t){.name = "sam", .system_admin = 1, .origin = "tool"});
    assert_int_equal(fixture_number("SELECT count(*) FROM audit"), 1);
    assert_int_equal(fixture_audited("account.create"), 1);
    assert_string_equal(fixture_text("SELECT object_type FROM audit"), "account");
    assert_string_equal(fixture_text("SELECT object_id FROM audit"), account->public_id);
    assert_string_equal(fixture_text("SELECT actor FROM audit"), "operator");
    assert_string_equal(fixture_text("SELECT face FROM audit"), "tool");
    assert_string_equal(fixture_text("SELECT result FROM audit"), "done");
    assert_true(fixture_number("SELECT at FROM audit") == FIXTURE_START);
    assert_string_equal(fixture_text("SELECT detail FROM audit"),
                        "{\"directory\":\"internal\",\"origin\":\"tool\",\"systemAdmin\":true}");
}

static void test_first_states(void **state)
{
    (void)state;
    assert_string_equal(create(&(sd_account_input_t){.name = "bot", .origin = "tool"})->state, "active");
    assert_string_equal(
        create(&(sd_account_input_t){.address = "a@example.org", .address_proven = 1, .origin = "tool"})->state,
        "active");
    assert_string_equal(create(&(sd_account_input_t){.address = "b@example.org", .origin = "rest"})->state, "pending");
    assert_string_equal(
        create(&(sd_account_input_t){.address = "c@example.org", .password = FIXTURE_PASSWORD, .origin = "t"})->state,
        "active");
    assert_string_equal(
        create(&(sd_account_input_t){.directory = "htpasswd", .name = "d", .address = "d@example.org", .origin = "t"})
            ->state,
        "active");
}

static void test_external_directory_is_made(void **state)
{
    const sd_account_t *first =
        create(&(sd_account_input_t){.directory = "corp.ldap", .name = "Ann Lee (CORP\\al)", .origin = "tool"});
    const sd_account_t *second = create(&(sd_account_input_t){.directory = "corp.ldap", .name = "bob", .origin = "t"});

    (void)state;
    assert_string_equal(first->directory, "corp.ldap");
    assert_string_equal(first->name, "Ann Lee (CORP\\al)");
    assert_int_equal(second->directory_id, first->directory_id);
    assert_int_equal(fixture_audited("directory.create"), 1);
    assert_string_equal(fixture_text("SELECT kind FROM directory WHERE name = 'corp.ldap'"), "external");
    assert_int_equal(fixture_number("SELECT writable FROM directory WHERE name = 'corp.ldap'"), 0);
    assert_int_equal(fixture_number("SELECT trusted_addresses FROM directory WHERE name = 'corp.ldap'"), 0);
    assert_int_equal(fixture_number("SELECT position FROM directory WHERE name = 'corp.ldap'"), 1);
}

static void test_the_same_name_in_two_directories(void **state)
{
    const sd_account_t *inside = create(&(sd_account_input_t){.name = "ann", .origin = "tool"});
    const sd_account_t *outside = create(&(sd_account_input_t){.directory = "ldap", .name = "ann", .origin = "tool"});

    (void)state;
    assert_int_not_equal(inside->id, outside->id);
    assert_string_not_equal(inside->public_id, outside->public_id);
}

static void test_bad_names(void **state)
{
    /* Cyrillic a, blanks, a slash as in "directory/name", control characters, half addresses, 65 letters. */
    static const char *const bad[] = {
        "\xd0\xb0g1",   "ag1 ",
        " ag1",         "a b",
        "htpasswd/ag1", "a\nb",
        "a\x7f",        "ann@",
        "@example.org", "a@b@example.org",
        "ag1@realm",    "\xe2\x80\xaega1",
        "\xff",         "a:b",
        "a<b>",         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        sd_error_t *error = try_create(&(sd_account_input_t){.name = bad[i], .origin = "tool"});

        assert_bad(error, SD_ERROR_INPUT);
        assert_string_equal(error->field, "name");
    }
    assert_int_equal(fixture_number("SELECT count(*) FROM account"), 0);
}

static void test_good_names(void **state)
{
    (void)state;
    create(&(sd_account_input_t){.name = "A", .origin = "tool"});
    create(&(sd_account_input_t){.name = "a.b-c_D9", .origin = "tool"});
    create(&(sd_account_input_t){.name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                                 .origin = "tool"});
    create(&(sd_account_input_t){.name = "ann@example.org", .origin = "tool"});
    assert_int_equal(fixture_number("SELECT count(*) FROM account"), 4);
    assert_string_equal(fixture_text("SELECT address FROM account WHERE name = 'ann@example.org'"), "ann@example.org");
}

static void test_a_name_must_be_the_own_address(void **state)
{
    (void)state;
    assert_bad_field(try_create(&(sd_account_input_t){
                         .name = "boss@example.org", .address = "mallory@example.org", .origin = "tool"}),
                     SD_ERROR_INPUT, "name", "sd.validation.account.name.address");
    /* The same address in another case is the own one. */
    create(&(sd_account_input_t){.name = "BOSS@example.org", .address = "boss@EXAMPLE.org", .origin = "tool"});
}

static void test_names_are_taken_in_every_case(void **state)
{
    (void)state;
    create(&(sd_account_input_t){.name = "Carol", .origin = "tool"});
    assert_bad_field(try_create(&(sd_account_input_t){.name = "cAROL", .origin = "tool"}), SD_ERROR_CONFLICT, "name",
                     "sd.account.exists");
    create(&(sd_account_input_t){.directory = "ldap",
                                 .name = "Stra\xc3\x9f"
                                         "e",
                                 .origin = "tool"});
    /* In another directory a name is taken as it is spelled, and in no other spelling. */
    create(&(sd_account_input_t){.directory = "ldap", .name = "STRASSE", .origin = "tool"});
    assert_bad_field(try_create(&(sd_account_input_t){.directory = "ldap", .name = "STRASSE", .origin = "tool"}),
                     SD_ERROR_CONFLICT, "name", "sd.account.exists");
    assert_int_equal(fixture_number("SELECT count(*) FROM account"), 3);
    assert_int_equal(fixture_audited("account.create"), 3);
}

static void test_addresses_are_taken(void **state)
{
    (void)state;
    create(&(sd_account_input_t){.name = "carol", .address = "c@example.org", .address_proven = 1, .origin = "tool"});
    assert_bad_field(try_create(&(sd_account_input_t){.address = "C@Example.org", .origin = "rest"}), SD_ERROR_CONFLICT,
                     "email", "sd.account.exists");
    assert_bad_field(try_create(&(sd_account_input_t){.name = "other", .address = "c@example.org", .origin = "rest"}),
                     SD_ERROR_CONFLICT, "email", "sd.account.exists");
    assert_bad_field(try_create(&(sd_account_input_t){
                         .directory = "ldap", .name = "x", .address = "c@example.org", .address_proven = 1}),
                     SD_ERROR_CONFLICT, "email", "sd.account.exists");
    /* What a directory that is not trusted says about addresses takes nothing from anybody. */
    create(&(sd_account_input_t){.directory = "ldap", .name = "x", .address = "c@example.org", .origin = "tool"});
    assert_int_equal(fixture_number("SELECT count(*) FROM account WHERE address_proven = 1"), 1);
}

/* The name of an account whose address nobody has proven yet is that address: it would be signed in by it. */
static void test_a_pending_address_is_taken(void **state)
{
    (void)state;
    create(&(sd_account_input_t){.address = "new@example.org", .origin = "rest"});
    assert_bad_field(try_create(&(sd_account_input_t){.address = "new@example.org", .origin = "rest"}),
                     SD_ERROR_CONFLICT, "email", "sd.account.exists");
    assert_bad_field(try_create(&(sd_account_input_t){.name = "n", .address = "new@example.org", .address_proven = 1}),
                     SD_ERROR_CONFLICT, "email", "sd.account.exists");
}

static void test_all_mistakes_at_once(void **state)
{
    static const char *const fields[] = {"name", "email", "displayName", "password"};
    sd_error_t *error = try_create(&(sd_account_input_t){
        .name = "a b", .address = "nonsense", .display_name = "x\ty", .password = "short", .origin = "tool"});
    int count = 0;

    (void)state;
    assert_bad(error, SD_ERROR_INPUT);
    for (; error; error = error->next) {
        assert_true(count < 4);
        assert_string_equal(error->field, fields[count++]);
    }
    assert_int_equal(count, 4);
}

static void test_other_refusals(void **state)
{
    char *display_name = apr_pcalloc(fixture.pool, 300);

    (void)state;
    assert_bad_field(try_create(&(sd_account_input_t){.origin = "tool"}), SD_ERROR_INPUT, "email",
                     "sd.validation.required");
    assert_bad_field(try_create(&(sd_account_input_t){.directory = "ldap", .origin = "tool"}), SD_ERROR_INPUT, "name",
                     "sd.validation.required");
    assert_bad_field(try_create(&(sd_account_input_t){.address = "nobody", .origin = "tool"}), SD_ERROR_INPUT, "email",
                     "sd.validation.address");
    assert_bad_field(try_create(&(sd_account_input_t){.directory = "a/b", .name = "x"}), SD_ERROR_INPUT, "directory",
                     "sd.validation.directory.name");
    assert_bad_field(try_create(&(sd_account_input_t){.directory = "ldap", .name = "x", .password = FIXTURE_PASSWORD}),
                     SD_ERROR_INPUT, "password", "sd.validation.account.password");
    assert_bad_field(try_create(&(sd_account_input_t){.directory = "ldap", .name = "a\x1b[2J"}), SD_ERROR_INPUT, "name",
                     "sd.validation.control");
    memset(display_name, 'x', 255);
    create(&(sd_account_input_t){.name = "long", .display_name = display_name, .origin = "tool"});
    display_name[255] = 'x';
    assert_bad_field(try_create(&(sd_account_input_t){.name = "longer", .display_name = display_name}), SD_ERROR_INPUT,
                     "displayName", "sd.validation.long");
}

static void test_passwords_about_oneself(void **state)
{
    (void)state;
    assert_bad_field(try_create(&(sd_account_input_t){.name = "wolfgang.amadeus", .password = "WolfgangAmadeus2024"}),
                     SD_ERROR_INPUT, "password", "sd.validation.password.context");
    assert_bad_field(try_create(
                         &(sd_account_input_t){.address = "bridgekeeper@example.org", .password = "bridgekeeper-2024"}),
                     SD_ERROR_INPUT, "password", "sd.validation.password.context");
    assert_bad_field(try_create(&(sd_account_input_t){
                         .name = "x", .display_name = "Maximiliana Mustermann", .password = "maximiliana 2024 1"}),
                     SD_ERROR_INPUT, "password", "sd.validation.password.context");
    assert_bad_field(try_create(&(sd_account_input_t){.name = "x", .password = "servicedesk 2024 !"}), SD_ERROR_INPUT,
                     "password", "sd.validation.password.context");
    assert_int_equal(fixture_number("SELECT count(*) FROM account"), 0);
}

static void test_who_may_make_accounts(void **state)
{
    sd_id_t admin = fixture_account("sam"), agent = fixture_account("ann");
    const sd_account_t *account;
    sd_account_input_t input = {.name = "new", .origin = "rest"}, bad = {.name = "a b"};

    (void)state;
    fixture_system_admin(admin);
    fixture_role(fixture_desk("HELP", "listed"), "agent", agent);
    assert_bad(sd_account_create(&account, fixture_work(agent), &input), SD_ERROR_FORBIDDEN);
    assert_bad(sd_account_create(&account, fixture_work(0), &input), SD_ERROR_SIGN_IN);
    /* The policy speaks before the input is looked at. */
    assert_bad(sd_account_create(&account, fixture_work(agent), &bad), SD_ERROR_FORBIDDEN);
    assert_good(sd_account_create(&account, fixture_work(admin), &input));
    assert_string_equal(fixture_text("SELECT actor FROM audit WHERE act = 'account.create'"), "sam");
}

static apr_status_t fill_and_demote(void *baton, unsigned char *bytes, apr_size_t length)
{
    fixture_run("UPDATE account SET system_admin = 0");
    return fixture_fill(baton, bytes, length);
}

/* Rights that were taken away while the password was hashed are gone. */
static void test_rights_that_end_meanwhile(void **state)
{
    sd_id_t admin = fixture_account("sam");
    const sd_account_t *account;
    sd_random_t source = {fill_and_demote, &fixture};

    (void)state;
    fixture_account("carol");
    fixture_system_admin(admin);
    fixture.site.random = &source;
    assert_bad(sd_account_create(&account, fixture_work(admin),
                                 &(sd_account_input_t){.name = "new", .password = FIXTURE_PASSWORD, .origin = "rest"}),
               SD_ERROR_FORBIDDEN);
    fixture_system_admin(admin);
    assert_bad(sd_account_set_password(fixture_work(admin), "carol", FIXTURE_PASSWORD), SD_ERROR_FORBIDDEN);
    assert_int_equal(fixture_number("SELECT count(*) FROM account"), 2);
    assert_null(fixture_text("SELECT password_hash FROM account WHERE name = 'carol'"));
}

typedef struct insert_t {
    sd_work_t *work;
    const sd_account_t *account;
    int fail;
} insert_t;

static sd_error_t *insert_in_write(void *baton)
{
    insert_t *insert = baton;

    SD_TRY(sd_account_insert(&insert->account, insert->work,
                             &(sd_account_input_t){.address = "new@example.org", .origin = "rest"}));
    return insert->fail ? sd_error_not_found(insert->work->pool) : NULL;
}

/* Without the policy, and part of the caller's write. */
static void test_insert(void **state)
{
    insert_t insert = {fixture_work(fixture_account("ann")), NULL, 1};

    (void)state;
    assert_bad(sd_work_write(insert.work, insert_in_write, &insert), SD_ERROR_NOT_FOUND);
    assert_int_equal(fixture_number("SELECT count(*) FROM account"), 1);
    assert_int_equal(fixture_number("SELECT count(*) FROM audit"), 0);
    insert.fail = 0;
    assert_good(sd_work_write(insert.work, insert_in_write, &insert));
    assert_string_equal(insert.account->state, "pending");
    assert_string_equal(fixture_text("SELECT actor FROM audit"), "ann");
}

/* ---- changing ---- */

static void test_disable_and_enable(void **state)
{
    sd_id_t id = fixture_account("carol");

    (void)state;
    fixture_run("INSERT INTO session (hash, account_id, kind, directory, generation, created, last_seen, idle, expires,"
                " csrf) VALUES ('h', %d, 'password', 'internal', 1, 1, 1, 1, 1, 'c')",
                (int)id);
    assert_good(sd_account_disable(fixture_operator(), "carol", 1));
    assert_string_equal(fixture_text("SELECT state FROM account"), "disabled");
    assert_int_equal(fixture_number("SELECT generation FROM account"), 2);
    assert_int_equal(fixture_number("SELECT count(*) FROM session"), 0);
    assert_good(sd_account_disable(fixture_operator(), "carol", 1));
    assert_int_equal(fixture_number("SELECT generation FROM account"), 2);
    assert_int_equal(fixture_audited("account.disable"), 1);

    assert_good(sd_account_disable(fixture_operator(), "carol", 0));
    assert_string_equal(fixture_text("SELECT state FROM account"), "active");
    assert_int_equal(fixture_number("SELECT generation FROM account"), 3);
    assert_good(sd_account_disable(fixture_operator(), "carol", 0));
    assert_int_equal(fixture_audited("account.enable"), 1);
    assert_int_equal(fixture_number("SELECT count(*) FROM audit"), 2);
}

/* Who has never come is not somebody by being let in again: the way in is still the address. */
static void test_enabled_as_they_were(void **state)
{
    (void)state;
    create(&(sd_account_input_t){.name = "bot", .origin = "tool"});
    create(&(sd_account_input_t){.address = "new@example.org", .origin = "rest"});
    create(&(sd_account_input_t){.address = "pw@example.org", .password = FIXTURE_PASSWORD, .origin = "tool"});
    create(&(sd_account_input_t){.address = "own@example.org", .address_proven = 1, .origin = "tool"});
    create(&(sd_account_input_t){.directory = "ldap", .name = "d", .address = "d@example.org", .origin = "tool"});
    fixture_run("UPDATE account SET state = 'disabled'");
    assert_good(sd_account_disable(fixture_operator(), "bot", 0));
    assert_good(sd_account_disable(fixture_operator(), "internal/new@example.org", 0));
    assert_good(sd_account_disable(fixture_operator(), "internal/pw@example.org", 0));
    assert_good(sd_account_disable(fixture_operator(), "own@example.org", 0));
    assert_good(sd_account_disable(fixture_operator(), "ldap/d", 0));
    assert_string_equal(fixture_text(
                            "SELECT group_concat(state, ' ') FROM (SELECT state FROM account ORDER BY id) AS ordered"),
                        "active pending active active active");
    assert_int_equal(fixture_number("SELECT min(generation) FROM account"), 2);
}

static void test_disable_refusals(void **state)
{
    sd_id_t admin = fixture_account("sam"), agent = fixture_account("ann");

    (void)state;
    fixture_system_admin(admin);
    fixture_role(fixture_desk("HELP", "listed"), "administrator", agent);
    assert_bad(sd_account_disable(fixture_operator(), "nobody", 1), SD_ERROR_NOT_FOUND);
    assert_bad(sd_account_disable(fixture_work(agent), "sam", 1), SD_ERROR_FORBIDDEN);
    /* Whoever may not ask does not hear who exists. */
    assert_bad(sd_account_disable(fixture_work(agent), "nobody", 1), SD_ERROR_FORBIDDEN);
    assert_bad(sd_account_disable(fixture_work(0), "ann", 1), SD_ERROR_SIGN_IN);
    assert_bad(sd_account_disable(fixture_work(admin), "sam", 1), SD_ERROR_CONFLICT);
    assert_int_equal(fixture_number("SELECT count(*) FROM account WHERE state = 'active'"), 2);
    assert_int_equal(fixture_number("SELECT count(*) FROM audit"), 0);

    fixture_system_admin(fixture_account("sue"));
    assert_good(sd_account_disable(fixture_work(admin), "sam", 1));
    assert_bad(sd_account_disable(fixture_work(admin), "ann", 1), SD_ERROR_SIGN_IN);
    assert_good(sd_account_disable(fixture_operator(), "sue", 1));
    fixture_run("UPDATE account SET state = 'anonymised' WHERE name = 'ann'");
    assert_bad(sd_account_disable(fixture_operator(), "ann", 0), SD_ERROR_CONFLICT);
}

static void test_set_password(void **state)
{
    (void)state;
    create(&(sd_account_input_t){.address = "new@example.org", .origin = "rest"});
    fixture_run("UPDATE account SET failures = 100");
    fixture_run("INSERT INTO session (hash, account_id, kind, directory, generation, created, last_seen, idle, expires,"
                " csrf) SELECT 'h', id, 'password', 'internal', 1, 1, 1, 1, 1, 'c' FROM account");
    assert_good(sd_account_set_password(fixture_operator(), "new@example.org", FIXTURE_PASSWORD));
    assert_string_equal(fixture_text("SELECT state FROM account"), "active");
    assert_int_equal(fixture_number("SELECT generation FROM account"), 2);
    assert_int_equal(fixture_number("SELECT failures FROM account"), 0);
    assert_int_equal(fixture_number("SELECT count(*) FROM session"), 0);
    assert_int_equal(fixture_audited("account.password"), 1);
    assert_null(fixture_text("SELECT detail FROM audit WHERE act = 'account.password'"));
}

static void test_set_password_refusals(void **state)
{
    sd_id_t carol = fixture_account("carol");

    (void)state;
    create(&(sd_account_input_t){.directory = "ldap", .name = "ann", .origin = "tool"});
    assert_bad_field(sd_account_set_password(fixture_operator(), "carol", "too short"), SD_ERROR_INPUT, "password",
                     "sd.validation.password.short");
    assert_bad_field(sd_account_set_password(fixture_operator(), "carol", "carol@example.org"), SD_ERROR_INPUT,
                     "password", "sd.validation.password.context");
    assert_bad(sd_account_set_password(fixture_operator(), "ldap/ann", FIXTURE_PASSWORD), SD_ERROR_CONFLICT);
    assert_bad(sd_account_set_password(fixture_operator(), "nobody", FIXTURE_PASSWORD), SD_ERROR_NOT_FOUND);
    assert_bad(sd_account_set_password(fixture_work(carol), "carol", FIXTURE_PASSWORD), SD_ERROR_FORBIDDEN);
    assert_bad(sd_account_set_password(fixture_work(0), "carol", FIXTURE_PASSWORD), SD_ERROR_SIGN_IN);
    assert_null(fixture_text("SELECT password_hash FROM account WHERE name = 'carol'"));
    assert_int_equal(fixture_number("SELECT generation FROM account WHERE name = 'carol'"), 1);

    /* A new password does not bring a disabled account back. */
    assert_good(sd_account_disable(fixture_operator(), "carol", 1));
    assert_good(sd_account_set_password(fixture_operator(), "carol", FIXTURE_PASSWORD));
    assert_string_equal(fixture_text("SELECT state FROM account WHERE name = 'carol'"), "disabled");
}

/* The salt is drawn between the look at the account and the write. */
static apr_status_t move_meanwhile(void *baton, unsigned char *bytes, apr_size_t length)
{
    fixture_run(
        "UPDATE account SET directory_id = (SELECT id FROM directory WHERE name = 'ldap') WHERE name = 'carol'");
    return fixture_fill(baton, bytes, length);
}

static void test_set_password_of_somebody_who_moves(void **state)
{
    (void)state;
    create(&(sd_account_input_t){.directory = "ldap", .name = "ann", .origin = "tool"});
    create(&(sd_account_input_t){.name = "carol", .origin = "tool"});
    fixture.source.fill = move_meanwhile;
    assert_bad(sd_account_set_password(fixture_operator(), "carol", FIXTURE_PASSWORD), SD_ERROR_CONFLICT);
    assert_null(fixture_text("SELECT password_hash FROM account WHERE name = 'carol'"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        desk_test(test_create_by_address),
        desk_test(test_the_password_is_kept_as_a_hash),
        desk_test(test_create_names_and_words),
        desk_test(test_the_audit_of_making),
        desk_test(test_first_states),
        desk_test(test_external_directory_is_made),
        desk_test(test_the_same_name_in_two_directories),
        desk_test(test_bad_names),
        desk_test(test_good_names),
        desk_test(test_a_name_must_be_the_own_address),
        desk_test(test_names_are_taken_in_every_case),
        desk_test(test_addresses_are_taken),
        desk_test(test_a_pending_address_is_taken),
        desk_test(test_all_mistakes_at_once),
        desk_test(test_other_refusals),
        desk_test(test_passwords_about_oneself),
        desk_test(test_who_may_make_accounts),
        desk_test(test_rights_that_end_meanwhile),
        desk_test(test_insert),
        desk_test(test_disable_and_enable),
        desk_test(test_enabled_as_they_were),
        desk_test(test_disable_refusals),
        desk_test(test_set_password),
        desk_test(test_set_password_refusals),
        desk_test(test_set_password_of_somebody_who_moves),
    };

    return cmocka_run_group_tests_name("desk account", tests, NULL, NULL);
}
