/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The streams that a server inside opens to gatepost, which it takes for the servers of its
 * partners. Who may connect at all is said by address; whether it is the server, by the key of its
 * certificate or by the dialback secret that it shares with us (XEP-0185): nobody is asked.
 */
#include "base/clock.h"
#include "federation/dialback.h"
#include "federation/inside_s2s.h"
#include "federation/machine.h"
#include "federation/session_nobody.h"

#include <stdio.h>
#include <stdlib.h>

#define FED_S2S_GUESTS_MAX 1000 /* connections at a time */

/* One connection. */
struct fed_s2s_guest {
    struct fed_s2s_guest *next, **link;
    struct fed_s2s *s2s;
    struct fed_session *session;
    struct dns_domain home, partner; /* first valid pair */
    int64_t since_ms;                /* that it is valid */
    enum fed_proof proof;
    uint64_t stanzas;
};

static enum gp_code guest_start_tls(void *arg, struct fed_session *session, struct fed_link *link,
                                    struct gp_err *err)
{
    const struct fed_s2s_guest *guest = arg;
    const struct fed_s2s *s2s = guest->s2s;
    const struct fed_inside_settings *settings = fed_inside_settings(s2s->inside);
    const struct fed_partner *server = &s2s->mirror->server;
    (void)session;
    if (server->domain_count == 0)
        return gp_err_set(err, GP_ERR_NOT_FOUND, "no home domain lives on this link");
    /* A certificate for the domain that it wants is nobody's to have here; one of its own is at
     * least ours. */
    enum gp_code code = fed_link_tls_accept(link, s2s->context.tls, &server->domains[0],
                                            settings->is_direct_tls, err);
    if (code == GP_OK && settings->anchors)
        fed_link_tls_trust(link, settings->anchors);
    return code;
}

/* What the certificate is worth: the pins stand where a partner's TLSA records would. */
static void weigh(struct fed_s2s_guest *guest, const struct fed_request *request)
{
    const struct fed_inside_settings *settings = fed_inside_settings(guest->s2s->inside);
    struct fed_evidence evidence = {.found = FED_FOUND_NOTHING};
    struct fed_now now = fed_now();
    struct gp_err err = {0};
    if (fed_link_tls_match(fed_session_link(guest->session), settings->pins, settings->pin_count,
                           &evidence, &err) != GP_OK) {
        evidence.found = FED_FOUND_FAILED;
        snprintf(evidence.text, sizeof(evidence.text), "%.150s", err.text);
    }
    fed_in_looked_up(fed_session_machine(guest->session), &now, request->u.lookup.number,
                     &evidence);
    fed_session_kick(guest->session);
}

/* The key was made with the secret that both sides have, of the domains as either writes them. */
static bool is_key(const struct fed_s2s *s2s, const struct fed_request *request)
{
    const struct gp_secret *secret = &s2s->mirror->settings.dialback_secret;
    const struct dns_domain *target = &request->u.verify.target, *sender;
    char to[DNS_DOMAIN_UNICODE_MAX], from[DNS_DOMAIN_UNICODE_MAX];
    struct gp_span id = gp_span_text(request->u.verify.stream_id);
    struct gp_span key = gp_span_text(request->u.verify.key);
    sender = &request->u.verify.sender;
    return fed_dialback_check(secret, gp_span_text(dns_domain_unicode(target, to)),
                              gp_span_text(dns_domain_unicode(sender, from)), id, key) ||
           fed_dialback_check(secret, gp_span_text(target->ascii), gp_span_text(sender->ascii), id,
                              key);
}

static void verify(struct fed_s2s_guest *guest, const struct fed_request *request)
{
    struct fed_now now = fed_now();
    fed_in_verified(fed_session_machine(guest->session), &now, request->u.verify.number,
                    is_key(guest->s2s, request) ? FED_VERDICT_VALID : FED_VERDICT_INVALID);
    fed_session_kick(guest->session);
}

static void open_pair(struct fed_s2s_guest *guest, const struct fed_request *request)
{
    struct gp_addr peer = fed_session_peer(guest->session);
    const struct fed_s2s_event event = {
        .name = "inside-open",
        .level = GP_LOG_INFO,
        .direction = FED_TO_PARTNER,
        .home = &request->u.pair.partner,
        .partner = &request->u.pair.home,
        .address = &peer,
        .auth = fed_proof_text(request->u.pair.proof),
        .sentence = "the server inside has opened a stream",
    };
    if (!dns_domain_is_set(&guest->home)) {
        guest->home = request->u.pair.partner;
        guest->partner = request->u.pair.home;
        guest->proof = request->u.pair.proof;
        guest->since_ms = gp_clock_mono_ms();
        guest->s2s->trouble[0] = '\0';
    }
    fed_s2s_report(guest->s2s, &event);
}

