/*
 * Signup: somebody asks for an account, proves the address, and has it. Three steps each, because a password is hashed
 * between two looks at the database and nobody is to wait for that with a connection in hand:
 *
 *   sd_signup_check()         store lent      what can be said without knowing who has an account
 *   sd_signup_hash()          store NOT lent
 *   sd_signup_submit()        store lent to write; a mail goes out
 *
 *   sd_verification_find()    store lent      the link of that mail, and no more: a GET may ask this
 *   sd_verification_compare() store NOT lent  the password of the signup, so that only whoever signed up gets in
 *   sd_verification_finish()  store lent to write; the account is there
 *
 * A face judges the captcha before the first of them, so that no program uses up a mailbox's budget or makes the site
 * hash; a right answer is used up by the last, so that a form which is refused for another reason keeps it. Who cannot
 * read the picture asks for people: the address is proven, and then an agent decides. No program does that for them.
 *
 * Who reads along learns nothing: the answer, its time, and what is written are the same whether the address has an
 * account, has none, or is of somebody disabled or invited. Its owner gets a mail that differs.
 */
#ifndef SD_DESK_SIGNUP_H
#define SD_DESK_SIGNUP_H

#include "desk/budget.h"
#include "desk/captcha.h"
#include "desk/directory.h"
#include "desk/entry.h"
#include "desk/work.h"
#include "store/signups.h"

typedef struct sd_signup_input_t {
    const char *desk; /* id or key; NULL: an account of the site */
    const char *address;
    const char *display_name;
    const char *password;
    const char *language; /* or NULL */
    const char *trap;     /* of a field that people do not see: whoever fills it in is a program, and is not told so */
    const sd_captcha_proof_t *captcha; /* a right answer; NULL where nobody is asked */
    int asks_people;                   /* cannot read the picture: an agent decides instead */
    sd_error_t *captcha_error; /* of a wrong answer: told beside the other fields, before any budget is touched */
} sd_signup_input_t;

/* A signup on its way through the three steps. */
typedef struct sd_signup_t {
    sd_work_t *work;
    const sd_signup_input_t *input;
    sd_signup_row_t row; /* what will be kept */
    sd_budget_t source;
    sd_budget_t mailbox;
    int is_trapped;
    int is_spent; /* the mailbox has had its mails for today */
    int is_alone; /* it may make an account, and is not written beside others */
    int at_once;  /* the answer: the account can be used now, as far as anybody is told */
} sd_signup_t;

/* What a signup page shows; nothing but `available` where it is not, whatever the reason, and whether or not there is
 * such a desk. */
typedef struct sd_signup_offer_t {
    int available;
    const char *desk_key; /* NULL: of the site */
    const char *desk_name;
    const char *desk_language; /* for whoever asks for none that is known, or NULL */
    const char *proof;         /* address-first, at-once */
    int approval;
    int captcha;
} sd_signup_offer_t;

SD_CHECKED sd_error_t *sd_signup_offer(sd_signup_offer_t *offer, sd_work_t *work, const char *desk);

/* Fields: email, displayName, password. SD_ERROR_NOT_FOUND where nobody can sign up; SD_ERROR_THROTTLED. */
SD_CHECKED sd_error_t *sd_signup_check(sd_signup_t **signup, sd_work_t *work, const sd_signup_input_t *input);
SD_CHECKED sd_error_t *sd_signup_hash(sd_signup_t *signup);
SD_CHECKED sd_error_t *sd_signup_submit(sd_signup_t *signup);

/* A verification on its way. `address` and `desk_*` are for the page that asks for the password. */
typedef struct sd_verification_t {
    sd_work_t *work;
    const char *token;
    const char *address;
    const char *desk_key; /* NULL: of the site */
    const char *desk_name;
    const char *desk_language;
    /* what the steps tell each other */
    sd_id_t token_id;
    const sd_signup_row_t *signup; /* NULL: the account is there already, and only proves its address */
    const sd_account_t *account;   /* that one; or an invited one that the signup completes */
    const char *hash;
    sd_directory_choice_t choice;
    int is_made_outside;
    int waits;           /* an agent has to let them in first */
    sd_id_t approved_id; /* an agent has, some days ago: that signup goes with this one; or 0 */
} sd_verification_t;

/* SD_ERROR_NOT_FOUND sd.mailed_token.dead for every link that does not work (any more). */
SD_CHECKED sd_error_t *sd_verification_find(sd_verification_t **verification, sd_work_t *work, const char *token);

/* SD_ERROR_INPUT sd.signup.password, field password, if it is another; the link stays good for a next try. */
SD_CHECKED sd_error_t *sd_verification_compare(sd_verification_t *verification, const char *password);

/*
 * *account is the new account, and the actor of the unit of work from here on: a face may open a session. NULL: an
 * agent has to approve it first. After an error, sd_verification_undo() (store not lent).
 */
SD_CHECKED sd_error_t *sd_verification_finish(const sd_account_t **account, sd_verification_t *verification);
void sd_verification_undo(sd_verification_t *verification);

/* Those who wait for an approval on a desk (NULL: on the site), for whoever may add customers to it (for system
 * administrators): sd_signup_row_t *, without hashes. */
SD_CHECKED sd_error_t *sd_signup_waiting(sd_list_t **signups, sd_work_t *work, const char *desk, sd_page_t page);
/*
 * *account is NULL if the one who signed up has to come once more: a directory outside takes a password only while its
 * owner is typing it. A link is mailed; by it, or by another signup within thirty days, nobody waits a second time.
 */
SD_CHECKED sd_error_t *sd_signup_approve(const sd_account_t **account, sd_work_t *work, const char *desk, sd_id_t id);
SD_CHECKED sd_error_t *sd_signup_refuse(sd_work_t *work, const char *desk, sd_id_t id);

/* Takes signups and mailed tokens away whose time is over, at most `limit` of each; *count is how many there were. */
SD_CHECKED sd_error_t *sd_signup_purge(apr_int64_t *count, sd_work_t *work, int limit);

#endif
