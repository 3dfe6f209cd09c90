/*
 * Errors of the disk, at a call that a test chooses: loaded before the C library, it counts the calls that write or
 * sync a file of the database and lets the n-th of them fail, tell of half, or end the process. A test says which by a
 * file (SD_FAULT) that all processes map: see t/long/disk.t.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { WRITES = 1, SYNCS = 2 };       /* kinds */
enum { FAIL = 1, HALF = 2, DIE = 3 }; /* what happens */

/* In the order in which the test packs it. */
typedef struct control_t {
    atomic_int kinds; /* that are counted; 0 is peace */
    atomic_int which; /* the number of the call */
    atomic_int what;
    atomic_int error;
    atomic_int once; /* later calls are well again */
    atomic_int calls;
    atomic_int hits;
} control_t;

static control_t *control;

__attribute__((constructor)) static void map_control(void)
{
    const char *path = getenv("SD_FAULT");
    int fd = path ? open(path, O_RDWR) : -1;
    void *memory = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(control_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (fd >= 0) {
        close(fd);
    }
    control = memory == MAP_FAILED ? NULL : memory;
}

static int is_of_database(int fd)
{
    char link[64], path[4096];
    ssize_t length;

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    length = readlink(link, path, sizeof path - 1);
    path[length < 0 ? 0 : length] = '\0';
    return strstr(path, "/servicedesk.db") != NULL && !strstr(path, "-writer");
}

/* What happens to this call: 0 is nothing. */
static int due(int kind, int fd)
{
    int call;

    if (!control || !(control->kinds & kind) || !is_of_database(fd)) {
        return 0;
    }
    call = atomic_fetch_add(&control->calls, 1) + 1;
    if (call < control->which || (control->once && call > control->which)) {
        return 0;
    }
    control->hits++;
    if (control->what == DIE) {
        kill(getpid(), SIGKILL);
    }
    errno = control->error;
    return control->what == HALF && call == control->which ? HALF : FAIL;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset)
{
    switch (due(WRITES, fd)) {
    case FAIL:
        return -1;
    case HALF:
        length /= 2;
    }
    return REAL(pwrite64)(fd, bytes, length, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset)
{
    return pwrite64(fd, bytes, length, offset);
}

int ftruncate64(int fd, off64_t length)
{
    return due(WRITES, fd) ? -1 : REAL(ftruncate64)(fd, length);
}

int ftruncate(int fd, off_t length)
{
    return ftruncate64(fd, length);
}

int fdatasync(int fd)
{
    return due(SYNCS, fd) ? -1 : REAL(fdatasync)(fd);
}

int fsync(int fd)
{
    return due(SYNCS, fd) ? -1 : REAL(fsync)(fd);
}
