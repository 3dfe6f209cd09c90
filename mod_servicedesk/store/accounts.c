/* SQL over account and account_word. */
#include "store/accounts.h"

#include <string.h>

#include <apr_strings.h>

#include "base/address.h"
#include "base/text.h"
#include "store/rows.h"

#define FROM_ACCOUNT " FROM account a JOIN directory d ON d.id = a.directory_id "

SD_SQL(account_by_id, "SELECT " SD_ACCOUNT_COLUMNS FROM_ACCOUNT "WHERE a.id = $1");
SD_SQL(account_actor, "SELECT " SD_ACTOR_COLUMNS FROM_ACCOUNT "WHERE a.id = $1 AND a.barred = 0");
SD_SQL(account_named,
       "SELECT " SD_ACCOUNT_COLUMNS FROM_ACCOUNT "WHERE a.id = coalesce("
       "(SELECT p.id FROM account p WHERE p.public_id = $1),"
       " (SELECT q.id FROM directory e JOIN account q ON q.directory_id = e.id WHERE e.name = $2 AND q.name_key ="
       " CASE e.kind WHEN 'internal' THEN $3 ELSE $4 END),"
       " (SELECT n.id FROM account n JOIN directory f ON f.id = n.directory_id WHERE n.name_key IN ($5, $6)"
       " AND n.name_key = CASE f.kind WHEN 'internal' THEN $5 ELSE $6 END ORDER BY f.position, f.id LIMIT 1),"
       " (SELECT m.id FROM account m WHERE m.address_key = $7 AND m.address_proven = 1))");
SD_SQL(account_by_name, "SELECT " SD_ACCOUNT_COLUMNS FROM_ACCOUNT "WHERE a.directory_id = $1 AND a.name_key = $2");
SD_SQL(account_by_address,
       "SELECT " SD_ACCOUNT_COLUMNS FROM_ACCOUNT "WHERE a.address_key = $1 AND a.address_proven = 1");
SD_SQL(account_by_pending_address, "SELECT " SD_ACCOUNT_COLUMNS FROM_ACCOUNT "WHERE a.address_key = $1"
                                   " AND a.state = 'pending' AND d.kind = 'internal' ORDER BY a.id LIMIT 1");
SD_SQL(account_list, "SELECT " SD_ACCOUNT_COLUMNS FROM_ACCOUNT "WHERE a.id > 0 ORDER BY a.id LIMIT $1 OFFSET $2");

SD_SQL(account_insert,
       "INSERT INTO account (public_id, directory_id, name, name_key, address, address_key, address_proven,"
       " display_name, state, origin, system_admin, portal_only, password_hash, created)"
       " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) RETURNING id");
SD_SQL(account_words_delete, "DELETE FROM account_word WHERE account_id = $1");
SD_SQL(account_word_insert, "INSERT INTO account_word (word, account_id) VALUES ($1, $2) ON CONFLICT DO NOTHING");
SD_SQL(account_words, "SELECT word FROM account_word WHERE account_id = $1 ORDER BY word");
SD_SQL(account_set_profile, "UPDATE account SET display_name = $1, address = $2, address_key = $3, address_proven = $4"
                            " WHERE id = $5");
SD_SQL(account_set_display_name, "UPDATE account SET display_name = $1 WHERE id = $2");
SD_SQL(account_set_name, "UPDATE account SET name = $1, name_key = $2 WHERE id = $3");
SD_SQL(account_address_proven, "SELECT address_proven FROM account WHERE id = $1");
SD_SQL(account_lose_address, "UPDATE account SET address_proven = 0 WHERE id = $1");
SD_SQL(account_erase, "UPDATE account SET name = $1, name_key = $1, display_name = $1, address = NULL,"
                      " address_key = NULL, address_proven = 0, password_hash = NULL, state = 'anonymised',"
                      " generation = generation + 1 WHERE id = $2");
SD_SQL(account_set_state, "UPDATE account SET state = $1, generation = generation + 1 WHERE id = $2");
SD_SQL(account_enable,
       "UPDATE account SET state = CASE WHEN password_hash IS NULL AND address_proven = 0 AND address IS NOT NULL"
       " AND EXISTS (SELECT 1 FROM directory d WHERE d.id = account.directory_id AND d.kind = 'internal')"
       " THEN 'pending' ELSE 'active' END, generation = generation + 1 WHERE id = $1");
SD_SQL(account_set_system_admin, "UPDATE account SET system_admin = $1, generation = generation + 1 WHERE id = $2");
SD_SQL(account_set_language, "UPDATE account SET language = $1 WHERE id = $2");
SD_SQL(account_move,
       "UPDATE account SET password_hash = CASE WHEN directory_id = $1 THEN password_hash ELSE NULL END,"
       " directory_id = $1, name = $2, name_key = $3, failures = 0, generation = generation + 1 WHERE id = $4");
