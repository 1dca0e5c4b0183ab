/* SPDX-License-Identifier: BSD-2-Clause */
#include "readiness/journal/journal.h"

#include "database.h"

#include <errno.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define VERSION      1
#define KEEP_DAYS    400
#define ROWS_MAX     200000
#define SPANS_MAX    4096 /* of one record set */
#define TROUBLE_MAX  600
#define FUTURE_MAX_S 600 /* what is later than this was noted by a wrong clock */
#define TEXT(x)      #x
#define NUMBER(x)    TEXT(x)

/* A sighting is what a server said from "first" to "last"; a silence, visits to it in vain. */
static const char schema[] =
    "CREATE TABLE IF NOT EXISTS sighting (id INTEGER PRIMARY KEY, zone TEXT NOT NULL,"
    " server TEXT NOT NULL, vantage TEXT NOT NULL, name TEXT NOT NULL, type INTEGER NOT NULL,"
    " first INTEGER NOT NULL, last INTEGER NOT NULL, denied INTEGER NOT NULL,"
    " ttl INTEGER NOT NULL, serial INTEGER NOT NULL, signed_until INTEGER NOT NULL,"
    " text TEXT NOT NULL);"
    "CREATE INDEX IF NOT EXISTS sighting_of ON sighting (name, type, server, vantage, last);"
    "CREATE INDEX IF NOT EXISTS sighting_last ON sighting (last);"
    "CREATE TABLE IF NOT EXISTS silence (id INTEGER PRIMARY KEY, zone TEXT NOT NULL,"
    " server TEXT NOT NULL, vantage TEXT NOT NULL, first INTEGER NOT NULL,"
    " last INTEGER NOT NULL, is_open INTEGER NOT NULL);"
    "CREATE INDEX IF NOT EXISTS silence_of ON silence (zone, server, vantage, is_open);";

enum statement {
    FIND,
    EXTEND,
    BEGIN,
    EXTEND_SILENCE,
    BEGIN_SILENCE,
    END_SILENCE,
    LOAD,
    LOAD_SILENCES,
    ZONE_OF,
    MET,
    STATEMENT_COUNT
};

static const char *const statements[] = {
    [FIND] = "SELECT id, last, denied, ttl, text, signed_until FROM sighting"
             " WHERE name = ?1 AND type = ?2 AND server = ?3 AND vantage = ?4 ORDER BY last DESC, "
             "id DESC LIMIT 1",
    [EXTEND] = "UPDATE sighting SET last = ?2, serial = ?3, signed_until = ?4, ttl = ?5"
               " WHERE id = ?1",
    [BEGIN] = "INSERT INTO sighting (name, type, server, vantage, zone, first, last, denied, ttl,"
              " serial, signed_until, text)"
              " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7, ?8, ?9, ?10, ?11)",
    [EXTEND_SILENCE] = "UPDATE silence SET last = max(last, ?4)"
                       " WHERE zone = ?1 AND server = ?2 AND vantage = ?3 AND is_open",
    [BEGIN_SILENCE] = "INSERT INTO silence (zone, server, vantage, first, last, is_open)"
                      " VALUES (?1, ?2, ?3, ?4, ?4, 1)",
    [END_SILENCE] = "UPDATE silence SET is_open = 0"
                    " WHERE zone = ?1 AND server = ?2 AND vantage = ?3 AND is_open",
    [LOAD] = "SELECT server, vantage, first, last, denied, ttl, text, signed_until FROM sighting"
             " WHERE name = ?1 AND type = ?2 ORDER BY server, vantage, first, id"
             " LIMIT " NUMBER(SPANS_MAX),
    [LOAD_SILENCES] = "SELECT first, last FROM silence WHERE zone = ?1 ORDER BY last DESC"
                      " LIMIT " NUMBER(SPANS_MAX),
    [ZONE_OF] = "SELECT zone FROM sighting WHERE name = ?1 AND type = ?2 ORDER BY last DESC"
                " LIMIT 1",
    [MET] = "SELECT 1 FROM sighting WHERE zone = ?1 AND server = ?2 AND vantage = ?3"
            " AND last >= ?4"
            " UNION ALL SELECT 1 FROM silence WHERE zone = ?1 AND server = ?2 AND vantage = ?3"
            " AND last >= ?4",
};
_Static_assert(GP_ARRAY_LEN(statements) == STATEMENT_COUNT, "a text for each");

