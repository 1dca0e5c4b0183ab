/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *   bytes --UTF-8 check--> window --slices--> expat --callbacks--> record --> caller
 *
 * The window keeps the bytes of the element under way and everything behind it, so that an element
 * is returned as a span of it. Positions are offsets into the whole stream. Expat's callbacks only
 * record and suspend: nothing is freed or reported before XML_Parse() has returned (T11).
 */
#include "federation/xml_in.h"

#include "base/text.h"
#include "federation/xml_record.h"

#include <stdlib.h>

#define XML_DTD /* shows the functions of the allocation tracker (F2) */
#include <expat.h>

#define SLICE_BYTES       4096  /* what expat gets at a time: limits are looked at in between */
#define WINDOW_KEEP_BYTES 65536 /* a bigger window is given back when it is empty */

/*
 * Bounds of expat's own memory. It keeps every name that it has ever seen, and open elements cost
 * it 45 times their bytes (F2): beyond ALLOC_FREE_BYTES it may hold ALLOC_FACTOR times what it
 * read, and after NAMES_MAX names it is replaced by a fresh one.
 */
#define ALLOC_FREE_BYTES (256u * 1024)
#define ALLOC_FACTOR     8.0f
#define NAMES_MAX        4096

struct fed_xml {
    struct fed_limits limits; /* its own: what was allocated by them stays as it is */
    XML_Parser expat;         /* owned */
    uint64_t
        expat_at; /* stream offset of expat's first byte; below zero, so to say, after renew() */
    struct gp_utf8 utf8;
    bool is_spoilt; /* the byte behind the window is no character */
    struct gp_buf window;
    uint64_t window_at; /* stream offset of its first byte */
    uint64_t given;     /* up to here expat has got the bytes */
    struct fed_record record;
    /* Recorded and not returned yet, in this order. */
    bool has_header, has_element, has_closed;
    bool is_returned;   /* header or element was returned, and its bytes are still kept */
    uint64_t event_end; /* just behind what was recorded last */
};

/* Handlers. After a fault or a stop expat may still call a few of them. */

static void refuse(struct fed_xml *xml, enum fed_xml_fault fault, const char *text)
{
    fed_record_refuse(&xml->record, fault, text);
    (void)XML_StopParser(xml->expat, XML_FALSE); /* fails only where it has stopped for good */
}

static void suspend(struct fed_xml *xml)
{
    XML_ParsingStatus status;
    XML_GetParsingStatus(xml->expat, &status);
    if (xml->record.has_fault ||
        (status.parsing == XML_PARSING && XML_StopParser(xml->expat, XML_TRUE) != XML_STATUS_OK))
        refuse(xml, FED_FAULT_NO_MEMORY, "the parser cannot be suspended");
}

/* Stream offset and length of the token that a handler is called for. */
static uint64_t token_at(const struct fed_xml *xml)
{
    return xml->expat_at + (uint64_t)XML_GetCurrentByteIndex(xml->expat);
}

static size_t token_len(const struct fed_xml *xml)
{
    return (size_t)XML_GetCurrentByteCount(xml->expat);
}

static struct gp_span stream_bytes(const struct fed_xml *xml, uint64_t from, uint64_t to)
{
    struct gp_span window = gp_buf_span(&xml->window);
    return gp_span_make(window.at + (from - xml->window_at), (size_t)(to - from));
}

/* However a long tag is cut, it is refused: not only when its pieces are waited for. */
static bool is_readable(struct fed_xml *xml)
{
    if (!xml->record.has_fault && token_len(xml) > xml->limits.token_bytes)
        refuse(xml, FED_FAULT_LIMIT, "a tag is too long");
    return !xml->record.has_fault;
}

static void on_namespace(void *arg, const XML_Char *prefix, const XML_Char *uri)
{
    struct fed_xml *xml = arg;
    if (!is_readable(xml))
        return;
    fed_record_namespace(&xml->record, prefix, uri);
    if (xml->record.has_fault)
        suspend(xml);
}

