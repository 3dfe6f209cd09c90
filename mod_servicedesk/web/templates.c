/* The set of templates, files and catalogues: making it, rendering out of it. */
#include "web/templates.h"

#include <stdlib.h>
#include <string.h>

#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_strings.h>

#include "base/digest.h"
#include "base/text.h"
#include "web/embedded.h"
#include "web/mustache_node.h"

#define FILE_LIMIT 1048576
#define VERSION_BYTES 8
#define TEMPLATE_END ".mustache"
#define PLAIN_END ".txt"
#define LANGUAGE_END ".json"

static void complain(sd_templates_t *set, const char *what, const char *why)
{
    APR_ARRAY_PUSH(set->complaints, const char *) = apr_pstrcat(set->complaints->pool, what, ": ", why, NULL);
}

static int ends_with(const char *name, const char *end)
{
    apr_size_t length = strlen(name), size = strlen(end);
    return length > size && strcmp(name + length - size, end) == 0;
}

static const char *without(apr_pool_t *pool, const char *name, const char *end)
{
    return apr_pstrmemdup(pool, name, strlen(name) - strlen(end));
}

/* ---- taking in one file, built in or not ---- */

static void add_template(sd_templates_t *set, const char *name, const char *text, apr_size_t length)
{
    apr_pool_t *pool = apr_hash_pool_get(set->templates);
    sd_template_t *made = apr_pcalloc(pool, sizeof *made);
    const sd_error_t *error = sd_mustache_compile(&made->compiled, pool, text, length);
    if (error) {
        complain(set, name, error->detail);
        return;
    }
    const char *known = without(pool, name, TEMPLATE_END);
    made->plain = ends_with(known, PLAIN_END);
    apr_hash_set(set->templates, known, APR_HASH_KEY_STRING, made);
}

static void add_file(sd_templates_t *set, const char *name, const char *text, apr_size_t length)
{
    apr_pool_t *pool = apr_hash_pool_get(set->files);
    unsigned char digest[SD_DIGEST_BYTES];
    sd_file_t *file = apr_pcalloc(pool, sizeof *file);
    sd_digest_sha256(digest, text, length);
    file->bytes = apr_pmemdup(pool, text, length + 1);
    file->length = length;
    file->version = sd_digest_hex(pool, digest, VERSION_BYTES);
    apr_hash_set(set->files, apr_pstrdup(pool, name), APR_HASH_KEY_STRING, file);
}

static void add_catalogue(sd_templates_t *set, const char *name, const char *text, apr_size_t length)
{
    apr_pool_t *pool = apr_hash_pool_get(set->catalogues);
    const char *tag = without(pool, strchr(name, '/') + 1, LANGUAGE_END);
    apr_array_header_t *complaints = apr_array_make(pool, 1, sizeof(const char *));
    sd_catalogue_t *catalogue = apr_hash_get(set->catalogues, tag, APR_HASH_KEY_STRING);
    const sd_error_t *error = sd_catalogue_read(&catalogue, pool, text, length, complaints);
    if (error) {
        complain(set, name, error->detail ? error->detail : error->text);
        return;
    }
    for (int i = 0; i < complaints->nelts; i++) {
        complain(set, name, APR_ARRAY_IDX(complaints, i, const char *));
    }
    apr_hash_set(set->catalogues, tag, APR_HASH_KEY_STRING, catalogue);
}

static void add(sd_templates_t *set, const char *name, const char *text, apr_size_t length)
{
    if (strncmp(name, "static/", 7) == 0) {
        add_file(set, name + 7, text, length);
    } else if (!sd_text_is_utf8(text, length)) {
        complain(set, name, "not in UTF-8");
    } else if (strncmp(name, "languages/", 10) == 0) {
        add_catalogue(set, name, text, length);
    } else {
        add_template(set, name, text, length);
    }
}

/* ---- an administrator's directory ---- */

static void add_from(sd_templates_t *set, apr_pool_t *pool, const char *path, const char *name)
{
    apr_file_t *file;
    apr_finfo_t info;
    apr_size_t length = 0;
    char text[128];
    char *bytes = NULL;
    apr_status_t status = apr_file_open(&file, path, APR_FOPEN_READ | APR_FOPEN_BINARY, 0, pool);
    if (status == APR_SUCCESS && (status = apr_file_info_get(&info, APR_FINFO_SIZE, file)) == APR_SUCCESS) {
        if (info.size > FILE_LIMIT) {
            complain(set, path, "larger than a megabyte");
            return;
        }
        bytes = apr_pcalloc(pool, (apr_size_t)info.size + 1);
        status = info.size ? apr_file_read_full(file, bytes, (apr_size_t)info.size, &length) : APR_SUCCESS;
    }
    if (status == APR_SUCCESS) {
        add(set, name, bytes, length);
    } else {
        complain(set, path, apr_strerror(status, text, sizeof text));
    }
}

static void add_directory(sd_templates_t *set, apr_pool_t *pool, const char *directory, const char *kind,
                          const char *end)
{
    apr_dir_t *dir;
    apr_finfo_t info;
    const char *path = apr_pstrcat(pool, directory, "/", kind, NULL);
    if (apr_dir_open(&dir, path, pool) != APR_SUCCESS) {
        return; /* none of this kind */
    }
    while (apr_dir_read(&info, APR_FINFO_NAME, dir) == APR_SUCCESS) {
        if (info.name[0] != '.' && ends_with(info.name, end)) {
            add_from(set, pool, apr_pstrcat(pool, path, "/", info.name, NULL),
                     apr_pstrcat(pool, kind, "/", info.name, NULL));
        }
    }
    apr_dir_close(dir);
}

