/* SQL over whatever an account appears in. */
#include "store/person.h"

#include "store/rows.h"

SD_SQL(person_profile,
       "SELECT a.public_id, d.name, a.name, a.address, a.address_proven, a.display_name, a.language, a.state, a.origin,"
       " a.created, a.last_sign_in, a.previous_sign_in, a.sign_ins, a.last_failed_sign_in, a.failed_sign_ins"
       " FROM account a JOIN directory d ON d.id = a.directory_id WHERE a.id = $1");
SD_SQL(person_roles, "SELECT k.key, o.role, o.created FROM desk_role o JOIN desk k ON k.id = o.desk_id"
                     " WHERE o.account_id = $1 ORDER BY k.key, o.role");
SD_SQL(person_groups, "SELECT d.name, g.name FROM user_group_member m JOIN user_group g ON g.id = m.group_id"
                      " JOIN directory d ON d.id = g.directory_id WHERE m.account_id = $1 ORDER BY d.name, g.name");
SD_SQL(person_organizations, "SELECT o.name FROM organization_member m JOIN organization o"
                             " ON o.id = m.organization_id WHERE m.account_id = $1 ORDER BY o.name");
SD_SQL(person_sessions, "SELECT kind, directory, source, created, last_seen, expires FROM session WHERE account_id = $1"
                        " ORDER BY created");
SD_SQL(person_tokens, "SELECT label, prefix, created, expires, last_used, revoked FROM token WHERE account_id = $1"
                      " ORDER BY id");
SD_SQL(person_second_factor, "SELECT active, created FROM second_factor WHERE account_id = $1");
SD_SQL(person_requests,
       "SELECT r.key, t.name, r.summary, r.status, r.resolution, r.created, r.public_updated FROM request r"
       " JOIN request_type t ON t.id = r.request_type_id WHERE r.reporter_id = $1 AND r.deleted = 0 ORDER BY r.id");
SD_SQL(person_values, "SELECT r.key, v.label, v.value FROM request r JOIN request_value v ON v.request_id = r.id"
                      " WHERE r.reporter_id = $1 AND r.deleted = 0 AND v.visible = 1 ORDER BY r.id, v.position");
SD_SQL(person_comments, "SELECT r.key, c.created, c.body FROM comment c JOIN request r ON r.id = c.request_id"
                        " WHERE c.author_id = $1 AND c.public = 1 AND r.deleted = 0 ORDER BY c.id");
SD_SQL(person_participations, "SELECT r.key, p.created FROM participant p JOIN request r ON r.id = p.request_id"
                              " WHERE p.account_id = $1 AND r.deleted = 0 ORDER BY r.id");
SD_SQL(person_subscriptions, "SELECT r.key, s.subscribed FROM subscription s JOIN request r ON r.id = s.request_id"
                             " WHERE s.account_id = $1 AND r.deleted = 0 ORDER BY r.id");
SD_SQL(person_assignments, "SELECT key, status FROM request WHERE assignee_id = $1 AND deleted = 0 ORDER BY id");
SD_SQL(person_invitations, "SELECT k.key, i.created, i.expires FROM invitation i JOIN desk k ON k.id = i.desk_id"
                           " WHERE i.account_id = $1 ORDER BY i.id");
SD_SQL(person_mails, "SELECT kind, address, state, created, done FROM outbox WHERE account_id = $1 ORDER BY id");
SD_SQL(person_links, "SELECT kind, address, created, expires, used, revoked FROM mailed_token WHERE account_id = $1"
                     " ORDER BY id");
SD_SQL(person_audit, "SELECT at, act, object_type, object_id, result, face, source FROM audit WHERE account_id = $1"
                     " ORDER BY id");
SD_SQL(person_about, "SELECT u.at, u.act, u.result, u.face, u.detail FROM account a JOIN audit u"
                     " ON u.object_type = 'account' AND u.object_id = a.public_id WHERE a.id = $1 ORDER BY u.id");

SD_SQL(person_address_key, "SELECT address_key FROM account WHERE id = $1");
SD_SQL(person_erase_account,
       "UPDATE account SET name = $1, name_key = $1, address = NULL, address_key = NULL, address_proven = 0,"
       " display_name = $2, language = NULL, state = 'anonymised', system_admin = 0, password_hash = NULL,"
       " failures = 0, last_sign_in = NULL, previous_sign_in = NULL, sign_ins = 0, last_failed_sign_in = NULL,"
       " failed_sign_ins = 0, generation = generation + 1 WHERE id = $3");