struct journal {
    sqlite3 *db;
    sqlite3_stmt *made[STATEMENT_COUNT];
    const char *vantage;
    const struct app_observations *seen; /* NULL: nothing is seen now, it is only read */
    struct app_histories *histories;     /* what is being loaded */
    int result;                          /* of SQLite; SQLITE_OK so far */
};

static bool run(struct journal *journal, const char *sql)
{
    journal->result = sqlite3_exec(journal->db, sql, NULL, NULL, NULL);
    return journal->result == SQLITE_OK;
}

static sqlite3_stmt *begin(struct journal *journal, enum statement which)
{
    sqlite3_stmt **made = &journal->made[which];
    if (!*made)
        journal->result = sqlite3_prepare_v2(journal->db, statements[which], -1, made, NULL);
    if (*made) {
        sqlite3_reset(*made);
        sqlite3_clear_bindings(*made);
    }
    return journal->result == SQLITE_OK ? *made : NULL;
}

static void forget_statements(struct journal *journal)
{
    for (size_t i = 0; i < STATEMENT_COUNT; i++) {
        sqlite3_finalize(journal->made[i]);
        journal->made[i] = NULL;
    }
}

static void bind_text(sqlite3_stmt *made, int at, const char *text)
{
    sqlite3_bind_text(made, at, text, -1, SQLITE_TRANSIENT);
}

/* Whether there is a row. */
static bool step(struct journal *journal, sqlite3_stmt *made)
{
    int result = sqlite3_step(made);
    if (result != SQLITE_ROW && result != SQLITE_DONE)
        journal->result = result;
    return result == SQLITE_ROW;
}

static const char *text_of(sqlite3_stmt *made, int column)
{
    const char *text = (const char *)sqlite3_column_text(made, column);
    return text ? text : "";
}

/* Notes. */

static sqlite3_stmt *begin_for(struct journal *journal, enum statement which,
                               const struct app_sighting *sighting)
{
    char name[DNS_NAME_TEXT_MAX];
    sqlite3_stmt *made = begin(journal, which);
    if (!made)
        return NULL;
    bind_text(made, 1, dns_name_text(sighting->name, name));
    sqlite3_bind_int(made, 2, (int)sighting->type);
    bind_text(made, 3, sighting->server);
    bind_text(made, 4, journal->vantage);
    return made;
}

static void begin_span(struct journal *journal, const struct app_sighting *sighting)
{
    char zone[DNS_NAME_TEXT_MAX];
    sqlite3_stmt *made = begin_for(journal, BEGIN, sighting);
    if (!made)
        return;
    bind_text(made, 5, dns_name_text(sighting->zone, zone));
    sqlite3_bind_int64(made, 6, sighting->span.last_s);
    sqlite3_bind_int(made, 7, sighting->span.is_denied);
    sqlite3_bind_int64(made, 8, sighting->span.ttl_s);
    sqlite3_bind_int64(made, 9, sighting->serial);
    sqlite3_bind_int64(made, 10, sighting->signed_until_s);
    bind_text(made, 11, sighting->span.text);
    step(journal, made);
}

static void extend_span(struct journal *journal, int64_t id, int64_t ttl_s,
                        const struct app_sighting *sighting)
{
    sqlite3_stmt *made = begin(journal, EXTEND);
    if (!made)
        return;
    sqlite3_bind_int64(made, 1, id);
    sqlite3_bind_int64(made, 2, sighting->span.last_s);
    sqlite3_bind_int64(made, 3, sighting->serial);
    sqlite3_bind_int64(made, 4, sighting->signed_until_s);
    sqlite3_bind_int64(made, 5, ttl_s);
    step(journal, made);
}

/* The same as before, for longer; or something new. A run that began earlier and comes to this
 * later has nothing new. */
