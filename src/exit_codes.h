/* SPDX-License-Identifier: BSD-2-Clause */
/* What the exit status of gatepost says. A command that needs others documents them in its help. */
#ifndef GP_APP_EXIT_CODES_H
#define GP_APP_EXIT_CODES_H

enum app_exit {
    APP_EXIT_OK = 0,        /* done; of a check: READY */
    APP_EXIT_FAILED = 1,    /* could not be done; of a check: NOT READY */
    APP_EXIT_WAIT = 2,      /* of a check: ready from a later time on */
    APP_EXIT_UNKNOWN = 3,   /* could not be found out, which is never the same as "fine" */
    APP_EXIT_DIFFERENT = 4, /* of a comparison: it differs, which is no error */
    APP_EXIT_USAGE = 64     /* wrong usage or configuration (EX_USAGE of sysexits.h) */
};

#endif
