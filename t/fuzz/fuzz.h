/*
 * What the fuzz targets share. A target is one function from bytes to promises: it must not crash, and what the headers
 * say about its subject must hold. Each input has a pool of its own; run with a pool-debug APR, so that the ends of
 * what a pool gives out are seen.
 */
#ifndef SD_FUZZ_FUZZ_H
#define SD_FUZZ_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the target does with one input: `text` is `size` bytes and a NUL behind them. */
static void try_one(apr_pool_t *pool, const char *text, apr_size_t size);

#define must(condition_)                                                                                               \
    do {                                                                                                               \
        if (!(condition_)) {                                                                                           \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition_);                            \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return apr_initialize();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool;
    char *text = malloc(size + 1);

    must(text && apr_pool_create(&pool, NULL) == APR_SUCCESS);
    memcpy(text, data, size);
    text[size] = '\0';
    try_one(pool, text, size);
    apr_pool_destroy(pool);
    free(text);
    return 0;
}

#endif
