/* SPDX-License-Identifier: BSD-2-Clause */
#include "gateway/store.h"

#include "database.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAILBOX_BYTES  (4 * 1024 * 1024)
#define COMMIT_MS      1000 /* what a crash of the machine may cost */
#define PRUNE_EVERY    10000
#define STORE_PATH_MAX 4096
#define ASIDE_MAX      (STORE_PATH_MAX + 32)
#define BROKEN_MAX     9 /* databases that are put aside */

static const char schema[] = "PRAGMA journal_mode = WAL;"
                             "PRAGMA synchronous = NORMAL;"
                             "CREATE TABLE IF NOT EXISTS contact (pair TEXT PRIMARY KEY, used "
                             "INTEGER NOT NULL) WITHOUT ROWID;"
                             "CREATE INDEX IF NOT EXISTS contact_used ON contact (used);";

struct app_store {
    size_t max;
    char path[STORE_PATH_MAX];
    struct gp_log log; /* of the thread that works with the database: first the caller's */
    sqlite3 *db;       /* NULL: everything is kept in memory alone */
    sqlite3_stmt *put;
    struct gp_loop *loop;
    struct gp_mailbox *mailbox;
    struct gp_timer *commit;
    bool is_in_transaction;
    size_t written; /* since the last pruning */
    pthread_t thread;
    bool is_running;
};

struct note {
    struct gp_letter letter;
    int64_t used_s;
    size_t len;
    char key[];
};

/* Closes the database for good; the gateway goes on. */
static void give_up_for(struct app_store *store, const char *what, const char *why)
{
    gp_log_write(&store->log, GP_LOG_ERROR, "state-lost", GP_LOG_FIELDS({"file", store->path}),
                 "contacts are kept in memory only, until gatepost ends: %s '%s': %s", what,
                 store->path, why);
    sqlite3_finalize(store->put);
    sqlite3_close(store->db);
    store->put = NULL;
    store->db = NULL;
    store->is_in_transaction = false;
}

static void give_up(struct app_store *store, const char *what)
{
    give_up_for(store, what, store->db ? sqlite3_errmsg(store->db) : "out of memory");
}

