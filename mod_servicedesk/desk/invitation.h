/*
 * Invitations: whoever works at a desk puts people on its list by their addresses. Who has an account is told that they
 * have access now; for whoever has none an account is made that nobody can sign in to, on the list at once, and a
 * personal link is mailed by which its owner completes it: once, within seven days, until it is withdrawn.
 *
 * Accepting takes three steps, as a signup does (desk/signup.h): sd_acceptance_find() with the store lent,
 * sd_acceptance_hash() without it, sd_acceptance_finish() with the store lent to write.
 */
#ifndef SD_DESK_INVITATION_H
#define SD_DESK_INVITATION_H

#include "desk/directory.h"
#include "desk/work.h"
#include "store/invitations.h"

#define SD_INVITATIONS_AT_ONCE 1000 /* addresses in one call */
#define SD_INVITATION_ORIGIN "invitation"

typedef struct sd_invitation_input_t {
    const char *desk;      /* id or key */
    const char *addresses; /* as pasted: see base/address_list.h */
    const char *language;  /* of the mails, or NULL */
    int confirmed;         /* addresses that look like mailing lists are invited, too */
} sd_invitation_input_t;

/* `reason`, if refused: address, list, domain, disabled, forbidden, signup-off, no-directory; if no mail leaves because
 * the mailbox had several: budget; if the account could not sign in: sign-in; else NULL. */
typedef struct sd_invited_t {
    const char *address; /* as typed */
    const char *outcome; /* added, invited, member, pending, refused */
    const char *reason;
    const char *text; /* the reason in English, or NULL */
} sd_invited_t;

/*
 * One result for each address, in order, repeats left out: sd_invited_t *. A bad one does not spoil the rest. Not in a
 * transaction: so many addresses at a time, so that others get their turn between.
 */
SD_CHECKED sd_error_t *sd_invite(apr_array_header_t **results, sd_work_t *work, const sd_invitation_input_t *input);

/* Of a desk, those that are not accepted: sd_invitation_row_t *. */
SD_CHECKED sd_error_t *sd_invitation_list(sd_list_t **invitations, sd_work_t *work, const char *desk, sd_page_t page);

/* Nothing is left of it: neither its link, nor the membership that came with it, nor the account if it was for nothing
 * else. */
SD_CHECKED sd_error_t *sd_invitation_withdraw(sd_work_t *work, const char *desk, sd_id_t id);

/* An acceptance on its way; `address`, `display_name` and `desk_*` are for the page. */
typedef struct sd_acceptance_t {
    sd_work_t *work;
    const char *token;
    const char *address;
    const char *display_name; /* NULL: whoever invited gave none */
    const char *desk_key;
    const char *desk_name;
    const char *desk_language; /* for whoever asks for none that is known, or NULL */
    /* what the steps tell each other */
    const char *address_key;
    const sd_invitation_row_t *invitation;
    const char *chosen_name;
    const char *hash;
    sd_directory_choice_t choice;
    int is_made_outside;
} sd_acceptance_t;

/* SD_ERROR_NOT_FOUND sd.mailed_token.dead for every link that does not work (any more): also if whoever invited could
 * not do so now. */
SD_CHECKED sd_error_t *sd_acceptance_find(sd_acceptance_t **acceptance, sd_work_t *work, const char *token);

/* Fields: displayName, password. */
SD_CHECKED sd_error_t *sd_acceptance_hash(sd_acceptance_t *acceptance, const char *display_name, const char *password);

/* *account is complete, and the actor of the unit of work from here on. SD_ERROR_CONFLICT sd.invitation.signed.in if
 * somebody is signed in: an invitation is not merged into another account. After an error: sd_acceptance_undo(). */
SD_CHECKED sd_error_t *sd_acceptance_finish(const sd_account_t **account, sd_acceptance_t *acceptance);
void sd_acceptance_undo(sd_acceptance_t *acceptance);

#endif
