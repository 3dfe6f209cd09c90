/*
 * SMTP by libcurl. Its return codes do not tell a refused recipient from a refused sender, so the commands that go out
 * are watched: what a refusal means depends on what was asked.
 */
#include "mail/smtp.h"

#include <string.h>

#include <apr_strings.h>
#include <curl/curl.h>

#define CONNECT_MILLISECONDS 10000L
#define LINE_LENGTH 512

typedef enum stage_t { STAGE_GREETING, STAGE_RECIPIENT, STAGE_DATA } stage_t;

typedef struct smtp_t {
    sd_transport_t transport;
    sd_smtp_input_t input;
    const char *url;
    const volatile apr_uint32_t *stop;
} smtp_t;

struct sd_transport_session_t {
    const smtp_t *smtp;
    CURL *curl;
    const sd_letter_t *letter;
    apr_size_t sent;
    stage_t stage;          /* what the last line answers */
    int quitting;           /* libcurl takes its leave, within the same call: nothing of that counts */
    char line[LINE_LENGTH]; /* the last that the server said */
    char trouble[CURL_ERROR_SIZE];
};

int sd_smtp_child_init(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

static size_t read_letter(char *buffer, size_t size, size_t count, void *baton)
{
    sd_transport_session_t *session = baton;
    apr_size_t left = session->letter->length - session->sent;
    apr_size_t length = size * count < left ? size * count : left;

    memcpy(buffer, session->letter->bytes + session->sent, length);
    session->sent += length;
    return length;
}

/* A connection that the server had closed is opened anew, and the letter begins from its beginning. */
static int rewind_letter(void *baton, curl_off_t offset, int origin)
{
    sd_transport_session_t *session = baton;

    if (origin != SEEK_SET || offset < 0 || (apr_size_t)offset > session->letter->length) {
        return CURL_SEEKFUNC_FAIL;
    }
    session->sent = (apr_size_t)offset;
    return CURL_SEEKFUNC_OK;
}

static int is_command(const char *data, size_t length, const char *command)
{
    return length >= strlen(command) && strncmp(data, command, strlen(command)) == 0;
}

/* Commands are looked at and never kept: one of them carries the password. */
static int watch(CURL *curl, curl_infotype type, char *data, size_t length, void *baton)
{
    sd_transport_session_t *session = baton;

    (void)curl;
    if (type == CURLINFO_HEADER_OUT && is_command(data, length, "QUIT")) {
        session->quitting = 1;
    }
    if (session->quitting) {
        return 0;
    }
    if (type == CURLINFO_HEADER_IN) {
        apr_size_t kept = length < LINE_LENGTH - 1 ? length : LINE_LENGTH - 1;

        memcpy(session->line, data, kept);
        session->line[kept] = '\0';
    } else if (type == CURLINFO_HEADER_OUT) {
        session->stage = is_command(data, length, "RCPT")   ? STAGE_RECIPIENT
                         : is_command(data, length, "DATA") ? STAGE_DATA
                                                            : STAGE_GREETING;
    }
    return 0;
}

static int go_on(void *baton, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const sd_transport_session_t *session = baton;

    (void)a;
    (void)b;
    (void)c;
    (void)d;
    return session->smtp->stop && *session->smtp->stop;
}

static size_t ignore(char *data, size_t size, size_t count, void *baton)
{
    (void)data;
    (void)baton;
    return size * count;
}

static apr_status_t end(void *baton)
{
    sd_transport_session_t *session = baton;

    curl_easy_cleanup(session->curl);
    return APR_SUCCESS;
}

static void set_security(CURL *curl, const sd_smtp_input_t *input)
{
    static const long levels[] = {
        [SD_SMTP_TLS_REQUIRED] = CURLUSESSL_ALL,
        [SD_SMTP_TLS_TRY] = CURLUSESSL_TRY,
        [SD_SMTP_TLS_OFF] = CURLUSESSL_NONE,
    };

    curl_easy_setopt(curl, CURLOPT_USE_SSL, levels[input->tls]);
    if (input->ca_file) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, input->ca_file);
    }
    if (input->user) {
        curl_easy_setopt(curl, CURLOPT_USERNAME, input->user);
        curl_easy_setopt(curl, CURLOPT_PASSWORD, input->password);
    }
}

