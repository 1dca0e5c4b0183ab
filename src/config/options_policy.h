/* SPDX-License-Identifier: BSD-2-Clause */
/* The rows of the option table that partners, strangers and their shadows share; for options.c,
 * whose macros they use. */
#ifndef GP_APP_OPTIONS_POLICY_H
#define GP_APP_OPTIONS_POLICY_H

/* What a partner and a stranger have in common, but for what a shadow has as well. */
#define UNSEEN_POLICY_ROWS(SECTION)                                                              \
    {.section = SECTION,                                                                         \
     .key = "require-dnssec",                                                                    \
     .type = APP_BOOL,                                                                           \
     FIELD(fed_partner, requires_dnssec),                                                        \
     .preset = "no",                                                                             \
     .help = "Whether every answer on the way to the partner, its SRV records and the "          \
             "addresses of its servers, has to be secured by DNSSEC."},                          \
        {.section = SECTION,                                                                     \
         .key = "connection-limit",                                                              \
         .type = APP_COUNT,                                                                      \
         .flags = APP_LIVE,                                                                      \
         FIELD(fed_partner, connection_limit),                                                   \
         .least = 1,                                                                             \
         .most = 100000,                                                                         \
         .help = "Connections at a time that the partner has opened and logged in on; one more " \
                 "is refused with \"resource-constraint\". Several workers admit a part each. "  \
                 "Without it: connections-per-partner of the limits."},                          \
    {                                                                                            \
        .section = SECTION, .key = "keepalive", .type = APP_BOOL, .flags = APP_LIVE,             \
        FIELD(fed_partner, keeps_alive), .preset = "yes",                                        \
        .help = "Whether signs of life are sent on its streams when they are silent, after "     \
                "keepalive-interval of the limits or as it asks for (XEP-0478). Without them a " \
                "dead connection is noticed later."                                              \
    }

/* What they have in common with their shadows, which are judged by stanzas and open streams; a
 * shadow has no defaults. */
