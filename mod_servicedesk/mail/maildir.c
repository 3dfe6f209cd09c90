/* Mails as files. */
#include "mail/maildir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_errno.h>
#include <apr_strings.h>

#define MILLISECONDS 10000 /* a disk that takes longer is not there */

typedef struct maildir_t {
    sd_transport_t transport;
    const char *path;
} maildir_t;

struct sd_transport_session_t {
    const maildir_t *maildir;
};

static sd_transport_session_t *begin(const sd_transport_t *transport, apr_pool_t *pool)
{
    sd_transport_session_t *session = apr_palloc(pool, sizeof(*session));

    session->maildir = (const maildir_t *)transport;
    return session;
}

static int make_directories(const char *path, const char *tmp, const char *new)
{
    const char *const all[] = {path, tmp, new};

    for (int i = 0; i < 3; i++) {
        if (mkdir(all[i], 0700) != 0 && errno != EEXIST) {
            return 0;
        }
    }
    return 1;
}

static int write_all(int file, const char *bytes, apr_size_t length)
{
    while (length) {
        ssize_t written = write(file, bytes, length);

        if (written < 0 && errno != EINTR) {
            return 0;
        }
        bytes += written > 0 ? written : 0;
        length -= written > 0 ? (apr_size_t)written : 0;
    }
    return 1;
}

static int write_file(const char *path, const sd_letter_t *letter)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    int good = file >= 0 && write_all(file, letter->bytes, letter->length) && fsync(file) == 0;
    int status = errno;

    if (file >= 0 && close(file) != 0 && good) {
        return 0;
    }
    errno = status;
    return good;
}

/* The name is on the disk only when its directory is. */
static int sync_directory(const char *path)
{
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int good = directory >= 0 && fsync(directory) == 0;
    int status = errno;

    if (directory >= 0) {
        close(directory);
    }
    errno = status;
    return good;
}

static sd_delivery_t deliver(sd_transport_session_t *session, const sd_letter_t *letter, const char **answer,
                             apr_pool_t *pool)
{
    const char *path = session->maildir->path;
    const char *tmp = apr_pstrcat(pool, path, "/tmp", NULL), *new = apr_pstrcat(pool, path, "/new", NULL);
    const char *from = apr_pstrcat(pool, tmp, "/", letter->name, NULL);
    const char *to = apr_pstrcat(pool, new, "/", letter->name, NULL);
    char text[128];

    if (make_directories(path, tmp, new) && write_file(from, letter) && rename(from, to) == 0 && sync_directory(new)) {
        *answer = to;
        return SD_DELIVERY_DONE;
    }
    *answer = apr_psprintf(pool, "%s: %s", path, apr_strerror(errno, text, sizeof(text)));
    unlink(from);
    return SD_DELIVERY_DOWN;
}

const sd_transport_t *sd_maildir_make(apr_pool_t *pool, const char *path)
{
    maildir_t *maildir = apr_pcalloc(pool, sizeof(*maildir));

    maildir->transport = (sd_transport_t){begin, deliver, MILLISECONDS};
    maildir->path = apr_pstrdup(pool, path);
    return &maildir->transport;
}
