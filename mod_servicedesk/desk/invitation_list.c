/* Names that lists, roles and machines have; and what was invited and is not accepted. */
#include "desk/invitation_list.h"

#include <string.h>

#include <apr_strings.h>

#include "desk/account_texts.h"
#include "desk/audit.h"
#include "desk/desk.h"
#include "desk/invitation.h"
#include "desk/policy.h"
#include "store/accounts.h"
#include "store/customers.h"

/* ---- the names ---- */

static const char *const names[] = {
    "abuse",        "admin",      "all",         "announce", "bounce",    "bounces",  "contact",       "devnull",
    "do-not-reply", "donotreply", "everybody",   "everyone", "group",     "help",     "helpdesk",      "hostmaster",
    "hr",           "info",       "jobs",        "list",     "lists",     "listserv", "mailer-daemon", "majordomo",
    "marketing",    "news",       "newsletter",  "no-reply", "noc",       "noreply",  "office",        "postmaster",
    "reception",    "root",       "sales",       "security", "service",   "staff",    "subscribe",     "support",
    "sysadmin",     "team",       "unsubscribe", "users",    "webmaster", NULL,
};

static const char *const endings[] = {"-l",         "-list",    "-lists", "-all",   "-team",    "-users",
                                      "-announce",  "-dev",     "-group", "-owner", "-request", "-bounces",
                                      "-subscribe", "-noreply", "-staff", NULL};

static const char *const beginnings[] = {"noreply", "no-reply", "donotreply", "owner-", "all-", "team-", "list-", NULL};

static const char *const hosts[] = {"lists.", "list.", "groups.", "googlegroups.com", "groups.io", NULL};

static int is_one_of(const char *text, const char *const *list)
{
    for (; *list; list++) {
        if (strcmp(text, *list) == 0) {
            return 1;
        }
    }
    return 0;
}

static int begins_like(const char *text, const char *const *list)
{
    for (; *list; list++) {
        if (strncmp(text, *list, strlen(*list)) == 0) {
            return 1;
        }
    }
    return 0;
}

static int ends_like(const char *text, const char *const *list)
{
    size_t length = strlen(text);

    for (; *list; list++) {
        size_t ending = strlen(*list);

        if (length > ending && strcmp(text + length - ending, *list) == 0) {
            return 1;
        }
    }
    return 0;
}

int sd_invitation_is_list(const sd_address_t *address)
{
    char local[65]; /* the grammar allows 64 bytes */
    const char *end = address->key + strcspn(address->key, "@+");

    apr_cpystrn(local, address->key, sizeof(local));
    if ((size_t)(end - address->key) < sizeof(local)) {
        local[end - address->key] = '\0';
    }
    return is_one_of(local, names) || begins_like(local, beginnings) || ends_like(local, endings) ||
           begins_like(address->domain, hosts);
}

/* ---- the list ---- */

typedef struct list_t {
    sd_work_t *work;
    const char *named;
    sd_id_t id;
    sd_page_t page;
    sd_list_t *list;
} list_t;

static sd_error_t *list_in_read(void *baton)
{
    list_t *list = baton;
    const sd_desk_t *desk;

    SD_TRY(sd_desk_find(&desk, list->work, list->named, SD_MAY_ADD_CUSTOMERS));
    return sd_invitations_list(&list->list, list->work->store, desk->id, list->page);
}

sd_error_t *sd_invitation_list(sd_list_t **invitations, sd_work_t *work, const char *desk, sd_page_t page)
{
    list_t list = {.work = work, .named = desk, .page = page};

    SD_TRY(sd_work_read(work, list_in_read, &list));
    *invitations = list.list;
    return NULL;
}

/* ---- withdrawn ---- */

/*
 * An account that was made for the invitation and used for nothing goes: nobody is behind it any more. Who is still
 * something else waits for another invitation as before this one.
 */
static sd_error_t *uninvite(sd_work_t *work, const sd_account_t *account)
{
    int unused, invited;

    if (strcmp(account->state, "invited") != 0) {
        return NULL;
    }
    SD_TRY(sd_invitations_is_unused(&unused, work->store, account->id));
    if (unused) {
        return sd_account_erase(work->store, account);
    }
    SD_TRY(sd_invitations_exist(&invited, work->store, account->id));
    return invited ? NULL : sd_accounts_set_state(work->store, account->id, "pending");
}

static sd_error_t *withdraw_in_write(void *baton)
{
    list_t *list = baton;
    sd_work_t *work = list->work;
    const sd_invitation_row_t *invitation;
    const sd_desk_t *desk;
    int removed;

    SD_TRY(sd_desk_find(&desk, work, list->named, SD_MAY_ADD_CUSTOMERS));
    SD_TRY(sd_invitations_by_id(&invitation, work->store, list->id));
    if (!invitation || invitation->desk_id != desk->id) {
        return sd_error_not_found(work->pool);
    }
    SD_TRY(sd_invitations_delete(work->store, invitation->id));
    SD_TRY(sd_customers_remove(&removed, work->store, desk->id, invitation->account.id, SD_INVITATION_ORIGIN));
    SD_TRY(uninvite(work, &invitation->account));
    return sd_audit_write(work, &(sd_audit_entry_t){
                                    .act = "invitation.withdraw",
                                    .object_type = "account",
                                    .object_id = invitation->account.public_id,
                                    .desk_id = desk->id,
                                });
}

sd_error_t *sd_invitation_withdraw(sd_work_t *work, const char *desk, sd_id_t id)
{
    return sd_work_write(work, withdraw_in_write, &(list_t){.work = work, .named = desk, .id = id});
}
