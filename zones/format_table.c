/* SPDX-License-Identifier: BSD-2-Clause */
/* A table for the web form of a provider, whose fields are mostly these. */
#include "zones/text.h"
#include "zones/writing.h"

enum {
    NAME,
    TYPE,
    TTL,
    PRIORITY,
    VALUE,
    COLUMNS
};
static const char *const titles[COLUMNS] = {"NAME", "TYPE", "TTL", "PRIORITY", "VALUE"};

/* What stands in a cell. */
static enum gp_code put_cell(const struct zone_record *record, const struct dns_name *apex,
                             int column, struct gp_buf *out, struct gp_err *err)
{
    char type[DNS_TYPE_TEXT_MAX];
    bool is_srv = record->type == DNS_TYPE_SRV;
    switch (column) {
    case NAME:
        zone_put_relative(&record->owner, apex, "@", out);
        return GP_OK;
    case TYPE:
        gp_buf_append_text(out, dns_type_text((uint16_t)record->type, type));
        return GP_OK;
    case TTL:
        gp_buf_printf(out, "%u", record->ttl_s);
        return GP_OK;
    case PRIORITY: /* forms have a field for it, and the rest of an SRV record in another */
        if (is_srv)
            gp_buf_printf(out, "%u", record->data.srv.priority);
        else
            gp_buf_append_char(out, '-');
        return GP_OK;
    default:
        if (!is_srv)
            return zone_text_data(record, out, err);
        gp_buf_printf(out, "%u %u ", record->data.srv.weight, record->data.srv.port);
        zone_put_name(&record->data.srv.target, out);
        return GP_OK;
    }
}

struct table {
    const struct zone_change *change;
    size_t widths[COLUMNS]; /* of all but the last */
};

static enum gp_code measure(struct table *table, struct gp_err *err)
{
    const struct zone_change *change = table->change;
    struct gp_buf cell;
    enum gp_code code = GP_OK;
    gp_buf_init(&cell, DNS_NAME_TEXT_MAX);
    for (int column = 0; column < VALUE; column++) {
        table->widths[column] = strlen(titles[column]);
        for (size_t i = 0; i < change->set_count; i++)
            for (size_t k = 0; k < change->sets[i].after_count && code == GP_OK; k++) {
                gp_buf_reset(&cell);
                code = put_cell(&change->sets[i].after[k], &change->apex, column, &cell, err);
                if (gp_buf_len(&cell) > table->widths[column])
                    table->widths[column] = gp_buf_len(&cell);
            }
    }
    gp_buf_finish(&cell);
    return code;
}

static void pad(size_t len, size_t width, struct gp_buf *out)
{
    gp_buf_printf(out, "%*s", (int)(width > len ? width - len : 0) + 2, "");
}

static enum gp_code put_row(const struct table *table, const struct zone_record *record,
                            struct gp_buf *out, struct gp_err *err)
{
    enum gp_code code = GP_OK;
    for (int column = 0; column < COLUMNS && code == GP_OK; column++) {
        size_t before = gp_buf_len(out);
        code = put_cell(record, &table->change->apex, column, out, err);
        if (column < VALUE)
            pad(gp_buf_len(out) - before, table->widths[column], out);
    }
    gp_buf_append_char(out, '\n');
    return code;
}

/* held NULL: those that are to be published; otherwise those that are not, for this reason. */
static enum gp_code put_rows(const struct table *table, const char *held, struct gp_buf *out,
                             struct gp_err *err)
{
    const struct zone_change *change = table->change;
    enum gp_code code = GP_OK;
    for (size_t i = 0; i < change->set_count; i++) {
        const struct zone_set *set = &change->sets[i];
        if ((set->held != NULL) != (held != NULL))
            continue;
        for (size_t k = 0; k < set->after_count && code == GP_OK; k++) {
            gp_buf_append_text(out, held ? "# " : "");
            code = put_row(table, &set->after[k], out, err);
        }
    }
    return code;
}

static const char *first_held(const struct zone_change *change)
{
    for (size_t i = 0; i < change->set_count; i++)
        if (change->sets[i].held)
            return change->sets[i].held;
    return NULL;
}

static enum gp_code put_zone(const struct zone_change *change, struct gp_buf *out,
                             struct gp_err *err)
{
    struct table table = {.change = change};
    const char *held = first_held(change);
    enum gp_code code = measure(&table, err);
    gp_buf_append_text(out, "\n# Zone ");
    zone_put_title(change, out);
    gp_buf_append_text(out, "; names are relative to it, \"@\" is the zone itself\n");
    for (int column = 0; column < VALUE; column++) {
        gp_buf_append_text(out, titles[column]);
        pad(strlen(titles[column]), table.widths[column], out);
    }
    gp_buf_printf(out, "%s\n", titles[VALUE]);
    if (code == GP_OK)
        code = put_rows(&table, NULL, out, err);
    if (code != GP_OK || !held)
        return code;
    gp_buf_printf(out, "# %s\n", held);
    return put_rows(&table, held, out, err);
}

enum gp_code zone_format_table(const struct zone_export *export, struct gp_buf *out,
                               struct gp_err *err)
{
    enum gp_code code = GP_OK;
    zone_put_head(export, "#", out);
    zone_put_advice("#", out);
    gp_buf_append_text(out, ".\n"
                            "# Of SRV the value is weight, port and target, for which a form may "
                            "have fields of their own.\n");
    for (size_t i = 0; i < export->changes->zone_count && code == GP_OK; i++)
        code = put_zone(&export->changes->zones[i], out, err);
    return code;
}
