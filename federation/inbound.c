/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/inbound.h"

#include "base/clock.h"
#include "federation/inquiry.h"
#include "federation/report.h"

#include <stdio.h>
#include <stdlib.h>

/* One accepted connection. */
struct guest {
    struct guest *next, **link;
    struct fed_inbound *inbound;
    struct fed_session *session;
    struct gp_addr peer, listener;
    bool is_direct_tls;
    struct dns_domain home, partner; /* first valid pair */
    struct dns_domain counted;       /* whose connection it is; not set before it is proved */
    enum fed_proof proof;
    uint64_t stanzas;
    int64_t slow_until_ms;   /* not read before: its partner is over its rate */
    struct fed_carry *carry; /* owned; NULL while it takes no stanzas of ours */
    struct fed_inquirer inquirer;
    int64_t read_ms;   /* when something came last */
    bool is_dismissed; /* told to close */
};

struct fed_inbound {
    struct fed_context *context;
    struct fed_router *router;
    struct fed_admission admission;
    struct guest *guests;
    struct fed_announced probes;
    struct fed_silences silences;
    struct gp_timer *sweep;
    struct gp_timer *slow; /* the next guest that is to be read again */
    struct fed_carries carries;
};

static void on_sweep(void *arg);
static void on_slow(void *arg);

struct fed_inbound *fed_inbound_create(struct fed_context *context, struct fed_router *router,
                                       unsigned worker_count)
{
    struct fed_inbound *inbound = calloc(1, sizeof(*inbound));
    if (!inbound)
        return NULL;
    inbound->context = context;
    inbound->router = router;
    fed_carries_init(&inbound->carries, router);
    fed_announced_init(&inbound->probes);
    fed_silences_init(&inbound->silences);
    fed_admission_init(&inbound->admission, &context->settings->limits, worker_count);
    inbound->sweep = gp_timer_create(context->loop, on_sweep, inbound);
    inbound->slow = gp_timer_create(context->loop, on_slow, inbound);
    if (!inbound->sweep || !inbound->slow) {
        fed_inbound_destroy(inbound);
        return NULL;
    }
    gp_timer_set(inbound->sweep, FED_ANNOUNCED_MS);
    return inbound;
}

/* Forgets the guest; its session is not touched. */
static void guest_destroy(struct guest *guest)
{
    fed_inquirer_finish(&guest->inquirer);
    fed_carry_destroy(guest->carry);
    if (dns_domain_is_set(&guest->counted))
        fed_admission_part(&guest->inbound->admission, &guest->counted);
    fed_admission_leave(&guest->inbound->admission, &guest->peer);
    *guest->link = guest->next;
    if (guest->next)
        guest->next->link = guest->link;
    free(guest);
}

void fed_inbound_destroy(struct fed_inbound *inbound)
{
    if (!inbound)
        return;
    while (inbound->guests) {
        struct fed_session *session = inbound->guests->session;
        guest_destroy(inbound->guests);
        fed_session_destroy(session);
    }
    fed_announced_finish(&inbound->probes);
    fed_silences_finish(&inbound->silences);
    fed_admission_finish(&inbound->admission);
    gp_timer_destroy(inbound->sweep);
    gp_timer_destroy(inbound->slow);
    free(inbound);
}

/* Asked when a secured stream header carries an id: the moment at which a probe is seen. */
static bool is_probe(void *arg, const char *token, struct dns_domain *ret_stand_in)
{
    struct guest *guest = arg;
    struct fed_probe_seen *seen = fed_announced_find(&guest->inbound->probes, token);
    if (!seen)
        return false;
    seen->is_seen = true;
    seen->listener = guest->listener;
    seen->peer = guest->peer;
    *ret_stand_in = seen->stand_in.domain;
    return true;
}

static bool take_place(void *arg, const struct dns_domain *partner)
{
    struct guest *guest = arg;
    struct fed_inbound *inbound = guest->inbound;
    const struct fed_settings *settings = inbound->context->settings;
    const struct fed_partner *policy = fed_settings_partner(settings, partner);
    const struct dns_domain *counted = fed_settings_primary(settings, partner);
    if (!policy ||
        fed_admission_join(&inbound->admission, counted, policy->connection_limit) != GP_OK)
        return false;
    guest->counted = *counted;
    return true;
}

