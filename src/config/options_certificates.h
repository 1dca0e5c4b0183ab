/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows of the option table for the certificates of a domain that are to come. */
#ifndef GP_APP_OPTIONS_CERTIFICATES_H
#define GP_APP_OPTIONS_CERTIFICATES_H

#include "config/config.h"
#include "config/options.h"

/* Uses the macros of options.c. */
#define CERTIFICATE_ROWS                                                                           \
    {.section = APP_SECTION_DOMAIN,                                                                \
     .key = "next-key",                                                                            \
     .type = APP_PATH,                                                                             \
     FIELD(app_domain, next_key),                                                                  \
     .help = "The key that is to follow: a private key, public key, certificate or certificate "   \
             "request, PEM. Its digest is exported beside that of the present one, so that "       \
             "partners know it before it is used (RFC 7671, 8.1)."},                               \
        {.section = APP_SECTION_DOMAIN,                                                            \
         .key = "young-key",                                                                       \
         .type = APP_WORD,                                                                         \
         FIELD(app_domain, young_key),                                                             \
         WORDS("refuse", "warn", "ignore"),                                                        \
         .preset = "refuse",                                                                       \
         .help = "What becomes of a reload with another key, as long as partners may not know "    \
                 "its TLSA record: everything stays as it is, or the key is used all the same, "   \
                 "with or without a warning. For a domain with TLSA records; \"gatepost tlsa\" "   \
                 "says how far it is."},                                                           \
        {.section = APP_SECTION_DOMAIN,                                                            \
         .key = "caa-issuer",                                                                      \
         .type = APP_DOMAIN,                                                                       \
         .flags = APP_LIST,                                                                        \
         FIELD(app_domain, caa_issuers),                                                           \
         COUNTED_BY(app_domain, caa_issuer_count),                                                 \
         .help =                                                                                   \
             "The authorities that may issue certificates for the domain and every name below "    \
             "it, "                                                                                \
             "such as \"ca.example\": each becomes a CAA record (RFC 8659). All of them belong "   \
             "here, those of web servers too. Without any no CAA record is exported."},            \
        {.section = APP_SECTION_DOMAIN,                                                            \
         .key = "caa-account-uri",                                                                 \
         .type = APP_TEXT,                                                                         \
         FIELD(app_domain, caa_account_uri),                                                       \
         .help =                                                                                   \
             "The only account at the issuer that may order (RFC 8657, 3); with one caa-issuer."}, \
    {                                                                                              \
        .section = APP_SECTION_DOMAIN, .key = "caa-validation-methods", .type = APP_WORDS,         \
        FIELD(app_domain, caa_validation_methods), WORDS(APP_CAA_METHODS),                         \
        .help =                                                                                    \
            "The only ways in which the issuer may see that the domain is yours (RFC 8657, 4); "   \
            "with one caa-issuer."                                                                 \
    }

#endif
