/* SPDX-License-Identifier: BSD-2-Clause */
#include "zones/writing.h"

void zone_put_head(const struct zone_export *export, const char *sign, struct gp_buf *out)
{
    const struct zone_profile_row *profile = &zone_profiles()[export->changes->profile];
    gp_buf_printf(out,
                  "%s Records of an XMPP federation endpoint\n"
                  "%s gatepost " GP_VERSION ", configuration %s\n"
                  "%s Profile %s: %s%s\n",
                  sign, sign, export->digest, sign, profile->name, profile->text,
                  export->is_rollback ? "; this is the way back" : "");
}

void zone_put_advice(const char *sign, struct gp_buf *out)
{
    gp_buf_printf(out,
                  "%s\n"
                  "%s For each name and type below, replace what the zone holds by what stands "
                  "here;\n"
                  "%s leave everything else in the zone as it is",
                  sign, sign, sign);
}

void zone_put_title(const struct zone_change *change, struct gp_buf *out)
{
    char apex[DNS_NAME_TEXT_MAX];
    gp_buf_printf(out, "%s (%s)", dns_name_text(&change->apex, apex),
                  zone_signing_text(change->signing));
}

void zone_put_name(const struct dns_name *name, struct gp_buf *out)
{
    char text[DNS_NAME_TEXT_MAX];
    gp_buf_append_text(out, dns_name_text(name, text));
    if (!dns_name_is_root(name))
        gp_buf_append_char(out, '.');
}

void zone_put_relative(const struct dns_name *name, const struct dns_name *apex,
                       const char *at_apex, struct gp_buf *out)
{
    char text[DNS_NAME_TEXT_MAX], above[DNS_NAME_TEXT_MAX];
    if (dns_name_equal(name, apex)) {
        gp_buf_append_text(out, at_apex);
        return;
    }
    size_t len = strlen(dns_name_text(name, text));
    size_t cut = dns_name_is_root(apex) ? 0 : 1 + strlen(dns_name_text(apex, above));
    gp_buf_append(out, text, len - cut);
}

void zone_put_quoted(struct gp_span text, struct gp_buf *out)
{
    gp_buf_append_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '"' || text.at[i] == '\\')
            gp_buf_append_char(out, '\\');
        gp_buf_append_char(out, text.at[i]);
    }
    gp_buf_append_char(out, '"');
}

void zone_put_hex(const uint8_t *bytes, size_t len, struct gp_buf *out)
{
    for (size_t i = 0; i < len; i++)
        gp_buf_printf(out, "%02x", bytes[i]);
}

enum gp_code zone_expect_known(const struct zone_changes *changes, struct gp_err *err)
{
    for (size_t i = 0; i < changes->zone_count; i++)
        for (size_t k = 0; k < changes->zones[i].set_count; k++) {
            const struct zone_set *set = &changes->zones[i].sets[k];
            if (set->trouble && !set->held)
                return zone_set_unknown(set, err);
        }
    return GP_OK;
}

bool zone_is_due(const struct zone_set *set)
{
    return !set->held && zone_set_differs(set);
}
