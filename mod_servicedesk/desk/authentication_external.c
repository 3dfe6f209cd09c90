/*
 * Who is it, as an Apache authentication says. Only reads when nothing is new; one write that makes or updates the
 * account when something is.
 */
#include "desk/authentication.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "base/address.h"
#include "base/text.h"
#include "desk/account.h"
#include "desk/account_form.h"
#include "desk/account_texts.h"
#include "desk/audit.h"
#include "desk/licence.h"
#include "desk/organization_domain.h"
#include "desk/signup_admit.h"
#include "store/accounts.h"
#include "store/directories.h"
#include "store/grants.h"
#include "store/groups.h"

#define GROUPS 1000
#define ATTEMPTS 3

/* What was said, cleaned. */
typedef struct sight_t {
    sd_work_t *work;
    const char *directory;
    int trusted;
    const char *name;
    const char *name_key;
    const char *address;
    const char *address_key;
    const char *display_name;
    apr_array_header_t *groups; /* sorted, without repeats; NULL: do not touch */
    const sd_directory_t *known_directory;
    const sd_account_t *account;
} sight_t;

static sd_error_t *refuse(sd_work_t *work, const char *why)
{
    sd_error_t *error = sd_error_sign_in(work->pool);

    error->detail = why;
    return error;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A group that could not be one is left out: the person is not to be shut out for it. */
static apr_array_header_t *clean_groups(sd_work_t *work, const apr_array_header_t *said)
{
    apr_array_header_t *all = apr_array_make(work->pool, said->nelts, sizeof(const char *));
    apr_array_header_t *clean = apr_array_make(work->pool, said->nelts, sizeof(const char *));

    for (int i = 0; i < said->nelts && all->nelts < GROUPS; i++) {
        const char *name = APR_ARRAY_IDX(said, i, const char *);

        if (!sd_text_check(work->pool, "group", name, 1, SD_ACCOUNT_NAME_LENGTH, 0)) {
            APR_ARRAY_PUSH(all, const char *) = name;
        }
    }
    qsort(all->elts, (size_t)all->nelts, sizeof(const char *), compare_texts);
    for (int i = 0; i < all->nelts; i++) {
        const char *name = APR_ARRAY_IDX(all, i, const char *);

        if (i == 0 || strcmp(name, APR_ARRAY_IDX(all, i - 1, const char *)) != 0) {
            APR_ARRAY_PUSH(clean, const char *) = name;
        }
    }
    return clean;
}

static sd_error_t *clean(sight_t *sight, sd_work_t *work, const sd_external_identity_t *identity)
{
    sd_address_t address;

    *sight = (sight_t){.work = work,
                       .directory = identity->directory,
                       .trusted = identity->trusted_addresses != 0,
                       .name = identity->name};
    if (!sd_account_is_directory_name(identity->directory) || strcmp(identity->directory, SD_DIRECTORY_INTERNAL) == 0) {
        return refuse(work, "an authentication may not speak for this directory");
    }
    if (sd_text_check(work->pool, "name", identity->name, 1, SD_ACCOUNT_NAME_LENGTH, 0)) {
        return refuse(work, "an authentication gave a name that cannot be one");
    }
    sight->name_key = identity->name; /* exactly: see desk/account_form.c */
    if (identity->address && !sd_address_parse(&address, work->pool, "email", identity->address)) {
        sight->address = address.mailbox;
        sight->address_key = address.key;
    }
    if (identity->display_name &&
        !sd_text_check(work->pool, "displayName", identity->display_name, 1, SD_ACCOUNT_DISPLAY_NAME_LENGTH, 0)) {
        sight->display_name = sd_text_trim(work->pool, identity->display_name);
    }
    if (identity->groups) {
        sight->groups = clean_groups(work, identity->groups);
    }
    return NULL;
}

static sd_error_t *look(sight_t *sight)
{
    sd_store_t *store = sight->work->store;

    sight->account = NULL;
    SD_TRY(sd_directories_find(&sight->known_directory, store, sight->directory));
    if (!sight->known_directory) {
        return NULL;
    }
    return sd_accounts_by_name(&sight->account, store, sight->known_directory->id, sight->name_key);
}

/*
 * Should the address count as this account's own? Yes if the directory is trusted and no trusted directory before it
 * says that it is somebody else's; `*holder` is who has to give it up.
 */
static sd_error_t *judge_address(int *proven, const sd_account_t **holder, const sight_t *sight)
{
    sd_store_t *store = sight->work->store;
    const sd_directory_t *other;

    *holder = NULL;
    *proven = sight->trusted && sight->address_key;
    if (!*proven) {
        return NULL;
    }
    SD_TRY(sd_accounts_by_address(holder, store, sight->address_key));
    if (!*holder || (sight->account && (*holder)->id == sight->account->id)) {
        *holder = NULL;
        return NULL;
    }
    SD_TRY(sd_directories_by_id(&other, store, (*holder)->directory_id));
    if (other && other->trusted_addresses && other->position <= sight->known_directory->position) {
        *proven = 0;
        *holder = NULL;
    }
    return NULL;
}

static int same_text(const char *said, const char *kept)
{
    return !said || (kept && strcmp(said, kept) == 0);
}

static sd_error_t *profile_differs(int *differs, const sight_t *sight)
{
    const sd_account_t *account = sight->account, *holder;
    int proven = 0, should = 0;

    *differs = !same_text(sight->display_name, account->display_name) || !same_text(sight->address, account->address);
    if (*differs || !sight->address) {
        return NULL;
    }
    SD_TRY(sd_accounts_is_address_proven(&proven, sight->work->store, account->id));
    if (proven && sight->trusted) {
        return NULL;
    }
    SD_TRY(judge_address(&should, &holder, sight));
    *differs = proven != should;
    return NULL;
}

static sd_error_t *groups_differ(int *differs, const sight_t *sight)
{
    apr_array_header_t *kept;

    *differs = 0;
    if (!sight->groups) {
        return NULL;
    }
    SD_TRY(sd_groups_told(&kept, sight->work->store, sight->account->id, sight->known_directory->id));
    *differs = kept->nelts != sight->groups->nelts;
    for (int i = 0; !*differs && i < kept->nelts; i++) {
        *differs = strcmp(APR_ARRAY_IDX(kept, i, const char *), APR_ARRAY_IDX(sight->groups, i, const char *)) != 0;
    }
    return NULL;
}

/* Is there anything to write? */
static sd_error_t *compare(int *differs, const sight_t *sight)
{
    *differs = !sight->account || sight->known_directory->trusted_addresses != sight->trusted;
    if (!*differs) {
        SD_TRY(profile_differs(differs, sight));
    }
    if (!*differs) {
        SD_TRY(groups_differ(differs, sight));
    }
    return NULL;
}

/* ---- the write ---- */

static sd_error_t *make_directory(sight_t *sight)
{
    sd_work_t *work = sight->work;

    if (!sight->known_directory) {
        SD_TRY(sd_directories_insert(work->store, sight->directory, sight->trusted, sd_work_now(work)));
        SD_TRY(sd_audit_write(work, &(sd_audit_entry_t){.act = "directory.create",
                                                        .object_type = "directory",
                                                        .object_id = sight->directory}));
    } else if (sight->known_directory->trusted_addresses != sight->trusted) {
        SD_TRY(sd_directories_set_trusted(work->store, sight->known_directory->id, sight->trusted));
    }
    return sd_directories_find(&sight->known_directory, work->store, sight->directory);
}

static sd_error_t *take_over(const sight_t *sight, const sd_account_t *holder)
{
    sd_work_t *work = sight->work;

    if (!holder) {
        return NULL;
    }
    SD_TRY(sd_accounts_lose_address(work->store, holder->id));
    json_t *detail = json_pack("{s:s, s:s}", "directory", sight->directory, "from", holder->directory);
    return sd_audit_write(work, &(sd_audit_entry_t){.act = "account.address.takeover",
                                                    .object_type = "account",
                                                    .object_id = holder->public_id,
                                                    .detail = sd_audit_detail(work, detail)});
}

/* The account is there: what was said about it replaces what is kept. */
static sd_error_t *update_profile(const sight_t *sight)
{
    sd_work_t *work = sight->work;
    const sd_account_t *account = sight->account, *holder;
    const char *display_name = sight->display_name ? sight->display_name : account->display_name;
    const char *address = sight->address;
    int proven, differs;

    SD_TRY(profile_differs(&differs, sight));
    if (!differs) {
        return NULL;
    }
    SD_TRY(judge_address(&proven, &holder, sight));
    SD_TRY(take_over(sight, holder));
    if (address) {
        SD_TRY(sd_accounts_set_profile(work->store, account->id, display_name, address, sight->address_key, proven));
    } else {
        SD_TRY(sd_accounts_set_display_name(work->store, account->id, display_name));
        address = account->address;
    }
    return sd_account_set_texts(work->store, account->id,
                                &(sd_account_texts_t){account->name, account->address, account->display_name},
                                &(sd_account_texts_t){account->name, address, display_name});
}

/* Nobody is locked out for want of a seat: administrators hear of it. */
static sd_error_t *update_groups(const sight_t *sight)
{
    sd_work_t *work = sight->work;
    int differs, staff;

    SD_TRY(groups_differ(&differs, sight));
    if (!differs) {
        return NULL;
    }
    SD_TRY(sd_grants_lock(work->store));
    SD_TRY(
        sd_groups_tell(work->store, sight->account->id, sight->known_directory->id, sight->groups, sd_work_now(work)));
    SD_TRY(sd_grants_refresh_account(&staff, work->store, sight->account->id, sd_work_now(work)));
    return staff ? sd_licence_notice(work, sight->account) : NULL;
}

/* Somebody invited this address, or raised something for it, before its owner came: a trusted directory's word that it
 * is theirs is worth as much as a mailed link, and spares them the choice of a password. */
static sd_error_t *find_expected(const sd_account_t **account, const sight_t *sight)
{
    *account = NULL;
    if (!sight->trusted || !sight->address_key) {
        return NULL;
    }
    SD_TRY(sd_signup_holder(account, sight->work, sight->address_key));
    if (*account && !sd_signup_is_open(*account)) {
        *account = NULL;
    }
    return NULL;
}

/* Who comes by the site's own authentication may be staff: that an account is for the portal only was said of people
 * who sign up or are invited. */
static sd_error_t *welcome(sight_t *sight)
{
    sd_work_t *work = sight->work;
    sd_signup_row_t who = {
        .address = sight->address,
        .address_key = sight->address_key,
        .display_name = sight->display_name ? sight->display_name : sight->account->display_name,
    };

    SD_TRY(sd_signup_complete(&sight->account, work, &who, sight->directory, sight->name));
    SD_TRY(sd_grants_lock(work->store));
    SD_TRY(sd_accounts_set_portal_only(work->store, sight->account->id, 0));
    SD_TRY(sd_grants_refresh_account(NULL, work->store, sight->account->id, sd_work_now(work)));
    SD_TRY(sd_organization_join_by_domain(work, sight->account, sight->address_key));
    return sd_accounts_by_id(&sight->account, work->store, sight->account->id);
}

/* First without its address, which may have to be taken from somebody else. */
static sd_error_t *make_account(sight_t *sight)
{
    sd_account_input_t input = {
        .directory = sight->directory, .name = sight->name, .display_name = sight->display_name, .origin = "directory"};

    SD_TRY(find_expected(&sight->account, sight));
    return sight->account ? welcome(sight) : sd_account_insert(&sight->account, sight->work, &input);
}

static int is_inactive(const sight_t *sight)
{
    return sight->account && strcmp(sight->account->state, "active") != 0;
}

/* Another request may have been here while this one waited for the writer lock, hence the second look. */
static sd_error_t *write_sight(void *baton)
{
    sight_t *sight = baton;

    SD_TRY(look(sight));
    if (is_inactive(sight)) {
        return NULL;
    }
    SD_TRY(make_directory(sight));
    if (!sight->account) {
        SD_TRY(make_account(sight));
    }
    SD_TRY(update_profile(sight));
    SD_TRY(update_groups(sight));
    return look(sight); /* with the generation that it has now */
}

/* On a database that queues no writers two first sights may meet; the second one finds the account. */
static sd_error_t *write_with_retries(sight_t *sight)
{
    sd_work_t *work = sight->work;
    sd_error_t *error = NULL;

    work->actor.directory = sight->directory; /* for the audit: who is not known yet, but by whom */
    for (int i = 0; i < ATTEMPTS; i++) {
        error = sd_store_write(work->store, write_sight, sight);
        if (!error || error->kind != SD_ERROR_CONFLICT) {
            break;
        }
    }
    work->actor.directory = NULL;
    return error;
}

typedef struct first_look_t {
    sight_t *sight;
    int differs;
} first_look_t;

static sd_error_t *first_look(void *baton)
{
    first_look_t *first = baton;

    SD_TRY(look(first->sight));
    return compare(&first->differs, first->sight);
}

sd_error_t *sd_authenticate_external(sd_work_t *work, const sd_external_identity_t *identity)
{
    sight_t sight;
    first_look_t first = {&sight, 0};

    work->actor = (sd_actor_t){0};
    SD_TRY(clean(&sight, work, identity));
    SD_TRY(sd_store_read(work->store, first_look, &first));
    if (first.differs && !is_inactive(&sight)) {
        SD_TRY(write_with_retries(&sight));
    }
    if (is_inactive(&sight)) {
        return refuse(work, "the account is not active");
    }
    work->actor = (sd_actor_t){.account_id = sight.account->id,
                               .generation = sight.account->generation,
                               .scopes = SD_SCOPE_ALL,
                               .directory = apr_pstrdup(work->pool, identity->directory)};
    return NULL;
}
