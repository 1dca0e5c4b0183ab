/* SPDX-License-Identifier: BSD-2-Clause */
/* What answers: I1, A3, A4, T, X, V9. */
#include "tests/unit/unit.h"

#include "base/digest.h"
#include "tests/unit/readiness_rows.h"

#include <stdio.h>

static struct app_seen_probe *probe(struct fixture *fx)
{
    return fixture_probe(fx, 5269, GP_IPV6);
}

static struct app_seen_probe *direct_probe(struct fixture *fx)
{
    return fixture_probe(fx, 5270, GP_IPV4);
}

static void refused(struct fixture *fx)
{
    fixture_stop_at(probe(fx), FED_PROBE_NOTHING, FED_CLOSE_DONE, "");
    snprintf(probe(fx)->result->sentence, 40, "connection refused");
}

static void refused_without_family(struct fixture *fx)
{
    refused(fx);
    fx->seen->has_ipv6 = false;
}

static void unseen_probe(struct fixture *fx)
{
    fed_probe_result_destroy(probe(fx)->result);
    probe(fx)->result = NULL;
    probe(fx)->seen = APP_NOTHING_CAME;
    probe(fx)->why = "the time was up";
}

static void not_xmpp(struct fixture *fx)
{
    fixture_stop_at(probe(fx), FED_PROBE_CONNECTED, FED_CLOSE_NOT_WELL_FORMED, "");
}

static void no_starttls(struct fixture *fx)
{
    fixture_stop_at(probe(fx), FED_PROBE_ANSWERED, FED_CLOSE_STARTTLS_REFUSED, "");
    probe(fx)->result->offer.is_known = true;
    probe(fx)->result->offer.starttls = false;
}

static void no_version(struct fixture *fx)
{
    probe(fx)->result->hello[0].has_version = false;
}

static void tls_fails(struct fixture *fx)
{
    fixture_stop_at(direct_probe(fx), FED_PROBE_CONNECTED, FED_CLOSE_TLS_FAILED, "no cipher");
}

static void silent_in_tls(struct fixture *fx)
{
    fixture_stop_at(probe(fx), FED_PROBE_SECURED, FED_CLOSE_LOST, "");
}

static void needs_alpn(struct fixture *fx)
{
    struct app_seen_probe *bare = direct_probe(fx);
    while (bare->kind != APP_PROBE_NO_ALPN || bare->addr.family != GP_IPV4)
        bare = bare->next;
    fixture_stop_at(bare, FED_PROBE_CONNECTED, FED_CLOSE_TLS_FAILED, "handshake failure");
}

static void refuses_alpn(struct fixture *fx)
{
    fixture_stop_at(direct_probe(fx), FED_PROBE_CONNECTED, FED_CLOSE_TLS_FAILED,
                    "no application protocol");
}

static void fails_with_and_without_alpn(struct fixture *fx)
{
    needs_alpn(fx);
    refuses_alpn(fx);
}

static void crossed(struct fixture *fx)
{
    fixture_stop_at(direct_probe(fx), FED_PROBE_CONNECTED, FED_CLOSE_TLS_FAILED, "wrong version");
    fixture_add_probe(fx, direct_probe(fx), APP_PROBE_CROSSED)->service = DNS_SERVICE_STARTTLS;
}

static void other_name(struct fixture *fx)
{
    fixture_set_name(probe(fx), "other.example");
}

static void host_name_only(struct fixture *fx)
{
    fixture_set_name(probe(fx), FX_HOST);
}

static void insecure_host_name(struct fixture *fx)
{
    fixture_set_name(probe(fx), FX_HOST);
    probe(fx)->endpoint->srv_is_secure = false;
}

static void no_certificate(struct fixture *fx)
{
    fed_cert_destroy(probe(fx)->result->tls->peer);
    probe(fx)->result->tls->peer = NULL;
    probe(fx)->result->tls->chain = FED_CHAIN_NONE;
}

static void neighbours_certificate(struct fixture *fx)
{
    fixture_set_name(probe(fx), "beta.example");
    fixture_set_key(probe(fx), "beta");
}

static struct app_seen_probe *neighbour(struct fixture *fx)
{
    struct app_seen_probe *beside = fixture_add_probe(fx, probe(fx), APP_PROBE_SNI);
    beside->domain = fx->config->domains[1].name;
    fixture_set_key(beside, "beta");
    return beside;
}

static void good_neighbour(struct fixture *fx)
{
    fixture_set_name(neighbour(fx), "beta.example");
}

