/* Mailed tokens: one use, one purpose, one time; nothing in the database that opens anything. */
#include "fixture.h"

#include <apr_hash.h>

#include "base/token.h"
#include "desk/account.h"
#include "desk/mailed_token.h"

typedef struct use_t {
    sd_work_t *work;
    sd_mailed_kind_t kind;
    const char *text;
    const sd_mailed_token_input_t *input;
    const sd_mailed_token_t *token;
    sd_id_t id;
    int fail;
} use_t;

static sd_error_t *issue_in_write(void *baton)
{
    use_t *use = baton;

    return sd_mailed_token_issue(&use->id, use->work, use->input);
}

static sd_id_t issue_with(const sd_mailed_token_input_t *input)
{
    use_t use = {.work = fixture_operator(), .input = input};

    assert_good(sd_work_write(use.work, issue_in_write, &use));
    return use.id;
}

static sd_id_t issue(sd_mailed_kind_t kind, sd_id_t account_id)
{
    return issue_with(
        &(sd_mailed_token_input_t){.kind = kind, .account_id = account_id, .address = "Carol@Example.ORG"});
}

static const char *text_of(sd_id_t id)
{
    const char *text;

    assert_good(sd_mailed_token_text(&text, fixture_operator(), id));
    return text;
}

static sd_error_t *consume_in_write(void *baton)
{
    use_t *use = baton;

    SD_TRY(sd_mailed_token_consume(&use->token, use->work, use->kind, use->text));
    return use->fail ? sd_error_new(use->work->pool, SD_ERROR_CONFLICT, "later", "Something after it failed.") : NULL;
}

static sd_error_t *consume(sd_mailed_kind_t kind, const char *text)
{
    use_t use = {.work = fixture_work(0), .kind = kind, .text = text};

    return sd_work_write(use.work, consume_in_write, &use);
}

static sd_error_t *find(sd_mailed_kind_t kind, const char *text)
{
    const sd_mailed_token_t *token;

    return sd_mailed_token_find(&token, fixture_work(0), kind, text);
}

#define assert_dead(call_)                                                                                             \
    do {                                                                                                               \
        const sd_error_t *dead_ = (call_);                                                                             \
        assert_non_null(dead_);                                                                                        \
        assert_int_equal(dead_->kind, SD_ERROR_NOT_FOUND);                                                             \
        assert_string_equal(dead_->key, "sd.mailed_token.dead");                                                       \
        assert_null(dead_->field);                                                                                     \
    } while (0)

static const struct {
    sd_mailed_kind_t kind;
    const char *tag;
    sd_time_t lifetime;
} kinds[] = {
    {SD_MAILED_VERIFY, "sdv_", 86400000}, {SD_MAILED_INVITE, "sdi_", 604800000},
    {SD_MAILED_RESET, "sdr_", 3600000},   {SD_MAILED_ADDRESS, "sda_", 3600000},
    {SD_MAILED_SIGN_IN, "sdl_", 600000},  {SD_MAILED_ADDRESS_BACK, "sdb_", 604800000},
};

static void test_each_kind(void **state)
{
    sd_id_t carol = fixture_account("carol");

    (void)state;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const sd_mailed_token_t *token;
        sd_id_t id = issue(kinds[i].kind, carol);
        const char *text = text_of(id);

        assert_int_equal(strlen(text), 47);
        assert_int_equal(strncmp(text, kinds[i].tag, 4), 0);
        assert_string_equal(text, text_of(id));
        assert_good(sd_mailed_token_find(&token, fixture_work(0), kinds[i].kind, text));
        assert_int_equal(token->account_id, carol);
        assert_string_equal(token->address, "Carol@example.org");
        assert_string_equal(token->address_key, "carol@example.org");
        assert_true(token->expires == FIXTURE_START + kinds[i].lifetime);
        for (size_t other = 0; other < sizeof(kinds) / sizeof(kinds[0]); other++) {
            if (other != i) {
                assert_dead(find(kinds[other].kind, text));
                assert_dead(consume(kinds[other].kind, text));
            }
        }
        assert_good(consume(kinds[i].kind, text));
        assert_dead(consume(kinds[i].kind, text));
        assert_dead(find(kinds[i].kind, text));
        assert_null(text_of(id));
    }
}

