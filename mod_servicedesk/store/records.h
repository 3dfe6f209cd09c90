/*
 * The rows that travel between store, desk and faces, as plain structs. A record is a copy in the pool of the unit of
 * work that read it; nobody writes through it. Optional texts are NULL, optional ids and times 0.
 */
#ifndef SD_STORE_RECORDS_H
#define SD_STORE_RECORDS_H

#include <apr_tables.h>

#include "base/clock.h"
#include "store/relation.h"

typedef apr_int64_t sd_id_t;

typedef struct sd_account_t {
    sd_id_t id;
    const char *public_id; /* key and accountId of the REST API: opaque, never reused */
    sd_id_t directory_id;
    const char *directory; /* its name: "internal", "htpasswd" ... */
    const char *name;      /* the sign-in name; made by signup it is the address */
    const char *address;   /* for sending, or NULL */
    const char *display_name;
    const char *state; /* active, disabled, invited, pending, anonymised */
    int system_admin;
    apr_int64_t generation; /* counts up with password, state and rights: older credentials are dead */
    sd_time_t created;
    const char *language; /* that the person has chosen, or NULL */
} sd_account_t;

typedef struct sd_desk_t {
    sd_id_t id;
    const char *key; /* HELP */
    const char *name;
    const char *description;
    const char *access; /* listed, accounts */
    int signup;
    int open;                 /* takes new requests */
    const char *sharing;      /* organization, address, search */
    int auto_status;          /* the status follows public comments */
    sd_relations_t relations; /* of the account that asked, see relation.h */
    const char *language;     /* for readers who ask for no language that is known, or NULL */
} sd_desk_t;

typedef struct sd_organization_t {
    sd_id_t id;
    const char *name;
    sd_relations_t relations;
} sd_organization_t;

typedef struct sd_request_type_t {
    sd_id_t id;
    sd_id_t desk_id;
    const char *name;
    const char *description;
    const char *help_text;
    const char *icon;
    int restricted;
    apr_array_header_t *group_ids; /* of sd_id_t */
} sd_request_type_t;

typedef struct sd_request_type_group_t {
    sd_id_t id;
    const char *name;
} sd_request_type_group_t;

/* options, default_value and preset_value are JSON texts; their meaning is in desk/field.h. */
typedef struct sd_field_t {
    sd_id_t id;           /* of the row; customfield_<10000 + id> */
    sd_id_t desk_id;      /* of its request type */
    const char *field_id; /* summary, description, customfield_10012 */
    const char *name;
    const char *description;
    const char *kind; /* text paragraph number date select multiselect cascading user checkbox */
    int required;
    int visible;
    const char *options;
    const char *default_value;
    const char *preset_value;
    apr_int64_t last_option; /* the highest option id that was ever given out */
} sd_field_t;

/* One answered field of a request, kept with the label that it was asked under. */
typedef struct sd_request_value_t {
    const char *field_id;
    const char *label;
    const char *kind;
    int visible;
    const char *value; /* JSON */
} sd_request_value_t;

typedef struct sd_request_t {
    sd_id_t id;
    const char *key; /* HELP-12 */
    sd_id_t desk_id;
    const char *desk_key;
    sd_id_t request_type_id;
    sd_account_t reporter;
    sd_id_t assignee_id;
    const char *summary;
    const char *status; /* code of desk/workflow.h: waiting-for-support ... */
    sd_time_t status_at;
    const char *resolution;
    int open;
    sd_time_t created;
    sd_time_t updated;        /* for agents */
    sd_time_t public_updated; /* for customers: internal comments do not move it */
    apr_int64_t version;
    apr_int64_t public_version;
    const char *sharing;      /* of its desk, for the policy */
    sd_relations_t relations; /* of the account that asked */
} sd_request_t;

typedef struct sd_comment_t {
    sd_id_t id;
    sd_id_t request_id;
    sd_account_t author;
    const char *body;
    int public;
    sd_time_t created;
} sd_comment_t;

typedef struct sd_status_change_t {
    const char *status;
    sd_time_t at;
} sd_status_change_t;

typedef struct sd_transition_t {
    sd_id_t id;
    const char *name;
    const char *from_status;
    const char *to_status;
    const char *resolution; /* set by it, or NULL */
    int customer;           /* the reporter may take it */
} sd_transition_t;

/* A slice of a list: `limit` + 1 rows are read to know whether there is a next page. */
typedef struct sd_page_t {
    apr_int64_t start;
    apr_int64_t limit; /* 1..SD_PAGE_LIMIT */
} sd_page_t;

#define SD_PAGE_LIMIT 100
#define SD_PAGE_DEFAULT 50

typedef struct sd_list_t {
    apr_array_header_t *rows; /* of pointers to records, at most page.limit */
    int is_last;
    sd_page_t page;
    const char *next; /* of a list that goes on at a place, not at a number: what `after` is for the next page */
} sd_list_t;

#endif