static void ignored_neighbour(struct fixture *fx)
{
    fixture_set_key(neighbour(fx), FX_OWN_KEY);
}

static void untrusted(struct fixture *fx)
{
    struct fed_tls_facts *tls = probe(fx)->result->tls;
    tls->chain = FED_CHAIN_UNTRUSTED;
    tls->chain_not_after_s = 0;
    snprintf(tls->chain_reason, sizeof(tls->chain_reason), "no path to a trusted authority");
}

static void self_signed(struct fixture *fx)
{
    untrusted(fx);
    probe(fx)->result->tls->peer->is_self_issued = true;
    probe(fx)->result->chain[0]->is_self_issued = true;
}

static void end_in(struct fixture *fx, int64_t left_s)
{
    probe(fx)->result->tls->peer->not_after_s = fx->now_s + left_s;
}

static void expired(struct fixture *fx)
{
    end_in(fx, -1);
    untrusted(fx);
}

static void ends_in_two_days(struct fixture *fx)
{
    end_in(fx, 2 * FX_DAY_S);
}

static void ends_in_twenty_days(struct fixture *fx)
{
    end_in(fx, 20 * FX_DAY_S);
}

static void ends_in_twenty_two_days(struct fixture *fx)
{
    end_in(fx, 22 * FX_DAY_S);
}

static void chain_ends_soon(struct fixture *fx)
{
    probe(fx)->result->tls->chain_not_after_s = fx->now_s + FX_DAY_S;
}

static void of_tomorrow(struct fixture *fx)
{
    probe(fx)->result->tls->peer->not_before_s = fx->now_s + FX_DAY_S;
}

static void other_key(struct fixture *fx)
{
    fixture_set_key(probe(fx), "other");
}

static void loaded_key(struct fixture *fx)
{
    char *hex = gp_arena_alloc(&fx->seen->arena, GP_DIGEST_HEX_MAX);
    other_key(fx);
    fx->seen->gateway.homes[0].spki_hex =
        gp_digest_hex(probe(fx)->result->tls->peer->spki_sha256, 32, hex);
}

static void other_certificate(struct fixture *fx)
{
    end_in(fx, 40 * FX_DAY_S);
}

/* On one address only. */
static void renewed_certificate(struct fixture *fx)
{
    probe(fx)->result->tls->peer->cert_sha256[0] = 1;
}

static void host_unknown(struct fixture *fx)
{
    fixture_stop_at(probe(fx), FED_PROBE_ANSWERED, FED_CLOSE_PEER_UNKNOWN, "host-unknown");
}

static void no_external(struct fixture *fx)
{
    fixture_stop_at(probe(fx), FED_PROBE_FEATURES, FED_CLOSE_NO_AUTH, "");
    probe(fx)->result->offer.external = false;
}

static void no_login(struct fixture *fx)
{
    fixture_stop_at(probe(fx), FED_PROBE_GREETED, FED_CLOSE_PEER_ERROR, "policy-violation");
}

static void no_login_self_signed(struct fixture *fx)
{
    self_signed(fx);
    no_login(fx);
}

static void taken_by_another(struct fixture *fx)
{
    probe(fx)->was_met = probe(fx)->was_logged_in = false;
}

static void no_login_elsewhere(struct fixture *fx)
{
    no_login(fx);
    probe(fx)->was_met = false;
}

static void no_outbound_login(struct fixture *fx)
{
    fixture_domain(fx)->login.was_logged_in = false;
}

static void untried_login(struct fixture *fx)
{
    fixture_domain(fx)->login = (struct app_seen_login){.seen = APP_NOT_ASKED, .why = "no time"};
}

static void inside_away(struct fixture *fx)
{
    fx->seen->gateway.homes[0].is_inside_up = false;
}

static void inside_not_told(struct fixture *fx)
{
    fx->seen->gateway.homes[0].is_inside_known = false;
}

static void home_missing(struct fixture *fx)
{
    fx->seen->gateway.home_count = 0;
}

static void wrong_from(struct fixture *fx)
{
    fixture_stop_at(probe(fx), FED_PROBE_GREETED, FED_CLOSE_WRONG_NAME, "other.example");
}

static void no_from(struct fixture *fx)
{
    probe(fx)->result->hello[1].from[0] = '\0';
}

static void no_id(struct fixture *fx)
{
    fixture_stop_at(probe(fx), FED_PROBE_FEATURES, FED_CLOSE_NO_ID, "");
    probe(fx)->result->hello[1].has_id = false;
}

