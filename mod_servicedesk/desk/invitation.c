/* Invitations are sent, listed, withdrawn. */
#include "desk/invitation.h"

#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "base/address_list.h"
#include "base/text.h"
#include "desk/account.h"
#include "desk/account_form.h"
#include "desk/audit.h"
#include "desk/desk.h"
#include "desk/domain.h"
#include "desk/entry.h"
#include "desk/invitation_list.h"
#include "desk/mailed_token.h"
#include "desk/outbox.h"
#include "desk/policy.h"
#include "desk/signup_admit.h"
#include "store/accounts.h"
#include "store/desks.h"

#define BATCH 20 /* addresses in one transaction: others wait no longer than that takes, or lose less against it */

/* One address, cleaned of what stood around it. */
typedef struct guest_t {
    const char *typed;
    const char *name; /* that stood with it, or NULL */
    sd_address_t address;
    const sd_error_t *bad; /* it is no address */
} guest_t;

typedef struct invite_t {
    sd_work_t *work;
    const sd_invitation_input_t *input;
    const sd_desk_t *desk;
    apr_array_header_t *guests; /* of guest_t */
    apr_array_header_t *results;
    int start;          /* of the batch */
    sd_error_t *no_new; /* why the actor may not invite new people; NULL if so */
} invite_t;

/* ---- what was pasted ---- */

static sd_error_t *read_guests(invite_t *invite)
{
    sd_work_t *work = invite->work;
    const char *text = invite->input->addresses ? invite->input->addresses : "";
    apr_array_header_t *items = sd_address_list(work->pool, text);
    apr_hash_t *seen = apr_hash_make(work->pool);

    invite->guests = apr_array_make(work->pool, items->nelts + 1, sizeof(guest_t));
    for (int i = 0; i < items->nelts; i++) {
        const sd_address_item_t *item = APR_ARRAY_IDX(items, i, const sd_address_item_t *);
        guest_t guest = {.typed = item->address, .name = item->name};

        guest.bad = sd_address_parse(&guest.address, work->pool, "addresses", item->address);
        const char *key = guest.bad ? item->address : guest.address.key;
        if (!apr_hash_get(seen, key, APR_HASH_KEY_STRING)) {
            apr_hash_set(seen, key, APR_HASH_KEY_STRING, key);
            APR_ARRAY_PUSH(invite->guests, guest_t) = guest;
        }
    }
    if (!invite->guests->nelts) {
        return sd_error_field(work->pool, "addresses", "sd.validation.required", "Name at least one address.");
    }
    return invite->guests->nelts <= SD_INVITATIONS_AT_ONCE
               ? NULL
               : sd_error_field(work->pool, "addresses", "sd.validation.too.many", "At most %d addresses at once.",
                                SD_INVITATIONS_AT_ONCE);
}

/* ---- one address ---- */

static sd_error_t *push(invite_t *invite, const guest_t *guest, const char *outcome, const char *reason,
                        const char *text)
{
    sd_invited_t *result = apr_palloc(invite->work->pool, sizeof(*result));

    *result = (sd_invited_t){guest->typed, outcome, reason, text};
    APR_ARRAY_PUSH(invite->results, sd_invited_t *) = result;
    return NULL;
}

static sd_error_t *refuse(invite_t *invite, const guest_t *guest, const char *reason, const char *text)
{
    return push(invite, guest, "refused", reason, text);
}

/* On the list; that alone opens no door to somebody whom the directory does not let in. */
static sd_error_t *push_in(invite_t *invite, const guest_t *guest, const char *outcome, const sd_account_t *account)
{
    int barred;

    SD_TRY(sd_accounts_is_barred(&barred, invite->work->store, account->id));
    return barred ? push(invite, guest, outcome, "sign-in",
                         "On the list, but this account could not sign in: its directory lets members of groups in "
                         "alone, and it is in none of them.")
                  : push(invite, guest, outcome, NULL, NULL);
}

static sd_error_t *audit(invite_t *invite, const sd_account_t *account)
{
    return sd_audit_write(invite->work, &(sd_audit_entry_t){
                                            .act = "invitation.send",
                                            .object_type = "account",
                                            .object_id = account->public_id,
                                            .desk_id = invite->desk->id,
                                        });
}

