/* Areas of anonymous shared memory, found again after a graceful restart through httpd's retained data. */
#include "server/shared.h"

#include <string.h>

#include <apr_general.h>
#include <apr_shm.h>
#include <apr_strings.h>
#include <http_config.h>
#include <openssl/crypto.h>

/* Counted up when anything inside an area changes its form: a newer module must not read an older one's memory. */
#define LAYOUT 1
#define RETAINED_KEY "mod_servicedesk.shared"
#define ROUND_UP(size) (((size) + 63) & ~(apr_size_t)63)

typedef struct area_t {
    struct area_t *next;
    char *name;
    int layout;
    unsigned counts[2];
    apr_size_t size;
    apr_shm_t *memory;
} area_t;

typedef struct retained_t {
    area_t *first;
} retained_t;

/* All of it lives in the process's pool: the module's code and the configuration come and go. */
static area_t *find_area(process_rec *process, const char *name, unsigned first, unsigned second, apr_size_t size,
                         int *fresh, apr_status_t *status)
{
    retained_t *retained = ap_retained_data_get(RETAINED_KEY);
    if (!retained) {
        retained = ap_retained_data_create(RETAINED_KEY, sizeof *retained);
    }
    *fresh = 0;
    *status = APR_SUCCESS;
    for (area_t *area = retained->first; area; area = area->next) {
        if (strcmp(area->name, name) == 0 && area->layout == LAYOUT && area->counts[0] == first &&
            area->counts[1] == second && area->size == size) {
            return area;
        }
    }
    area_t *area = apr_pcalloc(process->pool, sizeof *area);
    *status = apr_shm_create(&area->memory, size, NULL, process->pool);
    if (*status != APR_SUCCESS) {
        return NULL;
    }
    memset(apr_shm_baseaddr_get(area->memory), 0, size);
    area->name = apr_pstrdup(process->pool, name);
    area->layout = LAYOUT;
    area->counts[0] = first;
    area->counts[1] = second;
    area->size = size;
    area->next = retained->first;
    retained->first = area;
    *fresh = 1;
    return area;
}

/* An area that could not be made ready must not be found again. */
static void forget_newest(void)
{
    retained_t *retained = ap_retained_data_get(RETAINED_KEY);
    retained->first = retained->first->next;
}

apr_status_t sd_shared_slots(sd_slots_t **slots, process_rec *process, unsigned count)
{
    int fresh;
    apr_status_t status;
    area_t *area = find_area(process, "password slots", count, 0, sd_slots_size(count), &fresh, &status);
    if (!area) {
        return status;
    }
    *slots = apr_shm_baseaddr_get(area->memory);
    if (fresh && (status = sd_slots_init(*slots, count, 1)) != APR_SUCCESS) {
        forget_newest();
    }
    return status;
}

apr_status_t sd_shared_turns(sd_turns_t **turns, process_rec *process)
{
    int fresh;
    apr_status_t status;
    area_t *area = find_area(process, "password turns", 0, 0, sd_turns_size(), &fresh, &status);
    if (!area) {
        return status;
    }
    *turns = apr_shm_baseaddr_get(area->memory);
    if (fresh && (status = sd_turns_init(*turns)) != APR_SUCCESS) {
        forget_newest();
    }
    return status;
}

apr_status_t sd_shared_tables(sd_throttle_t **throttle, sd_password_cache_t **cache, process_rec *process,
                              const char *name, unsigned buckets, unsigned entries)
{
    apr_size_t first = ROUND_UP(sd_throttle_size(buckets));
    apr_size_t size = first + ROUND_UP(sd_password_cache_size(entries));
    int fresh;
    apr_status_t status;
    area_t *area = find_area(process, name, buckets, entries, size, &fresh, &status);
    if (!area) {
        return status;
    }
    char *memory = apr_shm_baseaddr_get(area->memory);
    *throttle = (sd_throttle_t *)(void *)memory;
    *cache = (sd_password_cache_t *)(void *)(memory + first);
    if (!fresh) {
        return APR_SUCCESS;
    }
    unsigned char keys[2][SD_DIGEST_BYTES];
    status = apr_generate_random_bytes(keys[0], sizeof keys);
    if (status == APR_SUCCESS) {
        status = sd_throttle_init(*throttle, buckets, keys[0]);
    }
    if (status == APR_SUCCESS) {
        status = sd_password_cache_init(*cache, entries, keys[1]);
    }
    OPENSSL_cleanse(keys, sizeof keys);
    if (status != APR_SUCCESS) {
        forget_newest();
    }
    return status;
}
