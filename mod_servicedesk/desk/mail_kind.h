/*
 * The kinds of account mail, a row each: its name, the setting that switches it off, who may get it, and which values
 * it may carry. An address that nobody has proven yet gets no value at all, whatever the kind: nothing that a stranger
 * wrote is mailed to somebody who never asked. All else that a mail says (the name of the desk, the link) is known when
 * it is sent.
 *
 * A new kind is a row here, its setting in desk/setting.c, a template and its messages.
 */
#ifndef SD_DESK_MAIL_KIND_H
#define SD_DESK_MAIL_KIND_H

typedef enum sd_mail_kind_t {
    SD_MAIL_VERIFY,           /* a signup: is this your address? */
    SD_MAIL_APPROVED,         /* an agent said yes: come by this link */
    SD_MAIL_WELCOME,          /* the account is there */
    SD_MAIL_KNOWN_ADDRESS,    /* somebody signed up with an address that has an account */
    SD_MAIL_INVITE,           /* to somebody who has no account yet */
    SD_MAIL_INVITE_KNOWN,     /* to somebody who has one */
    SD_MAIL_RESET,            /* choose a new password */
    SD_MAIL_SIGN_IN,          /* one session by link */
    SD_MAIL_PASSWORD_CHANGED, /* it was changed */
    SD_MAIL_ADDRESS_NEW,      /* to the new address: is it yours? */
    SD_MAIL_ADDRESS_OLD,      /* to the old one: somebody asked for the change */
    SD_MAIL_ADDRESS_CHANGED,  /* to the old one: it was changed */
    SD_MAIL_ADDRESS_BACK,     /* to the new one: the change was taken back */
    SD_MAIL_DISABLED,         /* the account was closed ... */
    SD_MAIL_ENABLED,          /* ... or opened again */
    SD_MAIL_COUNT             /* not a kind: how many there are */
} sd_mail_kind_t;

#define SD_MAIL_VALUES 2 /* that one kind may carry */

typedef struct sd_mail_kind_row_t {
    const char *name;    /* in the database, in REST, of its template */
    const char *setting; /* boolean: is it sent? */
    int proven_only;     /* an unproven address never gets it */
    int notice;          /* tells of what was done; the others, anybody can ask for who knows the address */
    int urgent;          /* somebody waits before the screen: it overtakes those nobody waits for */
    int has_token;       /* pointless once its mailed token is dead; a notice may have none */
    int rescue;          /* a notice that nothing else may keep away: it counts in a budget of its own */
    const char *values[SD_MAIL_VALUES + 1];
} sd_mail_kind_row_t;

const sd_mail_kind_row_t *sd_mail_kind_row(sd_mail_kind_t kind);

/* NULL if no kind is called so. */
const sd_mail_kind_row_t *sd_mail_kind_named(const char *name);

#endif
