/* API tokens: shown once, kept as a hash, scopes are a ceiling under the owner's rights, 1 to 365 days. */
#ifndef SD_DESK_API_TOKEN_H
#define SD_DESK_API_TOKEN_H

#include "desk/work.h"

typedef struct sd_api_token_t {
    sd_id_t id;
    const char *prefix; /* the first 8 characters, to tell tokens apart */
    const char *label;
    unsigned scopes; /* set of sd_scope_t */
    sd_time_t created;
    sd_time_t expires;
    sd_time_t revoked;   /* 0: alive */
    sd_time_t last_used; /* to the hour; 0: never */
} sd_api_token_t;

/* The scopes by the names that people and programs know; 0 for what is none. */
typedef struct sd_scope_name_t {
    const char *name;
    sd_scope_t scope;
} sd_scope_name_t;

#define SD_SCOPE_NAMES 3
extern const sd_scope_name_t sd_scope_names[SD_SCOPE_NAMES];
unsigned sd_scope_named(const char *name);

/* For oneself, or for `named` by the operator or a system admin. Fields: label, scopes, days. */
SD_CHECKED sd_error_t *sd_api_token_create(const char **text, sd_api_token_t **token, sd_work_t *work,
                                           const char *named, const char *label, unsigned scopes, int days);
SD_CHECKED sd_error_t *sd_api_token_list(apr_array_header_t **tokens, sd_work_t *work, const char *named);
SD_CHECKED sd_error_t *sd_api_token_revoke(sd_work_t *work, sd_id_t id);

#endif
