/* All rows that say something about a person: to be shown, and to go. Calls run in the caller's transaction. */
#ifndef SD_STORE_PERSON_H
#define SD_STORE_PERSON_H

#include "store/records.h"
#include "store/store.h"

typedef enum sd_person_part_t {
    SD_PERSON_PROFILE,
    SD_PERSON_ROLES,
    SD_PERSON_GROUPS,
    SD_PERSON_ORGANIZATIONS,
    SD_PERSON_SESSIONS,
    SD_PERSON_TOKENS,
    SD_PERSON_SECOND_FACTOR,
    SD_PERSON_REQUESTS,
    SD_PERSON_VALUES,
    SD_PERSON_COMMENTS,
    SD_PERSON_PARTICIPATIONS,
    SD_PERSON_SUBSCRIPTIONS,
    SD_PERSON_ASSIGNMENTS,
    SD_PERSON_INVITATIONS,
    SD_PERSON_MAILS,
    SD_PERSON_LINKS,
    SD_PERSON_AUDIT,
    SD_PERSON_ABOUT, /* what others did to the account */
    SD_PERSON_PARTS  /* not a part: how many there are */
} sd_person_part_t;

/* The columns of each part are told in desk/person_export.c, in the same order. */
SD_CHECKED sd_error_t *sd_person_rows(sd_store_t *store, sd_person_part_t part, sd_id_t account_id, sd_row_fn fn,
                                      void *baton);

/* The key of the account's address, or NULL. */
SD_CHECKED sd_error_t *sd_person_address_key(const char **key, sd_store_t *store, sd_id_t account_id);

typedef struct sd_person_erasure_t {
    sd_id_t account_id;
    const char *full_name;    /* that was, with its directory: as notices tell it */
    const char *name;         /* from now on, unique in its directory */
    const char *display_name; /* from now on */
    const char *address_key;  /* that was, or NULL */
    const char *mailbox;      /* as the outbox counts it, or NULL */
} sd_person_erasure_t;

/* The account stays, so that requests keep their people; nothing that tells who it was does. */
SD_CHECKED sd_error_t *sd_person_erase(sd_store_t *store, const sd_person_erasure_t *erasure);

#endif
