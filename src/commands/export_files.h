/* SPDX-License-Identifier: BSD-2-Clause */
/* What a domain's web server has to serve, where a domain wants files rather than records. */
#ifndef GP_APP_EXPORT_FILES_H
#define GP_APP_EXPORT_FILES_H

#include "config/config.h"

#include <stdio.h>

struct app_export_file {
    const char *name; /* "posh" */
    const char *path; /* where it is served: "/.well-known/posh/xmpp-server.json" */
    const char *help; /* one line */
    /* Appends the file, which may be kept for ttl_s. Errors: GP_ERR_INPUT when the domain has
     * nothing that could stand in it. */
    enum gp_code (*put)(const struct app_domain *domain, uint32_t ttl_s, struct gp_buf *out,
                        struct gp_err *err);
};

/* All of them. */
const struct app_export_file *app_export_files(size_t *ret_count);

/* The rows of the table, for --help. */
void app_export_files_list(FILE *to);

#endif
