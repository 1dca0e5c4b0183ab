/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What was looked up about the certificate of a partner that connected to us, beyond what the
 * handshake shows. Looked up by the runner, weighed by the machine.
 */
#ifndef GP_FED_EVIDENCE_H
#define GP_FED_EVIDENCE_H

#include "federation/tls_facts.h"

enum fed_found {
    FED_FOUND_NOTHING, /* nothing is published: as if it had not been looked up */
    FED_FOUND_MATCH,
    FED_FOUND_MISMATCH,
    FED_FOUND_FAILED /* it could not be looked up: no ground for a decision, and no fallback */
};

struct fed_evidence {
    enum fed_found found;
    char text[160];           /* what matched, or why it failed; printable */
    bool needs_name;          /* a DANE-TA match: the name still has to fit (RFC 7671, 5.2) */
    bool has_dns_constraints; /* of a match: its chain has dNSName constraints (d.3) */
};

#endif
