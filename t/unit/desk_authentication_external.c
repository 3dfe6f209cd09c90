/*
 * Who is it, as an Apache authentication says: the account at first sight, what follows what was said later, addresses
 * that are believed and those that are not, and that nothing is written when nothing is new.
 */
#include "fixture.h"

#include <pthread.h>

#include "desk/account.h"
#include "desk/authentication.h"
#include "store/accounts.h"

static sd_error_t *attempt(sd_work_t *work, const sd_external_identity_t *identity)
{
    return sd_authenticate_external(work, identity);
}

static sd_id_t see(const sd_external_identity_t *identity)
{
    sd_work_t *work = fixture_work(0);

    assert_good(attempt(work, identity));
    assert_int_not_equal(work->actor.account_id, 0);
    return work->actor.account_id;
}

static void refused(const sd_external_identity_t *identity)
{
    sd_work_t *work = fixture_work(0);

    assert_bad(attempt(work, identity), SD_ERROR_SIGN_IN);
    assert_int_equal(work->actor.account_id, 0);
    assert_null(work->actor.directory);
}

static const char *stored_groups(sd_id_t id)
{
    const char *text =
        fixture_text("SELECT group_concat(name, ' ') FROM (SELECT g.name FROM user_group g JOIN"
                     " user_group_member m ON m.group_id = g.id WHERE m.account_id = %d ORDER BY g.name) AS ordered",
                     (int)id);

    return text ? text : "";
}

static const char *column(const char *name, sd_id_t id)
{
    return fixture_text("SELECT %s FROM account WHERE id = %d", name, (int)id);
}

/* True if `identity` is let in without one row changed. */
static int writes_nothing(const sd_external_identity_t *identity)
{
    apr_int64_t changes = fixture_changes();

    see(identity);
    return fixture_changes() == changes;
}

/* ---- first sight ---- */

static void test_first_sight(void **state)
{
    sd_work_t *work = fixture_work(0);
    sd_external_identity_t identity = {
        .directory = "ldap", .name = "Ann", .address = "Ann@Example.org", .display_name = " Ann Lee "};
    sd_id_t id;

    (void)state;
    assert_good(attempt(work, &identity));
    id = work->actor.account_id;
    assert_int_equal(work->actor.generation, 1);
    assert_int_equal(work->actor.scopes, SD_SCOPE_ALL);
    assert_int_equal(work->actor.is_operator, 0);
    assert_string_equal(work->actor.directory, "ldap");
    assert_string_equal(column("name", id), "Ann");
    assert_string_equal(column("name_key", id), "Ann");
    assert_string_equal(column("display_name", id), "Ann Lee");
    assert_string_equal(column("address", id), "Ann@example.org");
    assert_string_equal(column("address_proven", id), "0");
    assert_string_equal(column("state", id), "active");
    assert_string_equal(column("origin", id), "directory");
    assert_string_equal(column("system_admin", id), "0");
    assert_null(column("password_hash", id));
    assert_string_equal(fixture_text("SELECT kind FROM directory WHERE name = 'ldap'"), "external");
    assert_string_equal(fixture_text("SELECT group_concat(word, ' ') FROM (SELECT word FROM account_word ORDER BY"
                                     " word) AS ordered"),
                        "ann example.org lee");
    assert_int_equal(fixture_number("SELECT count(*) FROM audit"), 2);
    assert_int_equal(fixture_audited("directory.create"), 1);
    assert_int_equal(fixture_audited("account.create"), 1);
    assert_int_equal(fixture_number("SELECT count(*) FROM audit WHERE directory = 'ldap' AND actor = 'anonymous'"), 2);
    assert_string_equal(fixture_text("SELECT detail FROM audit WHERE act = 'account.create'"),
                        "{\"directory\":\"ldap\",\"origin\":\"directory\",\"systemAdmin\":false}");
}

