/* Accounts that are found by the beginnings of their words. In the caller's transaction. */
#ifndef SD_STORE_ACCOUNT_SEARCHES_H
#define SD_STORE_ACCOUNT_SEARCHES_H

#include "store/records.h"
#include "store/store.h"

/* Words that a search looks for: more would only narrow what these leave. */
#define SD_ACCOUNT_SEARCHES_WORDS 6
/* Among so many at most a search looks at one by one, in order of id. */
#define SD_ACCOUNT_SEARCHES_FEW 500

/*
 * sd_account_t * that for each of `words` (at least one) have a word beginning like it: by id among few, among many by
 * the word that the longest one found, which costs the same however many there are.
 */
SD_CHECKED sd_error_t *sd_account_searches_all(sd_list_t **accounts, sd_store_t *store, const apr_array_header_t *words,
                                               sd_page_t page); /* not the disabled ones */
SD_CHECKED sd_error_t *sd_account_searches_one(sd_list_t **accounts, sd_store_t *store, const apr_array_header_t *words,
                                               sd_id_t account_id, sd_page_t page);
SD_CHECKED sd_error_t *sd_account_searches_customers(sd_list_t **accounts, sd_store_t *store,
                                                     const apr_array_header_t *words, sd_id_t desk_id, sd_page_t page);

#endif
