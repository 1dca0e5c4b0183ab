/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/policy.h"

#include "base/clock.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *type, *condition;
} bounces[] = {
    [FED_BOUNCE_NONE] = {"", ""},
    [FED_BOUNCE_NOT_FOUND] = {"cancel", "remote-server-not-found"},
    [FED_BOUNCE_NOT_FOUND_WAIT] = {"wait", "remote-server-not-found"},
    [FED_BOUNCE_TIMEOUT] = {"wait", "remote-server-timeout"},
    [FED_BOUNCE_TIMEOUT_CANCEL] = {"cancel", "remote-server-timeout"},
    [FED_BOUNCE_INTERNAL] = {"cancel", "internal-server-error"},
    [FED_BOUNCE_RESOURCE] = {"wait", "resource-constraint"},
    [FED_BOUNCE_NOT_ALLOWED] = {"cancel", "not-allowed"},
    [FED_BOUNCE_UNAVAILABLE] = {"cancel", "service-unavailable"},
    [FED_BOUNCE_TOO_BIG] = {"modify", "policy-violation"},
    [FED_BOUNCE_BAD_REQUEST] = {"modify", "bad-request"},
};

const char *fed_bounce_type(enum fed_bounce bounce)
{
    return bounces[bounce].type;
}

const char *fed_bounce_condition(enum fed_bounce bounce)
{
    return bounces[bounce].condition;
}

static void say(struct fed_certainty *ret, const char *format, ...) GP_PRINTF(2, 3);

static void say(struct fed_certainty *ret, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(ret->detail, sizeof(ret->detail), format, args);
    va_end(args);
}

/* Sets ret->identity; without a match the sentence says which names there are. */
static bool matches_name(const struct fed_tls_facts *facts, const struct fed_reference *reference,
                         struct fed_certainty *ret)
{
    ret->identity = fed_identity_match(facts->peer, reference, facts->has_dns_constraints);
    if (ret->identity != FED_IDENTITY_NONE)
        return true;
    struct gp_buf names;
    gp_buf_init(&names, 65536);
    fed_cert_names_text(facts->peer, &names);
    const char *text = gp_buf_text(&names);
    say(ret, "the certificate is for %.120s, not for %.60s", text ? text : "other names",
        reference->domain.ascii);
    gp_buf_finish(&names);
    return false;
}

static bool is_in_time(const struct fed_tls_facts *facts, int64_t wall_s, struct fed_certainty *ret)
{
    char text[GP_CLOCK_TEXT_MAX];
    int64_t end_s = facts->peer->not_after_s;
    if (facts->chain_not_after_s > 0 && facts->chain_not_after_s < end_s)
        end_s = facts->chain_not_after_s;
    if (wall_s < facts->peer->not_before_s)
        say(ret, "the certificate is not valid before %s",
            gp_clock_text(facts->peer->not_before_s, text));
    else if (wall_s > end_s)
        say(ret, "the certificate or its issuer's expired at %s", gp_clock_text(end_s, text));
    else
        return true;
    return false;
}

static void judge_dane(const struct fed_tls_facts *facts, const struct fed_reference *reference,
                       int64_t wall_s, struct fed_certainty *ret)
{
    ret->is_dane = true;
    /* DANE-EE: neither names nor dates nor the chain count (RFC 7671, 5.1). */
    if (facts->dane_needs_name &&
        (!is_in_time(facts, wall_s, ret) || !matches_name(facts, reference, ret)))
        return;
    ret->is_proved = true;
    say(ret, "TLSA %s", facts->dane_text);
}

/* A certificate as such: RFC 6120, 13.7.1.1; RFC 9325, 4.5; for purposes see C2. */
static bool is_usable(const struct fed_cert *cert, struct fed_certainty *ret)
{
    if (cert->is_ca)
        say(ret, "the certificate is that of a CA, not of a server");
    else if (cert->has_weak_key)
        say(ret, "the certificate's key is too weak: %s", cert->key_text);
    else if (cert->has_weak_signature)
        say(ret, "the certificate's signature uses a broken digest");
    else if (cert->has_purpose && !cert->is_for_server)
        say(ret, "the certificate was issued for other purposes than a server's");
    else
        return true;
    return false;
}

static void judge_pkix(const struct fed_tls_facts *facts, const struct fed_reference *reference,
                       int64_t wall_s, struct fed_certainty *ret)
{
    if (facts->chain == FED_CHAIN_UNTRUSTED) {
        say(ret, "the certificate is not trusted: %s", facts->chain_reason);
        return;
    }
    if (!is_usable(facts->peer, ret) || !is_in_time(facts, wall_s, ret) ||
        !matches_name(facts, reference, ret))
        return;
    ret->is_proved = true;
    say(ret, "PKIX, %s", fed_identity_text(ret->identity));
}

