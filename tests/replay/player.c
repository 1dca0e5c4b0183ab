/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Plays scripts against the stream machines: `player FOLDER` runs every FOLDER/NAME.play, each with
 * the peer's bytes whole, in sevens and one by one, and speaks TAP. No socket, no clock: time
 * passes when a script says so.
 *
 * A script is lines of a command and its arguments; "#" begins a comment line. The file "prelude"
 * is played before each. First the stage:
 *
 *   let NAME = TEXT            $NAME stands for TEXT from here on
 *   limit FIELD NUMBER         a field of limits.def
 *   open [dialback=allowed] [tls=optional]   unlisted domains may federate
 *   quiet PARTNER              keepalive = no
 *   probe TOKEN [DOMAIN]       a token that was announced, and the stand-in that may show it
 *   dns [srv=secure] [target=NAME] [alias=NAME] [tlsa=usable|unusable|none]   of the endpoint
 *   key-came-with TEXT         the certificate (cert=TEXT) on the stream that a key came on
 *   act NAME                   the lines of NAME.act stand here
 *   policy DOMAIN bidi=no      what was decided about a partner
 *   pipelined                  the peer's lines arrive whole only: cut, they mean something else
 *   in starttls|direct         enters a receiving machine
 *   out relay|verify|probe|look|rehearse PARTNER starttls|direct   enters an initiating machine
 *   component                  enters the machine that a component connects to
 *   component-client DOMAIN    enters the machine that connects as that component
 *
 * Then, in order, what happens:
 *
 *   claim free|taken           what a home domain is good for when a component asks for it
 *   ask / ask again            gatepost asks the server inside for a sign; the last question is not
 *                              answered yet, so nothing is sent
 *   peer TEXT                  the peer sends this
 *   flood NUMBER TEXT          and this, so many times
 *   tls done [none] [untrusted=WHY] [name=KIND:NAME]... [ends=SECONDS] [dane=matched|mismatch|name]
 *            [purpose=client] [constraints] [cert=TEXT]
 *   tls failed TEXT
 *   lost clean|broken TEXT     the connection ends under the stream
 *   last TEXT                  the peer sends this, and the connection ends before it was looked at
 *   verified NUMBER valid|invalid|not-found|timeout
 *   looked-up NUMBER nothing|match|name|mismatch|failed   the sender's own TLSA records
 *   fetched NUMBER match|mismatch|failed   what it publishes by POSH
 *   send TEXT / unsent TEXT    a stanza for the peer, which is taken / not taken
 *   hurry                      ask for acknowledgements without delay
 *   one-way                    ask for no stream that goes both ways
 *   fill TEXT                  this stanza, again and again until it is not taken
 *   stop REASON
 *   reload same | removed DOMAIN | changed DOMAIN | gone DOMAIN   other settings: with the partner
 *            removed, under other conditions, without the home domain
 *   time +DURATION             time passes, deadlines are met
 *   clock -DURATION            somebody sets the wall clock
 *
 * and what has to come of it, each once and in order; at the end nothing may be left:
 *
 *   sent PATTERN               the output begins with this; "*" matches anything
 *   forget                     the output is not looked at
 *   request PATTERN            start-tls | look-up NUMBER SENDER | posh NUMBER SENDER |
 *                              stanza BYTES | verify NUMBER TARGET SENDER ID KEY |
 *                              open HOME PARTNER PROOF | refused HOME PARTNER WHY | acked N |
 *                              result VERDICT
 *   close REASON lingering|at-once PATTERN
 *   state TEXT                 what status says
 *   deadline DURATION|none     from now to the next deadline
 *   offer NAME...              exactly what the peer's features offered
 *   hello clear|inside [id] [version] FROM   what the peer's header there said
 *   carries yes|no HOME PARTNER   whether our stanzas of the pair may go into a stream of the
 * peer's takes NUMBER|any           bytes of a stanza that the peer takes acks yes|no whether
 * stanzas are acknowledged unread                     more input is not welcome
 */
#include "tests/replay/play.h"
#include "tests/replay/starve.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void play_fail(struct play *play, const char *format, ...)
{
    va_list args;
    if (play->failure[0])
        return;
    int len = snprintf(play->failure, sizeof(play->failure), "%s:%u: ", play->file, play->line);
    va_start(args, format);
    vsnprintf(play->failure + len, sizeof(play->failure) - (size_t)len, format, args);
    va_end(args);
}

