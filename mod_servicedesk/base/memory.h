/*
 * Memory that nobody uses, back to the system. A library that keeps it for the thread that may want it again is right
 * for the small change of each request, and wrong for what is large or rare. Any thread.
 */
#ifndef SD_BASE_MEMORY_H
#define SD_BASE_MEMORY_H

/*
 * One arena a processor for the whole process, before its threads begin. The GNU library would make one a thread, up to
 * eight a processor, and each keeps what its thread once needed: with 25 threads that is a quarter of a child's memory.
 * Whoever sets MALLOC_ARENA_MAX or GLIBC_TUNABLES in the environment decides himself.
 */
void sd_memory_share_arenas(void);

/* Nothing but with the GNU library, whose arenas give back by themselves only what lies at their end. */
void sd_memory_give_back(void);

#endif
