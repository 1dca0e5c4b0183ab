/* SPDX-License-Identifier: BSD-2-Clause */
/* How gatepost opens a SQLite database, whatever it keeps in it. */
#ifndef GP_APP_DATABASE_H
#define GP_APP_DATABASE_H

#include "base/defs.h"

struct sqlite3;

/*
 * Opens or makes the file. One thread at a time; locks of others are waited for, for a few seconds.
 * Returns a result code of SQLite; *ret is set in any case, for sqlite3_errmsg() and
 * sqlite3_close().
 */
int app_database_open(const char *path, struct sqlite3 **ret);

#endif