SD_SQL(account_portal_only, "SELECT portal_only FROM account WHERE id = $1");
SD_SQL(account_barred, "SELECT barred FROM account WHERE id = $1");
SD_SQL(account_set_portal_only, "UPDATE account SET portal_only = $1 WHERE id = $2");
SD_SQL(account_count_generation, "UPDATE account SET generation = generation + 1 WHERE id = $1");
SD_SQL(account_signed_in, "UPDATE account SET previous_sign_in = last_sign_in, last_sign_in = $1,"
                          " sign_ins = sign_ins + 1 WHERE id = $2");
SD_SQL(account_sign_ins, "SELECT sign_ins, previous_sign_in, failed_sign_ins, last_failed_sign_in FROM account"
                         " WHERE id = $1");
SD_SQL(account_other_system_admins,
       "SELECT count(*) FROM account WHERE system_admin = 1 AND state = 'active' AND barred = 0 AND id <> $1");
SD_SQL(account_organizations, "SELECT o.name FROM organization_member m JOIN organization o ON o.id = m.organization_id"
                              " WHERE m.account_id = $1 ORDER BY o.name");
SD_SQL(account_keys,
       "SELECT a.id, a.public_id, d.name, a.name, a.name_key, a.address, a.address_key, a.display_name,"
       " CASE WHEN a.password_hash IS NULL THEN 0 ELSE 1 END" FROM_ACCOUNT "WHERE a.id > $1 ORDER BY a.id LIMIT $2");

void sd_account_of_row(sd_account_t *account, sd_row_t *row, int first)
{
    account->id = sd_row_int(row, first);
    account->public_id = sd_row_text(row, first + 1);
    account->directory_id = sd_row_int(row, first + 2);
    account->directory = sd_row_text(row, first + 3);
    account->name = sd_row_text(row, first + 4);
    account->address = sd_row_text(row, first + 5);
    account->display_name = sd_row_text(row, first + 6);
    account->state = sd_row_text(row, first + 7);
    account->system_admin = sd_row_bool(row, first + 8);
    account->generation = sd_row_int(row, first + 9);
    account->created = sd_row_int(row, first + 10);
    account->language = sd_row_text(row, first + 11);
}

void *sd_accounts_record(apr_pool_t *pool, sd_row_t *row)
{
    sd_account_t *account = apr_pcalloc(pool, sizeof(*account));

    sd_account_of_row(account, row, 0);
    return account;
}

static sd_error_t *find(const sd_account_t **account, sd_store_t *store, const sd_sql_t *sql, const sd_value_t *values,
                        int count)
{
    void *found;

    *account = NULL;
    SD_TRY(sd_rows_one(&found, store, sql, values, count, sd_accounts_record));
    *account = found;
    return NULL;
}

sd_error_t *sd_accounts_by_id(const sd_account_t **account, sd_store_t *store, sd_id_t id)
{
    return find(account, store, &account_by_id, SD_VALUES(SD_INT(id)));
}

const sd_account_t *sd_actor_of_row(sd_relations_t *relations, sd_row_t *row, int first)
{
    sd_account_t *account = apr_pcalloc(sd_row_pool(row), sizeof(*account));

    sd_account_of_row(account, row, first);
    *relations = (sd_row_bool(row, first + SD_ACCOUNT_WIDTH) ? SD_RELATION_STAFF : 0) |
                 (account->system_admin ? SD_RELATION_SYSTEM_ADMIN : 0);
    return account;
}

typedef struct actor_t {
    const sd_account_t *account; /* NULL if there was no row */
    sd_relations_t relations;
} actor_t;

static sd_error_t *take_actor(void *baton, sd_row_t *row)
{
    actor_t *actor = baton;

    actor->account = sd_actor_of_row(&actor->relations, row, 0);
    return NULL;
}

sd_error_t *sd_accounts_actor(const sd_account_t **account, sd_relations_t *relations, sd_store_t *store, sd_id_t id)
{
    actor_t actor = {NULL, 0};

    SD_TRY(sd_store_query(store, &account_actor, SD_VALUES(SD_INT(id)), take_actor, &actor));
    *account = actor.account;
    *relations = actor.relations;
    return NULL;
}

