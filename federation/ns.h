/* SPDX-License-Identifier: BSD-2-Clause */
/* Namespaces, with the text that defines them. */
#ifndef GP_FED_NS_H
#define GP_FED_NS_H

#define FED_NS_STREAM           "http://etherx.jabber.org/streams"    /* RFC 6120, 4.8.1 */
#define FED_NS_SERVER           "jabber:server"                       /* RFC 6120, 4.8.2 */
#define FED_NS_COMPONENT        "jabber:component:accept"             /* XEP-0114, 3 */
#define FED_NS_CLIENT           "jabber:client"                       /* RFC 6120, 4.8.2 */
#define FED_NS_STREAM_ERRORS    "urn:ietf:params:xml:ns:xmpp-streams" /* RFC 6120, 4.9.2 */
#define FED_NS_STANZA_ERRORS    "urn:ietf:params:xml:ns:xmpp-stanzas" /* RFC 6120, 8.3.2 */
#define FED_NS_TLS              "urn:ietf:params:xml:ns:xmpp-tls"     /* RFC 6120, 5 */
#define FED_NS_SASL             "urn:ietf:params:xml:ns:xmpp-sasl"    /* RFC 6120, 6 */
#define FED_NS_DIALBACK         "jabber:server:dialback"              /* XEP-0220, 2.4.1 */
#define FED_NS_DIALBACK_FEATURE "urn:xmpp:features:dialback"          /* XEP-0220, 2.4.2 */
#define FED_NS_BIDI             "urn:xmpp:bidi"                       /* XEP-0288, 2.2 */
#define FED_NS_BIDI_FEATURE     "urn:xmpp:features:bidi"              /* XEP-0288, 2.1 */
#define FED_NS_LIMITS           "urn:xmpp:stream-limits:0"            /* XEP-0478 */
#define FED_NS_SM               "urn:xmpp:sm:3"                       /* XEP-0198 */
#define FED_NS_ERRORS           "urn:xmpp:errors"                     /* XEP-0205: stanza-too-big */
#define FED_NS_COMPRESS         "http://jabber.org/protocol/compress" /* XEP-0138: never offered */
#define FED_NS_PING             "urn:xmpp:ping"                       /* XEP-0199 */
#define FED_NS_DELAY            "urn:xmpp:delay"                      /* XEP-0203 */
#define FED_NS_DISCO_INFO       "http://jabber.org/protocol/disco#info"  /* XEP-0030 */
#define FED_NS_DISCO_ITEMS      "http://jabber.org/protocol/disco#items" /* XEP-0030 */
#define FED_NS_VERSION          "jabber:iq:version"                      /* XEP-0092 */
#define FED_NS_TIME             "urn:xmpp:time"                          /* XEP-0202 */
#define FED_NS_DATA             "jabber:x:data"                          /* XEP-0004 */
#define FED_NS_SERVERINFO       "http://jabber.org/network/serverinfo"   /* XEP-0157 */
#define FED_NS_XML              "http://www.w3.org/XML/1998/namespace"

#endif