static void set_callbacks(sd_transport_session_t *session)
{
    CURL *curl = session->curl;

    curl_easy_setopt(curl, CURLOPT_READFUNCTION, read_letter);
    curl_easy_setopt(curl, CURLOPT_READDATA, session);
    curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, rewind_letter);
    curl_easy_setopt(curl, CURLOPT_SEEKDATA, session);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore);
    curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, watch);
    curl_easy_setopt(curl, CURLOPT_DEBUGDATA, session);
    curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, go_on);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, session);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, session->trouble);
}

static sd_transport_session_t *begin(const sd_transport_t *transport, apr_pool_t *pool)
{
    const smtp_t *smtp = (const smtp_t *)transport;
    sd_transport_session_t *session = apr_pcalloc(pool, sizeof(*session));

    session->smtp = smtp;
    session->curl = curl_easy_init();
    if (!session->curl) {
        return session;
    }
    apr_pool_cleanup_register(pool, session, end, apr_pool_cleanup_null);
    curl_easy_setopt(session->curl, CURLOPT_URL, smtp->url);
    curl_easy_setopt(session->curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(session->curl, CURLOPT_PROXY, "");
    curl_easy_setopt(session->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(session->curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MILLISECONDS);
    curl_easy_setopt(session->curl, CURLOPT_TIMEOUT_MS, (long)smtp->input.milliseconds);
    curl_easy_setopt(session->curl, CURLOPT_UPLOAD, 1L);
    set_security(session->curl, &smtp->input);
    set_callbacks(session);
    return session;
}

static CURLcode perform(sd_transport_session_t *session, const sd_letter_t *letter, apr_pool_t *pool)
{
    struct curl_slist *recipients = curl_slist_append(NULL, apr_pstrcat(pool, "<", letter->to, ">", NULL));

    session->letter = letter;
    session->sent = 0;
    session->quitting = 0;
    session->stage = STAGE_GREETING;
    session->line[0] = '\0';
    session->trouble[0] = '\0';
    curl_easy_setopt(session->curl, CURLOPT_MAIL_FROM, apr_pstrcat(pool, "<", letter->from, ">", NULL));
    curl_easy_setopt(session->curl, CURLOPT_MAIL_RCPT, recipients);
    curl_easy_setopt(session->curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)letter->length);
    CURLcode code = curl_easy_perform(session->curl);
    curl_easy_setopt(session->curl, CURLOPT_MAIL_RCPT, NULL);
    curl_slist_free_all(recipients);
    return code;
}

/* Before the recipient is named, nothing is about this mail; from there on, nothing is about the others. */
static sd_delivery_t judge(const sd_transport_session_t *session, int status)
{
    if (session->stage == STAGE_GREETING || status == 421) {
        return SD_DELIVERY_DOWN;
    }
    return status >= 500 && status <= 599 ? SD_DELIVERY_REFUSED : SD_DELIVERY_LATER;
}

static sd_delivery_t deliver(sd_transport_session_t *session, const sd_letter_t *letter, const char **answer,
                             apr_pool_t *pool)
{
    if (!session->curl) {
        *answer = "libcurl makes no handle";
        return SD_DELIVERY_DOWN;
    }
    CURLcode code = perform(session, letter, pool);
    *answer = apr_pstrdup(pool, session->line);
    if (code == CURLE_OK) {
        return SD_DELIVERY_DONE;
    }
    int status = (int)apr_atoi64(session->line);
    if (status < 400) {
        *answer = apr_pstrdup(pool, session->trouble[0] ? session->trouble : curl_easy_strerror(code));
    }
    return judge(session, status);
}

const sd_transport_t *sd_smtp_make(apr_pool_t *pool, const sd_smtp_input_t *input, const volatile apr_uint32_t *stop)
{
    smtp_t *smtp = apr_pcalloc(pool, sizeof(*smtp));

    smtp->transport = (sd_transport_t){begin, deliver, input->milliseconds};
    smtp->input = *input;
    smtp->url = apr_pstrcat(pool, input->url, "/", input->helo, NULL);
    smtp->stop = stop;
    return &smtp->transport;
}
