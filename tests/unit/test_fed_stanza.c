/* SPDX-License-Identifier: BSD-2-Clause */
/* Stanzas: how they are judged, forwarded and answered; and the small tree of an element. */
#include "tests/unit/unit.h"

#include "federation/ns.h"
#include "federation/stanza.h"
#include "federation/tree.h"

#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>

#define HEADER                                                                              \
    "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' " \
    "xmlns:p='urn:p' xmlns:q='urn:&quot;q&apos;&#10;'>"

/* A parser that has read header and returned the element of bytes. */
static struct fed_xml *read_element(const char *header, struct gp_span bytes)
{
    struct fed_xml *xml = fed_xml_create(&fed_limits_default, true);
    fed_xml_feed(xml, gp_span_text(header));
    assert_int_equal(fed_xml_next(xml), FED_XML_HEADER);
    fed_xml_feed(xml, bytes);
    enum fed_xml_event event = fed_xml_next(xml);
    if (event != FED_XML_ELEMENT)
        fail_msg("no element: %s: %.*s", event == FED_XML_FAILED ? fed_xml_fault_text(xml) : "-",
                 GP_SPAN_ARG(bytes));
    return xml;
}

static void start_tags_are_judged(void **state)
{
    (void)state;
    static const struct {
        const char *input;
        enum fed_stanza_fault fault;
        enum fed_stanza_kind kind;
        enum fed_stanza_type type;
        const char *from, *to;
    } rows[] = {
        {"<message from='a@b.example/c' to='d.example'/>", FED_STANZA_OK, FED_MESSAGE,
         FED_TYPE_NONE, "b.example", "d.example"},
        {"<presence type='subscribe' from='b.example' to='@'/>", FED_STANZA_BAD_TO, FED_PRESENCE,
         FED_TYPE_SUBSCRIBE, "b.example", ""},
        {"<iq type='get' from='B.Example.' to='d&#46;example/@'/>", FED_STANZA_OK, FED_IQ,
         FED_TYPE_GET, "b.example", "d.example"},
        {"<iq type='GET' from='b.example' to='d.example'/>", FED_STANZA_OK, FED_IQ, FED_TYPE_OTHER,
         "b.example", "d.example"},
        {"<message type='' from='b.example' to='d.example'/>", FED_STANZA_OK, FED_MESSAGE,
         FED_TYPE_OTHER, "b.example", "d.example"},
        {"<message from='' to='d.example'/>", FED_STANZA_NO_ADDRESS, FED_MESSAGE, FED_TYPE_NONE, "",
         ""},
        {"<message from='b.example'/>", FED_STANZA_NO_ADDRESS, FED_MESSAGE, FED_TYPE_NONE, "", ""},
        {"<message p:from='b.example' to='d.example'/>", FED_STANZA_NO_ADDRESS, FED_MESSAGE,
         FED_TYPE_NONE, "", ""},
        {"<message from='b example' to='d.example'/>", FED_STANZA_BAD_FROM, FED_MESSAGE,
         FED_TYPE_NONE, "", ""},
        {"<message from='192.0.2.1' to='d.example'/>", FED_STANZA_BAD_FROM, FED_MESSAGE,
         FED_TYPE_NONE, "", ""},
        {"<message xmlns='jabber:client' from='b.example' to='d.example'/>",
         FED_STANZA_OTHER_ELEMENT, FED_MESSAGE, FED_TYPE_NONE, "", ""},
        {"<p:message from='b.example' to='d.example'/>", FED_STANZA_OTHER_ELEMENT, FED_MESSAGE,
         FED_TYPE_NONE, "", ""},
        {"<Message from='b.example' to='d.example'/>", FED_STANZA_OTHER_ELEMENT, FED_MESSAGE,
         FED_TYPE_NONE, "", ""},
        {"<messages from='b.example' to='d.example'/>", FED_STANZA_OTHER_ELEMENT, FED_MESSAGE,
         FED_TYPE_NONE, "", ""},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct fed_xml *xml = read_element(HEADER, gp_span_text(rows[i].input));
        struct fed_stanza stanza;
        enum fed_stanza_fault fault = fed_stanza_read(fed_xml_element(xml), &stanza);
        if (fault != rows[i].fault || stanza.kind != rows[i].kind || stanza.type != rows[i].type ||
            strcmp(stanza.from.ascii, rows[i].from) != 0 ||
            strcmp(stanza.to.ascii, rows[i].to) != 0)
            fail_msg("%s: %d %d %d '%s' '%s'", rows[i].input, fault, stanza.kind, stanza.type,
                     stanza.from.ascii, stanza.to.ascii);
        assert_int_equal(fed_stanza_is(fed_xml_element(xml)), fault != FED_STANZA_OTHER_ELEMENT);
        fed_xml_destroy(xml);
    }
}

