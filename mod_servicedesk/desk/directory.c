/* Directories: which one takes a new account. */
#include "desk/directory.h"

#include <string.h>

#include <apr_strings.h>

typedef struct choose_t {
    sd_work_t *work;
    sd_directory_choice_t *choice;
} choose_t;

const sd_directory_writer_t *sd_directory_writer(const sd_work_t *work, const sd_directory_t *directory)
{
    const sd_directory_writer_t *writer = work->site->writers;

    while (writer && strcmp(writer->directory, directory->name) != 0) {
        writer = writer->next;
    }
    return writer;
}

static void note(choose_t *choose, const sd_directory_t *directory, const char *why)
{
    const char *before = choose->choice->reason;

    choose->choice->reason = apr_pstrcat(choose->work->pool, before ? before : "", before ? "; " : "", "directory \"",
                                         directory->name, "\" ", why, NULL);
}

static sd_error_t *choose_in_read(void *baton)
{
    choose_t *choose = baton;
    sd_directory_choice_t *choice = choose->choice;
    sd_store_t *store = choose->work->store;
    apr_array_header_t *directories;

    SD_TRY(sd_directories_list(&directories, store));
    for (int i = 0; i < directories->nelts; i++) {
        const sd_directory_t *directory = APR_ARRAY_IDX(directories, i, const sd_directory_t *);

        choice->writer = sd_directory_writer(choose->work, directory);
        if (!directory->writable) {
            note(choose, directory, "is read-only");
        } else if (!directory->internal && !choice->writer) {
            note(choose, directory, "is read-write, but this program has no way to write to it");
        } else {
            choice->directory = directory;
            choice->reason = NULL;
            return sd_directories_locks_out(&choice->locks_out, store, directory);
        }
    }
    choice->writer = NULL;
    return NULL;
}

sd_error_t *sd_directory_check_admins(sd_work_t *work, apr_int64_t before)
{
    apr_int64_t after;

    if (work->actor.is_operator || !before) {
        return NULL;
    }
    SD_TRY(sd_directories_count_admins(&after, work->store));
    return after ? NULL
                 : sd_error_new(work->pool, SD_ERROR_CONFLICT, "sd.directory.last.admin",
                                "No system administrator could sign in any more.");
}

sd_error_t *sd_directory_writable(sd_directory_choice_t *choice, sd_work_t *work)
{
    *choice = (sd_directory_choice_t){NULL, NULL, NULL, 0};
    return sd_store_read(work->store, choose_in_read, &(choose_t){work, choice});
}
