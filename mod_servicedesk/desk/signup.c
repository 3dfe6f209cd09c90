/* Signup: from the form to the mail. */
#include "desk/signup.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "desk/account.h"
#include "desk/account_form.h"
#include "desk/audit.h"
#include "desk/domain.h"
#include "desk/language.h"
#include "desk/mailed_token.h"
#include "desk/outbox.h"
#include "desk/password_budget.h"
#include "desk/setting.h"
#include "desk/signup_admit.h"
#include "store/accounts.h"
#include "store/desks.h"

#define SOURCE "signup-source"
#define PURGE 20 /* rows swept at each signup: more than it adds */

/* ---- what is offered ---- */

/* The desk that is meant, if people can sign up on it; else SD_ERROR_NOT_FOUND, whatever the reason. */
static sd_error_t *find_open(const sd_desk_t **desk, sd_work_t *work, const char *named)
{
    sd_signup_state_t state;

    *desk = NULL;
    if (named) {
        SD_TRY(sd_desks_find(desk, work->store, named, 0));
        if (!*desk) {
            return sd_error_not_found(work->pool);
        }
    }
    SD_TRY(sd_signup_effective(&state, work, *desk));
    return state.available ? NULL : sd_error_not_found(work->pool);
}

typedef struct offer_call_t {
    sd_work_t *work;
    const char *named;
    sd_signup_offer_t *offer;
} offer_call_t;

static sd_error_t *offer_in_read(void *baton)
{
    offer_call_t *call = baton;
    const sd_desk_t *desk;
    sd_error_t *error = find_open(&desk, call->work, call->named);

    if (error) {
        return error->kind == SD_ERROR_NOT_FOUND ? NULL : error;
    }
    call->offer->available = 1;
    call->offer->desk_key = desk ? desk->key : NULL;
    call->offer->desk_name = desk ? desk->name : NULL;
    call->offer->desk_language = desk ? desk->language : NULL;
    SD_TRY(sd_setting_value(&call->offer->proof, call->work, "signup_proof"));
    SD_TRY(sd_setting_boolean(&call->offer->approval, call->work, "signup_approval"));
    return sd_captcha_is_on(&call->offer->captcha, call->work);
}

sd_error_t *sd_signup_offer(sd_signup_offer_t *offer, sd_work_t *work, const char *desk)
{
    *offer = (sd_signup_offer_t){0};
    return sd_store_read(work->store, offer_in_read, &(offer_call_t){work, desk, offer});
}

/* ---- the form ---- */

static sd_error_t *check_texts(sd_signup_t *signup, const sd_desk_t *desk)
{
    sd_work_t *work = signup->work;
    const sd_signup_input_t *input = signup->input;
    const char *name = input->display_name ? input->display_name : "";
    sd_address_t address = {"", "", NULL};
    sd_error_t *errors = sd_address_parse(&address, work->pool, "email", input->address);

    if (!errors) {
        errors = sd_domain_check(work, desk ? desk->id : 0, "email", &address);
    }
    errors =
        sd_error_append(errors, sd_text_check(work->pool, "displayName", name, 1, SD_ACCOUNT_DISPLAY_NAME_LENGTH, 0));
    errors = sd_error_append(errors, sd_account_check_password(work->pool, address.mailbox, address.mailbox, name,
                                                               input->password ? input->password : ""));
    signup->row.address = address.mailbox;
    signup->row.address_key = address.key;
    signup->row.display_name = errors ? NULL : sd_text_trim(work->pool, name);
    return errors;
}

static sd_error_t *throttled(sd_work_t *work, int seconds)
{
    sd_error_t *error = sd_error_new(work->pool, SD_ERROR_THROTTLED, "sd.signup.throttled",
                                     "Too many signups from your network. Try again later.");

    error->retry_after = seconds;
    return error;
}

/* Each network may begin so many an hour; nobody is told about anybody by it. */
static sd_error_t *take_source(sd_signup_t *signup)
{
    sd_work_t *work = signup->work;
    const char *network = sd_source_network(work->pool, work->source);
    apr_int64_t budget;

    if (!work->site->throttle || !network) {
        return NULL;
    }
    SD_TRY(sd_setting_number(&budget, work, "signup_source_hour"));
    if (!budget) {
        return throttled(work, SD_HOUR / SD_SECOND);
    }
    signup->source = (sd_budget_t){SOURCE, network, (int)budget, SD_HOUR};
    int wait = sd_budget_take(work, &signup->source);
    return wait ? throttled(work, wait) : NULL;
}

