/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A YAML document for each zone, as octoDNS's YAML provider reads it: names in natural order and
 * keys in alphabetical order, since it refuses others.
 */
#include "zones/writing.h"

#include <stdio.h>
#include <stdlib.h>

#define PREFIX_MAX 16

/* Numbers in a name count as such, so that "gw2" stands before "gw10". */
static int compare_naturally(const char *a, const char *b)
{
    while (*a && *b) {
        size_t a_len = strcspn(a, "0123456789"), b_len = strcspn(b, "0123456789");
        size_t len = a_len < b_len ? a_len : b_len;
        int order = strncmp(a, b, len);
        if (order != 0 || a_len != b_len)
            return order != 0 ? order : (a_len < b_len ? -1 : 1);
        char *a_end, *b_end;
        unsigned long long x = strtoull(a + len, &a_end, 10), y = strtoull(b + len, &b_end, 10);
        if (x != y)
            return x < y ? -1 : 1;
        a = a_end;
        b = b_end;
    }
    return *a ? 1 : (*b ? -1 : 0);
}

struct entry {
    char name[DNS_NAME_TEXT_MAX]; /* relative */
    const struct zone_set *set;
};

/* Sets of one name in the order of the plan. */
static int compare_entries(const void *a, const void *b)
{
    const struct entry *left = a, *right = b;
    int order = compare_naturally(left->name, right->name);
    if (order != 0)
        return order;
    return left->set < right->set ? -1 : 1;
}

/* Values: everything that could be taken for something else is in quotes. */

static void put_srv(const struct dns_srv *srv, const char *indent, struct gp_buf *out)
{
    gp_buf_printf(out, "- port: %u\n%s  priority: %u\n%s  target: \"", srv->port, indent,
                  srv->priority, indent);
    zone_put_name(&srv->target, out);
    gp_buf_printf(out, "\"\n%s  weight: %u\n", indent, srv->weight);
}

static void put_tlsa(const struct dns_tlsa *tlsa, const char *indent, struct gp_buf *out)
{
    gp_buf_append_text(out, "- certificate_association_data: \"");
    zone_put_hex(tlsa->data, tlsa->data_len, out);
    gp_buf_printf(out, "\"\n%s  certificate_usage: %u\n%s  matching_type: %u\n%s  selector: %u\n",
                  indent, tlsa->usage, indent, tlsa->matching, indent, tlsa->selector);
}

static void put_caa(const struct dns_caa *caa, const char *indent, struct gp_buf *out)
{
    gp_buf_printf(out, "- flags: %u\n%s  tag: ", caa->flags, indent);
    zone_put_quoted(caa->tag, out);
    gp_buf_printf(out, "\n%s  value: ", indent);
    zone_put_quoted(caa->value, out);
    gp_buf_append_char(out, '\n');
}

static void put_value(const struct zone_record *record, const char *indent, struct gp_buf *out)
{
    char addr[GP_ADDR_TEXT_MAX];
    gp_buf_append_text(out, indent);
    switch (record->type) {
    case DNS_TYPE_SRV:
        put_srv(&record->data.srv, indent, out);
        break;
    case DNS_TYPE_TLSA:
        put_tlsa(&record->data.tlsa, indent, out);
        break;
    case DNS_TYPE_CAA:
        put_caa(&record->data.caa, indent, out);
        break;
    default:
        gp_buf_printf(out, "- \"%s\"\n", gp_addr_text(&record->data.addr, addr));
        break;
    }
}

/* One record set, an element of its name's list; each line a comment when it is held. */
static void put_set(const struct zone_set *set, struct gp_buf *out)
{
    const char *sign = set->held ? "#" : "";
    char type[DNS_TYPE_TEXT_MAX], indent[PREFIX_MAX];
    snprintf(indent, sizeof(indent), "%s  ", sign);
    for (size_t i = 0; i < set->after_count; i++)
        if (i == 0 || strcmp(set->after[i].reason, set->after[i - 1].reason) != 0)
            gp_buf_printf(out, "# %s\n", set->after[i].reason);
    if (set->held)
        gp_buf_printf(out, "# %s\n", set->held);
    gp_buf_printf(out, "%s- ttl: %u\n%s  type: %s\n%s  values:\n", sign, set->after[0].ttl_s, sign,
                  dns_type_text((uint16_t)set->type, type), sign);
    for (size_t i = 0; i < set->after_count; i++)
        put_value(&set->after[i], indent, out);
}

static bool is_commented_out(const struct entry *entries, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (!entries[i].set->held && strcmp(entries[i].name, name) == 0)
            return false;
    return true;
}

/* False when there is no memory. */
static bool put_zone(const struct zone_change *change, struct gp_buf *out)
{
    struct entry *entries = calloc(change->set_count + 1, sizeof(*entries));
    size_t count = 0;
    if (!entries)
        return false;
    for (size_t i = 0; i < change->set_count; i++) {
        struct gp_buf name;
        if (change->sets[i].after_count == 0)
            continue;
        gp_buf_init(&name, DNS_NAME_TEXT_MAX);
        zone_put_relative(&change->sets[i].owner, &change->apex, "", &name);
        const char *text = gp_buf_text(&name);
        snprintf(entries[count].name, sizeof(entries[count].name), "%s", text ? text : "");
        entries[count++].set = &change->sets[i];
        gp_buf_finish(&name);
    }
    qsort(entries, count, sizeof(*entries), compare_entries);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(entries[i].name, entries[i - 1].name) != 0) {
            gp_buf_append_text(out, is_commented_out(entries, count, entries[i].name) ? "#" : "");
            zone_put_quoted(gp_span_text(entries[i].name), out);
            gp_buf_append_text(out, ":\n");
        }
        put_set(entries[i].set, out);
    }
    free(entries);
    return true;
}

enum gp_code zone_format_octodns(const struct zone_export *export, struct gp_buf *out,
                                 struct gp_err *err)
{
    char apex[DNS_NAME_TEXT_MAX];
    zone_put_head(export, "#", out);
    zone_put_advice("#", out);
    gp_buf_append_text(out, ":\n# merge each document into the file of its zone.\n");
    for (size_t i = 0; i < export->changes->zone_count; i++) {
        const struct zone_change *change = &export->changes->zones[i];
        gp_buf_append_text(out, "---\n# Zone ");
        zone_put_title(change, out);
        gp_buf_printf(out, ", file %s.yaml\n", dns_name_text(&change->apex, apex));
        if (!put_zone(change, out))
            return gp_err_nomem(err);
    }
    return GP_OK;
}
