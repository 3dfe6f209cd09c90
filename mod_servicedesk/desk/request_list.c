/* My requests. */
#include "desk/request_list.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "desk/desk.h"
#include "desk/request_guard.h"
#include "desk/request_words.h"
#include "store/request_types.h"

typedef struct list_t {
    sd_work_t *work;
    const sd_request_query_t *query;
    sd_request_filter_t filter;
    sd_page_t page;
    sd_list_t *list;
} list_t;

/* The term as a pattern of LIKE that may stand anywhere in a summary; folded first, as the summaries are. */
static sd_error_t *make_pattern(const char **pattern, apr_pool_t *pool, const char *search)
{
    const char *folded;
    char *like;

    SD_TRY(sd_text_fold(&folded, pool, search));
    like = sd_text_like(pool, folded);
    for (char *at = like; *at; at++) {
        *at = (char)(*at == '*' ? '%' : *at == '?' ? '_' : *at);
    }
    *pattern = apr_pstrcat(pool, "%", like, "%", NULL);
    return NULL;
}

/* As a part of the summary, and by its words, wherever they stand in the texts. */
static sd_error_t *read_search(sd_request_filter_t *filter, apr_pool_t *pool, const char *search)
{
    apr_array_header_t *ranges;

    if (!search || !*search) {
        return NULL;
    }
    SD_TRY(sd_text_check(pool, "searchTerm", search, 0, SD_SEARCH_LENGTH, 0));
    SD_TRY(make_pattern(&filter->pattern, pool, search));
    SD_TRY(sd_request_words_read(&ranges, pool, search));
    filter->words = sd_request_words_pattern(pool, ranges);
    return NULL;
}

static sd_error_t *find_desk(list_t *list)
{
    const sd_request_query_t *query = list->query;
    const sd_desk_t *desk;
    const sd_request_type_t *type = NULL;
    sd_id_t type_id;

    if (!query->desk) {
        return NULL;
    }
    SD_TRY(sd_desk_find(&desk, list->work, query->desk, SD_MAY_ENTER_DESK));
    list->filter.desk_id = desk->id;
    if (!query->request_type) {
        return NULL;
    }
    type_id = sd_text_id(query->request_type);
    if (type_id) {
        SD_TRY(sd_request_types_find(&type, list->work->store, desk->id, type_id, 1));
    }
    list->filter.request_type_id = type_id;
    return type ? NULL : sd_error_not_found(list->work->pool);
}

static sd_error_t *list_in_read(void *baton)
{
    list_t *list = baton;
    sd_work_t *work = list->work;

    SD_TRY(sd_policy_require(work, SD_MAY_HAVE_ACCOUNT));
    SD_TRY(find_desk(list));
    list->filter.relations = list->query->relations & SD_REQUEST_OWN & sd_policy_scope(work, SD_MAY_READ);
    SD_TRY(sd_request_lists_mine(&list->list, work->store, work->actor.account_id, &list->filter, list->page));
    return sd_request_load_all(list->list, work, list->query->parts);
}

sd_error_t *sd_request_list(sd_list_t **views, sd_work_t *work, const sd_request_query_t *query, sd_page_t page)
{
    list_t list = {.work = work, .query = query, .page = page};

    if (query->request_type && !query->desk) {
        return sd_error_field(work->pool, "requestTypeId", "sd.request.list.type",
                              "A request type can only be named together with its service desk.");
    }
    if (query->organization) {
        list.filter.organization_id = sd_text_id(query->organization);
        if (!list.filter.organization_id) {
            return sd_error_field(work->pool, "organizationId", "sd.validation.id", "This is not an id.");
        }
    }
    list.filter.state = query->state;
    SD_TRY(read_search(&list.filter, work->pool, query->search));
    SD_TRY(sd_work_read(work, list_in_read, &list));
    *views = list.list;
    return NULL;
}
