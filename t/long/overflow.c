/* Writes one byte past the end of a pool's piece: what t/long/pool.t must be able to see. */
#include <stdio.h>

#include <apr_general.h>
#include <apr_pools.h>

int main(void)
{
    apr_pool_t *pool;
    volatile char *piece;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    piece = apr_palloc(pool, 13);
    piece[13] = 1;
    apr_pool_destroy(pool);
    puts("not seen");
    return 0;
}
