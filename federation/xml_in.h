/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One XML stream (RFC 6120, 4 and 11), read as events: the stream header, each first-level element
 * as the span of its bytes, the closing tag. Nothing is interpreted here but XML itself and the
 * rules that hold for every stream:
 *
 *   - every byte passes a UTF-8 check of our own before expat sees it;
 *   - no DTD, no comment, no processing instruction, no foreign encoding (RFC 6120, 11.1, 11.6);
 *   - bounds on depth, attributes, namespace declarations, elements, bytes of an element and of one
 * unfinished token, all counted while parsing; tighter ones until fed_xml_relax();
 *   - reparse deferral is off, so that a stanza is seen with its last byte, however small the
 * pieces it came in.
 *
 * Pull model: feed bytes, then take events until FED_XML_WAIT. Nothing is called back, so whoever
 * handles an event may close or destroy the parser. After a stream restart a new parser is made.
 */
#ifndef GP_FED_XML_IN_H
#define GP_FED_XML_IN_H

#include "base/buf.h"
#include "federation/settings.h"

enum fed_xml_event {
    FED_XML_WAIT,    /* feed more */
    FED_XML_HEADER,  /* the stream's opening tag: fed_xml_header() */
    FED_XML_ELEMENT, /* a whole first-level element: fed_xml_element() */
    FED_XML_CLOSED,  /* </stream:stream> */
    FED_XML_FAILED   /* fed_xml_fault(); final */
};

/* Why a stream cannot be read on; each is the stream error to send (RFC 6120, 4.9.3). */
enum fed_xml_fault {
    FED_FAULT_NOT_WELL_FORMED,
    FED_FAULT_RESTRICTED_XML,
    FED_FAULT_UNSUPPORTED_ENCODING,
    FED_FAULT_BAD_NAMESPACE_PREFIX, /* a stanza with a prefix for its content namespace (T8) */
    FED_FAULT_TOO_BIG,  /* an element over its limit: policy-violation and stanza-too-big */
    FED_FAULT_LIMIT,    /* any other limit: policy-violation */
    FED_FAULT_NO_MEMORY /* ours: internal-server-error */
};

#define FED_XML_NAME_MAX 128

/* The stream's opening tag; valid until the parser is destroyed. Attribute values are decoded, NULL
 * when absent. */
struct fed_xml_header {
    const char *ns, *local;  /* of the element itself */
    bool has_stream_prefix;  /* its prefix is literally "stream" */
    const char *content_ns;  /* the default namespace, or NULL */
    const char *dialback_ns; /* what the prefix "db" stands for, or NULL */
    const char *to, *from, *id, *version, *lang;
};

/* A first-level element; valid until the next call of fed_xml_next() or fed_xml_feed(). */
struct fed_xml_element {
    struct gp_span bytes;     /* from "<" to ">", as they came */
    struct gp_span ns, local; /* of its start tag; ns is empty when it has none */
    bool is_content;          /* in the stream's content namespace, unprefixed; see take_clients */
    /* Decoded values of unprefixed attributes; at == NULL when absent. */
    struct gp_span to, from, id, type;
    struct gp_span lang; /* xml:lang of its own */
    /* For rewriting the start tag; offsets into bytes. */
    size_t name_end; /* just behind the element's name */
    size_t content_ns_at,
        content_ns_len;   /* its own xmlns='...' with the blank before it; len 0 when absent */
    size_t rescope_count; /* inner start tags that name the content namespace again */
    const struct fed_xml_cut *rescope; /* where those declarations stand */
    size_t carry_count; /* prefixes used inside that only the stream header declared */
    const struct fed_xml_decl *carry;
    size_t child_count; /* its direct child elements */
};

struct fed_xml_cut {
    size_t at, len;
};

struct fed_xml_decl {
    const char *prefix, *uri;
};

struct fed_xml;

/* More than this on top of one stanza is never fed ahead of fed_xml_next(). */
#define FED_XML_AHEAD_MAX (1u << 20)

/*
 * limits is copied: a parser keeps those that it began with. is_trusted: an inside link, for which
 * the limits before authentication do not hold. NULL when there is no memory.
 */
struct fed_xml *fed_xml_create(const struct fed_limits *limits, bool is_trusted);
void fed_xml_destroy(struct fed_xml *xml);

/* The peer is authenticated: from here on the wider limits hold. */
void fed_xml_relax(struct fed_xml *xml);

/* Stanzas in the namespace of clients count as the stream's own, too; for services and servers
 * inside whose streams are less strict than RFC 6120, 4.8.3. */
void fed_xml_take_clients(struct fed_xml *xml);

/* Adds bytes; all that fed_xml_next() has not returned yet stays in the parser. */
void fed_xml_feed(struct fed_xml *xml, struct gp_span bytes);

/* FED_XML_CLOSED and FED_XML_FAILED are final: every further call returns the same. */
enum fed_xml_event fed_xml_next(struct fed_xml *xml);

const struct fed_xml_header *fed_xml_header(const struct fed_xml *xml);
const struct fed_xml_element *fed_xml_element(const struct fed_xml *xml);
enum fed_xml_fault fed_xml_fault(const struct fed_xml *xml);
const char *fed_xml_fault_text(const struct fed_xml *xml); /* one sentence for the log */

/* Whether bytes were fed behind the event that was returned last. Behind <starttls/> that is an
 * attack (T14). */
bool fed_xml_has_more(const struct fed_xml *xml);

/* Appends a start tag with the name and the namespace declarations of the stream header: what an
 * element of this stream has to be parsed under. Only after FED_XML_HEADER. */
void fed_xml_put_scope(const struct fed_xml *xml, struct gp_buf *out);

#endif
