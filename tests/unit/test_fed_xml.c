/* SPDX-License-Identifier: BSD-2-Clause */
/* The stream parser: what it reports, where it cuts, what it refuses; each input in many sizes. */
#include "tests/unit/unit.h"

#include "federation/ns.h"
#include "federation/xml_in.h"
#include "federation/xml_tag.h"

#include <stdio.h>
#include <time.h>

#define HEADER                                                   \
    "<?xml version='1.0'?><stream:stream xmlns='jabber:server' " \
    "xmlns:stream='http://etherx.jabber.org/streams' from='a' to='b' version='1.0'>"

static const size_t chunks[] = {SIZE_MAX, 1, 2, 7, 1400}; /* the first one: whole */

static const char *fault_name(enum fed_xml_fault fault)
{
    static const char *const names[] = {
        [FED_FAULT_NOT_WELL_FORMED] = "not-well-formed",
        [FED_FAULT_RESTRICTED_XML] = "restricted",
        [FED_FAULT_UNSUPPORTED_ENCODING] = "encoding",
        [FED_FAULT_BAD_NAMESPACE_PREFIX] = "prefix",
        [FED_FAULT_TOO_BIG] = "too-big",
        [FED_FAULT_LIMIT] = "limit",
        [FED_FAULT_NO_MEMORY] = "memory",
    };
    return names[fault];
}

/* Takes events until there is none: "header", each element as its bytes, "closed", "!fault". */
static bool take(struct fed_xml *xml, struct gp_buf *out, bool is_relaxed)
{
    for (;;) {
        switch (fed_xml_next(xml)) {
        case FED_XML_WAIT:
            return true;
        case FED_XML_HEADER:
            gp_buf_append_text(out, "header ");
            if (is_relaxed)
                fed_xml_relax(xml);
            break;
        case FED_XML_ELEMENT:
            gp_buf_append_span(out, fed_xml_element(xml)->bytes);
            gp_buf_append_char(out, ' ');
            break;
        case FED_XML_CLOSED:
            gp_buf_append_text(out, "closed ");
            assert_int_equal(fed_xml_next(xml), FED_XML_CLOSED);
            return false;
        case FED_XML_FAILED:
            gp_buf_printf(out, "!%s ", fault_name(fed_xml_fault(xml)));
            assert_true(strlen(fed_xml_fault_text(xml)) > 0);
            assert_int_equal(fed_xml_next(xml), FED_XML_FAILED);
            return false;
        }
    }
}

static void read_stream(const struct fed_limits *limits, struct gp_span input, size_t chunk,
                        bool is_relaxed, struct gp_buf *out)
{
    struct fed_xml *xml = fed_xml_create(limits, false);
    bool goes_on = true;
    for (size_t at = 0; at < input.len && goes_on;) {
        size_t len = input.len - at < chunk ? input.len - at : chunk;
        len = len < FED_XML_AHEAD_MAX ? len : FED_XML_AHEAD_MAX;
        fed_xml_feed(xml, gp_span_make(input.at + at, len));
        goes_on = take(xml, out, is_relaxed);
        at += len;
    }
    fed_xml_destroy(xml);
}

/* Reads input in every size and expects the same each time. */
static void check(const char *name, const struct fed_limits *limits, struct gp_span input,
                  bool is_relaxed, const char *expected)
{
    for (size_t i = 0; i < GP_ARRAY_LEN(chunks); i++) {
        struct gp_buf out;
        gp_buf_init(&out, 64u << 20);
        read_stream(limits, input, chunks[i], is_relaxed, &out);
        if (strcmp(gp_buf_text(&out) ? gp_buf_text(&out) : "", expected) != 0)
            fail_msg("%s, chunks of %zu: expected '%.300s', got '%.300s'", name, chunks[i],
                     expected, gp_buf_text(&out));
        gp_buf_finish(&out);
    }
}

