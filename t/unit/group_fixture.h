/* What the tests of groups, roles and licence share: lists of names, edits in one line, groups of other directories. */
#ifndef SD_UNIT_GROUP_FIXTURE_H
#define SD_UNIT_GROUP_FIXTURE_H

#include "fixture.h"

#include "desk/authentication.h"
#include "desk/user_group.h"
#include "desk/role.h"

/* "a b c" as an array; NULL stays NULL. */
static inline apr_array_header_t *names_of(const char *words)
{
    apr_array_header_t *names;
    char *state, *copy;

    if (!words) {
        return NULL;
    }
    names = apr_array_make(fixture.pool, 4, sizeof(const char *));
    copy = apr_pstrdup(fixture.pool, words);
    for (char *word = apr_strtok(copy, " ", &state); word; word = apr_strtok(NULL, " ", &state)) {
        APR_ARRAY_PUSH(names, const char *) = word;
    }
    return names;
}

static inline void make_groups(const char *words)
{
    apr_array_header_t *names = names_of(words);
    const sd_user_group_t *group;

    for (int i = 0; i < names->nelts; i++) {
        assert_good(sd_user_group_create(&group, fixture_operator(), APR_ARRAY_IDX(names, i, const char *), NULL));
    }
}

static inline sd_error_t *edit_group_by(sd_work_t *work, const char *group, sd_edit_t edit, const char *users,
                                        const char *groups, int confirm)
{
    return sd_user_group_edit(work, group, &(sd_user_group_edit_t){edit, names_of(users), names_of(groups), confirm});
}

static inline sd_error_t *edit_group(const char *group, sd_edit_t edit, const char *users, const char *groups)
{
    return edit_group_by(fixture_operator(), group, edit, users, groups, 0);
}

static inline sd_error_t *edit_role_by(sd_work_t *work, const char *desk, const char *role, sd_edit_t edit,
                                       const char *users, const char *groups, int confirm)
{
    apr_array_header_t *still;

    return sd_role_edit(&still, work, &(sd_role_edit_t){desk, role, edit, names_of(users), names_of(groups), confirm});
}

static inline sd_error_t *edit_role(const char *desk, const char *role, sd_edit_t edit, const char *users,
                                    const char *groups)
{
    return edit_role_by(fixture_operator(), desk, role, edit, users, groups, 0);
}

/* Everybody with a role of the desk, in order of name; whoever has it by a group alone in brackets. */
static inline const char *people_of(const char *desk, const char *role)
{
    const char *text = fixture_text(
        "SELECT group_concat(CASE direct WHEN 1 THEN name ELSE '(' || name || ')' END, ' ') FROM"
        " (SELECT a.name, r.direct FROM desk_role r JOIN account a ON a.id = r.account_id JOIN desk k ON k.id ="
        " r.desk_id WHERE k.key = '%s' AND r.role = '%s' ORDER BY a.name) p",
        desk, role);

    return text ? text : "";
}

static inline apr_int64_t generation_of(sd_id_t id)
{
    return fixture_number("SELECT generation FROM account WHERE id = %d", (int)id);
}

/* Somebody whom an Apache authentication let in, with groups "a b c". */
static inline sd_id_t seen_in(const char *directory, const char *name, const char *groups)
{
    sd_work_t *work = fixture_work(0);

    assert_good(sd_authenticate_external(
        work, &(sd_external_identity_t){.directory = directory, .name = name, .groups = names_of(groups)}));
    assert_int_equal(work->actor.generation, generation_of(work->actor.account_id));
    return work->actor.account_id;
}

#endif
