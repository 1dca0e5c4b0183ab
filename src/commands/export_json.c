/* SPDX-License-Identifier: BSD-2-Clause */
#include "commands/export_formats.h"

#include "json.h"
#include "zones/text.h"

#define SCHEMA         1
#define DATA_BYTES_MAX (4 * (DNS_TLSA_DATA_MAX + UINT16_MAX))

static enum gp_code put_record(struct app_json_writer *writer, const struct zone_set *set,
                               const struct zone_record *record, struct gp_err *err)
{
    char name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];
    struct gp_buf data;
    gp_buf_init(&data, DATA_BYTES_MAX);
    enum gp_code code = zone_text_data(record, &data, err);
    app_json_open_object(writer, NULL);
    app_json_put_text(writer, "name", dns_name_text(&record->owner, name));
    app_json_put_int(writer, "ttl", record->ttl_s);
    app_json_put_text(writer, "type", dns_type_text((uint16_t)record->type, type));
    app_json_put_span(writer, "data", gp_buf_span(&data));
    app_json_put_text(writer, "reason", record->reason);
    app_json_put_text(writer, "held", set->held);
    app_json_close(writer);
    gp_buf_finish(&data);
    return code;
}

static enum gp_code put_zone(struct app_json_writer *writer, const struct zone_change *change,
                             struct gp_err *err)
{
    char apex[DNS_NAME_TEXT_MAX];
    enum gp_code code = GP_OK;
    app_json_open_object(writer, NULL);
    app_json_put_text(writer, "zone", dns_name_text(&change->apex, apex));
    if (change->signing == ZONE_NOT_KNOWN)
        app_json_put_null(writer, "signed");
    else
        app_json_put_bool(writer, "signed", change->signing == ZONE_SIGNED);
    app_json_open_array(writer, "records");
    for (size_t i = 0; i < change->set_count; i++)
        for (size_t k = 0; k < change->sets[i].after_count && code == GP_OK; k++)
            code = put_record(writer, &change->sets[i], &change->sets[i].after[k], err);
    app_json_close(writer);
    app_json_close(writer);
    return code;
}

enum gp_code app_export_json(const struct zone_export *export, struct gp_buf *out,
                             struct gp_err *err)
{
    struct app_json_writer *writer = app_json_writer_create();
    const struct zone_changes *changes = export->changes;
    enum gp_code code = GP_OK;
    app_json_put_int(writer, "schema", SCHEMA);
    app_json_put_text(writer, "version", GP_VERSION);
    app_json_put_text(writer, "configuration", export->digest);
    app_json_put_text(writer, "profile", zone_profiles()[changes->profile].name);
    app_json_open_array(writer, "zones");
    for (size_t i = 0; i < changes->zone_count && code == GP_OK; i++)
        code = put_zone(writer, &changes->zones[i], err);
    app_json_close(writer);
    if (code == GP_OK)
        code = app_json_indent(writer, out, err);
    app_json_writer_destroy(writer);
    return code;
}