static void stream_is_read_as_events(void **state)
{
    (void)state;
    static const struct {
        const char *name, *input, *expected;
    } rows[] = {
        {"header", HEADER, "header "},
        {"no declaration", "<stream xmlns='x'>", "header "},
        {"blanks first", " \n<stream xmlns='x'>", "header "},
        {"byte order mark", "\xef\xbb\xbf" HEADER, "header "},
        {"closed", HEADER "</stream:stream>", "header closed "},
        {"empty root", "<stream xmlns='x'/>", "header closed "},
        {"nothing behind the end", HEADER "</stream:stream><a/>&", "header closed "},
        {"elements", HEADER "<a/><b c='d'/> \n <e>f</e >", "header <a/> <b c='d'/> <e>f</e > "},
        {"children", HEADER "<a><b/><c><d/></c></a>", "header <a><b/><c><d/></c></a> "},
        {"nested same name", HEADER "<a><a/><a></a></a><a/>", "header <a><a/><a></a></a> <a/> "},
        {"blanks in tags", HEADER "<a  b = 'c'\t/><d\n></d\n>",
         "header <a  b = 'c'\t/> <d\n></d\n> "},
        {"end tag like text", HEADER "<a b='/>'>]]&gt;</a>", "header <a b='/>'>]]&gt;</a> "},
        {"cdata", HEADER "<a><![CDATA[</a>]]></a>", "header <a><![CDATA[</a>]]></a> "},
        {"entities", HEADER "<a>&amp;&#x41;&#66;</a>", "header <a>&amp;&#x41;&#66;</a> "},
        {"characters of several bytes", HEADER "<a>\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80</a>",
         "header <a>\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80</a> "},
        {"unfinished", HEADER "<a><b/>", "header "},
        {"text between elements", HEADER "x<a/>y<b/>", "header <a/> <b/> "},
        {"wrong end tag", HEADER "<a/><b></c>", "header <a/> !not-well-formed "},
        {"wrong end of stream", HEADER "</stream>", "header !not-well-formed "},
        {"prefix unknown", HEADER "<x:a/>", "header !not-well-formed "},
        {"two colons", HEADER "<stream:a:b/>", "header !not-well-formed "},
        {"attribute twice", HEADER "<a b='' b=''/>", "header !not-well-formed "},
        {"attribute twice by namespace", HEADER "<a xmlns:x='u' xmlns:y='u' x:b='' y:b=''/>",
         "header !not-well-formed "},
        {"declaration late", " " HEADER, "!not-well-formed "},
        {"declaration twice", HEADER "<?xml version='1.0'?>", "header !not-well-formed "},
        {"no XML", "GET / HTTP/1.1\r\n\r\n", "!not-well-formed "},
        /* T10, T1 */
        {"comment", HEADER "<!-- -->", "header !restricted "},
        {"comment in an element", HEADER "<a/><b><!-- --></b>", "header <a/> !restricted "},
        {"comment before the header", "<!-- -->" HEADER, "!restricted "},
        {"instruction", HEADER "<?php ?>", "header !restricted "},
        {"document type", "<!DOCTYPE a><stream xmlns='x'>", "!restricted "},
        {"entity", "<!DOCTYPE a [<!ENTITY b 'c'>]><stream xmlns='x' to='&b;'>", "!restricted "},
        {"document type in the stream", HEADER "<!DOCTYPE a>", "header !not-well-formed "},
        {"document type in an element", HEADER "<a><!DOCTYPE a></a>", "header !not-well-formed "},
        {"unknown entity", HEADER "<a>&nbsp;</a>", "header !restricted "},
        {"unknown entity in an attribute", HEADER "<a b='&b;'/>", "header !restricted "},
        {"version 1.1", "<?xml version='1.1'?><stream xmlns='x'>", "!restricted "},
        /* T9 */
        {"utf-8 small", "<?xml version='1.0' encoding='utf-8'?><stream xmlns='x'>", "header "},
        {"latin-1", "<?xml version='1.0' encoding='ISO-8859-1'?><stream xmlns='x'>", "!encoding "},
        {"utf-16 declared", "<?xml version='1.0' encoding='UTF-16'?><stream xmlns='x'>",
         "!encoding "},
        /* T8 */
        {"overlong", HEADER "<a/><b>\xc0\xaf</b>", "header <a/> !encoding "},
        {"surrogate", HEADER "<a>\xed\xa0\x80</a>", "header !encoding "},
        {"beyond Unicode", HEADER "<a>\xf4\x90\x80\x80</a>", "header !encoding "},
        {"no UTF-8", HEADER "<a>\xff</a>", "header !encoding "},
        {"U+FFFE", HEADER "<a>\xef\xbf\xbe</a>", "header !encoding "},
        {"separator",
         HEADER "<a xmlns='b\x01"
                "c'/>",
         "header !encoding "},
        {"separator by reference", HEADER "<a xmlns='b&#1;c'/>", "header !not-well-formed "},
        {"prefixed stanza", HEADER "<x:message xmlns:x='jabber:server'/>", "header !prefix "},
        {"prefix of the header", "<s:stream xmlns:s='x' xmlns='c' xmlns:c='c'><c:iq/>",
         "header !prefix "},
        {"prefix inside", HEADER "<iq><x:b xmlns:x='jabber:server'/></iq>",
         "header <iq><x:b xmlns:x='jabber:server'/></iq> "},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++)
        check(rows[i].name, &fed_limits_default, gp_span_text(rows[i].input), false,
              rows[i].expected);
    static const char utf16[] = "\xff\xfe<\0?\0x\0";
    check("utf-16", &fed_limits_default, gp_span_make(utf16, sizeof(utf16)), false, "!encoding ");
    static const char zero[] = HEADER "<a>\0</a>";
    check("zero", &fed_limits_default, gp_span_make(zero, sizeof(zero)), false,
          "header !encoding ");
}

