/* SPDX-License-Identifier: BSD-2-Clause */
/* recv() and send() of the whole program, made as bad as they may be (T62). */
#ifndef GP_TESTS_SHORT_IO_H
#define GP_TESTS_SHORT_IO_H

#include <stddef.h>

/* At most max bytes move in one call, and one call in so many, at random but the same in each run,
 * says EAGAIN or EINTR; 0 and 0: as usual. */
void short_io_set(size_t max, unsigned one_in);

#endif
