/* The schema steps in SQLite's words. A step that has landed is never edited: the next change is the next step. */
#include "store/schema_steps.h"

#include <stddef.h>

static const char accounts[] =
    "CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);"

    "CREATE TABLE directory ("
    " id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
    " kind TEXT NOT NULL CHECK (kind IN ('internal', 'external')),"
    " writable INTEGER NOT NULL, trusted_addresses INTEGER NOT NULL DEFAULT 0, position INTEGER NOT NULL,"
    " created INTEGER NOT NULL);"
    /* The module's own directory is always there, and always first. */
    "INSERT INTO directory (id, name, kind, writable, position, created) VALUES (1, 'internal', 'internal', 1, 0, 0);"

    /* The identity key is (directory, name); public_id is what the REST API calls key and accountId. */
    "CREATE TABLE account ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, public_id TEXT NOT NULL UNIQUE,"
    " directory_id INTEGER NOT NULL REFERENCES directory (id), name TEXT NOT NULL, name_key TEXT NOT NULL,"
    " address TEXT, address_key TEXT, address_proven INTEGER NOT NULL DEFAULT 0,"
    " display_name TEXT NOT NULL,"
    " state TEXT NOT NULL CHECK (state IN ('active', 'disabled', 'invited', 'pending', 'anonymised')),"
    " origin TEXT NOT NULL, system_admin INTEGER NOT NULL DEFAULT 0,"
    " password_hash TEXT, failures INTEGER NOT NULL DEFAULT 0,"
    " generation INTEGER NOT NULL DEFAULT 1, created INTEGER NOT NULL, last_sign_in INTEGER,"
    " UNIQUE (name_key, directory_id));"
    "CREATE INDEX account_address ON account (address_key) WHERE address_key IS NOT NULL;"
    "CREATE UNIQUE INDEX account_proven_address ON account (address_key) WHERE address_proven = 1;"
    "CREATE INDEX account_system_admin ON account (id) WHERE system_admin = 1;"
    /* Wrong passwords of names that nobody has are counted here: a sign-in costs the same write either way. */
    "CREATE TABLE password_decoy (id INTEGER PRIMARY KEY, failures INTEGER NOT NULL);"
    "INSERT INTO password_decoy (id, failures) VALUES (1, 0);"

    "CREATE TABLE account_word ("
    " word TEXT NOT NULL, account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,"
    " PRIMARY KEY (word, account_id)) WITHOUT ROWID;"
    "CREATE INDEX account_word_account ON account_word (account_id);"

    "CREATE TABLE user_group (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
    "CREATE TABLE user_group_member ("
    " group_id INTEGER NOT NULL REFERENCES user_group (id) ON DELETE CASCADE,"
    " account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,"
    " PRIMARY KEY (group_id, account_id)) WITHOUT ROWID;"
    "CREATE INDEX user_group_member_account ON user_group_member (account_id);"

    "CREATE TABLE token ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, hash TEXT NOT NULL UNIQUE, prefix TEXT NOT NULL,"
    " account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,"
    " label TEXT NOT NULL, scopes INTEGER NOT NULL,"
    " created INTEGER NOT NULL, created_by INTEGER REFERENCES account (id), expires INTEGER NOT NULL, revoked INTEGER,"
    " last_used INTEGER);"
    "CREATE INDEX token_account ON token (account_id);"

    "CREATE TABLE session ("
    " hash TEXT PRIMARY KEY, account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,"
    " kind TEXT NOT NULL CHECK (kind IN ('password', 'bridge')), directory TEXT NOT NULL, generation INTEGER NOT NULL,"
    " created INTEGER NOT NULL, last_seen INTEGER NOT NULL, idle INTEGER NOT NULL, expires INTEGER NOT NULL,"
    " csrf TEXT NOT NULL, source TEXT) WITHOUT ROWID;"
    "CREATE INDEX session_account ON session (account_id);"
    "CREATE INDEX session_expires ON session (expires);"

    "CREATE TABLE audit ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, account_id INTEGER, actor TEXT NOT NULL,"
    " directory TEXT, face TEXT NOT NULL, source TEXT, log_id TEXT, act TEXT NOT NULL,"
    " object_type TEXT NOT NULL, object_id TEXT, desk_id INTEGER, result TEXT NOT NULL, detail TEXT);"
    "CREATE INDEX audit_object ON audit (object_type, object_id);"
    "CREATE INDEX audit_account ON audit (account_id);";

