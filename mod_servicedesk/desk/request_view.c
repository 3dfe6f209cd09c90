/* A request as one reader may see it, with the parts that were asked for. */
#include "desk/request_guard.h"

#include "store/accounts.h"
#include "store/comments.h"
#include "store/desks.h"
#include "store/participants.h"
#include "store/request_types.h"
#include "store/request_values.h"
#include "store/transitions.h"

static const sd_page_t first_page = {0, SD_PAGE_DEFAULT};

static sd_error_t *load_values(sd_request_view_t *view, sd_work_t *work)
{
    apr_array_header_t *values;

    SD_TRY(sd_request_values_ask(&values, work->store, view->request->id));
    view->values = values;
    return NULL;
}

/* Also a type that was deleted since. */
static sd_error_t *load_type(sd_request_view_t *view, sd_work_t *work)
{
    return sd_request_types_find(&view->type, work->store, view->request->desk_id, view->request->request_type_id, 1);
}

static sd_error_t *load_desk(sd_request_view_t *view, sd_work_t *work)
{
    return sd_desks_find(&view->desk, work->store, view->request->desk_key, work->actor.account_id);
}

static sd_error_t *load_participants(sd_request_view_t *view, sd_work_t *work)
{
    sd_list_t *list;

    SD_TRY(sd_participants_list(&list, work->store, view->request->id, first_page));
    view->participants = list;
    return NULL;
}

static sd_error_t *load_comments(sd_request_view_t *view, sd_work_t *work)
{
    sd_list_t *list;

    SD_TRY(sd_comments_list(&list, work->store, view->request->id, 1, view->staff, first_page));
    view->comments = list;
    return NULL;
}

static sd_error_t *load_history(sd_request_view_t *view, sd_work_t *work)
{
    sd_list_t *list;

    SD_TRY(sd_transitions_history(&list, work->store, view->request->id, first_page));
    view->history = list;
    return NULL;
}

static sd_error_t *load_assignee(sd_request_view_t *view, sd_work_t *work)
{
    if (!view->staff || !view->request->assignee_id) {
        return NULL;
    }
    return sd_accounts_by_id(&view->assignee, work->store, view->request->assignee_id);
}

void sd_request_show(sd_request_view_t *view, const sd_work_t *work, const sd_request_t *request)
{
    view->request = request;
    view->staff = sd_request_is_staff(work, request);
}

sd_error_t *sd_request_load(sd_request_view_t **view, sd_work_t *work, const sd_request_t *request, unsigned parts)
{
    static const struct {
        unsigned part;
        sd_error_t *(*load)(sd_request_view_t *view, sd_work_t *work);
    } loaders[] = {
        {SD_REQUEST_VALUES, load_values},     {SD_REQUEST_TYPE, load_type},
        {SD_REQUEST_DESK, load_desk},         {SD_REQUEST_PARTICIPANTS, load_participants},
        {SD_REQUEST_COMMENTS, load_comments}, {SD_REQUEST_HISTORY, load_history},
        {SD_REQUEST_ASSIGNEE, load_assignee},
    };
    sd_request_view_t *made = apr_pcalloc(work->pool, sizeof(*made));

    sd_request_show(made, work, request);
    for (apr_size_t i = 0; i < sizeof(loaders) / sizeof(loaders[0]); i++) {
        if (parts & loaders[i].part) {
            SD_TRY(loaders[i].load(made, work));
        }
    }
    *view = made;
    return NULL;
}

sd_error_t *sd_request_load_all(sd_list_t *list, sd_work_t *work, unsigned parts)
{
    for (int i = 0; i < list->rows->nelts; i++) {
        const sd_request_t *request = APR_ARRAY_IDX(list->rows, i, const sd_request_t *);
        sd_request_view_t *view;

        SD_TRY(sd_request_load(&view, work, request, parts));
        APR_ARRAY_IDX(list->rows, i, sd_request_view_t *) = view;
    }
    return NULL;
}

typedef struct get_t {
    unsigned parts;
    sd_request_view_t *view;
} get_t;

static sd_error_t *get(sd_work_t *work, const sd_request_t *request, void *baton)
{
    get_t *get = baton;

    return sd_request_load(&get->view, work, request, get->parts);
}

sd_error_t *sd_request_get(sd_request_view_t **view, sd_work_t *work, const char *id_or_key, unsigned parts)
{
    get_t baton = {parts, NULL};

    SD_TRY(sd_request_look(work, id_or_key, SD_MAY_READ, get, &baton));
    *view = baton.view;
    return NULL;
}
