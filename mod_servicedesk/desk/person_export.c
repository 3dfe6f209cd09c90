/* A person as JSON. */
#include "desk/person.h"

#include <string.h>

#include "desk/account.h"
#include "desk/audit.h"
#include "store/person.h"

#define COLUMNS 15

/* Names of the columns of store/person.c. "@name" is a time, "?name" true or false, "#name" a number, others texts. */
static const struct {
    const char *name;
    const char *columns[COLUMNS];
} parts[SD_PERSON_PARTS] = {
    [SD_PERSON_PROFILE] = {"profile",
                           {"accountId", "directory", "name", "emailAddress", "?emailAddressProven", "displayName",
                            "language", "state", "origin", "@created", "@lastSignIn", "@previousSignIn", "#signIns",
                            "@lastFailedSignIn", "#failedSignIns"}},
    [SD_PERSON_ROLES] = {"roles", {"serviceDesk", "role", "@created"}},
    [SD_PERSON_GROUPS] = {"groups", {"directory", "name"}},
    [SD_PERSON_ORGANIZATIONS] = {"organizations", {"name"}},
    [SD_PERSON_SESSIONS] = {"sessions", {"kind", "directory", "source", "@created", "@lastSeen", "@expires"}},
    [SD_PERSON_TOKENS] = {"tokens", {"label", "prefix", "@created", "@expires", "@lastUsed", "@revoked"}},
    [SD_PERSON_SECOND_FACTOR] = {"secondFactor", {"?active", "@created"}},
    [SD_PERSON_REQUESTS] = {"requests",
                            {"issueKey", "requestType", "summary", "status", "resolution", "@created", "@updated"}},
    [SD_PERSON_VALUES] = {"requestFieldValues", {"issueKey", "label", "value"}},
    [SD_PERSON_COMMENTS] = {"comments", {"issueKey", "@created", "body"}},
    [SD_PERSON_PARTICIPATIONS] = {"participations", {"issueKey", "@created"}},
    [SD_PERSON_SUBSCRIPTIONS] = {"subscriptions", {"issueKey", "?subscribed"}},
    [SD_PERSON_ASSIGNMENTS] = {"assignments", {"issueKey", "status"}},
    [SD_PERSON_INVITATIONS] = {"invitations", {"serviceDesk", "@created", "@expires"}},
    [SD_PERSON_MAILS] = {"mails", {"kind", "address", "state", "@created", "@done"}},
    [SD_PERSON_LINKS] = {"links", {"kind", "address", "@created", "@expires", "@used", "@revoked"}},
    [SD_PERSON_AUDIT] = {"audit", {"@at", "act", "objectType", "objectId", "result", "face", "source"}},
    [SD_PERSON_ABOUT] = {"auditOfAccount", {"@at", "act", "result", "face", "detail"}},
};

typedef struct export_t {
    sd_work_t *work;
    const char *named;
    const sd_account_t *account;
    sd_person_part_t part;
    json_t *rows;
    json_t *person;
} export_t;

static void put_cell(json_t *object, apr_pool_t *pool, const char *name, sd_row_t *row, int column)
{
    const char *text;

    if (*name == '@') {
        sd_time_t time = sd_row_int(row, column);

        json_object_set_new(object, name + 1, time ? json_string(sd_time_iso8601(pool, time)) : json_null());
    } else if (*name == '?') {
        json_object_set_new(object, name + 1, json_boolean(sd_row_bool(row, column)));
    } else if (*name == '#') {
        json_object_set_new(object, name + 1, json_integer(sd_row_int(row, column)));
    } else {
        text = sd_row_text(row, column);
        json_object_set_new(object, name, text ? json_string(text) : json_null());
    }
}

static sd_error_t *append(void *baton, sd_row_t *row)
{
    export_t *export = baton;
    json_t *object = json_object();
    const char *const *columns = parts[export->part].columns;

    for (int i = 0; i < COLUMNS && columns[i]; i++) {
        put_cell(object, export->work->pool, columns[i], row, i);
    }
    json_array_append_new(export->rows, object);
    return NULL;
}

static sd_error_t *export_in_read(void *baton)
{
    export_t *export = baton;

    json_object_clear(export->person);
    SD_TRY(sd_account_whose(&export->account, export->work, export->named));
    for (int part = 0; part < SD_PERSON_PARTS; part++) {
        export->part = (sd_person_part_t)part;
        export->rows = json_array();
        json_object_set_new(export->person, parts[part].name, export->rows);
        SD_TRY(sd_person_rows(export->work->store, export->part, export->account->id, append, export));
    }
    return NULL;
}

static sd_error_t *audit_in_write(void *baton)
{
    const export_t *export = baton;

    return sd_audit_write(export->work, &(sd_audit_entry_t){.act = "account.export",
                                                            .object_type = "account",
                                                            .object_id = export->account->public_id});
}

sd_error_t *sd_person_export(json_t **person, sd_work_t *work, const char *named)
{
    export_t export = {.work = work, .named = named, .person = json_object()};
    sd_error_t *error = sd_work_read(work, export_in_read, &export);

    *person = NULL;
    if (!error) {
        error = sd_work_write(work, audit_in_write, &export);
    }
    if (error) {
        json_decref(export.person);
        return error;
    }
    /* One row is no list. */
    json_t *profile = json_incref(json_array_get(json_object_get(export.person, parts[SD_PERSON_PROFILE].name), 0));
    json_object_set_new(export.person, parts[SD_PERSON_PROFILE].name, profile);
    *person = export.person;
    return NULL;
}
