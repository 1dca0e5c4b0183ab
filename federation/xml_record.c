/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/xml_record.h"

#include "federation/ns.h"
#include "federation/xml_out.h"
#include "federation/xml_tag.h"

#include <stdlib.h>

#define CUTS_KEEP 64 /* a bigger table is not kept for the next element */

static const char lang_name[] = FED_NS_XML "\x01" /* FED_XML_SEPARATOR */ "lang\x01xml";

enum gp_code fed_record_init(struct fed_record *record, const struct fed_limits *limits,
                             bool is_trusted)
{
    *record = (struct fed_record){.limits = limits, .is_relaxed = is_trusted};
    /* Decoded values are no longer than the tag that they stand in; each is padded a little. */
    gp_arena_init(&record->arena,
                  4 * (size_t)limits->token_bytes + 128 * (size_t)limits->namespaces);
    /* An element may have inherited its namespace from another tag as long as its own. */
    gp_buf_init(&record->values, 2 * (size_t)limits->token_bytes + 1);
    return fed_scope_start(&record->scope, &record->arena, limits->namespaces);
}

void fed_record_finish(struct fed_record *record)
{
    gp_arena_finish(&record->arena);
    gp_buf_finish(&record->values);
    free(record->cuts);
    record->cuts = NULL;
}

void fed_record_refuse(struct fed_record *record, enum fed_xml_fault fault, const char *text)
{
    if (record->has_fault)
        return;
    record->has_fault = true;
    record->fault = fault;
    record->fault_text = text;
}

struct triplet {
    struct gp_span uri, local;
    const char *prefix; /* NULL when there is none */
};

static struct triplet split(const char *name)
{
    struct triplet ret = {.local = gp_span_text(name)};
    const char *first = strchr(name, FED_XML_SEPARATOR);
    if (!first)
        return ret;
    const char *second = strchr(first + 1, FED_XML_SEPARATOR);
    ret.uri = gp_span_make(name, (size_t)(first - name));
    ret.local =
        second ? gp_span_make(first + 1, (size_t)(second - first - 1)) : gp_span_text(first + 1);
    ret.prefix = second ? second + 1 : NULL;
    return ret;
}

static const char *attribute(const struct fed_start_tag *tag, const char *name)
{
    for (size_t i = 0; i < tag->attribute_count; i++)
        if (strcmp(tag->atts[2 * i], name) == 0)
            return tag->atts[2 * i + 1];
    return NULL;
}

/* Namespaces */

void fed_record_namespace(struct fed_record *record, const char *prefix, const char *uri)
{
    struct fed_xml_header *header = &record->header;
    if (++record->declarations > record->limits->namespaces) {
        fed_record_refuse(record, FED_FAULT_LIMIT, "an element has too many namespaces");
        return;
    }
    if (record->depth == 0) {
        enum gp_code code = GP_OK;
        if (prefix)
            code = fed_scope_declare(&record->scope, &record->arena, prefix, uri);
        else if (uri && !(header->content_ns = gp_arena_text(&record->arena, uri)))
            code = GP_ERR_NOMEM;
        if (code != GP_OK)
            fed_record_refuse(record, FED_FAULT_NO_MEMORY, "no memory for the stream header");
    } else if (!prefix) {
        record->has_default = true;
        record->is_default_content = uri && header->content_ns &&
                                     (strcmp(uri, header->content_ns) == 0 ||
                                      (record->takes_clients && strcmp(uri, FED_NS_CLIENT) == 0));
    } else if (record->depth == 1) {
        fed_scope_shadow(&record->scope, prefix);
    }
}

static void use_prefix(struct fed_record *record, const char *name)
{
    struct triplet triplet = split(name);
    if (triplet.prefix)
        fed_scope_use(&record->scope, triplet.prefix, triplet.uri);
}

/*
 * An inner start tag that declares the content namespace although it would inherit it: on another
 * stream it has to inherit that stream's.
 */
static void add_cut(struct fed_record *record, const struct fed_start_tag *start)
{
    struct fed_xml_element *element = &record->element;
    struct fed_tag tag;
    if (element->rescope_count == record->cut_max) {
        size_t max = record->cut_max ? 2 * record->cut_max : 8;
        struct fed_xml_cut *cuts = realloc(record->cuts, max * sizeof(*cuts));
        if (!cuts) {
            fed_record_refuse(record, FED_FAULT_NO_MEMORY, "no memory for an element");
            return;
        }
        record->cuts = cuts;
        record->cut_max = max;
    }
    fed_tag_scan(start->bytes, &tag);
    record->cuts[element->rescope_count++] = (struct fed_xml_cut){
        (size_t)(start->at - record->element_at) + tag.default_at, tag.default_len};
}

static void follow_default(struct fed_record *record, const struct fed_start_tag *tag)
{
    /* Inside a foreign element a declaration means what it says (RFC 6120, 4.8.3). */
    if (!record->has_default || record->foreign > 0)
        return;
    if (!record->is_default_content)
        record->foreign = record->depth;
    else if (record->depth > 2)
        add_cut(record, tag);
}

/* Start tags */