/* A mailbox that has had its mails for today is left alone: the link in the last of them stays good. */
static sd_error_t *take_mailbox(sd_signup_t *signup)
{
    sd_work_t *work = signup->work;
    apr_int64_t budget;

    if (!work->site->throttle) {
        return NULL;
    }
    SD_TRY(sd_setting_number(&budget, work, "mail_unproven_day"));
    if (budget) {
        const char *mailbox = sd_outbox_mailbox(work->pool, signup->row.address_key);
        signup->mailbox = (sd_budget_t){"signup-mailbox", mailbox, (int)budget, SD_DAY};
    }
    signup->is_spent = !budget || sd_budget_take(work, &signup->mailbox);
    return NULL;
}

/* The same at all servers together; the mailbox's last, and its answer is nobody's to read. */
static sd_error_t *take_shared(sd_signup_t *signup)
{
    const sd_budget_t budgets[] = {signup->source, signup->mailbox};
    int spent, wait;

    SD_TRY(sd_budget_count_shared(&spent, &wait, signup->work, budgets, signup->is_spent ? 1 : 2));
    signup->is_spent |= spent == 1;
    return spent == 0 ? throttled(signup->work, wait) : NULL;
}

static sd_error_t *decide_at_once(int *at_once, sd_work_t *work, const sd_signup_row_t *row)
{
    sd_directory_choice_t choice;
    const char *proof;
    int approval;

    SD_TRY(sd_setting_value(&proof, work, "signup_proof"));
    SD_TRY(sd_setting_boolean(&approval, work, "signup_approval"));
    SD_TRY(sd_directory_writable(&choice, work));
    *at_once =
        strcmp(proof, "at-once") == 0 && !approval && !row->by_hand && choice.directory && choice.directory->internal;
    return NULL;
}

static sd_error_t *check_in_read(void *baton)
{
    sd_signup_t *signup = baton;
    const char *language = signup->input->language;
    const sd_desk_t *desk;

    SD_TRY(find_open(&desk, signup->work, signup->input->desk));
    signup->row.desk_id = desk ? desk->id : 0;
    /* One that is none is no reason to send somebody away. */
    signup->row.language = language && sd_language_is_tag(language) ? language : NULL;
    SD_TRY(sd_error_append(check_texts(signup, desk), signup->input->captcha_error));
    SD_TRY(take_source(signup));
    SD_TRY(decide_at_once(&signup->is_alone, signup->work, &signup->row));
    return take_mailbox(signup);
}

static sd_error_t *audit_trip_in_write(void *baton)
{
    sd_work_t *work = baton;

    return sd_audit_write(work, &(sd_audit_entry_t){
                                    .act = "signup.throttle",
                                    .object_type = "source",
                                    .object_id = sd_source_network(work->pool, work->source),
                                    .result = "refused",
                                });
}

/* A flood is told of once each time that a budget runs out, not once a form. */
static sd_error_t *audit_trip(sd_signup_t *signup, sd_error_t *error)
{
    sd_work_t *work = signup->work;

    if (error && error->kind == SD_ERROR_THROTTLED && sd_budget_tripped(work, &signup->source)) {
        SD_TRY(sd_store_write(work->store, audit_trip_in_write, work));
    }
    return error;
}

sd_error_t *sd_signup_check(sd_signup_t **signup, sd_work_t *work, const sd_signup_input_t *input)
{
    *signup = apr_pcalloc(work->pool, sizeof(**signup));
    (*signup)->work = work;
    (*signup)->input = input;
    (*signup)->is_trapped = input->trap && *input->trap;
    return audit_trip(*signup, sd_store_read(work->store, check_in_read, *signup));
}

sd_error_t *sd_signup_hash(sd_signup_t *signup)
{
    const sd_site_t *site = signup->work->site;

    return sd_password_hash(&signup->row.password_hash, signup->work->pool, &site->passwords, site->random,
                            signup->input->password);
}

/* ---- what is written ---- */

static sd_error_t *audit(sd_work_t *work, const sd_signup_row_t *row)
{
    return sd_audit_write(work, &(sd_audit_entry_t){
                                    .act = "signup.begin",
                                    .object_type = "signup",
                                    .object_id = apr_psprintf(work->pool, "%" APR_INT64_T_FMT, row->id),
                                    .desk_id = row->desk_id,
                                });
}

static sd_error_t *mail(sd_signup_t *signup, sd_mail_kind_t kind, const sd_account_t *account, sd_id_t token_id)
{
    const sd_signup_row_t *row = &signup->row;

    return sd_outbox_add(signup->work, &(sd_mail_t){.kind = kind,
                                                    .account_id = account ? account->id : 0,
                                                    .address = row->address,
                                                    .language = row->language,
                                                    .mailed_token_id = token_id,
                                                    .desk_id = row->desk_id});
}

/*
 * The same rows whoever the address belongs to, so that the time tells nothing. To somebody who has an account the mail
 * says so and carries no link: then nobody has the token, and signup and token go when their day is over. Who sends the
 * form again while the mail is young gets no other: its link is for what was sent last.
 */
