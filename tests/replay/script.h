/* SPDX-License-Identifier: BSD-2-Clause */
/* The text side of the replay player: escapes, substitutions, patterns. */
#ifndef GP_TESTS_REPLAY_SCRIPT_H
#define GP_TESTS_REPLAY_SCRIPT_H

#include "base/buf.h"
#include "base/map.h"
#include "base/secret.h"

/*
 * Appends text with what stands for something else replaced: \n \t \r \\ \$ and \xHH; $NAME by what
 * `let NAME = ...` said; $id(N) by the N-th stream id that the machine makes; $key(T S ID) by the
 * dialback key; $base64(TEXT); $sha1(TEXT) in hex; $error(CONDITION) by the pattern of such a
 * stream error and the closing tag. False when something is unknown or malformed.
 */
bool script_expand(const struct gp_map *lets, const struct gp_secret *secret, const char *text,
                   struct gp_buf *out);

/*
 * How many bytes at the front of text match pattern, in which "*" stands for anything, as little as
 * possible; SIZE_MAX when they do not. is_whole: all of text has to.
 */
size_t script_match(const char *pattern, struct gp_span text, bool is_whole);

/* The first word of *line, which then goes on behind it; "" at the end. */
const char *script_word(char **line);

/* "name=value" gives the value; NULL when the word is another one. */
const char *script_option(const char *word, const char *name);

/* "30s", "250ms", "2h" or "-3s" in milliseconds. */
int64_t script_duration_ms(const char *text);

#endif
