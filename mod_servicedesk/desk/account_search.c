/* Finding accounts. */
#include "desk/account.h"

#include <string.h>

#include "base/text.h"
#include "base/tokenizer.h"
#include "desk/policy.h"
#include "store/account_searches.h"
#include "store/accounts.h"
#include "store/groups.h"

#define QUERY_LENGTH 255

typedef struct search_t {
    sd_work_t *work;
    const char *text; /* a name or a query */
    sd_page_t page;
    apr_array_header_t *words;
    sd_list_t *list;
    const sd_account_t *account;
} search_t;

static sd_error_t *list_in_read(void *baton)
{
    search_t *search = baton;

    SD_TRY(sd_policy_require(search->work, SD_MAY_ADMINISTER_SYSTEM));
    return sd_accounts_list(&search->list, search->work->store, search->page);
}

sd_error_t *sd_account_list(sd_list_t **accounts, sd_work_t *work, sd_page_t page)
{
    search_t search = {.work = work, .page = page};

    SD_TRY(sd_work_read(work, list_in_read, &search));
    *accounts = search.list;
    return NULL;
}

static sd_list_t *empty_list(sd_work_t *work, sd_page_t page)
{
    sd_list_t *list = apr_pcalloc(work->pool, sizeof(*list));

    list->rows = apr_array_make(work->pool, 1, sizeof(const sd_account_t *));
    list->is_last = 1;
    list->page = page;
    return list;
}

/* Who may not look for people still finds himself. */
static sd_error_t *search_in_read(void *baton)
{
    search_t *search = baton;
    sd_work_t *work = search->work;
    int everybody;

    SD_TRY(sd_policy_require(work, SD_MAY_HAVE_ACCOUNT));
    everybody = sd_policy_may(work, SD_MAY_FIND_PEOPLE, 0);
    if (!search->words->nelts) {
        search->list = empty_list(work, search->page);
        return NULL;
    }
    if (everybody) {
        return sd_account_searches_all(&search->list, work->store, search->words, search->page);
    }
    return sd_account_searches_one(&search->list, work->store, search->words, work->actor.account_id, search->page);
}

sd_error_t *sd_account_search(sd_list_t **accounts, sd_work_t *work, const char *query, sd_page_t page)
{
    search_t search = {.work = work, .page = page};

    SD_TRY(sd_text_check(work->pool, "query", query, 0, QUERY_LENGTH, 0));
    SD_TRY(sd_tokenizer_words(&search.words, work->pool, query ? query : ""));
    SD_TRY(sd_work_read(work, search_in_read, &search));
    *accounts = search.list;
    return NULL;
}

static int is_self(const sd_work_t *work, const sd_account_t *account)
{
    return account && work->actor.account && account->id == work->actor.account->id;
}

static sd_error_t *find_in_read(void *baton)
{
    search_t *search = baton;
    sd_work_t *work = search->work;

    SD_TRY(sd_policy_require(work, SD_MAY_HAVE_ACCOUNT));
    SD_TRY(sd_accounts_named(&search->account, work->store, search->text));
    if (!search->account || (!is_self(work, search->account) && !sd_policy_may(work, SD_MAY_FIND_PEOPLE, 0))) {
        return sd_error_not_found(work->pool);
    }
    return NULL;
}

sd_error_t *sd_account_find(const sd_account_t **account, sd_work_t *work, const char *named)
{
    search_t search = {.work = work, .text = named};

    *account = NULL;
    SD_TRY(sd_work_read(work, find_in_read, &search));
    *account = search.account;
    return NULL;
}

sd_error_t *sd_account_whose(const sd_account_t **account, sd_work_t *work, const char *named)
{
    *account = work->actor.account;
    if (named) {
        SD_TRY(sd_accounts_named(account, work->store, named));
    }
    if (is_self(work, *account)) {
        return NULL;
    }
    SD_TRY(sd_policy_require(work, SD_MAY_ADMINISTER_SYSTEM));
    return *account ? NULL : sd_error_not_found(work->pool);
}

static sd_error_t *myself_in_read(void *baton)
{
    search_t *search = baton;

    search->account = search->work->actor.account;
    return search->account ? NULL : sd_error_sign_in(search->work->pool);
}

sd_error_t *sd_account_myself(const sd_account_t **account, sd_work_t *work)
{
    search_t search = {.work = work};

    *account = NULL;
    SD_TRY(sd_work_read(work, myself_in_read, &search));
    *account = search.account;
    return NULL;
}

typedef struct names_t {
    sd_work_t *work;
    sd_id_t account_id;
    sd_error_t *(*read)(apr_array_header_t **names, sd_store_t *store, sd_id_t account_id);
    apr_array_header_t *names;
} names_t;

static sd_error_t *names_in_read(void *baton)
{
    names_t *names = baton;
    sd_work_t *work = names->work;

    if (!work->actor.account_id || work->actor.account_id != names->account_id) {
        SD_TRY(sd_policy_require(work, SD_MAY_FIND_PEOPLE));
    }
    return names->read(&names->names, work->store, names->account_id);
}

static sd_error_t *read_names(apr_array_header_t **out, sd_work_t *work, sd_id_t account_id,
                              sd_error_t *(*read)(apr_array_header_t **, sd_store_t *, sd_id_t))
{
    names_t names = {work, account_id, read, NULL};

    SD_TRY(sd_work_read(work, names_in_read, &names));
    *out = names.names;
    return NULL;
}

sd_error_t *sd_account_organizations(apr_array_header_t **names, sd_work_t *work, sd_id_t account_id)
{
    return read_names(names, work, account_id, sd_accounts_organizations);
}

sd_error_t *sd_account_groups(apr_array_header_t **names, sd_work_t *work, sd_id_t account_id)
{
    return read_names(names, work, account_id, sd_groups_of);
}

typedef struct in_group_t {
    sd_work_t *work;
    const char *name;
    int in;
} in_group_t;

static sd_error_t *in_group_in_read(void *baton)
{
    in_group_t *ask = baton;
    sd_store_t *store = ask->work->store;
    const sd_account_t *account = ask->work->actor.account;
    const sd_user_group_t *group;

    if (!account) {
        return sd_error_sign_in(ask->work->pool);
    }
    SD_TRY(sd_groups_of_name(&group, store, ask->name));
    if (!group && !strchr(ask->name, '/')) {
        SD_TRY(sd_groups_of_directory(&group, store, account->directory_id, ask->name));
    }
    return group ? sd_groups_is_member(&ask->in, store, group->id, account->id) : NULL;
}

sd_error_t *sd_account_in_group(int *in, sd_work_t *work, const char *name)
{
    in_group_t ask = {work, name, 0};

    SD_TRY(sd_work_read(work, in_group_in_read, &ask));
    *in = ask.in;
    return NULL;
}

typedef struct sign_ins_call_t {
    sd_work_t *work;
    sd_sign_ins_t *sign_ins;
} sign_ins_call_t;

static sd_error_t *sign_ins_in_read(void *baton)
{
    sign_ins_call_t *call = baton;

    SD_TRY(sd_policy_require(call->work, SD_MAY_SECURE_ACCOUNT));
    return sd_accounts_sign_ins(call->sign_ins, call->work->store, call->work->actor.account_id);
}

sd_error_t *sd_account_sign_ins(sd_sign_ins_t *sign_ins, sd_work_t *work)
{
    return sd_work_read(work, sign_ins_in_read, &(sign_ins_call_t){work, sign_ins});
}
