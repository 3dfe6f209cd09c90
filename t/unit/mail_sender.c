/* Rounds of the sender with a transport that keeps what it is given: what is noted, what is left for the next round. */
#include "fixture.h"

#include "desk/outbox.h"
#include "mail/message.h"
#include "mail/sender.h"

#define LETTERS 40

struct sd_transport_session_t {
    int begun;
};

/* What the other side does, and what it saw. */
static struct {
    sd_delivery_t says;
    sd_time_t takes;
    int stops_after; /* so many letters, 0 is never */
    int count;
    const char *names[LETTERS];
    sd_time_t began[LETTERS];
} other;

static volatile apr_uint32_t stop;
static int notes_that_fail, complaints;

static sd_transport_session_t *begin(const sd_transport_t *transport, apr_pool_t *pool)
{
    (void)transport;
    return apr_pcalloc(pool, sizeof(sd_transport_session_t));
}

static sd_delivery_t deliver(sd_transport_session_t *session, const sd_letter_t *letter, const char **answer,
                             apr_pool_t *pool)
{
    (void)session;
    (void)pool;
    assert_in_range(other.count, 0, LETTERS - 1);
    other.began[other.count] = fixture.now;
    other.names[other.count++] = apr_pstrdup(fixture.pool, letter->name);
    fixture_clock_move(other.takes);
    stop = other.stops_after && other.count >= other.stops_after;
    *answer = "as told";
    return other.says;
}

static sd_error_t *unit(void *baton, apr_pool_t *pool, int to_write, sd_sender_fn fn, void *fn_baton)
{
    sd_work_t *work = fixture_operator();

    (void)baton;
    work->pool = pool;
    if (to_write && other.count && notes_that_fail > 0) {
        notes_that_fail--;
        return sd_error_private(pool, SD_ERROR_UNAVAILABLE, "not now");
    }
    return fn(fn_baton, work);
}

static void complain(void *baton, const char *text)
{
    (void)baton;
    assert_non_null(text);
    complaints++;
}

static const sd_transport_t transport = {begin, deliver, SD_SECOND};
static sd_sender_t sender;

static int setup(void **state)
{
    fixture_setup(state);
    sd_message_child_init();
    memset(&other, 0, sizeof(other));
    other.says = SD_DELIVERY_DONE;
    stop = 0;
    notes_that_fail = complaints = 0;
    sender = (sd_sender_t){
        .site = &fixture.site,
        .templates = sd_templates_load(fixture.pool, NULL),
        .transport = &transport,
        .from_address = "help@example.org",
        .host = "example.org",
        .list_id = "<desk.example.org>",
        .loop = "desk.example.org",
        .stop = &stop,
        .unit = unit,
        .complain = complain,
    };
    return 0;
}

static sd_error_t *add_in_write(void *baton)
{
    return sd_outbox_add(fixture_operator(), baton);
}

static void add(int count)
{
    for (int i = 0; i < count; i++) {
        sd_mail_t mail = {.kind = SD_MAIL_WELCOME, .address = apr_psprintf(fixture.pool, "m%d@example.net", i)};

        assert_good(sd_work_write(fixture_operator(), add_in_write, &mail));
    }
}

static sd_sender_state_t round_of_sending(void)
{
    sd_sender_state_t state;
    apr_pool_t *pool;

    apr_pool_create(&pool, fixture.pool);
    assert_good(sd_sender_round(&state, &sender, pool));
    apr_pool_destroy(pool);
    return state;
}

static int count_of(const char *state)
{
    return (int)fixture_number("SELECT count(*) FROM outbox WHERE state = '%s'", state);
}

static void test_all_leave_once(void **state)
{
    (void)state;
    add(3);
    assert_int_equal(round_of_sending(), SD_SENDER_BUSY);
    assert_int_equal(round_of_sending(), SD_SENDER_IDLE);
    assert_int_equal(other.count, 3);
    assert_int_equal(count_of("sent"), 3);
}

