/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What was looked up about a peer's certificate beyond what the handshake shows. Looked up by the
 * runner, weighed by the machine.
 */
#ifndef GP_FED_EVIDENCE_H
#define GP_FED_EVIDENCE_H

#include "base/defs.h"

enum fed_source {
    FED_SOURCE_NONE, /* nothing was looked up */
    FED_SOURCE_TLSA, /* the TLSA records of the domain's own servers, of one that connected to us */
    FED_SOURCE_POSH  /* the fingerprints that the domain publishes over HTTPS (RFC 7711) */
};

enum fed_found {
    FED_FOUND_NOTHING, /* nothing is published: as if it had not been looked up */
    FED_FOUND_MATCH,
    FED_FOUND_MISMATCH,
    FED_FOUND_FAILED /* it could not be looked up */
};

struct fed_evidence {
    enum fed_source source;
    enum fed_found found;
    char text[160];           /* what matched, or why not; printable */
    bool needs_name;          /* a DANE-TA match: the name still has to fit (RFC 7671, 5.2) */
    bool has_dns_constraints; /* of such a match: its chain has dNSName constraints (d.3) */
};

#endif