static void repeat(struct gp_buf *buf, const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        gp_buf_append_text(buf, text);
}

static void limits_hold_while_parsing(void **state)
{
    (void)state;
    struct fed_limits limits = fed_limits_default;
    limits.stanza_bytes = 20000;
    limits.token_bytes = 2000;
    limits.depth = 8;
    limits.attributes = 16;
    limits.namespaces = 8;
    limits.elements = 100;
    limits.preauth_elements = 16;
    limits.preauth_bytes = 4096;
    const struct {
        const char *name;
        bool is_relaxed;
        const char *before, *again;
        size_t count;
        const char *after, *expected;
    } rows[] = {
        {"elements before authentication", false, "", "<a/>", 16, "", NULL},
        {"depth before authentication", false, "", "<a>", 16, "", "!limit "},
        {"bytes before authentication", false, "<a>", "x", 4096, "", "!limit "},
        {"blanks before authentication", false, "", " ", 4096, "", "!limit "},
        {"blanks afterwards", true, "", " ", 50000, "", ""},
        {"depth fits", true, "", "<a>", 8, "", ""},
        {"too deep", true, "", "<a>", 9, "", "!limit "},
        {"inner elements", true, "<a>", "<b/>", 100, "", "!limit "},
        {"tag too long", true, "<a b='", "x", 2000, "'/>", "!limit "},
        {"end tag too long", true, "<a></a", " ", 2000, ">", "!limit "},
        {"name too long", true, "<", "a", 2000, "/>", "!limit "},
        {"comment too long", true, "<!--", "a", 2000, "-->", "!limit "},
        {"instruction too long", true, "<?a ", "a", 2000, "?>", "!limit "},
        {"text may be long", true, "<a>", "0123456789", 1900, "", ""},
        {"cdata may be long", true, "<a><![CDATA[", "0123456789", 1900, "", ""},
        {"too big", true, "<a>", "0123456789", 2001, "", "!too-big "},
        {"too big at the end", true, "<a>", "0123456789", 1999, "1234</a>", NULL},
        {"attributes", true, "<a", " %x=''", 17, "/>", NULL},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct gp_buf input, expected;
        gp_buf_init(&input, 1u << 20);
        gp_buf_init(&expected, 1000);
        gp_buf_append_text(&input, HEADER);
        gp_buf_append_text(&input, rows[i].before);
        if (rows[i].again[1] == '%')
            for (size_t k = 0; k < rows[i].count; k++)
                gp_buf_printf(&input, " x%zu=''", k);
        else
            repeat(&input, rows[i].again, rows[i].count);
        gp_buf_append_text(&input, rows[i].after);
        gp_buf_append_text(&expected, "header ");
        if (strcmp(rows[i].again, "<a/>") == 0)
            repeat(&expected, "<a/> ", rows[i].count - 1); /* the header counts */
        if (rows[i].expected)
            gp_buf_append_text(&expected, rows[i].expected);
        else
            gp_buf_append_text(&expected,
                               strstr(rows[i].name, "too big") ? "!too-big " : "!limit ");
        check(rows[i].name, &limits, gp_buf_span(&input), rows[i].is_relaxed,
              gp_buf_text(&expected));
        gp_buf_finish(&input);
        gp_buf_finish(&expected);
    }
}