/* RFC 6120, 8.2.3, rules 1, 2 and 5; spec-digest e.4. */
static void an_iq_has_its_form(void **state)
{
    (void)state;
    static const struct {
        const char *input;
        bool is_sound;
    } rows[] = {
        {"<iq from='a' to='b' id='1' type='get'><q xmlns='x'/></iq>", true},
        {"<iq from='a' to='b' id='1' type='set'> <q xmlns='x'><r/><r/></q> </iq>", true},
        {"<iq from='a' to='b' id='1'><q xmlns='x'/></iq>", false},
        {"<iq from='a' to='b' id='1' type=''><q xmlns='x'/></iq>", false},
        {"<iq from='a' to='b' id='1' type='ask'><q xmlns='x'/></iq>", false},
        {"<iq from='a' to='b' type='get'><q xmlns='x'/></iq>", false},
        {"<iq from='a' to='b' id='1' type='get'/>", false},
        {"<iq from='a' to='b' id='1' type='set'>text</iq>", false},
        {"<iq from='a' to='b' id='1' type='set'><q xmlns='x'/><q xmlns='y'/></iq>", false},
        /* nobody may answer these */
        {"<iq from='a' to='b' type='result'><q xmlns='x'/><q xmlns='y'/></iq>", true},
        {"<iq from='a' to='b' type='error'/>", true},
        {"<message from='a' to='b' type='ask'/>", true},
        {"<presence from='a' to='b'/>", true},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct fed_xml *xml = read_element(HEADER, gp_span_text(rows[i].input));
        struct fed_stanza stanza;
        assert_int_equal(fed_stanza_read(fed_xml_element(xml), &stanza), FED_STANZA_OK);
        if (fed_stanza_is_sound(&stanza) != rows[i].is_sound)
            fail_msg("%s", rows[i].input);
        fed_xml_destroy(xml);
    }
}

static void forward(const char *header, struct gp_span input, const char *lang, struct gp_buf *out)
{
    struct fed_xml *xml = read_element(header, input);
    const struct fed_stanza stanza = {.element = fed_xml_element(xml)};
    fed_stanza_forward(&stanza, lang, out);
    fed_xml_destroy(xml);
}

static void bytes_go_as_they_are(void **state)
{
    (void)state;
    static const struct {
        const char *input, *lang, *expected;
    } rows[] = {
        {"<iq/>", NULL, "<iq/>"},
        {"<iq  a = \"b\" ><c>&lt;<![CDATA[d]]></c ></iq >", NULL,
         "<iq  a = \"b\" ><c>&lt;<![CDATA[d]]></c ></iq >"},
        {"<iq/>", "de", "<iq xml:lang='de'/>"},
        {"<iq/>", "d'&\n", "<iq xml:lang='d&apos;&amp;&#10;'/>"},
        {"<iq xml:lang=''/>", "de", "<iq xml:lang=''/>"},
        {"<iq xmlns='jabber:server'/>", NULL, "<iq/>"},
        {"<iq id='1' \n xmlns='jabber:server' to='x'/>", "de", "<iq xml:lang='de' id='1' to='x'/>"},
        {"<iq><p:a/></iq>", NULL, "<iq xmlns:p='urn:p'><p:a/></iq>"},
        {"<iq><a q:b=''/></iq>", NULL, "<iq xmlns:q='urn:&quot;q&apos;&#10;'><a q:b=''/></iq>"},
        {"<iq xmlns:p='urn:p'><p:a/></iq>", NULL, "<iq xmlns:p='urn:p'><p:a/></iq>"},
        {"<iq xmlns=\"jabber:server\" xmlns:p='o'><a xmlns='jabber:server'><p:a/>"
         "<b xmlns='c'><d xmlns='jabber:server'/></b></a></iq>",
         NULL, "<iq xmlns:p='o'><a><p:a/><b xmlns='c'><d xmlns='jabber:server'/></b></a></iq>"},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct gp_buf out;
        gp_buf_init(&out, 10000);
        forward(HEADER, gp_span_text(rows[i].input), rows[i].lang, &out);
        if (strcmp(gp_buf_text(&out), rows[i].expected) != 0)
            fail_msg("%s: %s", rows[i].input, gp_buf_text(&out));
        gp_buf_finish(&out);
    }
}

