/* SPDX-License-Identifier: BSD-2-Clause */
/* `gatepost tlsa new-key`: makes the next key, and says what to do with it. */
#ifndef GP_APP_TLSA_NEW_KEY_H
#define GP_APP_TLSA_NEW_KEY_H

#include "base/err.h"

/* Each NULL: not given. */
struct app_new_key {
    const char *config;
    const char *file;   /* where it goes; without it next-key of the domain says so */
    const char *domain; /* whose it is; without it the one that names the file, or the only one */
    const char *type;   /* "ec", "rsa" */
};

/* Returns the exit status, after a sentence on stderr unless it is 0. */
int app_tlsa_new_key(const struct app_new_key *wanted);

#endif