static void on_start(void *arg, const XML_Char *name, const XML_Char **atts)
{
    struct fed_xml *xml = arg;
    if (!is_readable(xml))
        return;
    uint64_t at = token_at(xml), end = at + token_len(xml);
    struct fed_start_tag tag = {.name = name,
                                .atts = (const char *const *)atts,
                                .at = at,
                                .bytes = stream_bytes(xml, at, end)};
    while (atts[2 * tag.attribute_count])
        tag.attribute_count++;
    fed_record_start(&xml->record, &tag);
    if (xml->record.depth == 1) {
        xml->has_header = !xml->record.has_fault;
        xml->event_end = end;
    }
    if (xml->has_header || xml->record.has_fault)
        suspend(xml);
}

static void on_end(void *arg, const XML_Char *name)
{
    struct fed_xml *xml = arg;
    (void)name;
    if (!is_readable(xml))
        return;
    /* The end of "<a/>" is reported as a token of no length behind it. */
    uint64_t end = token_at(xml) + token_len(xml);
    fed_record_end(&xml->record, end);
    if (xml->record.depth > 1 && !xml->record.has_fault)
        return;
    xml->has_element = xml->record.depth == 1 && !xml->record.has_fault;
    xml->has_closed = xml->record.depth == 0;
    xml->event_end = end;
    suspend(xml);
}

/* What no stream may have (RFC 6120, 11.1) */

static void on_comment(void *arg, const XML_Char *text)
{
    (void)text;
    if (is_readable(arg))
        refuse(arg, FED_FAULT_RESTRICTED_XML, "a comment");
}

static void on_instruction(void *arg, const XML_Char *target, const XML_Char *text)
{
    (void)target;
    (void)text;
    if (is_readable(arg))
        refuse(arg, FED_FAULT_RESTRICTED_XML, "a processing instruction");
}

static void on_doctype(void *arg, const XML_Char *name, const XML_Char *system_id,
                       const XML_Char *public_id, int has_subset)
{
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)has_subset;
    refuse(arg, FED_FAULT_RESTRICTED_XML, "a document type declaration");
}

static void on_skipped_entity(void *arg, const XML_Char *name, int is_parameter)
{
    (void)name;
    (void)is_parameter;
    refuse(arg, FED_FAULT_RESTRICTED_XML, "an entity that is not predefined");
}

static void on_declaration(void *arg, const XML_Char *version, const XML_Char *encoding,
                           int standalone)
{
    (void)standalone;
    if (!is_readable(arg))
        return;
    if (!version || strcmp(version, "1.0") != 0)
        refuse(arg, FED_FAULT_RESTRICTED_XML, "an XML version other than 1.0");
    else if (encoding && !gp_text_equal_nocase(gp_span_text(encoding), gp_span_text("UTF-8")))
        refuse(arg, FED_FAULT_UNSUPPORTED_ENCODING, "an encoding other than UTF-8");
}

/* The parser */

static XML_Parser make_expat(void)
{
    XML_Parser expat = XML_ParserCreateNS("UTF-8", FED_XML_SEPARATOR);
    if (!expat)
        return NULL;
    XML_SetReturnNSTriplet(expat, 1);
    /* An expat that was built without one of these will not do. */
    if (XML_SetReparseDeferralEnabled(expat, XML_FALSE) != XML_TRUE ||
        XML_SetAllocTrackerActivationThreshold(expat, ALLOC_FREE_BYTES) != XML_TRUE ||
        XML_SetAllocTrackerMaximumAmplification(expat, ALLOC_FACTOR) != XML_TRUE) {
        XML_ParserFree(expat);
        return NULL;
    }
    return expat;
}

static void start_expat(struct fed_xml *xml, XML_Parser expat)
{
    xml->expat = expat;
    XML_SetUserData(expat, xml);
    XML_SetElementHandler(expat, on_start, on_end);
    XML_SetStartNamespaceDeclHandler(expat, on_namespace);
    XML_SetCommentHandler(expat, on_comment);
    XML_SetProcessingInstructionHandler(expat, on_instruction);
    /* Before any entity could be declared (T1). */
    XML_SetStartDoctypeDeclHandler(expat, on_doctype);
    XML_SetSkippedEntityHandler(expat, on_skipped_entity);
    XML_SetXmlDeclHandler(expat, on_declaration);
}