static const char desks[] =
    "CREATE TABLE desk ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL,"
    " description TEXT NOT NULL DEFAULT '',"
    /* Who may come in: 'listed' is the customers of the list, 'accounts' is everyone with an account. */
    " access TEXT NOT NULL CHECK (access IN ('listed', 'accounts')), signup INTEGER NOT NULL DEFAULT 0,"
    " open INTEGER NOT NULL DEFAULT 1,"
    /* Whom customers may share with: their organizations, an address typed in full, anybody of the desk. */
    " sharing TEXT NOT NULL DEFAULT 'address' CHECK (sharing IN ('organization', 'address', 'search')),"
    " auto_status INTEGER NOT NULL DEFAULT 1, created INTEGER NOT NULL);"
    /* The last request number of a desk: kept apart so that a desk's own row stays untouched by each request. */
    "CREATE TABLE desk_number (desk_id INTEGER PRIMARY KEY REFERENCES desk (id), last INTEGER NOT NULL);"

    "CREATE TABLE desk_role ("
    " desk_id INTEGER NOT NULL REFERENCES desk (id), account_id INTEGER NOT NULL REFERENCES account (id),"
    " role TEXT NOT NULL CHECK (role IN ('administrator', 'agent', 'customer')),"
    " origin TEXT NOT NULL, created INTEGER NOT NULL, PRIMARY KEY (desk_id, role, account_id)) WITHOUT ROWID;"
    "CREATE INDEX desk_role_account ON desk_role (account_id, desk_id, role);"

    "CREATE TABLE desk_count ("
    " desk_id INTEGER NOT NULL REFERENCES desk (id), account_id INTEGER NOT NULL REFERENCES account (id),"
    " open_requests INTEGER NOT NULL, closed_requests INTEGER NOT NULL, last_activity INTEGER NOT NULL,"
    " PRIMARY KEY (desk_id, account_id)) WITHOUT ROWID;"

    "CREATE TABLE organization ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, name_key TEXT NOT NULL UNIQUE,"
    " created INTEGER NOT NULL);"
    "CREATE TABLE organization_member ("
    " organization_id INTEGER NOT NULL REFERENCES organization (id) ON DELETE CASCADE,"
    " account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,"
    " PRIMARY KEY (organization_id, account_id)) WITHOUT ROWID;"
    "CREATE INDEX organization_member_account ON organization_member (account_id, organization_id);"
    "CREATE TABLE organization_property ("
    " organization_id INTEGER NOT NULL REFERENCES organization (id) ON DELETE CASCADE,"
    " key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (organization_id, key)) WITHOUT ROWID;"
    "CREATE TABLE desk_organization ("
    " desk_id INTEGER NOT NULL REFERENCES desk (id),"
    " organization_id INTEGER NOT NULL REFERENCES organization (id) ON DELETE CASCADE,"
    " PRIMARY KEY (desk_id, organization_id)) WITHOUT ROWID;"
    "CREATE INDEX desk_organization_organization ON desk_organization (organization_id, desk_id);"

    "CREATE TABLE request_type ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, desk_id INTEGER NOT NULL REFERENCES desk (id),"
    " name TEXT NOT NULL, description TEXT NOT NULL DEFAULT '', help_text TEXT NOT NULL DEFAULT '',"
    " icon TEXT NOT NULL DEFAULT 'question', restricted INTEGER NOT NULL DEFAULT 0,"
    /* search_key is name and description as sd_text_fold() makes them: what a search looks in. */
    " search_key TEXT NOT NULL,"
    " deleted INTEGER NOT NULL DEFAULT 0, created INTEGER NOT NULL);"
    "CREATE INDEX request_type_desk ON request_type (desk_id, deleted, id);"
    "CREATE TABLE request_type_group ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, desk_id INTEGER NOT NULL REFERENCES desk (id),"
    " name TEXT NOT NULL, position INTEGER NOT NULL, UNIQUE (desk_id, name));"
    "CREATE TABLE request_type_group_member ("
    " group_id INTEGER NOT NULL REFERENCES request_type_group (id) ON DELETE CASCADE,"
    " request_type_id INTEGER NOT NULL REFERENCES request_type (id),"
    " position INTEGER NOT NULL, PRIMARY KEY (group_id, request_type_id)) WITHOUT ROWID;"
    "CREATE INDEX request_type_group_member_type ON request_type_group_member (request_type_id);"
    /* options, default_value and preset_value are JSON; what they mean is told by desk/field.h. */
    "CREATE TABLE request_field ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, request_type_id INTEGER NOT NULL REFERENCES request_type (id),"
    " field_id TEXT NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL DEFAULT '',"
    " kind TEXT NOT NULL CHECK (kind IN ('text', 'paragraph', 'number', 'date', 'select', 'multiselect',"
    " 'cascading', 'user', 'checkbox')),"
    " required INTEGER NOT NULL, visible INTEGER NOT NULL, position INTEGER NOT NULL,"
    " options TEXT, default_value TEXT, preset_value TEXT,"
    /* The last id given to an option, so that the id of one that was taken away never comes back. */
    " last_option INTEGER NOT NULL DEFAULT 0, UNIQUE (request_type_id, field_id));"

    "CREATE TABLE transition ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, desk_id INTEGER NOT NULL REFERENCES desk (id),"
    " name TEXT NOT NULL, from_status TEXT NOT NULL, to_status TEXT NOT NULL, resolution TEXT,"
    " customer INTEGER NOT NULL DEFAULT 0, UNIQUE (desk_id, from_status, to_status));";