static enum gp_code guest_start_tls(void *arg, struct fed_session *session, struct fed_link *link,
                                    struct gp_err *err)
{
    struct guest *guest = arg;
    struct fed_context *context = guest->inbound->context;
    const struct dns_domain *home = fed_in_home(fed_session_machine(session));
    if (!home) /* direct TLS: nobody has said yet whom it wants */
        home = &context->settings->homes[0].domain;
    return fed_link_tls_accept(link, context->tls, home, guest->is_direct_tls, err);
}

static void open_pair(struct guest *guest, const struct fed_request *request)
{
    struct fed_context *context = guest->inbound->context;
    const char *token = fed_in_probe(fed_session_machine(guest->session));
    struct fed_probe_seen *seen = token ? fed_announced_find(&guest->inbound->probes, token) : NULL;
    if (seen)
        seen->is_authenticated = true;
    if (!dns_domain_is_set(&guest->partner)) {
        guest->home = request->u.pair.home;
        guest->partner = request->u.pair.partner;
        guest->proof = request->u.pair.proof;
    }
    fed_guard_stream_opened(fed_router_guard(guest->inbound->router), FED_TO_INSIDE,
                            &request->u.pair.partner, request->u.pair.proof);
    fed_carries_open(&guest->inbound->carries, guest->session, &request->u.pair.home,
                     &request->u.pair.partner, &guest->carry);
    fed_report_opened(context, guest->session, FED_TO_INSIDE, &request->u.pair.home,
                      &request->u.pair.partner, request->u.pair.proof, NULL);
}

/* Rings when the first of the guests that are slowed down may be read again. */
static void arm_slow(struct fed_inbound *inbound, int64_t now_ms)
{
    int64_t next_ms = INT64_MAX;
    for (const struct guest *guest = inbound->guests; guest; guest = guest->next)
        if (guest->slow_until_ms > now_ms && guest->slow_until_ms < next_ms)
            next_ms = guest->slow_until_ms;
    if (next_ms == INT64_MAX)
        gp_timer_clear(inbound->slow);
    else
        gp_timer_set(inbound->slow, next_ms - now_ms);
}

/* Its partner has sent more than its rate: nothing is lost, TCP makes it wait. */
static void slow_down(struct guest *guest, int64_t wait_ms)
{
    int64_t now_ms = gp_clock_mono_ms();
    if (wait_ms == 0)
        return;
    if (now_ms + wait_ms > guest->slow_until_ms)
        guest->slow_until_ms = now_ms + wait_ms;
    fed_session_pause(guest->session, true);
    arm_slow(guest->inbound, now_ms);
}

static void take_stanza(struct guest *guest, const struct fed_stanza *stanza)
{
    struct fed_router *router = guest->inbound->router;
    guest->stanzas++;
    if (!fed_router_from_partner(router, stanza, fed_in_lang(fed_session_machine(guest->session))))
        fed_session_pause(guest->session, true);
    slow_down(guest, fed_guard_count_stanza(fed_router_guard(router), &stanza->from));
}

/* Blanks between stanzas count as well (T6). */
static void guest_on_read(void *arg, struct fed_session *session, size_t bytes)
{
    struct guest *guest = arg;
    (void)session;
    guest->read_ms = gp_clock_mono_ms();
    if (dns_domain_is_set(&guest->partner)) /* before, other limits hold */
        slow_down(guest, fed_guard_count_bytes(fed_router_guard(guest->inbound->router),
                                               &guest->partner, bytes));
}