static bool note_sighting(void *arg, const struct app_sighting *sighting)
{
    struct journal *journal = arg;
    const struct zone_span *span = &sighting->span;
    sqlite3_stmt *made = begin_for(journal, FIND, sighting);
    if (!made || !step(journal, made)) {
        if (journal->result == SQLITE_OK)
            begin_span(journal, sighting);
        return true;
    }
    int64_t id = sqlite3_column_int64(made, 0), last_s = sqlite3_column_int64(made, 1);
    int64_t ttl_s = sqlite3_column_int64(made, 3);
    /* nobody goes by TLSA records that are not signed: that makes others of the same ones */
    bool is_same = sqlite3_column_int(made, 2) == span->is_denied &&
                   strcmp(text_of(made, 4), span->text) == 0 &&
                   (sighting->is_cached || ttl_s == span->ttl_s) &&
                   (sighting->type != DNS_TYPE_TLSA ||
                    (sqlite3_column_int64(made, 5) == 0) == span->is_unsigned);
    sqlite3_reset(made);
    if (last_s > span->last_s)
        return true;
    if (is_same)
        extend_span(journal, id, ttl_s > span->ttl_s ? ttl_s : span->ttl_s, sighting);
    else
        begin_span(journal, sighting);
    return true;
}

static sqlite3_stmt *begin_silence(struct journal *journal, enum statement which,
                                   const struct dns_name *zone, const char *server)
{
    char name[DNS_NAME_TEXT_MAX];
    sqlite3_stmt *made = begin(journal, which);
    if (!made)
        return NULL;
    bind_text(made, 1, dns_name_text(zone, name));
    bind_text(made, 2, server);
    bind_text(made, 3, journal->vantage);
    if (which != END_SILENCE)
        sqlite3_bind_int64(made, 4, journal->seen->started_s);
    return made;
}

static bool note_silence(void *arg, const struct dns_name *zone, const char *server, bool is_silent)
{
    struct journal *journal = arg;
    sqlite3_stmt *made =
        begin_silence(journal, is_silent ? EXTEND_SILENCE : END_SILENCE, zone, server);
    if (made)
        step(journal, made);
    if (journal->result == SQLITE_OK && is_silent && sqlite3_changes(journal->db) == 0 &&
        (made = begin_silence(journal, BEGIN_SILENCE, zone, server)))
        step(journal, made);
    return true;
}

/* What a wrong clock noted must not keep out what is noted now. */
static void prune(struct journal *journal)
{
    char sql[600];
    long long now_s = (long long)journal->seen->started_s, future_s = now_s + FUTURE_MAX_S;
    snprintf(sql, sizeof(sql),
             "DELETE FROM sighting WHERE last < %lld OR first > %lld;"
             "UPDATE sighting SET last = %lld WHERE last > %lld;"
             "DELETE FROM silence WHERE last < %lld OR last > %lld;"
             "DELETE FROM sighting WHERE id IN"
             " (SELECT id FROM sighting ORDER BY last DESC LIMIT -1 OFFSET " NUMBER(
                 ROWS_MAX) ");"
                           "DELETE FROM silence WHERE id IN"
                           " (SELECT id FROM silence ORDER BY last DESC LIMIT -1 OFFSET " NUMBER(
                               ROWS_MAX) ");",
             now_s - KEEP_DAYS * 86400LL, future_s, now_s, future_s, now_s - KEEP_DAYS * 86400LL,
             future_s);
    run(journal, sql);
}

/* What is remembered. */

static bool is_current(const struct journal *journal, const struct app_seen_zone *zone,
                       const char *server, const char *vantage)
{
    char text[GP_ADDR_TEXT_MAX];
    if (strcmp(vantage, journal->vantage) != 0)
        return false;
    if (!journal->seen || strcmp(server, APP_BY_RESOLVER) == 0 || strcmp(server, APP_BY_HTTPS) == 0)
        return true;
    for (size_t i = 0; zone && i < zone->server_count; i++)
        if (strcmp(server, gp_addr_text(&zone->servers[i].addr, text)) == 0)
            return true;
    return false;
}