/* A mail that left is noted, or it would leave again. */
static void test_a_note_is_tried_again(void **state)
{
    (void)state;
    add(1);
    notes_that_fail = 2;
    assert_int_equal(round_of_sending(), SD_SENDER_BUSY);
    assert_int_equal(count_of("sent"), 1);
    fixture_clock_move(SD_HOUR);
    assert_int_equal(round_of_sending(), SD_SENDER_IDLE);
    assert_int_equal(other.count, 1);
}

/* And if it cannot be, it leaves again under its name, when its time as somebody's is over. */
static void test_what_is_not_noted(void **state)
{
    sd_sender_state_t ignored;
    apr_pool_t *pool;

    (void)state;
    add(1);
    notes_that_fail = 3;
    apr_pool_create(&pool, fixture.pool);
    assert_bad(sd_sender_round(&ignored, &sender, pool), SD_ERROR_UNAVAILABLE);
    apr_pool_destroy(pool);
    assert_int_equal(round_of_sending(), SD_SENDER_IDLE);
    fixture_clock_move(SD_HOUR);
    sender.host = "other.example";
    assert_int_equal(round_of_sending(), SD_SENDER_BUSY);
    assert_int_equal(other.count, 2);
    assert_string_equal(other.names[0], other.names[1]);
    assert_int_equal(fixture_number("SELECT count(*) FROM outbox WHERE message_host = 'example.org'"), 1);
}

/* None is begun that could still be under way when others may take it. */
static void test_none_outlives_its_lease(void **state)
{
    sd_time_t taken = fixture.now;

    (void)state;
    add(20);
    other.takes = SD_SECOND;
    assert_int_equal(round_of_sending(), SD_SENDER_BUSY);
    assert_in_range(other.count, 2, 12);
    assert_true(other.began[other.count - 1] + SD_SECOND < taken + 12 * SD_SECOND);
    assert_int_equal(count_of("sent"), other.count);
    fixture_clock_move(SD_HOUR);
    other.takes = 0;
    assert_int_equal(round_of_sending(), SD_SENDER_BUSY);
    assert_int_equal(other.count, 20);
    assert_int_equal(count_of("sent"), 20);
}

static void test_nobody_takes_mails(void **state)
{
    (void)state;
    add(3);
    other.says = SD_DELIVERY_DOWN;
    assert_int_equal(round_of_sending(), SD_SENDER_DOWN);
    assert_int_equal(other.count, 1);
    assert_int_equal(complaints, 1);
    assert_int_equal(count_of("queued"), 3);
    assert_int_equal(fixture_number("SELECT sum(attempts) FROM outbox"), 0);
}

static void test_stopped(void **state)
{
    (void)state;
    add(3);
    other.stops_after = 1;
    assert_int_equal(round_of_sending(), SD_SENDER_BUSY);
    assert_int_equal(other.count, 1);
    assert_int_equal(count_of("sent"), 1);
    assert_int_equal(fixture_number("SELECT count(*) FROM outbox WHERE lease IS NOT NULL"), 0);
}

static void test_given_up(void **state)
{
    (void)state;
    add(1);
    other.says = SD_DELIVERY_REFUSED;
    assert_int_equal(round_of_sending(), SD_SENDER_BUSY);
    assert_int_equal(count_of("dead"), 1);
    assert_int_equal(complaints, 1);
}

#define sender_test(fn_) cmocka_unit_test_setup_teardown(fn_, setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        sender_test(test_all_leave_once),     sender_test(test_a_note_is_tried_again),
        sender_test(test_what_is_not_noted),  sender_test(test_none_outlives_its_lease),
        sender_test(test_nobody_takes_mails), sender_test(test_stopped),
        sender_test(test_given_up),
    };

    return cmocka_run_group_tests_name("sender", tests, NULL, NULL);
}
