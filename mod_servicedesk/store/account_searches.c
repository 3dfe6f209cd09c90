/* SQL over account_word, for searches. */
#include "store/account_searches.h"

#include <string.h>

#include "store/account_parts.h"
#include "store/accounts.h"
#include "store/customer_lists.h"
#include "store/rows.h"

#define STRETCH 30 /* words a statement */

#define HAS_WORD(from_, to_)                                                                                           \
    "EXISTS (SELECT 1 FROM account_word x WHERE x.account_id = a.id AND x.word >= $" from_ " AND x.word < $" to_ ")"
#define THREE_WORDS HAS_WORD("1", "2") " AND " HAS_WORD("3", "4") " AND " HAS_WORD("5", "6")
#define SIX_WORDS THREE_WORDS " AND " HAS_WORD("7", "8") " AND " HAS_WORD("9", "10") " AND " HAS_WORD("11", "12")
#define FROM_ACCOUNT " FROM account a JOIN directory d ON d.id = a.directory_id"
#define IS_USABLE "a.state NOT IN ('disabled', 'anonymised')"

SD_SQL(account_search_one, "SELECT " SD_ACCOUNT_COLUMNS FROM_ACCOUNT " WHERE " SIX_WORDS " AND a.id = $13"
                           " AND " IS_USABLE " LIMIT $14 OFFSET $15");
SD_SQL(account_search_few, "SELECT " SD_ACCOUNT_COLUMNS FROM_ACCOUNT " WHERE " SIX_WORDS " AND a.id > 0"
                           " AND " IS_USABLE " ORDER BY a.id LIMIT $13 OFFSET $14");
SD_SQL(account_search_few_customers,
       "SELECT " SD_ACCOUNT_COLUMNS " FROM desk_role r JOIN account a ON a.id = r.account_id"
       " JOIN directory d ON d.id = a.directory_id WHERE " SIX_WORDS " AND r.desk_id = $13 AND r.role = 'customer'"
       " ORDER BY r.account_id LIMIT $14 OFFSET $15");
/*
 * Whoever has a word that begins like the first one, in order of those words. The last column tells who is a hit: has
 * the others, is one of those that are looked for, and came by the first of such words.
 */
SD_SQL(
    account_search_many,
    "SELECT " SD_ACCOUNT_COLUMNS ", w.word, CASE WHEN " SIX_WORDS " AND (($13 = 0 AND " IS_USABLE ") OR EXISTS"
    " (SELECT 1 FROM desk_role r WHERE r.desk_id = $13 AND r.role = 'customer' AND r.account_id = a.id))"
    " AND NOT EXISTS (SELECT 1 FROM account_word e WHERE e.account_id = a.id AND e.word >= $1 AND e.word < w.word)"
    " THEN 1 ELSE 0 END FROM (SELECT word, account_id FROM account_word WHERE (word, account_id) > ($14, $15)"
    " AND word < $2 ORDER BY word, account_id LIMIT $16) AS w"
    " JOIN account a ON a.id = w.account_id JOIN directory d ON d.id = a.directory_id ORDER BY w.word, w.account_id");
SD_SQL(account_count_few, "SELECT count(*) FROM (SELECT id FROM account WHERE id > 0 LIMIT $1) AS found");

/* The words, the longest first, as it leaves the fewest rows; the places of words that are not there repeat it. */
typedef struct ranges_t {
    const char *from[SD_ACCOUNT_SEARCHES_WORDS];
    const char *to[SD_ACCOUNT_SEARCHES_WORDS];
} ranges_t;

static int longest_of(const apr_array_header_t *words)
{
    int longest = 0;

    for (int i = 1; i < words->nelts; i++) {
        if (strlen(APR_ARRAY_IDX(words, i, const char *)) > strlen(APR_ARRAY_IDX(words, longest, const char *))) {
            longest = i;
        }
    }
    return longest;
}

static ranges_t ranges_of(apr_pool_t *pool, const apr_array_header_t *words)
{
    int longest = longest_of(words), used = 1;
    ranges_t ranges;

    for (int i = 0; i < SD_ACCOUNT_SEARCHES_WORDS; i++) {
        ranges.from[i] = APR_ARRAY_IDX(words, longest, const char *);
    }
    for (int i = 0; i < words->nelts && used < SD_ACCOUNT_SEARCHES_WORDS; i++) {
        if (i != longest) {
            ranges.from[used++] = APR_ARRAY_IDX(words, i, const char *);
        }
    }
    for (int i = 0; i < SD_ACCOUNT_SEARCHES_WORDS; i++) {
        ranges.to[i] = sd_account_parts_end(pool, ranges.from[i]);
    }
    return ranges;
}

