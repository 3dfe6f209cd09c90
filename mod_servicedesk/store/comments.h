/* Rows of comment. All calls run in the caller's transaction. */
#ifndef SD_STORE_COMMENTS_H
#define SD_STORE_COMMENTS_H

#include "store/records.h"
#include "store/store.h"

SD_CHECKED sd_error_t *sd_comments_insert(sd_id_t *id, sd_store_t *store, sd_id_t request_id, sd_id_t author_id,
                                          const char *body, int public, sd_time_t created);

/* A comment of this very request; an internal one only with `internal`; *comment is NULL if there is none. */
SD_CHECKED sd_error_t *sd_comments_find(const sd_comment_t **comment, sd_store_t *store, sd_id_t request_id, sd_id_t id,
                                        int internal);

/* sd_comment_t *, the oldest first, of the asked kinds. */
SD_CHECKED sd_error_t *sd_comments_list(sd_list_t **list, sd_store_t *store, sd_id_t request_id, int public,
                                        int internal, sd_page_t page);

#endif
