/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include "tests/unit/neighbours.h"

#include "federation/gate.h"
#include "tests/unit/parcels.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PATIENCE_MS   20000
#define MAILBOX_BYTES 1000000
#define ACK_DELAY_MS  10 /* so that it is soon known that a stanza has arrived */

static void on_guard(void *arg)
{
    const struct neighbours *both = arg;
    struct fed_pair_status pair = neighbours_pair(both);
    fail_msg("nothing more came of it: the pair is %s; %s", fed_pair_state_text(pair.state),
             pair.failure);
}

static void on_accepted(void *arg, struct gp_acceptor *acceptor, int fd, const struct gp_addr *peer,
                        const struct gp_addr *local)
{
    struct gateway *gateway = arg;
    (void)acceptor;
    fed_inbound_accept(gateway->inbound, fd, peer, local, false);
}

static void drop_letter(struct gp_letter *letter, void *arg)
{
    (void)arg;
    free(letter);
}

static void open_parcel(struct gp_letter *letter, void *arg)
{
    const struct gateway *gateway = arg;
    fed_router_deliver(gateway->router, (struct fed_parcel *)letter);
}

static void open_news(struct gp_letter *letter, void *arg)
{
    const struct gateway *gateway = arg;
    fed_router_hear(gateway->router, (struct fed_carrier_news *)letter);
}

static enum gp_code on_send(void *arg, unsigned worker, struct fed_parcel *parcel, bool must_go)
{
    const struct gateway *gateway = arg;
    (void)worker, (void)must_go;
    parcel->letter.open = open_parcel;
    parcel->letter.drop = drop_letter;
    parcel->letter.bytes = 0;
    return gp_mailbox_post(gateway->mailbox, &parcel->letter);
}

static void on_tell(void *arg, unsigned worker, struct fed_carrier_news *news)
{
    struct gateway *gateway = arg;
    (void)worker;
    gateway->told++;
    news->letter.open = open_news;
    news->letter.drop = drop_letter;
    assert_int_equal(gp_mailbox_post(gateway->mailbox, &news->letter), GP_OK);
}

static void on_contact(void *arg, struct gp_span key, int64_t used_s)
{
    (void)arg, (void)key, (void)used_s;
}

static void on_congested(void *arg, unsigned inside, bool is_congested)
{
    (void)arg, (void)inside, (void)is_congested;
}

static void gateway_open(struct neighbours *both, struct gateway *gateway, const char *name,
                         const char *other, struct fed_tls *tls)
{
    static const char *const lines[] = {"gw.example A insecure 127.0.0.1",
                                        "gw.example AAAA insecure nodata", NULL};
    static const struct fed_inside_settings inside = {.name = "self", .kind = FED_INSIDE_SELF};
    const struct fed_post post = {.worker_count = 1,
                                  .send = on_send,
                                  .tell = on_tell,
                                  .contact = on_contact,
                                  .congested = on_congested,
                                  .arg = gateway};
    struct gp_err err = {0};
    int fd = -1;
    *gateway = (struct gateway){.name = domain_of(name), .other = domain_of(other)};
    assert_int_equal(gp_addr_parse_port("127.0.0.1", 0, &gateway->addr), GP_OK);
    assert_int_equal(gp_io_listen(&gateway->addr, false, &fd, NULL), GP_OK);
    gateway->mailbox = gp_mailbox_create(both->loop, MAILBOX_BYTES, gateway);
    gateway->home.domain = gateway->name;
    gateway->partner = calloc(1, sizeof(*gateway->partner));
    *gateway->partner = (struct fed_partner){
        .domain_count = 1,
        .domains = &gateway->other,
        .kinds = fed_kind_bit(FED_MESSAGE) | fed_kind_bit(FED_PRESENCE) | fed_kind_bit(FED_IQ),
        .sasl = FED_SASL_REQUIRED,
        .connection_limit = 8,
        .bidi = true,
        .has_route = true};
    gateway->partner->route.service = DNS_SERVICE_STARTTLS;
    dns_name_from_domain(&(const struct dns_domain){"gw.example"}, &gateway->partner->route.host);
    gateway->settings = (struct fed_settings){.home_count = 1,
                                              .homes = &gateway->home,
                                              .partner_count = 1,
                                              .partners = gateway->partner,
                                              .limits = fed_limits_default};
    gateway->settings.limits.ack_delay_ms = ACK_DELAY_MS;
    gateway->context = (struct fed_context){
        .loop = both->loop,
        .settings = &gateway->settings,
        .resolver = &fake_resolver_create(both->loop, PATIENCE_MS, lines, FAKE_LATER)->super,
        .route = {.max_targets = 4,
                  .max_addresses = 4,
                  .networks = &both->network,
                  .network_count = 1},
        .tls = tls,
        .log = &both->log,
        .rnd = &gp_rnd_system};
    if (fed_router_create(&gateway->context, &inside, 1, &post, &gateway->router, &err) != GP_OK)
        fail_msg("%s", err.text);
    gateway->inbound = fed_inbound_create(&gateway->context, gateway->router, 1);
    assert_non_null(gateway->inbound);
    gateway->acceptor = gp_acceptor_create(both->loop, fd, &both->log, on_accepted, gateway);
    assert_non_null(gateway->acceptor);
}

