/* Memory back to the system. */
#include "base/memory.h"

#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <unistd.h>

#define FEWEST_ARENAS 2

void sd_memory_share_arenas(void)
{
#ifdef __GLIBC__
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    if (!getenv("MALLOC_ARENA_MAX") && !getenv("GLIBC_TUNABLES")) {
        mallopt(M_ARENA_MAX, processors > FEWEST_ARENAS ? (int)processors : FEWEST_ARENAS);
    }
#endif
}

void sd_memory_give_back(void)
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}