struct fed_xml *fed_xml_create(const struct fed_limits *limits, bool is_trusted)
{
    struct fed_xml *xml = calloc(1, sizeof(*xml));
    XML_Parser expat = make_expat();
    if (!xml || !expat) {
        if (expat)
            XML_ParserFree(expat);
        free(xml);
        return NULL;
    }
    xml->limits = *limits;
    gp_buf_init(&xml->window,
                (size_t)limits->stanza_bytes + limits->token_bytes + FED_XML_AHEAD_MAX);
    start_expat(xml, expat);
    if (fed_record_init(&xml->record, &xml->limits, is_trusted) != GP_OK) {
        fed_xml_destroy(xml);
        return NULL;
    }
    return xml;
}

void fed_xml_destroy(struct fed_xml *xml)
{
    if (!xml)
        return;
    XML_ParserFree(xml->expat);
    fed_record_finish(&xml->record);
    gp_buf_finish(&xml->window);
    free(xml);
}

void fed_xml_relax(struct fed_xml *xml)
{
    xml->record.is_relaxed = true;
}

void fed_xml_take_clients(struct fed_xml *xml)
{
    xml->record.takes_clients = true;
}

/*
 * Between two elements: a fresh expat, that has read the same stream header, goes on where the old
 * one stands.
 */
static void renew(struct fed_xml *xml)
{
    struct gp_buf root;
    gp_buf_init(&root, 8 * (size_t)xml->limits.token_bytes); /* escaping may lengthen a URI */
    fed_record_put_scope(&xml->record, &root);
    XML_Parser expat = make_expat();
    size_t len = gp_buf_len(&root);
    /* No handler is set yet: the header is not reported again. */
    if (expat && gp_buf_failed(&root) == GP_OK &&
        XML_Parse(expat, gp_buf_span(&root).at, (int)len, 0) == XML_STATUS_OK) {
        XML_ParserFree(xml->expat);
        start_expat(xml, expat);
        xml->given = xml->event_end;
        xml->expat_at = xml->given - len;
        xml->record.names = 0;
    } else {
        if (expat)
            XML_ParserFree(expat);
        refuse(xml, FED_FAULT_NO_MEMORY, "no memory for the parser");
    }
    gp_buf_finish(&root);
}

/* Feeding */

/* How many of the bytes are text of XML, as far as can be told yet. */
static size_t good_len(struct gp_utf8 *state, struct gp_span bytes)
{
    struct gp_utf8 before = *state;
    size_t good = 0;
    if (gp_utf8_feed(state, bytes.at, bytes.len))
        return bytes.len;
    *state = before;
    while (gp_utf8_feed(state, bytes.at + good, 1))
        good++;
    return good;
}

void fed_xml_feed(struct fed_xml *xml, struct gp_span bytes)
{
    if (xml->record.has_fault || xml->has_closed || xml->is_spoilt)
        return;
    size_t good = good_len(&xml->utf8, bytes);
    xml->is_spoilt = good < bytes.len; /* reported when everything before it has been */
    gp_buf_append(&xml->window, bytes.at, good);
    if (gp_buf_failed(&xml->window) == GP_ERR_LIMIT)
        refuse(xml, FED_FAULT_LIMIT, "more input than was asked for");
    else if (gp_buf_failed(&xml->window) != GP_OK)
        refuse(xml, FED_FAULT_NO_MEMORY, "no memory for input");
}

static void note_error(struct fed_xml *xml)
{
    enum XML_Error error = XML_GetErrorCode(xml->expat);
    enum fed_xml_fault fault = FED_FAULT_NOT_WELL_FORMED;
    if (error == XML_ERROR_UNDEFINED_ENTITY)
        fault = FED_FAULT_RESTRICTED_XML;
    else if (error == XML_ERROR_NO_MEMORY)
        fault = FED_FAULT_LIMIT; /* the tracker says so: the peer's doing, not ours (F2) */
    fed_record_refuse(&xml->record, fault, XML_ErrorString(error));
}

/* After a slice that ended inside something: is it still worth waiting for the rest? */
static void check_unfinished(struct fed_xml *xml)
{
    uint64_t at = token_at(xml); /* of the unfinished token */
    if (xml->given - at > xml->limits.token_bytes) {
        refuse(xml, FED_FAULT_LIMIT, "a tag is too long");
    } else if (xml->record.depth > 1) {
        if (xml->given - xml->record.element_at > xml->limits.stanza_bytes)
            refuse(xml, FED_FAULT_TOO_BIG, "an element is too big");
    } else { /* blanks between elements are not kept */
        gp_buf_consume(&xml->window, (size_t)(at - xml->window_at));
        xml->window_at = at;
    }
}