#define RANGE(r_, i_) SD_TEXT((r_).from[i_]), SD_TEXT((r_).to[i_])
#define RANGES(r_) RANGE(r_, 0), RANGE(r_, 1), RANGE(r_, 2), RANGE(r_, 3), RANGE(r_, 4), RANGE(r_, 5)

typedef struct many_t {
    sd_store_t *store;
    const char *word; /* behind this place the next stretch begins */
    sd_id_t account_id;
    int rows; /* of this stretch */
    apr_int64_t skip;
    apr_array_header_t *found;
} many_t;

static sd_error_t *take_candidate(void *baton, sd_row_t *row)
{
    many_t *many = baton;

    many->rows++;
    many->account_id = sd_row_int(row, 0);
    many->word = sd_row_text(row, SD_ACCOUNT_WIDTH);
    if (!sd_row_bool(row, SD_ACCOUNT_WIDTH + 1)) {
        return NULL;
    }
    if (many->skip > 0) {
        many->skip--;
        return NULL;
    }
    APR_ARRAY_PUSH(many->found, void *) = sd_accounts_record(sd_store_pool(many->store), row);
    return NULL;
}

/* A stretch at a time, until the page is full. */
static sd_error_t *search_many(sd_list_t **accounts, sd_store_t *store, const ranges_t *ranges, sd_id_t desk_id,
                               sd_page_t page)
{
    apr_pool_t *pool = sd_store_pool(store);
    many_t many = {store, ranges->from[0], 0, STRETCH, page.start, apr_array_make(pool, 64, sizeof(void *))};

    while (many.rows == STRETCH && many.found->nelts <= page.limit) {
        many.rows = 0;
        SD_TRY(sd_store_query(store, &account_search_many,
                              SD_VALUES(RANGES(*ranges), SD_INT(desk_id), SD_TEXT(many.word), SD_INT(many.account_id),
                                        SD_INT(STRETCH)),
                              take_candidate, &many));
    }
    *accounts = sd_rows_list(pool, many.found, page);
    return NULL;
}

sd_error_t *sd_account_searches_all(sd_list_t **accounts, sd_store_t *store, const apr_array_header_t *words,
                                    sd_page_t page)
{
    ranges_t ranges = ranges_of(sd_store_pool(store), words);
    apr_int64_t count;

    SD_TRY(sd_store_number(store, &account_count_few, SD_VALUES(SD_INT(SD_ACCOUNT_SEARCHES_FEW + 1)), 0, &count));
    if (count > SD_ACCOUNT_SEARCHES_FEW) {
        return search_many(accounts, store, &ranges, 0, page);
    }
    return sd_rows_page(accounts, store, &account_search_few, SD_VALUES(RANGES(ranges), SD_PAGE_VALUES(page)), page,
                        sd_accounts_record);
}

sd_error_t *sd_account_searches_one(sd_list_t **accounts, sd_store_t *store, const apr_array_header_t *words,
                                    sd_id_t account_id, sd_page_t page)
{
    ranges_t ranges = ranges_of(sd_store_pool(store), words);

    return sd_rows_page(accounts, store, &account_search_one,
                        SD_VALUES(RANGES(ranges), SD_INT(account_id), SD_PAGE_VALUES(page)), page, sd_accounts_record);
}

sd_error_t *sd_account_searches_customers(sd_list_t **accounts, sd_store_t *store, const apr_array_header_t *words,
                                          sd_id_t desk_id, sd_page_t page)
{
    ranges_t ranges = ranges_of(sd_store_pool(store), words);
    int few;

    SD_TRY(sd_customer_lists_are_few(&few, store, desk_id));
    if (!few) {
        return search_many(accounts, store, &ranges, desk_id, page);
    }
    return sd_rows_page(accounts, store, &account_search_few_customers,
                        SD_VALUES(RANGES(ranges), SD_INT(desk_id), SD_PAGE_VALUES(page)), page, sd_accounts_record);
}
