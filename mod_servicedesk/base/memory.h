/*
 * Memory that nobody uses, back to the system. A library that keeps it for the thread that may want it again is right
 * for the small change of each request, and wrong for what is large or rare. Any thread.
 */
#ifndef SD_BASE_MEMORY_H
#define SD_BASE_MEMORY_H

/* Nothing but with the GNU library, whose arenas give back by themselves only what lies at their end. */
void sd_memory_give_back(void);

#endif
