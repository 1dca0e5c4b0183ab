/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of export formats, and the one that needs JSON. */
#ifndef GP_APP_EXPORT_FORMATS_H
#define GP_APP_EXPORT_FORMATS_H

#include "zones/format.h"

#include <stdio.h>

struct app_export_format {
    const char *name;
    const char *help; /* one line */
    zone_format_fn *put;
    bool is_change; /* says how to get from what is published to what is planned, and back */
};

/* All of them; the first is what is printed where nobody asks for another. */
const struct app_export_format *app_export_formats(size_t *ret_count);

/* JSON, schema 1. */
zone_format_fn app_export_json;

/* The rows of the tables of formats and of profiles, for --help. */
void app_export_list(FILE *to);

#endif
