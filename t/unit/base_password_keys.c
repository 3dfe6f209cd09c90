/* base/password.h: the pepper file, made and read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_file_io.h>
#include <apr_general.h>
#include <apr_strings.h>

#include "base/password.h"

#define HEX_A "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define HEX_B "FFEEDDCCBBAA99887766554433221100ffeeddccbbaa99887766554433221100"

static apr_pool_t *pool;
static char *directory;
static const char *path;

static void put_file(const char *text, mode_t mode)
{
    unlink(path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
}

static sd_error_t *load(sd_password_keys_t *keys)
{
    return sd_password_keys_load(keys, pool, &sd_random_system, path);
}

static int files_in_directory(void)
{
    int count = 0;
    DIR *listing = opendir(directory);
    assert_non_null(listing);
    for (struct dirent *entry; (entry = readdir(listing));) {
        count += entry->d_name[0] != '.';
    }
    closedir(listing);
    return count;
}

static void test_made_if_absent(void **state)
{
    (void)state;
    static const mode_t masks[] = {0, 022, 0277};
    for (size_t i = 0; i < sizeof masks / sizeof masks[0]; i++) {
        unlink(path);
        mode_t former = umask(masks[i]);
        sd_password_keys_t made = {.cost = 12, .wait = 7}, read_again = {0};
        sd_error_t *error = load(&made);
        umask(former);
        assert_null(error);

        struct stat status;
        assert_int_equal(stat(path, &status), 0);
        assert_int_equal(status.st_mode & 07777, 0600);
        assert_int_equal(status.st_size, 2 + 64 + 1);
        assert_int_equal(files_in_directory(), 1);
        assert_int_equal(made.current.id, 1);
        assert_int_equal(made.previous.id, 0);
        assert_int_equal(made.cost, 12); /* only the peppers are touched */
        assert_int_equal(made.wait, 7);
        static const unsigned char zeros[SD_DIGEST_BYTES];
        assert_memory_not_equal(made.current.key, zeros, sizeof zeros);

        assert_null(load(&read_again));
        assert_memory_equal(&made.current, &read_again.current, sizeof made.current);
    }
}

static void test_one_and_two_lines(void **state)
{
    (void)state;
    sd_password_keys_t keys = {0};
    put_file("7 " HEX_A "\n", 0600);
    assert_null(load(&keys));
    assert_int_equal(keys.current.id, 7);
    assert_int_equal(keys.current.key[0], 0);
    assert_int_equal(keys.current.key[31], 0x1f);
    assert_int_equal(keys.previous.id, 0);

    put_file("8 " HEX_B "\n7 " HEX_A, 0400);
    assert_null(load(&keys));
    assert_int_equal(keys.current.id, 8);
    assert_int_equal(keys.current.key[0], 0xff);
    assert_int_equal(keys.current.key[3], 0xcc);
    assert_int_equal(keys.previous.id, 7);
    assert_int_equal(keys.previous.key[30], 0x1e);

    /* a former line does not linger */
    put_file("9 " HEX_A "\n", 0640);
    assert_null(load(&keys));
    assert_int_equal(keys.current.id, 9);
    assert_int_equal(keys.previous.id, 0);
}

static void expect_refused(const char *what)
{
    sd_password_keys_t keys = {.current = {.id = 3}};
    sd_error_t *error = load(&keys);
    if (!error) {
        fail_msg("taken: %s", what);
        return;
    }
    assert_int_equal(error->kind, SD_ERROR_INTERNAL);
    assert_non_null(strstr(error->detail, path)); /* the administrator learns which file, the public nothing */
    assert_null(strstr(error->text, path));
    assert_null(strstr(error->detail, "000102"));
    assert_int_equal(keys.current.id, 3);
}

static void test_bad_contents(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "\n",
        "1",
        "1 ",
        "1\n",
        HEX_A "\n",
        "0 " HEX_A "\n",
        "-1 " HEX_A "\n",
        "01 " HEX_A "\n",
        "x " HEX_A "\n",
        "2147483648 " HEX_A "\n",
        "1  " HEX_A "\n",
        " 1 " HEX_A "\n",
        "1\t" HEX_A "\n",
        "1 " HEX_A " \n",
        "1 " HEX_A "0\n",
        "1 " HEX_A "\r\n",
        "1 " HEX_A "\n\n",
        "1 0001\n",
        "1 zz0102030405060708090a0b0c0d0e0f10111213141516",
        "1 g00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n",
        "2 " HEX_B "\n2 " HEX_A "\n",
        "3 " HEX_B "\n2 " HEX_A "\n1 " HEX_A "\n",
        "2 " HEX_B "\nrubbish\n",
        "2 " HEX_B "\n1 0001\n",
        "# peppers\n1 " HEX_A "\n",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        put_file(bad[i], 0600);
        expect_refused(bad[i]);
    }
    char *huge = apr_palloc(pool, 100001);
    memset(huge, '1', 100000);
    huge[100000] = '\0';
    put_file(huge, 0600);
    expect_refused("a huge file");

    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fwrite("1 " HEX_A "\n\0x", 1, 69, file);
    fclose(file);
    expect_refused("a NUL");
}

