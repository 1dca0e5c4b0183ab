/* SPDX-License-Identifier: BSD-2-Clause */
#include "database.h"

#include <sqlite3.h>

#define BUSY_MS 2000

int app_database_open(const char *path, sqlite3 **ret)
{
    int result = sqlite3_open_v2(
        path, ret, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    return result == SQLITE_OK ? sqlite3_busy_timeout(*ret, BUSY_MS) : result;
}
