/* What the tests of the list of a desk's customers share: asking for it, and people to be found. */
#ifndef SD_UNIT_CUSTOMER_LIST_FIXTURE_H
#define SD_UNIT_CUSTOMER_LIST_FIXTURE_H

#include "request_fixture.h"

#include "desk/customer.h"
#include "desk/customer_list.h"

static inline sd_customer_query_t asked(const char *search, apr_int64_t limit)
{
    return (sd_customer_query_t){.desk = "HELP", .search = search, .page = {0, limit}};
}

static inline sd_customer_page_t *page_of(sd_id_t who, const sd_customer_query_t *query)
{
    sd_customer_page_t *page = NULL;

    assert_good(sd_customer_page(&page, fixture_work(who), query));
    return page;
}

static inline const char *names_in(const sd_customer_page_t *page)
{
    const char *names = "";

    for (int i = 0; i < page->customers->rows->nelts; i++) {
        names = apr_pstrcat(fixture.pool, names, ROW(page->customers, i, sd_customer_t)->account.name, "|", NULL);
    }
    return names;
}

/* The names that an agent of HELP finds, a page after another as its links lead. */
static inline const char *found_by(const char *search, apr_int64_t limit)
{
    sd_customer_query_t query = asked(search, limit);
    const char *names = "";

    do {
        const sd_customer_page_t *page = page_of(ivy, &query);

        names = apr_pstrcat(fixture.pool, names, names_in(page), NULL);
        query.after = page->customers->next;
        assert_int_equal(page->customers->is_last, query.after == NULL);
    } while (query.after);
    return names;
}

static inline const char *found(const char *search)
{
    return found_by(search, 50);
}

static inline sd_id_t make_customer(const char *address, const char *name)
{
    const sd_account_t *account;

    assert_good(sd_customer_create(&account, fixture_work(sam), &(sd_customer_input_t){address, name}));
    fixture_clock_move(SD_MINUTE);
    assert_good(sd_customer_add(fixture_work(ivy), "HELP", fixture_texts(address, NULL)));
    return account->id;
}

/* `count` more customers of HELP: "Given Family" of ten and of hundred kinds, every second one by a group. */
static inline void make_very_many(int count)
{
    fixture_run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
                " INSERT INTO account (id, public_id, directory_id, name, name_key, address, address_key,"
                " address_proven, display_name, state, origin, created) SELECT 1000 + i, 'many' || i, 1,"
                " 'user' || i || '@example.com', 'user' || i || '@example.com', 'user' || i || '@example.com',"
                " 'user' || i || '@example.com', 1, 'Given' || (i %% 10) || ' Family' || (i %% 97), 'active', 'tool', 1"
                " FROM n",
                count);
    fixture_run("INSERT INTO account_word (word, account_id) SELECT 'given' || (id %% 10), id FROM account"
                " WHERE id > 1000 UNION SELECT 'example.com', id FROM account WHERE id > 1000");
    fixture_run("INSERT INTO account_part (part, account_id)"
                " WITH RECURSIVE place (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM place WHERE i < 30)"
                " SELECT DISTINCT substr(t, i, 8), id FROM (SELECT id, lower(display_name) AS t FROM account UNION ALL"
                " SELECT id, address_key FROM account) AS text, place WHERE id > 1000 AND i <= length(t)");
    fixture_run("INSERT INTO desk_role (desk_id, account_id, role, origin, created, activity, direct)"
                " SELECT " ID ", id, 'customer', 'tool', 1, id, id %% 2 FROM account WHERE id > 1000",
                help);
    fixture_run("INSERT INTO desk_count (desk_id, account_id, open_requests, closed_requests, last_activity)"
                " SELECT " ID ", id, 1, 2, id FROM account WHERE id > 1000",
                help);
}

static inline void make_people_to_find(void)
{
    make_customer("m.keller@north.example.org", "Marta Keller");
    make_customer("k.marten@south.example.org", "Kim Marten");
    make_customer("minsu@example.kr", "\xea\xb9\x80\xeb\xaf\xbc\xec\x88\x98"); /* 김민수 */
    make_customer("print@example.jp",
                  "\xe7\x94\xb0\xe4\xb8\xad \xe5\x8d\xb0\xe5\x88\xb7\xe5\xad\x90"); /* 田中 印刷子 */
    make_customer("oezil@example.de", "\xc3\x96zil Stra\xc3\x9f"
                                      "e");
}

static inline void check_searches(void)
{
    static const struct {
        const char *search, *who;
    } cases[] = {
        {"marta", "m.keller@north.example.org|"},
        {"MARTA", "m.keller@north.example.org|"},
        {"arten", "k.marten@south.example.org|"},     /* anywhere in a name */
        {"elle", "m.keller@north.example.org|"},      /* in name and address: once */
        {"orth.exam", "m.keller@north.example.org|"}, /* anywhere in an address */
        {"m.keller@north.example.org", "m.keller@north.example.org|"},
        {"keller@north", "m.keller@north.example.org|"},
        {"  Marta   KELLER ", "m.keller@north.example.org|"},
        {"keller marta", "m.keller@north.example.org|"}, /* in any order */
        {"kim south", "k.marten@south.example.org|"},    /* one in the name, one in the address */
        {"kim north", ""},
        {"\xeb\xaf\xbc\xec\x88\x98", "minsu@example.kr|"},  /* 민수: two characters inside a word */
        {"\xea\xb9\x80\xeb\xaf\xbc", "minsu@example.kr|"},  /* 김민: at its beginning */
        {"\xec\x88\x98", "minsu@example.kr|"},              /* 수: one */
        {"\xe5\x8d\xb0\xe5\x88\xb7", "print@example.jp|"},  /* 印刷 */
        {"\xe5\x88\xb7\xe5\xad\x90", "print@example.jp|"},  /* 刷子 */
        {"\xe4\xb8\xad \xe5\x8d\xb0", "print@example.jp|"}, /* 中 印 */
        {"\xe7\x94\xb0\xe5\x8d\xb0", ""},                   /* 田印: never side by side */
        {"\xc3\xb6zil", "oezil@example.de|"},               /* özil finds Özil */
        {"STRASSE", "oezil@example.de|"},
        {"%", ""},
        {"_", ""},
        {"' OR 1=1", ""},
        {"nobody", ""},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *who = found(cases[i].search);

        if (strcmp(who, cases[i].who) != 0) {
            fail_msg("\"%s\" finds %s, not %s", cases[i].search, who, cases[i].who);
        }
    }
}

#endif
