/*
 * The pepper file: read at start, made if it is not there. Whoever loses it locks everybody out, so a new one is on the
 * disk, whole, before anything is hashed with it.
 */
#include "base/password.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_file_io.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <openssl/crypto.h>

#include "base/text.h"

#define FILE_BYTES 256
#define HEX_LENGTH (2 * SD_DIGEST_BYTES)

static sd_error_t *failure(apr_pool_t *pool, const char *path, const char *act, int reason)
{
    char text[128];
    return sd_error_private(pool, SD_ERROR_INTERNAL, "pepper file %s: %s: %s", path, act,
                            apr_strerror(reason, text, sizeof text));
}

static sd_error_t *refusal(apr_pool_t *pool, const char *path, const char *reason)
{
    return sd_error_private(pool, SD_ERROR_INTERNAL, "pepper file %s: %s", path, reason);
}

static int read_hex(unsigned char key[SD_DIGEST_BYTES], const char *hex)
{
    for (int i = 0; i < HEX_LENGTH; i++) {
        if (!apr_isxdigit(hex[i])) {
            return 0;
        }
        int value = apr_isdigit(hex[i]) ? hex[i] - '0' : apr_tolower(hex[i]) - 'a' + 10;
        key[i / 2] = (unsigned char)(key[i / 2] << 4 | value);
    }
    return 1;
}

/* Reads "<id> <64 hex digits>" and the end of the line; NULL if that is not what stands at `line`. */
static const char *read_line(sd_pepper_t *pepper, apr_pool_t *pool, const char *line)
{
    apr_size_t digits = strspn(line, "0123456789");
    apr_int64_t id = sd_text_id(apr_pstrmemdup(pool, line, digits));
    if (id < 1 || id > INT_MAX || line[digits] != ' ' || !read_hex(pepper->key, line + digits + 1)) {
        return NULL;
    }
    pepper->id = (int)id;
    const char *end = line + digits + 1 + HEX_LENGTH;
    return *end == '\n' ? end + 1 : *end == '\0' ? end : NULL;
}

static sd_error_t *parse(sd_password_keys_t *keys, apr_pool_t *pool, const char *path, const char *text)
{
    sd_pepper_t current = {0}, previous = {0};
    const char *at = read_line(&current, pool, text);
    if (at && *at) {
        at = read_line(&previous, pool, at);
    }
    if (!at || *at) {
        return refusal(pool, path, "not one or two lines of an id, a blank and 64 hex digits");
    }
    if (current.id == previous.id) {
        return refusal(pool, path, "both lines have the same id");
    }
    keys->current = current;
    keys->previous = previous;
    OPENSSL_cleanse(&current, sizeof current);
    OPENSSL_cleanse(&previous, sizeof previous);
    return NULL;
}

/* Fills `text`; *found is 0 if there is no file. O_NONBLOCK: a pipe under that name must not stop the server. */
static sd_error_t *read_file(char text[FILE_BYTES + 1], int *found, apr_pool_t *pool, const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    *found = file >= 0 || errno != ENOENT;
    if (file < 0) {
        return *found ? failure(pool, path, "cannot be opened", errno) : NULL;
    }
    sd_error_t *error = NULL;
    struct stat status;
    ssize_t length = 0;
    if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) {
        error = refusal(pool, path, "not a regular file");
    } else if (status.st_mode & (S_IRWXO | S_IWGRP | S_IXGRP)) {
        error = refusal(pool, path, "others than its owner may use it; chmod it to 0600");
    } else if (status.st_size > FILE_BYTES || (length = read(file, text, FILE_BYTES)) < 0) {
        error = refusal(pool, path, "too long or not readable");
    }
    close(file);
    text[error ? 0 : length] = '\0';
    if (!error && strlen(text) != (apr_size_t)length) {
        error = refusal(pool, path, "has a NUL");
    }
    return error;
}

static int sync_path(const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return errno;
    }
    int status = fsync(file) == 0 ? 0 : errno;
    close(file);
    return status;
}

static sd_error_t *write_whole(apr_pool_t *pool, const char *path, const char *text)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file < 0) {
        return failure(pool, path, "cannot be made", errno);
    }
    apr_size_t length = strlen(text);
    errno = 0;
    int whole =
        fchmod(file, S_IRUSR | S_IWUSR) == 0 && write(file, text, length) == (ssize_t)length && fsync(file) == 0;
    int reason = errno ? errno : ENOSPC;
    close(file);
    return whole ? NULL : failure(pool, path, "cannot be written", reason);
}

/*
 * The file appears under its name with all its bytes or not at all, and whoever comes second (another server, the tool)
 * leaves the first one's in place: written under a name of its own, then linked.
 */
static sd_error_t *make_file(apr_pool_t *pool, const sd_random_t *random, const char *path)
{
    char *hex, *suffix;
    SD_TRY(sd_random_hex(&hex, pool, random, SD_DIGEST_BYTES));
    SD_TRY(sd_random_hex(&suffix, pool, random, 8));
    const char *draft = apr_psprintf(pool, "%s.%s", path, suffix);
    char *text = apr_psprintf(pool, "1 %s\n", hex);
    const char *slash = strrchr(path, '/');
    const char *directory = !slash ? "." : slash == path ? "/" : apr_pstrmemdup(pool, path, (apr_size_t)(slash - path));

    sd_error_t *error = write_whole(pool, draft, text);
    if (!error && link(draft, path) != 0 && errno != EEXIST) {
        error = failure(pool, path, "cannot be made", errno);
    }
    unlink(draft);
    int reason = error ? 0 : sync_path(directory);
    if (reason) {
        error = failure(pool, path, "its directory cannot be synced", reason);
    }
    OPENSSL_cleanse(hex, HEX_LENGTH);
    OPENSSL_cleanse(text, strlen(text));
    return error;
}

sd_error_t *sd_password_keys_load(sd_password_keys_t *keys, apr_pool_t *pool, const sd_random_t *random,
                                  const char *path)
{
    char text[FILE_BYTES + 1];
    int found;
    SD_TRY(read_file(text, &found, pool, path));
    if (!found) {
        SD_TRY(make_file(pool, random, path));
        SD_TRY(read_file(text, &found, pool, path));
        if (!found) {
            return refusal(pool, path, "vanished");
        }
    }
    sd_error_t *error = parse(keys, pool, path, text);
    OPENSSL_cleanse(text, sizeof text);
    return error;
}
