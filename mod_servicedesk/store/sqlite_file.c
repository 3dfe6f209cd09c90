/* Pages out and in. */
#include "store/sqlite_file.h"

#include <apr_strings.h>
#include <sqlite3.h>

#include "store/driver.h"
#include "store/schema.h"

#define PAGES_AT_ONCE 4096
#define NAP 20000 /* microseconds, where somebody beside the writer lock is in the way */
#define NAPS 500

typedef struct transfer_t {
    sd_store_t *store;
    const char *path;
    sqlite3 *file;
    sd_copy_progress_fn progress;
    void *baton;
    const char *act;
} transfer_t;

static sd_error_t *failure(const transfer_t *transfer, const char *what, int code)
{
    return sd_error_private(transfer->store->pool, SD_ERROR_UNAVAILABLE, "%s: %s: sqlite %d: %s", transfer->path, what,
                            code, sqlite3_errmsg(transfer->file));
}

static sd_error_t *move_pages(const transfer_t *transfer, sqlite3 *to, sqlite3 *from)
{
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
    int naps = NAPS, code;

    if (!backup) {
        return failure(transfer, transfer->act, sqlite3_errcode(to));
    }
    do {
        code = sqlite3_backup_step(backup, PAGES_AT_ONCE);
        if (code == SQLITE_BUSY || code == SQLITE_LOCKED) {
            apr_sleep(NAP);
            code = naps-- > 0 ? SQLITE_OK : code;
        }
        if (transfer->progress) {
            int total = sqlite3_backup_pagecount(backup);

            transfer->progress(transfer->baton, transfer->act, "pages", total - sqlite3_backup_remaining(backup),
                               total);
        }
    } while (code == SQLITE_OK);
    sqlite3_backup_finish(backup);
    return code == SQLITE_DONE ? NULL : failure(transfer, transfer->act, code);
}

static sd_error_t *ask(char *answer, int size, const transfer_t *transfer, const char *text)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(transfer->file, text, -1, &statement, NULL);

    if (code == SQLITE_OK) {
        code = sqlite3_step(statement);
    }
    if (code == SQLITE_ROW) {
        const char *cell = (const char *)sqlite3_column_text(statement, 0);

        apr_cpystrn(answer, cell ? cell : "", (apr_size_t)size);
    }
    sqlite3_finalize(statement);
    return code == SQLITE_ROW ? NULL : failure(transfer, text, code);
}

static sd_error_t *check_file(const transfer_t *transfer)
{
    char answer[200];

    SD_TRY(ask(answer, sizeof(answer), transfer, "PRAGMA quick_check(1)"));
    if (strcmp(answer, "ok") != 0) {
        return sd_error_private(transfer->store->pool, SD_ERROR_UNAVAILABLE, "%s is damaged: %s", transfer->path,
                                answer);
    }
    return NULL;
}

/* The transaction keeps the source's pages what they are, whoever writes meanwhile. */
static sd_error_t *save_in_read(void *baton)
{
    transfer_t *transfer = baton;
    char ignored[200];
    int step;

    SD_TRY(sd_schema_step(transfer->store, &step));
    SD_TRY(move_pages(transfer, transfer->file, transfer->store->native));
    /* One file, without a log beside it. */
    SD_TRY(ask(ignored, sizeof(ignored), transfer, "PRAGMA journal_mode=DELETE"));
    return check_file(transfer);
}

static sd_error_t *open_file(transfer_t *transfer, int flags)
{
    int code = sqlite3_open_v2(transfer->path, &transfer->file, flags, NULL);

    return code == SQLITE_OK ? NULL : failure(transfer, "open", code);
}

sd_error_t *sd_sqlite_save(sd_store_t *store, const char *path, sd_copy_progress_fn progress, void *baton)
{
    transfer_t transfer = {store, path, NULL, progress, baton, "saved"};
    sd_error_t *error = open_file(&transfer, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);

    if (!error) {
        error = sd_store_read(store, save_in_read, &transfer);
    }
    sqlite3_close(transfer.file);
    return error;
}

static sd_error_t *refuse_other(const transfer_t *transfer)
{
    char answer[200];

    SD_TRY(check_file(transfer));
    SD_TRY(ask(answer, sizeof(answer), transfer, "SELECT max(number) FROM schema_step"));
    if (apr_atoi64(answer) < 1 || apr_atoi64(answer) > sd_schema_newest()) {
        return sd_error_private(transfer->store->pool, SD_ERROR_UNAVAILABLE,
                                "%s stands at schema step \"%s\", this program knows %d", transfer->path, answer,
                                sd_schema_newest());
    }
    return NULL;
}

static sd_error_t *load(transfer_t *transfer)
{
    sd_store_t *store = transfer->store;
    sd_error_t *error;

    SD_TRY(open_file(transfer, SQLITE_OPEN_READONLY));
    SD_TRY(refuse_other(transfer));
    SD_TRY(sd_writer_lock(store->writer, store));
    error = move_pages(transfer, store->native, transfer->file);
    sd_writer_unlock(store->writer);
    return error;
}

sd_error_t *sd_sqlite_load(sd_store_t *store, const char *path, sd_copy_progress_fn progress, void *baton)
{
    transfer_t transfer = {store, path, NULL, progress, baton, "restored"};
    sd_error_t *error = load(&transfer);

    sqlite3_close(transfer.file);
    return error;
}
