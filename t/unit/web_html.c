/* web/html: nothing that people write becomes markup. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <apr_general.h>

#include "web/html.h"

static apr_pool_t *pool;

static void test_escape(void **state)
{
    (void)state;
    assert_string_equal(sd_html_escape(pool, ""), "");
    assert_string_equal(sd_html_escape(pool, "plain \xc3\xa9"), "plain \xc3\xa9");
    assert_string_equal(sd_html_escape(pool, "<a href=\"x\" id='y'>&amp;"),
                        "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;");
    assert_string_equal(sd_html_escape(pool, "\"\"\"\"\"\"\"\""), "&quot;&quot;&quot;&quot;&quot;&quot;&quot;&quot;");
}

static void test_paragraphs(void **state)
{
    (void)state;
    assert_string_equal(sd_html_paragraphs(pool, ""), "<p></p>");
    assert_string_equal(sd_html_paragraphs(pool, "one"), "<p>one</p>");
    assert_string_equal(sd_html_paragraphs(pool, "one\ntwo\r\nthree\rfour"), "<p>one<br>two<br>three<br>four</p>");
    assert_string_equal(sd_html_paragraphs(pool, "one\n\ntwo\r\n\r\nthree\n\n\nfour"),
                        "<p>one</p><p>two</p><p>three</p><p>four</p>");
    assert_string_equal(sd_html_paragraphs(pool, "\r\n\none\n"), "<p>one</p>");
    assert_string_equal(sd_html_paragraphs(pool, "\n\n"), "<p></p>");
    assert_string_equal(sd_html_paragraphs(pool, "<script>\n\n</p>&"), "<p>&lt;script&gt;</p><p>&lt;/p&gt;&amp;</p>");
    assert_string_equal(sd_html_paragraphs(pool, "a\n\nb\n\nc\n\n\"\"\""),
                        "<p>a</p><p>b</p><p>c</p><p>&quot;&quot;&quot;</p>");
}

static int setup(void **state)
{
    (void)state;
    apr_initialize();
    apr_pool_create(&pool, NULL);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    apr_pool_destroy(pool);
    apr_terminate();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_escape),
        cmocka_unit_test(test_paragraphs),
    };

    return cmocka_run_group_tests_name("web html", tests, setup, teardown);
}
