/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One script for nsupdate and knsupdate: absolute names, class and TTL in every line, since only
 * then both read the same.
 */
#include "zones/text.h"
#include "zones/writing.h"

static void put_owner(const char *verb, const struct zone_set *set, struct gp_buf *out)
{
    gp_buf_append_text(out, verb);
    gp_buf_append_char(out, ' ');
    zone_put_name(&set->owner, out);
}

static void put_class_and_type(const struct zone_set *set, struct gp_buf *out)
{
    char type[DNS_TYPE_TEXT_MAX];
    gp_buf_printf(out, " IN %s", dns_type_text((uint16_t)set->type, type));
}

/* The set has to be exactly this one (RFC 2136, 2.4.2), or absent (2.4.3). */
static enum gp_code put_prerequisites(const struct zone_set *set, struct gp_buf *out,
                                      struct gp_err *err)
{
    enum gp_code code = GP_OK;
    if (set->before_count == 0) {
        put_owner("prereq nxrrset", set, out);
        put_class_and_type(set, out);
        gp_buf_append_char(out, '\n');
    }
    for (size_t i = 0; i < set->before_count && code == GP_OK; i++) {
        put_owner("prereq yxrrset", set, out);
        put_class_and_type(set, out);
        gp_buf_append_char(out, ' ');
        code = zone_text_data(&set->before[i], out, err);
        gp_buf_append_char(out, '\n');
    }
    return code;
}

static enum gp_code put_updates(const struct zone_set *set, struct gp_buf *out, struct gp_err *err)
{
    enum gp_code code = GP_OK;
    if (set->before_count > 0) {
        put_owner("update delete", set, out);
        put_class_and_type(set, out);
        gp_buf_append_char(out, '\n');
    }
    for (size_t i = 0; i < set->after_count && code == GP_OK; i++) {
        put_owner("update add", set, out);
        gp_buf_printf(out, " %u", set->after[i].ttl_s);
        put_class_and_type(set, out);
        gp_buf_append_char(out, ' ');
        code = zone_text_data(&set->after[i], out, err);
        gp_buf_append_char(out, '\n');
    }
    return code;
}

typedef enum gp_code put_set_fn(const struct zone_set *set, struct gp_buf *out, struct gp_err *err);

static enum gp_code put_each(const struct zone_change *change, put_set_fn *put, struct gp_buf *out,
                             struct gp_err *err)
{
    enum gp_code code = GP_OK;
    for (size_t i = 0; i < change->set_count && code == GP_OK; i++)
        if (zone_is_due(&change->sets[i]))
            code = put(&change->sets[i], out, err);
    return code;
}

static bool has_due(const struct zone_change *change)
{
    for (size_t i = 0; i < change->set_count; i++)
        if (zone_is_due(&change->sets[i]))
            return true;
    return false;
}

static void put_held(const struct zone_change *change, struct gp_buf *out)
{
    char type[DNS_TYPE_TEXT_MAX];
    for (size_t i = 0; i < change->set_count; i++) {
        const struct zone_set *set = &change->sets[i];
        if (!set->held)
            continue;
        put_owner("; Left out:", set, out);
        gp_buf_printf(out, " %s. %s\n", dns_type_text((uint16_t)set->type, type), set->held);
    }
}

/* Everything of a zone goes into one message, so that all of it happens or nothing. */
static enum gp_code put_zone(const struct zone_change *change, struct gp_buf *out,
                             struct gp_err *err)
{
    gp_buf_append_text(out, "\n; Zone ");
    zone_put_title(change, out);
    gp_buf_append_char(out, '\n');
    put_held(change, out);
    if (!has_due(change)) {
        gp_buf_append_text(out, "; Nothing is to be changed.\n");
        return GP_OK;
    }
    gp_buf_append_text(out, "zone ");
    zone_put_name(&change->apex, out);
    gp_buf_append_char(out, '\n');
    enum gp_code code = put_each(change, put_prerequisites, out, err);
    if (code == GP_OK)
        code = put_each(change, put_updates, out, err);
    gp_buf_append_text(out, "send\n");
    return code;
}

enum gp_code zone_format_nsupdate(const struct zone_export *export, struct gp_buf *out,
                                  struct gp_err *err)
{
    enum gp_code code = zone_expect_known(export->changes, err);
    zone_put_head(export, ";", out);
    gp_buf_append_text(
        out,
        ";\n"
        "; For \"nsupdate -k KEYFILE\", or knsupdate. Each zone's record sets are replaced as a\n"
        "; whole if they still are what they were when this was written; otherwise the\n"
        "; server refuses, and nothing of that zone changes. Nothing else is touched.\n");
    for (size_t i = 0; i < export->changes->zone_count && code == GP_OK; i++)
        code = put_zone(&export->changes->zones[i], out, err);
    return code;
}
