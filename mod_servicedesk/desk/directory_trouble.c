/* Directories looked at, and what is wrong with them. */
#include "desk/directory_trouble.h"

#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "desk/notice.h"
#include "desk/throttle.h"
#include "store/seats.h"

#define EVERY SD_DAY
#define REMIND (SD_DAY - SD_HOUR) /* nodes look at their own times: one notice a day all the same */

/* The kinds of notices. */
#define SIGN_IN "directory.sign-in"
#define WRITER "directory.writer"
#define DEFAULT_GROUP "directory.default-group"

/* ---- looking ---- */

static sd_error_t *make_view(sd_directory_view_t **view, sd_work_t *work, const sd_directory_t *directory,
                             const sd_directory_choice_t *choice)
{
    sd_directory_view_t *made = apr_pcalloc(work->pool, sizeof(*made));
    apr_array_header_t *groups;

    made->directory = *directory;
    SD_TRY(sd_directories_groups(&groups, work->store, directory->id, SD_DIRECTORY_DEFAULT));
    made->default_groups = groups;
    SD_TRY(sd_directories_groups(&groups, work->store, directory->id, SD_DIRECTORY_SIGN_IN));
    made->sign_in_groups = groups;
    made->has_writer = directory->internal || sd_directory_writer(work, directory) != NULL;
    made->takes_accounts = choice->directory && choice->directory->id == directory->id;
    *view = made;
    return NULL;
}

sd_error_t *sd_directory_views(apr_array_header_t **views, sd_work_t *work, const char *name)
{
    apr_array_header_t *directories;
    sd_directory_choice_t choice;

    SD_TRY(sd_directory_writable(&choice, work));
    SD_TRY(sd_directories_list(&directories, work->store));
    *views = apr_array_make(work->pool, directories->nelts, sizeof(sd_directory_view_t *));
    for (int i = 0; i < directories->nelts; i++) {
        const sd_directory_t *directory = APR_ARRAY_IDX(directories, i, const sd_directory_t *);

        if (!name || strcmp(name, directory->name) == 0) {
            SD_TRY(make_view((sd_directory_view_t **)apr_array_push(*views), work, directory, &choice));
        }
    }
    return NULL;
}

/* ---- what is wrong ---- */

static void add(apr_array_header_t *troubles, const char *kind, const sd_seat_risk_t *risk, const char *text)
{
    sd_directory_trouble_t *trouble = apr_pcalloc(troubles->pool, sizeof(*trouble));

    *trouble = (sd_directory_trouble_t){kind, risk ? risk->group.full_name : NULL, risk ? risk->members : 0, text};
    APR_ARRAY_PUSH(troubles, const sd_directory_trouble_t *) = trouble;
}

static int holds(const apr_array_header_t *groups, sd_id_t id)
{
    for (int i = 0; i < groups->nelts; i++) {
        if (APR_ARRAY_IDX(groups, i, const sd_user_group_t *)->id == id) {
            return 1;
        }
    }
    return 0;
}

static sd_error_t *add_risks(apr_array_header_t *troubles, sd_work_t *work, const sd_directory_view_t *view)
{
    apr_array_header_t *risks;

    if (!view->default_groups->nelts) {
        return NULL;
    }
    SD_TRY(sd_seats_risks(&risks, work->store));
    for (int i = 0; i < risks->nelts; i++) {
        const sd_seat_risk_t *risk = APR_ARRAY_IDX(risks, i, const sd_seat_risk_t *);

        if (strcmp(risk->kind, "default") == 0 && holds(view->default_groups, risk->group.id)) {
            add(troubles, DEFAULT_GROUP, risk,
                apr_psprintf(work->pool, "The default group \"%s\" makes every new account staff.",
                             risk->group.full_name));
        }
    }
    return NULL;
}

sd_error_t *sd_directory_troubles(apr_array_header_t **troubles, sd_work_t *work, const sd_directory_view_t *view)
{
    int locks_out;

    *troubles = apr_array_make(work->pool, 2, sizeof(const sd_directory_trouble_t *));
    SD_TRY(sd_directories_locks_out(&locks_out, work->store, &view->directory));
    if (locks_out) {
        add(*troubles, SIGN_IN, NULL, SD_DIRECTORY_LOCKS_OUT);
    }
    if (view->directory.writable && !view->has_writer) {
        add(*troubles, WRITER, NULL, "It is read-write, but this program has no way to write to it.");
    }
    return add_risks(*troubles, work, view);
}