/* An element of just the permitted size passes, one byte more does not. */
static void limits_are_exact(void **state)
{
    (void)state;
    struct fed_limits limits = fed_limits_default;
    limits.stanza_bytes = 10000;
    limits.token_bytes = 1024;
    for (size_t extra = 0; extra < 2; extra++) {
        struct gp_buf input, expected;
        gp_buf_init(&input, 100000);
        gp_buf_init(&expected, 100000);
        gp_buf_append_text(&input, HEADER "<a>");
        repeat(&input, "x", 10000 - 7 + extra);
        gp_buf_append_text(&input, "</a>");
        gp_buf_append_text(&expected, "header ");
        if (extra == 0)
            gp_buf_append_span(&expected,
                               gp_span_make(gp_buf_span(&input).at + strlen(HEADER), 10000));
        gp_buf_append_text(&expected, extra == 0 ? " " : "!too-big ");
        check("stanza bytes", &limits, gp_buf_span(&input), true, gp_buf_text(&expected));
        gp_buf_reset(&input);
        gp_buf_reset(&expected);
        gp_buf_append_text(&input, HEADER "<a b='");
        repeat(&input, "x", 1024 - 9 + extra);
        gp_buf_append_text(&input, "'/>");
        gp_buf_append_text(&expected, "header ");
        if (extra == 0)
            gp_buf_append_span(&expected,
                               gp_span_make(gp_buf_span(&input).at + strlen(HEADER), 1024));
        gp_buf_append_text(&expected, extra == 0 ? " " : "!limit ");
        check("token bytes", &limits, gp_buf_span(&input), true, gp_buf_text(&expected));
        gp_buf_finish(&input);
        gp_buf_finish(&expected);
    }
}

static double cpu_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* F1, F2, T2, T3: whatever comes, work and memory stay small. */
static void floods_are_cheap(void **state)
{
    (void)state;
    static const struct {
        const char *name, *before, *again, *after;
    } rows[] = {
        {"attribute", "<a b='", "0123456789", ""},
        {"name", "<", "aaaaaaaaaa", ""},
        {"comment", "<!--", "0123456789", ""},
        {"instruction", "<?a ", "0123456789", ""},
        {"nested", "", "<a>", ""},
        {"distinct names", "<x>", "%", ""},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct gp_buf input, out;
        gp_buf_init(&input, 8u << 20);
        gp_buf_init(&out, 1000);
        gp_buf_append_text(&input, HEADER);
        gp_buf_append_text(&input, rows[i].before);
        for (size_t k = 0; gp_buf_len(&input) < 5000000; k++)
            if (rows[i].again[0] == '%')
                gp_buf_printf(&input, "<a%zu/>", k);
            else
                gp_buf_append_text(&input, rows[i].again);
        for (int relaxed = 0; relaxed < 2; relaxed++) {
            double before = cpu_s();
            gp_buf_reset(&out);
            read_stream(&fed_limits_default, gp_buf_span(&input), 1, relaxed, &out);
            assert_string_equal(gp_buf_text(&out), "header !limit ");
            /* 0.05 s without instrumentation; a quadratic parser would need minutes */
            if (cpu_s() - before > 2.0)
                fail_msg("%s: %.2f s", rows[i].name, cpu_s() - before);
        }
        gp_buf_finish(&input);
        gp_buf_finish(&out);
    }
}