static sd_error_t *write_signup(sd_signup_t *signup, const sd_account_t *holder)
{
    sd_work_t *work = signup->work;
    sd_signup_row_t *row = &signup->row;
    int is_known = holder && !sd_signup_is_open(holder), repeats;
    sd_id_t token_id;

    row->state = "unproven";
    row->created = sd_work_now(work);
    row->expires = row->created + sd_mailed_token_lifetime(SD_MAILED_VERIFY);
    SD_TRY(sd_outbox_repeats(&repeats, work, is_known ? SD_MAIL_KNOWN_ADDRESS : SD_MAIL_VERIFY, row->address));
    if (repeats) {
        SD_TRY(sd_signups_refill(&row->id, work->store, row));
    }
    if (repeats && (row->id || is_known)) {
        return audit(work, row);
    }
    SD_TRY(sd_signups_replace(&row->id, work->store, row));
    sd_mailed_token_input_t input = {.kind = SD_MAILED_VERIFY, .signup_id = row->id, .address = row->address};
    SD_TRY(sd_mailed_token_issue(&token_id, work, &input));
    SD_TRY(is_known ? mail(signup, SD_MAIL_KNOWN_ADDRESS, holder, 0) : mail(signup, SD_MAIL_VERIFY, NULL, token_id));
    return audit(work, row);
}

/* As in 2014: the account can be used before anybody has proven the address. */
static sd_error_t *make_at_once(sd_signup_t *signup)
{
    sd_work_t *work = signup->work;
    const sd_account_t *account;
    sd_id_t token_id;

    SD_TRY(sd_signup_admit(&account, work, &signup->row, SD_DIRECTORY_INTERNAL, 0));
    sd_mailed_token_input_t input = {
        .kind = SD_MAILED_VERIFY, .account_id = account->id, .address = signup->row.address};
    SD_TRY(sd_mailed_token_issue(&token_id, work, &input));
    return mail(signup, SD_MAIL_VERIFY, account, token_id);
}

/* Whatever the face did: without a right answer, or an agent later, nobody comes in. */
static sd_error_t *take_captcha(sd_signup_t *signup)
{
    sd_work_t *work = signup->work;
    int on;

    SD_TRY(sd_captcha_is_on(&on, work));
    if (!on) {
        return NULL;
    }
    signup->row.by_hand = signup->input->asks_people;
    if (signup->row.by_hand) {
        return NULL;
    }
    return signup->input->captcha ? sd_captcha_use(work, signup->input->captcha) : sd_captcha_wrong(work->pool);
}

static sd_error_t *submit_in_write(void *baton)
{
    sd_signup_t *signup = baton;
    sd_work_t *work = signup->work;
    const sd_account_t *holder;
    const sd_desk_t *desk;

    SD_TRY(find_open(&desk, work, signup->input->desk)); /* it may have been closed meanwhile */
    SD_TRY(take_captcha(signup));
    SD_TRY(decide_at_once(&signup->at_once, work, &signup->row));
    signup->at_once &= signup->is_alone; /* decided this very moment: this one still proves the address first */
    if (signup->is_trapped || signup->is_spent) {
        return NULL;
    }
    SD_TRY(sd_signups_purge(NULL, work->store, sd_work_now(work), PURGE));
    SD_TRY(sd_signup_holder(&holder, work, signup->row.address_key));
    return signup->at_once && !holder ? make_at_once(signup) : write_signup(signup, holder);
}

/*
 * One that makes no account yet is held by the rows it writes, and thousands at a time do not undo each other. A desk
 * that closes in this moment may leave one behind: it is dead as long as the desk is closed, and goes when it opens.
 */
static sd_error_t *submit(sd_signup_t *signup)
{
    sd_store_t *store = signup->work->store;

    SD_TRY(take_shared(signup));
    return signup->is_alone ? sd_store_write(store, submit_in_write, signup)
                            : sd_store_write_rows(store, submit_in_write, signup);
}

sd_error_t *sd_signup_submit(sd_signup_t *signup)
{
    return audit_trip(signup, submit(signup));
}

typedef struct purge_t {
    sd_work_t *work;
    int limit;
    apr_int64_t signups;
    apr_int64_t tokens;
} purge_t;

static sd_error_t *purge_in_write(void *baton)
{
    purge_t *purge = baton;
    sd_store_t *store = purge->work->store;
    sd_time_t now = sd_work_now(purge->work);

    SD_TRY(sd_signups_purge(&purge->signups, store, now, purge->limit));
    return sd_mailed_tokens_purge(&purge->tokens, store, now, purge->limit);
}

sd_error_t *sd_signup_purge(apr_int64_t *count, sd_work_t *work, int limit)
{
    purge_t purge = {work, limit, 0, 0};

    SD_TRY(sd_store_write(work->store, purge_in_write, &purge));
    *count = purge.signups + purge.tokens;
    return NULL;
}
