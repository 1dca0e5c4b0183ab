/* SPDX-License-Identifier: BSD-2-Clause */
/* What is said of federation, in the log and in the diary: when a session opens, when it closes,
 * and each failed attempt or refusal. */
#ifndef GP_FED_REPORT_H
#define GP_FED_REPORT_H

#include "federation/attempt.h"
#include "federation/parcel.h"

/* event "session-open": a domain pair became valid. direction: FED_TO_PARTNER outbound,
 * FED_TO_INSIDE inbound. trace: the attempt that led to it; NULL when there is none. */
void fed_report_opened(struct fed_context *context, struct fed_session *session,
                       enum fed_direction direction, const struct dns_domain *home,
                       const struct dns_domain *partner, enum fed_proof proof,
                       const struct fed_trace *trace);

/* event "session-close"; partner and home may be NULL when they were never known. */
void fed_report_closed(struct fed_context *context, struct fed_session *session,
                       enum fed_direction direction, const struct dns_domain *home,
                       const struct dns_domain *partner, enum fed_proof proof, uint64_t stanzas,
                       enum fed_close reason, const char *detail);

/* event "attempt-failed": retry_in_ms until the next one. trace may be NULL. */
void fed_report_failed(struct fed_context *context, const struct dns_domain *home,
                       const struct dns_domain *partner, const struct fed_failure *failure,
                       const struct fed_trace *trace, int64_t retry_in_ms);

/* event "pair-refused": a pair on an inbound stream that lives on. */
void fed_report_refused(struct fed_context *context, struct fed_session *session,
                        const struct dns_domain *home, const struct dns_domain *partner,
                        const char *detail);

/* What of a session goes into its log lines and into status. */
const struct fed_tls_facts *fed_report_tls(const struct fed_session *session,
                                           enum fed_direction direction);

#endif