/* Over many stanzas expat's table of names would grow for ever; what is read stays the same. */
static void parser_is_renewed(void **state)
{
    (void)state;
    static const char header[] = "<s:stream xmlns='jabber:server' xmlns:s='urn:&lt;s&gt;' "
                                 "xmlns:x='urn:x'>";
    for (size_t c = 0; c < GP_ARRAY_LEN(chunks); c++) {
        struct fed_xml *xml = fed_xml_create(&fed_limits_default, true);
        size_t seen = 0;
        struct gp_buf input;
        gp_buf_init(&input, 4u << 20);
        gp_buf_append_text(&input, header);
        for (size_t i = 0; i < 20000; i++)
            gp_buf_printf(&input, "<x:a i%zu=''><b%zu/></x:a> ", i, i);
        gp_buf_append_text(&input, "</s:stream>");
        struct gp_span all = gp_buf_span(&input);
        bool is_closed = false;
        for (size_t at = 0; at < all.len; at += chunks[c] < 65536 ? chunks[c] : 65536) {
            size_t len = chunks[c] < 65536 ? chunks[c] : 65536;
            len = len < all.len - at ? len : all.len - at;
            fed_xml_feed(xml, gp_span_make(all.at + at, len));
            for (enum fed_xml_event event; (event = fed_xml_next(xml)) != FED_XML_WAIT;) {
                char expected[64];
                if (event == FED_XML_CLOSED) {
                    is_closed = true;
                    break;
                }
                assert_int_not_equal(event, FED_XML_FAILED);
                if (event == FED_XML_HEADER)
                    continue;
                const struct fed_xml_element *element = fed_xml_element(xml);
                snprintf(expected, sizeof(expected), "<x:a i%zu=''><b%zu/></x:a>", seen, seen);
                assert_true(gp_span_is(element->bytes, expected));
                assert_true(gp_span_is(element->ns, "urn:x"));
                assert_int_equal(element->carry_count, 1);
                assert_string_equal(element->carry[0].prefix, "x");
                seen++;
            }
        }
        assert_true(is_closed);
        assert_int_equal(seen, 20000);
        gp_buf_finish(&input);
        fed_xml_destroy(xml);
    }
}

static void header_is_decoded(void **state)
{
    (void)state;
    static const char input[] =
        "<str:stream xmlns:str='http://etherx.jabber.org/streams' xmlns='jabber:server' "
        "xmlns:db='jabber:server:dialback' to='b&#46;example' from='a\"b' id='x&amp;y' "
        "xml:lang='de' str:to='no' version='1.0'>";
    for (size_t c = 0; c < GP_ARRAY_LEN(chunks); c++) {
        struct fed_xml *xml = fed_xml_create(&fed_limits_default, false);
        size_t len = strlen(input);
        for (size_t at = 0; at < len; at += chunks[c] < len ? chunks[c] : len) {
            size_t piece = chunks[c] < len - at ? chunks[c] : len - at;
            fed_xml_feed(xml, gp_span_make(input + at, piece));
            if (at + piece < len)
                assert_int_equal(fed_xml_next(xml), FED_XML_WAIT);
        }
        assert_int_equal(fed_xml_next(xml), FED_XML_HEADER);
        const struct fed_xml_header *header = fed_xml_header(xml);
        assert_string_equal(header->ns, FED_NS_STREAM);
        assert_string_equal(header->local, "stream");
        assert_false(header->has_stream_prefix);
        assert_string_equal(header->content_ns, FED_NS_SERVER);
        assert_string_equal(header->dialback_ns, FED_NS_DIALBACK);
        assert_string_equal(header->to, "b.example");
        assert_string_equal(header->from, "a\"b");
        assert_string_equal(header->id, "x&y");
        assert_string_equal(header->lang, "de");
        assert_string_equal(header->version, "1.0");
        fed_xml_destroy(xml);
    }
}

static void bare_header_has_nothing(void **state)
{
    (void)state;
    struct fed_xml *xml = fed_xml_create(&fed_limits_default, false);
    fed_xml_feed(xml, gp_span_text("<stream>"));
    assert_int_equal(fed_xml_next(xml), FED_XML_HEADER);
    const struct fed_xml_header *header = fed_xml_header(xml);
    assert_string_equal(header->ns, "");
    assert_null(header->content_ns);
    assert_null(header->dialback_ns);
    assert_null(header->to);
    assert_null(header->lang);
    fed_xml_destroy(xml);
}