static sd_error_t *mail(invite_t *invite, sd_mail_kind_t kind, const sd_account_t *account, sd_id_t token_id)
{
    const sd_account_t *actor = invite->work->actor.account;

    return sd_outbox_add(invite->work,
                         &(sd_mail_t){.kind = kind,
                                      .account_id = account->id,
                                      .address = account->address,
                                      .language = invite->input->language,
                                      .mailed_token_id = token_id,
                                      .desk_id = invite->desk->id,
                                      .values = actor ? json_pack("{s:s}", "inviter", actor->display_name) : NULL});
}

/* The link replaces the one before, so it is made only if the mail with it will leave. */
static sd_error_t *send_link(int *sent, invite_t *invite, const sd_account_t *account)
{
    sd_work_t *work = invite->work;
    sd_time_t now = sd_work_now(work);
    sd_id_t id, token_id;

    SD_TRY(sd_outbox_has_room(sent, work, account->address));
    const sd_invitation_row_t *before;
    SD_TRY(sd_invitations_of(&before, work->store, invite->desk->id, account->id));
    if (!*sent && before) {
        return NULL;
    }
    SD_TRY(sd_invitations_put(&id, work->store, invite->desk->id, account->id, work->actor.account_id, now,
                              now + sd_mailed_token_lifetime(SD_MAILED_INVITE)));
    sd_mailed_token_input_t input = {
        .kind = SD_MAILED_INVITE, .account_id = account->id, .invitation_id = id, .address = account->address};
    SD_TRY(sd_mailed_token_issue(&token_id, work, &input));
    SD_TRY(mail(invite, SD_MAIL_INVITE, account, token_id));
    return audit(invite, account);
}

/* Somebody who has been invited before, here or elsewhere, or wrote a mail once, and has never come. */
static sd_error_t *invite_open(invite_t *invite, const guest_t *guest, const sd_account_t *account)
{
    sd_work_t *work = invite->work;
    int added, sent;

    if (!account->address) {
        return refuse(invite, guest, "address", "This account has no address.");
    }
    SD_TRY(sd_desk_enlist(&added, work, invite->desk->id, account->id, SD_INVITATION_ORIGIN));
    if (strcmp(account->state, "pending") == 0) {
        SD_TRY(sd_accounts_set_state(work->store, account->id, "invited"));
    }
    SD_TRY(send_link(&sent, invite, account));
    const char *outcome = added ? "invited" : "pending";
    return sent
               ? push_in(invite, guest, outcome, account)
               : push(
                     invite, guest, outcome, "budget",
                     added
                         ? "On the list, but no mail was sent: this mailbox had several already. Invite it again later."
                         : "Not sent again: this mailbox had several mails already. The link in the last one is good.");
}

static sd_error_t *is_crew(int *crew, invite_t *invite, const sd_account_t *account)
{
    const sd_desk_t *seen;

    SD_TRY(sd_desks_find(&seen, invite->work->store, invite->desk->key, account->id));
    *crew = seen && (seen->relations & (SD_RELATION_AGENT | SD_RELATION_DESK_ADMIN)) != 0;
    return NULL;
}

static sd_error_t *invite_known(invite_t *invite, const guest_t *guest, const sd_account_t *account)
{
    int added = 0, crew;

    if (strcmp(account->state, "active") != 0) {
        return refuse(invite, guest, "disabled", "The account of this address is disabled.");
    }
    SD_TRY(is_crew(&crew, invite, account));
    if (!crew) {
        SD_TRY(sd_desk_enlist(&added, invite->work, invite->desk->id, account->id, SD_INVITATION_ORIGIN));
    }
    if (!added) {
        return push_in(invite, guest, "member", account);
    }
    SD_TRY(mail(invite, SD_MAIL_INVITE_KNOWN, account, 0));
    SD_TRY(audit(invite, account));
    return push_in(invite, guest, "added", account);
}