/* Rows come server by server, each in the order of time. False: no memory. */
static bool load_rows(struct journal *journal, sqlite3_stmt *made, const struct app_seen_zone *zone,
                      struct zone_track *tracks, struct zone_span *spans, struct zone_history *ret)
{
    struct gp_arena *arena = &journal->histories->arena;
    const char *vantage = NULL;
    while (step(journal, made)) {
        struct zone_track *track = &tracks[ret->track_count];
        if (ret->track_count == 0 || strcmp(track[-1].server, text_of(made, 0)) != 0 ||
            strcmp(vantage, text_of(made, 1)) != 0) {
            *track = (struct zone_track){
                .server = gp_arena_text(arena, text_of(made, 0)),
                .is_current = is_current(journal, zone, text_of(made, 0), text_of(made, 1)),
                .spans = spans};
            vantage = gp_arena_text(arena, text_of(made, 1));
            if (!track->server || !vantage)
                return false;
            ret->track_count++;
            track++;
        }
        *spans = (struct zone_span){.first_s = sqlite3_column_int64(made, 2),
                                    .last_s = sqlite3_column_int64(made, 3),
                                    .is_denied = sqlite3_column_int(made, 4) != 0,
                                    .is_unsigned = sqlite3_column_int64(made, 7) == 0,
                                    .ttl_s = (uint32_t)sqlite3_column_int64(made, 5),
                                    .text = gp_arena_text(arena, text_of(made, 6))};
        if (!spans->text)
            return false;
        spans++;
        track[-1].span_count++;
    }
    return true;
}

static const struct zone_silence *load_silences(struct journal *journal,
                                                const struct dns_name *zone, size_t *ret_count)
{
    char text[DNS_NAME_TEXT_MAX];
    struct zone_silence *silences;
    size_t count = 0;
    sqlite3_stmt *made = begin(journal, LOAD_SILENCES);
    if (!made)
        return NULL;
    bind_text(made, 1, dns_name_text(zone, text));
    while (step(journal, made))
        count++;
    silences = gp_arena_alloc(&journal->histories->arena, count * sizeof(*silences) + 1);
    sqlite3_reset(made);
    for (*ret_count = 0; silences && *ret_count < count && step(journal, made); ++*ret_count)
        silences[*ret_count] = (struct zone_silence){.first_s = sqlite3_column_int64(made, 0),
                                                     .last_s = sqlite3_column_int64(made, 1)};
    return silences;
}

/* Whether the server was met then or later, in answers or in silence. */
static bool was_met(struct journal *journal, const char *zone, const char *server, int64_t at_s)
{
    sqlite3_stmt *made = begin(journal, MET);
    if (!made)
        return false;
    bind_text(made, 1, zone);
    bind_text(made, 2, server);
    bind_text(made, 3, journal->vantage);
    sqlite3_bind_int64(made, 4, at_s);
    bool is_met = step(journal, made);
    sqlite3_reset(made);
    return is_met;
}

/* Without a look at the zone, its servers are those that were met when the set was last seen. */
static void recall_servers(struct journal *journal, const char *zone, struct zone_track *tracks,
                           size_t count)
{
    int64_t newest_s = 0;
    for (size_t i = 0; i < count; i++)
        if (tracks[i].is_current && tracks[i].spans[tracks[i].span_count - 1].last_s > newest_s)
            newest_s = tracks[i].spans[tracks[i].span_count - 1].last_s;
    for (size_t i = 0; i < count; i++)
        tracks[i].is_current =
            tracks[i].is_current && was_met(journal, zone, tracks[i].server, newest_s);
}

static void recall_zone(struct journal *journal, const struct dns_name *name, enum dns_type type,
                        struct zone_track *tracks, struct zone_history *history)
{
    char text[DNS_NAME_TEXT_MAX];
    struct dns_name apex;
    sqlite3_stmt *made = begin(journal, ZONE_OF);
    if (!made)
        return;
    bind_text(made, 1, dns_name_text(name, text));
    sqlite3_bind_int(made, 2, (int)type);
    if (!step(journal, made) || dns_name_from_text(text_of(made, 0), &apex) != GP_OK)
        return;
    sqlite3_reset(made);
    recall_servers(journal, dns_name_text(&apex, text), tracks, history->track_count);
    history->silences = load_silences(journal, &apex, &history->silence_count);
}

