/* One's own sessions, seen and ended one by one. The id is a digest of a digest: nothing of a cookie is in it. */
#include "desk/session.h"

#include <string.h>

#include <apr_strings.h>

#include "base/token.h"
#include "desk/audit.h"
#include "desk/policy.h"
#include "store/sessions.h"

#define ID_BYTES 12

typedef struct list_t {
    sd_work_t *work;
    const char *id;
    apr_array_header_t *rows;
} list_t;

static const char *id_of(apr_pool_t *pool, const char *hash)
{
    unsigned char digest[SD_DIGEST_BYTES];
    const char *text = apr_pstrcat(pool, "id of a session ", hash, NULL);

    sd_digest_sha256(digest, text, strlen(text));
    return sd_digest_hex(pool, digest, ID_BYTES);
}

static sd_error_t *list_in_read(void *baton)
{
    list_t *list = baton;
    sd_work_t *work = list->work;

    SD_TRY(sd_policy_require(work, SD_MAY_HAVE_ACCOUNT));
    return sd_sessions_of(&list->rows, work->store, work->actor.account_id, sd_work_now(work));
}

sd_error_t *sd_session_list(apr_array_header_t **sessions, sd_work_t *work, const char *cookie)
{
    const char *own = cookie ? sd_token_hash(work->pool, SD_TOKEN_SESSION, cookie) : NULL;
    list_t list = {.work = work};

    *sessions = NULL;
    SD_TRY(sd_work_read(work, list_in_read, &list));
    *sessions = apr_array_make(work->pool, list.rows->nelts, sizeof(const sd_session_view_t *));
    for (int i = 0; i < list.rows->nelts; i++) {
        const sd_session_row_t *row = APR_ARRAY_IDX(list.rows, i, const sd_session_row_t *);
        sd_session_view_t *view = apr_pcalloc(work->pool, sizeof(*view));

        *view = (sd_session_view_t){
            .id = id_of(work->pool, row->hash),
            .kind = row->kind,
            .directory = row->directory,
            .source = row->source,
            .created = row->created,
            .last_seen = row->last_seen,
            .expires = row->expires,
            .current = own && strcmp(own, row->hash) == 0,
        };
        APR_ARRAY_PUSH(*sessions, const sd_session_view_t *) = view;
    }
    return NULL;
}

static sd_error_t *close_in_write(void *baton)
{
    list_t *list = baton;
    sd_work_t *work = list->work;
    sd_id_t ignored;

    SD_TRY(list_in_read(list));
    for (int i = 0; i < list->rows->nelts; i++) {
        const char *hash = APR_ARRAY_IDX(list->rows, i, const sd_session_row_t *)->hash;

        if (strcmp(id_of(work->pool, hash), list->id) == 0) {
            SD_TRY(sd_sessions_delete(&ignored, work->store, hash));
            return sd_audit_write(work, &(sd_audit_entry_t){.act = "session.close",
                                                            .object_type = "account",
                                                            .object_id = work->actor.account->public_id});
        }
    }
    return sd_error_not_found(work->pool);
}

sd_error_t *sd_session_close_one(sd_work_t *work, const char *id)
{
    return sd_work_write(work, close_in_write, &(list_t){.work = work, .id = id});
}