static void guest_on_request(void *arg, struct fed_session *session,
                             const struct fed_request *request)
{
    struct guest *guest = arg;
    switch (request->what) {
    case FED_DO_STANZA:
        take_stanza(guest, request->u.stanza);
        break;
    case FED_DO_VERIFY:
    case FED_DO_LOOK_UP:
    case FED_DO_POSH:
        fed_inquirer_ask(&guest->inquirer, request);
        break;
    case FED_DO_OPEN:
        open_pair(guest, request);
        break;
    case FED_DO_REFUSED:
        fed_guard_stream_refused(fed_router_guard(guest->inbound->router), &request->u.pair.partner,
                                 FED_REFUSED_PAIR);
        fed_report_refused(guest->inbound->context, session, &request->u.pair.home,
                           &request->u.pair.partner, request->u.pair.detail);
        break;
    case FED_DO_ACKED:
        fed_carry_acked(guest->carry, request->u.acked);
        break;
    default: /* nothing else is the owner's affair */
        break;
    }
}

static void guest_on_sent(void *arg, struct fed_session *session)
{
    struct guest *guest = arg;
    (void)session;
    fed_carry_push(guest->carry);
}

static void guest_on_end(void *arg, struct fed_session *session, enum fed_close reason,
                         const char *detail)
{
    struct guest *guest = arg;
    fed_guard_stream_refused(fed_router_guard(guest->inbound->router),
                             fed_in_partner(fed_session_machine(session)),
                             fed_gate_of_close(reason));
    fed_report_closed(guest->inbound->context, session, FED_TO_INSIDE, &guest->home,
                      &guest->partner, guest->proof, guest->stanzas, reason, detail);
    fed_carry_end(&guest->carry);
    guest_destroy(guest);
}

static const struct fed_session_owner guest_owner = {
    .start_tls = guest_start_tls,
    .on_request = guest_on_request,
    .on_read = guest_on_read,
    .on_sent = guest_on_sent,
    .on_drained = guest_on_sent,
    .on_end = guest_on_end,
};

static struct guest *guest_create(struct fed_inbound *inbound, const struct gp_addr *peer,
                                  const struct gp_addr *local, bool is_direct_tls)
{
    struct guest *guest = calloc(1, sizeof(*guest));
    if (!guest)
        return NULL;
    guest->inbound = inbound;
    guest->peer = *peer;
    guest->listener = *local;
    guest->is_direct_tls = is_direct_tls;
    guest->inquirer = (struct fed_inquirer){.context = inbound->context,
                                            .admission = &inbound->admission,
                                            .silences = &inbound->silences,
                                            .probes = &inbound->probes,
                                            .peer = &guest->peer};
    guest->read_ms = gp_clock_mono_ms();
    guest->next = inbound->guests;
    guest->link = &inbound->guests;
    if (guest->next)
        guest->next->link = &guest->next;
    inbound->guests = guest;
    return guest;
}

/* A check of this gateway makes many connections for many domains, from this machine; it has said
 * so over the control socket. */
static bool is_awaited(const struct fed_inbound *inbound, const struct gp_addr *peer)
{
    const struct fed_context *context = inbound->context;
    bool is_local = gp_addr_reach(peer) == GP_REACH_LOOPBACK;
    for (size_t i = 0; i < context->own_address_count && !is_local; i++)
        is_local = gp_addr_same_host(&context->own_addresses[i], peer);
    return is_local && inbound->probes.map.count > 0;
}

