/* SPDX-License-Identifier: BSD-2-Clause */
/* local-data of unbound: other answers inside than outside. */
#include "zones/text.h"
#include "zones/writing.h"

/* unbound.conf takes either sort of quotes and no escapes; a CAA record holds double ones. */
static enum gp_code put_record(const struct zone_record *record, struct gp_buf *out,
                               struct gp_err *err)
{
    char type[DNS_TYPE_TEXT_MAX];
    gp_buf_append_text(out, "local-data: '");
    zone_put_name(&record->owner, out);
    gp_buf_printf(out, " %u IN %s ", record->ttl_s, dns_type_text((uint16_t)record->type, type));
    enum gp_code code = zone_text_data(record, out, err);
    gp_buf_append_text(out, "'\n");
    return code;
}

/* Local data comes without signatures, and then nobody looks at a TLSA record (RFC 6698, 4.1). */
static const char *held_back(const struct zone_set *set)
{
    return set->type == DNS_TYPE_TLSA ? "Local data is not signed, so nobody would use this record."
                                      : set->held;
}

static enum gp_code put_set(const struct zone_set *set, struct gp_buf *out, struct gp_err *err)
{
    const char *held = held_back(set);
    enum gp_code code = GP_OK;
    for (size_t i = 0; i < set->after_count && code == GP_OK; i++) {
        gp_buf_printf(out, "    # %s\n", set->after[i].reason);
        if (held)
            gp_buf_printf(out, "    # %s\n", held);
        gp_buf_append_text(out, held ? "    #" : "    ");
        code = put_record(&set->after[i], out, err);
    }
    return code;
}

/* typetransparent: whatever name or type is not here is looked up as ever. */
static enum gp_code put_zone(const struct zone_change *change, struct gp_buf *out,
                             struct gp_err *err)
{
    enum gp_code code = GP_OK;
    gp_buf_append_text(out, "\n    # Zone ");
    zone_put_title(change, out);
    gp_buf_append_text(out, "\n    local-zone: \"");
    zone_put_name(&change->apex, out);
    gp_buf_append_text(out, "\" typetransparent\n");
    for (size_t i = 0; i < change->set_count && code == GP_OK; i++)
        code = put_set(&change->sets[i], out, err);
    return code;
}

enum gp_code zone_format_unbound(const struct zone_export *export, struct gp_buf *out,
                                 struct gp_err *err)
{
    enum gp_code code = GP_OK;
    zone_put_head(export, "#", out);
    gp_buf_append_text(
        out, "#\n"
             "# A piece of unbound.conf for a resolver whose clients are to see these records,\n"
             "# whatever the public zone says; every other name and type is looked up as ever.\n"
             "# A resolver that validates behind this one takes them for forged in a signed zone.\n"
             "\n"
             "server:\n");
    for (size_t i = 0; i < export->changes->zone_count && code == GP_OK; i++)
        code = put_zone(&export->changes->zones[i], out, err);
    return code;
}
