/* Following the audit's chain. */
#include <stdarg.h>
#include <string.h>

#include <apr_strings.h>

#include "desk/audit.h"
#include "desk/audit_link.h"
#include "desk/audit_seal.h"
#include "store/accounts.h"

#define SEALS 50 /* held at once */

typedef struct chain_t {
    sd_work_t *work;
    apr_pool_t *pool; /* of the findings */
    apr_array_header_t *findings;
    const char *digest; /* of the link before; in `pool` */
    sd_id_t last_id;    /* the last row that is sealed */
    sd_id_t seal_id;
    sd_id_t purged_seal; /* the last whose rows were taken away */
    int has_rows;        /* a seal with rows came by */
} chain_t;

static void find(chain_t *chain, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void find(chain_t *chain, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    APR_ARRAY_PUSH(chain->findings, const char *) = apr_pvsprintf(chain->pool, format, arguments);
    va_end(arguments);
}

static int same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

static sd_error_t *is_gone(int *gone, chain_t *chain, sd_id_t account_id)
{
    const sd_account_t *account = NULL;

    if (account_id) {
        SD_TRY(sd_accounts_by_id(&account, chain->work->store, account_id));
    }
    *gone = account && strcmp(account->state, "anonymised") == 0;
    return NULL;
}

static sd_error_t *is_about_gone(int *gone, chain_t *chain, const sd_audit_row_t *row)
{
    const sd_account_t *account = NULL;

    SD_TRY(is_gone(gone, chain, row->account_id));
    if (*gone || !same(row->object_type, "account") || !row->object_id) {
        return NULL;
    }
    SD_TRY(sd_accounts_named(&account, chain->work->store, row->object_id));
    *gone = account && strcmp(account->state, "anonymised") == 0;
    return NULL;
}

/* Whoever was somebody is a former user; whoever wanted to be one is nobody, as before. */
static sd_error_t *check_former(int *good, chain_t *chain, const sd_audit_row_t *row)
{
    int gone;

    SD_TRY(row->account_id ? is_gone(&gone, chain, row->account_id) : is_about_gone(&gone, chain, row));
    *good = gone && same(row->actor, row->account_id ? SD_AUDIT_FORMER : SD_AUDIT_ANONYMOUS) && !row->source;
    return NULL;
}

/* What is without its salt is of somebody who was anonymised, and says nothing any more. */
static sd_error_t *check_person(chain_t *chain, const sd_audit_row_t *row)
{
    apr_pool_t *pool = chain->work->pool;
    int gone, good;

    if (row->actor_salt) {
        good = same(sd_audit_link_actor_mark(pool, row, row->actor_salt), row->actor_mark);
    } else {
        SD_TRY(check_former(&good, chain, row));
    }
    if (good && row->detail_salt) {
        good = same(sd_audit_link_detail_mark(pool, row, row->detail_salt), row->detail_mark);
    } else if (good) {
        SD_TRY(is_about_gone(&gone, chain, row));
        good = gone && !row->detail;
    }
    if (!good) {
        find(chain, "audit: row %" APR_INT64_T_FMT " was changed", row->id);
    }
    return NULL;
}

static sd_error_t *check_rows(chain_t *chain, const sd_audit_seal_t *seal)
{
    apr_array_header_t *rows;

    SD_TRY(sd_audits_between(&rows, chain->work->store, chain->last_id, seal->last_id, SD_AUDIT_LINK_ROWS + 1));
    if (rows->nelts != seal->rows) {
        find(chain, "audit: %d rows instead of %" APR_INT64_T_FMT " up to row %" APR_INT64_T_FMT, rows->nelts,
             seal->rows, seal->last_id);
        return NULL;
    }
    if (!same(sd_audit_link_digest(chain->work->pool, chain->digest, rows), seal->digest)) {
        find(chain, "audit: what was sealed from row %" APR_INT64_T_FMT " to row %" APR_INT64_T_FMT " was changed",
             seal->first_id, seal->last_id);
    }
    for (int i = 0; i < rows->nelts; i++) {
        SD_TRY(check_person(chain, APR_ARRAY_IDX(rows, i, const sd_audit_row_t *)));
    }
    return NULL;
}

static sd_error_t *check_purged(chain_t *chain, const sd_audit_seal_t *seal)
{
    apr_array_header_t *rows;

    SD_TRY(sd_audits_between(&rows, chain->work->store, chain->last_id, seal->last_id, 1));
    if (rows->nelts) {
        find(chain, "audit: there are rows up to %" APR_INT64_T_FMT ", which were taken away", seal->last_id);
    }
    if (chain->has_rows) {
        find(chain, "audit: seal %" APR_INT64_T_FMT " has lost its rows, and older ones have not", seal->id);
    }
    chain->purged_seal = seal->id;
    return NULL;
}

static sd_error_t *check_seal(chain_t *chain, const sd_audit_seal_t *seal)
{
    if (seal->purged) {
        SD_TRY(check_purged(chain, seal));
    } else {
        SD_TRY(check_rows(chain, seal));
        chain->has_rows = 1;
    }
    chain->digest = apr_pstrdup(chain->pool, seal->digest);
    chain->last_id = seal->last_id;
    chain->seal_id = seal->id;
    return NULL;
}

/* Whoever takes rows away by the rules writes down up to where. */
static sd_error_t *check_purge(chain_t *chain)
{
    apr_array_header_t *rows;
    const sd_audit_filter_t filter = {
        .object_type = "audit", .object_id = apr_psprintf(chain->work->pool, "%" APR_INT64_T_FMT, chain->purged_seal)};

    if (!chain->purged_seal) {
        return NULL;
    }
    SD_TRY(sd_audits_list(&rows, chain->work->store, &filter, SD_AUDIT_NEWEST, 1));
    if (!rows->nelts) {
        find(chain, "audit: the rows up to %" APR_INT64_T_FMT " are gone, and nobody has written down why",
             chain->last_id);
    }
    return NULL;
}

/* Without the pepper file nothing can be said. With it, a note under another key is none: whoever cut the end off could
 * have named whatever key. */
static void check_mac(chain_t *chain, const sd_audit_head_t *head)
{
    const sd_work_t *work = chain->work;
    const char *mac = sd_audit_link_mac(work, head->seal_id, head->digest, head->pepper);

    if (mac && !same(mac, head->mac)) {
        find(chain, "audit: the note of its last seal was changed");
    } else if (!mac && work->site->passwords.current.id) {
        find(chain, "audit: the note of its last seal is under pepper %d, which the pepper file has not", head->pepper);
    }
}

static sd_error_t *check_head(chain_t *chain)
{
    const sd_audit_head_t *head;

    SD_TRY(sd_audit_head_get(&head, chain->work->store));
    if (!head) {
        if (chain->seal_id) {
            find(chain, "audit: nothing is noted of its last seal");
        }
        return NULL;
    }
    if (head->seal_id != chain->seal_id || !same(head->digest, chain->digest)) {
        find(chain,
             "audit: its end is missing: seal %" APR_INT64_T_FMT " was noted as the last, %" APR_INT64_T_FMT
             " is there",
             head->seal_id, chain->seal_id);
        return NULL;
    }
    check_mac(chain, head);
    return NULL;
}

/* Rows are read into pools of their own, and forgotten: the audit is longer than memory. */
static sd_error_t *check_stretch(chain_t *chain, int *count)
{
    sd_work_t *work = chain->work;
    apr_array_header_t *seals;
    apr_pool_t *rows;
    sd_error_t *error = NULL;

    SD_TRY(sd_audit_seals_list(&seals, work->store, chain->seal_id, SEALS));
    apr_pool_create(&rows, chain->pool);
    for (int i = 0; i < seals->nelts && !error; i++) {
        apr_pool_t *before = sd_store_use_pool(work->store, rows);
        apr_pool_t *own = work->pool;
        work->pool = rows;
        error = check_seal(chain, APR_ARRAY_IDX(seals, i, const sd_audit_seal_t *));
        work->pool = own;
        sd_store_use_pool(work->store, before);
        if (!error) {
            apr_pool_clear(rows);
        }
    }
    *count = seals->nelts;
    if (!error) {
        apr_pool_destroy(rows);
    }
    return error;
}

sd_error_t *sd_audit_verify(apr_array_header_t *findings, sd_work_t *work)
{
    sd_work_t own = *work;
    chain_t chain = {.work = &own,
                     .pool = work->pool,
                     .findings = findings,
                     .digest = SD_AUDIT_LINK_FIRST,
                     .last_id = APR_INT64_MIN};
    int count;

    do {
        SD_TRY(check_stretch(&chain, &count));
    } while (count == SEALS);
    SD_TRY(check_purge(&chain));
    return check_head(&chain);
}