static void see_other_host(struct fixture *fx)
{
    fixture_stop_at(probe(fx), FED_PROBE_GREETED, FED_CLOSE_PEER_ERROR, "see-other-host: x");
}

static void gateway_absent(struct fixture *fx)
{
    fx->seen->gateway.seen = APP_NOTHING_CAME;
    fx->seen->gateway.why = "the gateway does not run";
    fx->seen->gateway.is_absent = true;
    probe(fx)->told = APP_NOT_ASKED;
    probe(fx)->told_why = fx->seen->gateway.why;
    probe(fx)->was_met = false;
}

static void gateway_not_asked(struct fixture *fx)
{
    gateway_absent(fx);
    fx->seen->gateway.is_absent = false;
    fx->seen->gateway.why = "permission denied";
}

static void other_digest(struct fixture *fx)
{
    fx->seen->gateway.config_digest = "0123456789abcdef";
}

static void other_file(struct fixture *fx)
{
    other_digest(fx);
    fx->seen->gateway.config_path = "/srv/gatepost.conf";
}

static void not_met(struct fixture *fx)
{
    probe(fx)->was_met = false;
}

static void not_met_other_key(struct fixture *fx)
{
    not_met(fx);
    other_key(fx);
}

static void no_token_shown(struct fixture *fx)
{
    fixture_stop_at(probe(fx), FED_PROBE_ANSWERED, FED_CLOSE_TLS_FAILED, "");
}

static void token_not_told(struct fixture *fx)
{
    probe(fx)->told = APP_NOTHING_CAME;
    probe(fx)->told_why = "no answer";
    probe(fx)->was_met = false;
}

static void starttls_optional(struct fixture *fx)
{
    probe(fx)->result->offer.starttls_required = false;
}

static void for_clients(struct fixture *fx)
{
    fixture_stop_at(probe(fx), FED_PROBE_ANSWERED, FED_CLOSE_NAMESPACE, "'jabber:client'");
}

static void refuses_servers(struct fixture *fx)
{
    fixture_stop_at(probe(fx), FED_PROBE_ANSWERED, FED_CLOSE_PEER_ERROR, "invalid-namespace");
}

static struct app_seen_probe *target_probe(struct fixture *fx)
{
    struct app_seen_probe *at = probe(fx);
    while (at->kind != APP_PROBE_TARGET_SNI || at->addr.family != GP_IPV6)
        at = at->next;
    return at;
}

static void another_for_the_host(struct fixture *fx)
{
    fixture_set_name(target_probe(fx), "other.example");
    target_probe(fx)->result->tls->dane = FED_DANE_MISMATCH;
}

static void another_for_the_host_without_dane(struct fixture *fx)
{
    another_for_the_host(fx);
    probe(fx)->result->tls->dane = FED_DANE_NOT_USED;
}

static void another_for_the_domain(struct fixture *fx)
{
    fixture_set_name(probe(fx), "other.example");
    probe(fx)->result->tls->dane = FED_DANE_MISMATCH;
}

static void another_for_both(struct fixture *fx)
{
    another_for_the_host(fx);
    another_for_the_domain(fx);
}

static void refuses_the_host(struct fixture *fx)
{
    fixture_stop_at(target_probe(fx), FED_PROBE_CONNECTED, FED_CLOSE_TLS_FAILED, "unknown name");
}

static void for_servers_only(struct fixture *fx)
{
    probe(fx)->result->tls->peer->is_for_client = false;
}

/* The gateway's only addresses are private: its public one may be unreachable for itself alone. */
static void refused_behind_a_translation(struct fixture *fx)
{
    struct app_seen_probe *probe = fixture_probe(fx, 5269, GP_IPV4);
    fixture_stop_at(probe, FED_PROBE_NOTHING, FED_CLOSE_DONE, "");
    snprintf(probe->result->sentence, sizeof(probe->result->sentence), "connection refused");
    fx->seen->is_translated = true;
}

static void refused_without_a_gateway(struct fixture *fx)
{
    refused_behind_a_translation(fx);
    fx->seen->gateway.seen = APP_NOTHING_CAME;
    fx->seen->gateway.why = "it does not run";
}