static void refuse_pair(struct fed_s2s_guest *guest, const struct fed_request *request)
{
    struct gp_addr peer = fed_session_peer(guest->session);
    const struct fed_s2s_event event = {
        .name = "inside-refused",
        .level = GP_LOG_WARNING,
        .direction = FED_TO_PARTNER,
        .home = &request->u.pair.partner,
        .partner = &request->u.pair.home,
        .address = &peer,
        .sentence = request->u.pair.detail,
    };
    fed_s2s_report(guest->s2s, &event);
}

static void take_stanza(struct fed_s2s_guest *guest, const struct fed_stanza *stanza)
{
    struct fed_inside *inside = guest->s2s->inside;
    const struct fed_home *home =
        fed_settings_home(fed_inside_context(inside)->settings, &stanza->from);
    GP_ASSERT(home); /* the mirror lets nothing else pass */
    guest->stanzas++;
    if (!fed_inside_took(inside, NULL, &home->domain, stanza,
                         fed_in_lang(fed_session_machine(guest->session))))
        fed_session_pause(guest->session, true);
}

static void guest_on_request(void *arg, struct fed_session *session,
                             const struct fed_request *request)
{
    struct fed_s2s_guest *guest = arg;
    (void)session;
    switch (request->what) {
    case FED_DO_STANZA:
        take_stanza(guest, request->u.stanza);
        break;
    case FED_DO_VERIFY:
        verify(guest, request);
        break;
    case FED_DO_LOOK_UP:
        weigh(guest, request);
        break;
    case FED_DO_OPEN:
        open_pair(guest, request);
        break;
    case FED_DO_REFUSED:
        refuse_pair(guest, request);
        break;
    default: /* nothing else is the owner's affair */
        break;
    }
}

static void guest_destroy(struct fed_s2s_guest *guest)
{
    *guest->link = guest->next;
    if (guest->next)
        guest->next->link = guest->link;
    guest->s2s->guest_count--;
    free(guest);
}

/* One that only asked about a key of ours, or went before it said who it was, is no news. */
static bool is_news(const struct fed_s2s_guest *guest, enum fed_close reason)
{
    return dns_domain_is_set(&guest->home) || fed_close_condition(reason)[0] ||
           reason == FED_CLOSE_TLS_FAILED;
}

static void guest_on_end(void *arg, struct fed_session *session, enum fed_close reason,
                         const char *detail)
{
    struct fed_s2s_guest *guest = arg;
    bool was_open = dns_domain_is_set(&guest->home);
    struct gp_addr peer = fed_session_peer(session);
    const struct fed_in *machine = fed_session_machine(session);
    char sentence[FED_DETAIL_MAX + 200];
    snprintf(sentence, sizeof(sentence), "%s%s%.300s%s", fed_close_text(reason),
             detail[0] ? ": " : "", detail, fed_s2s_hint(guest->s2s, reason));
    const struct fed_s2s_event event = {
        .name = was_open ? "inside-close" : "inside-refused",
        .level = was_open ? GP_LOG_INFO : GP_LOG_WARNING,
        .direction = FED_TO_PARTNER,
        .home = was_open ? &guest->home : fed_in_partner(machine),
        .partner = was_open ? &guest->partner : fed_in_home(machine),
        .address = &peer,
        .auth = was_open ? fed_proof_text(guest->proof) : NULL,
        .stanzas = was_open ? &guest->stanzas : NULL,
        .sentence = sentence,
    };
    if (is_news(guest, reason))
        fed_s2s_report(guest->s2s, &event);
    guest_destroy(guest);
}

static const struct fed_session_owner guest_owner = {
    .start_tls = guest_start_tls,
    .on_request = guest_on_request,
    .on_end = guest_on_end,
};

/* Accepting. */

static struct fed_session *start_session(struct fed_s2s_guest *guest, int fd)
{
    struct fed_s2s *s2s = guest->s2s;
    struct fed_context *context = &s2s->context;
    struct fed_now now = fed_now();
    const struct fed_in_setup setup = {
        .settings = context->settings,
        .is_direct_tls = fed_inside_settings(s2s->inside)->is_direct_tls,
        .make_id = fed_make_id,
        .arg = guest,
    };
    const struct fed_session_setup session = {
        .loop = context->loop,
        .limits = &context->settings->limits,
        .list = &context->sessions,
        .link = fed_link_create(fd),
        .type = &fed_machine_in,
        .machine = fed_in_create(&setup, &now),
        .owner = &guest_owner,
        .arg = guest,
    };
    return fed_session_create(&session);
}

static bool is_peer(const struct fed_s2s *s2s, const struct gp_addr *addr)
{
    const struct fed_inside_settings *settings = fed_inside_settings(s2s->inside);
    for (size_t i = 0; i < settings->peer_count; i++)
        if (gp_network_has(&settings->peers[i], addr))
            return true;
    return false;
}