static void begin_stream(struct fed_record *record, const struct fed_start_tag *tag)
{
    struct triplet root = split(tag->name);
    struct fed_xml_header *header = &record->header;
    const struct {
        const char **to;
        const char *name;
    } values[] = {
        {&header->to, "to"},           {&header->from, "from"},    {&header->id, "id"},
        {&header->version, "version"}, {&header->lang, lang_name},
    };
    bool has_memory = true;
    for (size_t i = 0; i < GP_ARRAY_LEN(values); i++) {
        const char *value = attribute(tag, values[i].name);
        if (value)
            *values[i].to = gp_arena_text(&record->arena, value);
        has_memory = has_memory && (!value || *values[i].to);
    }
    header->ns = gp_arena_copy(&record->arena, root.uri.at, root.uri.len);
    header->local = gp_arena_copy(&record->arena, root.local.at, root.local.len);
    header->has_stream_prefix = root.prefix && strcmp(root.prefix, "stream") == 0;
    header->dialback_ns = fed_scope_find(&record->scope, "db");
    record->root_name = gp_arena_printf(&record->arena, "%s%s%.*s", root.prefix ? root.prefix : "",
                                        root.prefix ? ":" : "", GP_SPAN_ARG(root.local));
    if (!has_memory || !header->ns || !header->local || !record->root_name)
        fed_record_refuse(record, FED_FAULT_NO_MEMORY, "no memory for the stream header");
}

static void keep_values(struct fed_record *record, const struct triplet *name,
                        const struct fed_start_tag *tag)
{
    struct fed_xml_element *element = &record->element;
    const struct {
        struct gp_span *to;
        struct gp_span value;
    } values[] = {
        {&element->ns, name->uri},
        {&element->local, name->local},
        {&element->to, gp_span_text(attribute(tag, "to"))},
        {&element->from, gp_span_text(attribute(tag, "from"))},
        {&element->id, gp_span_text(attribute(tag, "id"))},
        {&element->type, gp_span_text(attribute(tag, "type"))},
        {&element->lang, gp_span_text(attribute(tag, lang_name))},
    };
    size_t room = 0, len = 1;
    for (size_t i = 0; i < GP_ARRAY_LEN(values); i++)
        len += values[i].value.len;
    char *at = gp_buf_room(&record->values, len, &room);
    if (!at) {
        fed_record_refuse(record, FED_FAULT_NO_MEMORY, "no memory for an element");
        return;
    }
    for (size_t i = 0; i < GP_ARRAY_LEN(values); i++) {
        struct gp_span value = values[i].value;
        if (!value.at)
            continue;
        memcpy(at, value.at, value.len);
        *values[i].to = gp_span_make(at, value.len);
        at += value.len;
    }
}

static void begin_element(struct fed_record *record, const struct fed_start_tag *start)
{
    struct triplet name = split(start->name);
    struct fed_xml_element *element = &record->element;
    struct fed_tag tag;
    const char *content_ns = record->header.content_ns;
    element->is_content =
        content_ns && (gp_span_is(name.uri, content_ns) ||
                       (record->takes_clients && gp_span_is(name.uri, FED_NS_CLIENT)));
    if (element->is_content && name.prefix) { /* RFC 6120, 4.8.5 */
        fed_record_refuse(record, FED_FAULT_BAD_NAMESPACE_PREFIX, "a stanza has a prefix");
        return;
    }
    fed_tag_scan(start->bytes, &tag);
    record->element_at = start->at;
    element->name_end = tag.name_end;
    element->content_ns_at = tag.default_at;
    element->content_ns_len = tag.default_len;
    keep_values(record, &name, start);
}

static bool is_within_limits(struct fed_record *record, const struct fed_start_tag *tag)
{
    const struct fed_limits *limits = record->limits;
    if (tag->attribute_count > limits->attributes)
        fed_record_refuse(record, FED_FAULT_LIMIT, "an element has too many attributes");
    else if (!record->is_relaxed && ++record->preauth_elements > limits->preauth_elements)
        fed_record_refuse(record, FED_FAULT_LIMIT, "too many elements before authentication");
    else if (record->depth > 1 && ++record->element_count > limits->elements)
        fed_record_refuse(record, FED_FAULT_LIMIT, "a stanza has too many elements");
    else if (record->depth > limits->depth + 1)
        fed_record_refuse(record, FED_FAULT_LIMIT, "elements are nested too deep");
    return !record->has_fault;
}

void fed_record_start(struct fed_record *record, const struct fed_start_tag *tag)
{
    record->depth++;
    record->names += 1 + tag->attribute_count + record->declarations;
    if (!is_within_limits(record, tag))
        return;
    if (record->depth == 1) {
        begin_stream(record, tag);
    } else {
        if (record->depth == 2)
            begin_element(record, tag);
        else if (record->depth == 3)
            record->element.child_count++;
        use_prefix(record, tag->name);
        for (size_t i = 0; i < tag->attribute_count; i++)
            use_prefix(record, tag->atts[2 * i]);
        follow_default(record, tag);
    }
    record->declarations = 0;
    record->has_default = false;
}

/* End tags */

void fed_record_end(struct fed_record *record, uint64_t end)
{
    if (record->foreign == record->depth)
        record->foreign = 0;
    record->depth--;
    if (record->depth == 1 && end - record->element_at > record->limits->stanza_bytes)
        fed_record_refuse(record, FED_FAULT_TOO_BIG, "an element is too big");
}

void fed_record_forget(struct fed_record *record)
{
    if (record->cut_max > CUTS_KEEP) {
        free(record->cuts);
        record->cuts = NULL;
        record->cut_max = 0;
    }
    record->element = (struct fed_xml_element){0};
    record->element_count = 0;
    gp_buf_reset(&record->values);
    fed_scope_reset(&record->scope);
}

void fed_record_put_scope(const struct fed_record *record, struct gp_buf *out)
{
    gp_buf_append_char(out, '<');
    gp_buf_append_text(out, record->root_name);
    if (record->header.content_ns)
        fed_put_declaration(out, NULL, record->header.content_ns);
    fed_scope_put(&record->scope, out);
    gp_buf_append_char(out, '>');
}