static void test_bad_modes(void **state)
{
    (void)state;
    static const mode_t modes[] = {0604, 0644, 0660, 0620, 0602, 0666, 0777, 0610};
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        put_file("1 " HEX_A "\n", modes[i]);
        expect_refused("a file that others may use");
    }
}

static void test_not_a_file(void **state)
{
    (void)state;
    unlink(path);
    assert_int_equal(mkdir(path, 0700), 0);
    expect_refused("a directory");
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    expect_refused("a pipe");
    unlink(path);
    assert_int_equal(symlink("nowhere/at/all", path), 0);
    expect_refused("a link to nothing");
    unlink(path);

    const char *former = path;
    path = apr_pstrcat(pool, directory, "/no/such/directory/pepper", NULL);
    expect_refused("no directory");
    path = former;
}

static apr_status_t broken(void *baton, unsigned char *bytes, apr_size_t length)
{
    (void)baton;
    memset(bytes, 0, length);
    return APR_EGENERAL;
}

static void test_no_file_without_random_bytes(void **state)
{
    (void)state;
    unlink(path);
    sd_password_keys_t keys = {0};
    sd_random_t random = {broken, NULL};
    assert_non_null(sd_password_keys_load(&keys, pool, &random, path));
    assert_int_equal(files_in_directory(), 0);
}

typedef struct starter_t {
    sd_password_keys_t keys;
    int failed;
} starter_t;

static void *load_in_thread(void *baton)
{
    starter_t *starter = baton;
    apr_pool_t *own;
    apr_pool_create(&own, NULL);
    starter->failed = sd_password_keys_load(&starter->keys, own, &sd_random_system, path) != NULL;
    apr_pool_destroy(own);
    return NULL;
}

/* Who starts at the same moment gets the same pepper. */
static void test_race(void **state)
{
    (void)state;
    for (int round = 0; round < 30; round++) {
        unlink(path);
        pthread_t thread[4];
        starter_t starter[4] = {0};
        for (int i = 0; i < 4; i++) {
            assert_int_equal(pthread_create(&thread[i], NULL, load_in_thread, &starter[i]), 0);
        }
        for (int i = 0; i < 4; i++) {
            pthread_join(thread[i], NULL);
        }
        for (int i = 0; i < 4; i++) {
            assert_int_equal(starter[i].failed, 0);
            assert_memory_equal(&starter[i].keys.current, &starter[0].keys.current, sizeof starter[0].keys.current);
        }
        assert_int_equal(files_in_directory(), 1);
    }
}

/* A relative name stands for a file of the working directory. */
static void test_relative_path(void **state)
{
    (void)state;
    char former[4096];
    assert_non_null(getcwd(former, sizeof former));
    unlink(path);
    assert_int_equal(chdir(directory), 0);
    sd_password_keys_t keys = {0};
    sd_error_t *error = sd_password_keys_load(&keys, pool, &sd_random_system, "pepper");
    assert_int_equal(chdir(former), 0);
    assert_null(error);
    assert_int_equal(access(path, F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_made_if_absent), cmocka_unit_test(test_one_and_two_lines),
        cmocka_unit_test(test_bad_contents),   cmocka_unit_test(test_bad_modes),
        cmocka_unit_test(test_not_a_file),     cmocka_unit_test(test_no_file_without_random_bytes),
        cmocka_unit_test(test_race),           cmocka_unit_test(test_relative_path),
    };
    apr_initialize();
    apr_pool_create(&pool, NULL);
    const char *parent;
    if (apr_temp_dir_get(&parent, pool) != APR_SUCCESS) {
        return 1;
    }
    directory = apr_pstrcat(pool, parent, "/sd-base-keys-XXXXXX", NULL);
    if (!mkdtemp(directory)) {
        return 1;
    }
    path = apr_pstrcat(pool, directory, "/pepper", NULL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    rmdir(directory);
    apr_pool_destroy(pool);
    apr_terminate();
    return failed;
}