void fed_inbound_accept(struct fed_inbound *inbound, int fd, const struct gp_addr *peer,
                        const struct gp_addr *local, bool is_direct_tls)
{
    struct fed_context *context = inbound->context;
    struct fed_now now = fed_now();
    struct gp_err err = {0};
    char address[GP_ADDR_TEXT_MAX];
    context->counters.accepted++;
    if (fed_admission_enter(&inbound->admission, peer, is_awaited(inbound, peer), now.mono_ms,
                            &err) != GP_OK) {
        context->counters.refused++;
        gp_log_write(context->log, GP_LOG_WARNING, "connection-refused",
                     GP_LOG_FIELDS({"address", gp_addr_port_text(peer, address)}), "%s", err.text);
        gp_io_close(&fd);
        return;
    }
    struct guest *guest = guest_create(inbound, peer, local, is_direct_tls);
    if (!guest) {
        fed_admission_leave(&inbound->admission, peer);
        gp_io_close(&fd);
        return;
    }
    const struct fed_in_setup setup = {
        .settings = context->settings,
        .is_direct_tls = is_direct_tls,
        .make_id = fed_make_id,
        .is_probe = is_probe,
        .take_place = take_place,
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
    guest->session = guest->inquirer.session = fed_session_create(&session);
    if (!guest->session)
        guest_destroy(guest);
}

void fed_inbound_resume(struct fed_inbound *inbound)
{
    int64_t now_ms = gp_clock_mono_ms();
    for (struct guest *guest = inbound->guests; guest; guest = guest->next)
        if (fed_session_is_paused(guest->session) && guest->slow_until_ms <= now_ms &&
            !fed_router_is_congested(inbound->router, &guest->home))
            fed_session_pause(guest->session, false);
    arm_slow(inbound, now_ms);
}

static void on_slow(void *arg)
{
    fed_inbound_resume(arg);
}

void fed_inbound_set_settings(struct fed_inbound *inbound)
{
    inbound->admission.limits = &inbound->context->settings->limits;
}

/* Something of it may still wait to be read: its partner is made to wait. */
static bool is_idle(const struct guest *guest, int64_t since_ms)
{
    return guest->read_ms <= since_ms && !fed_session_is_paused(guest->session);
}

size_t fed_inbound_dismiss(struct fed_inbound *inbound, enum fed_close reason, int64_t idle_ms)
{
    int64_t since_ms = gp_clock_mono_ms() - idle_ms;
    size_t left = 0;
    for (struct guest *guest = inbound->guests; guest; guest = guest->next) {
        left++;
        if (guest->is_dismissed || (idle_ms > 0 && !is_idle(guest, since_ms)))
            continue;
        guest->is_dismissed = true;
        fed_session_stop(guest->session,
                         dns_domain_is_set(&guest->partner) ? reason : FED_CLOSE_SHUTDOWN);
    }
    return left;
}

void fed_inbound_flush(struct fed_inbound *inbound)
{
    for (struct guest *guest = inbound->guests; guest; guest = guest->next)
        fed_carry_return(guest->carry);
}

enum gp_code fed_inbound_expect(struct fed_inbound *inbound, const char *token,
                                const struct fed_stand_in *stand_in)
{
    return fed_announced_add(&inbound->probes, token, stand_in, gp_clock_mono_ms());
}

enum gp_code fed_inbound_seen(const struct fed_inbound *inbound, const char *token,
                              struct fed_probe_seen *ret)
{
    const struct fed_probe_seen *seen = fed_announced_find(&inbound->probes, token);
    if (!seen)
        return GP_ERR_NOT_FOUND;
    *ret = *seen;
    return GP_OK;
}

static void on_sweep(void *arg)
{
    struct fed_inbound *inbound = arg;
    int64_t now = gp_clock_mono_ms();
    fed_announced_sweep(&inbound->probes, now);
    fed_silences_sweep(&inbound->silences, now);
    gp_timer_set(inbound->sweep, FED_ANNOUNCED_MS);
}

void fed_inbound_each(const struct fed_inbound *inbound,
                      void (*fn)(void *arg, const struct fed_inbound_status *status), void *arg)
{
    for (const struct guest *guest = inbound->guests; guest; guest = guest->next) {
        const struct fed_in *machine = fed_session_machine(guest->session);
        const struct fed_inbound_status status = {
            .session = guest->session,
            .peer = guest->peer,
            .listener = guest->listener,
            .home = &guest->home,
            .partner = &guest->partner,
            .pairs = fed_in_pair_count(machine),
            .proof = guest->proof,
            .state = fed_in_state_text(machine),
            .tls = fed_in_tls(machine),
            .stanzas = guest->stanzas,
            .started_ms = fed_session_started_ms(guest->session),
            .is_direct_tls = guest->is_direct_tls,
            .is_probe = fed_in_probe(machine) != NULL,
        };
        fn(arg, &status);
    }
}
