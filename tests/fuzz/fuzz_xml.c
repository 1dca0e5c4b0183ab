/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stream parser: whatever the bytes are and however they are cut, it reports the same, and each
 * element that it reports can be forwarded and is well-formed by itself.
 *
 * Input: one byte that says how to cut, then the stream.
 */
#include "federation/stanza.h"
#include "federation/tree.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

static struct fed_limits limits(void)
{
    struct fed_limits ret = fed_limits_default;
    ret.preauth_bytes = 1000; /* small ones are reached sooner */
    ret.preauth_elements = 20;
    ret.stanza_bytes = 2000;
    ret.token_bytes = 300;
    ret.depth = 8;
    ret.attributes = 6;
    ret.namespaces = 6;
    ret.elements = 40;
    return ret;
}

static void check_element(const struct fed_xml *xml, struct gp_buf *log)
{
    const struct fed_xml_element *element = fed_xml_element(xml);
    struct fed_stanza stanza;
    struct gp_buf out;
    struct gp_arena arena;
    struct fed_node *node = NULL;
    gp_buf_init(&out, 1u << 20);
    gp_arena_init(&arena, 1u << 20);
    GP_ASSERT(element->bytes.at[0] == '<' && element->bytes.at[element->bytes.len - 1] == '>');
    GP_ASSERT(fed_tree_parse(xml, &arena, &node) == GP_OK);
    GP_ASSERT(gp_span_is(element->local, node->name) && gp_span_is(element->ns, node->ns));
    gp_arena_finish(&arena);
    fed_stanza_read(element, &stanza);
    if (element->is_content) {
        /* it stands on its own, on a stream with no other declaration than the default one */
        fed_stanza_forward(&stanza, "en", &out);
        GP_ASSERT(fed_tree_parse_bytes(gp_buf_span(&out), "urn:content", &arena, &node) == GP_OK);
        GP_ASSERT(strcmp(node->ns, "urn:content") == 0);
        gp_arena_finish(&arena);
        gp_buf_append_span(log, gp_buf_span(&out));
    }
    gp_buf_finish(&out);
}

/* Feeds the stream in pieces; the log is what came of it. */
static void run(const struct fed_limits *bounds, const uint8_t *data, size_t size, size_t chunk,
                bool is_relaxed, struct gp_buf *log)
{
    struct fed_xml *xml = fed_xml_create(bounds, false);
    bool goes_on = xml != NULL;
    for (size_t at = 0; at < size && goes_on;) {
        size_t len = size - at < chunk ? size - at : chunk;
        uint8_t *piece = malloc(len);
        memcpy(piece, data + at, len);
        fed_xml_feed(xml, gp_span_make(piece, len));
        free(piece);
        at += len;
        for (enum fed_xml_event event; goes_on && (event = fed_xml_next(xml)) != FED_XML_WAIT;) {
            gp_buf_printf(log, "\n%d ", event);
            if (event == FED_XML_HEADER && is_relaxed)
                fed_xml_relax(xml);
            else if (event == FED_XML_ELEMENT)
                check_element(xml, log);
            /* Which fault it is may depend on the cut: a long tag is ill-formed at its end, or too
             * long before that was read. */
            goes_on = event == FED_XML_HEADER || event == FED_XML_ELEMENT;
        }
    }
    fed_xml_destroy(xml);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    const struct fed_limits bounds = limits();
    bool is_relaxed = data[0] & 1;
    struct gp_buf whole, cut;
    gp_buf_init(&whole, 64u << 20);
    gp_buf_init(&cut, 64u << 20);
    run(&bounds, data + 1, size - 1, size, is_relaxed, &whole);
    run(&bounds, data + 1, size - 1, 1 + data[0] / 2 % 9, is_relaxed, &cut);
    GP_ASSERT(gp_buf_len(&whole) == gp_buf_len(&cut));
    GP_ASSERT(memcmp(gp_buf_span(&whole).at, gp_buf_span(&cut).at, gp_buf_len(&whole)) == 0);
    gp_buf_finish(&whole);
    gp_buf_finish(&cut);
    return 0;
}
