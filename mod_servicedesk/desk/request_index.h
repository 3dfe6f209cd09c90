/*
 * Keeps what searches look into (store/request_texts.h) as the texts of requests are. Each change writes the request's
 * line of words in its own transaction; the worker makes the rows a word of it, many at once, for these would touch a
 * page of the database each.
 */
#ifndef SD_DESK_REQUEST_INDEX_H
#define SD_DESK_REQUEST_INDEX_H

#include "desk/work.h"
#include "store/request_texts.h"

/* A request that was just made; values are sd_request_value_t *, hidden ones are for the crew. In a write. */
SD_CHECKED sd_error_t *sd_request_index_insert(sd_work_t *work, const sd_request_t *request, const char *summary,
                                               const apr_array_header_t *values);

/* A comment more: *text is what was asked for before, sd_request_texts_ask(), and is there by now. In a write. */
SD_CHECKED sd_error_t *sd_request_index_comment(sd_work_t *work, const sd_request_text_t *text, const char *body,
                                                int public);

/* A request that nobody finds any more. In a write. */
SD_CHECKED sd_error_t *sd_request_index_delete(sd_work_t *work, const sd_request_t *request);

/* The worker's part: some of the pending ones; `*more` if there may be others. */
SD_CHECKED sd_error_t *sd_request_index_round(int *more, sd_work_t *work);

/* Is the row what the texts say? NULL, or what is wrong, in English. */
SD_CHECKED sd_error_t *sd_request_index_check(const char **wrong, sd_store_t *store, const sd_request_text_t *text);

#endif
