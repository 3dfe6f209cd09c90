/* Mailed tokens: issued, spelled, found, consumed. */
#include "desk/mailed_token.h"

#include <string.h>

#include <apr_strings.h>
#include <openssl/crypto.h>

#include "base/address.h"
#include "base/digest.h"
#include "base/token.h"

#define PURGE 20 /* rows swept at each issue: more than one, so that the table shrinks */

typedef struct kind_t {
    const char *name;
    const char *tag;
    sd_time_t lifetime;
} kind_t;

static const kind_t kinds[] = {
    [SD_MAILED_VERIFY] = {"verify", SD_TOKEN_VERIFY, SD_DAY},
    [SD_MAILED_INVITE] = {"invite", SD_TOKEN_INVITE, 7 * SD_DAY},
    [SD_MAILED_RESET] = {"reset", SD_TOKEN_RESET, SD_HOUR},
    [SD_MAILED_ADDRESS] = {"address", SD_TOKEN_ADDRESS, SD_HOUR},
    [SD_MAILED_ADDRESS_BACK] = {SD_MAILED_TOKENS_BACK, SD_TOKEN_ADDRESS_BACK, 7 * SD_DAY},
    [SD_MAILED_SIGN_IN] = {"sign-in", SD_TOKEN_SIGN_IN, 10 * SD_MINUTE},
};

sd_time_t sd_mailed_token_lifetime(sd_mailed_kind_t kind)
{
    return kinds[kind].lifetime;
}

sd_error_t *sd_mailed_token_dead(apr_pool_t *pool)
{
    return sd_error_new(pool, SD_ERROR_NOT_FOUND, "sd.mailed_token.dead",
                        "This link is not valid, has been used, or is too old. Ask for a new one.");
}

/* The pepper itself only keys passwords; tokens have a key of their own that follows from it. */
static void spell(const char **text, const char **hash, apr_pool_t *pool, const kind_t *kind, const sd_pepper_t *pepper,
                  const char *nonce)
{
    static const char purpose[] = "mod_servicedesk mailed token";
    unsigned char key[SD_DIGEST_BYTES], bytes[SD_DIGEST_BYTES];
    const char *message = apr_pstrcat(pool, kind->name, "|", nonce, NULL);

    sd_digest_hmac(key, pepper->key, purpose, sizeof(purpose) - 1);
    sd_digest_hmac(bytes, key, message, strlen(message));
    sd_token_spell(text, hash, pool, kind->tag, bytes);
    OPENSSL_cleanse(key, sizeof(key));
    OPENSSL_cleanse(bytes, sizeof(bytes));
}

static sd_error_t *end_older(sd_work_t *work, const sd_mailed_token_t *row)
{
    if (strcmp(row->kind, SD_MAILED_TOKENS_BACK) == 0) {
        return NULL;
    }
    if (row->invitation_id) {
        return sd_mailed_tokens_revoke_invitation(work->store, row->invitation_id, row->created);
    }
    if (row->account_id) {
        return sd_mailed_tokens_revoke_kind(work->store, row->account_id, row->kind, row->created);
    }
    return sd_mailed_tokens_revoke_address(work->store, row->address_key, row->kind, row->created);
}

sd_error_t *sd_mailed_token_issue(sd_id_t *id, sd_work_t *work, const sd_mailed_token_input_t *input)
{
    const kind_t *kind = &kinds[input->kind];
    const sd_pepper_t *pepper = &work->site->passwords.current;
    sd_time_t now = sd_work_now(work);
    sd_address_t address;
    const char *text, *hash;
    char *nonce;

    *id = 0;
    if (!pepper->id) {
        return sd_error_private(work->pool, SD_ERROR_UNAVAILABLE, "a mailed token needs the pepper file");
    }
    SD_TRY(sd_address_parse(&address, work->pool, "email", input->address));
    SD_TRY(sd_random_hex(&nonce, work->pool, work->site->random, SD_TOKEN_BYTES));
    spell(&text, &hash, work->pool, kind, pepper, nonce);
    sd_mailed_token_t row = {
        .kind = kind->name,
        .account_id = input->account_id,
        .signup_id = input->signup_id,
        .invitation_id = input->invitation_id,
        .address = address.mailbox,
        .address_key = address.key,
        .created_by = work->actor.account_id,
        .created = now,
        .expires = now + kind->lifetime,
        .nonce = nonce,
        .pepper = pepper->id,
    };
    SD_TRY(end_older(work, &row));
    SD_TRY(sd_mailed_tokens_purge(NULL, work->store, now, PURGE));
    return sd_mailed_tokens_insert(id, work->store, &row, hash);
}