static const char requests[] =
    "CREATE TABLE request ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, desk_id INTEGER NOT NULL REFERENCES desk (id),"
    " key TEXT NOT NULL UNIQUE, request_type_id INTEGER NOT NULL REFERENCES request_type (id),"
    " reporter_id INTEGER NOT NULL REFERENCES account (id), author_id INTEGER NOT NULL REFERENCES account (id),"
    " assignee_id INTEGER REFERENCES account (id),"
    " summary TEXT NOT NULL, summary_key TEXT NOT NULL, status TEXT NOT NULL, status_at INTEGER NOT NULL,"
    " resolution TEXT, open INTEGER NOT NULL, created INTEGER NOT NULL,"
    /* Two clocks and two versions: what customers see must not move when agents talk among themselves. */
    " updated INTEGER NOT NULL, public_updated INTEGER NOT NULL,"
    " version INTEGER NOT NULL DEFAULT 1, public_version INTEGER NOT NULL DEFAULT 1,"
    " deleted INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX request_reporter ON request (reporter_id, public_updated);"
    "CREATE INDEX request_desk_open ON request (desk_id, deleted, open, created, id);"
    "CREATE INDEX request_assignee ON request (assignee_id, desk_id, open, created, id) WHERE assignee_id IS NOT NULL;"
    "CREATE INDEX request_unassigned ON request (desk_id, deleted, open, created, id)"
    " WHERE assignee_id IS NULL AND open = 1 AND deleted = 0;"

    "CREATE TABLE request_value ("
    " request_id INTEGER NOT NULL REFERENCES request (id), position INTEGER NOT NULL, field_id TEXT NOT NULL,"
    " label TEXT NOT NULL, kind TEXT NOT NULL, visible INTEGER NOT NULL, value TEXT NOT NULL,"
    " PRIMARY KEY (request_id, position)) WITHOUT ROWID;"

    "CREATE TABLE comment ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, request_id INTEGER NOT NULL REFERENCES request (id),"
    " author_id INTEGER NOT NULL REFERENCES account (id), body TEXT NOT NULL, public INTEGER NOT NULL,"
    " created INTEGER NOT NULL);"
    "CREATE INDEX comment_request ON comment (request_id, public, id);"

    "CREATE TABLE participant ("
    " request_id INTEGER NOT NULL REFERENCES request (id), account_id INTEGER NOT NULL REFERENCES account (id),"
    " added_by INTEGER NOT NULL REFERENCES account (id), created INTEGER NOT NULL,"
    " PRIMARY KEY (request_id, account_id)) WITHOUT ROWID;"
    "CREATE INDEX participant_account ON participant (account_id, request_id);"

    "CREATE TABLE request_organization ("
    " request_id INTEGER NOT NULL REFERENCES request (id),"
    " organization_id INTEGER NOT NULL REFERENCES organization (id) ON DELETE CASCADE,"
    " PRIMARY KEY (request_id, organization_id)) WITHOUT ROWID;"
    "CREATE INDEX request_organization_organization ON request_organization (organization_id, request_id);"

    "CREATE TABLE status_change ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, request_id INTEGER NOT NULL REFERENCES request (id),"
    " status TEXT NOT NULL, account_id INTEGER NOT NULL REFERENCES account (id), at INTEGER NOT NULL);"
    "CREATE INDEX status_change_request ON status_change (request_id, id);"

    /* Only choices that differ from the default: reporter and participants hear, members of organizations do not. */
    "CREATE TABLE subscription ("
    " request_id INTEGER NOT NULL REFERENCES request (id), account_id INTEGER NOT NULL REFERENCES account (id),"
    " subscribed INTEGER NOT NULL, PRIMARY KEY (request_id, account_id)) WITHOUT ROWID;";