/*
 * The fingerprint stands in for chain and name (RFC 7711, 3.1), not for the strength of the key or
 * for the dates. A failure is told behind that of PKIX.
 */
static void judge_posh(const struct fed_tls_facts *facts, int64_t wall_s, struct fed_certainty *ret)
{
    size_t len = strlen(ret->detail);
    if (facts->posh.found != FED_FOUND_MATCH) {
        snprintf(ret->detail + len, sizeof(ret->detail) - len, "; POSH: %.150s", facts->posh.text);
    } else if (facts->peer->has_weak_key) {
        say(ret, "the certificate's key is too weak: %s", facts->peer->key_text);
    } else if (is_in_time(facts, wall_s, ret)) {
        ret->is_proved = ret->is_posh = true;
        say(ret, "POSH, %s", facts->posh.text);
    }
}

void fed_policy_certainty(const struct fed_tls_facts *facts, const struct fed_reference *reference,
                          int64_t wall_s, struct fed_certainty *ret)
{
    *ret = (struct fed_certainty){.identity = FED_IDENTITY_NONE};
    if (!facts)
        say(ret, "the stream is not encrypted");
    else if (!facts->peer)
        say(ret, "the peer sent no certificate");
    else if (facts->dane == FED_DANE_MISMATCH)
        say(ret, "the certificate matches none of the TLSA records");
    else if (facts->dane == FED_DANE_MATCHED)
        judge_dane(facts, reference, wall_s, ret);
    else
        judge_pkix(facts, reference, wall_s, ret);
    if (facts && facts->posh.source == FED_SOURCE_POSH && !ret->is_proved)
        judge_posh(facts, wall_s, ret);
}

bool fed_policy_takes_posh(const struct fed_partner *partner, const struct fed_tls_facts *facts)
{
    return partner->uses_posh && !partner->requires_dane && facts->peer;
}

bool fed_policy_takes_dialback(const struct fed_partner *partner)
{
    return partner->dialback == FED_DIALBACK_ALLOWED && partner->sasl != FED_SASL_REQUIRED &&
           !partner->requires_dane;
}

const struct fed_partner fed_policy_stand_in = {
    .tls = FED_TLS_REQUIRED,
    .sasl = FED_SASL_OPTIONAL,
    .dialback = FED_DIALBACK_ALLOWED,
};

const char *fed_policy_missing(const struct fed_partner *partner)
{
    if (partner->sasl != FED_SASL_REQUIRED)
        return "dialback = allowed";
    return partner->dialback == FED_DIALBACK_ALLOWED ? "sasl = optional"
                                                     : "sasl = optional  dialback = allowed";
}

bool fed_policy_takes_clear(const struct fed_partner *partner)
{
    return partner->tls != FED_TLS_REQUIRED && fed_policy_takes_dialback(partner);
}

void fed_policy_narrow(const struct fed_partner *partner, struct dns_route *route)
{
    if (partner->requires_dnssec)
        dns_route_require_secure(route);
    if (partner->tls == FED_TLS_UNSUPPORTED)
        dns_route_avoid_direct_tls(route);
}

const char *fed_policy_setting(const struct fed_settings *settings, const struct dns_domain *domain,
                               const char *option, char out[FED_SETTING_MAX])
{
    const char *blank = option[0] ? " " : "";
    domain = fed_settings_primary(settings, domain); /* the title of its section */
    if (fed_settings_partner(settings, domain) == &settings->stranger)
        snprintf(out, FED_SETTING_MAX, "stranger {%s%s }", blank, option);
    else
        snprintf(out, FED_SETTING_MAX, "partner \"%s\" {%s%s }", domain->ascii, blank, option);
    return out;
}

const char *fed_policy_why_not(const struct fed_settings *settings, const struct dns_domain *domain,
                               char out[FED_WHY_NOT_MAX])
{
    char setting[FED_SETTING_MAX];
    if (fed_settings_blocks(settings, domain))
        snprintf(out, FED_WHY_NOT_MAX, "%.250s is in the block-file", domain->ascii);
    else
        snprintf(out, FED_WHY_NOT_MAX, "%.90s; %.120s would admit it", domain->ascii,
                 fed_policy_setting(settings, domain, "", setting));
    return out;
}
