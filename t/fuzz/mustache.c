/* Templates: whatever they say, compiling and rendering end, and without raw tags no markup comes out of a value. */
#include "web/mustache.h"

#include "base/text.h"

#include "fuzz.h"

static const sd_mustache_t *self;

static const sd_mustache_t *partial(void *baton, const char *name)
{
    (void)baton;
    return strcmp(name, "self") == 0 ? self : NULL;
}

static const sd_mustache_t *message(void *baton, const char *key, const json_t *count)
{
    (void)key;
    (void)count;
    return baton;
}

/* Raw tags have a third brace somewhere, or an ampersand, and other delimiters have a "=". */
static int may_be_raw(const char *text)
{
    for (; *text; text++) {
        apr_size_t braces = strspn(text, "{");
        if (braces == 1 || braces > 2 || strchr("&=<", *text)) {
            return 1;
        }
        text += braces ? braces - 1 : 0;
    }
    return 0;
}

static void try_one(apr_pool_t *pool, const char *text, apr_size_t size)
{
    const sd_mustache_t *word;
    const char *rendered;
    apr_size_t length;

    if (size > 4096 || sd_mustache_compile(&self, pool, text, size)) {
        return;
    }
    must(!sd_mustache_compile_message(&word, pool, "<{{a}}>"));
    json_t *context = json_pack("{s:s,s:[i,i,{s:s}],s:{s:b},s:n,s:s}", "a", "<script>", "l", 1, 2, "a", "<b>", "o", "p",
                                1, "n", "e", "");
    sd_mustache_scene_t scene = {partial, message, (void *)(uintptr_t)word, 0};
    sd_error_t *error = sd_mustache_render(&rendered, &length, pool, self, context, &scene);
    json_decref(context);
    if (!error) {
        must(length <= SD_MUSTACHE_OUTPUT && strlen(rendered) == length);
        must(!sd_text_is_utf8(text, size) || sd_text_is_utf8(rendered, length));
        must(strchr(text, '{') || strcmp(text, rendered) == 0);
        must(may_be_raw(text) || !strchr(rendered, '<'));
    }
}