static const char mailed_tokens[] =
    /* Somebody who asked for an account and has none yet: unproven until the mailed link is used, then, at a site that
     * wants it, waiting for an agent. Nobody owns an address by asking: a newer signup takes the older one's place. */
    "CREATE TABLE signup ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, desk_id INTEGER REFERENCES desk (id),"
    " address TEXT NOT NULL, address_key TEXT NOT NULL, display_name TEXT NOT NULL, password_hash TEXT NOT NULL,"
    " language TEXT, state TEXT NOT NULL CHECK (state IN ('unproven', 'waiting')),"
    " created INTEGER NOT NULL, expires INTEGER NOT NULL);"
    "CREATE UNIQUE INDEX signup_address ON signup (address_key, state);"
    "CREATE INDEX signup_desk ON signup (desk_id, state, id);"
    "CREATE INDEX signup_expires ON signup (expires);"

    /* An invitation that nobody has accepted yet; the account it made, or found, is a customer of the desk already. */
    "CREATE TABLE invitation ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, desk_id INTEGER NOT NULL REFERENCES desk (id),"
    " account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,"
    " invited_by INTEGER REFERENCES account (id), language TEXT,"
    " created INTEGER NOT NULL, sent INTEGER NOT NULL, expires INTEGER NOT NULL, UNIQUE (desk_id, account_id));"
    "CREATE INDEX invitation_account ON invitation (account_id);"

    /* The text of a token is not here: it is made of nonce and pepper (number `pepper` of its file), which a copy of
     * this table does not have. address is where it was mailed to, and all that it proves. */
    "CREATE TABLE mailed_token ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, hash TEXT NOT NULL UNIQUE,"
    " kind TEXT NOT NULL CHECK (kind IN ('verify', 'invite', 'reset', 'address', 'sign-in')),"
    " nonce TEXT NOT NULL, pepper INTEGER NOT NULL,"
    " account_id INTEGER REFERENCES account (id) ON DELETE CASCADE,"
    " signup_id INTEGER REFERENCES signup (id) ON DELETE CASCADE,"
    " invitation_id INTEGER REFERENCES invitation (id) ON DELETE CASCADE,"
    " address TEXT NOT NULL, address_key TEXT NOT NULL, created_by INTEGER REFERENCES account (id),"
    " created INTEGER NOT NULL, expires INTEGER NOT NULL, used INTEGER, revoked INTEGER);"
    "CREATE INDEX mailed_token_account ON mailed_token (account_id, kind);"
    "CREATE INDEX mailed_token_address ON mailed_token (address_key, kind);"
    "CREATE INDEX mailed_token_signup ON mailed_token (signup_id) WHERE signup_id IS NOT NULL;"
    "CREATE INDEX mailed_token_invitation ON mailed_token (invitation_id) WHERE invitation_id IS NOT NULL;"
    "CREATE INDEX mailed_token_expires ON mailed_token (expires);";

static const char outbox[] =
    /* Mails to be sent, and for a while those that were. A sender that takes one moves `due` past the time it may need
     * and notes its lease: if it dies, the mail is due again by itself. `counted` is the budget that it took from. */
    "CREATE TABLE outbox ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, message_id TEXT NOT NULL UNIQUE, message_host TEXT,"
    " kind TEXT NOT NULL, account_id INTEGER REFERENCES account (id) ON DELETE CASCADE,"
    " address TEXT NOT NULL, mailbox TEXT NOT NULL, proven INTEGER NOT NULL, language TEXT,"
    " mailed_token_id INTEGER, desk_id INTEGER, content TEXT, source TEXT,"
    " counted INTEGER NOT NULL, urgent INTEGER NOT NULL,"
    " state TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'dead', 'suppressed', 'obsolete', 'dropped')),"
    " reason TEXT, answer TEXT, attempts INTEGER NOT NULL DEFAULT 0, lease TEXT,"
    " created INTEGER NOT NULL, due INTEGER NOT NULL, done INTEGER);"
    "CREATE INDEX outbox_due ON outbox (urgent, due) WHERE state = 'queued';"
    "CREATE INDEX outbox_state ON outbox (state, id);"
    "CREATE INDEX outbox_done ON outbox (state, done);"
    "CREATE INDEX outbox_mailbox ON outbox (mailbox, counted, created);"
    "CREATE INDEX outbox_source ON outbox (source, counted, created) WHERE source IS NOT NULL;"
    "CREATE INDEX outbox_account ON outbox (account_id) WHERE account_id IS NOT NULL;";