static void add_overrides(sd_templates_t *set, apr_pool_t *pool, const char *directory)
{
    apr_finfo_t info;
    if (apr_stat(&info, directory, APR_FINFO_TYPE, pool) != APR_SUCCESS || info.filetype != APR_DIR) {
        complain(set, directory, "there is no such directory, or it may not be read");
        return;
    }
    add_directory(set, pool, directory, "portal", TEMPLATE_END);
    add_directory(set, pool, directory, "mail", TEMPLATE_END);
    add_directory(set, pool, directory, "static", "");
    add_directory(set, pool, directory, "languages", LANGUAGE_END);
}

/* ---- what a template asks for and nobody has ---- */

static const sd_template_t *find_partial(const sd_templates_t *set, apr_pool_t *pool, const char *from, int plain,
                                         const char *name)
{
    const char *slash = strchr(from, '/');
    apr_size_t folder = slash ? (apr_size_t)(slash - from) + 1 : 0;
    const char *wanted = apr_pstrcat(pool, apr_pstrmemdup(pool, from, folder), name, plain ? PLAIN_END : "", NULL);
    return apr_hash_get(set->templates, wanted, APR_HASH_KEY_STRING);
}

static void check_nodes(sd_templates_t *set, apr_pool_t *pool, const char *name, const sd_template_t *template,
                        const sd_mustache_node_t *node)
{
    for (; node; node = node->next) {
        if (node->kind == SD_MUSTACHE_PARTIAL && !find_partial(set, pool, name, template->plain, node->text)) {
            complain(set, name, apr_pstrcat(pool, "there is no partial ", node->text, "; it is left out", NULL));
        }
        if (node->kind == SD_MUSTACHE_MESSAGE && !sd_templates_message(set, NULL, node->text, NULL)) {
            complain(set, name, apr_pstrcat(pool, "there is no message ", node->text, "; it is left out", NULL));
        }
        check_nodes(set, pool, name, template, node->children);
    }
}

static void check_all(sd_templates_t *set, apr_pool_t *pool)
{
    for (apr_hash_index_t *at = apr_hash_first(pool, set->templates); at; at = apr_hash_next(at)) {
        const sd_template_t *template = apr_hash_this_val(at);
        check_nodes(set, pool, apr_hash_this_key(at), template, template->compiled->nodes);
    }
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void list_languages(sd_templates_t *set, apr_pool_t *pool)
{
    for (apr_hash_index_t *at = apr_hash_first(pool, set->catalogues); at; at = apr_hash_next(at)) {
        APR_ARRAY_PUSH(set->languages, const char *) = apr_hash_this_key(at);
    }
    qsort(set->languages->elts, (size_t)set->languages->nelts, sizeof(const char *), compare);
}

sd_templates_t *sd_templates_load(apr_pool_t *pool, const char *directory)
{
    sd_templates_t *set = apr_pcalloc(pool, sizeof *set);
    apr_pool_t *scratch;
    set->templates = apr_hash_make(pool);
    set->files = apr_hash_make(pool);
    set->catalogues = apr_hash_make(pool);
    set->languages = apr_array_make(pool, 3, sizeof(const char *));
    set->complaints = apr_array_make(pool, 1, sizeof(const char *));
    for (apr_size_t i = 0; i < sd_embedded_count; i++) {
        add(set, sd_embedded[i].name, sd_embedded[i].text, sd_embedded[i].length);
    }
    if (apr_pool_create(&scratch, pool) == APR_SUCCESS) {
        if (directory) {
            add_overrides(set, scratch, directory);
        }
        check_all(set, scratch);
        apr_pool_destroy(scratch);
    }
    list_languages(set, pool);
    return set;
}

/* ---- rendering ---- */

const sd_file_t *sd_templates_file(const sd_templates_t *set, const char *name)
{
    return apr_hash_get(set->files, name, APR_HASH_KEY_STRING);
}

const sd_mustache_t *sd_templates_message(const sd_templates_t *set, const char *language, const char *key,
                                          const json_t *count)
{
    const char *const tags[] = {language ? language : SD_LANGUAGE_FALLBACK, SD_LANGUAGE_FALLBACK};
    const sd_mustache_t *message = NULL;
    for (int i = 0; i < 2 && !message; i++) {
        const sd_catalogue_t *catalogue = apr_hash_get(set->catalogues, tags[i], APR_HASH_KEY_STRING);
        message = catalogue ? sd_catalogue_find(catalogue, key, count) : NULL;
    }
    return message;
}

typedef struct rendering_t {
    apr_pool_t *pool;
    const sd_templates_t *set;
    const char *name;
    const char *language;
    int plain;
} rendering_t;

static const sd_mustache_t *partial(void *baton, const char *name)
{
    const rendering_t *rendering = baton;
    const sd_template_t *found = find_partial(rendering->set, rendering->pool, rendering->name, rendering->plain, name);
    return found ? found->compiled : NULL;
}

static const sd_mustache_t *message(void *baton, const char *key, const json_t *count)
{
    const rendering_t *rendering = baton;
    return sd_templates_message(rendering->set, rendering->language, key, count);
}

sd_error_t *sd_template_render(const char **text, apr_pool_t *pool, const sd_templates_t *set, const char *name,
                               json_t *context, const char *language)
{
    const sd_template_t *template = apr_hash_get(set->templates, name, APR_HASH_KEY_STRING);
    if (!template) {
        return sd_error_private(pool, SD_ERROR_INTERNAL, "there is no template %s", name);
    }
    rendering_t rendering = {pool, set, name, language, template->plain};
    sd_mustache_scene_t scene = {partial, message, &rendering, template->plain};
    return sd_mustache_render(text, NULL, pool, template->compiled, context, &scene);
}
