/* SPDX-License-Identifier: BSD-2-Clause */
/* What survives a restart, and what happens when the disk does not play along. */
#include "tests/unit/unit.h"

#include "gateway/store.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define BROKEN      9     /* as BROKEN_MAX in store.c */
#define PRUNE_EVERY 10000 /* as there */
#define COUNT_MAX   40

struct world {
    char dir[64], path[128];
    struct gp_log log;
    int log_fd;
    char seen[2000]; /* what was loaded: "key=used;" */
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof(*world));
    snprintf(world->dir, sizeof(world->dir), "/tmp/gatepost-store-XXXXXX");
    assert_non_null(mkdtemp(world->dir));
    snprintf(world->path, sizeof(world->path), "%s/state/contacts.db", world->dir);
    world->log_fd = memfd_create("log", MFD_CLOEXEC);
    gp_log_init(&world->log, world->log_fd, GP_LOG_DEBUG, GP_LOG_TEXT);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    static const char *const names[] = {"state/contacts.db",
                                        "state/contacts.db-wal",
                                        "state/contacts.db-shm",
                                        "state/contacts.db.broken",
                                        "state",
                                        ""};
    char path[200];
    for (size_t i = 0; i < GP_ARRAY_LEN(names); i++) {
        snprintf(path, sizeof(path), "%s/%s", world->dir, names[i]);
        (void)remove(path);
    }
    close(world->log_fd);
    free(world);
    return 0;
}

static void see(void *arg, struct gp_span key, int64_t used_s)
{
    struct world *world = arg;
    size_t len = strlen(world->seen);
    snprintf(world->seen + len, sizeof(world->seen) - len, "%.*s=%lld;", GP_SPAN_ARG(key),
             (long long)used_s);
}

static struct app_store *open_store(struct world *world, size_t max)
{
    struct app_store *store = NULL;
    struct gp_err err = {0};
    char dir[100];
    world->seen[0] = '\0';
    snprintf(dir, sizeof(dir), "%s/state", world->dir);
    if (app_store_create(dir, max, &world->log, see, world, &store, &err) != GP_OK)
        fail_msg("%s", err.text);
    return store;
}

static bool log_has(struct world *world, const char *event)
{
    char text[5000];
    ssize_t len = pread(world->log_fd, text, sizeof(text) - 1, 0);
    text[len > 0 ? len : 0] = '\0';
    return strstr(text, event) != NULL;
}

static void contacts_survive(void **state)
{
    struct world *world = *state;
    struct app_store *store = open_store(world, 3);
    assert_string_equal(world->seen, "");
    app_store_note(store, gp_span_text("a x"), 10);
    app_store_note(store, gp_span_text("b x"), 20);
    app_store_note(store, gp_span_text("a x"), 30);
    app_store_note(store, gp_span_text("b x"), 5); /* late news */
    app_store_destroy(store);
    store = open_store(world, 3);
    assert_string_equal(world->seen, "b x=20;a x=30;");
    app_store_note(store, gp_span_text("'; DROP TABLE contact; -- \xc3\xa9"), 40);
    app_store_note(store, gp_span_text("c x"), 50);
    app_store_destroy(store);
    store = open_store(world, 3); /* bounded: the oldest is gone */
    assert_string_equal(world->seen, "a x=30;'; DROP TABLE contact; -- \xc3\xa9=40;c x=50;");
    app_store_destroy(store);
    store = open_store(world, 1);
    assert_string_equal(world->seen, "c x=50;");
    app_store_destroy(store);
    assert_false(log_has(world, "state-"));
}

static int take_count(void *ret, int count, char **values, char **names)
{
    (void)count, (void)names;
    snprintf(ret, COUNT_MAX, "%s", values[0]);
    return 0;
}

/* However long the gateway runs; seen from outside, as opening it would prune as well. */
static void the_oldest_go_meanwhile(void **state)
{
    struct world *world = *state;
    struct app_store *store = open_store(world, 3);
    sqlite3 *db = NULL;
    char key[40], count[COUNT_MAX] = "";
    for (int i = 0; i < PRUNE_EVERY; i++) {
        snprintf(key, sizeof(key), "u%d@alpha.example x", i);
        app_store_note(store, gp_span_text(key), i);
    }
    app_store_destroy(store);
    assert_int_equal(sqlite3_open(world->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "SELECT count(*) || ' from ' || min(used) FROM contact",
                                  take_count, count, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    assert_string_equal(count, "3 from 9997");
    assert_false(log_has(world, "state-"));
}

static void write_file(const char *path, const char *text, off_t at)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, text, strlen(text), at), strlen(text));
    close(fd);
}

static void a_broken_database_is_put_aside(void **state)
{
    struct world *world = *state;
    app_store_destroy(open_store(world, 10));
    assert_int_equal(truncate(world->path, 0), 0);
    write_file(world->path,
               "this is not a database, whatever its name says; it is far too long for one", 0);
    struct app_store *store = open_store(world, 10);
    assert_true(log_has(world, "state-broken"));
    app_store_note(store, gp_span_text("a x"), 10);
    app_store_destroy(store);
    app_store_destroy(open_store(world, 10));
    assert_string_equal(world->seen, "a x=10;");
    assert_false(log_has(world, "state-lost"));
}