/* False: no memory. */
static bool load_set(struct journal *journal, const struct dns_name *name, enum dns_type type,
                     const struct app_seen_zone *zone)
{
    struct gp_arena *arena = &journal->histories->arena;
    char text[DNS_NAME_TEXT_MAX];
    struct zone_history history = {.track_count = 0};
    size_t count = 0;
    sqlite3_stmt *made = begin(journal, LOAD);
    if (!made)
        return true;
    bind_text(made, 1, dns_name_text(name, text));
    sqlite3_bind_int(made, 2, (int)type);
    while (step(journal, made))
        count++;
    sqlite3_reset(made);
    struct zone_track *tracks = gp_arena_alloc(arena, count * sizeof(*tracks) + 1);
    struct zone_span *spans = gp_arena_alloc(arena, count * sizeof(*spans) + 1);
    if (!tracks || !spans || !load_rows(journal, made, zone, tracks, spans, &history))
        return false;
    history.tracks = tracks;
    if (zone)
        history.silences = load_silences(journal, &zone->zone->apex, &history.silence_count);
    else if (!journal->seen)
        recall_zone(journal, name, type, tracks, &history);
    return app_history_put(journal->histories, name, type, &history);
}

static bool load_documents(struct journal *journal, const struct app_seen_domain *domain)
{
    struct dns_name name;
    dns_name_from_domain(&domain->domain, &name);
    return load_set(journal, &name, APP_TYPE_HOST_META, NULL) &&
           load_set(journal, &name, APP_TYPE_POSH, NULL);
}

static bool load(struct journal *journal)
{
    bool is_loaded = true;
    for (const struct app_seen_zone *at = journal->seen->zones; at && is_loaded; at = at->next)
        if (at->zone)
            is_loaded = load_set(journal, &at->zone->apex, DNS_TYPE_SOA, at);
    for (const struct app_seen_rrset *at = journal->seen->rrsets; at && is_loaded; at = at->next)
        if (at->type != DNS_TYPE_SOA &&
            ((at->replies && at->owner->zone) || at->type == DNS_TYPE_DS))
            is_loaded = load_set(journal, &at->owner->name, at->type, at->owner->zone);
    for (const struct app_seen_domain *at = journal->seen->domains; at && is_loaded; at = at->next)
        is_loaded = load_documents(journal, at);
    return is_loaded;
}

/* The whole run is one transaction: of several runs one after the other notes what it saw. */
static enum gp_code follow(struct journal *journal, struct gp_err *err)
{
    enum gp_code code = GP_OK;
    prune(journal);
    if (journal->result == SQLITE_OK)
        code = app_sightings(journal->seen, note_sighting, note_silence, journal, err);
    if (code == GP_OK && journal->result == SQLITE_OK && !load(journal))
        code = gp_err_nomem(err);
    forget_statements(journal);
    if (code == GP_OK && journal->result == SQLITE_OK)
        run(journal, "COMMIT");
    return code;
}

static int64_t ask_number(struct journal *journal, const char *sql)
{
    sqlite3_stmt *made = NULL;
    int64_t number = -1;
    journal->result = sqlite3_prepare_v2(journal->db, sql, -1, &made, NULL);
    if (made && step(journal, made))
        number = sqlite3_column_int64(made, 0);
    sqlite3_finalize(made);
    return number;
}

/* Makes a new one. Somebody else's database, or one of a newer version, is left alone. */
static bool is_journal(struct journal *journal)
{
    int64_t version = ask_number(journal, "PRAGMA user_version");
    if (journal->result == SQLITE_OK && version == 0 &&
        ask_number(journal, "SELECT count(*) FROM sqlite_master") == 0)
        return run(journal, schema) && run(journal, "PRAGMA user_version = " NUMBER(VERSION));
    return journal->result == SQLITE_OK && version == VERSION;
}

/* A file that the user root makes belongs to whom the directory belongs: the gateway uses it too.
 */
static void give_to_owner(const char *path)
{
    char directory[PATH_MAX];
    struct stat above;
    const char *slash = strrchr(path, '/');
    if (geteuid() != 0 || !slash)
        return;
    snprintf(directory, sizeof(directory), "%.*s", (int)(slash - path + 1), path);
    if (stat(directory, &above) == 0 && chown(path, above.st_uid, above.st_gid) != 0)
        return; /* then only root keeps a journal there */
}

