/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is kept of a stream while its tags go by: the header, the first-level element under way, and
 * the first fault. Knows XML names and limits, but no parser: xml_in.c tells it of each tag.
 */
#ifndef GP_FED_XML_RECORD_H
#define GP_FED_XML_RECORD_H

#include "base/arena.h"
#include "federation/xml_in.h"
#include "federation/xml_scope.h"

/* Between URI, local name and prefix of a name: no XML document can hold it, not even as a
 * character reference (XML 1.0, 2.2). */
#define FED_XML_SEPARATOR '\x01'

struct fed_record {
    const struct fed_limits *limits;
    bool is_relaxed;
    bool takes_clients; /* the namespace of clients counts as the content namespace */
    bool has_fault;
    enum fed_xml_fault fault;
    const char *fault_text;
    unsigned depth;   /* open elements, the stream's own included */
    unsigned foreign; /* depth of the element that changed the default namespace; 0: none */
    size_t preauth_elements;
    size_t names; /* of elements, attributes and prefixes that went by; the parser resets it */
    /* The start tag under way. */
    size_t declarations;
    bool has_default, is_default_content; /* it declares a default namespace, the content one */
    /* The stream header. */
    struct gp_arena arena; /* of header, root_name and scope */
    struct fed_xml_header header;
    const char *root_name; /* as the peer wrote it, with its prefix */
    struct fed_scope scope;
    /* The first-level element under way. Its bytes and carry come last, from the parser. */
    struct fed_xml_element element;
    uint64_t element_at;
    size_t element_count; /* in it, at any depth */
    struct gp_buf values; /* what the element's spans point to */
    struct fed_xml_cut *cuts;
    size_t cut_max;
};

/* One start tag. */
struct fed_start_tag {
    const char *name;        /* URI, local name and prefix, as far as they exist */
    const char *const *atts; /* names like that and values in turns; NULL at the end */
    size_t attribute_count;
    uint64_t at;          /* where it begins in the stream */
    struct gp_span bytes; /* from "<" to ">" */
};

/* Errors: GP_ERR_NOMEM. Finish it all the same. */
GP_MUST_USE enum gp_code fed_record_init(struct fed_record *record, const struct fed_limits *limits,
                                         bool is_trusted);
void fed_record_finish(struct fed_record *record);

/* Only the first one counts. */
void fed_record_refuse(struct fed_record *record, enum fed_xml_fault fault, const char *text);

/* A declaration of the start tag that comes next. prefix NULL: the default namespace; uri NULL:
 * none. */
void fed_record_namespace(struct fed_record *record, const char *prefix, const char *uri);
void fed_record_start(struct fed_record *record, const struct fed_start_tag *tag);

/* end: where the element ends in the stream. */
void fed_record_end(struct fed_record *record, uint64_t end);

/* The first-level element is over and was used. */
void fed_record_forget(struct fed_record *record);

/* See fed_xml_put_scope(). */
void fed_record_put_scope(const struct fed_record *record, struct gp_buf *out);

#endif