static void test_the_actor_can_work(void **state)
{
    sd_work_t *work = fixture_work(0);
    const sd_account_t *account;

    (void)state;
    assert_good(attempt(work, &(sd_external_identity_t){.directory = "ldap", .name = "ann"}));
    assert_good(sd_account_myself(&account, work));
    assert_string_equal(account->name, "ann");
    assert_string_equal(account->display_name, "ann");
    assert_null(account->address);
}

static void test_the_second_sight_writes_nothing(void **state)
{
    sd_external_identity_t plain = {.directory = "ldap", .name = "ann"};
    sd_external_identity_t full = {.directory = "oidc",
                                   .name = "bob",
                                   .address = "bob@example.org",
                                   .display_name = "Bob",
                                   .groups = fixture_texts("b", "a", NULL),
                                   .trusted_addresses = 1};
    sd_id_t ann = see(&plain), bob = see(&full);

    (void)state;
    assert_int_equal(see(&plain), ann);
    assert_int_equal(see(&full), bob);
    assert_true(writes_nothing(&plain));
    assert_true(writes_nothing(&full));
}

/* Names of another directory are what it says: who may choose "AG1" there must not become "ag1" here. */
static void test_names_are_exact(void **state)
{
    (void)state;
    assert_int_not_equal(see(&(sd_external_identity_t){.directory = "ldap", .name = "Ann"}),
                         see(&(sd_external_identity_t){.directory = "ldap", .name = "aNN"}));
    assert_int_not_equal(see(&(sd_external_identity_t){.directory = "ldap", .name = "ann"}),
                         see(&(sd_external_identity_t){.directory = "ldap", .name = "\xef\xbd\x81nn"}));
    assert_int_equal(see(&(sd_external_identity_t){.directory = "ldap", .name = "Ann"}),
                     see(&(sd_external_identity_t){.directory = "ldap", .name = "Ann"}));
    assert_int_not_equal(see(&(sd_external_identity_t){.directory = "ldap", .name = "ann"}),
                         see(&(sd_external_identity_t){.directory = "file", .name = "ann"}));
}

/* The same name inside the module is somebody else, whatever he may. */
static void test_an_internal_account_is_somebody_else(void **state)
{
    sd_id_t inside = fixture_account("sam");

    (void)state;
    fixture_system_admin(inside);
    assert_int_not_equal(see(&(sd_external_identity_t){.directory = "ldap", .name = "sam"}), inside);
    assert_int_not_equal(see(&(sd_external_identity_t){.directory = "ldap", .name = "internal/sam"}), inside);
    assert_int_equal(fixture_number("SELECT count(*) FROM account WHERE system_admin = 1"), 1);
}

static void test_refusals(void **state)
{
    char *long_name = apr_pcalloc(fixture.pool, 300);

    (void)state;
    memset(long_name, 'x', 256);
    fixture_account("sam");
    refused(&(sd_external_identity_t){.directory = "internal", .name = "sam"});
    refused(&(sd_external_identity_t){.directory = "internal", .name = "new"});
    refused(&(sd_external_identity_t){.directory = "", .name = "x"});
    refused(&(sd_external_identity_t){.directory = "a/b", .name = "x"});
    refused(&(sd_external_identity_t){.directory = NULL, .name = "x"});
    refused(&(sd_external_identity_t){.directory = "ldap", .name = ""});
    refused(&(sd_external_identity_t){.directory = "ldap", .name = NULL});
    refused(&(sd_external_identity_t){.directory = "ldap", .name = "  "});
    refused(&(sd_external_identity_t){.directory = "ldap", .name = "a\nb"});
    refused(&(sd_external_identity_t){.directory = "ldap", .name = "\xff"});
    refused(&(sd_external_identity_t){.directory = "ldap", .name = long_name});
    assert_int_equal(fixture_number("SELECT count(*) FROM account"), 1);
    assert_int_equal(fixture_number("SELECT count(*) FROM directory"), 1);
    long_name[255] = '\0';
    see(&(sd_external_identity_t){.directory = "ldap", .name = long_name});
}