/* SQLite's own words for a file that it cannot open leave out why. */
static const char *trouble_text(const struct journal *journal)
{
    int number = journal->result == SQLITE_CANTOPEN ? sqlite3_system_errno(journal->db) : 0;
    if (journal->result == SQLITE_OK)
        return "it is no journal of this version of gatepost";
    return number != 0 ? strerror(number) : sqlite3_errmsg(journal->db);
}

/* Closes it. When it could not be used, *ret is what is seen now, with the reason. */
static enum gp_code finish(struct journal *journal, const char *path, bool is_usable,
                           enum gp_code code, struct app_histories **ret, struct gp_err *err)
{
    char trouble[TROUBLE_MAX];
    is_usable = is_usable && journal->result == SQLITE_OK;
    snprintf(trouble, sizeof(trouble), "the journal %s cannot be used: %s", path,
             trouble_text(journal));
    sqlite3_close(journal->db);
    if (code != GP_OK || !is_usable) {
        app_histories_destroy(journal->histories);
        if (code == GP_OK)
            code = app_histories_create(journal->seen, trouble, ret, err);
        if (code == GP_OK)
            (*ret)->is_broken = true;
        return code;
    }
    *ret = journal->histories;
    return GP_OK;
}

enum gp_code app_journal_follow(const char *path, const char *vantage,
                                const struct app_observations *seen, struct app_histories **ret,
                                struct gp_err *err)
{
    struct journal journal = {.vantage = vantage, .seen = seen};
    enum gp_code code = app_histories_create(seen, NULL, &journal.histories, err);
    if (code != GP_OK)
        return code;
    bool is_new = access(path, F_OK) != 0;
    journal.result = app_database_open(path, &journal.db);
    if (journal.result == SQLITE_OK && is_new)
        give_to_owner(path);
    bool is_usable =
        journal.result == SQLITE_OK && run(&journal, "BEGIN IMMEDIATE") && is_journal(&journal);
    if (is_usable)
        code = follow(&journal, err);
    return finish(&journal, path, is_usable, code, ret, err);
}

enum gp_code app_journal_keep(const struct app_config *config, const char *vantage,
                              const struct app_observations *seen, struct app_histories **ret,
                              struct gp_err *err)
{
    char preset[PATH_MAX], why[PATH_MAX + 64];
    const char *file = app_journal_file(config, preset);
    if (file != preset || access(config->state_directory, F_OK) == 0 || errno != ENOENT)
        return app_journal_follow(file, vantage, seen, ret, err);
    snprintf(why, sizeof(why), "no journal is kept: there is no directory %s",
             config->state_directory);
    return app_histories_create(seen, why, ret, err);
}

enum gp_code app_journal_recall(const char *path, const char *vantage, const struct dns_name *names,
                                size_t count, enum dns_type type, struct app_histories **ret,
                                struct gp_err *err)
{
    struct journal journal = {.vantage = vantage};
    char trouble[TROUBLE_MAX];
    bool is_loaded = true;
    snprintf(trouble, sizeof(trouble), "there is no journal %s yet", path);
    if (access(path, F_OK) != 0)
        return app_histories_create(NULL, trouble, ret, err);
    enum gp_code code = app_histories_create(NULL, NULL, &journal.histories, err);
    if (code != GP_OK)
        return code;
    journal.result = app_database_open(path, &journal.db);
    bool is_usable = journal.result == SQLITE_OK && run(&journal, "BEGIN") &&
                     ask_number(&journal, "PRAGMA user_version") == VERSION;
    for (size_t i = 0; i < count && is_usable && is_loaded; i++)
        is_loaded = load_set(&journal, &names[i], type, NULL);
    forget_statements(&journal);
    if (!is_loaded)
        code = gp_err_nomem(err);
    return finish(&journal, path, is_usable, code, ret, err);
}

const char *app_journal_file(const struct app_config *config, char path[PATH_MAX])
{
    if (config->check.journal)
        return config->check.journal;
    snprintf(path, PATH_MAX, "%s/check.db", config->state_directory);
    return path;
}

const char *app_journal_vantage(char name[APP_VANTAGE_MAX])
{
    if (gethostname(name, APP_VANTAGE_MAX) != 0)
        snprintf(name, APP_VANTAGE_MAX, "this machine");
    name[APP_VANTAGE_MAX - 1] = '\0';
    return name;
}