static const char people[] =
    /* A group is known by (directory, name): what another directory calls "admins" is not the module's "admins". */
    "CREATE TABLE new_group ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, directory_id INTEGER NOT NULL REFERENCES directory (id),"
    " name TEXT NOT NULL, name_key TEXT NOT NULL, description TEXT NOT NULL DEFAULT '', created INTEGER NOT NULL,"
    " UNIQUE (name_key, directory_id));"
    "CREATE INDEX user_group_directory ON new_group (directory_id, id);"
    "CREATE TABLE new_group_member ("
    " group_id INTEGER NOT NULL REFERENCES new_group (id) ON DELETE CASCADE,"
    " account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,"
    " PRIMARY KEY (group_id, account_id)) WITHOUT ROWID;"
    "INSERT INTO new_group (directory_id, name, name_key, created)"
    " SELECT DISTINCT a.directory_id, g.name, g.name, 0 FROM user_group_member m"
    " JOIN user_group g ON g.id = m.group_id JOIN account a ON a.id = m.account_id;"
    "INSERT INTO new_group_member (group_id, account_id) SELECT n.id, m.account_id FROM user_group_member m"
    " JOIN user_group g ON g.id = m.group_id JOIN account a ON a.id = m.account_id"
    " JOIN new_group n ON n.name_key = g.name AND n.directory_id = a.directory_id;"
    "DROP TABLE user_group_member;"
    "DROP TABLE user_group;"
    "ALTER TABLE new_group RENAME TO user_group;"
    "ALTER TABLE new_group_member RENAME TO user_group_member;"
    "CREATE INDEX user_group_member_account ON user_group_member (account_id, group_id);"
    /* Members of the child are members of the parent. */
    "CREATE TABLE user_group_child ("
    " parent_id INTEGER NOT NULL REFERENCES user_group (id) ON DELETE CASCADE,"
    " child_id INTEGER NOT NULL REFERENCES user_group (id) ON DELETE CASCADE,"
    " PRIMARY KEY (parent_id, child_id)) WITHOUT ROWID;"
    "CREATE INDEX user_group_child_child ON user_group_child (child_id, parent_id);"

    /*
     * desk_role holds who has a role, by whichever way, so that every request asks one indexed row; `direct` tells that
     * it was given to the account itself. What groups give is written there whenever groups change (store/grants.c).
     */
    "ALTER TABLE desk_role ADD COLUMN direct INTEGER NOT NULL DEFAULT 1;"
    "CREATE INDEX desk_role_by_group ON desk_role (desk_id, role, account_id) WHERE direct = 0;"
    "CREATE INDEX desk_role_agent ON desk_role (account_id) WHERE role = 'agent';"
    "CREATE TABLE desk_role_group ("
    " desk_id INTEGER NOT NULL REFERENCES desk (id), group_id INTEGER NOT NULL REFERENCES user_group (id)"
    " ON DELETE CASCADE,"
    " role TEXT NOT NULL CHECK (role IN ('administrator', 'agent', 'customer')), created INTEGER NOT NULL,"
    " PRIMARY KEY (desk_id, role, group_id)) WITHOUT ROWID;"
    "CREATE INDEX desk_role_group_group ON desk_role_group (group_id, desk_id, role);"

    "ALTER TABLE directory ADD COLUMN sign_in TEXT NOT NULL DEFAULT 'everyone'"
    " CHECK (sign_in IN ('everyone', 'groups'));"
    /* The groups that a new account gets, and those whose members may sign in. */
    "CREATE TABLE directory_group ("
    " directory_id INTEGER NOT NULL REFERENCES directory (id),"
    " purpose TEXT NOT NULL CHECK (purpose IN ('default', 'sign-in')),"
    " group_id INTEGER NOT NULL REFERENCES user_group (id) ON DELETE CASCADE,"
    " PRIMARY KEY (directory_id, purpose, group_id)) WITHOUT ROWID;"
    "CREATE INDEX directory_group_group ON directory_group (group_id);"
    /* portal_only: never agent nor administrator. barred: its directory lets only members of some groups sign in. */
    "ALTER TABLE account ADD COLUMN portal_only INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE account ADD COLUMN barred INTEGER NOT NULL DEFAULT 0;"
    "CREATE INDEX account_directory ON account (directory_id, id);"

    /* Whoever changes groups, or seats, counts here first: on a database that queues no writers that is the queue. */
    "CREATE TABLE group_change (id INTEGER PRIMARY KEY, times INTEGER NOT NULL);"
    "INSERT INTO group_change (id, times) VALUES (1, 0);"

    /* What administrators should look at; the same trouble twice is one row. */
    "CREATE TABLE notice ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, subject TEXT NOT NULL, detail TEXT,"
    " first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, times INTEGER NOT NULL, UNIQUE (kind, subject));";

static const char signups[] =
    /* Which addresses may become accounts: desk_id 0 is the rules of the site. pattern is a domain in A-labels, or "*."
     * and one, which means every domain below it. */
    "CREATE TABLE domain_rule ("
    " desk_id INTEGER NOT NULL, verdict TEXT NOT NULL CHECK (verdict IN ('allow', 'block')), pattern TEXT NOT NULL,"
    " PRIMARY KEY (pattern, desk_id, verdict)) WITHOUT ROWID;"
    "CREATE INDEX domain_rule_desk ON domain_rule (desk_id, verdict, pattern);"
    /* Desks that allowed signup when the site's switch went off: an administrator may restore them. */
    "CREATE TABLE desk_signup_memory (desk_id INTEGER PRIMARY KEY REFERENCES desk (id), at INTEGER NOT NULL);";

/* Tags such as "ko"; which of them there are texts for, the faces know. */
static const char languages[] = "ALTER TABLE account ADD COLUMN language TEXT;"
                                "ALTER TABLE desk ADD COLUMN language TEXT;";

static const char organization_domains[] =
    /* Whoever proves an address of the domain joins the organization. */
    "CREATE TABLE organization_domain ("
    " domain TEXT PRIMARY KEY, organization_id INTEGER NOT NULL REFERENCES organization (id) ON DELETE CASCADE)"
    " WITHOUT ROWID;"
    "CREATE INDEX organization_domain_organization ON organization_domain (organization_id, domain);";

