/*
 * web/templates, web/catalogue and web/language: an administrator's files, plural forms, fallback, languages, dates.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_general.h>
#include <apr_strings.h>

#include "web/language.h"
#include "web/templates.h"

static apr_pool_t *root, *pool;
static char *directory;

static void write_file(const char *name, const char *text)
{
    const char *path = apr_pstrcat(pool, directory, "/", name, NULL);
    apr_file_t *file;
    apr_size_t length = strlen(text);
    assert_int_equal(apr_dir_make_recursive(apr_pstrmemdup(pool, path, (apr_size_t)(strrchr(path, '/') - path)),
                                            APR_FPROT_OS_DEFAULT, pool),
                     APR_SUCCESS);
    assert_int_equal(apr_file_open(&file, path, APR_FOPEN_CREATE | APR_FOPEN_WRITE | APR_FOPEN_TRUNCATE,
                                   APR_FPROT_OS_DEFAULT, pool),
                     APR_SUCCESS);
    assert_int_equal(apr_file_write_full(file, text, length, NULL), APR_SUCCESS);
    apr_file_close(file);
}

static const char *complaints_of(const sd_templates_t *set)
{
    const char *all = "";
    for (int i = 0; i < set->complaints->nelts; i++) {
        all = apr_pstrcat(pool, all, APR_ARRAY_IDX(set->complaints, i, const char *), "\n", NULL);
    }
    return all;
}

static const char *render(const sd_templates_t *set, const char *name, const char *language)
{
    const char *text = NULL;
    json_t *context = json_pack("{s:s,s:i}", "name", "<Kim>", "count", 2);
    sd_error_t *error = sd_template_render(&text, pool, set, name, context, language);
    json_decref(context);
    return error ? apr_pstrcat(pool, "error: ", error->detail, NULL) : text;
}

static void test_builtin(void **state)
{
    sd_templates_t *set = sd_templates_load(pool, NULL);
    (void)state;
    assert_string_equal(complaints_of(set), "");
    assert_int_equal(set->languages->nelts, 3);
    assert_string_equal(APR_ARRAY_IDX(set->languages, 0, const char *), "en");
    assert_string_equal(APR_ARRAY_IDX(set->languages, 1, const char *), "ja");
    assert_string_equal(APR_ARRAY_IDX(set->languages, 2, const char *), "ko");
    assert_string_equal(render(set, "portal/none", NULL), "error: there is no template portal/none");
}

static void test_own_files(void **state)
{
    (void)state;
    write_file("portal/own.mustache", "{{>part}} {{name}} {{t.own.hello}} {{t.own.things}}|{{>gone}}|{{t.own.gone}}");
    write_file("portal/part.mustache", "part");
    write_file("mail/own.txt.mustache", "{{>part}} {{name}} {{t.own.hello}}");
    write_file("mail/part.txt.mustache", "plain part");
    write_file("portal/broken.mustache", "{{#never}}closed");
    write_file("portal/.hidden.mustache", "{{");
    write_file("portal/notes.orig", "{{");
    write_file("static/own.css", "p { color: red }\n");
    write_file("languages/en.json",
               "{\"own.hello\": \"Hello {{name}}\","
               " \"own.things\": {\"one\": \"{{count}} thing\", \"other\": \"{{count}} things\"}}");
    write_file("languages/ko.json",
               "{\"own.hello\": \"안녕하세요 {{name}}\", \"language.name\": \"\", \"own.bad\": 3}");
    write_file("languages/ja.json", "[]");
    sd_templates_t *set = sd_templates_load(pool, directory);

    assert_string_equal(render(set, "portal/own", NULL), "part &lt;Kim&gt; Hello &lt;Kim&gt; 2 things||");
    assert_string_equal(render(set, "portal/own", "ko"), "part &lt;Kim&gt; 안녕하세요 &lt;Kim&gt; 2 things||");
    assert_string_equal(render(set, "portal/own", "xx"), "part &lt;Kim&gt; Hello &lt;Kim&gt; 2 things||");
    assert_string_equal(render(set, "mail/own.txt", "ko"), "plain part <Kim> 안녕하세요 <Kim>");
    assert_string_equal(render(set, "portal/broken", NULL), "error: there is no template portal/broken");
    assert_string_equal(sd_language_text(pool, set, "ko", "language.name", NULL), "한국어");
    assert_string_equal(sd_language_text(pool, set, "ja", "language.name", NULL), "日本語");

    const char *complaints = complaints_of(set);
    assert_non_null(strstr(complaints, "portal/broken.mustache: line 1: a section is not closed: never\n"));
    assert_non_null(strstr(complaints, "portal/own: there is no partial gone; it is left out\n"));
    assert_non_null(strstr(complaints, "portal/own: there is no message own.gone; it is left out\n"));
    assert_non_null(strstr(complaints, "languages/ko.json: language.name: not a text with anything in it\n"));
    assert_non_null(strstr(complaints, "languages/ko.json: own.bad: not a text with anything in it\n"));
    assert_non_null(strstr(complaints, "languages/ja.json: "));
    assert_null(strstr(complaints, "hidden"));
    assert_int_equal(set->complaints->nelts, 6);

    const sd_file_t *file = sd_templates_file(set, "own.css");
    assert_non_null(file);
    assert_string_equal(file->bytes, "p { color: red }\n");
    assert_int_equal(strlen(file->version), 16);
    assert_null(sd_templates_file(set, "../own.css"));
}

static void test_no_directory(void **state)
{
    const char *gone = apr_pstrcat(pool, directory, "/gone", NULL);
    (void)state;
    sd_templates_t *set = sd_templates_load(pool, gone);
    assert_string_equal(complaints_of(set),
                        apr_pstrcat(pool, gone, ": there is no such directory, or it may not be read\n", NULL));
    assert_int_equal(set->languages->nelts, 3);
}

static void test_bytes_that_are_no_text(void **state)
{
    (void)state;
    write_file("portal/latin.mustache", "caf\xe9");
    write_file("languages/en.json", "{\"a\": \"caf\xe9\"}");
    sd_templates_t *set = sd_templates_load(pool, directory);
    assert_non_null(strstr(complaints_of(set), "portal/latin.mustache: not in UTF-8\n"));
    assert_non_null(strstr(complaints_of(set), "languages/en.json: not in UTF-8\n"));
    assert_string_equal(sd_language_text(pool, set, "en", "language.name", NULL), "English");
}

static void test_choice(void **state)
{
    static const struct {
        const char *account, *accept, *desk, *expected;
    } cases[] = {
        {NULL, NULL, NULL, "en"},
        {NULL, "ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7", NULL, "ko"},
        {NULL, "en-US,en;q=0.9,ko;q=0.8", "ja", "en"},
        {NULL, "en;q=0.3, JA-jp;q=0.8", NULL, "ja"},
        {NULL, "fr, de;q=0.9", "ja", "ja"},
        {NULL, "fr, de;q=0.9", NULL, "en"},
        {NULL, "*", "ko", "ko"},
        {NULL, "ja;q=0, en;q=0.1", NULL, "en"},
        {"ja", "ko", "en", "ja"},
        {"xx", "ko", "en", "ko"},
        {NULL, ",,;q=1,ko-", NULL, "ko"},
        {NULL, "korean", NULL, "en"},
        {NULL, "", "ko_KR", "en"},
    };
    sd_templates_t *set = sd_templates_load(pool, NULL);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *chosen = sd_language_choose(set, cases[i].account, cases[i].accept, cases[i].desk);
        if (strcmp(chosen, cases[i].expected) != 0) {
            fail_msg("case %d: %s", (int)i, chosen);
        }
    }
    char *endless = apr_palloc(pool, 5001);
    memset(endless, 'a', 5000);
    memcpy(endless, "ja,", 3);
    endless[5000] = '\0';
    assert_string_equal(sd_language_choose(set, NULL, endless, NULL), "en");
}

static void test_dates(void **state)
{
    sd_templates_t *set = sd_templates_load(pool, NULL);
    sd_time_t time = 1415112120 * SD_SECOND; /* 2014-11-04 14:42 UTC */
    (void)state;
    assert_string_equal(sd_language_moment(pool, set, "en", time), "4 November 2014, 14:42 UTC");
    assert_string_equal(sd_language_moment(pool, set, "ko", time), "2014년 11월 4일 14:42 (UTC)");
    assert_string_equal(sd_language_moment(pool, set, "ja", time), "2014年11月4日 14:42 (UTC)");
}