/*
 * The property that makes forwarding bytes safe (F3): what a second parser reads on the stream that
 * a stanza is put on is what it reads on the stream that the stanza came from, but that one content
 * namespace has become the other where it is inherited.
 */

static const char *const root_of[] = {HEADER,
                                      "<stream:stream xmlns='jabber:component:accept' "
                                      "xmlns:stream='http://etherx.jabber.org/streams' id='x'>"};
static const char *const content_of[] = {FED_NS_SERVER, FED_NS_COMPONENT};

static bool inherits(xmlDoc *doc, xmlNode *node, const char *content)
{
    for (; node->parent->parent != (xmlNode *)doc; node = node->parent) {
        xmlNs *ns = xmlSearchNs(doc, node, NULL);
        if (!ns || strcmp((const char *)ns->href, content) != 0)
            return false;
    }
    return true;
}

static int compare_attributes(const void *a, const void *b)
{
    xmlAttr *const *left = a;
    xmlAttr *const *right = b;
    const char *left_ns = (*left)->ns ? (const char *)(*left)->ns->href : "";
    const char *right_ns = (*right)->ns ? (const char *)(*right)->ns->href : "";
    int order = strcmp(left_ns, right_ns);
    return order ? order : strcmp((const char *)(*left)->name, (const char *)(*right)->name);
}

static void put_attributes(xmlNode *node, struct gp_buf *out)
{
    xmlAttr *attributes[64];
    size_t count = 0;
    for (xmlAttr *attribute = node->properties; attribute; attribute = attribute->next)
        attributes[count++] = attribute;
    qsort(attributes, count, sizeof(attributes[0]), compare_attributes);
    for (size_t i = 0; i < count; i++) {
        xmlChar *value = xmlNodeListGetString(node->doc, attributes[i]->children, 1);
        gp_buf_printf(out, " {%s}%s=[%s]",
                      attributes[i]->ns ? (const char *)attributes[i]->ns->href : "",
                      (const char *)attributes[i]->name, value ? (const char *)value : "");
        xmlFree(value);
    }
}

static void put_tree(xmlNode *node, const char *content, struct gp_buf *out)
{
    for (; node; node = node->next) {
        if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) {
            gp_buf_printf(out, "%s", (const char *)node->content);
        } else if (node->type == XML_ELEMENT_NODE) {
            const char *ns = node->ns ? (const char *)node->ns->href : "";
            bool is_content = node->ns && !node->ns->prefix && strcmp(ns, content) == 0 &&
                              inherits(node->doc, node, content);
            gp_buf_printf(out, "<{%s}%s", is_content ? "CONTENT" : ns, (const char *)node->name);
            put_attributes(node, out);
            gp_buf_append_char(out, '>');
            put_tree(node->children, content, out);
            gp_buf_append_text(out, "</>");
        }
    }
}

