/*
 * SQL for lists of requests. Ids and times come first, one arm for each way in, so that the rows themselves are read
 * for one page only; each arm runs along its index, by activity, and ends where the page does.
 */
#include "store/request_lists.h"

#include "store/accounts.h"
#include "store/requests.h"
#include "store/rows.h"

/*
 * Whoever reads a request as a customer finds it by what customers may read: the line of inner words is not looked at,
 * nor request_word, where time would tell of other people's requests. A statement of its own: those who look for
 * nothing would pay for it.
 */
#define HAS_WORDS                                                                                                      \
    " OR EXISTS (SELECT 1 FROM request_text AS w WHERE w.desk_id = r.desk_id"                                          \
    " AND w.request_id = r.id AND w.words LIKE $8 ESCAPE '\\')"

#define NO_WORDS " OR $8 IS NOT NULL"

/* The parameters $4 to $8: desk, type, state, pattern of the summary, of the words. */
#define MATCHES(words_)                                                                                                \
    " r.deleted = 0 AND ($4 = 0 OR r.desk_id = $4) AND ($5 = 0 OR r.request_type_id = $5) AND ($6 = 2 OR r.open = $6)" \
    " AND ($7 IS NULL OR r.summary_key LIKE $7 ESCAPE '\\'" words_ ")"

#define OF_ORGANIZATION(words_)                                                                                        \
    " request_organization AS n JOIN request AS r ON r.id = n.request_id WHERE n.organization_id = m.organization_id"  \
    " AND $2 = 1 AND ($3 = 0 OR m.organization_id = $3) AND" MATCHES(words_)

/*
 * A member has few organizations, and each brings no more than a page. SQLite knows no LATERAL: there an organization's
 * arm begins at the activity where its own page would end. PostgreSQL may join as it likes, and then asked for that
 * activity once for each request of the organization: with 6,000 of them the list took 41 s.
 */
#define ORGANIZATIONS_SQLITE(words_)                                                                                   \
    "SELECT o.request_id AS id, r.public_updated AS at FROM organization_member AS m"                                  \
    " JOIN request_organization AS o ON o.organization_id = m.organization_id AND o.activity >="                       \
    " coalesce((SELECT n.activity FROM" OF_ORGANIZATION(                                                               \
        words_) " ORDER BY n.activity DESC LIMIT 1 OFFSET $9), 0)"                                                     \
                " JOIN request AS r ON r.id = o.request_id"                                                            \
                " WHERE m.account_id = $1 AND $2 = 1 AND ($3 = 0 OR m.organization_id = $3) AND" MATCHES(words_)
#define ORGANIZATIONS_PGSQL(words_)                                                                                    \
    "SELECT o.id, o.at FROM organization_member AS m CROSS JOIN LATERAL (SELECT n.request_id AS id,"                   \
    " r.public_updated AS at FROM" OF_ORGANIZATION(                                                                    \
        words_) " ORDER BY n.activity DESC, n.request_id DESC LIMIT $9 + 1) AS o WHERE m.account_id = $1"
#define PARTICIPATIONS(words_)                                                                                         \
    "SELECT * FROM (SELECT p.request_id, r.public_updated FROM participant AS p"                                       \
    " JOIN request AS r ON r.id = p.request_id WHERE p.account_id = $1 AND $10 = 1 AND" MATCHES(                       \
        words_) " ORDER BY p.activity DESC, p.request_id DESC LIMIT $11) AS taken"
#define REPORTS(words_)                                                                                                \
    "SELECT * FROM (SELECT r.id, r.public_updated FROM request AS r WHERE r.reporter_id = $1 AND $12 = 1 AND" MATCHES( \
        words_) " ORDER BY r.public_updated DESC, r.id DESC LIMIT $11) AS own"

#define MINE(organizations_, words_)                                                                                   \
    "SELECT " SD_REQUEST_COLUMNS " FROM (" organizations_(words_) " UNION " PARTICIPATIONS(words_) " UNION " REPORTS(  \
        words_) " ORDER BY at DESC, id DESC LIMIT $13 OFFSET $14) AS mine"                                             \
                " LEFT JOIN request AS r ON r.id = mine.id" SD_REQUEST_JOINS " ORDER BY mine.at DESC, mine.id DESC"

SD_SQL_EACH(request_list_mine, MINE(ORGANIZATIONS_SQLITE, NO_WORDS), MINE(ORGANIZATIONS_PGSQL, NO_WORDS));
SD_SQL_EACH(request_list_mine_words, MINE(ORGANIZATIONS_SQLITE, HAS_WORDS), MINE(ORGANIZATIONS_PGSQL, HAS_WORDS));

sd_error_t *sd_request_lists_mine(sd_list_t **list, sd_store_t *store, sd_id_t account_id,
                                  const sd_request_filter_t *filter, sd_page_t page)
{
    const sd_value_t values[] = {SD_INT(account_id),
                                 SD_INT((filter->relations & SD_RELATION_ORGANIZATION) != 0),
                                 SD_INT(filter->organization_id),
                                 SD_INT(filter->desk_id),
                                 SD_INT(filter->request_type_id),
                                 SD_INT(filter->state),
                                 SD_TEXT(filter->pattern),
                                 SD_TEXT(filter->words),
                                 SD_INT(sd_rows_end(page) - 1),
                                 SD_INT((filter->relations & SD_RELATION_PARTICIPANT) != 0),
                                 SD_INT(sd_rows_end(page)),
                                 SD_INT((filter->relations & SD_RELATION_REPORTER) != 0),
                                 SD_PAGE_VALUES(page)};

    return sd_rows_page(list, store, filter->words ? &request_list_mine_words : &request_list_mine, values,
                        (int)(sizeof(values) / sizeof(values[0])), page, sd_requests_record);
}