static const char *plural(const char *rule, int count)
{
    sd_catalogue_t *catalogue = NULL;
    apr_array_header_t *complaints = apr_array_make(pool, 1, sizeof(const char *));
    static const sd_mustache_scene_t scene = {NULL, NULL, NULL, 1};
    const char *file = apr_psprintf(pool,
                                    "{\"language.plural\": \"%s\", \"a\": {\"one\": \"one\", \"few\": \"few\","
                                    " \"many\": \"many\", \"other\": \"other\"}}",
                                    rule);
    const char *text;
    json_t *number = json_integer(count);
    assert_null(sd_catalogue_read(&catalogue, pool, file, strlen(file), complaints));
    const sd_mustache_t *message = sd_catalogue_find(catalogue, "a", number);
    json_decref(number);
    assert_null(sd_mustache_render(&text, NULL, pool, message, NULL, &scene));
    return text;
}

/* By the tables of CLDR. */
static void test_plurals(void **state)
{
    (void)state;
    assert_string_equal(plural("none", 1), "other");
    assert_string_equal(plural("one", 0), "other");
    assert_string_equal(plural("one", 1), "one");
    assert_string_equal(plural("one", 21), "other");
    assert_string_equal(plural("few", 0), "one");
    assert_string_equal(plural("few", 2), "other");
    assert_string_equal(plural("slavic", 1), "one");
    assert_string_equal(plural("slavic", 3), "few");
    assert_string_equal(plural("slavic", 5), "many");
    assert_string_equal(plural("slavic", 11), "many");
    assert_string_equal(plural("slavic", 13), "many");
    assert_string_equal(plural("slavic", 21), "one");
    assert_string_equal(plural("slavic", 22), "few");
    assert_string_equal(plural("slavic", 112), "many");
}