/* Reads the stanza on a stream of its own with libxml2. */
static void read_again(size_t side, struct gp_span stanza, struct gp_buf *out)
{
    struct gp_buf document;
    gp_buf_init(&document, 1u << 20);
    gp_buf_append_text(&document, root_of[side]);
    gp_buf_append_span(&document, stanza);
    gp_buf_append_text(&document, "</stream:stream>");
    xmlDoc *doc = xmlReadMemory(gp_buf_span(&document).at, (int)gp_buf_len(&document), "stream",
                                NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    if (!doc)
        fail_msg("libxml2 refuses %.*s", GP_SPAN_ARG(stanza));
    put_tree(xmlDocGetRootElement(doc)->children, content_of[side], out);
    xmlFreeDoc(doc);
    gp_buf_finish(&document);
}

static uint32_t draw(uint32_t *seed, uint32_t bound)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 8) % bound;
}

static const char *pick(uint32_t *seed, const char *const *from, size_t count)
{
    return from[draw(seed, (uint32_t)count)];
}

/* An element at random: names, declarations that shadow, repeat and undo each other, odd blanks. */
static void put_random(uint32_t *seed, unsigned depth, struct gp_buf *out)
{
    static const char *const declarations[] = {"",
                                               "",
                                               "",
                                               " xmlns='jabber:server'",
                                               "\n xmlns = \"jabber:server\"",
                                               " xmlns='urn:x'",
                                               " xmlns=''",
                                               " xmlns='jabber:client'"};
    static const char *const prefixes[] = {"",
                                           "",
                                           " xmlns:p='urn:p'",
                                           " xmlns:p='urn:other'",
                                           " xmlns:q='jabber:server'",
                                           " xmlns:r='urn:&#114;'"};
    static const char *const attributes[] = {"",
                                             " from='a&amp;b'",
                                             " p:from=\"c'd\"",
                                             " x='&#9;&lt;>'",
                                             " xml:lang='en'",
                                             " q:x='\xc3\xbc'",
                                             " y='xmlns=\"jabber:server\"'"};
    static const char *const names[] = {"body", "message", "p:a", "q:b", "stream:error", "x-1"};
    static const char *const texts[] = {"",
                                        "text",
                                        "&lt;iq/&gt;",
                                        "<![CDATA[<message xmlns='jabber:server'>]]>",
                                        "\n\t",
                                        "&#x1F600;\xf0\x9f\x98\x80",
                                        "xmlns='jabber:server'"};
    const char *name = depth == 0 ? "message" : pick(seed, names, GP_ARRAY_LEN(names));
    gp_buf_printf(out, "<%s", name);
    gp_buf_append_text(out, pick(seed, attributes, GP_ARRAY_LEN(attributes)));
    if (depth > 0 || draw(seed, 2) == 0) {
        const char *declaration = pick(seed, declarations, depth == 0 ? 5 : 8);
        gp_buf_append_text(out, declaration);
    }
    gp_buf_append_text(out, pick(seed, prefixes, GP_ARRAY_LEN(prefixes)));
    if (draw(seed, 3) == 0)
        gp_buf_append_text(out, " z=''");
    unsigned children = depth > 4 ? 0 : draw(seed, 4);
    if (children == 0 && draw(seed, 2) == 0) {
        gp_buf_append_text(out, " />");
        return;
    }
    gp_buf_append_char(out, '>');
    for (unsigned i = 0; i < children; i++) {
        gp_buf_append_text(out, pick(seed, texts, GP_ARRAY_LEN(texts)));
        put_random(seed, depth + 1, out);
    }
    gp_buf_append_text(out, pick(seed, texts, GP_ARRAY_LEN(texts)));
    gp_buf_printf(out, "</%s>", name);
}

