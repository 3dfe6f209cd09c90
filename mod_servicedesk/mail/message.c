/* Mails by GMime. Its objects are counted references; each function lets go of what it made. */
#include "mail/message.h"

#include <apr_strings.h>
#include <gmime/gmime.h>

#define CHARSET "utf-8"

void sd_message_child_init(void)
{
    g_mime_init();
}

static GMimeObject *make_part(const char *subtype, const char *text)
{
    GMimeTextPart *part = g_mime_text_part_new_with_subtype(subtype);

    g_mime_text_part_set_charset(part, CHARSET);
    g_mime_text_part_set_text(part, text);
    g_mime_part_set_content_encoding(GMIME_PART(part), GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
    return GMIME_OBJECT(part);
}

static void add_part(GMimeMultipart *parts, const char *subtype, const char *text)
{
    GMimeObject *part = make_part(subtype, text);

    g_mime_multipart_add(parts, part);
    g_object_unref(part);
}

static void put(GMimeMessage *mail, const char *name, const char *value)
{
    g_mime_object_append_header(GMIME_OBJECT(mail), name, value, CHARSET);
}

/* One line: what stands for the end of a line, or for no letter at all, becomes a blank. */
static const char *one_line(apr_pool_t *pool, const char *text)
{
    char *copy = apr_pstrdup(pool, text);

    for (char *at = copy; *at; at++) {
        if ((unsigned char)*at < ' ' || *at == 0x7f) {
            *at = ' ';
        }
    }
    return copy;
}

static void put_headers(GMimeMessage *mail, apr_pool_t *pool, const sd_message_t *message)
{
    GDateTime *date = g_date_time_new_from_unix_utc(message->date / SD_SECOND);

    g_mime_message_add_mailbox(mail, GMIME_ADDRESS_TYPE_FROM, message->from_name, message->from_address);
    g_mime_message_add_mailbox(mail, GMIME_ADDRESS_TYPE_TO, NULL, message->to_address);
    g_mime_message_set_subject(mail, one_line(pool, message->subject), CHARSET);
    g_mime_message_set_date(mail, date);
    g_date_time_unref(date);
    g_mime_message_set_message_id(mail, message->message_id);
    put(mail, "Content-Language", message->language);
    /* RFC 3834, and what Exchange listens to: no out-of-office notice answers a machine. */
    put(mail, "Auto-Submitted", "auto-generated");
    put(mail, "X-Auto-Response-Suppress", "All");
    put(mail, "List-Id", message->list_id);
    put(mail, "X-ServiceDesk-Loop", message->loop);
}

static void put_body(GMimeMessage *mail, apr_pool_t *pool, const sd_message_t *message)
{
    GMimeMultipart *parts = g_mime_multipart_new_with_subtype("alternative");
    const char *at = strchr(message->message_id, '@');
    apr_size_t length = at ? (apr_size_t)(at - message->message_id) : strlen(message->message_id);

    /* The same mail has the same bytes, however often it is made; "=_" never stands in quoted-printable. */
    g_mime_multipart_set_boundary(parts,
                                  apr_pstrcat(pool, "=_", apr_pstrmemdup(pool, message->message_id, length), NULL));
    add_part(parts, "plain", message->text);
    add_part(parts, "html", message->html);
    g_mime_message_set_mime_part(mail, GMIME_OBJECT(parts));
    g_object_unref(parts);
}

static int write_out(const char **bytes, apr_size_t *length, apr_pool_t *pool, GMimeMessage *mail)
{
    GMimeStream *stream = g_mime_stream_mem_new();
    GMimeFormatOptions *format = g_mime_format_options_new();

    g_mime_format_options_set_newline_format(format, GMIME_NEWLINE_FORMAT_DOS);
    ssize_t written = g_mime_object_write_to_stream(GMIME_OBJECT(mail), format, stream);
    const GByteArray *array = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
    *bytes = apr_pstrmemdup(pool, (const char *)array->data, array->len);
    *length = array->len;
    g_mime_format_options_free(format);
    g_object_unref(stream);
    return written > 0;
}

sd_error_t *sd_message_build(const char **bytes, apr_size_t *length, apr_pool_t *pool, const sd_message_t *message)
{
    GMimeMessage *mail = g_mime_message_new(FALSE);

    put_headers(mail, pool, message);
    put_body(mail, pool, message);
    int good = write_out(bytes, length, pool, mail);
    g_object_unref(mail);
    return good ? NULL : sd_error_private(pool, SD_ERROR_INTERNAL, "GMime could not write a mail");
}