sd_error_t *sd_accounts_named(const sd_account_t **account, sd_store_t *store, const char *text)
{
    apr_pool_t *pool = sd_store_pool(store);
    const char *name_key, *slash = text ? strchr(text, '/') : NULL;
    const char *directory = NULL, *directory_name_key = NULL, *directory_name = NULL;
    sd_address_t address = {NULL, NULL, NULL};

    *account = NULL;
    if (!text || !*text || !sd_text_is_utf8(text, strlen(text))) {
        return NULL;
    }
    SD_TRY(sd_text_fold(&name_key, pool, text));
    if (slash) {
        directory = apr_pstrmemdup(pool, text, (apr_size_t)(slash - text));
        directory_name = slash + 1;
        SD_TRY(sd_text_fold(&directory_name_key, pool, directory_name));
    }
    if (sd_address_parse(&address, pool, "name", text)) {
        address.key = NULL; /* no address: no account has that */
    }
    return find(account, store, &account_named,
                SD_VALUES(SD_TEXT(text), SD_TEXT(directory), SD_TEXT(directory_name_key), SD_TEXT(directory_name),
                          SD_TEXT(name_key), SD_TEXT(text), SD_TEXT(address.key)));
}

sd_error_t *sd_accounts_by_name(const sd_account_t **account, sd_store_t *store, sd_id_t directory_id,
                                const char *name_key)
{
    return find(account, store, &account_by_name, SD_VALUES(SD_INT(directory_id), SD_TEXT(name_key)));
}

sd_error_t *sd_accounts_by_address(const sd_account_t **account, sd_store_t *store, const char *address_key)
{
    return find(account, store, &account_by_address, SD_VALUES(SD_TEXT(address_key)));
}

sd_error_t *sd_accounts_by_pending_address(const sd_account_t **account, sd_store_t *store, const char *address_key)
{
    return find(account, store, &account_by_pending_address, SD_VALUES(SD_TEXT(address_key)));
}

sd_error_t *sd_accounts_list(sd_list_t **accounts, sd_store_t *store, sd_page_t page)
{
    return sd_rows_page(accounts, store, &account_list, SD_VALUES(SD_PAGE_VALUES(page)), page, sd_accounts_record);
}

sd_error_t *sd_accounts_insert(sd_id_t *id, sd_store_t *store, const sd_account_new_t *row)
{
    return sd_rows_id(id, store, &account_insert,
                      SD_VALUES(SD_TEXT(row->public_id), SD_INT(row->directory_id), SD_TEXT(row->name),
                                SD_TEXT(row->name_key), SD_TEXT(row->address), SD_TEXT(row->address_key),
                                SD_INT(row->address_proven), SD_TEXT(row->display_name), SD_TEXT(row->state),
                                SD_TEXT(row->origin), SD_INT(row->system_admin), SD_INT(row->portal_only),
                                SD_TEXT(row->password_hash), SD_INT(row->created)));
}

sd_error_t *sd_accounts_set_words(sd_store_t *store, sd_id_t id, const apr_array_header_t *words)
{
    SD_TRY(sd_store_execute(store, &account_words_delete, SD_VALUES(SD_INT(id)), NULL));
    for (int i = 0; i < words->nelts; i++) {
        SD_TRY(sd_store_execute(store, &account_word_insert,
                                SD_VALUES(SD_TEXT(APR_ARRAY_IDX(words, i, const char *)), SD_INT(id)), NULL));
    }
    return NULL;
}

sd_error_t *sd_accounts_words(apr_array_header_t **words, sd_store_t *store, sd_id_t id)
{
    return sd_rows_all(words, store, &account_words, SD_VALUES(SD_INT(id)), sd_rows_text);
}

sd_error_t *sd_accounts_set_profile(sd_store_t *store, sd_id_t id, const char *display_name, const char *address,
                                    const char *address_key, int address_proven)
{
    return sd_store_execute(store, &account_set_profile,
                            SD_VALUES(SD_TEXT(display_name), SD_TEXT(address), SD_TEXT(address_key),
                                      SD_INT(address_proven), SD_INT(id)),
                            NULL);
}

sd_error_t *sd_accounts_set_name(sd_store_t *store, sd_id_t id, const char *name, const char *name_key)
{
    return sd_store_execute(store, &account_set_name, SD_VALUES(SD_TEXT(name), SD_TEXT(name_key), SD_INT(id)), NULL);
}

sd_error_t *sd_accounts_set_display_name(sd_store_t *store, sd_id_t id, const char *display_name)
{
    return sd_store_execute(store, &account_set_display_name, SD_VALUES(SD_TEXT(display_name), SD_INT(id)), NULL);
}

sd_error_t *sd_accounts_is_address_proven(int *proven, sd_store_t *store, sd_id_t id)
{
    apr_int64_t number;

    SD_TRY(sd_store_number(store, &account_address_proven, SD_VALUES(SD_INT(id)), 0, &number));
    *proven = number == 1;
    return NULL;
}

sd_error_t *sd_accounts_lose_address(sd_store_t *store, sd_id_t id)
{
    return sd_store_execute(store, &account_lose_address, SD_VALUES(SD_INT(id)), NULL);
}

sd_error_t *sd_accounts_erase(sd_store_t *store, const sd_account_t *account)
{
    return sd_store_execute(store, &account_erase, SD_VALUES(SD_TEXT(account->public_id), SD_INT(account->id)), NULL);
}

