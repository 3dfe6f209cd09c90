/* Signup: agents look at who waits, and let in or refuse. */
#include "desk/account.h"
#include "desk/audit.h"
#include "desk/desk.h"
#include "desk/mailed_token.h"
#include "desk/outbox.h"
#include "desk/policy.h"
#include "desk/signup.h"
#include "desk/signup_admit.h"

#include <apr_strings.h>

#include "store/directories.h"

#define APPROVED (30 * SD_DAY) /* in which whoever was let in may come */

typedef struct approval_t {
    sd_work_t *work;
    const char *named;
    sd_id_t id;
    sd_id_t desk_id;
    sd_page_t page;
    sd_list_t *list;
    const sd_signup_row_t *signup;
    const sd_account_t *account;
} approval_t;

static sd_error_t *find_desk(approval_t *approval)
{
    const sd_desk_t *desk;

    if (!approval->named) {
        return sd_policy_require(approval->work, SD_MAY_ADMINISTER_SYSTEM);
    }
    SD_TRY(sd_desk_find(&desk, approval->work, approval->named, SD_MAY_ADD_CUSTOMERS));
    approval->desk_id = desk->id;
    return NULL;
}

static sd_error_t *find_signup(approval_t *approval)
{
    sd_work_t *work = approval->work;

    SD_TRY(find_desk(approval));
    SD_TRY(sd_signups_by_id(&approval->signup, work->store, approval->id));
    const sd_signup_row_t *signup = approval->signup;
    int waits = signup && signup->desk_id == approval->desk_id && signup->state[0] == 'w' && !signup->approved &&
                signup->expires > sd_work_now(work);
    return waits ? NULL : sd_error_not_found(work->pool);
}

static sd_error_t *list_in_read(void *baton)
{
    approval_t *approval = baton;

    SD_TRY(find_desk(approval));
    return sd_signups_waiting(&approval->list, approval->work->store, approval->desk_id, approval->page);
}

sd_error_t *sd_signup_waiting(sd_list_t **signups, sd_work_t *work, const char *desk, sd_page_t page)
{
    approval_t approval = {.work = work, .named = desk, .page = page};

    SD_TRY(sd_work_read(work, list_in_read, &approval));
    *signups = approval.list;
    return NULL;
}

static sd_error_t *audit(approval_t *approval, const char *act)
{
    sd_work_t *work = approval->work;

    return sd_audit_write(work, &(sd_audit_entry_t){
                                    .act = act,
                                    .object_type = "signup",
                                    .object_id = apr_psprintf(work->pool, "%" APR_INT64_T_FMT, approval->id),
                                    .desk_id = approval->desk_id,
                                });
}

static sd_error_t *end(approval_t *approval, const char *act)
{
    SD_TRY(sd_signups_delete(approval->work->store, approval->id));
    return audit(approval, act);
}

/* The first one that takes accounts, whether or not this program has a hand into it. */
static sd_error_t *find_directory(const sd_directory_t **directory, sd_work_t *work)
{
    apr_array_header_t *directories;

    *directory = NULL;
    SD_TRY(sd_directories_list(&directories, work->store));
    for (int i = 0; !*directory && i < directories->nelts; i++) {
        const sd_directory_t *one = APR_ARRAY_IDX(directories, i, const sd_directory_t *);

        *directory = one->writable ? one : NULL;
    }
    return *directory ? NULL
                      : sd_error_new(work->pool, SD_ERROR_CONFLICT, "sd.entry.no.directory",
                                     "No directory takes new accounts.");
}

static sd_error_t *mail_link(approval_t *approval)
{
    sd_work_t *work = approval->work;
    const sd_signup_row_t *signup = approval->signup;
    sd_mailed_token_input_t input = {.kind = SD_MAILED_VERIFY, .signup_id = signup->id, .address = signup->address};
    sd_id_t token_id;

    SD_TRY(sd_signups_approve(work->store, signup->id, sd_work_now(work) + APPROVED));
    SD_TRY(sd_mailed_token_issue(&token_id, work, &input));
    return sd_outbox_add(work, &(sd_mail_t){.kind = SD_MAIL_APPROVED,
                                            .address = signup->address,
                                            .language = signup->language,
                                            .mailed_token_id = token_id,
                                            .desk_id = signup->desk_id});
}

static sd_error_t *approve_in_write(void *baton)
{
    approval_t *approval = baton;
    const sd_directory_t *directory;

    approval->account = NULL; /* a write may be run again */
    SD_TRY(find_signup(approval));
    SD_TRY(find_directory(&directory, approval->work));
    if (directory && !directory->internal) {
        SD_TRY(mail_link(approval));
        return audit(approval, "signup.approve");
    }
    SD_TRY(sd_signup_admit(&approval->account, approval->work, approval->signup, SD_DIRECTORY_INTERNAL, 1));
    return end(approval, "signup.approve");
}

sd_error_t *sd_signup_approve(const sd_account_t **account, sd_work_t *work, const char *desk, sd_id_t id)
{
    approval_t approval = {.work = work, .named = desk, .id = id};

    SD_TRY(sd_work_write(work, approve_in_write, &approval));
    *account = approval.account;
    return NULL;
}

static sd_error_t *refuse_in_write(void *baton)
{
    approval_t *approval = baton;

    SD_TRY(find_signup(approval));
    return end(approval, "signup.refuse");
}

sd_error_t *sd_signup_refuse(sd_work_t *work, const char *desk, sd_id_t id)
{
    return sd_work_write(work, refuse_in_write, &(approval_t){.work = work, .named = desk, .id = id});
}