static void test_a_disabled_account(void **state)
{
    sd_external_identity_t identity = {.directory = "ldap", .name = "ann"};
    apr_int64_t changes;

    (void)state;
    see(&identity);
    assert_good(sd_account_disable(fixture_operator(), "ldap/ann", 1));
    changes = fixture_changes();
    identity.display_name = "Somebody Else";
    refused(&identity);
    assert_int_equal(fixture_changes(), changes);
    assert_good(sd_account_disable(fixture_operator(), "ldap/ann", 0));
    see(&identity);
}

static void test_what_cannot_be_is_left_out(void **state)
{
    sd_external_identity_t identity = {.directory = "ldap",
                                       .name = "ann",
                                       .address = "not an address",
                                       .display_name = "a\x1b[2J",
                                       .groups = fixture_texts("good", "", "a\nb", "\xff", "good", NULL)};
    sd_id_t id = see(&identity);

    (void)state;
    assert_null(column("address", id));
    assert_string_equal(column("display_name", id), "ann");
    assert_string_equal(stored_groups(id), "good");
    assert_true(writes_nothing(&identity));
}

/* ---- later ---- */

static void test_what_is_said_replaces_what_was(void **state)
{
    sd_id_t id = see(&(sd_external_identity_t){
        .directory = "ldap", .name = "ann", .address = "ann@example.org", .display_name = "Ann Lee"});

    (void)state;
    see(&(sd_external_identity_t){
        .directory = "ldap", .name = "ann", .address = "ann@example.com", .display_name = "Ann Smith"});
    assert_string_equal(column("display_name", id), "Ann Smith");
    assert_string_equal(column("address", id), "ann@example.com");
    assert_string_equal(column("address_key", id), "ann@example.com");
    assert_string_equal(column("generation", id), "1");
    assert_string_equal(fixture_text("SELECT group_concat(word, ' ') FROM (SELECT word FROM account_word ORDER BY"
                                     " word) AS ordered"),
                        "ann example.com smith");
}

static void test_what_is_not_said_stays(void **state)
{
    sd_external_identity_t nothing = {.directory = "ldap", .name = "ann"};
    sd_id_t id = see(&(sd_external_identity_t){.directory = "ldap",
                                               .name = "ann",
                                               .address = "ann@example.org",
                                               .display_name = "Ann Lee",
                                               .groups = fixture_texts("staff", NULL)});

    (void)state;
    assert_true(writes_nothing(&nothing));
    assert_string_equal(column("address", id), "ann@example.org");
    assert_string_equal(column("display_name", id), "Ann Lee");
    assert_string_equal(stored_groups(id), "staff");
    /* A new display name alone leaves the address where it is. */
    nothing.display_name = "Ann Smith";
    see(&nothing);
    assert_string_equal(column("address", id), "ann@example.org");
    assert_string_equal(column("display_name", id), "Ann Smith");
}

static void test_groups_follow(void **state)
{
    sd_external_identity_t identity = {
        .directory = "ldap", .name = "ann", .groups = fixture_texts("staff", "admins", "staff", NULL)};
    sd_id_t id = see(&identity);

    (void)state;
    assert_string_equal(stored_groups(id), "admins staff");
    identity.groups = fixture_texts("admins", "staff", NULL);
    assert_true(writes_nothing(&identity));
    identity.groups = fixture_texts("staff", "night shift", NULL);
    see(&identity);
    assert_string_equal(stored_groups(id), "night shift staff");
    identity.groups = fixture_texts(NULL);
    see(&identity);
    assert_string_equal(stored_groups(id), "");
    /* A group whose last member left is still a group that was seen. */
    assert_int_equal(fixture_number("SELECT count(*) FROM user_group"), 3);
}

/* ---- addresses ---- */

