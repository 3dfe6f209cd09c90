/*
 * A SQLite database into a file and back, page by page, through the library's own backup calls, while others use it.
 * Readers go on; a restore holds the writer lock until all pages are there, and then everybody sees the new content.
 */
#ifndef SD_STORE_SQLITE_FILE_H
#define SD_STORE_SQLITE_FILE_H

#include "store/copy.h"

/* Writes what `store` (of SQLite) is at this moment to `path`, which must not be there, and looks through the copy. */
SD_CHECKED sd_error_t *sd_sqlite_save(sd_store_t *store, const char *path, sd_copy_progress_fn progress, void *baton);

/* Puts what is in `path` in the place of everything in `store`; refused if the file is damaged or newer than we. */
SD_CHECKED sd_error_t *sd_sqlite_load(sd_store_t *store, const char *path, sd_copy_progress_fn progress, void *baton);

#endif