static int remove_below(const char *path)
{
    apr_dir_t *dir;
    apr_finfo_t info;
    if (apr_dir_open(&dir, path, pool) != APR_SUCCESS) {
        return apr_file_remove(path, pool);
    }
    while (apr_dir_read(&info, APR_FINFO_NAME, dir) == APR_SUCCESS) {
        if (strcmp(info.name, ".") != 0 && strcmp(info.name, "..") != 0) {
            remove_below(apr_pstrcat(pool, path, "/", info.name, NULL));
        }
    }
    apr_dir_close(dir);
    return apr_dir_remove(path, pool);
}

static int setup(void **state)
{
    const char *temp;
    (void)state;
    if (apr_pool_create(&pool, root) != APR_SUCCESS || apr_temp_dir_get(&temp, pool) != APR_SUCCESS) {
        return 1;
    }
    directory = apr_psprintf(pool, "%s/servicedesk-templates-%ld", temp, (long)getpid());
    return apr_dir_make(directory, APR_FPROT_OS_DEFAULT, pool) != APR_SUCCESS;
}

static int teardown(void **state)
{
    (void)state;
    remove_below(directory);
    apr_pool_destroy(pool);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_builtin, setup, teardown),
        cmocka_unit_test_setup_teardown(test_own_files, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_directory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bytes_that_are_no_text, setup, teardown),
        cmocka_unit_test_setup_teardown(test_choice, setup, teardown),
        cmocka_unit_test_setup_teardown(test_dates, setup, teardown),
        cmocka_unit_test_setup_teardown(test_plurals, setup, teardown),
    };
    apr_initialize();
    apr_pool_create(&root, NULL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_pool_destroy(root);
    apr_terminate();
    return failed;
}
