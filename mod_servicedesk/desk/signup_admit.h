/* The last step of whoever comes: an account out of a row of signup, or of what was there for them already. */
#ifndef SD_DESK_SIGNUP_ADMIT_H
#define SD_DESK_SIGNUP_ADMIT_H

#include "desk/work.h"
#include "store/signups.h"

/* Who has the address, proven or as the name in the module's own directory; *account is NULL if nobody does. */
SD_CHECKED sd_error_t *sd_signup_holder(const sd_account_t **account, sd_work_t *work, const char *address_key);

/* Was this account made for somebody who has never come: invited, or by a mail? Whoever proves the address completes
 * it. */
int sd_signup_is_open(const sd_account_t *account);

/*
 * Makes an open account the one of whoever has come: everything that it was invited to is theirs, its links are over.
 * Reads address, display name and password hash of `who`; outside of the module's own directory it is called `name`
 * there. In the caller's write; *account is read anew.
 */
SD_CHECKED sd_error_t *sd_signup_complete(const sd_account_t **account, sd_work_t *work, const sd_signup_row_t *who,
                                          const char *directory, const char *name);

/*
 * Makes or completes the account in the caller's write, puts it on the desk's list and mails a welcome. `proven`: the
 * address is. Somebody else who holds the address by now: SD_ERROR_CONFLICT sd.account.exists, field email.
 */
SD_CHECKED sd_error_t *sd_signup_admit(const sd_account_t **account, sd_work_t *work, const sd_signup_row_t *signup,
                                       const char *directory, int proven);

#endif