static bool run_sql(struct app_store *store, const char *sql)
{
    return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* All but the newest max are forgotten. */
static bool prune(struct app_store *store)
{
    char sql[160];
    snprintf(sql, sizeof(sql),
             "DELETE FROM contact WHERE pair IN"
             " (SELECT pair FROM contact ORDER BY used DESC LIMIT -1 OFFSET %zu)",
             store->max);
    store->written = 0;
    return run_sql(store, sql);
}

/* Whether there is a table that is none of ours: nothing is written to such a database. */
static int count_foreign(void *ret, int count, char **values, char **names)
{
    (void)names;
    *(bool *)ret = count > 0 && values[0] && strcmp(values[0], "0") != 0;
    return 0;
}

static int judge_owner(struct app_store *store)
{
    bool is_foreign = false;
    int result = sqlite3_exec(store->db,
                              "SELECT count(*) FROM sqlite_master WHERE tbl_name <> 'contact' OR "
                              "(type = 'table' AND sql NOT LIKE '%(pair TEXT PRIMARY KEY, used %')",
                              count_foreign, &is_foreign, NULL);
    return result == SQLITE_OK && is_foreign ? SQLITE_MISMATCH : result;
}

static int open_database(struct app_store *store)
{
    int result = app_database_open(store->path, &store->db);
    if (result == SQLITE_OK)
        result = judge_owner(store);
    if (result == SQLITE_OK)
        result = sqlite3_exec(store->db, schema, NULL, NULL, NULL);
    if (result == SQLITE_OK && !prune(store))
        result = sqlite3_errcode(store->db);
    if (result == SQLITE_OK)
        result = sqlite3_prepare_v2(store->db,
                                    "INSERT INTO contact VALUES (?1, ?2) ON CONFLICT (pair)"
                                    " DO UPDATE SET used = max(used, ?2)",
                                    -1, &store->put, NULL);
    return result;
}

/* A name that nothing has yet, for what is put aside; false when there are enough. */
static bool find_name(const struct app_store *store, char aside[ASIDE_MAX])
{
    char number[8] = "";
    for (unsigned i = 1; i <= BROKEN_MAX; i++) {
        if (i > 1)
            snprintf(number, sizeof(number), ".%u", i);
        snprintf(aside, ASIDE_MAX, "%s.broken%s", store->path, number);
        if (access(aside, F_OK) != 0)
            return true;
    }
    return false;
}

/* What belongs to the database, if it is there. */
static bool move_with(const struct app_store *store, const char *aside, const char *ending)
{
    char from[ASIDE_MAX], to[ASIDE_MAX + 8];
    snprintf(from, sizeof(from), "%s%s", store->path, ending);
    snprintf(to, sizeof(to), "%s%s", aside, ending);
    return rename(from, to) == 0 || errno == ENOENT;
}

/* A file that is no database, or a broken one, is kept for whoever wants to look at it, with its
 * log, which would be played back into the next one else. */
static bool put_aside(struct app_store *store)
{
    char aside[ASIDE_MAX], why[160] = "";
    if (!find_name(store, aside))
        snprintf(why, sizeof(why),
                 "it is broken, and so are %d others beside it; move them away, and start gatepost "
                 "again",
                 BROKEN_MAX);
    else if (!move_with(store, aside, "-wal") || !move_with(store, aside, "-shm") ||
             !move_with(store, aside, ""))
        snprintf(why, sizeof(why), "%s", strerror(errno));
    if (why[0]) {
        give_up_for(store, "put aside", why);
        return false;
    }
    sqlite3_close(store->db); /* only now: it would take its log away */
    store->db = NULL;
    gp_log_write(&store->log, GP_LOG_ERROR, "state-broken", GP_LOG_FIELDS({"file", store->path}),
                 "what it held of contacts is lost; it was put aside as '%s'", aside);
    return true;
}

static bool load(struct app_store *store, app_store_contact_fn *each, void *arg)
{
    sqlite3_stmt *all = NULL;
    int result = sqlite3_prepare_v2(store->db, "SELECT pair, used FROM contact ORDER BY used", -1,
                                    &all, NULL);
    while (result == SQLITE_OK && sqlite3_step(all) == SQLITE_ROW) {
        const void *key = sqlite3_column_text(all, 0);
        int len = sqlite3_column_bytes(all, 0);
        if (key && len > 0)
            each(arg, gp_span_make(key, (size_t)len), sqlite3_column_int64(all, 1));
    }
    return sqlite3_finalize(all) == SQLITE_OK && result == SQLITE_OK;
}

static void on_commit(void *arg)
{
    struct app_store *store = arg;
    if (!store->db || !store->is_in_transaction)
        return;
    store->is_in_transaction = false;
    if ((store->written >= PRUNE_EVERY && !prune(store)) || !run_sql(store, "COMMIT"))
        give_up(store, "write");
}

static void open_note(struct gp_letter *letter, void *arg)
{
    struct app_store *store = arg;
    const struct note *note = (struct note *)letter;
    if (store->db && !store->is_in_transaction) {
        store->is_in_transaction = run_sql(store, "BEGIN IMMEDIATE");
        if (store->is_in_transaction)
            gp_timer_set(store->commit, COMMIT_MS);
        else
            give_up(store, "write");
    }
    if (store->db) {
        sqlite3_bind_text(store->put, 1, note->key, (int)note->len, SQLITE_STATIC);
        sqlite3_bind_int64(store->put, 2, note->used_s);
        int result = sqlite3_step(store->put);
        sqlite3_reset(store->put);
        sqlite3_clear_bindings(store->put);
        store->written++;
        if (result != SQLITE_DONE)
            give_up(store, "write");
    }
    free(letter);
}

static void drop_letter(struct gp_letter *letter, void *arg)
{
    (void)arg;
    free(letter);
}

static void open_ending(struct gp_letter *letter, void *arg)
{
    struct app_store *store = arg;
    gp_loop_stop(store->loop);
    free(letter);
}

static void *run(void *arg)
{
    struct app_store *store = arg;
    gp_loop_run(store->loop);
    on_commit(store);
    return NULL;
}

static enum gp_code start(struct app_store *store, struct gp_err *err)
{
    sigset_t all, before;
    store->loop = gp_loop_create();
    store->mailbox = store->loop ? gp_mailbox_create(store->loop, MAILBOX_BYTES, store) : NULL;
    store->commit = store->loop ? gp_timer_create(store->loop, on_commit, store) : NULL;
    if (!store->mailbox || !store->commit)
        return gp_err_nomem(err);
    sigfillset(&all); /* signals are the supervisor's */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&store->thread, NULL, run, store);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed)
        return gp_err_system(err, failed, "start the thread that keeps the state");
    store->is_running = true;
    return GP_OK;
}

