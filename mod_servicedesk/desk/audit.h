/*
 * The audit: one row a change, written in the transaction of the change. Who (account, directory), by which face, from
 * where, what, on which object, when, under which log id. Details are JSON of ids and names of members, never a secret,
 * never a text that somebody wrote.
 */
#ifndef SD_DESK_AUDIT_H
#define SD_DESK_AUDIT_H

#include <jansson.h>

#include "desk/work.h"

/* The actor of what somebody did who is nobody yet. */
#define SD_AUDIT_ANONYMOUS "anonymous"

typedef struct sd_audit_entry_t {
    const char *act;         /* request.create, comment.create, account.disable, session.open ... : noun.verb */
    const char *object_type; /* request, account, desk, organization, token, session, setting ... */
    const char *object_id;   /* key or public id; never a secret */
    sd_id_t desk_id;         /* 0 if none */
    const char *result;      /* NULL is "done"; "refused", "failed" for security events */
    const char *detail;      /* JSON or NULL */
} sd_audit_entry_t;

/* To be called inside the write of the change. */
SD_CHECKED sd_error_t *sd_audit_write(sd_work_t *work, const sd_audit_entry_t *entry);

/*
 * Something that was refused before it became an operation: a forged request, a wrong code. Its own write, outside any
 * other; a source that brings about very many has a few of them kept, so that refusing costs no write for each. That
 * it cannot be written changes nothing about the refusal. Nobody waits for it: while another one writes it is only kept
 * in mind, until sd_audit_catch_up() at a moment when whoever was refused has the answer.
 */
void sd_audit_refused(sd_work_t *work, const char *act, const char *object_type, const char *object_id);
void sd_audit_catch_up(sd_work_t *work);

/* The text of a detail object; steals `detail`. */
const char *sd_audit_detail(const sd_work_t *work, json_t *detail);

#endif