static char *read_text(struct play *play, const char *name, const char *suffix)
{
    char path[4096];
    char *text = NULL;
    size_t size = 0;
    snprintf(path, sizeof(path), "%s/%s%s", play->folder, name, suffix);
    FILE *file = fopen(path, "r");
    bool ok = file && play->text_count < GP_ARRAY_LEN(play->texts) &&
              getdelim(&text, &size, '\0', file) >= 0;
    if (file)
        fclose(file);
    if (!ok) {
        free(text);
        play_fail(play, "%s cannot be read", path);
        return NULL;
    }
    play->texts[play->text_count++] = text;
    return text;
}

void play_file(struct play *play, const char *name, const char *suffix)
{
    const char *outer_file = play->file;
    unsigned outer_line = play->line;
    char *text = read_text(play, name, suffix);
    play->file = name;
    play->line = 0;
    for (char *line = text, *next; line && !play->failure[0] && !play->is_over; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        play->line++;
        play_line(play, line);
    }
    play->file = outer_file;
    play->line = outer_line;
}

static void check_rest(struct play *play)
{
    struct stage *stage = &play->stage;
    if (!stage->machine)
        play_fail(play, "nothing was played");
    else if (stage->record_next < stage->record_count)
        play_fail(play, "not expected: %s", stage->records[stage->record_next]);
    else if (gp_buf_len(stage_output(stage)) > 0)
        play_fail(play, "not expected to be sent: %.*s",
                  GP_SPAN_ARG(gp_buf_span(stage_output(stage))));
}

/* Whether the script passed with the peer's bytes in such pieces. */
static bool run(const char *folder, const char *name, size_t chunk, bool *seen_closes)
{
    struct play play = {.folder = folder, .file = name, .chunk = chunk};
    stage_init(&play.stage, seen_closes);
    gp_map_init(&play.lets);
    play_file(&play, "prelude", "");
    play_file(&play, name, "");
    if (!play.failure[0] && !play.is_over)
        check_rest(&play);
    stage_finish(&play.stage);
    size_t pos = 0;
    for (void *value; (value = gp_map_next(&play.lets, &pos));)
        free(value);
    gp_map_finish(&play.lets);
    while (play.text_count > 0)
        free(play.texts[--play.text_count]);
    if (play.failure[0] && !starve_happened())
        printf("# pieces of %zu: %s\n", chunk, play.failure);
    return play.failure[0] == '\0';
}

/* Whether the script passed in every size of pieces. */
static bool run_all(const char *folder, const char *name, bool *seen_closes)
{
    static const size_t chunks[] = {SIZE_MAX, 7, 1};
    bool ok = true;
    for (size_t i = 0; i < GP_ARRAY_LEN(chunks) && ok; i++)
        ok = run(folder, name, chunks[i], seen_closes);
    return ok;
}

/* Whether the script passed in the end, when nothing failed any more. */
static bool run_starved(const char *folder, const char *name, bool *seen_closes)
{
    bool ok;
    unsigned number = 0;
    do {
        starve_plan(++number);
        ok = run(folder, name, SIZE_MAX, seen_closes);
    } while (starve_happened());
    return ok;
}

static int is_play(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return len > 5 && strcmp(entry->d_name + len - 5, ".play") == 0;
}

/* Every way to end is played, but for the one that needs more than a script. */
static bool check_closes(const bool *seen_closes)
{
    bool ok = true;
    for (int reason = 0; reason < FED_CLOSE_COUNT; reason++)
        if (!seen_closes[reason] && reason != FED_CLOSE_NO_MEMORY) {
            printf("# no script ends with %s\n", stage_close_name((enum fed_close)reason));
            ok = false;
        }
    return ok;
}

int main(int argc, char **argv)
{
    bool seen_closes[FED_CLOSE_COUNT] = {false};
    struct dirent **entries = NULL;
    bool is_starving = argc > 1 && strcmp(argv[1], "--starve") == 0;
    const char *folder = argv[argc > 1 ? 1 + is_starving : 0];
    const char *only = argc > 2 + is_starving ? argv[2 + is_starving] : NULL;
    int count = folder ? scandir(folder, &entries, is_play, alphasort) : -1;
    int failed = 0, number = 0;
    if (argc < 2 || count <= 0) {
        fprintf(stderr, "usage: player [--starve] FOLDER [NAME.play]\n");
        return 64;
    }
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        if (!only || strcmp(only, name) == 0) {
            bool ok = is_starving ? run_starved(folder, name, seen_closes)
                                  : run_all(folder, name, seen_closes);
            printf("%s %d - %s\n", ok ? "ok" : "not ok", ++number, name);
            failed += !ok;
        }
        free(entries[i]);
    }
    free(entries);
    if (!only && !is_starving) {
        bool ok = check_closes(seen_closes);
        printf("%s %d - every close reason is played\n", ok ? "ok" : "not ok", ++number);
        failed += !ok;
    }
    printf("1..%d\n", number);
    return failed > 0;
}