static void test_an_untrusted_directory_takes_nothing(void **state)
{
    sd_id_t carol = fixture_account("carol");
    sd_external_identity_t identity = {.directory = "ldap", .name = "eve", .address = "carol@example.org"};
    sd_id_t eve = see(&identity);
    const sd_account_t *account;

    (void)state;
    assert_string_equal(column("address", eve), "carol@example.org");
    assert_string_equal(column("address_proven", eve), "0");
    assert_string_equal(column("address_proven", carol), "1");
    assert_good(sd_accounts_named(&account, fixture.store, "carol@example.org"));
    assert_int_equal(account->id, carol);
    assert_true(writes_nothing(&identity));
}

static void test_a_trusted_directory_takes_the_address_over(void **state)
{
    sd_id_t carol = fixture_account("carol");
    sd_external_identity_t identity = {
        .directory = "oidc", .name = "c1", .address = "Carol@Example.org", .trusted_addresses = 1};
    sd_id_t id = see(&identity);
    const sd_account_t *account;

    (void)state;
    assert_string_equal(column("address_proven", id), "1");
    assert_string_equal(column("address_proven", carol), "0");
    assert_string_equal(column("address", carol), "carol@example.org");
    assert_good(sd_accounts_named(&account, fixture.store, "carol@example.org"));
    assert_int_equal(account->id, id);
    assert_int_equal(fixture_audited("account.address.takeover"), 1);
    assert_string_equal(fixture_text("SELECT object_id FROM audit WHERE act = 'account.address.takeover'"),
                        column("public_id", carol));
    assert_string_equal(fixture_text("SELECT detail FROM audit WHERE act = 'account.address.takeover'"),
                        "{\"directory\":\"oidc\",\"from\":\"internal\"}");
    assert_true(writes_nothing(&identity));
}

/* Two trusted directories that say the same of two accounts do not take it from each other at each request. */
/* Somebody invited to the desk and made for the portal only, who then comes by a directory. */
static sd_id_t invited(void)
{
    sd_account_input_t input = {.address = "kim@example.org", .portal_only = 1};
    const sd_account_t *account;
    sd_id_t help = fixture_desk("HELP", "listed");

    assert_good(sd_account_create(&account, fixture_operator(), &input));
    fixture_run("UPDATE account SET state = 'invited' WHERE name = 'kim@example.org'");
    fixture_role(help, "customer", account->id);
    return account->id;
}

static void test_who_was_invited_finds_it(void **state)
{
    sd_external_identity_t identity = {
        .directory = "oidc", .name = "4711", .address = "Kim@Example.org", .trusted_addresses = 1};
    sd_id_t id = invited();

    (void)state;
    assert_true(see(&identity) == id);
    assert_string_equal(column("name || ' ' || state || ' ' || address_proven || ' ' || portal_only", id),
                        "4711 active 1 0");
    assert_string_equal(fixture_text("SELECT d.name FROM account a JOIN directory d ON d.id = a.directory_id"
                                     " WHERE a.id = %d",
                                     (int)id),
                        "oidc");
    assert_int_equal(fixture_number("SELECT count(*) FROM desk_role WHERE account_id = %d", (int)id), 1);
    assert_int_equal(fixture_audited("account.complete"), 1);
    assert_int_equal(fixture_audited("account.address.takeover"), 0);
    assert_true(writes_nothing(&identity));
}

static void test_only_a_trusted_directory_says_whose_it_is(void **state)
{
    sd_external_identity_t identity = {.directory = "oidc", .name = "4711", .address = "kim@example.org"};
    sd_id_t id = invited();

    (void)state;
    assert_true(see(&identity) != id);
    assert_string_equal(column("state || ' ' || portal_only", id), "invited 1");
    assert_int_equal(fixture_number("SELECT count(*) FROM desk_role WHERE account_id = %d", (int)id), 1);
}

/* Nobody comes a second time by another directory to what has an owner. */
static void test_what_has_an_owner_is_nobody_elses(void **state)
{
    sd_external_identity_t identity = {
        .directory = "oidc", .name = "4711", .address = "kim@example.org", .trusted_addresses = 1};
    sd_id_t id = invited();

    (void)state;
    fixture_run("UPDATE account SET state = 'disabled' WHERE id = %d", (int)id);
    assert_true(see(&identity) != id);
    assert_string_equal(column("state", id), "disabled");
}