static void open_or_give_up(struct app_store *store, const char *directory,
                            app_store_contact_fn *each, void *arg)
{
    if (mkdir(directory, S_IRWXU) != 0 && errno != EEXIST) {
        gp_log_write(&store->log, GP_LOG_ERROR, "state-lost", GP_LOG_FIELDS({"file", store->path}),
                     "contacts are kept in memory only, until gatepost ends: make the "
                     "state-directory '%s': %s",
                     directory, strerror(errno));
        return;
    }
    int result = open_database(store);
    if (result == SQLITE_NOTADB || result == SQLITE_CORRUPT) {
        if (!put_aside(store))
            return;
        result = open_database(store);
    }
    if (result == SQLITE_READONLY) { /* better than nothing; why not all of it is told below */
        (void)load(store, each, arg);
        give_up_for(store, "write",
                    "the file is read-only for this user; give it to the one that "
                    "gatepost runs as, and start gatepost again");
    } else if (result == SQLITE_MISMATCH) {
        give_up_for(store, "open",
                    "it is a database of another program, and left alone; move it away, or name "
                    "another state-directory, and start gatepost again");
    } else if (result != SQLITE_OK) {
        give_up(store, "open");
    } else if (!load(store, each, arg)) {
        give_up(store, "read");
    }
}

enum gp_code app_store_create(const char *directory, size_t max, const struct gp_log *log,
                              app_store_contact_fn *each, void *arg, struct app_store **ret,
                              struct gp_err *err)
{
    struct app_store *store = calloc(1, sizeof(*store));
    if (!store)
        return gp_err_nomem(err);
    store->max = max;
    store->log = *log;
    snprintf(store->path, sizeof(store->path), "%.4000s/contacts.db", directory);
    open_or_give_up(store, directory, each, arg);
    enum gp_code code = start(store, err);
    if (code != GP_OK) {
        app_store_destroy(store);
        return code;
    }
    *ret = store;
    return GP_OK;
}

void app_store_destroy(struct app_store *store)
{
    if (!store)
        return;
    if (store->is_running) {
        struct gp_letter *ending = calloc(1, sizeof(*ending));
        GP_ASSERT(ending); /* a thread that cannot be told to end leaves no way to go on */
        ending->open = open_ending;
        ending->drop = drop_letter;
        enum gp_code code = gp_mailbox_post(store->mailbox, ending);
        GP_ASSERT(code == GP_OK); /* a letter of weight 0 is always taken */
        pthread_join(store->thread, NULL);
    }
    gp_mailbox_destroy(store->mailbox);
    gp_timer_destroy(store->commit);
    gp_loop_destroy(store->loop);
    sqlite3_finalize(store->put);
    sqlite3_close(store->db);
    free(store);
}

void app_store_note(struct app_store *store, struct gp_span key, int64_t used_s)
{
    struct note *note = malloc(sizeof(*note) + key.len);
    if (!note)
        return;
    *note = (struct note){.used_s = used_s, .len = key.len};
    memcpy(note->key, key.at, key.len);
    note->letter.bytes = sizeof(*note) + key.len;
    note->letter.open = open_note;
    note->letter.drop = drop_letter;
    if (gp_mailbox_post(store->mailbox, &note->letter) != GP_OK)
        free(note); /* the disk is behind: the next use is told again in a day */
}