static void second_parser_reads_the_same(void **state)
{
    (void)state;
    struct gp_buf input, forwarded, before, after;
    uint32_t seed = 4711;
    size_t changed = 0;
    gp_buf_init(&input, 1u << 20);
    gp_buf_init(&forwarded, 1u << 20);
    gp_buf_init(&before, 1u << 22);
    gp_buf_init(&after, 1u << 22);
    for (int i = 0; i < 5000; i++) {
        gp_buf_reset(&input);
        gp_buf_reset(&forwarded);
        gp_buf_reset(&before);
        gp_buf_reset(&after);
        put_random(&seed, 0, &input);
        forward(HEADER, gp_buf_span(&input), NULL, &forwarded);
        read_again(0, gp_buf_span(&input), &before);
        read_again(1, gp_buf_span(&forwarded), &after);
        changed += gp_buf_len(&input) != gp_buf_len(&forwarded);
        if (strcmp(gp_buf_text(&before), gp_buf_text(&after)) != 0)
            fail_msg("%s\nbecame %s\nread as %s\nand as  %s", gp_buf_text(&input),
                     gp_buf_text(&forwarded), gp_buf_text(&before), gp_buf_text(&after));
    }
    assert_true(changed > 1000); /* else nothing was tried */
    gp_buf_finish(&input);
    gp_buf_finish(&forwarded);
    gp_buf_finish(&before);
    gp_buf_finish(&after);
}

/* Every row of spec-digest e.4. */
static void bounces_follow_the_table(void **state)
{
    (void)state;
    static const struct {
        enum fed_stanza_kind kind;
        enum fed_stanza_type type;
        bool may;
    } rows[] = {
        {FED_MESSAGE, FED_TYPE_ERROR, false},
        {FED_PRESENCE, FED_TYPE_ERROR, false},
        {FED_IQ, FED_TYPE_ERROR, false},
        {FED_IQ, FED_TYPE_RESULT, false},
        {FED_IQ, FED_TYPE_GET, true},
        {FED_IQ, FED_TYPE_SET, true},
        {FED_IQ, FED_TYPE_NONE, true},
        {FED_IQ, FED_TYPE_OTHER, true},
        {FED_MESSAGE, FED_TYPE_NONE, true},
        {FED_MESSAGE, FED_TYPE_NORMAL, true},
        {FED_MESSAGE, FED_TYPE_CHAT, true},
        {FED_MESSAGE, FED_TYPE_GROUPCHAT, true},
        {FED_MESSAGE, FED_TYPE_HEADLINE, false},
        {FED_MESSAGE, FED_TYPE_OTHER, true},
        {FED_PRESENCE, FED_TYPE_NONE, true},
        {FED_PRESENCE, FED_TYPE_SUBSCRIBE, true},
        {FED_PRESENCE, FED_TYPE_PROBE, true},
        {FED_PRESENCE, FED_TYPE_SUBSCRIBED, true},
        {FED_PRESENCE, FED_TYPE_UNSUBSCRIBE, true},
        {FED_PRESENCE, FED_TYPE_UNSUBSCRIBED, true},
        {FED_PRESENCE, FED_TYPE_UNAVAILABLE, false},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++)
        if (fed_stanza_may_bounce(rows[i].kind, rows[i].type) != rows[i].may)
            fail_msg("%s, type %d", fed_stanza_kind_text(rows[i].kind), rows[i].type);
}

static void errors_answer_a_stanza(void **state)
{
    (void)state;
    struct gp_buf out;
    gp_buf_init(&out, 10000);
    const struct fed_stanza_error full = {"wait", "remote-server-timeout", "no <answer>",
                                          "home.example"};
    fed_stanza_put_error(&out, FED_IQ, gp_span_text("a@b.example"), gp_span_text("c'd@e.example"),
                         gp_span_text("1\n&"), &full);
    assert_string_equal(
        gp_buf_text(&out),
        "<iq from='c&apos;d@e.example' to='a@b.example' id='1&#10;&amp;' type='error'>"
        "<error type='wait' by='home.example'>"
        "<remote-server-timeout xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
        "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas' xml:lang='en'>no &lt;answer&gt;</text>"
        "</error></iq>");
    gp_buf_reset(&out);
    const struct fed_stanza_error bare = {"cancel", "service-unavailable", NULL, NULL};
    fed_stanza_put_error(&out, FED_MESSAGE, gp_span_text("b"), gp_span_make(NULL, 0),
                         gp_span_make(NULL, 0), &bare);
    assert_string_equal(
        gp_buf_text(&out),
        "<message to='b' type='error'><error type='cancel'>"
        "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>");
    gp_buf_finish(&out);
}

