/* httpd escapes control characters on the way to the log; passwords, tokens and cookies never get here. */
#include "server/log.h"

#include <http_config.h>
#include <http_log.h>

#include "server/config.h"

APLOG_USE_MODULE(servicedesk);

typedef struct entry_t {
    int level;
    const char *id;
} entry_t;

/* A caller's mistake is no fault of the server: it is logged for whoever looks for it. */
static entry_t entry_of(sd_error_kind_t kind)
{
    switch (kind) {
    case SD_ERROR_INTERNAL:
        return (entry_t){APLOG_ERR, "SD00010"};
    case SD_ERROR_UNAVAILABLE:
        return (entry_t){APLOG_ERR, "SD00011"};
    case SD_ERROR_THROTTLED:
        return (entry_t){APLOG_WARNING, "SD00012"};
    case SD_ERROR_SIGN_IN:
        return (entry_t){APLOG_INFO, "SD00013"};
    case SD_ERROR_FORBIDDEN:
        return (entry_t){APLOG_INFO, "SD00014"};
    default:
        return (entry_t){APLOG_DEBUG, "SD00015"};
    }
}

void sd_log_error(request_rec *r, const sd_error_t *error)
{
    for (; error; error = error->next) {
        entry_t entry = entry_of(error->kind);
        ap_log_rerror(APLOG_MARK, entry.level, 0, r, "%s: %s%s%s", entry.id, error->key, error->detail ? ": " : "",
                      error->detail ? error->detail : "");
    }
}
