/*
 * Comments: public ones for everybody who reads the request, internal ones for those who work at the desk. A public
 * comment moves the status where the desk wants that: the customer's to "waiting for support" (a resolved request is
 * open again), the agent's to "waiting for customer". An agent who reported the request speaks as its customer.
 */
#ifndef SD_DESK_COMMENT_H
#define SD_DESK_COMMENT_H

#include "desk/work.h"

#define SD_COMMENT_LENGTH 32767

/* `public` is 1, 0, or -1 for not said, which is an error. Fields: body, public. */
SD_CHECKED sd_error_t *sd_comment_add(const sd_comment_t **comment, const sd_request_t **request, sd_work_t *work,
                                      const char *id_or_key, const char *body, int public);

/* sd_comment_t *, the oldest first, of the asked kinds as far as the actor may see them. */
SD_CHECKED sd_error_t *sd_comment_list(sd_list_t **list, const sd_request_t **request, sd_work_t *work,
                                       const char *id_or_key, int public, int internal, sd_page_t page);

SD_CHECKED sd_error_t *sd_comment_find(const sd_comment_t **comment, const sd_request_t **request, sd_work_t *work,
                                       const char *id_or_key, const char *comment_id);

/* For the files of desk/: writes a checked comment with its audit row; inside a write, after the policy. */
SD_CHECKED sd_error_t *sd_comment_insert(const sd_comment_t **comment, sd_work_t *work, const sd_request_t *request,
                                         const char *body, int public);

#endif