/* ---- once a day ---- */

/* Of a directory that is only read, whoever is new comes with groups of its own: only one that takes accounts shuts
 * people out whom the desk itself let in. */
static int is_worth_a_notice(const sd_directory_view_t *view, const sd_directory_trouble_t *trouble)
{
    return view->takes_accounts || strcmp(trouble->kind, SIGN_IN) != 0;
}

static const char *subject_of(sd_work_t *work, const sd_directory_view_t *view, const sd_directory_trouble_t *trouble)
{
    const char *name = view->directory.name;

    return trouble->group ? apr_psprintf(work->pool, "%s: %s", name, trouble->group) : name;
}

static sd_error_t *tell(sd_work_t *work, const sd_directory_view_t *view, const sd_directory_trouble_t *trouble)
{
    json_t *detail = json_pack("{s:s, s:s}", "directory", view->directory.name, "text", trouble->text);

    if (trouble->group) {
        json_object_set_new(detail, "group", json_string(trouble->group));
        json_object_set_new(detail, "seats", json_integer((json_int_t)trouble->seats));
    }
    return sd_notice_remind(work, trouble->kind, subject_of(work, view, trouble), detail, REMIND);
}

typedef struct watch_t {
    sd_work_t *work;
    int tells;
    apr_hash_t *present; /* "kind subject" of each trouble that there is */
} watch_t;

static sd_error_t *look_at(watch_t *watch, const sd_directory_view_t *view)
{
    sd_work_t *work = watch->work;
    apr_array_header_t *troubles;

    SD_TRY(sd_directory_troubles(&troubles, work, view));
    for (int i = 0; i < troubles->nelts; i++) {
        const sd_directory_trouble_t *trouble = APR_ARRAY_IDX(troubles, i, const sd_directory_trouble_t *);

        if (is_worth_a_notice(view, trouble)) {
            const char *key = apr_pstrcat(work->pool, trouble->kind, " ", subject_of(work, view, trouble), NULL);

            apr_hash_set(watch->present, key, APR_HASH_KEY_STRING, key);
            SD_TRY(watch->tells ? tell(work, view, trouble) : NULL);
        }
    }
    return NULL;
}

static sd_error_t *forget(watch_t *watch, const char *kind)
{
    sd_work_t *work = watch->work;
    apr_array_header_t *notices;
    int deleted;

    SD_TRY(sd_notices_of_kind(&notices, work->store, kind));
    for (int i = 0; i < notices->nelts; i++) {
        const sd_notice_t *notice = APR_ARRAY_IDX(notices, i, const sd_notice_t *);
        const char *key = apr_pstrcat(work->pool, notice->kind, " ", notice->subject, NULL);

        if (!apr_hash_get(watch->present, key, APR_HASH_KEY_STRING)) {
            SD_TRY(sd_notices_delete(&deleted, work->store, notice->id));
        }
    }
    return NULL;
}

static sd_error_t *look_at_all(sd_work_t *work, int tells)
{
    static const char *const kinds[] = {SIGN_IN, WRITER, DEFAULT_GROUP};
    watch_t watch = {work, tells, apr_hash_make(work->pool)};
    apr_array_header_t *views;

    SD_TRY(sd_directory_views(&views, work, NULL));
    for (int i = 0; i < views->nelts; i++) {
        SD_TRY(look_at(&watch, APR_ARRAY_IDX(views, i, const sd_directory_view_t *)));
    }
    for (apr_size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        SD_TRY(forget(&watch, kinds[i]));
    }
    return NULL;
}

static sd_error_t *watch_in_write(void *baton)
{
    return look_at_all(baton, 1);
}

sd_error_t *sd_directory_calm(sd_work_t *work)
{
    return look_at_all(work, 0);
}

/* The processes of a node share the turn; a node looks again when it was restarted, which is no harm. */
sd_error_t *sd_directory_watch(sd_work_t *work)
{
    sd_throttle_t *turns = work->site->throttle;

    if (turns && sd_throttle_take(turns, "directory-watch", "", 1, EVERY, sd_work_now(work))) {
        return NULL;
    }
    sd_error_t *error = sd_store_write(work->store, watch_in_write, work);
    if (error && turns) {
        sd_throttle_give_back(turns, "directory-watch", "", 1, EVERY, sd_work_now(work));
    }
    return error;
}
