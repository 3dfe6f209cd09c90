/* One round of sending after another. */
#include "mail/sender.h"

#include <string.h>

#include <apr_strings.h>

#include "desk/outgoing.h"
#include "mail/message.h"
#include "mail/render.h"

#define MAILS 20 /* taken at a time */
#define SETTLE_TRIES 3

typedef struct round_t {
    const sd_sender_t *sender;
    apr_pool_t *pool;
    apr_pool_t *scratch; /* of one mail */
    sd_transport_session_t *session;
    int is_waiting;
    int held;
    apr_array_header_t *mails;
    const sd_outgoing_t *mail; /* under way */
    sd_outgoing_outcome_t outcome;
    const char *answer;
    int dead;
    int down; /* the transport takes nothing more */
} round_t;

static sd_error_t *look(void *baton, sd_work_t *work)
{
    round_t *round = baton;

    return sd_outgoing_is_waiting(&round->is_waiting, work);
}

static sd_error_t *take(void *baton, sd_work_t *work)
{
    round_t *round = baton;
    /* Time for two that take as long as they may; what has no time left goes back. */
    const sd_outgoing_input_t input = {round->sender->host, MAILS,
                                       2 * round->sender->transport->milliseconds + 10 * SD_SECOND};

    return sd_outgoing_take_due(&round->mails, &round->held, work, &input);
}

static sd_error_t *settle(void *baton, sd_work_t *work)
{
    round_t *round = baton;

    return sd_outgoing_settle(&round->dead, work, round->mail, round->outcome, round->answer);
}

static sd_error_t *unit(round_t *round, apr_pool_t *pool, int to_write, sd_sender_fn fn)
{
    return round->sender->unit(round->sender->unit_baton, pool, to_write, fn, round);
}

static void complain(const round_t *round, const char *text)
{
    round->sender->complain(round->sender->unit_baton, text);
}

static sd_error_t *compose(sd_letter_t *letter, const round_t *round)
{
    const sd_sender_t *sender = round->sender;
    const sd_outgoing_t *mail = round->mail;
    apr_pool_t *pool = round->scratch;
    sd_rendered_t rendered;

    SD_TRY(sd_mail_render(&rendered, pool, sender->templates, sender->site->base_url, mail));
    const sd_message_t message = {
        .from_name = sender->from_name,
        .from_address = sender->from_address,
        .to_address = mail->address,
        .subject = rendered.subject,
        .message_id = mail->message_id,
        .list_id = sender->list_id,
        .loop = sender->loop,
        .language = rendered.language,
        .date = sd_clock_now(sender->site->clock),
        .text = rendered.text,
        .html = rendered.html,
    };
    letter->from = sender->from_address;
    letter->to = mail->address;
    letter->name = apr_pstrmemdup(pool, mail->message_id, strcspn(mail->message_id, "@"));
    return sd_message_build(&letter->bytes, &letter->length, pool, &message);
}

/* From what the transport says to what becomes of the mail. */
static void judge(round_t *round, sd_delivery_t delivery)
{
    static const sd_outgoing_outcome_t outcomes[] = {
        [SD_DELIVERY_DONE] = SD_OUTGOING_SENT,
        [SD_DELIVERY_LATER] = SD_OUTGOING_LATER,
        [SD_DELIVERY_REFUSED] = SD_OUTGOING_REFUSED,
        [SD_DELIVERY_DOWN] = SD_OUTGOING_UNTRIED,
    };

    round->outcome = outcomes[delivery];
    if (delivery == SD_DELIVERY_DOWN) {
        round->down = 1;
        complain(round, apr_psprintf(round->scratch, "SD00050: mail %s (%s) waits, nobody takes it: %s",
                                     round->mail->message_id, round->mail->kind->name, round->answer));
    }
}

static int has_time(const round_t *round)
{
    const sd_sender_t *sender = round->sender;

    return sd_clock_now(sender->site->clock) + sender->transport->milliseconds < round->mail->lease_ends;
}

static void send_one(round_t *round)
{
    const sd_sender_t *sender = round->sender;
    sd_letter_t letter;

    round->outcome = SD_OUTGOING_UNTRIED;
    round->answer = NULL;
    if (round->down || *sender->stop || !has_time(round)) {
        return;
    }
    sd_error_t *error = compose(&letter, round);
    if (error) {
        round->outcome = SD_OUTGOING_LATER;
        round->answer = error->detail;
        complain(round, apr_psprintf(round->scratch, "SD00051: mail %s (%s) cannot be made: %s",
                                     round->mail->message_id, round->mail->kind->name, error->detail));
        return;
    }
    if (!round->session) {
        round->session = sender->transport->begin(sender->transport, round->pool);
    }
    judge(round, sender->transport->deliver(round->session, &letter, &round->answer, round->scratch));
}

/* A mail that left and is not noted leaves again, so the note is tried more than once. */
static sd_error_t *note(round_t *round)
{
    sd_error_t *error = NULL;

    for (int i = 0; i < SETTLE_TRIES; i++) {
        error = unit(round, round->scratch, 1, settle);
        if (!error) {
            break;
        }
    }
    if (!error && round->dead) {
        complain(round, apr_psprintf(round->scratch, "SD00052: mail %s (%s) is given up: %s", round->mail->message_id,
                                     round->mail->kind->name, round->answer ? round->answer : "too old"));
    }
    return error;
}

static sd_error_t *send_all(round_t *round)
{
    sd_error_t *error = NULL;

    apr_pool_create(&round->scratch, round->pool);
    for (int i = 0; i < round->mails->nelts && !error; i++) {
        apr_pool_clear(round->scratch);
        round->mail = APR_ARRAY_IDX(round->mails, i, const sd_outgoing_t *);
        send_one(round);
        error = note(round);
    }
    return error;
}

sd_error_t *sd_sender_round(sd_sender_state_t *state, const sd_sender_t *sender, apr_pool_t *pool)
{
    round_t round = {.sender = sender, .pool = pool};

    *state = SD_SENDER_IDLE;
    SD_TRY(unit(&round, pool, 0, look));
    if (!round.is_waiting) {
        return NULL;
    }
    SD_TRY(unit(&round, pool, 1, take));
    if (round.held) {
        *state = SD_SENDER_HELD;
        return NULL;
    }
    SD_TRY(send_all(&round));
    *state = round.down ? SD_SENDER_DOWN : SD_SENDER_BUSY;
    return NULL;
}
