/* Rows of the audit into digests. */
#include "desk/audit_link.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>
#include <jansson.h>

#include "base/digest.h"

/* JSON, so that no two rows are spelled alike. */
#define SPELLING (JSON_COMPACT | JSON_ENSURE_ASCII)

/* Steals `value`. */
static const char *spell(apr_pool_t *pool, json_t *value)
{
    char *text = json_dumps(value, SPELLING);
    const char *copy = text ? apr_pstrdup(pool, text) : "";

    free(text);
    json_decref(value);
    return copy;
}

static const char *digest_of(apr_pool_t *pool, const char *text)
{
    unsigned char digest[SD_DIGEST_BYTES];

    sd_digest_sha256(digest, text, strlen(text));
    return sd_digest_hex(pool, digest, sizeof(digest));
}

/* Leaves only the digest in the pool, for which the whole range is there at once; steals `value`. */
static const char *digest_of_value(apr_pool_t *pool, json_t *value)
{
    char *text = json_dumps(value, SPELLING);
    const char *digest = digest_of(pool, text ? text : "");

    free(text);
    json_decref(value);
    return digest;
}

const char *sd_audit_link_actor_mark(apr_pool_t *pool, const sd_audit_row_t *row, const char *salt)
{
    return digest_of_value(pool, json_pack("[s, s?, s?]", salt, row->actor, row->source));
}

const char *sd_audit_link_detail_mark(apr_pool_t *pool, const sd_audit_row_t *row, const char *salt)
{
    return digest_of_value(pool, json_pack("[s, s?]", salt, row->detail));
}

static const char *line_of(apr_pool_t *pool, const sd_audit_row_t *row)
{
    return spell(pool, json_pack("[I, I, I, s?, s?, s?, s?, s?, s?, I, s?, s?, s?]", (json_int_t)row->id,
                                 (json_int_t)row->at, (json_int_t)row->account_id, row->directory, row->face,
                                 row->log_id, row->act, row->object_type, row->object_id, (json_int_t)row->desk_id,
                                 row->result, row->actor_mark, row->detail_mark));
}

const char *sd_audit_link_digest(apr_pool_t *pool, const char *before, const apr_array_header_t *rows)
{
    apr_array_header_t *lines = apr_array_make(pool, rows->nelts + 1, sizeof(const char *));

    APR_ARRAY_PUSH(lines, const char *) = before;
    for (int i = 0; i < rows->nelts; i++) {
        APR_ARRAY_PUSH(lines, const char *) = line_of(pool, APR_ARRAY_IDX(rows, i, const sd_audit_row_t *));
    }
    return digest_of(pool, apr_array_pstrcat(pool, lines, '\n'));
}

const char *sd_audit_link_mac(const sd_work_t *work, sd_id_t seal_id, const char *digest, int pepper)
{
    static const char purpose[] = "mod_servicedesk audit";
    const sd_pepper_t *known = sd_password_pepper(&work->site->passwords, pepper);
    unsigned char key[SD_DIGEST_BYTES], mac[SD_DIGEST_BYTES];

    if (!known) {
        return NULL;
    }
    const char *text = apr_psprintf(work->pool, "%" APR_INT64_T_FMT "|%s", seal_id, digest);
    sd_digest_hmac(key, known->key, purpose, sizeof(purpose) - 1);
    sd_digest_hmac(mac, key, text, strlen(text));
    return sd_digest_hex(work->pool, mac, sizeof(mac));
}