static void trees_hold_what_was_read(void **state)
{
    (void)state;
    struct fed_xml *xml = read_element(
        HEADER, gp_span_text("<a b='1' p:b='2'>t<c xmlns='x'>u&amp;</c>v<p:d/><c>w</c>x</a>"));
    struct gp_arena arena;
    struct fed_node *node = NULL;
    gp_arena_init(&arena, 100000);
    assert_int_equal(fed_tree_parse(xml, &arena, &node), GP_OK);
    assert_true(fed_node_is(node, FED_NS_SERVER, "a"));
    assert_null(node->parent);
    assert_null(node->next);
    assert_string_equal(node->text, "tvx");
    assert_int_equal(node->attribute_count, 2);
    assert_string_equal(fed_node_attribute(node, "b"), "1");
    assert_null(fed_node_attribute(node, "c"));
    const struct fed_node *child = fed_node_child(node, NULL, "c");
    assert_true(fed_node_is(child, "x", "c"));
    assert_string_equal(child->text, "u&");
    assert_ptr_equal(child->parent, node);
    assert_true(fed_node_is(child->next, "urn:p", "d"));
    assert_string_equal(child->next->text, "");
    assert_string_equal(fed_node_child(node, FED_NS_SERVER, "c")->text, "w");
    assert_ptr_equal(fed_node_child(node, "urn:p", NULL), child->next);
    assert_null(fed_node_child(node, "urn:q", NULL));
    gp_arena_finish(&arena);
    fed_xml_destroy(xml);
}

static void trees_of_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        enum gp_code code;
    } rows[] = {
        {"<a/>", GP_OK},
        {"<a><b>c</b></a>", GP_OK},
        {"<a><b></a>", GP_ERR_INPUT},
        {"<a>", GP_ERR_INPUT},
        {"", GP_ERR_INPUT},
        {"text", GP_ERR_INPUT},
        {"<a/><b/>", GP_ERR_INPUT},
        {"<a/></stream>", GP_ERR_INPUT},
        {"<x:a/>", GP_ERR_INPUT},
        {"<!DOCTYPE a><a/>", GP_ERR_INPUT},
        {"<a>&b;</a>", GP_ERR_INPUT},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct gp_arena arena;
        struct fed_node *node = NULL;
        gp_arena_init(&arena, 100000);
        enum gp_code code =
            fed_tree_parse_bytes(gp_span_text(rows[i].bytes), "urn:c", &arena, &node);
        if (code != rows[i].code || (code == GP_OK && !fed_node_is(node, "urn:c", "a")))
            fail_msg("%s: %s", rows[i].bytes, gp_code_text(code));
        gp_arena_finish(&arena);
    }
}

/* A small budget is an error, and depth costs no stack. */
static void trees_are_bounded(void **state)
{
    (void)state;
    struct gp_buf bytes;
    gp_buf_init(&bytes, 1u << 20);
    for (int i = 0; i < 20000; i++)
        gp_buf_append_text(&bytes, "<a>");
    for (int i = 0; i < 20000; i++)
        gp_buf_append_text(&bytes, "</a>");
    for (size_t budget = 1000; budget <= 16u << 20; budget *= 128) {
        struct gp_arena arena;
        struct fed_node *node = NULL;
        gp_arena_init(&arena, budget);
        assert_int_equal(fed_tree_parse_bytes(gp_buf_span(&bytes), "urn:c", &arena, &node),
                         budget > 1u << 20 ? GP_OK : GP_ERR_LIMIT);
        gp_arena_finish(&arena);
    }
    gp_buf_finish(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(start_tags_are_judged),
        cmocka_unit_test(bytes_go_as_they_are),
        cmocka_unit_test(second_parser_reads_the_same),
        cmocka_unit_test(an_iq_has_its_form),
        cmocka_unit_test(bounces_follow_the_table),
        cmocka_unit_test(errors_answer_a_stanza),
        cmocka_unit_test(trees_hold_what_was_read),
        cmocka_unit_test(trees_of_bytes),
        cmocka_unit_test(trees_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