SD_SQL(person_erase_words, "DELETE FROM account_word WHERE account_id = $1");
SD_SQL(person_erase_sessions, "DELETE FROM session WHERE account_id = $1");
SD_SQL(person_erase_tokens, "DELETE FROM token WHERE account_id = $1");
SD_SQL(person_erase_mailed_tokens, "DELETE FROM mailed_token WHERE account_id = $1");
SD_SQL(person_erase_invitations, "DELETE FROM invitation WHERE account_id = $1");
SD_SQL(person_erase_mails, "DELETE FROM outbox WHERE account_id = $1");
SD_SQL(person_erase_roles, "DELETE FROM desk_role WHERE account_id = $1");
SD_SQL(person_erase_groups, "DELETE FROM user_group_member WHERE account_id = $1");
SD_SQL(person_erase_organizations, "DELETE FROM organization_member WHERE account_id = $1");
SD_SQL(person_erase_subscriptions, "DELETE FROM subscription WHERE account_id = $1");
SD_SQL(person_erase_retries, "DELETE FROM request_retry WHERE account_id = $1");
SD_SQL(person_erase_notices, "DELETE FROM notice WHERE kind = 'licence.seat' AND subject = $1");
SD_SQL(person_erase_signups, "DELETE FROM signup WHERE address_key = $1");
SD_SQL(person_erase_mailed_tokens_to, "DELETE FROM mailed_token WHERE address_key = $1");
SD_SQL(person_erase_mails_to, "DELETE FROM outbox WHERE mailbox = $1 AND lower(address) = $2");

static const sd_sql_t *const parts[SD_PERSON_PARTS] = {
    [SD_PERSON_PROFILE] = &person_profile,
    [SD_PERSON_ROLES] = &person_roles,
    [SD_PERSON_GROUPS] = &person_groups,
    [SD_PERSON_ORGANIZATIONS] = &person_organizations,
    [SD_PERSON_SESSIONS] = &person_sessions,
    [SD_PERSON_TOKENS] = &person_tokens,
    [SD_PERSON_SECOND_FACTOR] = &person_second_factor,
    [SD_PERSON_REQUESTS] = &person_requests,
    [SD_PERSON_VALUES] = &person_values,
    [SD_PERSON_COMMENTS] = &person_comments,
    [SD_PERSON_PARTICIPATIONS] = &person_participations,
    [SD_PERSON_SUBSCRIPTIONS] = &person_subscriptions,
    [SD_PERSON_ASSIGNMENTS] = &person_assignments,
    [SD_PERSON_INVITATIONS] = &person_invitations,
    [SD_PERSON_MAILS] = &person_mails,
    [SD_PERSON_LINKS] = &person_links,
    [SD_PERSON_AUDIT] = &person_audit,
    [SD_PERSON_ABOUT] = &person_about,
};

/* What belongs to the account alone. */
static const sd_sql_t *const erased[] = {
    &person_erase_words,         &person_erase_sessions,      &person_erase_tokens,  &person_erase_mailed_tokens,
    &person_erase_invitations,   &person_erase_mails,         &person_erase_roles,   &person_erase_groups,
    &person_erase_organizations, &person_erase_subscriptions, &person_erase_retries,
};

sd_error_t *sd_person_rows(sd_store_t *store, sd_person_part_t part, sd_id_t account_id, sd_row_fn fn, void *baton)
{
    return sd_store_query(store, parts[part], SD_VALUES(SD_INT(account_id)), fn, baton);
}

static sd_error_t *take_text(void *baton, sd_row_t *row)
{
    *(const char **)baton = sd_row_text(row, 0);
    return NULL;
}

sd_error_t *sd_person_address_key(const char **key, sd_store_t *store, sd_id_t account_id)
{
    *key = NULL;
    return sd_store_query(store, &person_address_key, SD_VALUES(SD_INT(account_id)), take_text, key);
}

static sd_error_t *erase_address(sd_store_t *store, const sd_person_erasure_t *erasure)
{
    if (!erasure->address_key) {
        return NULL;
    }
    SD_TRY(sd_store_execute(store, &person_erase_mailed_tokens_to, SD_VALUES(SD_TEXT(erasure->address_key)), NULL));
    SD_TRY(sd_store_execute(store, &person_erase_signups, SD_VALUES(SD_TEXT(erasure->address_key)), NULL));
    return sd_store_execute(store, &person_erase_mails_to,
                            SD_VALUES(SD_TEXT(erasure->mailbox), SD_TEXT(erasure->address_key)), NULL);
}

sd_error_t *sd_person_erase(sd_store_t *store, const sd_person_erasure_t *erasure)
{
    for (apr_size_t i = 0; i < sizeof(erased) / sizeof(erased[0]); i++) {
        SD_TRY(sd_store_execute(store, erased[i], SD_VALUES(SD_INT(erasure->account_id)), NULL));
    }
    SD_TRY(erase_address(store, erasure));
    SD_TRY(sd_store_execute(store, &person_erase_notices, SD_VALUES(SD_TEXT(erasure->full_name)), NULL));
    return sd_store_execute(
        store, &person_erase_account,
        SD_VALUES(SD_TEXT(erasure->name), SD_TEXT(erasure->display_name), SD_INT(erasure->account_id)), NULL);
}
