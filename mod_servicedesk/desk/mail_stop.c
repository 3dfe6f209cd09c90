/* Mailboxes that want no more. */
#include "desk/mail_stop.h"

#include <string.h>

#include <apr_strings.h>

#include "base/address.h"
#include "base/digest.h"
#include "desk/audit.h"
#include "desk/outbox.h"
#include "desk/policy.h"
#include "store/mail_stops.h"
#include "store/outbox.h"

#define TAG "sdu_"
#define TAG_LENGTH 4
#define MESSAGE_ID_LENGTH 32
#define MAC_BYTES 16

static const char *hash_of(apr_pool_t *pool, const char *mailbox)
{
    unsigned char digest[SD_DIGEST_BYTES];

    sd_digest_sha256(digest, mailbox, strlen(mailbox));
    return sd_digest_hex(pool, digest, sizeof(digest));
}

static const char *spell(const sd_work_t *work, const sd_pepper_t *pepper, const char *message_id)
{
    static const char purpose[] = "mod_servicedesk mail stop";
    unsigned char key[SD_DIGEST_BYTES], mac[SD_DIGEST_BYTES];

    sd_digest_hmac(key, pepper->key, purpose, sizeof(purpose) - 1);
    sd_digest_hmac(mac, key, message_id, strlen(message_id));
    return apr_pstrcat(work->pool, TAG, message_id, sd_digest_hex(work->pool, mac, MAC_BYTES), NULL);
}

const char *sd_mail_stop_token(const sd_work_t *work, const char *message_id)
{
    const sd_pepper_t *pepper = &work->site->passwords.current;

    return pepper->id ? spell(work, pepper, message_id) : NULL;
}

/* The Message-ID that the token is made of, or NULL: under the pepper of now or the one before. */
static const char *read_token(const sd_work_t *work, const char *token)
{
    const sd_password_keys_t *keys = &work->site->passwords;
    apr_size_t length = TAG_LENGTH + MESSAGE_ID_LENGTH + 2 * MAC_BYTES;

    if (!token || strlen(token) != length || strncmp(token, TAG, TAG_LENGTH) != 0) {
        return NULL;
    }
    const char *message_id = apr_pstrmemdup(work->pool, token + TAG_LENGTH, MESSAGE_ID_LENGTH);
    int good = (keys->current.id && sd_digest_equal(spell(work, &keys->current, message_id), token, length)) ||
               (keys->previous.id && sd_digest_equal(spell(work, &keys->previous, message_id), token, length));
    return good ? message_id : NULL;
}

typedef struct stopping_t {
    sd_work_t *work;
    const char *token;
    const char *address; /* in, to lift; or out */
    const sd_outbox_row_t *mail;
} stopping_t;

static sd_error_t *find_mail(void *baton)
{
    stopping_t *stopping = baton;
    sd_work_t *work = stopping->work;
    const char *message_id = read_token(work, stopping->token);

    stopping->mail = NULL;
    if (message_id) {
        SD_TRY(sd_outbox_by_message_id(&stopping->mail, work->store, message_id));
    }
    return NULL;
}

sd_error_t *sd_mail_stop_find(const char **address, sd_work_t *work, const char *token)
{
    stopping_t stopping = {.work = work, .token = token};

    SD_TRY(sd_work_read(work, find_mail, &stopping));
    *address = stopping.mail ? stopping.mail->address : NULL;
    return stopping.mail ? NULL : sd_error_not_found(work->pool);
}

static sd_error_t *stop_in_write(void *baton)
{
    stopping_t *stopping = baton;
    sd_work_t *work = stopping->work;
    apr_int64_t changed;

    SD_TRY(find_mail(stopping));
    if (!stopping->mail) {
        return sd_error_not_found(work->pool);
    }
    SD_TRY(sd_mail_stops_add(&changed, work->store, hash_of(work->pool, stopping->mail->mailbox), sd_work_now(work)));
    return changed ? sd_audit_write(work, &(sd_audit_entry_t){.act = "mail.stop",
                                                              .object_type = "mail",
                                                              .object_id = stopping->mail->message_id})
                   : NULL;
}

sd_error_t *sd_mail_stop(sd_work_t *work, const char *token)
{
    return sd_work_write(work, stop_in_write, &(stopping_t){.work = work, .token = token});
}

static sd_error_t *lift_in_write(void *baton)
{
    const stopping_t *stopping = baton;
    sd_work_t *work = stopping->work;
    sd_address_t address;
    apr_int64_t changed;

    SD_TRY(sd_policy_require(work, SD_MAY_ADMINISTER_SYSTEM));
    SD_TRY(sd_address_parse(&address, work->pool, "email", stopping->address));
    const char *hash = hash_of(work->pool, sd_outbox_mailbox(work->pool, address.key));
    SD_TRY(sd_mail_stops_remove(&changed, work->store, hash));
    if (!changed) {
        return sd_error_not_found(work->pool);
    }
    return sd_audit_write(work, &(sd_audit_entry_t){.act = "mail.allow", .object_type = "mail", .object_id = hash});
}

sd_error_t *sd_mail_stop_lift(sd_work_t *work, const char *address)
{
    return sd_work_write(work, lift_in_write, &(stopping_t){.work = work, .address = address});
}

sd_error_t *sd_mail_stop_holds(int *holds, sd_work_t *work, const char *mailbox)
{
    return sd_mail_stops_has(holds, work->store, hash_of(work->pool, mailbox));
}
