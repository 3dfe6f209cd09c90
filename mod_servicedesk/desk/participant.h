/*
 * Participants: people whom a request is shared with one by one. Agents may add whoever may enter the desk; customers
 * too, unless the desk narrows sharing to their own organizations. What was typed is all that an error repeats.
 */
#ifndef SD_DESK_PARTICIPANT_H
#define SD_DESK_PARTICIPANT_H

#include "desk/work.h"

#define SD_PARTICIPANTS_MAX 100 /* named in one call */

/* sd_account_t *, in order of id. */
SD_CHECKED sd_error_t *sd_participant_list(sd_list_t **list, const sd_request_t **request, sd_work_t *work,
                                           const char *id_or_key, sd_page_t page);

/* Adds all or none; *added holds those who were none before. Field of errors: accountIds. */
SD_CHECKED sd_error_t *sd_participant_add(sd_list_t **added, const sd_request_t **request, sd_work_t *work,
                                          const char *id_or_key, const apr_array_header_t *names);

/* Removes all or none; *left is the first page of those left. Unknown, no participant, the reporter: SD_ERROR_INPUT. */
SD_CHECKED sd_error_t *sd_participant_remove(sd_list_t **left, const sd_request_t **request, sd_work_t *work,
                                             const char *id_or_key, const apr_array_header_t *names);

/* ---- for the files of desk/ ---- */

typedef struct sd_sharing_t {
    const char *desk_key;
    sd_id_t reporter_id;
    const char *sharing; /* of the desk */
    int staff;           /* whoever shares works at the desk */
    const char *field;   /* that errors name */
} sd_sharing_t;

/*
 * Finds the people to share with and appends them to *accounts (of const sd_account_t *), each once, the reporter left
 * out. All that cannot be added are named at once. Inside a transaction.
 */
SD_CHECKED sd_error_t *sd_participant_resolve(apr_array_header_t *accounts, sd_work_t *work,
                                              const sd_sharing_t *sharing, const apr_array_header_t *names);

/* Neither disabled nor gone: may be named as reporter or participant. */
int sd_participant_is_usable(const sd_account_t *account);

#endif
