/* Desks: made, listed, found, entered on the list of their customers. */
#include "desk/desk.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "base/text.h"
#include "desk/audit.h"
#include "desk/policy.h"
#include "desk/signup_switch.h"
#include "desk/workflow.h"
#include "store/accounts.h"
#include "store/customers.h"
#include "store/desks.h"

#define NAME_LENGTH 100
#define DESCRIPTION_LENGTH 2000

static int is_key(const char *key)
{
    apr_size_t length = strlen(key);

    if (length < 2 || length > 10 || *key < 'A' || *key > 'Z') {
        return 0;
    }
    return strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == length;
}

static int is_one_of(const char *word, const char *const *words)
{
    for (; *words; words++) {
        if (strcmp(word, *words) == 0) {
            return 1;
        }
    }
    return 0;
}

static sd_error_t *check_sharing(apr_pool_t *pool, const char *sharing)
{
    static const char *const sharings[] = {"organization", "address", "search", NULL};

    return is_one_of(sharing, sharings) ? NULL
                                        : sd_error_field(pool, "sharing", "sd.validation.desk.sharing",
                                                         "Sharing is \"organization\", \"address\" or \"search\".");
}

/* All that is wrong with the input, chained. */
static sd_error_t *check_input(sd_work_t *work, const sd_desk_input_t *input, const sd_desk_t *desk)
{
    static const char *const accesses[] = {"listed", "accounts", NULL};
    sd_error_t *errors = NULL;

    if (!input->key || !is_key(input->key)) {
        errors = sd_error_field(work->pool, "key", "sd.validation.desk.key",
                                "A key is a capital letter followed by one to nine capital letters or digits.");
    }
    errors = sd_error_append(errors, sd_text_check(work->pool, "name", desk->name, 1, NAME_LENGTH, 0));
    if (!is_one_of(desk->access, accesses)) {
        errors = sd_error_append(errors, sd_error_field(work->pool, "access", "sd.validation.desk.access",
                                                        "Access is \"listed\" or \"accounts\"."));
    } else if (desk->signup && strcmp(desk->access, "accounts") != 0) {
        errors = sd_error_append(errors, sd_error_field(work->pool, "signup", "sd.validation.desk.signup",
                                                        "Signup needs a desk that everyone with an account may "
                                                        "enter."));
    }
    return sd_error_append(errors, check_sharing(work->pool, desk->sharing));
}

typedef struct create_t {
    sd_work_t *work;
    const sd_desk_input_t *input;
    sd_desk_t *desk;
} create_t;

static sd_error_t *create_in_write(void *baton)
{
    create_t *create = baton;
    sd_work_t *work = create->work;
    sd_desk_t *desk = create->desk;
    const sd_desk_t *taken;

    SD_TRY(sd_policy_require(work, SD_MAY_ADMINISTER_SYSTEM));
    desk->name = sd_text_trim(work->pool, desk->name ? desk->name : "");
    SD_TRY(check_input(work, create->input, desk));
    if (desk->signup) {
        SD_TRY(sd_signup_switch_check(work));
    }
    SD_TRY(sd_desks_find(&taken, work->store, desk->key, 0));
    if (taken) {
        sd_error_t *error = sd_error_new(work->pool, SD_ERROR_CONFLICT, "sd.desk.exists",
                                         "There is a desk with the key %s already.", desk->key);
        error->field = "key";
        return error;
    }
    SD_TRY(sd_desks_insert(&desk->id, work->store, desk, sd_work_now(work)));
    SD_TRY(sd_workflow_create(work, desk->id));
    return sd_audit_write(work, &(sd_audit_entry_t){
                                    .act = "desk.create",
                                    .object_type = "desk",
                                    .object_id = desk->key,
                                    .desk_id = desk->id,
                                });
}

sd_error_t *sd_desk_create(const sd_desk_t **desk, sd_work_t *work, const sd_desk_input_t *input)
{
    sd_desk_t made = {
        .key = input->key,
        .name = input->name,
        .description = "",
        .access = input->access   ? input->access
                  : input->signup ? "accounts"
                                  : "listed",
        .signup = input->signup != 0,
        .open = 1,
        .sharing = input->sharing ? input->sharing : "address",
        .auto_status = 1,
    };

    *desk = NULL;
    SD_TRY(sd_work_write(work, create_in_write, &(create_t){work, input, &made}));
    *desk = apr_pmemdup(work->pool, &made, sizeof(made));
    return NULL;
}

typedef struct change_t {
    sd_work_t *work;
    const char *named;
    const sd_desk_change_t *input;
    const sd_desk_t *desk;
} change_t;

