/*
 * Who comes in, and how far: the one entry rule. Whether people may sign up, whether somebody may raise a request on a
 * desk, and who may make an account for somebody else are decided here for form, REST, mail, Cc, sharing and invitation
 * alike. Everything reads inside the caller's transaction, or outside of any, and writes nothing.
 */
#ifndef SD_DESK_ENTRY_H
#define SD_DESK_ENTRY_H

#include "base/address.h"
#include "desk/work.h"

/*
 * May strangers sign up? `reason` is a code (NULL if available: system-off, desk-off, desk-listed, desk-closed,
 * no-directory), `text` the same in English. `warning`, or NULL: they may, and could not sign in
 * then. All three are for administrators only.
 */
typedef struct sd_signup_state_t {
    int available;
    const char *reason;
    const char *text;
    const char *warning;
} sd_signup_state_t;

/* On a desk: system switch, desk switch, access "accounts", desk open, and a directory that takes accounts. With `desk`
 * NULL: for an account of the site and of no desk, which has a switch of its own. */
SD_CHECKED sd_error_t *sd_signup_effective(sd_signup_state_t *state, sd_work_t *work, const sd_desk_t *desk);

typedef enum sd_channel_t {
    SD_CHANNEL_PORTAL, /* a form or REST, signed in */
    SD_CHANNEL_BEHALF, /* named as the reporter by whoever works at the desk */
    SD_CHANNEL_MAIL,   /* the sender of a mail to the desk */
    SD_CHANNEL_CC,     /* somebody else to whom that mail went */
    SD_CHANNEL_SHARE   /* named as a participant */
} sd_channel_t;

typedef enum sd_entry_verdict_t {
    SD_ENTRY_REFUSED, /* `reason` tells why */
    SD_ENTRY_WELCOME, /* as they are */
    SD_ENTRY_ENLIST,  /* and the desk's list gets them: it is open to all accounts, and remembers who came */
    SD_ENTRY_CREATE   /* nobody yet: an account is to be made, and put on the list */
} sd_entry_verdict_t;

typedef struct sd_entry_t {
    sd_entry_verdict_t verdict;
    const char *reason; /* not_member, disabled, closed, signup_off, no_directory, domain_not_allowed; else NULL */
} sd_entry_t;

/*
 * May this person raise a request on the desk, or come to one of it, by this channel? `desk` is read as that person
 * sees it (sd_desks_find() with the account's id, 0 for nobody). `account` NULL is somebody unknown, then `address` is
 * theirs.
 */
SD_CHECKED sd_error_t *sd_may_raise(sd_entry_t *entry, sd_work_t *work, const sd_desk_t *desk,
                                    const sd_account_t *account, const sd_address_t *address, sd_channel_t channel);

/*
 * May the actor make an account for somebody who has none, for this desk (NULL: for none)? The setting
 * invite_new_accounts narrows what the policy allows. SD_ERROR_FORBIDDEN sd.entry.new.accounts, or SD_ERROR_CONFLICT
 * sd.entry.signup.off / sd.entry.no.directory.
 */
SD_CHECKED sd_error_t *sd_may_make_accounts(sd_work_t *work, const sd_desk_t *desk);

#endif
