/* SPDX-License-Identifier: BSD-2-Clause */
#include "commands/export_formats.h"

const struct app_export_format *app_export_formats(size_t *ret_count)
{
    static const struct app_export_format rows[] = {
        {"zone", "lines of a zone file (RFC 1035), each with its reason", zone_format_zone, false},
        {"generic", "the same, with TLSA and CAA as RFC 3597 has them, for old software",
         zone_format_generic, false},
        {"nsupdate", "a script for nsupdate or knsupdate: all of a zone or nothing",
         zone_format_nsupdate, true},
        {"knotc", "a shell script around knotc, to the same end", zone_format_knotc, true},
        {"unbound", "local data of unbound.conf, for other answers inside than outside",
         zone_format_unbound, false},
        {"dnscontrol", "a piece of dnsconfig.js", zone_format_dnscontrol, false},
        {"octodns", "YAML, a document for each zone", zone_format_octodns, false},
        {"table", "a table to type into a provider's form", zone_format_table, false},
        {"json", "JSON (schema 1)", app_export_json, false},
    };
    *ret_count = GP_ARRAY_LEN(rows);
    return rows;
}

void app_export_list(FILE *to)
{
    const struct zone_profile_row *profiles = zone_profiles();
    size_t count;
    const struct app_export_format *formats = app_export_formats(&count);
    fputs("\nFormats:\n", to);
    for (size_t i = 0; i < count; i++)
        fprintf(to, "  %-11s %s\n", formats[i].name, formats[i].help);
    fputs("\nProfiles:\n", to);
    for (size_t i = 0; i < ZONE_PROFILE_COUNT; i++)
        fprintf(to, "  %-11s %s\n", profiles[i].name, profiles[i].text);
}