static const kind_t *kind_named(const char *name)
{
    for (apr_size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            return &kinds[i];
        }
    }
    return NULL;
}

/* A clock that stands before the making of the token was put back: it proves nothing about the time that is left. */
static int is_alive(const sd_mailed_token_t *token, sd_time_t now)
{
    return !token->used && !token->revoked && token->expires > now && token->created <= now + SD_MAILED_TOKENS_SKEW;
}

sd_error_t *sd_mailed_token_text(const char **text, sd_work_t *work, sd_id_t id)
{
    const sd_mailed_token_t *token;
    const char *hash;

    *text = NULL;
    SD_TRY(sd_mailed_tokens_by_id(&token, work->store, id));
    const sd_pepper_t *pepper = token ? sd_password_pepper(&work->site->passwords, token->pepper) : NULL;
    const kind_t *kind = token ? kind_named(token->kind) : NULL;
    if (pepper && kind && is_alive(token, sd_work_now(work))) {
        spell(text, &hash, work->pool, kind, pepper, token->nonce);
    }
    return NULL;
}

typedef struct bury_t {
    sd_work_t *work;
    sd_id_t id;
} bury_t;

static sd_error_t *bury_in_write(void *baton)
{
    bury_t *bury = baton;

    return sd_mailed_tokens_revoke(bury->work->store, bury->id, sd_work_now(bury->work));
}

sd_error_t *sd_mailed_token_find(const sd_mailed_token_t **token, sd_work_t *work, sd_mailed_kind_t kind,
                                 const char *text)
{
    const char *hash = sd_token_hash(work->pool, kinds[kind].tag, text);
    sd_time_t now = sd_work_now(work);

    *token = NULL;
    if (!hash) {
        return sd_mailed_token_dead(work->pool);
    }
    SD_TRY(sd_mailed_tokens_by_hash(token, work->store, kinds[kind].name, hash));
    if (*token && is_alive(*token, now)) {
        return NULL;
    }
    if (*token && !(*token)->used && !(*token)->revoked && (*token)->expires <= now) {
        SD_TRY(sd_store_write(work->store, bury_in_write, &(bury_t){work, (*token)->id}));
    }
    *token = NULL;
    return sd_mailed_token_dead(work->pool);
}

sd_error_t *sd_mailed_token_consume(const sd_mailed_token_t **token, sd_work_t *work, sd_mailed_kind_t kind,
                                    const char *text)
{
    const char *hash = sd_token_hash(work->pool, kinds[kind].tag, text);

    *token = NULL;
    if (hash) {
        /* Whoever guesses is told so by a read: only a token that there is waits for the turn to be used up. */
        SD_TRY(sd_mailed_tokens_by_hash(token, work->store, kinds[kind].name, hash));
    }
    if (*token) {
        SD_TRY(sd_mailed_tokens_consume(token, work->store, kinds[kind].name, hash, sd_work_now(work)));
    }
    return *token ? NULL : sd_mailed_token_dead(work->pool);
}

sd_error_t *sd_mailed_token_revoke_of(sd_work_t *work, sd_id_t account_id)
{
    return sd_mailed_tokens_revoke_of(work->store, account_id, sd_work_now(work));
}

sd_error_t *sd_mailed_token_revoke_all(sd_work_t *work, sd_id_t account_id)
{
    SD_TRY(sd_mailed_token_revoke_of(work, account_id));
    return sd_mailed_tokens_revoke_kind(work->store, account_id, SD_MAILED_TOKENS_BACK, sd_work_now(work));
}
