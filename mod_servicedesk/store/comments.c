/* SQL over comment. */
#include "store/comments.h"

#include "store/accounts.h"
#include "store/rows.h"

#define COLUMNS "c.id, c.request_id, c.body, c.public, c.created, " SD_ACCOUNT_COLUMNS
#define JOINS " JOIN account AS a ON a.id = c.author_id JOIN directory AS d ON d.id = a.directory_id"

SD_SQL(comment_insert, "INSERT INTO comment (request_id, author_id, body, public, created)"
                       " VALUES ($1, $2, $3, $4, $5) RETURNING id");
SD_SQL(comment_find, "SELECT " COLUMNS " FROM comment AS c" JOINS
                     " WHERE c.id = $1 AND c.request_id = $2 AND (c.public = 1 OR $3 = 1)");
/*
 * Each kind runs along its index and ends where the page does, however many comments there are; the rows themselves are
 * read for one page only.
 */
SD_SQL(
    comment_list,
    "SELECT " COLUMNS " FROM (SELECT u.id FROM ("
    "SELECT * FROM (SELECT id FROM comment WHERE request_id = $1 AND public = 1 AND $2 = 1 ORDER BY id LIMIT $3) AS p"
    " UNION ALL SELECT * FROM (SELECT id FROM comment WHERE request_id = $1 AND public = 0 AND $4 = 1 ORDER BY id"
    " LIMIT $3) AS q) AS u ORDER BY u.id LIMIT $5 OFFSET $6) AS page"
    " JOIN comment AS c ON c.id = page.id" JOINS " ORDER BY c.id");

static void *comment_record(apr_pool_t *pool, sd_row_t *row)
{
    sd_comment_t *comment = apr_pcalloc(pool, sizeof(*comment));

    comment->id = sd_row_int(row, 0);
    comment->request_id = sd_row_int(row, 1);
    comment->body = sd_row_text(row, 2);
    comment->public = sd_row_bool(row, 3);
    comment->created = sd_row_int(row, 4);
    sd_account_of_row(&comment->author, row, 5);
    return comment;
}

sd_error_t *sd_comments_insert(sd_id_t *id, sd_store_t *store, sd_id_t request_id, sd_id_t author_id, const char *body,
                               int public, sd_time_t created)
{
    return sd_rows_id(id, store, &comment_insert,
                      SD_VALUES(SD_INT(request_id), SD_INT(author_id), SD_TEXT(body), SD_INT(public != 0),
                                SD_INT(created)));
}

sd_error_t *sd_comments_find(const sd_comment_t **comment, sd_store_t *store, sd_id_t request_id, sd_id_t id,
                             int internal)
{
    void *found;

    *comment = NULL;
    SD_TRY(sd_rows_one(&found, store, &comment_find, SD_VALUES(SD_INT(id), SD_INT(request_id), SD_INT(internal != 0)),
                       comment_record));
    *comment = found;
    return NULL;
}

sd_error_t *sd_comments_list(sd_list_t **list, sd_store_t *store, sd_id_t request_id, int public, int internal,
                             sd_page_t page)
{
    return sd_rows_page(list, store, &comment_list,
                        SD_VALUES(SD_INT(request_id), SD_INT(public != 0), SD_INT(sd_rows_end(page)),
                                  SD_INT(internal != 0), SD_PAGE_VALUES(page)),
                        page, comment_record);
}
