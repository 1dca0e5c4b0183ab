/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What gatepost itself says on a stream: headers, features, negotiation elements, errors. Each
 * function appends to out; a buffer that is full or without memory keeps its error (base/buf.h).
 */
#ifndef GP_FED_XML_OUT_H
#define GP_FED_XML_OUT_H

#include "base/buf.h"

/* An opening tag (RFC 6120, 4.7 and 4.8; XEP-0114, 3). NULL: the attribute is absent. */
struct fed_opening {
    const char *content_ns; /* FED_NS_SERVER, which also declares the prefix db, or another */
    const char *from, *to, *id;
    bool has_version; /* version='1.0' */
};

void fed_put_opening(struct gp_buf *out, const struct fed_opening *opening);
void fed_put_closing(struct gp_buf *out); /* </stream:stream> */

/* The limits that hold for the reader's bytes (XEP-0478). 0: not told. */
struct fed_limits_out {
    uint32_t max_bytes, idle_seconds;
};

/* What the receiving entity offers (RFC 6120, 4.3.2). */
struct fed_features {
    bool starttls, is_starttls_required;
    bool external;
    bool dialback; /* with error support (XEP-0220, 2.4) */
    bool bidi;     /* XEP-0288 */
    struct fed_limits_out limits;
    bool sm; /* acknowledgements (XEP-0198) */
};

/* <stream:features/> with what is offered. */
void fed_put_features(struct gp_buf *out, const struct fed_features *features);

/* condition: RFC 6120, 4.9.3; text: in words, or NULL; extra_ns and extra: the element that says
 * more, with its attributes, or NULL. The closing tag is not part of it. */
void fed_put_stream_error(struct gp_buf *out, const char *condition, const char *text,
                          const char *extra, const char *extra_ns);

/* RFC 6120, 5.4 and 6.4; authzid becomes base64. */
void fed_put_starttls(struct gp_buf *out);
void fed_put_proceed(struct gp_buf *out);
void fed_put_tls_failure(struct gp_buf *out);
void fed_put_external(struct gp_buf *out, const char *authzid);
void fed_put_sasl(struct gp_buf *out, const char *name); /* "challenge", "success", "abort" */
void fed_put_sasl_failure(struct gp_buf *out, const char *condition);
void fed_put_compress_failure(struct gp_buf *out); /* XEP-0138, 4 */

/* Stream management (XEP-0198, 3 and 4): "enable", "enabled", "r"; an acknowledgement; a refusal.
 */
void fed_put_sm(struct gp_buf *out, const char *name);
void fed_put_ack(struct gp_buf *out, uint32_t handled);
void fed_put_sm_failure(struct gp_buf *out, const char *condition);

/* <bidi/> with the limits for what comes back (XEP-0288, 2.2; XEP-0478, 3.2). */
void fed_put_bidi(struct gp_buf *out, const struct fed_limits_out *limits);

/* One dialback element (XEP-0220, 2.4). */
struct fed_dialback_out {
    const char *name;      /* "result" or "verify" */
    const char *from, *to; /* domains as they go on the wire */
    struct gp_span id;     /* of a verify; at == NULL: absent */
    const char *type;      /* NULL in a question */
    const char *key;       /* in a question */
    const char *condition; /* with type "error" */
};

/* <db:NAME/> with those attributes and that content that are set. */
void fed_put_dialback(struct gp_buf *out, const struct fed_dialback_out *element);

/*
 * Appends " name='value'". Unlike character data a value keeps its line breaks and tabs only as
 * character references (XML 1.0, 3.3.3).
 */
void fed_put_attribute(struct gp_buf *out, const char *name, struct gp_span value);

/* Appends " xmlns:prefix='uri'", or " xmlns='uri'" when prefix is NULL. */
void fed_put_declaration(struct gp_buf *out, const char *prefix, const char *uri);

#endif