/* One element, as text of everything that is known about it. */
static void describe(const struct fed_xml_element *element, struct gp_buf *out)
{
    const struct {
        const char *name;
        struct gp_span value;
    } values[] = {{"to", element->to},
                  {"from", element->from},
                  {"id", element->id},
                  {"type", element->type},
                  {"lang", element->lang}};
    gp_buf_printf(out, "{%.*s}%.*s%s", GP_SPAN_ARG(element->ns), GP_SPAN_ARG(element->local),
                  element->is_content ? "!" : "");
    for (size_t i = 0; i < GP_ARRAY_LEN(values); i++)
        if (values[i].value.at)
            gp_buf_printf(out, " %s=%.*s", values[i].name, GP_SPAN_ARG(values[i].value));
    gp_buf_printf(out, " %zu", element->child_count);
    for (size_t i = 0; i < element->carry_count; i++)
        gp_buf_printf(out, " carry %s=%s", element->carry[i].prefix, element->carry[i].uri);
    if (element->content_ns_len > 0)
        gp_buf_printf(out, " own[%.*s]", (int)element->content_ns_len,
                      element->bytes.at + element->content_ns_at);
    for (size_t i = 0; i < element->rescope_count; i++)
        gp_buf_printf(out, " cut[%.*s]", (int)element->rescope[i].len,
                      element->bytes.at + element->rescope[i].at);
}

static void elements_are_described(void **state)
{
    (void)state;
    static const char header[] = "<x:stream xmlns='c' xmlns:x='s' xmlns:p='P' xmlns:q='Q'>";
    static const struct {
        const char *input, *expected;
    } rows[] = {
        {"<a/>", "{c}a! 0"},
        {"<a xmlns=''/>", "{}a 0 own[ xmlns='']"},
        {"<a xmlns='b'/>", "{b}a 0 own[ xmlns='b']"},
        {"<a xmlns='c'/>", "{c}a! 0 own[ xmlns='c']"},
        {"<a  xmlns = \"c\" b=''/>", "{c}a! 0 own[  xmlns = \"c\"]"},
        {"<a b='xmlns=' xmlns='c'>x</a>", "{c}a! 0 own[ xmlns='c']"},
        {"<a from='&lt;' to='' id='&#x20;' type='t' xml:lang='de' p:from='no'/>",
         "{c}a! to= from=< id=  type=t lang=de 0 carry p=P"},
        {"<a><b><c/></b><d/></a>", "{c}a! 2"},
        {"<a><p:b/></a>", "{c}a! 1 carry p=P"},
        {"<a><b q:c=''/><p:b/></a>", "{c}a! 2 carry p=P carry q=Q"},
        {"<a xmlns:p='P'><p:b/></a>", "{c}a! 1"},
        {"<a xmlns:p='O'><p:b/></a>", "{c}a! 1"},
        {"<a xmlns:p='O'><p:b xmlns:p='P'/></a>", "{c}a! 1"},
        {"<a><p:b xmlns:p='O'/></a>", "{c}a! 1"},
        {"<a><p:b xmlns:p='P'/></a>", "{c}a! 1 carry p=P"},
        {"<p:a/>", "{P}a 0 carry p=P"},
        {"<x:a/>", "{s}a 0 carry x=s"},
        {"<a><b xmlns='c'/></a>", "{c}a! 1 cut[ xmlns='c']"},
        {"<a><b xmlns='c'><d xmlns='c'/></b><e f='' xmlns='c'/></a>",
         "{c}a! 2 cut[ xmlns='c'] cut[ xmlns='c'] cut[ xmlns='c']"},
        {"<a><b xmlns='o'><d xmlns='c'><e xmlns='c'/></d></b><f xmlns='c'/></a>",
         "{c}a! 2 cut[ xmlns='c']"},
        {"<a><b xmlns='o'/><f xmlns='c'/></a>", "{c}a! 2 cut[ xmlns='c']"},
        {"<a><b xmlns=''><f xmlns='c'/></b></a>", "{c}a! 1"},
        {"<a><p:b xmlns='c'/></a>", "{c}a! 1 carry p=P cut[ xmlns='c']"},
        {"<a xmlns='o'><b xmlns='c'/></a>", "{o}a 1 own[ xmlns='o']"},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++)
        for (size_t c = 0; c < GP_ARRAY_LEN(chunks); c++) {
            struct fed_xml *xml = fed_xml_create(&fed_limits_default, false);
            struct gp_buf out, input;
            gp_buf_init(&out, 10000);
            gp_buf_init(&input, 10000);
            /* what stands before and behind must not show */
            gp_buf_printf(&input, "%s<z xmlns:q='0' to='z'><b xmlns='c'/><p:c/></z>%s<z/>", header,
                          rows[i].input);
            struct gp_span all = gp_buf_span(&input);
            size_t number = 0;
            for (size_t at = 0; at < all.len; at += chunks[c] < all.len ? chunks[c] : all.len) {
                size_t len = chunks[c] < all.len - at ? chunks[c] : all.len - at;
                fed_xml_feed(xml, gp_span_make(all.at + at, len));
                for (enum fed_xml_event event; (event = fed_xml_next(xml)) != FED_XML_WAIT;) {
                    assert_int_not_equal(event, FED_XML_FAILED);
                    if (number++ != 2)
                        continue;
                    assert_true(gp_span_is(fed_xml_element(xml)->bytes, rows[i].input));
                    describe(fed_xml_element(xml), &out);
                }
            }
            if (!gp_buf_text(&out) || strcmp(gp_buf_text(&out), rows[i].expected) != 0)
                fail_msg("%s, chunks of %zu: '%s'", rows[i].input, chunks[c], gp_buf_text(&out));
            gp_buf_finish(&out);
            gp_buf_finish(&input);
            fed_xml_destroy(xml);
        }
}

