/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes one allocation fail: what a machine does then is part of what it does (malloc and its kin
 * are wrapped by the linker). */
#ifndef GP_TESTS_REPLAY_STARVE_H
#define GP_TESTS_REPLAY_STARVE_H

#include <stdbool.h>

/* From now on the number-th allocation between starve_begin() and starve_end() fails; 0: none does.
 */
void starve_plan(unsigned number);

void starve_begin(void);
void starve_end(void);

/* Whether the planned one has come. */
bool starve_happened(void);

#endif