sd_error_t *sd_accounts_set_state(sd_store_t *store, sd_id_t id, const char *state)
{
    return sd_store_execute(store, &account_set_state, SD_VALUES(SD_TEXT(state), SD_INT(id)), NULL);
}

sd_error_t *sd_accounts_enable(sd_store_t *store, sd_id_t id)
{
    return sd_store_execute(store, &account_enable, SD_VALUES(SD_INT(id)), NULL);
}

sd_error_t *sd_accounts_set_system_admin(sd_store_t *store, sd_id_t id, int system_admin)
{
    return sd_store_execute(store, &account_set_system_admin, SD_VALUES(SD_INT(system_admin != 0), SD_INT(id)), NULL);
}

sd_error_t *sd_accounts_set_language(sd_store_t *store, sd_id_t id, const char *language)
{
    return sd_store_execute(store, &account_set_language, SD_VALUES(SD_TEXT(language), SD_INT(id)), NULL);
}

sd_error_t *sd_accounts_move(sd_store_t *store, sd_id_t id, sd_id_t directory_id, const char *name,
                             const char *name_key)
{
    return sd_store_execute(store, &account_move,
                            SD_VALUES(SD_INT(directory_id), SD_TEXT(name), SD_TEXT(name_key), SD_INT(id)), NULL);
}

sd_error_t *sd_accounts_is_barred(int *barred, sd_store_t *store, sd_id_t id)
{
    apr_int64_t number;

    SD_TRY(sd_store_number(store, &account_barred, SD_VALUES(SD_INT(id)), 0, &number));
    *barred = number == 1;
    return NULL;
}

sd_error_t *sd_accounts_is_portal_only(int *portal_only, sd_store_t *store, sd_id_t id)
{
    apr_int64_t number;

    SD_TRY(sd_store_number(store, &account_portal_only, SD_VALUES(SD_INT(id)), 0, &number));
    *portal_only = number == 1;
    return NULL;
}

sd_error_t *sd_accounts_set_portal_only(sd_store_t *store, sd_id_t id, int portal_only)
{
    return sd_store_execute(store, &account_set_portal_only, SD_VALUES(SD_INT(portal_only != 0), SD_INT(id)), NULL);
}

sd_error_t *sd_accounts_count_generation(sd_store_t *store, sd_id_t id)
{
    return sd_store_execute(store, &account_count_generation, SD_VALUES(SD_INT(id)), NULL);
}

static sd_error_t *take_sign_ins(void *baton, sd_row_t *row)
{
    sd_sign_ins_t *sign_ins = baton;

    *sign_ins = (sd_sign_ins_t){sd_row_int(row, 0), sd_row_int(row, 1), sd_row_int(row, 2), sd_row_int(row, 3)};
    return NULL;
}

sd_error_t *sd_accounts_sign_ins(sd_sign_ins_t *sign_ins, sd_store_t *store, sd_id_t id)
{
    *sign_ins = (sd_sign_ins_t){0};
    return sd_store_query(store, &account_sign_ins, SD_VALUES(SD_INT(id)), take_sign_ins, sign_ins);
}

sd_error_t *sd_accounts_signed_in(sd_store_t *store, sd_id_t id, sd_time_t at)
{
    return sd_store_execute(store, &account_signed_in, SD_VALUES(SD_INT(at), SD_INT(id)), NULL);
}

sd_error_t *sd_accounts_other_system_admins(apr_int64_t *count, sd_store_t *store, sd_id_t id)
{
    return sd_store_number(store, &account_other_system_admins, SD_VALUES(SD_INT(id)), 0, count);
}

sd_error_t *sd_accounts_organizations(apr_array_header_t **names, sd_store_t *store, sd_id_t id)
{
    return sd_rows_all(names, store, &account_organizations, SD_VALUES(SD_INT(id)), sd_rows_text);
}

static void *keys_record(apr_pool_t *pool, sd_row_t *row)
{
    sd_account_keys_t *keys = apr_pcalloc(pool, sizeof(*keys));

    keys->id = sd_row_int(row, 0);
    keys->public_id = sd_row_text(row, 1);
    keys->directory = sd_row_text(row, 2);
    keys->name = sd_row_text(row, 3);
    keys->name_key = sd_row_text(row, 4);
    keys->address = sd_row_text(row, 5);
    keys->address_key = sd_row_text(row, 6);
    keys->display_name = sd_row_text(row, 7);
    keys->has_password = sd_row_bool(row, 8);
    return keys;
}

sd_error_t *sd_accounts_keys(apr_array_header_t **rows, sd_store_t *store, sd_id_t after, int limit)
{
    return sd_rows_all(rows, store, &account_keys, SD_VALUES(SD_INT(after), SD_INT(limit)), keys_record);
}