static const char seals[] =
    /*
     * The chain that the audit is sealed in: a range of its rows a link. What names a person is in the chain by salted
     * digests only (actor_mark, detail_mark), so that it can go and the chain stays.
     */
    "ALTER TABLE audit ADD COLUMN actor_salt TEXT;"
    "ALTER TABLE audit ADD COLUMN actor_mark TEXT;"
    "ALTER TABLE audit ADD COLUMN detail_salt TEXT;"
    "ALTER TABLE audit ADD COLUMN detail_mark TEXT;"
    "DROP INDEX audit_object;"
    "DROP INDEX audit_account;"
    "CREATE INDEX audit_object ON audit (object_type, object_id, id);"
    "CREATE INDEX audit_account ON audit (account_id, id) WHERE account_id IS NOT NULL;"
    "CREATE INDEX audit_desk ON audit (desk_id, id) WHERE desk_id IS NOT NULL;"
    "CREATE TABLE audit_seal ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, first_id INTEGER NOT NULL UNIQUE, last_id INTEGER NOT NULL,"
    " row_count INTEGER NOT NULL, digest TEXT NOT NULL, newest INTEGER NOT NULL, purged INTEGER);"
    "CREATE INDEX audit_seal_there ON audit_seal (id) WHERE purged IS NULL;"
    /* The last link once more, under a key that is not in the database: the end cannot be cut off unseen. */
    "CREATE TABLE audit_head ("
    " id INTEGER PRIMARY KEY, seal_id INTEGER NOT NULL, digest TEXT NOT NULL, pepper INTEGER NOT NULL, mac TEXT);"
    "CREATE INDEX comment_author ON comment (author_id, id);";

/* Mailboxes, by their SHA-256, that want no mails which strangers cause. */

static const char stops[] = "CREATE TABLE mail_stop (mailbox_hash TEXT PRIMARY KEY, at INTEGER NOT NULL);";
static const char captchas[] =
    /* Only what was answered; a ticket is refused a second time until it would be over anyway. */
    "CREATE TABLE captcha_use (ticket TEXT PRIMARY KEY, expires INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX captcha_use_expires ON captcha_use (expires);"
    /* Who could not read the picture: an agent lets them in, or does not. */
    "ALTER TABLE signup ADD COLUMN by_hand INTEGER NOT NULL DEFAULT 0;";

static const char activity[] =
    /* When the request last changed for customers, beside those who see it: a list of theirs runs along one index, in
     * its order, and ends where the page does. */
    "ALTER TABLE participant ADD COLUMN activity INTEGER NOT NULL DEFAULT 0;"
    "UPDATE participant SET activity = (SELECT r.public_updated FROM request r WHERE r.id = participant.request_id);"
    "DROP INDEX participant_account;"
    "CREATE INDEX participant_activity ON participant (account_id, activity, request_id);"
    "ALTER TABLE request_organization ADD COLUMN activity INTEGER NOT NULL DEFAULT 0;"
    "UPDATE request_organization SET activity ="
    " (SELECT r.public_updated FROM request r WHERE r.id = request_organization.request_id);"
    "DROP INDEX request_organization_organization;"
    "CREATE INDEX request_organization_activity ON request_organization (organization_id, activity, request_id);";

static const char organization_use[] =
    /* Desks in which requests were shared with an organization: whoever may change its members decides about them. */
    "CREATE TABLE organization_use ("
    " organization_id INTEGER NOT NULL REFERENCES organization (id) ON DELETE CASCADE,"
    " desk_id INTEGER NOT NULL REFERENCES desk (id), PRIMARY KEY (organization_id, desk_id)) WITHOUT ROWID;"
    "INSERT INTO organization_use (organization_id, desk_id)"
    " SELECT DISTINCT o.organization_id, r.desk_id FROM request_organization o JOIN request r ON r.id = o.request_id;";

static const char attempts[] =
    /* Wrong passwords by what they counted for (a digest of it): when that budget is full again. Written where several
     * httpd share a database and none of them sees the others' memory. */
    "CREATE TABLE attempt_budget (subject TEXT PRIMARY KEY, full_at INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX attempt_budget_full ON attempt_budget (full_at);";

static const char own_account[] =
    /* When its owner last proved who he is; and whether he may do nothing yet but set up a second factor. */
    "ALTER TABLE session ADD COLUMN auth_time INTEGER NOT NULL DEFAULT 0;"
    "UPDATE session SET auth_time = created;"
    "ALTER TABLE session ADD COLUMN restricted INTEGER NOT NULL DEFAULT 0;"

    /* The secret is encrypted under a key that follows from the pepper of this id. A step of the clock counts once. */
    "CREATE TABLE second_factor ("
    " account_id INTEGER PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE, secret TEXT NOT NULL,"
    " pepper INTEGER NOT NULL, active INTEGER NOT NULL, last_step INTEGER NOT NULL, created INTEGER NOT NULL);"
    "CREATE TABLE recovery_code ("
    " account_id INTEGER NOT NULL REFERENCES second_factor (account_id) ON DELETE CASCADE, hash TEXT NOT NULL,"
    " PRIMARY KEY (account_id, hash)) WITHOUT ROWID;"
    /* What people are told about the sign-ins of their account. */
    "ALTER TABLE account ADD COLUMN sign_ins INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE account ADD COLUMN previous_sign_in INTEGER;"
    "ALTER TABLE account ADD COLUMN failed_sign_ins INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE account ADD COLUMN last_failed_sign_in INTEGER;";

