/* SPDX-License-Identifier: BSD-2-Clause */
/* One script as it is played, and its commands. */
#ifndef GP_TESTS_REPLAY_PLAY_H
#define GP_TESTS_REPLAY_PLAY_H

#include "tests/replay/script.h"
#include "tests/replay/stage.h"

struct play {
    struct stage stage;
    const char *folder;
    char *texts[8]; /* of prelude, script and acts; owned: lines are used in place */
    size_t text_count;
    const char *file;
    struct gp_map lets;
    size_t chunk;
    bool is_over; /* nothing more is to be played */
    unsigned line;
    char failure[2000]; /* "" while all is well */
};

/* Notes the first failure, with its place. */
void play_fail(struct play *play, const char *format, ...) GP_PRINTF(2, 3);

/* Plays a file of the folder, line by line. */
void play_file(struct play *play, const char *name, const char *suffix);

/* Plays one line, which is changed by it. */
void play_line(struct play *play, char *line);

#endif
