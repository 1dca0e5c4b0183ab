/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes a text safe to hand to libconfuse, whose scanner (3.3) counts lines wrongly behind a
 * comment, skips characters that it does not know, closes what the file left open, reads
 * environment variables, and stays in the middle of a string for its next file when one does not
 * end; and it takes an empty list for none, so that a default holds. So: comments become blanks,
 * and whatever would be read differently than a person does is refused here, with its line.
 */
#ifndef GP_APP_PREPARE_H
#define GP_APP_PREPARE_H

#include "config/problems.h"

#define APP_CONFIG_BYTES_MAX 1048576

/* text ends with a zero byte and is changed in place; its length stays. False when it was refused.
 */
bool app_config_prepare(char *text, size_t len, struct app_problems *problems);

/*
 * Blanks out the statement that begins with name on that line of a prepared text: an option with
 * its value or a section with all that is in it. So reading can go on behind an unknown one. False
 * when there is none.
 */
bool app_config_blank(char *text, unsigned line, const char *name);

#endif
