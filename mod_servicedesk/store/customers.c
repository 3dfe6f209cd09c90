/* SQL over the customer rows of desk_role. */
#include "store/customers.h"

#include <apr_strings.h>

#include "store/accounts.h"
#include "store/roles.h"
#include "store/rows.h"

#define HAS_WORD(from_, to_)                                                                                           \
    " AND EXISTS (SELECT 1 FROM account_word x WHERE x.account_id = a.id AND x.word >= $" from_ " AND x.word < $" to_  \
    ")"

SD_SQL(customer_list, "SELECT " SD_ACCOUNT_COLUMNS " FROM desk_role r JOIN account a ON a.id = r.account_id"
                      " JOIN directory d ON d.id = a.directory_id"
                      " WHERE r.desk_id = $1 AND r.role = 'customer' ORDER BY r.account_id LIMIT $2 OFFSET $3");
SD_SQL(customer_search,
       "SELECT " SD_ACCOUNT_COLUMNS " FROM (SELECT DISTINCT w.account_id AS id FROM account_word w"
       " WHERE w.word >= $1 AND w.word < $2) f"
       " JOIN desk_role r ON r.desk_id = $3 AND r.role = 'customer' AND r.account_id = f.id"
       " JOIN account a ON a.id = f.id JOIN directory d ON d.id = a.directory_id WHERE 1 = 1" HAS_WORD("4", "5")
           HAS_WORD("6", "7") HAS_WORD("8", "9") " ORDER BY a.id LIMIT $10 OFFSET $11");

sd_error_t *sd_customers_add(int *added, sd_store_t *store, sd_id_t desk_id, sd_id_t account_id, const char *origin,
                             sd_time_t now)
{
    return sd_roles_insert(added, store, desk_id, "customer", account_id, origin, now);
}

sd_error_t *sd_customers_remove(int *removed, sd_store_t *store, sd_id_t desk_id, sd_id_t account_id)
{
    return sd_roles_delete(removed, store, desk_id, "customer", account_id);
}

static void *account_record(apr_pool_t *pool, sd_row_t *row)
{
    sd_account_t *account = apr_pcalloc(pool, sizeof(*account));

    sd_account_of_row(account, row, 0);
    return account;
}

sd_error_t *sd_customers_list(sd_list_t **accounts, sd_store_t *store, sd_id_t desk_id, sd_page_t page)
{
    return sd_rows_page(accounts, store, &customer_list, SD_VALUES(SD_INT(desk_id), SD_PAGE_VALUES(page)), page,
                        account_record);
}

/* The end of the words that begin like `word`: the highest character behind it. */
static const char *end_of(apr_pool_t *pool, const char *word)
{
    return apr_pstrcat(pool, word, "\xf4\x8f\xbf\xbf", NULL);
}

sd_error_t *sd_customers_search(sd_list_t **accounts, sd_store_t *store, sd_id_t desk_id,
                                const apr_array_header_t *words, sd_page_t page)
{
    apr_pool_t *pool = sd_store_pool(store);
    const char *word[SD_CUSTOMERS_WORDS], *end[SD_CUSTOMERS_WORDS];

    /* Places left over ask for the first word again. */
    for (int i = 0; i < SD_CUSTOMERS_WORDS; i++) {
        word[i] = APR_ARRAY_IDX(words, i < words->nelts ? i : 0, const char *);
        end[i] = end_of(pool, word[i]);
    }
    return sd_rows_page(accounts, store, &customer_search,
                        SD_VALUES(SD_TEXT(word[0]), SD_TEXT(end[0]), SD_INT(desk_id), SD_TEXT(word[1]), SD_TEXT(end[1]),
                                  SD_TEXT(word[2]), SD_TEXT(end[2]), SD_TEXT(word[3]), SD_TEXT(end[3]),
                                  SD_PAGE_VALUES(page)),
                        page, account_record);
}