/* The tag keeps the kinds apart before the database is asked; the statements do it once more. */
static sd_error_t *take_as_another_kind(void *baton)
{
    use_t *use = baton;
    sd_store_t *store = use->work->store;

    SD_TRY(sd_mailed_tokens_by_hash(&use->token, store, "verify", use->text));
    assert_null(use->token);
    SD_TRY(sd_mailed_tokens_consume(&use->token, store, "verify", use->text, FIXTURE_START));
    assert_null(use->token);
    SD_TRY(sd_mailed_tokens_by_hash(&use->token, store, "reset", use->text));
    assert_non_null(use->token);
    return sd_mailed_tokens_consume(&use->token, store, "reset", use->text, FIXTURE_START);
}

static void test_the_statements_know_the_kind(void **state)
{
    const char *text = text_of(issue(SD_MAILED_RESET, fixture_account("carol")));
    use_t use = {.work = fixture_work(0), .text = sd_token_hash(fixture.pool, SD_TOKEN_RESET, text)};

    (void)state;
    assert_good(sd_work_write(use.work, take_as_another_kind, &use));
    assert_non_null(use.token);
}

static void test_nothing_in_the_database(void **state)
{
    const char *text = text_of(issue(SD_MAILED_RESET, fixture_account("carol")));
    const char *row = fixture_text("SELECT hash || '|' || nonce || '|' || pepper || '|' || address FROM mailed_token");
    unsigned char digest[SD_DIGEST_BYTES];

    (void)state;
    assert_null(strstr(row, text));
    assert_null(strstr(row, text + 4));
    sd_digest_sha256(digest, text, strlen(text));
    assert_string_equal(fixture_text("SELECT hash FROM mailed_token"), sd_digest_hex(fixture.pool, digest, 32));
}

/* Whoever has a copy of the database, but not the pepper, makes another text of it. */
static void test_the_pepper_makes_the_text(void **state)
{
    sd_id_t id = issue(SD_MAILED_RESET, fixture_account("carol"));
    const char *text = text_of(id);
    sd_password_keys_t keys = fixture.site.passwords;

    (void)state;
    fixture.site.passwords.current.key[0] ^= 1;
    assert_string_not_equal(text_of(id), text);
    fixture.site.passwords = keys;
    fixture.site.passwords.previous = keys.current;
    fixture.site.passwords.current.id = 2;
    fixture.site.passwords.current.key[0] ^= 1;
    assert_string_equal(text_of(id), text);
    fixture.site.passwords.previous.id = 0;
    assert_null(text_of(id));
    assert_good(find(SD_MAILED_RESET, text));
    fixture.site.passwords.current.id = 0;
    use_t use = {.work = fixture_operator(),
                 .input = &(sd_mailed_token_input_t){.kind = SD_MAILED_RESET, .address = "a@example.org"}};
    assert_bad(sd_work_write(use.work, issue_in_write, &use), SD_ERROR_UNAVAILABLE);
}