static void turn_away(const struct fed_s2s *s2s, const struct gp_addr *peer, const char *sentence)
{
    const struct fed_s2s_event event = {
        .name = "inside-refused",
        .level = GP_LOG_WARNING,
        .direction = FED_TO_PARTNER,
        .address = peer,
        .sentence = sentence,
    };
    fed_s2s_report(s2s, &event);
}

/* Why nobody is let in from there; NULL when somebody is. */
static const char *fault_of(const struct fed_s2s *s2s, const struct gp_addr *peer)
{
    if (!is_peer(s2s, peer))
        return "its address is none of the peers of this inside section";
    return s2s->guest_count >= FED_S2S_GUESTS_MAX ? "too many connections" : NULL;
}

static void on_connection(void *arg, struct gp_acceptor *acceptor, int fd,
                          const struct gp_addr *peer, const struct gp_addr *local)
{
    struct fed_s2s *s2s = arg;
    const char *fault = fault_of(s2s, peer);
    struct fed_s2s_guest *guest = fault ? NULL : calloc(1, sizeof(*guest));
    (void)acceptor, (void)local;
    if (fault)
        turn_away(s2s, peer, fault);
    if (!guest) {
        gp_io_close(&fd);
        return;
    }
    guest->s2s = s2s;
    guest->next = s2s->guests;
    guest->link = &s2s->guests;
    if (guest->next)
        guest->next->link = &guest->next;
    s2s->guests = guest;
    s2s->guest_count++;
    guest->session = start_session(guest, fd);
    if (!guest->session)
        guest_destroy(guest);
}

enum gp_code fed_s2s_listen(struct fed_s2s *s2s, struct gp_err *err)
{
    struct gp_addr address = fed_inside_settings(s2s->inside)->listen;
    int fd = -1;
    enum gp_code code = gp_io_listen(&address, false, &fd, err);
    if (code != GP_OK)
        return code;
    s2s->acceptor = gp_acceptor_create(s2s->context.loop, fd, s2s->context.log, on_connection, s2s);
    return s2s->acceptor ? GP_OK : gp_err_nomem(err);
}

void fed_s2s_hush(struct fed_s2s *s2s)
{
    gp_acceptor_destroy(s2s->acceptor);
    s2s->acceptor = NULL;
    for (struct fed_s2s_guest *guest = s2s->guests; guest; guest = guest->next)
        fed_session_pause(guest->session, true);
}

void fed_s2s_close(struct fed_s2s *s2s)
{
    gp_acceptor_destroy(s2s->acceptor);
    while (s2s->guests) {
        struct fed_session *session = s2s->guests->session;
        guest_destroy(s2s->guests);
        fed_session_destroy(session);
    }
}

static void dismiss(struct fed_s2s_guest *guest)
{
    struct gp_addr peer = fed_session_peer(guest->session);
    const struct fed_s2s_event event = {
        .name = "inside-close",
        .level = GP_LOG_INFO,
        .direction = FED_TO_PARTNER,
        .home = &guest->home,
        .partner = &guest->partner,
        .address = &peer,
        .auth = fed_proof_text(guest->proof),
        .stanzas = &guest->stanzas,
        .sentence = fed_close_text(FED_CLOSE_CHANGED),
    };
    if (dns_domain_is_set(&guest->home))
        fed_s2s_report(guest->s2s, &event);
    fed_session_stop(guest->session, FED_CLOSE_CHANGED);
    fed_session_give(guest->session, &fed_session_nobody, NULL);
    guest_destroy(guest);
}

void fed_s2s_dismiss(struct fed_s2s *s2s)
{
    fed_s2s_hush(s2s);
    while (s2s->guests)
        dismiss(s2s->guests);
}

void fed_s2s_each_guest(const struct fed_s2s *s2s, fed_inside_status_fn *fn, void *arg)
{
    for (const struct fed_s2s_guest *guest = s2s->guests; guest; guest = guest->next) {
        const struct fed_inside_status status = {
            .home = &guest->home,
            .partner = &guest->partner,
            .more = fed_in_pair_count(fed_session_machine(guest->session)) - 1,
            .direction = "out",
            .is_up = true,
            .since_ms = guest->since_ms,
            .taken = guest->stanzas,
            .peer = fed_session_peer(guest->session),
            .trouble = "",
        };
        if (dns_domain_is_set(&guest->home))
            fn(arg, &status);
    }
}

void fed_s2s_resume(struct fed_s2s *s2s)
{
    for (struct fed_s2s_guest *guest = s2s->guests; guest; guest = guest->next)
        if (fed_session_is_paused(guest->session))
            fed_session_pause(guest->session, false);
}

void fed_s2s_stop(struct fed_s2s *s2s)
{
    for (struct fed_s2s_guest *guest = s2s->guests; guest; guest = guest->next)
        fed_session_stop(guest->session, FED_CLOSE_SHUTDOWN);
}