static const char *reason_of(const sd_error_t *error)
{
    return strcmp(error->key, "sd.entry.signup.off") == 0     ? "signup-off"
           : strcmp(error->key, "sd.entry.no.directory") == 0 ? "no-directory"
                                                              : "forbidden";
}

static sd_error_t *make_account(const sd_account_t **account, invite_t *invite, const guest_t *guest)
{
    sd_work_t *work = invite->work;
    const char *name = guest->name;
    sd_account_input_t input = {.address = guest->address.mailbox, .portal_only = 1, .origin = SD_INVITATION_ORIGIN};

    if (name && !sd_text_check(work->pool, "displayName", name, 1, SD_ACCOUNT_DISPLAY_NAME_LENGTH, 0)) {
        input.display_name = name;
    }
    SD_TRY(sd_account_insert(account, work, &input));
    SD_TRY(sd_accounts_set_state(work->store, (*account)->id, "invited"));
    return sd_accounts_by_id(account, work->store, (*account)->id);
}

static sd_error_t *invite_new(invite_t *invite, const guest_t *guest)
{
    sd_work_t *work = invite->work;
    const sd_account_t *account;

    if (invite->no_new) {
        return refuse(invite, guest, reason_of(invite->no_new), invite->no_new->text);
    }
    sd_error_t *error = sd_domain_check(work, invite->desk->id, "addresses", &guest->address);
    if (error) {
        return error->kind == SD_ERROR_INPUT ? refuse(invite, guest, "domain", error->text) : error;
    }
    SD_TRY(make_account(&account, invite, guest));
    return invite_open(invite, guest, account);
}

static sd_error_t *invite_guest(invite_t *invite, const guest_t *guest)
{
    const sd_account_t *holder;

    if (guest->bad) {
        return refuse(invite, guest, "address", guest->bad->text);
    }
    SD_TRY(sd_signup_holder(&holder, invite->work, guest->address.key));
    if (holder && !sd_signup_is_open(holder)) {
        return invite_known(invite, guest, holder);
    }
    if (!invite->input->confirmed && sd_invitation_is_list(&guest->address)) {
        return refuse(
            invite, guest, "list",
            "This looks like the address of a mailing list or of several people: whoever opens the link first "
            "would own the account. Confirm it to invite it all the same.");
    }
    return holder ? invite_open(invite, guest, holder) : invite_new(invite, guest);
}

/* ---- all of them ---- */

static sd_error_t *find_desk(invite_t *invite)
{
    sd_work_t *work = invite->work;

    SD_TRY(sd_desk_find(&invite->desk, work, invite->input->desk, SD_MAY_ADD_CUSTOMERS));
    invite->no_new = sd_may_make_accounts(work, invite->desk);
    if (invite->no_new && invite->no_new->kind != SD_ERROR_FORBIDDEN && invite->no_new->kind != SD_ERROR_CONFLICT) {
        return invite->no_new;
    }
    return NULL;
}

static sd_error_t *find_in_read(void *baton)
{
    return find_desk(baton);
}

/* Rights are looked up anew for each batch. */
static sd_error_t *invite_in_write(void *baton)
{
    invite_t *invite = baton;
    int end = invite->start + BATCH;

    invite->results->nelts = invite->start;
    SD_TRY(find_desk(invite));
    for (int i = invite->start; i < end && i < invite->guests->nelts; i++) {
        SD_TRY(invite_guest(invite, &APR_ARRAY_IDX(invite->guests, i, guest_t)));
    }
    return NULL;
}

sd_error_t *sd_invite(apr_array_header_t **results, sd_work_t *work, const sd_invitation_input_t *input)
{
    invite_t invite = {.work = work, .input = input};

    *results = NULL;
    SD_TRY(sd_work_read(work, find_in_read, &invite));
    SD_TRY(read_guests(&invite));
    invite.results = apr_array_make(work->pool, invite.guests->nelts, sizeof(sd_invited_t *));
    for (; invite.start < invite.guests->nelts; invite.start += BATCH) {
        SD_TRY(sd_work_write_turns(work, invite_in_write, &invite));
    }
    *results = invite.results;
    return NULL;
}