static const char customers[] =
    /* When a customer came or last did something there: the order of the desk's list. */
    "ALTER TABLE desk_role ADD COLUMN activity INTEGER NOT NULL DEFAULT 0;"
    "UPDATE desk_role SET activity = max(created, coalesce((SELECT c.last_activity FROM desk_count c"
    " WHERE c.desk_id = desk_role.desk_id AND c.account_id = desk_role.account_id), 0)) WHERE role = 'customer';"
    "CREATE INDEX desk_role_activity ON desk_role (desk_id, activity, account_id) WHERE role = 'customer';"
    /* What begins at each letter of an account's texts, as far as base/tokenizer.h cuts it: whatever stands anywhere in
     * them is the beginning of such a part. An index, which follows the account (desk/account_texts.c). */
    "CREATE TABLE account_part (part TEXT NOT NULL, account_id INTEGER NOT NULL,"
    " PRIMARY KEY (part, account_id)) WITHOUT ROWID;"
    "INSERT OR IGNORE INTO account_part (part, account_id)"
    " WITH RECURSIVE text (id, t) AS (SELECT id, lower(display_name) FROM account UNION SELECT id, address_key"
    " FROM account WHERE address_key IS NOT NULL UNION SELECT id, name_key FROM account),"
    " place (id, t, i) AS (SELECT id, t, 1 FROM text UNION ALL SELECT id, t, i + 1 FROM place WHERE i < length(t))"
    " SELECT substr(t, i, 8), id FROM place;";

static const char subscriptions[] = "CREATE INDEX subscription_account ON subscription (account_id, request_id);";

static const char links[] =
    /* A desk whose customers may sign in by a link in their mail. */
    "ALTER TABLE desk ADD COLUMN sign_in_link INTEGER NOT NULL DEFAULT 0;"
    "CREATE INDEX desk_sign_in_link ON desk (id) WHERE sign_in_link = 1;"
    /* A check cannot be changed in place: a session may be of kind 'link', a mailed token of kind 'address-back'. */
    "CREATE TABLE new_session ("
    " hash TEXT PRIMARY KEY, account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,"
    " kind TEXT NOT NULL CHECK (kind IN ('password', 'bridge', 'link')), directory TEXT NOT NULL,"
    " generation INTEGER NOT NULL, created INTEGER NOT NULL, last_seen INTEGER NOT NULL, idle INTEGER NOT NULL,"
    " expires INTEGER NOT NULL, csrf TEXT NOT NULL, source TEXT, auth_time INTEGER NOT NULL DEFAULT 0,"
    " restricted INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;"
    "INSERT INTO new_session (hash, account_id, kind, directory, generation, created, last_seen, idle, expires, csrf,"
    " source, auth_time, restricted) SELECT hash, account_id, kind, directory, generation, created, last_seen, idle,"
    " expires, csrf, source, auth_time, restricted FROM session;"
    "DROP TABLE session;"
    "ALTER TABLE new_session RENAME TO session;"
    "CREATE INDEX session_account ON session (account_id);"
    "CREATE INDEX session_expires ON session (expires);"
    "CREATE TABLE new_mailed_token ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, hash TEXT NOT NULL UNIQUE,"
    " kind TEXT NOT NULL CHECK (kind IN ('verify', 'invite', 'reset', 'address', 'address-back', 'sign-in')),"
    " nonce TEXT NOT NULL, pepper INTEGER NOT NULL,"
    " account_id INTEGER REFERENCES account (id) ON DELETE CASCADE,"
    " signup_id INTEGER REFERENCES signup (id) ON DELETE CASCADE,"
    " invitation_id INTEGER REFERENCES invitation (id) ON DELETE CASCADE,"
    " address TEXT NOT NULL, address_key TEXT NOT NULL, created_by INTEGER REFERENCES account (id),"
    " created INTEGER NOT NULL, expires INTEGER NOT NULL, used INTEGER, revoked INTEGER);"
    "INSERT INTO new_mailed_token (id, hash, kind, nonce, pepper, account_id, signup_id, invitation_id, address,"
    " address_key, created_by, created, expires, used, revoked) SELECT id, hash, kind, nonce, pepper, account_id,"
    " signup_id, invitation_id, address, address_key, created_by, created, expires, used, revoked FROM mailed_token;"
    /* Mails point to rows that may be gone: no id is given out a second time. */
    "DELETE FROM sqlite_sequence WHERE name = 'new_mailed_token';"
    "INSERT INTO sqlite_sequence (name, seq) SELECT 'new_mailed_token', seq FROM sqlite_sequence"
    " WHERE name = 'mailed_token';"
    "DROP TABLE mailed_token;"
    "ALTER TABLE new_mailed_token RENAME TO mailed_token;"
    "CREATE INDEX mailed_token_account ON mailed_token (account_id, kind);"
    "CREATE INDEX mailed_token_address ON mailed_token (address_key, kind);"
    "CREATE INDEX mailed_token_signup ON mailed_token (signup_id) WHERE signup_id IS NOT NULL;"
    "CREATE INDEX mailed_token_invitation ON mailed_token (invitation_id) WHERE invitation_id IS NOT NULL;"
    "CREATE INDEX mailed_token_expires ON mailed_token (expires);"
    /* API tokens go some time after they ended. */
    "CREATE INDEX token_expires ON token (expires);";