static void test_the_first_trusted_directory_keeps_it(void **state)
{
    sd_external_identity_t first = {
        .directory = "oidc", .name = "a", .address = "x@example.org", .trusted_addresses = 1};
    sd_external_identity_t second = {
        .directory = "saml", .name = "b", .address = "x@example.org", .trusted_addresses = 1};
    sd_id_t a = see(&first), b = see(&second);

    (void)state;
    assert_string_equal(column("address_proven", a), "1");
    assert_string_equal(column("address_proven", b), "0");
    assert_true(writes_nothing(&first));
    assert_true(writes_nothing(&second));
    assert_int_equal(fixture_audited("account.address.takeover"), 0);
    /* When the first one says otherwise, the second one has it. */
    first.address = "y@example.org";
    see(&first);
    see(&second);
    assert_string_equal(column("address_proven", b), "1");
}

static void test_the_earlier_directory_wins_from_the_later(void **state)
{
    sd_external_identity_t early = {.directory = "oidc", .name = "a", .trusted_addresses = 1};
    sd_external_identity_t late = {
        .directory = "saml", .name = "b", .address = "x@example.org", .trusted_addresses = 1};
    sd_id_t a = see(&early), b = see(&late);

    (void)state;
    assert_string_equal(column("address_proven", b), "1");
    early.address = "x@example.org";
    see(&early);
    assert_string_equal(column("address_proven", a), "1");
    assert_string_equal(column("address_proven", b), "0");
    assert_int_equal(fixture_audited("account.address.takeover"), 1);
    assert_true(writes_nothing(&late));
}

static void test_trust_that_comes_and_goes(void **state)
{
    sd_external_identity_t identity = {.directory = "oidc", .name = "a", .address = "x@example.org"};
    sd_id_t id = see(&identity);

    (void)state;
    assert_string_equal(column("address_proven", id), "0");
    identity.trusted_addresses = 1;
    see(&identity);
    assert_string_equal(column("address_proven", id), "1");
    assert_int_equal(fixture_number("SELECT trusted_addresses FROM directory WHERE name = 'oidc'"), 1);
    identity.trusted_addresses = 0;
    see(&identity);
    assert_string_equal(column("address_proven", id), "0");
    assert_int_equal(fixture_number("SELECT trusted_addresses FROM directory WHERE name = 'oidc'"), 0);
    assert_true(writes_nothing(&identity));
}

static void test_trust_is_noted_without_an_address_too(void **state)
{
    sd_external_identity_t identity = {.directory = "oidc", .name = "a"};

    (void)state;
    see(&identity);
    identity.trusted_addresses = 1;
    see(&identity);
    assert_int_equal(fixture_number("SELECT trusted_addresses FROM directory WHERE name = 'oidc'"), 1);
    assert_true(writes_nothing(&identity));
}

static void test_an_external_account_has_no_password(void **state)
{
    sd_password_check_t check;

    (void)state;
    see(&(
        sd_external_identity_t){.directory = "oidc", .name = "a", .address = "x@example.org", .trusted_addresses = 1});
    assert_good(sd_password_find(&check, fixture_work(0), "a", NULL));
    assert_int_equal(check.account_id, 0);
    assert_good(sd_password_find(&check, fixture_work(0), "x@example.org", NULL));
    assert_int_equal(check.account_id, 0);
    assert_false(check.may_sign_in);
}

static void test_a_database_that_takes_no_writes(void **state)
{
    sd_external_identity_t known = {.directory = "ldap", .name = "ann", .display_name = "Ann"};
    sd_work_t *work = fixture_work(0);

    (void)state;
    see(&known);
    raw_refuse_writes(&fixture.raw, 1);
    see(&known);
    assert_bad(attempt(work, &(sd_external_identity_t){.directory = "ldap", .name = "bob"}), SD_ERROR_UNAVAILABLE);
    assert_int_equal(work->actor.account_id, 0);
    assert_null(work->actor.directory);
    raw_refuse_writes(&fixture.raw, 0);
}

