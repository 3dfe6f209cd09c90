/*
 * Customers: accounts that raise requests. The list of a desk holds those who were put on it; where everyone with an
 * account may enter, it holds only some of them.
 */
#ifndef SD_DESK_CUSTOMER_H
#define SD_DESK_CUSTOMER_H

#include "desk/work.h"

typedef struct sd_customer_input_t {
    const char *address;      /* also the sign-in name; called "email" in errors */
    const char *display_name; /* NULL takes the address */
} sd_customer_input_t;

/*
 * Makes the account of a customer: no password, no desk, no mail. By system administrators. An address that is
 * taken is SD_ERROR_CONFLICT, field "email" (desk/account.h).
 */
SD_CHECKED sd_error_t *sd_customer_create(const sd_account_t **account, sd_work_t *work,
                                          const sd_customer_input_t *input);

/* The list of a desk by id; with `query` (NULL or "": all) those whose names or address have words beginning like its
 * words, in a large desk by those words. Agents have a better one: desk/customer_list.h. */
SD_CHECKED sd_error_t *sd_customer_list(sd_list_t **accounts, sd_work_t *work, const char *desk, const char *query,
                                        sd_page_t page);

/*
 * `names`: array of const char * that name people in any way. Both work for everybody who is known and THEN answer with
 * an error (sd.validation.user) for each name that nobody has. Who is on the list already is not added again; who is
 * not on it is not removed; neither is an error. A desk that everyone with an account may enter has nobody to remove:
 * SD_ERROR_INPUT sd.desk.accounts.
 */
SD_CHECKED sd_error_t *sd_customer_add(sd_work_t *work, const char *desk, const apr_array_header_t *names);
SD_CHECKED sd_error_t *sd_customer_remove(sd_work_t *work, const char *desk, const apr_array_header_t *names);

#endif
