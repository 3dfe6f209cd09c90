/* Tokens: a hash is given for the form of a token and for nothing else, and for each kind by its own tag only. */
#include "base/token.h"

#include "fuzz.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void try_one(apr_pool_t *pool, const char *text, apr_size_t size)
{
    const char *api = sd_token_hash(pool, SD_TOKEN_API, text);
    const char *session = sd_token_hash(pool, SD_TOKEN_SESSION, text);
    apr_size_t tag = strlen(SD_TOKEN_API);
    int formed = strlen(text) == SD_TOKEN_LENGTH && strspn(text + tag, alphabet) == SD_TOKEN_LENGTH - tag;

    (void)size;
    must(!(api && session));
    must(!api == !(formed && strncmp(text, SD_TOKEN_API, tag) == 0));
    must(!session == !(formed && strncmp(text, SD_TOKEN_SESSION, tag) == 0));
    if (api) {
        must(strlen(api) == 64 && strspn(api, "0123456789abcdef") == 64);
    }
}