static void read_file(const char *path, char text[100])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        fail_msg("%s: %s", path, strerror(errno));
    ssize_t len = read(fd, text, 99);
    text[len > 0 ? len : 0] = '\0';
    close(fd);
}

/* Each under a name of its own, as long as there are some; then it is left where it is. */
static void no_broken_database_is_lost(void **state)
{
    struct world *world = *state;
    char path[160], text[100], wanted[100];
    app_store_destroy(open_store(world, 10)); /* makes the directory */
    for (int i = 1; i <= BROKEN + 1; i++) {
        assert_false(log_has(world, "state-lost"));
        snprintf(text, sizeof(text), "number %d is no database, and is longer than its header", i);
        (void)unlink(world->path);
        write_file(world->path, text, 0);
        app_store_destroy(open_store(world, 10));
    }
    assert_true(log_has(world, "9 others beside it; move them away"));
    for (int i = 1; i <= BROKEN + 1; i++) {
        char number[8] = "";
        if (i > 1)
            snprintf(number, sizeof(number), ".%d", i);
        snprintf(path, sizeof(path), "%s%s%s", world->path, i <= BROKEN ? ".broken" : "",
                 i <= BROKEN ? number : "");
        snprintf(wanted, sizeof(wanted), "number %d is no database, and is longer than its header",
                 i);
        read_file(path, text);
        assert_string_equal(text, wanted);
        assert_int_equal(unlink(path), 0);
    }
}

static void run_sql(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    char *error = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK)
        fail_msg("%s: %s", sql, error);
    sqlite3_close(db);
}

static void database_of_another_program_is_left_alone(void **state)
{
    struct world *world = *state;
    static const char *const rows[] = {
        "CREATE TABLE message (text TEXT)",
        "CREATE TABLE contact (name TEXT, phone TEXT)",
        "CREATE TABLE contact (used INTEGER, pair TEXT)",
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        app_store_destroy(open_store(world, 10));
        run_sql(world->path, "DROP TABLE contact");
        run_sql(world->path, rows[i]);
        struct app_store *store = open_store(world, 10);
        if (!log_has(world, "a database of another program"))
            fail_msg("%s", rows[i]);
        app_store_note(store, gp_span_text("a x"), 10);
        app_store_destroy(store);
        run_sql(world->path, i == 0 ? "SELECT text FROM message; CREATE TABLE contact (x)"
                                    : "INSERT INTO contact VALUES (1, 2)"); /* as it was */
        assert_int_equal(ftruncate(world->log_fd, 0), 0);
        assert_int_equal(lseek(world->log_fd, 0, SEEK_SET), 0);
        assert_int_equal(unlink(world->path), 0);
    }
}

/* Root may write everywhere: the test is somebody else meanwhile. */
static void what_cannot_be_written_is_read(void **state)
{
    struct world *world = *state;
    char dir[100];
    uid_t self = geteuid();
    struct app_store *store = open_store(world, 10);
    app_store_note(store, gp_span_text("a x"), 10);
    app_store_destroy(store);
    snprintf(dir, sizeof(dir), "%s/state", world->dir);
    assert_int_equal(chmod(world->path, 0444), 0);
    assert_int_equal(chmod(world->dir, 0755), 0);
    assert_int_equal(chmod(dir, 0777), 0);
    if (self == 0)
        assert_int_equal(seteuid(65534), 0);
    store = open_store(world, 10);
    assert_string_equal(world->seen, "a x=10;");
    assert_true(log_has(world, "read-only for this user"));
    app_store_note(store, gp_span_text("b x"), 20);
    app_store_destroy(store);
    assert_int_equal(seteuid(self), 0);
    assert_int_equal(chmod(world->path, 0644), 0);
    app_store_destroy(open_store(world, 10));
    assert_string_equal(world->seen, "a x=10;");
}

static void without_a_directory_it_goes_on_from_memory(void **state)
{
    struct world *world = *state;
    char path[100];
    snprintf(path, sizeof(path), "%s/state", world->dir);
    write_file(path, "a file", 0);
    struct app_store *store = open_store(world, 10);
    assert_true(log_has(world, "state-lost"));
    app_store_note(store, gp_span_text("a x"), 10);
    app_store_destroy(store);
}

static void a_database_that_goes_away_is_given_up(void **state)
{
    struct world *world = *state;
    app_store_destroy(open_store(world, 10));
    assert_int_equal(unlink(world->path), 0);
    assert_int_equal(mkdir(world->path, 0700), 0); /* opened, it is none */
    struct app_store *store = open_store(world, 10);
    assert_true(log_has(world, "state-lost"));
    app_store_note(store, gp_span_text("a x"), 10);
    app_store_destroy(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(contacts_survive, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_oldest_go_meanwhile, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_broken_database_is_put_aside, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_broken_database_is_lost, set_up, tear_down),
        cmocka_unit_test_setup_teardown(database_of_another_program_is_left_alone, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_written_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_a_directory_it_goes_on_from_memory, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_database_that_goes_away_is_given_up, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
