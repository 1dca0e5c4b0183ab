/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A shell script of knotc commands. knotc itself takes commands in a row, but goes on after one
 * that failed and commits what is left; a script can stop and give the transaction up.
 */
#include "base/text.h"
#include "zones/text.h"
#include "zones/writing.h"

static void put_command(const char *verb, const struct zone_change *change,
                        const struct zone_set *set, struct gp_buf *out)
{
    gp_buf_printf(out, "knotc \"$@\" %s ", verb);
    zone_put_name(&change->apex, out);
    gp_buf_append_text(out, " ");
    zone_put_name(&set->owner, out);
}

/* knotd reads the data as in a zone file, so quotes inside of it have to arrive there. */
static enum gp_code put_data(const struct zone_record *record, struct gp_buf *out,
                             struct gp_err *err)
{
    struct gp_buf data;
    gp_buf_init(&data, 4 * (DNS_TLSA_DATA_MAX + UINT16_MAX));
    enum gp_code code = zone_text_data(record, &data, err);
    gp_buf_append_char(out, ' ');
    gp_text_shell(out, gp_buf_span(&data));
    gp_buf_append_char(out, '\n');
    gp_buf_finish(&data);
    return code;
}

/*
 * Takes out what was there, record by record: each has to be there. What is left then was not
 * there before.
 */
static enum gp_code put_removal(const struct zone_change *change, const struct zone_set *set,
                                struct gp_buf *out, struct gp_err *err)
{
    char type[DNS_TYPE_TEXT_MAX];
    enum gp_code code = GP_OK;
    dns_type_text((uint16_t)set->type, type);
    for (size_t i = 0; i < set->before_count && code == GP_OK; i++) {
        put_command("zone-unset", change, set, out);
        gp_buf_printf(out, " %s", type);
        code = put_data(&set->before[i], out, err);
    }
    gp_buf_append_text(out, "! ");
    put_command("zone-get", change, set, out);
    gp_buf_printf(out, " %s 2>/dev/null | grep -q '^\\[' || surprise '", type);
    zone_put_name(&set->owner, out);
    gp_buf_printf(out, " %s'\n", type);
    return code;
}

static enum gp_code put_addition(const struct zone_change *change, const struct zone_set *set,
                                 struct gp_buf *out, struct gp_err *err)
{
    char type[DNS_TYPE_TEXT_MAX];
    enum gp_code code = GP_OK;
    for (size_t i = 0; i < set->after_count && code == GP_OK; i++) {
        put_command("zone-set", change, set, out);
        gp_buf_printf(out, " %u %s", set->after[i].ttl_s, dns_type_text((uint16_t)set->type, type));
        code = put_data(&set->after[i], out, err);
    }
    return code;
}

static enum gp_code put_zone(const struct zone_change *change, struct gp_buf *out,
                             struct gp_err *err)
{
    char type[DNS_TYPE_TEXT_MAX];
    enum gp_code code = GP_OK;
    size_t count = 0;
    gp_buf_append_text(out, "\n# Zone ");
    zone_put_title(change, out);
    gp_buf_append_char(out, '\n');
    for (size_t i = 0; i < change->set_count && code == GP_OK; i++) {
        const struct zone_set *set = &change->sets[i];
        if (set->held) {
            gp_buf_append_text(out, "# Left out: ");
            zone_put_name(&set->owner, out);
            gp_buf_printf(out, " %s. %s\n", dns_type_text((uint16_t)set->type, type), set->held);
        }
        if (!zone_is_due(set))
            continue;
        if (count++ == 0) {
            gp_buf_append_text(out, "knotc \"$@\" zone-begin ");
            zone_put_name(&change->apex, out);
            gp_buf_append_text(out, "\nzone=");
            zone_put_name(&change->apex, out);
            gp_buf_append_char(out, '\n');
        }
        code = put_removal(change, set, out, err);
        if (code == GP_OK)
            code = put_addition(change, set, out, err);
    }
    gp_buf_append_text(out, count > 0 ? "knotc \"$@\" zone-commit \"$zone\"\nzone=\n"
                                      : "# Nothing is to be changed.\n");
    return code;
}

enum gp_code zone_format_knotc(const struct zone_export *export, struct gp_buf *out,
                               struct gp_err *err)
{
    enum gp_code code = zone_expect_known(export->changes, err);
    gp_buf_append_text(out, "#!/bin/sh\n");
    zone_put_head(export, "#", out);
    gp_buf_append_text(
        out,
        "#\n"
        "# Run it where knotd runs; its arguments are given to knotc (-s SOCKET). Each zone's\n"
        "# record sets are replaced in one transaction if they still are what they were when\n"
        "# this was written; otherwise it is given up, and nothing of that zone changes. Nothing\n"
        "# else is touched.\n"
        "\n"
        "set -eu\n"
        "zone=\n"
        "trap '[ -z \"$zone\" ] || knotc \"$@\" zone-abort \"$zone\" >&2' EXIT\n"
        "surprise() { echo \"$1 holds more than it did: nothing of its zone is changed\" >&2; exit "
        "1; "
        "}\n");
    for (size_t i = 0; i < export->changes->zone_count && code == GP_OK; i++)
        code = put_zone(&export->changes->zones[i], out, err);
    return code;
}