/* F4: whether a byte stands behind the element. */
static void bytes_behind_an_event_are_seen(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct gp_span behind;
        bool has_more;
    } rows[] = {
        {"nothing", {"", 0}, false},       {"a blank", {" ", 1}, true},
        {"an element", {"<a/>", 4}, true}, {"no character", {"\xff", 1}, true},
        {"zero", {"\0", 1}, true},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct fed_xml *xml = fed_xml_create(&fed_limits_default, false);
        struct gp_buf input;
        gp_buf_init(&input, 1000);
        gp_buf_append_text(&input, HEADER "<starttls xmlns='x'/>");
        gp_buf_append_span(&input, rows[i].behind);
        fed_xml_feed(xml, gp_buf_span(&input));
        assert_int_equal(fed_xml_next(xml), FED_XML_HEADER);
        assert_true(fed_xml_has_more(xml));
        assert_int_equal(fed_xml_next(xml), FED_XML_ELEMENT);
        if (fed_xml_has_more(xml) != rows[i].has_more)
            fail_msg("%s", rows[i].name);
        gp_buf_finish(&input);
        fed_xml_destroy(xml);
    }
}

static void overfeeding_fails(void **state)
{
    (void)state;
    struct fed_xml *xml = fed_xml_create(&fed_limits_default, true);
    static char blanks[65536];
    memset(blanks, ' ', sizeof(blanks));
    fed_xml_feed(xml, gp_span_text(HEADER));
    for (int i = 0; i < 100; i++)
        fed_xml_feed(xml, gp_span_make(blanks, sizeof(blanks)));
    assert_int_equal(fed_xml_next(xml), FED_XML_FAILED);
    assert_int_equal(fed_xml_fault(xml), FED_FAULT_LIMIT);
    fed_xml_destroy(xml);
}

static void tags_are_scanned(void **state)
{
    (void)state;
    static const struct {
        const char *tag;
        size_t name_end, at, len;
    } rows[] = {
        {"<a>", 2, 0, 0},
        {"<a/>", 2, 0, 0},
        {"<abc xmlns=''>", 4, 4, 9},
        {"<a\n\txmlns =\r'x y' b='c'/>", 2, 2, 15},
        {"<a b='xmlns=\"\"' c=\"'\"  xmlns='d'  >", 2, 21, 11},
        {"<a xmlns:b='c' myxmlns='d'/>", 2, 0, 0},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct fed_tag tag;
        fed_tag_scan(gp_span_text(rows[i].tag), &tag);
        if (tag.name_end != rows[i].name_end || tag.default_at != rows[i].at ||
            tag.default_len != rows[i].len)
            fail_msg("%s: %zu %zu %zu", rows[i].tag, tag.name_end, tag.default_at, tag.default_len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stream_is_read_as_events),
        cmocka_unit_test(limits_hold_while_parsing),
        cmocka_unit_test(limits_are_exact),
        cmocka_unit_test(floods_are_cheap),
        cmocka_unit_test(parser_is_renewed),
        cmocka_unit_test(header_is_decoded),
        cmocka_unit_test(bare_header_has_nothing),
        cmocka_unit_test(elements_are_described),
        cmocka_unit_test(bytes_behind_an_event_are_seen),
        cmocka_unit_test(overfeeding_fails),
        cmocka_unit_test(tags_are_scanned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