/* ---- many at once ---- */

#define THREADS 6

typedef struct visitor_t {
    apr_pool_t *pool;
    raw_t raw;
    sd_store_t *store;
    sd_work_t work;
    sd_error_t *error;
} visitor_t;

static pthread_barrier_t barrier;

static void *visit(void *baton)
{
    visitor_t *visitor = baton;
    sd_external_identity_t identity = {
        .directory = "ldap", .name = "ann", .address = "ann@example.org", .trusted_addresses = 1};

    pthread_barrier_wait(&barrier);
    visitor->error = sd_authenticate_external(&visitor->work, &identity);
    return NULL;
}

static void open_visitor(visitor_t *visitor)
{
    assert_int_equal(apr_pool_create(&visitor->pool, NULL), APR_SUCCESS);
    raw_open(&visitor->raw, fixture.place);
    assert_good(
        sd_store_attach(&visitor->store, visitor->pool, raw_driver(), raw_native(&visitor->raw), fixture.writer));
    assert_good(sd_store_lend(visitor->store, visitor->pool));
    visitor->work = *fixture_work(0);
    visitor->work.pool = visitor->pool;
    visitor->work.store = visitor->store;
}

static void close_visitor(visitor_t *visitor)
{
    sd_store_return(visitor->store);
    apr_pool_destroy(visitor->pool);
    raw_close(&visitor->raw);
}

static void test_first_sights_at_once(void **state)
{
    visitor_t visitors[THREADS];
    pthread_t threads[THREADS];

    (void)state;
    fixture_account("ann");
    pthread_barrier_init(&barrier, NULL, THREADS);
    fixture.site.random = &sd_random_system; /* the fixture's own is for one thread */
    for (int i = 0; i < THREADS; i++) {
        open_visitor(&visitors[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, visit, &visitors[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_good(visitors[i].error);
        assert_int_equal(visitors[i].work.actor.account_id, visitors[0].work.actor.account_id);
        close_visitor(&visitors[i]);
    }
    pthread_barrier_destroy(&barrier);
    assert_int_equal(fixture_number("SELECT count(*) FROM account"), 2);
    assert_int_equal(fixture_number("SELECT count(*) FROM directory"), 2);
    assert_int_equal(fixture_audited("account.create"), 1);
    assert_int_equal(fixture_audited("account.address.takeover"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        desk_test(test_first_sight),
        desk_test(test_the_actor_can_work),
        desk_test(test_the_second_sight_writes_nothing),
        desk_test(test_names_are_exact),
        desk_test(test_an_internal_account_is_somebody_else),
        desk_test(test_refusals),
        desk_test(test_a_disabled_account),
        desk_test(test_what_cannot_be_is_left_out),
        desk_test(test_what_is_said_replaces_what_was),
        desk_test(test_what_is_not_said_stays),
        desk_test(test_groups_follow),
        desk_test(test_an_untrusted_directory_takes_nothing),
        desk_test(test_a_trusted_directory_takes_the_address_over),
        desk_test(test_who_was_invited_finds_it),
        desk_test(test_only_a_trusted_directory_says_whose_it_is),
        desk_test(test_what_has_an_owner_is_nobody_elses),
        desk_test(test_the_first_trusted_directory_keeps_it),
        desk_test(test_the_earlier_directory_wins_from_the_later),
        desk_test(test_trust_that_comes_and_goes),
        desk_test(test_trust_is_noted_without_an_address_too),
        desk_test(test_an_external_account_has_no_password),
        desk_test(test_a_database_that_takes_no_writes),
        desk_test(test_first_sights_at_once),
    };

    return cmocka_run_group_tests_name("desk authentication external", tests, NULL, NULL);
}