const struct readiness_row readiness_rows_endpoint[] = {
    {"O1", "nobody outside", "", NULL, refused_behind_a_translation, APP_WARN, "--merge"},
    {"O2", "from inside", "", NULL, refused_behind_a_translation, APP_WARN, "--merge"},
    {"O2", "no gateway here", "", NULL, refused_without_a_gateway, APP_PASS, "no address of ours"},
    {"A3", "from inside", "", NULL, refused_behind_a_translation, APP_UNKNOWN, "O2"},
    {"A3", "no gateway here", "", NULL, refused_without_a_gateway, APP_FAIL, "connection refused"},
    {"V9", "the other protocol", "", NULL, crossed, APP_FAIL, "speaks STARTTLS"},
    {"V9", "none of both", "", NULL, tls_fails, APP_UNKNOWN, "no cipher"},
    {"A3", "refused", "", NULL, refused, APP_FAIL, "connection refused"},
    {"A3", "no such family here", "", NULL, refused_without_family, APP_UNKNOWN, "IPv6"},
    {"A3", "not seen", "", NULL, unseen_probe, APP_UNKNOWN, "the time was up"},
    {"A4", "another key", "", NULL, other_key, APP_FAIL, "differs from"},
    {"A4", "the same key, renewed", "", NULL, renewed_certificate, APP_FAIL,
     "the certificate here"},
    {"A4", "other features", "", NULL, no_external, APP_FAIL, "the features here: starttls"},
    {"A4", "another name", "", NULL, wrong_from, APP_FAIL, "differs from"},
    {"A4", "not this gateway", "", NULL, not_met, APP_FAIL, "not this gateway"},
    {"A4", "refused", "", NULL, refused, APP_UNKNOWN, "connection refused"},
    {"A4", "not seen", "", NULL, unseen_probe, APP_UNKNOWN, "the time was up"},
    {"T1", "not XMPP", "", NULL, not_xmpp, APP_FAIL, "ss -ltnp 'sport = :5269'"},
    {"T1", "no STARTTLS", "", NULL, no_starttls, APP_FAIL, "does not offer STARTTLS"},
    {"T1", "no version", "", NULL, no_version, APP_FAIL, "version"},
    {"T1", "TLS fails", "", NULL, tls_fails, APP_FAIL, "no cipher"},
    {"T1", "silent in TLS", "", NULL, silent_in_tls, APP_FAIL, "inside TLS"},
    {"T1", "no connection", "", NULL, refused, APP_UNKNOWN, "connection refused"},
    {"T2", "offered only", "", NULL, starttls_optional, APP_WARN, "s2s_require_encryption"},
    {"T2", "not offered", "", NULL, no_starttls, APP_SKIP, "T1"},
    {"T3", "a port for clients", "", NULL, for_clients, APP_FAIL, "jabber:client"},
    {"T3", "says so", "", NULL, refuses_servers, APP_FAIL, "5222"},
    {"T3", "no connection", "", NULL, refused, APP_UNKNOWN, "connection refused"},
    {"T4", "another for the host", "", NULL, another_for_the_host, APP_FAIL, "asked for gw1"},
    {"T4", "the same without DANE", "", NULL, another_for_the_host_without_dane, APP_WARN, "gw1"},
    {"T4", "another for the domain", "", NULL, another_for_the_domain, APP_FAIL, "XEP-0368"},
    {"T4", "for both", "", NULL, another_for_both, APP_SKIP, "T6"},
    {"T4", "refuses the host", "", NULL, refuses_the_host, APP_FAIL, "unknown name"},
    {"T13", "for servers only", "", NULL, for_servers_only, APP_WARN, "X3, X4, I4"},
    {"T5", "refuses ALPN", "", NULL, refuses_alpn, APP_FAIL, "xmpp-server"},
    {"T5", "needs ALPN", "", NULL, needs_alpn, APP_WARN, "without ALPN"},
    {"T5", "neither", "", NULL, fails_with_and_without_alpn, APP_UNKNOWN, "T1"},
    {"T6", "another name", "", NULL, other_name, APP_FAIL, "dns:other.example"},
    {"T6", "the host's name", "", NULL, host_name_only, APP_WARN, "validate DNSSEC"},
    {"T6", "the host's, insecure", "", NULL, insecure_host_name, APP_FAIL, "not stand for"},
    {"T6", "none", "", NULL, no_certificate, APP_FAIL, "no certificate"},
    {"T6", "not seen", "", NULL, not_xmpp, APP_UNKNOWN, "not seen"},
    {"T7", "the neighbour's", "", NULL, neighbours_certificate, APP_FAIL, "beta.example instead"},
    {"T7", "for the neighbour, too", "", NULL, good_neighbour, APP_PASS, ""},
    {"T7", "ours for the neighbour", "", NULL, ignored_neighbour, APP_FAIL, "for beta.example"},
    {"T8", "incomplete", "", NULL, untrusted, APP_FAIL, "append the certificate of \"CN=Test"},
    {"T8", "self-signed, with DANE", "", NULL, self_signed, APP_WARN, "use DANE"},
    {"T8", "expired", "", NULL, expired, APP_UNKNOWN, "T9"},
    {"T9", "expired", "", NULL, expired, APP_FAIL, "expired at 2027-01-15T07:59:59Z"},
    {"T9", "two days", "", NULL, ends_in_two_days, APP_FAIL, "alpha.crt"},
    {"T9", "twenty days", "", NULL, ends_in_twenty_days, APP_WARN, "2027-02-04"},
    {"T9", "twenty-two days", "", NULL, ends_in_twenty_two_days, APP_PASS, ""},
    {"T9", "an authority's", "", NULL, chain_ends_soon, APP_FAIL, "of its authorities"},
    {"T10", "tomorrow", "", NULL, of_tomorrow, APP_FAIL, "2027-01-16"},
    {"T11", "another key", "", NULL, other_key, APP_FAIL, "load balancer"},
    {"T11", "the gateway has another", "", NULL, loaded_key, APP_FAIL, "reload gatepost"},
    {"T11", "another certificate", "", NULL, other_certificate, APP_WARN, "right key"},
    {"X1", "host-unknown", "", NULL, host_unknown, APP_FAIL, "host-unknown"},
    {"X1", "not seen", "", NULL, silent_in_tls, APP_UNKNOWN, "not seen"},
    {"X2", "no EXTERNAL", "", NULL, no_external, APP_WARN, "nor is dialback"},
    {"X2", "nothing offered", "", NULL, no_login, APP_WARN, "policy-violation"},
    {"X5", "not let in", "", NULL, no_login, APP_FAIL, "policy-violation"},
    {"X5", "self-signed, with DANE", "", NULL, no_login_self_signed, APP_WARN, ""},
    {"X5", "not let out", "", NULL, no_outbound_login, APP_FAIL, "from the gateway"},
    {"X5", "not tried", "", NULL, untried_login, APP_UNKNOWN, "no time"},
    {"X5", "something else took it", "", NULL, taken_by_another, APP_UNKNOWN, "I1"},
    {"X5", "not this gateway", "", NULL, no_login_elsewhere, APP_UNKNOWN, "I1"},
    {"X8", "away", "", NULL, inside_away, APP_FAIL, "127.0.0.1:5347"},
    {"X8", "not told", "", NULL, inside_not_told, APP_UNKNOWN, "\"bots\""},
    {"X8", "not served", "", NULL, home_missing, APP_FAIL, "reload gatepost"},
    {"X8", "no gateway", "", NULL, gateway_absent, APP_UNKNOWN, "does not run"},
    {"X9", "another name", "", NULL, wrong_from, APP_FAIL, "other.example"},
    {"X9", "no name", "", NULL, no_from, APP_FAIL, "4.7.1"},
    {"X9", "no id", "", NULL, no_id, APP_FAIL, "4.7.3"},
    {"X9", "elsewhere", "", NULL, see_other_host, APP_FAIL, "see-other-host"},
    {"I1", "no gateway", "", NULL, gateway_absent, APP_FAIL,
     "gatepost run -c /etc/gatepost/gatepost.conf"},
    {"I1", "not permitted", "", NULL, gateway_not_asked, APP_UNKNOWN, "permission denied"},
    {"I1", "another configuration", "", NULL, other_digest, APP_WARN, "0123456789abcdef"},
    {"I1", "a changed file", "", NULL, other_digest, APP_WARN,
     "reload gatepost, so that it reads /etc/gatepost/gatepost.conf"},
    {"I1", "another file", "", NULL, other_file, APP_WARN,
     "restart gatepost with /etc/gatepost/gatepost.conf"},
    {"I1", "our key, not met", "", NULL, not_met, APP_FAIL, "did not meet this probe"},
    {"I1", "a foreign key", "", NULL, not_met_other_key, APP_FAIL, "foreign key"},
    {"I1", "met, a foreign key", "", NULL, other_key, APP_FAIL, "with another key"},
    {"I1", "no token shown", "", NULL, no_token_shown, APP_UNKNOWN, "show its token"},
    {"I1", "not told", "", NULL, token_not_told, APP_UNKNOWN, "no answer"},
    {"I1", "does not serve the domain", "", NULL, host_unknown, APP_FAIL, "does not serve"},
};
const size_t readiness_rows_endpoint_count = GP_ARRAY_LEN(readiness_rows_endpoint);