/* The desk as it shall be, with all that is wrong about it. */
static sd_error_t *apply(sd_desk_t *after, const change_t *change)
{
    const sd_desk_change_t *input = change->input;
    apr_pool_t *pool = change->work->pool;
    sd_error_t *errors = NULL;

    if (input->name) {
        after->name = sd_text_trim(pool, input->name);
        errors = sd_text_check(pool, "name", after->name, 1, NAME_LENGTH, 0);
    }
    if (input->description) {
        after->description = sd_text_trim(pool, input->description);
        errors =
            sd_error_append(errors, sd_text_check(pool, "description", after->description, 0, DESCRIPTION_LENGTH, 1));
    }
    if (input->sharing) {
        after->sharing = input->sharing;
        errors = sd_error_append(errors, check_sharing(pool, input->sharing));
    }
    after->open = input->open < 0 ? after->open : input->open;
    after->auto_status = input->auto_status < 0 ? after->auto_status : input->auto_status;
    return errors;
}

static json_t *differences(const sd_desk_t *before, const sd_desk_t *after)
{
    json_t *members = json_array();
    const struct {
        const char *name;
        int differs;
    } rows[] = {
        {"name", strcmp(before->name, after->name) != 0},
        {"description", strcmp(before->description, after->description) != 0},
        {"sharing", strcmp(before->sharing, after->sharing) != 0},
        {"open", before->open != after->open},
        {"autoStatus", before->auto_status != after->auto_status},
    };

    for (apr_size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].differs) {
            json_array_append_new(members, json_string(rows[i].name));
        }
    }
    return members;
}

static sd_error_t *change_in_write(void *baton)
{
    change_t *change = baton;
    sd_work_t *work = change->work;
    const sd_desk_t *before;

    SD_TRY(sd_desk_find(&before, work, change->named, SD_MAY_ADMINISTER_DESK));
    sd_desk_t *after = apr_pmemdup(work->pool, before, sizeof(*before));
    SD_TRY(apply(after, change));
    change->desk = after;
    json_t *members = differences(before, after);
    if (!json_array_size(members)) {
        json_decref(members);
        return NULL;
    }
    const char *detail = sd_audit_detail(work, json_pack("{s:o}", "members", members));
    SD_TRY(sd_desks_update(work->store, after));
    return sd_audit_write(work, &(sd_audit_entry_t){.act = "desk.change",
                                                    .object_type = "desk",
                                                    .object_id = after->key,
                                                    .desk_id = after->id,
                                                    .detail = detail});
}

sd_error_t *sd_desk_change(const sd_desk_t **desk, sd_work_t *work, const char *id_or_key,
                           const sd_desk_change_t *change)
{
    change_t call = {work, id_or_key, change, NULL};

    *desk = NULL;
    SD_TRY(sd_work_write(work, change_in_write, &call));
    *desk = call.desk;
    return NULL;
}

typedef struct list_t {
    sd_work_t *work;
    sd_page_t page;
    sd_list_t *desks;
} list_t;

static sd_error_t *list_in_read(void *baton)
{
    list_t *list = baton;
    sd_work_t *work = list->work;

    SD_TRY(sd_policy_require(work, SD_MAY_HAVE_ACCOUNT));
    return sd_desks_list(&list->desks, work->store, work->actor.account_id, sd_policy_scope(work, SD_MAY_ENTER_DESK),
                         sd_policy_may(work, SD_MAY_ENTER_DESK, 0), list->page);
}

sd_error_t *sd_desk_list(sd_list_t **desks, sd_work_t *work, sd_page_t page)
{
    list_t list = {work, page, NULL};

    SD_TRY(sd_work_read(work, list_in_read, &list));
    *desks = list.desks;
    return NULL;
}

typedef struct find_t {
    sd_work_t *work;
    const char *id_or_key;
    sd_action_t action;
    const sd_desk_t *desk;
} find_t;

static sd_error_t *find_in_read(void *baton)
{
    find_t *find = baton;

    SD_TRY(sd_desks_find(&find->desk, find->work->store, find->id_or_key, find->work->actor.account_id));
    return sd_policy_desk(find->work, find->action, find->desk);
}

sd_error_t *sd_desk_find(const sd_desk_t **desk, sd_work_t *work, const char *id_or_key, int action)
{
    find_t find = {work, id_or_key, (sd_action_t)action, NULL};

    *desk = NULL;
    SD_TRY(sd_work_read(work, find_in_read, &find));
    *desk = find.desk;
    return NULL;
}

sd_error_t *sd_desk_note_enlisted(sd_work_t *work, sd_id_t desk_id, sd_id_t account_id, const char *origin)
{
    const sd_account_t *account;

    SD_TRY(sd_accounts_by_id(&account, work->store, account_id));
    return sd_audit_write(work, &(sd_audit_entry_t){
                                    .act = "desk.customer.add",
                                    .object_type = "account",
                                    .object_id = account ? account->public_id : NULL,
                                    .desk_id = desk_id,
                                    .detail = apr_psprintf(work->pool, "{\"origin\":\"%s\"}", origin),
                                });
}

sd_error_t *sd_desk_enlist(int *added, sd_work_t *work, sd_id_t desk_id, sd_id_t account_id, const char *origin)
{
    SD_TRY(sd_customers_add(added, work->store, desk_id, account_id, origin, sd_work_now(work)));
    return *added ? sd_desk_note_enlisted(work, desk_id, account_id, origin) : NULL;
}