static void test_what_is_no_token(void **state)
{
    const char *text = text_of(issue(SD_MAILED_VERIFY, 0)), *huge = apr_psprintf(fixture.pool, "sdv_%020000d", 7);
    char *flipped = apr_pstrdup(fixture.pool, text);
    const char *bad[] = {NULL,
                         "",
                         "%",
                         "_",
                         "*",
                         "null",
                         "0",
                         "true",
                         "[]",
                         "sdv_",
                         "sdv_%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%",
                         "sdv_' OR '1'='1' --aaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                         huge,
                         apr_pstrcat(fixture.pool, text, " ", NULL),
                         apr_pstrcat(fixture.pool, text, "\n", NULL),
                         apr_pstrcat(fixture.pool, " ", text, NULL),
                         apr_pstrmemdup(fixture.pool, text, 46),
                         fixture_text("SELECT hash FROM mailed_token"),
                         fixture_text("SELECT nonce FROM mailed_token"),
                         flipped};

    (void)state;
    for (char *c = flipped + 4; *c; c++) {
        *c = (char)(*c >= 'a' && *c <= 'z' ? *c - 32 : *c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_dead(find(SD_MAILED_VERIFY, bad[i]));
        assert_dead(consume(SD_MAILED_VERIFY, bad[i]));
    }
    assert_good(consume(SD_MAILED_VERIFY, text));
}

static void test_edges_of_time(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        sd_id_t id = issue(kinds[i].kind, 0);
        const char *text = text_of(id);

        fixture_clock_move(kinds[i].lifetime - 1);
        assert_good(find(kinds[i].kind, text));
        fixture_clock_move(1);
        assert_dead(consume(kinds[i].kind, text));
        assert_null(text_of(id));
        assert_dead(find(kinds[i].kind, text));
        fixture_clock_move(-SD_SECOND);
        assert_dead(find(kinds[i].kind, text));
        assert_dead(consume(kinds[i].kind, text));
    }
}

/* The link was never tried while it was over: only the clock knows, and it went back further than it can have. */
static void test_a_clock_before_the_making(void **state)
{
    const char *text = text_of(issue(SD_MAILED_RESET, 0));

    (void)state;
    fixture_clock_move(-SD_MINUTE - 1);
    assert_dead(find(SD_MAILED_RESET, text));
    assert_dead(consume(SD_MAILED_RESET, text));
    fixture_clock_move(1);
    assert_good(find(SD_MAILED_RESET, text));
    assert_good(consume(SD_MAILED_RESET, text));
}

static void test_one_alive(void **state)
{
    sd_id_t carol = fixture_account("carol"), dan = fixture_account("dan");
    const char *first = text_of(issue(SD_MAILED_RESET, carol)), *other = text_of(issue(SD_MAILED_ADDRESS, carol));
    const char *dans = text_of(issue(SD_MAILED_RESET, dan)), *stranger = text_of(issue(SD_MAILED_RESET, 0));
    const char *second = text_of(issue(SD_MAILED_RESET, carol));

    (void)state;
    assert_dead(find(SD_MAILED_RESET, first));
    assert_good(find(SD_MAILED_RESET, second));
    assert_good(find(SD_MAILED_RESET, dans));
    assert_good(find(SD_MAILED_ADDRESS, other));
    assert_good(find(SD_MAILED_RESET, stranger));
    issue_with(&(sd_mailed_token_input_t){.kind = SD_MAILED_RESET, .address = "CAROL@example.org"});
    assert_dead(find(SD_MAILED_RESET, stranger));
    assert_good(find(SD_MAILED_RESET, second));
}

static void test_an_invitation_has_its_own(void **state)
{
    sd_id_t carol = fixture_account("carol"), a = fixture_desk("A", "listed"), b = fixture_desk("B", "listed");
    sd_mailed_token_input_t input = {.kind = SD_MAILED_INVITE, .account_id = carol, .address = "carol@example.org"};

    (void)state;
    fixture_run("INSERT INTO invitation (id, desk_id, account_id, created, sent, expires) VALUES (1, %d, %d, 0, 0, 1),"
                " (2, %d, %d, 0, 0, 1)",
                (int)a, (int)carol, (int)b, (int)carol);
    input.invitation_id = 1;
    const char *first = text_of(issue_with(&input));
    input.invitation_id = 2;
    const char *second = text_of(issue_with(&input));
    assert_good(find(SD_MAILED_INVITE, first));
    assert_good(find(SD_MAILED_INVITE, second));
    issue_with(&input);
    assert_good(find(SD_MAILED_INVITE, first));
    assert_dead(find(SD_MAILED_INVITE, second));
    fixture_run("DELETE FROM invitation WHERE id = 1");
    assert_dead(find(SD_MAILED_INVITE, first));
}

