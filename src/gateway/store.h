/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What survives a restart: the contacts, in a SQLite database below the state directory. Written by
 * a thread of its own, so that no worker ever waits for a disk. When the database cannot be used,
 * the gateway goes on from memory and the log says so; nobody else notices.
 */
#ifndef GP_APP_STORE_H
#define GP_APP_STORE_H

#include "base/log.h"
#include "base/mailbox.h"
#include "base/span.h"

struct app_store;

/* One remembered contact: its key as fed_contact_key() makes it. */
typedef void app_store_contact_fn(void *arg, struct gp_span key, int64_t used_s);

/*
 * Opens or makes DIRECTORY/contacts.db, forgets all but the newest max contacts, calls back for
 * each that is left, the oldest first, and starts the thread. A database that is not one is put
 * aside and begun anew. What log writes to is borrowed. Errors: no memory, no thread; a database
 * that cannot be used is none (it is in the log).
 */
GP_MUST_USE enum gp_code app_store_create(const char *directory, size_t max,
                                          const struct gp_log *log, app_store_contact_fn *each,
                                          void *arg, struct app_store **ret, struct gp_err *err);

/* Writes what was told, and ends the thread. NULL is fine. */
void app_store_destroy(struct app_store *store);

/* From any thread; copies the key. What cannot be taken in time is left out, with a line in the
 * log.
 */
void app_store_note(struct app_store *store, struct gp_span key, int64_t used_s);

#endif