#define PRESET(text)    text
#define NO_PRESET(text) NULL
#define POLICY_ROWS(SECTION, PRESET_OR_NOT, TYPE, STANZA_RATE, BYTE_RATE)                          \
    {.section = SECTION,                                                                           \
     .key = "tls",                                                                                 \
     .type = APP_WORD,                                                                             \
     FIELD(fed_partner, tls),                                                                      \
     .preset = PRESET_OR_NOT("required"),                                                          \
     WORDS("required", "optional", "unsupported"),                                                 \
     .help = "Whether a stream without TLS is refused; \"unsupported\": TLS is not even tried, "   \
             "unless a TLSA record says that there is TLS. What is not \"required\" is weak: it "  \
             "needs \"dialback = allowed\", since nothing else proves a domain without TLS."},     \
        {.section = SECTION,                                                                       \
         .key = "sasl",                                                                            \
         .type = APP_WORD,                                                                         \
         FIELD(fed_partner, sasl),                                                                 \
         .preset = PRESET_OR_NOT("optional"),                                                      \
         WORDS("required", "optional", "unsupported"),                                             \
         .help = "Whether streams are authenticated by SASL EXTERNAL, in both directions. "        \
                 "\"required\": in no other way. \"optional\": where both sides take the "         \
                 "other's certificate, and by dialback (XEP-0220, XEP-0344) where they do not. "   \
                 "\"unsupported\": by dialback alone."},                                           \
        {.section = SECTION,                                                                       \
         .key = "dialback",                                                                        \
         .type = APP_WORD,                                                                         \
         FIELD(fed_partner, dialback),                                                             \
         .preset = PRESET_OR_NOT("refused"),                                                       \
         WORDS("refused", "allowed"),                                                              \
         .help = "Whether a dialback key (XEP-0220) proves the domain when its certificate does "  \
                 "not. Weak: it is as good as DNS."},                                              \
        {.section = SECTION,                                                                       \
         .key = "require-dane",                                                                    \
         .type = APP_BOOL,                                                                         \
         FIELD(fed_partner, requires_dane),                                                        \
         .preset = PRESET_OR_NOT("no"),                                                            \
         .help = "Whether only a TLSA record that DNSSEC secures may authenticate the partner's "  \
                 "servers (RFC 7673). When they connect: with dane-client likewise, without it "   \
                 "only PKIX."},                                                                    \
        {.section = SECTION,                                                                       \
         .key = "dane-client",                                                                     \
         .type = APP_BOOL,                                                                         \
         FIELD(fed_partner, uses_dane_client),                                                     \
         .preset = PRESET_OR_NOT("no"),                                                            \
         .help =                                                                                   \
             "Whether the certificate that a server shows when it connects is judged by the TLSA " \
             "records of its domain's own servers: one that matches proves the domain, another "   \
             "is refused, and without such records nothing changes. No RFC defines this."},        \
        {.section = SECTION,                                                                       \
         .key = "posh",                                                                            \
         .type = APP_BOOL,                                                                         \
         FIELD(fed_partner, uses_posh),                                                            \
         .preset = PRESET_OR_NOT("no"),                                                            \
         .help = "Whether the fingerprints that a domain publishes over HTTPS (POSH, RFC 7711) "   \
                 "are fetched, and prove it in both directions, where DANE does not apply and "    \
                 "PKIX fails."},                                                                   \
        {.section = SECTION,                                                                       \
         .key = "type",                                                                            \
         .type = APP_WORD,                                                                         \
         .flags = APP_LIVE,                                                                        \
         FIELD(fed_partner, type),                                                                 \
         .preset = PRESET_OR_NOT(TYPE),                                                            \
         WORDS("federated", "public-verified", "public-unverified"),                               \
         .help = "Who may start a contact. \"public-unverified\": a user of the partner may "      \
                 "write or subscribe only to a user who has written or subscribed to it before. "  \
                 "The other two: everybody."},                                                     \
        {.section = SECTION,                                                                       \
         .key = "bidi",                                                                            \
         .type = APP_BOOL,                                                                         \
         FIELD(fed_partner, bidi),                                                                 \
         .preset = PRESET_OR_NOT("yes"),                                                           \
         .help = "Whether one stream may carry stanzas in both directions where the partner can "  \
                 "do that (XEP-0288), so that it needs no way back to the gateway."},              \
        {.section = SECTION,                                                                       \
         .key = "stanzas",                                                                         \
         .type = APP_WORDS,                                                                        \
         .flags = APP_LIVE,                                                                        \
         FIELD(fed_partner, kinds),                                                                \
         .preset = PRESET_OR_NOT("message, presence, iq"),                                         \
         WORDS("message", "presence", "iq"),                                                       \
         .help = "Kinds of stanzas that cross, in both directions. Others are refused: answered "  \
                 "with \"not-allowed\" inside, with \"service-unavailable\" outside, where "       \
                 "presence is dropped."},                                                          \
        {.section = SECTION,                                                                       \
         .key = "stanza-rate",                                                                     \
         .type = APP_COUNT,                                                                        \
         .flags = APP_LIVE,                                                                        \
         FIELD(fed_partner, stanza_rate),                                                          \
         .preset = PRESET_OR_NOT(STANZA_RATE),                                                     \
         .most = 1000000,                                                                          \
         .help = "Stanzas in a second, counted for each direction and each worker; 0: as many "    \
                 "as come. What comes in faster is read more slowly; what goes out faster is "     \
                 "answered with \"resource-constraint\"."},                                        \
        {.section = SECTION,                                                                       \
         .key = "stanza-burst",                                                                    \
         .type = APP_COUNT,                                                                        \
         .flags = APP_LIVE,                                                                        \
         FIELD(fed_partner, stanza_burst),                                                         \
         .preset = PRESET_OR_NOT("500"),                                                           \
         .least = 1,                                                                               \
         .most = 1000000,                                                                          \
         .help = "Stanzas that may come at once, before the rate counts."},                        \
    {                                                                                              \
        .section = SECTION, .key = "byte-rate", .type = APP_BYTES, .flags = APP_LIVE,              \
        FIELD(fed_partner, byte_rate), .preset = PRESET_OR_NOT(BYTE_RATE), .most = 1073741824,     \
        .help = "The same for bytes, of which those of two seconds may come at once; 0: as "       \
                "many as come."                                                                    \
    }

#define CONTACT_ROW(KEY, KIND, HELP)                                                     \
    {                                                                                    \
        .section = APP_SECTION_CONTACT, .key = KEY, .type = APP_TEXT, .flags = APP_LIST, \
        FIELD(app_config, federation.contacts[KIND].uris),                               \
        COUNTED_BY(app_config, federation.contacts[KIND].count), .help = HELP            \
    }

#endif
