/* Whole instances: from one database to another, into a file and back. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <apr_strings.h>

#include "store/copy.h"
#include "store/schema.h"
#include "store/sqlite_file.h"
#include "tool/tool.h"

static void show_progress(void *baton, const char *act, const char *table, apr_int64_t rows, apr_int64_t total)
{
    const sd_tool_t *tool = baton;

    if (!tool->quiet) {
        fprintf(stderr, "%s %s: %" APR_INT64_T_FMT " of %" APR_INT64_T_FMT "\n", act, table, rows, total);
    }
}

static sd_error_t *open_lent(sd_store_t **store, apr_pool_t *pool, const char *database)
{
    SD_TRY(sd_tool_open_store(store, pool, NULL, database));
    return sd_store_lend(*store, pool);
}

sd_error_t *sd_tool_copy(sd_tool_t *tool)
{
    sd_copy_t copy = {.resume = tool->resume, .progress = show_progress, .baton = tool};

    if (!tool->from || !tool->to) {
        return sd_error_field(tool->pool, tool->from ? "to" : "from", "sd.validation.required",
                              "copy needs --from DATABASE and --to DATABASE.");
    }
    if (strcmp(tool->from, tool->to) == 0) {
        return sd_error_field(tool->pool, "to", "sd.validation.same", "That is the database to copy from.");
    }
    SD_TRY(open_lent(&copy.from, tool->pool, tool->from));
    SD_TRY(open_lent(&copy.to, tool->pool, tool->to));
    sd_error_t *error = sd_copy_run(&copy);
    sd_store_return(copy.from);
    sd_store_return(copy.to);
    return error;
}

/* ---- files ---- */

static sd_error_t *file_error(sd_tool_t *tool, const char *path)
{
    char text[128];

    return sd_error_private(tool->pool, SD_ERROR_UNAVAILABLE, "%s: %s", path,
                            apr_strerror(apr_get_os_error(), text, sizeof text));
}

static const char *directory_of(apr_pool_t *pool, const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? apr_pstrmemdup(pool, path, slash == path ? 1 : (apr_size_t)(slash - path)) : ".";
}

static sd_error_t *sync_path(sd_tool_t *tool, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int failed = fd < 0 || fsync(fd) != 0;

    if (fd >= 0) {
        close(fd);
    }
    return failed ? file_error(tool, path) : NULL;
}

/* It gets its own name only when it is whole and on disk, and takes nobody's place. */
static sd_error_t *keep_file(sd_tool_t *tool, const char *part, const char *path)
{
    SD_TRY(sync_path(tool, part));
    if (link(part, path) != 0) {
        return file_error(tool, path);
    }
    return sync_path(tool, directory_of(tool->pool, path));
}

/* With what SQLite puts beside it. */
static void remove_part(sd_tool_t *tool, const char *part)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-journal"};

    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        unlink(apr_pstrcat(tool->pool, part, endings[i], NULL));
    }
}

/* What a backup left behind that was killed: nobody holds it. */
static void remove_left(sd_tool_t *tool, const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

    if (fd >= 0) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
            remove_part(tool, path);
        }
        close(fd);
    }
}

/* For its owner alone, before the first byte is in it; held for as long as *fd is open. */
static sd_error_t *create_file(int *fd, sd_tool_t *tool, const char *path)
{
    remove_left(tool, path);
    *fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (*fd < 0) {
        return file_error(tool, path);
    }
    flock(*fd, LOCK_EX | LOCK_NB);
    return NULL;
}

static sd_error_t *copy_lent(sd_tool_t *tool, sd_store_t *file, int restore)
{
    sd_copy_t copy = {.from = restore ? file : tool->work->store,
                      .to = restore ? tool->work->store : file,
                      .replace = restore,
                      .progress = show_progress,
                      .baton = tool};

    SD_TRY(sd_store_lend(file, tool->pool));
    sd_error_t *error = sd_copy_run(&copy);
    sd_store_return(file);
    return error;
}

/* The backup of PostgreSQL is a database of SQLite, closed with its pool, which puts all into the one file. */
static sd_error_t *copy_with_file(sd_tool_t *tool, const char *path, int restore)
{
    sd_store_t *file;
    apr_pool_t *pool;
    apr_pool_create(&pool, tool->pool);
    sd_error_t *error = sd_tool_open_store(&file, pool, "sqlite3", path);
    if (!error) {
        error = copy_lent(tool, file, restore);
    }
    apr_pool_destroy(pool);
    unlink(apr_pstrcat(tool->pool, path, "-writer", NULL));
    return error;
}

sd_error_t *sd_tool_backup(sd_tool_t *tool)
{
    sd_store_t *store = tool->work->store;
    const char *path = tool->words[0], *part = apr_pstrcat(tool->pool, path, ".part", NULL);

    if (access(path, F_OK) == 0) {
        return sd_error_field(tool->pool, "FILE", "sd.tool.exists", "%s is there already.", path);
    }
    int fd;

    SD_TRY(create_file(&fd, tool, part));
    sd_error_t *error = sd_store_writes_at_once(store) ? copy_with_file(tool, part, 0)
                                                       : sd_sqlite_save(store, part, show_progress, tool);
    if (!error) {
        error = keep_file(tool, part, path);
    }
    remove_part(tool, part);
    close(fd);
    return error;
}

sd_error_t *sd_tool_restore(sd_tool_t *tool)
{
    sd_store_t *store = tool->work->store;
    const char *path = tool->words[0];

    if (access(path, R_OK) != 0) {
        return file_error(tool, path);
    }
    SD_TRY(sd_store_writes_at_once(store) ? copy_with_file(tool, path, 1)
                                          : sd_sqlite_load(store, path, show_progress, tool));
    SD_TRY(sd_schema_migrate(store, NULL));
    return sd_copy_end_sign_ins(store, sd_clock_now(&sd_clock_system));
}
