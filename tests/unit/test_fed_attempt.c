/* SPDX-License-Identifier: BSD-2-Clause */
/* One attempt at a partner, and where it goes. */
#include "tests/unit/unit.h"

#include "federation/attempt.h"
#include "tests/unit/neighbours.h"
#include "tests/unit/tls_server.h"

#define ELSEWHERE                                                                     \
    "<?xml version='1.0'?><stream:stream xmlns='jabber:server' "                      \
    "xmlns:stream='http://etherx.jabber.org/streams' from='gamma.example' "           \
    "to='alpha.example' id='1' version='1.0'><stream:error><see-other-host "          \
    "xmlns='urn:ietf:params:xml:ns:xmpp-streams'>other.example:5299</see-other-host>" \
    "</stream:error></stream:stream>"

static void on_open(void *arg, struct fed_session *session, enum fed_proof proof,
                    struct fed_trace *trace)
{
    (void)arg, (void)session, (void)proof, (void)trace;
    fail_msg("the partner sends it away");
}

static void on_failed(void *arg, const struct fed_failure *failure, struct fed_trace *trace)
{
    struct neighbours *both = arg;
    (void)failure;
    both->arg = trace;
}

static bool is_over(struct neighbours *both)
{
    return both->arg != NULL;
}

static bool has_step(const struct fed_trace *trace, const char *text)
{
    for (size_t i = 0; i < trace->count; i++)
        if (strstr(trace->steps[i].text, text))
            return true;
    return false;
}

/* RFC 6120, 4.9.3.19: a partner that is proved may send us elsewhere, but not from an address that
 * somebody has fixed. */
static void a_fixed_address_is_not_left(void **state)
{
    static const struct fed_attempt_owner owner = {.on_open = on_open, .on_failed = on_failed};
    const struct homes *homes = *state;
    for (int is_fixed = 0; is_fixed <= 1; is_fixed++) {
        struct neighbours both;
        struct tls_server server;
        struct fed_attempt *attempt;
        struct gp_addr address;
        neighbours_open(&both, homes);
        tls_server_open(&server, both.loop, &homes->gamma, "version='1.0'");
        gp_buf_append_text(&server.answer, ELSEWHERE);
        assert_int_equal(gp_addr_parse_port("127.0.0.1", server.addr.port, &address), GP_OK);
        both.left.partner->route.service = DNS_SERVICE_DIRECT_TLS;
        both.left.partner->route.port = server.addr.port;
        const struct fed_attempt_setup setup = {.context = &both.left.context,
                                                .purpose = FED_OUT_RELAY,
                                                .home = &both.left.name,
                                                .partner = &both.left.other,
                                                .policy = both.left.partner,
                                                .address = is_fixed ? &address : NULL,
                                                .service = DNS_SERVICE_DIRECT_TLS,
                                                .owner = &owner,
                                                .arg = &both};
        assert_int_equal(fed_attempt_start(&setup, &attempt, NULL), GP_OK);
        neighbours_wait(&both, is_over);
        const struct fake_resolver *resolver =
            (const struct fake_resolver *)both.left.context.resolver;
        bool was_followed = strstr(resolver->asked, " other.example/") != NULL;
        if (was_followed == is_fixed)
            fail_msg("asked:%s", resolver->asked);
        assert_int_equal(has_step(both.arg, "not followed: its address is fixed"), is_fixed);
        fed_trace_destroy(both.arg);
        tls_server_close(&server);
        neighbours_close(&both);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fixed_address_is_not_left),
    };
    return cmocka_run_group_tests_name("fed_attempt", tests, homes_set_up, homes_tear_down);
}
