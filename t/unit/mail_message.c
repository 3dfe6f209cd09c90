/* Mails as bytes: encoded headers, CR LF, nothing from a text becomes a header or ends the mail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "mail/message.h"

static apr_pool_t *pool;

static int setup(void **state)
{
    (void)state;
    apr_initialize();
    apr_pool_create(&pool, NULL);
    sd_message_child_init();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    apr_pool_destroy(pool);
    apr_terminate();
    return 0;
}

static sd_message_t plain(void)
{
    return (sd_message_t){
        .from_name = "Help",
        .from_address = "help@example.org",
        .to_address = "ann@example.net",
        .subject = "Hello",
        .message_id = "0123456789abcdef@example.org",
        .list_id = "<servicedesk.example.org>",
        .loop = "abc",
        .language = "en",
        .date = 1714979289000,
        .text = "One\nTwo\n",
        .html = "<p>One</p>\n",
    };
}

static const char *build(const sd_message_t *message)
{
    const char *bytes;
    apr_size_t length;

    assert_null(sd_message_build(&bytes, &length, pool, message));
    assert_int_equal(strlen(bytes), length);
    for (const char *at = bytes; *at; at++) {
        assert_true(*at != '\n' || (at > bytes && at[-1] == '\r'));
        assert_true(*at != '\r' || at[1] == '\n');
    }
    return bytes;
}

/* The lines of the head that begin so. */
static int headers(const char *bytes, const char *name)
{
    const char *end = strstr(bytes, "\r\n\r\n");
    const char *start = apr_pstrcat(pool, "\r\n", name, ":", NULL);
    int count = strncmp(bytes, start + 2, strlen(start) - 2) == 0;

    for (const char *at = strstr(bytes, start); at && at < end; at = strstr(at + 1, start)) {
        count++;
    }
    return count;
}

static void test_a_message(void **state)
{
    const sd_message_t message = plain();
    const char *bytes = build(&message);

    (void)state;
    assert_non_null(strstr(bytes, "From: Help <help@example.org>\r\n"));
    assert_non_null(strstr(bytes, "To: ann@example.net\r\n"));
    assert_non_null(strstr(bytes, "Subject: Hello\r\n"));
    assert_non_null(strstr(bytes, "Message-Id: <0123456789abcdef@example.org>\r\n"));
    assert_non_null(strstr(bytes, "Date: Mon, 06 May 2024 07:08:09 +0000\r\n"));
    assert_non_null(strstr(bytes, "Auto-Submitted: auto-generated\r\n"));
    assert_non_null(strstr(bytes, "X-Auto-Response-Suppress: All\r\n"));
    assert_non_null(strstr(bytes, "multipart/alternative"));
    assert_string_equal(bytes, build(&message));
}

static void test_texts_do_not_become_headers(void **state)
{
    static const char *const subjects[] = {
        "Hello\r\nBcc: evil@example.com",         "Hello\nBcc: evil@example.com\n\nbody",
        "Hello\rBcc: evil@example.com",           "\xec\x95\x88\xeb\x85\x95\r\nBcc: evil@example.com",
        "\r\n\r\nBcc: evil@example.com\r\n.\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++) {
        sd_message_t message = plain();

        message.subject = subjects[i];
        const char *bytes = build(&message);
        assert_int_equal(headers(bytes, "Bcc"), 0);
        assert_int_equal(headers(bytes, "Subject"), 1);
        assert_int_equal(headers(bytes, "To"), 1);
    }
}

static void test_long_and_foreign_texts(void **state)
{
    sd_message_t message = plain();
    char subject[3001], text[20001];

    (void)state;
    for (int i = 0; i < 1000; i++) {
        memcpy(subject + 3L * i, "\xeb\xb9\x84", 3);
    }
    subject[3000] = '\0';
    memset(text, 'x', 20000);
    text[20000] = '\0';
    message.subject = subject;
    message.text = text;
    message.from_name = "\xeb\x8f\x84\xec\x9b\x80 \"Desk\", <x@y>";
    for (const char *at = build(&message), *end; (end = strstr(at, "\r\n")); at = end + 2) {
        assert_true(end - at <= 998);
        for (const char *c = at; c < end; c++) {
            assert_true((unsigned char)*c < 0x80);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_message),
        cmocka_unit_test(test_texts_do_not_become_headers),
        cmocka_unit_test(test_long_and_foreign_texts),
    };

    return cmocka_run_group_tests_name("mail message", tests, setup, teardown);
}