/* Parses some more; false when there is nothing that may be parsed. */
static bool parse(struct fed_xml *xml)
{
    XML_ParsingStatus status;
    enum XML_Status result;
    XML_GetParsingStatus(xml->expat, &status);
    if (status.parsing == XML_SUSPENDED && xml->record.names > NAMES_MAX) {
        renew(xml);
        return true;
    }
    if (status.parsing == XML_SUSPENDED) {
        result = XML_ResumeParser(xml->expat);
    } else {
        uint64_t end = xml->window_at + gp_buf_len(&xml->window);
        if (!xml->record.is_relaxed && end > xml->limits.preauth_bytes)
            end = xml->limits.preauth_bytes;
        if (end > xml->given + SLICE_BYTES)
            end = xml->given + SLICE_BYTES;
        if (end <= xml->given)
            return false;
        struct gp_span slice = stream_bytes(xml, xml->given, end);
        xml->given = end;
        result = XML_Parse(xml->expat, slice.at, (int)slice.len, 0);
    }
    if (result == XML_STATUS_ERROR)
        note_error(xml);
    else if (result == XML_STATUS_OK)
        check_unfinished(xml);
    return true;
}

/* Nothing can be parsed: because nothing is there, or because it must not be? */
static void check_stalled(struct fed_xml *xml)
{
    if (xml->given < xml->window_at + gp_buf_len(&xml->window))
        refuse(xml, FED_FAULT_LIMIT, "too many bytes before authentication");
    else if (xml->is_spoilt) /* RFC 6120, 4.9.3.22 */
        refuse(xml, FED_FAULT_UNSUPPORTED_ENCODING, "bytes that are no character of XML in UTF-8");
}

/* What was returned last is over: its bytes go. */
static void forget(struct fed_xml *xml)
{
    gp_buf_consume(&xml->window, (size_t)(xml->event_end - xml->window_at));
    xml->window_at = xml->event_end;
    if (gp_buf_len(&xml->window) == 0 && xml->window.cap > WINDOW_KEEP_BYTES)
        gp_buf_finish(&xml->window);
    fed_record_forget(&xml->record);
    xml->is_returned = false;
}

enum fed_xml_event fed_xml_next(struct fed_xml *xml)
{
    struct fed_xml_element *element = &xml->record.element;
    if (xml->is_returned)
        forget(xml);
    while (!xml->record.has_fault && !xml->has_header && !xml->has_element && !xml->has_closed)
        if (!parse(xml)) {
            check_stalled(xml);
            break;
        }
    xml->is_returned = xml->has_header || xml->has_element;
    if (xml->has_header) {
        xml->has_header = false;
        return FED_XML_HEADER;
    }
    if (xml->has_element) {
        xml->has_element = false;
        element->bytes = stream_bytes(xml, xml->record.element_at, xml->event_end);
        element->rescope = xml->record.cuts;
        element->carry_count = fed_scope_carry(&xml->record.scope);
        element->carry = xml->record.scope.carry;
        return FED_XML_ELEMENT;
    }
    if (xml->record.has_fault)
        return FED_XML_FAILED;
    return xml->has_closed ? FED_XML_CLOSED : FED_XML_WAIT;
}

const struct fed_xml_header *fed_xml_header(const struct fed_xml *xml)
{
    return &xml->record.header;
}

const struct fed_xml_element *fed_xml_element(const struct fed_xml *xml)
{
    return &xml->record.element;
}

enum fed_xml_fault fed_xml_fault(const struct fed_xml *xml)
{
    return xml->record.fault;
}

const char *fed_xml_fault_text(const struct fed_xml *xml)
{
    return xml->record.fault_text;
}

bool fed_xml_has_more(const struct fed_xml *xml)
{
    return xml->is_spoilt || xml->window_at + gp_buf_len(&xml->window) > xml->event_end;
}

void fed_xml_put_scope(const struct fed_xml *xml, struct gp_buf *out)
{
    fed_record_put_scope(&xml->record, out);
}
