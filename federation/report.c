/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/report.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>

static const char *direction_text(enum fed_direction direction)
{
    return direction == FED_TO_PARTNER ? "out" : "in";
}

static const char *domain_text(const struct dns_domain *domain)
{
    return domain && dns_domain_is_set(domain) ? domain->ascii : NULL;
}

const struct fed_tls_facts *fed_report_tls(const struct fed_session *session,
                                           enum fed_direction direction)
{
    const void *machine = fed_session_machine(session);
    return direction == FED_TO_PARTNER ? fed_out_tls(machine) : fed_in_tls(machine);
}

static const char *tls_text(const struct fed_tls_facts *tls)
{
    return tls ? tls->version : "none";
}

static void write_diary(struct fed_context *context, const struct dns_domain *partner,
                        const struct dns_domain *home, struct fed_diary_entry entry,
                        const char *sentence, const struct fed_trace *trace)
{
    if (partner)
        entry.partner = *partner;
    if (home)
        entry.home = *home;
    fed_diary_write(context->diary, &entry, sentence, trace);
}

void fed_report_opened(struct fed_context *context, struct fed_session *session,
                       enum fed_direction direction, const struct dns_domain *home,
                       const struct dns_domain *partner, enum fed_proof proof,
                       const struct fed_trace *trace)
{
    char address[GP_ADDR_TEXT_MAX], sentence[160];
    struct gp_addr peer = fed_session_peer(session);
    const struct fed_tls_facts *tls = fed_report_tls(session, direction);
    bool is_weak = proof == FED_PROOF_DIALBACK_CLEAR || !tls;
    gp_log_write(
        context->log, is_weak ? GP_LOG_WARNING : GP_LOG_INFO, "session-open",
        GP_LOG_FIELDS({"partner", domain_text(partner)}, {"home", domain_text(home)},
                      {"direction", direction_text(direction)},
                      {"address", gp_addr_port_text(&peer, address)}, {"tls", tls_text(tls)},
                      {"cipher", tls ? tls->cipher : NULL}, {"auth", fed_proof_text(proof)}),
        "%s stream with %s is open%s", direction == FED_TO_PARTNER ? "outbound" : "inbound",
        domain_text(partner) ? partner->ascii : "a peer", is_weak ? ", without encryption" : "");
    snprintf(sentence, sizeof(sentence), "%s stream open (%s, %s)",
             direction == FED_TO_PARTNER ? "outbound" : "inbound", tls_text(tls),
             fed_proof_text(proof));
    const struct fed_diary_entry entry = {
        .kind = trace ? FED_DIARY_ATTEMPT : FED_DIARY_OPENED,
        .is_outbound = direction == FED_TO_PARTNER,
        .is_good = true,
        .address = peer,
    };
    write_diary(context, partner, home, entry, sentence, trace);
}

void fed_report_closed(struct fed_context *context, struct fed_session *session,
                       enum fed_direction direction, const struct dns_domain *home,
                       const struct dns_domain *partner, enum fed_proof proof, uint64_t stanzas,
                       enum fed_close reason, const char *detail)
{
    char address[GP_ADDR_TEXT_MAX], span[GP_CLOCK_SPAN_MAX], count[24], duration[24];
    int64_t lasted_ms = gp_clock_mono_ms() - fed_session_started_ms(session);
    struct gp_addr peer = fed_session_peer(session);
    const char *condition = fed_close_condition(reason);
    context->counters.closed++;
    snprintf(count, sizeof(count), "%" PRIu64, stanzas);
    snprintf(duration, sizeof(duration), "%" PRId64 ".%03" PRId64, lasted_ms / 1000,
             lasted_ms % 1000);
    gp_log_write(context->log, GP_LOG_INFO, "session-close",
                 GP_LOG_FIELDS({"partner", domain_text(partner)}, {"home", domain_text(home)},
                               {"direction", direction_text(direction)},
                               {"address", gp_addr_port_text(&peer, address)},
                               {"tls", tls_text(fed_report_tls(session, direction))},
                               {"auth", fed_proof_text(proof)}, {"duration_s", duration},
                               {"stanzas", count},
                               {"stream_error", condition[0] ? condition : NULL}),
                 "%s%s%s (after %s)", fed_close_text(reason), detail[0] ? ": " : "", detail,
                 gp_clock_span_text(lasted_ms, span));
    bool is_outbound = direction == FED_TO_PARTNER;
    const struct fed_diary_entry entry = {
        .kind = FED_DIARY_CLOSED,
        .is_outbound = is_outbound,
        .is_good = fed_close_fault(reason) == FED_BY_NOBODY || fed_close_fault(reason) == FED_BY_US,
        .address = peer,
    };
    char sentence[FED_DETAIL_MAX + 160];
    snprintf(sentence, sizeof(sentence), "%s stream closed after %s and %s stanza%s: %s%s%s",
             is_outbound ? "outbound" : "inbound", span, count, stanzas == 1 ? "" : "s",
             fed_close_text(reason), detail[0] ? ": " : "", detail);
    if (!domain_text(partner) && !is_outbound) /* not proved, but that is what it said */
        partner = fed_in_partner(fed_session_machine(session));
    write_diary(context, partner, home, entry, sentence, NULL);
}

void fed_report_failed(struct fed_context *context, const struct dns_domain *home,
                       const struct dns_domain *partner, const struct fed_failure *failure,
                       const struct fed_trace *trace, int64_t retry_in_ms)
{
    char retry[GP_CLOCK_SPAN_MAX];
    gp_log_write(context->log, GP_LOG_WARNING, "attempt-failed",
                 GP_LOG_FIELDS({"partner", domain_text(partner)}, {"home", domain_text(home)},
                               {"direction", "out"},
                               {"retry_in", gp_clock_span_text(retry_in_ms, retry)}),
                 "%s cannot be reached: %s", partner->ascii, failure->sentence);
    for (size_t i = 0; trace && i < trace->count; i++)
        gp_log_write(context->log, GP_LOG_DEBUG, "attempt-step",
                     GP_LOG_FIELDS({"partner", domain_text(partner)}), "%5" PRId64 " ms %s",
                     trace->steps[i].at_ms, trace->steps[i].text);
    const struct fed_diary_entry entry = {.kind = FED_DIARY_ATTEMPT, .is_outbound = true};
    write_diary(context, partner, home, entry, failure->sentence, trace);
}

void fed_report_refused(struct fed_context *context, struct fed_session *session,
                        const struct dns_domain *home, const struct dns_domain *partner,
                        const char *detail)
{
    char address[GP_ADDR_TEXT_MAX];
    struct gp_addr peer = fed_session_peer(session);
    gp_log_write(context->log, GP_LOG_INFO, "pair-refused",
                 GP_LOG_FIELDS({"partner", domain_text(partner)}, {"home", domain_text(home)},
                               {"direction", "in"}, {"address", gp_addr_port_text(&peer, address)}),
                 "%s may not speak to %s on this stream: %s", partner->ascii, home->ascii, detail);
    const struct fed_diary_entry entry = {.kind = FED_DIARY_REFUSED, .address = peer};
    write_diary(context, partner, home, entry, detail, NULL);
}