/* Let in by an agent, and still to come by the link that was mailed then. */
static const char approvals[] = "ALTER TABLE signup ADD COLUMN approved INTEGER NOT NULL DEFAULT 0;";

static const char search[] =
    /*
     * What a request is found by: its words, each between blanks, sorted; those of what only the crew reads apart.
     * pending: 0, all of them are in request_word; 2, the texts are still to be read; else not yet, since that time.
     */
    "CREATE TABLE request_text ("
    " desk_id INTEGER NOT NULL, request_id INTEGER NOT NULL, words TEXT NOT NULL, inner_words TEXT NOT NULL,"
    " pending INTEGER NOT NULL, PRIMARY KEY (desk_id, request_id)) WITHOUT ROWID;"
    "CREATE INDEX request_text_pending ON request_text (desk_id, pending, request_id) WHERE pending > 0;"
    "CREATE TABLE request_word ("
    " desk_id INTEGER NOT NULL, word TEXT NOT NULL, request_id INTEGER NOT NULL,"
    " PRIMARY KEY (desk_id, word, request_id)) WITHOUT ROWID;"
    "INSERT INTO request_text (desk_id, request_id, words, inner_words, pending)"
    " SELECT desk_id, id, '', '', 2 FROM request WHERE deleted = 0;";

/* Whether somebody is staff is asked by each request: few are. */
static const char probes[] = "CREATE INDEX desk_role_staff ON desk_role (account_id, desk_id, role)"
                             " WHERE role <> 'customer';";

/* When the recovery codes that there are were made; 0: with the factor, or nobody knows. */
static const char recovery[] = "ALTER TABLE second_factor ADD COLUMN codes_created INTEGER NOT NULL DEFAULT 0;";

/* Those who came to a desk because everyone may: counted when that shall end. */
static const char raised[] =
    "CREATE INDEX desk_role_raised ON desk_role (desk_id) WHERE role = 'customer' AND origin = 'raised';";

/* Named by whoever raised it, so that a second asking is answered with the first one's request. */
static const char retries[] =
    "CREATE TABLE request_retry (account_id INTEGER NOT NULL REFERENCES account (id), name TEXT NOT NULL,"
    " content TEXT NOT NULL, request_id INTEGER NOT NULL REFERENCES request (id), created INTEGER NOT NULL,"
    " PRIMARY KEY (account_id, name)) WITHOUT ROWID;"
    "CREATE INDEX request_retry_created ON request_retry (created);";

const sd_schema_step_t sd_schema_steps_sqlite[] = {
    {1, "accounts, tokens, sessions, audit", accounts},
    {2, "desks, roles, organizations, request types", desks},
    {3, "requests and what hangs on them", requests},
    {4, "signups, invitations, mailed tokens", mailed_tokens},
    {5, "outbox", outbox},
    {6, "groups, roles by groups, directories, notices", people},
    {7, "domains, memory of signup", signups},
    {8, "languages", languages},
    {9, "domains of organizations", organization_domains},
    {10, "the audit's seals", seals},
    {11, "mailboxes that want no more mail", stops},
    {12, "captchas", captchas},
    {13, "activity of shared requests", activity},
    {14, "desks that use an organization", organization_use},
    {15, "budgets of wrong passwords", attempts},
    {16, "own account: second factor, what is told about sign-ins", own_account},
    {17, "list of customers", customers},
    {18, "subscriptions of an account", subscriptions},
    {19, "one-time links, the way back of an address, ends of API tokens", links},
    {20, "signups that were approved", approvals},
    {21, "words of requests", search},
    {22, "short ways to accounts and staff", probes},
    {23, "age of recovery codes", recovery},
    {24, "who came to a desk by raising a request", raised},
    {25, "requests that are asked for again", retries},
    {0, NULL, NULL},
};
