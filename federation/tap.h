/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Listening to the streams of one partner, for `gatepost trace`: stream headers and the start tags
 * of first-level elements, in both directions; never what stands inside an element. While nobody
 * listens it costs one comparison.
 */
#ifndef GP_FED_TAP_H
#define GP_FED_TAP_H

#include "base/addr.h"
#include "dns/domain.h"
#include "federation/xml_in.h"

#define FED_TAP_TEXT_MAX 1024

/* Which stream it was. */
struct fed_tap_stream {
    uint64_t number; /* of the session, on its worker */
    bool is_outbound;
    struct dns_domain partner; /* not set while the peer has not said who it is */
    struct gp_addr peer;
};

/* One who listens; lives as long as it is in the list. */
struct fed_tap {
    struct fed_tap *next;
    struct dns_domain partner;
    /* is_ours: gatepost said it; text is printable, valid during the call. */
    void (*tell)(void *arg, const struct fed_tap_stream *stream, bool is_ours, const char *text);
    void *arg;
};

/* Tells those of the list who listen to this partner; in words. */
void fed_tap_tell(const struct fed_tap *taps, const struct fed_tap_stream *stream, bool is_ours,
                  const char *text);

/* The same for what a parser has just returned; nothing for FED_XML_WAIT. */
void fed_tap_event(const struct fed_tap *taps, const struct fed_tap_stream *stream, bool is_ours,
                   const struct fed_xml *xml, enum fed_xml_event event);

/* Reads again what a stream has put into its output, a whole number of elements at a time. */
struct fed_echo {
    struct fed_xml *xml; /* owned; NULL: nobody listens to this partner */
    uint64_t until;      /* bytes of the output since the stream's start that were seen */
};

/*
 * bytes: what the output holds; end: bytes of the output since the start, with those.
 */
void fed_echo_read(struct fed_echo *echo, const struct fed_tap *taps,
                   const struct fed_tap_stream *stream, struct gp_span bytes, uint64_t end);

/* Somebody begins to listen: what is there by now, with so many bytes put since the start, is not
 * told. */
void fed_echo_skip(struct fed_echo *echo, uint64_t end);

/* Releases what it holds, for good or until somebody listens again. */
void fed_echo_finish(struct fed_echo *echo);

#endif