/* All or nothing: a token whose effect failed is still there for the next try. */
static void test_with_its_effect(void **state)
{
    use_t use = {.work = fixture_work(0), .kind = SD_MAILED_RESET, .fail = 1};

    (void)state;
    use.text = text_of(issue(SD_MAILED_RESET, fixture_account("carol")));
    assert_bad(sd_work_write(use.work, consume_in_write, &use), SD_ERROR_CONFLICT);
    use.fail = 0;
    assert_good(sd_work_write(use.work, consume_in_write, &use));
    assert_true(use.token->used == FIXTURE_START);
}

static void test_password_and_disabling_end_them(void **state)
{
    sd_id_t carol = fixture_account("carol");
    const char *reset = text_of(issue(SD_MAILED_RESET, carol)), *link = text_of(issue(SD_MAILED_SIGN_IN, carol));

    (void)state;
    assert_good(sd_account_set_password(fixture_operator(), "carol", FIXTURE_PASSWORD));
    assert_dead(find(SD_MAILED_RESET, reset));
    assert_dead(find(SD_MAILED_SIGN_IN, link));
    reset = text_of(issue(SD_MAILED_RESET, carol));
    assert_good(sd_account_disable(fixture_operator(), "carol", 1));
    assert_dead(find(SD_MAILED_RESET, reset));
}

/* Whoever stole an account changes what he likes; the way back of its owner outlives it. */
static void test_the_way_back_stays(void **state)
{
    sd_id_t carol = fixture_account("carol");
    const char *first = text_of(issue(SD_MAILED_ADDRESS_BACK, carol));
    const char *second = text_of(issue(SD_MAILED_ADDRESS_BACK, carol));

    (void)state;
    assert_good(sd_account_set_password(fixture_operator(), "carol", FIXTURE_PASSWORD));
    assert_good(find(SD_MAILED_ADDRESS_BACK, first));
    assert_good(find(SD_MAILED_ADDRESS_BACK, second));
    assert_good(sd_account_disable(fixture_operator(), "carol", 1));
    assert_dead(find(SD_MAILED_ADDRESS_BACK, first));
    assert_dead(find(SD_MAILED_ADDRESS_BACK, second));
}

static void test_purge(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++) {
        issue_with(&(sd_mailed_token_input_t){.kind = SD_MAILED_SIGN_IN,
                                              .address = apr_psprintf(fixture.pool, "a%d@example.org", i)});
    }
    assert_int_equal(fixture_number("SELECT count(*) FROM mailed_token"), 50);
    fixture_clock_move(10 * SD_MINUTE);
    issue(SD_MAILED_RESET, 0);
    assert_int_equal(fixture_number("SELECT count(*) FROM mailed_token"), 31);
    issue(SD_MAILED_VERIFY, 0);
    issue(SD_MAILED_INVITE, 0);
    assert_int_equal(fixture_number("SELECT count(*) FROM mailed_token"), 3);
}

/* Two thousand at the same millisecond, and no two begin alike behind the tag. */
static void test_drawn(void **state)
{
    apr_hash_t *seen = apr_hash_make(fixture.pool);

    (void)state;
    for (int i = 0; i < 2000; i++) {
        const char *text = text_of(issue(SD_MAILED_VERIFY, 0)), *start = apr_pstrmemdup(fixture.pool, text + 4, 8);

        assert_null(apr_hash_get(seen, start, APR_HASH_KEY_STRING));
        apr_hash_set(seen, start, APR_HASH_KEY_STRING, text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        desk_test(test_each_kind),
        desk_test(test_the_statements_know_the_kind),
        desk_test(test_nothing_in_the_database),
        desk_test(test_the_pepper_makes_the_text),
        desk_test(test_what_is_no_token),
        desk_test(test_edges_of_time),
        desk_test(test_a_clock_before_the_making),
        desk_test(test_one_alive),
        desk_test(test_an_invitation_has_its_own),
        desk_test(test_with_its_effect),
        desk_test(test_password_and_disabling_end_them),
        desk_test(test_the_way_back_stays),
        desk_test(test_purge),
        desk_test(test_drawn),
    };

    return cmocka_run_group_tests_name("desk mailed_token", tests, NULL, NULL);
}
