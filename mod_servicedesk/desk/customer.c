/* The customers of the site and of a desk. */
#include "desk/customer.h"

#include <string.h>

#include "base/text.h"
#include "base/tokenizer.h"
#include "desk/account.h"
#include "desk/audit.h"
#include "desk/desk.h"
#include "desk/domain.h"
#include "desk/entry.h"
#include "desk/people.h"
#include "desk/policy.h"
#include "desk/role.h"
#include "store/account_searches.h"
#include "store/customers.h"
#include "store/rows.h"

#define ORIGIN "rest"

/* ---- an account ---- */

typedef struct create_t {
    sd_work_t *work;
    const sd_customer_input_t *input;
    const sd_account_t *account;
} create_t;

/* The text is the one that clients of the REST API know. */
static sd_error_t *require_right(sd_work_t *work)
{
    sd_error_t *error = sd_policy_require(work, SD_MAY_CREATE_CUSTOMER);

    if (!error || error->kind != SD_ERROR_FORBIDDEN) {
        return error;
    }
    return sd_error_new(work->pool, SD_ERROR_FORBIDDEN, "sd.customer.create.forbidden",
                        "Unauthorized to perform the requested action, JIRA Administrators global permission is "
                        "required.");
}

/* What is wrong with the address itself, the making of the account says. */
static sd_error_t *check_domain(sd_work_t *work, const char *text)
{
    sd_address_t address;

    return sd_address_parse(&address, work->pool, "email", text) ? NULL : sd_domain_check(work, 0, "email", &address);
}

static sd_error_t *create_in_write(void *baton)
{
    create_t *create = baton;
    sd_work_t *work = create->work;
    sd_account_input_t input = {
        .directory = SD_DIRECTORY_INTERNAL,
        .address = create->input->address,
        .display_name = create->input->display_name,
        .origin = ORIGIN,
    };

    SD_TRY(require_right(work));
    SD_TRY(sd_may_make_accounts(work, NULL));
    SD_TRY(check_domain(work, input.address));
    return sd_account_insert(&create->account, work, &input);
}

sd_error_t *sd_customer_create(const sd_account_t **account, sd_work_t *work, const sd_customer_input_t *input)
{
    create_t create = {work, input, NULL};

    *account = NULL;
    SD_TRY(sd_work_write(work, create_in_write, &create));
    *account = create.account;
    return NULL;
}

/* ---- the list of a desk ---- */

typedef struct list_t {
    sd_work_t *work;
    const char *desk;
    const char *query;
    sd_page_t page;
    sd_list_t *accounts;
} list_t;

static sd_error_t *search(list_t *list, sd_id_t desk_id)
{
    sd_work_t *work = list->work;
    apr_array_header_t *words;

    SD_TRY(sd_text_check(work->pool, "query", list->query, 0, 255, 0));
    SD_TRY(sd_tokenizer_words(&words, work->pool, list->query));
    if (!words->nelts) {
        list->accounts = sd_rows_list(work->pool, words, list->page);
        return NULL;
    }
    return sd_account_searches_customers(&list->accounts, work->store, words, desk_id, list->page);
}

static sd_error_t *list_in_read(void *baton)
{
    list_t *list = baton;
    const sd_desk_t *desk;

    SD_TRY(sd_desk_find(&desk, list->work, list->desk, SD_MAY_LIST_CUSTOMERS));
    if (list->query && *list->query) {
        return search(list, desk->id);
    }
    return sd_customers_list(&list->accounts, list->work->store, desk->id, list->page);
}

sd_error_t *sd_customer_list(sd_list_t **accounts, sd_work_t *work, const char *desk, const char *query, sd_page_t page)
{
    list_t list = {work, desk, query, page, NULL};

    SD_TRY(sd_work_read(work, list_in_read, &list));
    *accounts = list.accounts;
    return NULL;
}

/* ---- coming and going ---- */

typedef struct change_t {
    sd_work_t *work;
    const char *desk;
    const apr_array_header_t *names;
    sd_error_t *unknown;
    apr_array_header_t *still; /* by a group, after they were taken off the list */
} change_t;

static sd_error_t *add_in_write(void *baton)
{
    change_t *change = baton;
    apr_array_header_t *accounts;
    const sd_desk_t *desk;
    int added;

    SD_TRY(sd_desk_find(&desk, change->work, change->desk, SD_MAY_ADD_CUSTOMERS));
    SD_TRY(sd_people_named(&accounts, &change->unknown, change->work, change->names));
    for (int i = 0; i < accounts->nelts; i++) {
        SD_TRY(sd_desk_enlist(&added, change->work, desk->id, APR_ARRAY_IDX(accounts, i, const sd_account_t *)->id,
                              ORIGIN));
    }
    return NULL;
}

static sd_error_t *remove_one(sd_work_t *work, const sd_desk_t *desk, const sd_account_t *account)
{
    int removed;

    SD_TRY(sd_customers_remove(&removed, work->store, desk->id, account->id, NULL));
    if (!removed) {
        return NULL;
    }
    return sd_audit_write(work, &(sd_audit_entry_t){
                                    .act = "desk.customer.remove",
                                    .object_type = "account",
                                    .object_id = account->public_id,
                                    .desk_id = desk->id,
                                });
}

static sd_error_t *remove_in_write(void *baton)
{
    change_t *change = baton;
    apr_array_header_t *accounts;
    const sd_desk_t *desk;

    change->still = NULL; /* a write may be run again */
    SD_TRY(sd_desk_find(&desk, change->work, change->desk, SD_MAY_REMOVE_CUSTOMERS));
    if (strcmp(desk->access, "accounts") == 0) {
        return sd_error_new(change->work->pool, SD_ERROR_INPUT, "sd.desk.accounts",
                            "Everyone with an account may use this service desk: there is nobody to remove.");
    }
    SD_TRY(sd_people_named(&accounts, &change->unknown, change->work, change->names));
    for (int i = 0; i < accounts->nelts; i++) {
        const sd_account_t *account = APR_ARRAY_IDX(accounts, i, const sd_account_t *);

        SD_TRY(remove_one(change->work, desk, account));
        SD_TRY(sd_role_note_still(&change->still, change->work, desk->id, "customer", account));
    }
    return NULL;
}

/* What the unknown names were is said after the commit. */
sd_error_t *sd_customer_add(sd_work_t *work, const char *desk, const apr_array_header_t *names)
{
    change_t change = {work, desk, names, NULL, NULL};

    SD_TRY(sd_work_write(work, add_in_write, &change));
    return change.unknown;
}

sd_error_t *sd_customer_remove(sd_work_t *work, const char *desk, const apr_array_header_t *names)
{
    change_t change = {work, desk, names, NULL, NULL};

    SD_TRY(sd_work_write(work, remove_in_write, &change));
    return sd_error_append(change.unknown,
                           change.still ? sd_role_still_error(work->pool, "accountIds", change.still) : NULL);
}
