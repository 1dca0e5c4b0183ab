/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/tap.h"

#include "base/defs.h"
#include "base/text.h"
#include "federation/ns.h"

#include <string.h>

#define VALUE_MAX 200 /* of one attribute, as it is shown */

/* A stream that was open before anybody listened is read as if it had just begun. */
static const char opening[] = "<stream:stream xmlns='" FED_NS_SERVER
                              "' xmlns:stream='" FED_NS_STREAM "' xmlns:db='" FED_NS_DIALBACK "'>";

static bool listens(const struct fed_tap *tap, const struct fed_tap_stream *stream)
{
    return dns_domain_equal(&tap->partner, &stream->partner);
}

void fed_tap_tell(const struct fed_tap *taps, const struct fed_tap_stream *stream, bool is_ours,
                  const char *text)
{
    for (const struct fed_tap *tap = taps; tap; tap = tap->next)
        if (listens(tap, stream))
            tap->tell(tap->arg, stream, is_ours, text);
}

static void put_value(struct gp_buf *out, const char *name, struct gp_span value)
{
    if (!value.at)
        return;
    gp_buf_printf(out, " %s='", name);
    gp_text_escape(out, value, VALUE_MAX);
    gp_buf_append_char(out, '\'');
}

static struct gp_span span_of(const char *text)
{
    return text ? gp_span_text(text) : gp_span_make(NULL, 0);
}

static void put_header(struct gp_buf *out, const struct fed_xml_header *header)
{
    gp_buf_append_text(out, "<stream:stream");
    put_value(out, "from", span_of(header->from));
    put_value(out, "to", span_of(header->to));
    put_value(out, "id", span_of(header->id));
    put_value(out, "version", span_of(header->version));
    put_value(out, "xml:lang", span_of(header->lang));
    gp_buf_append_char(out, '>');
}

static void put_element(struct gp_buf *out, const struct fed_xml_element *element)
{
    gp_buf_append_char(out, '<');
    gp_text_escape(out, element->local, VALUE_MAX);
    if (!element->is_content)
        put_value(out, "xmlns", element->ns);
    put_value(out, "type", element->type);
    put_value(out, "from", element->from);
    put_value(out, "to", element->to);
    put_value(out, "id", element->id);
    gp_buf_printf(out, "> %zu bytes", element->bytes.len);
}

void fed_tap_event(const struct fed_tap *taps, const struct fed_tap_stream *stream, bool is_ours,
                   const struct fed_xml *xml, enum fed_xml_event event)
{
    struct gp_buf text;
    gp_buf_init(&text, FED_TAP_TEXT_MAX);
    switch (event) {
    case FED_XML_WAIT:
        break;
    case FED_XML_HEADER:
        put_header(&text, fed_xml_header(xml));
        break;
    case FED_XML_ELEMENT:
        put_element(&text, fed_xml_element(xml));
        break;
    case FED_XML_CLOSED:
        gp_buf_append_text(&text, "</stream:stream>");
        break;
    case FED_XML_FAILED:
        gp_buf_printf(&text, "cannot be read: %s", fed_xml_fault_text(xml));
        break;
    }
    gp_buf_append_char(&text, '\0');
    if (gp_buf_len(&text) > 1)
        fed_tap_tell(taps, stream, is_ours, gp_buf_span(&text).at);
    gp_buf_finish(&text);
}

static bool is_listened_to(const struct fed_tap *taps, const struct fed_tap_stream *stream)
{
    for (; taps; taps = taps->next)
        if (listens(taps, stream))
            return true;
    return false;
}

static bool begins_stream(struct gp_span bytes)
{
    static const char declaration[] = "<?xml";
    return bytes.len >= sizeof(declaration) - 1 &&
           memcmp(bytes.at, declaration, sizeof(declaration) - 1) == 0;
}

static void start(struct fed_echo *echo, bool is_open)
{
    fed_xml_destroy(echo->xml);
    echo->xml = fed_xml_create(&fed_limits_default, true);
    if (!echo->xml || !is_open)
        return;
    fed_xml_feed(echo->xml, gp_span_text(opening));
    (void)fed_xml_next(echo->xml); /* the header that was never said */
}

void fed_echo_read(struct fed_echo *echo, const struct fed_tap *taps,
                   const struct fed_tap_stream *stream, struct gp_span bytes, uint64_t end)
{
    size_t fresh = (size_t)(end - echo->until);
    echo->until = end;
    if (!is_listened_to(taps, stream)) {
        fed_xml_destroy(echo->xml);
        echo->xml = NULL;
        return;
    }
    GP_ASSERT(fresh <= bytes.len);
    if (fresh == 0)
        return;
    struct gp_span news = gp_span_make(bytes.at + (bytes.len - fresh), fresh);
    if (begins_stream(news))
        start(echo, false);
    else if (!echo->xml)
        start(echo, true);
    if (!echo->xml)
        return;
    fed_xml_feed(echo->xml, news);
    for (;;) {
        enum fed_xml_event event = fed_xml_next(echo->xml);
        fed_tap_event(taps, stream, true, echo->xml, event);
        if (event != FED_XML_HEADER && event != FED_XML_ELEMENT)
            return;
    }
}

void fed_echo_finish(struct fed_echo *echo)
{
    fed_xml_destroy(echo->xml);
    echo->xml = NULL;
}

void fed_echo_skip(struct fed_echo *echo, uint64_t end)
{
    echo->until = end;
}