static void gateway_close(struct gateway *gateway)
{
    gp_acceptor_destroy(gateway->acceptor);
    fed_inbound_destroy(gateway->inbound);
    fed_router_destroy(gateway->router);
    while (gateway->context.sessions.first)
        fed_session_destroy(gateway->context.sessions.first);
    gp_mailbox_destroy(gateway->mailbox);
    dns_resolver_destroy(gateway->context.resolver);
    free(gateway->partner);
}

void neighbours_open(struct neighbours *both, const struct homes *homes)
{
    *both = (struct neighbours){.loop = gp_loop_create()};
    both->guard = gp_timer_create(both->loop, on_guard, both);
    gp_log_init(&both->log, open("/dev/null", O_WRONLY | O_CLOEXEC), GP_LOG_ERROR, GP_LOG_TEXT);
    assert_int_equal(gp_network_parse("127.0.0.0/8", &both->network), GP_OK);
    gateway_open(both, &both->left, "alpha.example", "gamma.example", homes->gateway);
    gateway_open(both, &both->right, "gamma.example", "alpha.example", homes->partner);
    both->left.partner->route.port = both->right.addr.port;
    both->right.partner->route.port = both->left.addr.port;
}

void neighbours_close(struct neighbours *both)
{
    gateway_close(&both->left);
    gateway_close(&both->right);
    gp_timer_destroy(both->guard);
    gp_loop_destroy(both->loop);
    close(both->log.fd);
}

void neighbours_send(struct neighbours *both, const char *stanza)
{
    fed_router_deliver(both->left.router, parcel_read(FED_TO_PARTNER, stanza));
}

struct wait {
    struct neighbours *both;
    struct gp_task task;
    bool (*is_true)(struct neighbours *both);
};

static void on_turn(void *arg)
{
    struct wait *wait = arg;
    if (wait->is_true(wait->both))
        gp_loop_stop(wait->both->loop);
    else
        gp_task_post(&wait->task);
}

void neighbours_wait(struct neighbours *both, bool (*is_true)(struct neighbours *both))
{
    struct wait wait = {.both = both, .is_true = is_true};
    gp_timer_set(both->guard, PATIENCE_MS);
    gp_task_init(&wait.task, both->loop, on_turn, &wait);
    gp_task_post(&wait.task);
    gp_loop_run(both->loop);
    gp_timer_clear(both->guard);
}

static void note_pair(void *arg, const struct fed_pair_status *status)
{
    *(struct fed_pair_status *)arg = *status;
}

struct fed_pair_status neighbours_pair(const struct neighbours *both)
{
    struct fed_pair_status status = {.state = FED_PAIR_IDLE, .failure = ""};
    assert_true(fed_router_each_pair(both->left.router, note_pair, &status) <= 1);
    return status;
}
