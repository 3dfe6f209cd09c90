/* Files that pages load. */
#include "portal/file.h"

#include <string.h>

#include "web/site_of.h"

static const char *type_of(const char *name)
{
    static const struct {
        const char *end;
        const char *type;
    } types[] = {{".css", "text/css;charset=UTF-8"},
                 {".js", "text/javascript;charset=UTF-8"},
                 {".svg", "image/svg+xml"},
                 {".png", "image/png"},
                 {".jpg", "image/jpeg"},
                 {".webp", "image/webp"},
                 {".ico", "image/x-icon"},
                 {".woff2", "font/woff2"}};
    const char *end = strrchr(name, '.');
    for (apr_size_t i = 0; end && i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(end, types[i].end) == 0) {
            return types[i].type;
        }
    }
    return "application/octet-stream";
}

sd_error_t *sd_portal_file_get(sd_call_t *call)
{
    call->file = sd_templates_file(sd_server_templates(call->r), call->parts[0]);
    call->raw_type = type_of(call->parts[0]);
    return call->file ? NULL : sd_error_not_found(call->pool);
}
