/* SPDX-License-Identifier: BSD-2-Clause */
/* What becomes of stanzas while the service behind a home domain is away, slow, or back again. */
#include "tests/unit/unit.h"

#include "tests/unit/inside_site.h"
#include "tests/unit/parcels.h"

#include <stdio.h>

#define MESSAGE(to, id) "<message from='a@p.example' to='" to "' id='" id "'/>"
#define AWAY            "undelivered remote-server-timeout "
#define PRESENCE        "<presence from='a@p.example' to='alpha.example'/>"

static void what_was_held_arrives_in_order(void **state)
{
    (void)state;
    struct site site;
    struct service service;
    site_open(&site, FED_INSIDE_COMPONENT);
    site_deliver(&site, MESSAGE("alpha.example", "1"));
    site_deliver(&site, MESSAGE("beta.example", "2"));
    site_deliver(&site, MESSAGE("alpha.example", "3"));
    assert_int_equal(site_held(&site, "alpha.example"), 2);
    assert_int_equal(fed_inside_waiting(site.inside), 3);
    service_open(&service, &site, "alpha.example");
    site_deliver(&site, MESSAGE("alpha.example", "4"));
    service_expect(&service, "<handshake/>" MESSAGE("alpha.example", "1")
                                 MESSAGE("alpha.example", "3") MESSAGE("alpha.example", "4"));
    struct fed_inside_status status = site_status(&site, "alpha.example");
    assert_true(status.is_up && status.since_ms > 0 && status.peer.family == GP_IPV4);
    assert_int_equal(status.delivered, 3);
    assert_int_equal(status.held, 0);
    assert_int_equal(site_held(&site, "beta.example"), 1); /* that one is still away */

    service_close(&service);
    site_deliver(&site, MESSAGE("alpha.example", "5"));
    service_open(&service, &site, "alpha.example");
    service_expect(&service, "<handshake/>" MESSAGE("alpha.example", "5"));
    service_close(&service);
    site_close(&site);
}

/* spec-digest e.5: presence would be stale by then, and nobody waits for an error. */
static void only_what_is_worth_it_is_held(void **state)
{
    (void)state;
    static const struct {
        const char *stanza;
        bool is_held;
    } rows[] = {
        {"<message from='p.example' to='alpha.example'/>", true},
        {"<message type='headline' from='p.example' to='alpha.example'/>", true},
        {"<message type='error' from='p.example' to='alpha.example'/>", false},
        {"<iq type='get' from='p.example' to='alpha.example' id='1'/>", true},
        {"<iq type='result' from='p.example' to='alpha.example' id='1'/>", true},
        {"<presence from='p.example' to='alpha.example'/>", false},
        {"<presence type='unavailable' from='p.example' to='alpha.example'/>", false},
        {"<presence type='probe' from='p.example' to='alpha.example'/>", false},
        {"<presence type='error' from='p.example' to='alpha.example'/>", false},
        {"<presence type='subscribe' from='p.example' to='alpha.example'/>", true},
        {"<presence type='subscribed' from='p.example' to='alpha.example'/>", true},
        {"<presence type='unsubscribe' from='p.example' to='alpha.example'/>", true},
        {"<presence type='unsubscribed' from='p.example' to='alpha.example'/>", true},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct site site;
        char expected[300];
        site_open(&site, FED_INSIDE_COMPONENT);
        site_deliver(&site, rows[i].stanza);
        if (site_held(&site, "alpha.example") != rows[i].is_held)
            fail_msg("%s", rows[i].stanza);
        snprintf(expected, sizeof(expected), AWAY "%s\n", rows[i].stanza);
        if (!rows[i].is_held)
            site_expect(&site, expected);
        site_close(&site);
    }
}

static void who_holds_too_much_gives_back(void **state)
{
    (void)state;
    struct site site;
    site_open(&site, FED_INSIDE_COMPONENT);
    site.settings.limits.queue_stanzas = 2;
    site_deliver(&site, MESSAGE("alpha.example", "1"));
    site_deliver(&site, MESSAGE("alpha.example", "2"));
    site_deliver(&site, MESSAGE("alpha.example", "3"));
    site_expect(&site, "undelivered resource-constraint " MESSAGE("alpha.example", "3") "\n");
    site_deliver(&site, MESSAGE("beta.example", "4")); /* another service, another queue */
    assert_int_equal(fed_inside_waiting(site.inside), 3);
    site_close(&site);
}

static void bytes_are_bounded_too(void **state)
{
    (void)state;
    struct site site;
    struct fed_parcel *parcel = parcel_read(FED_TO_INSIDE, MESSAGE("alpha.example", "1"));
    site_open(&site, FED_INSIDE_COMPONENT);
    site.settings.limits.queue_bytes = (uint32_t)(2 * fed_parcel_bytes(parcel) + 1);
    fed_parcel_destroy(parcel);
    site_deliver(&site, MESSAGE("alpha.example", "1"));
    site_deliver(&site, MESSAGE("alpha.example", "2"));
    site_deliver(&site, MESSAGE("alpha.example", "3"));
    site_expect(&site, "undelivered resource-constraint " MESSAGE("alpha.example", "3") "\n");
    assert_int_equal(site_held(&site, "alpha.example"), 2);
    site_close(&site);
}

static void who_holds_too_long_gives_back(void **state)
{
    (void)state;
    struct site site;
    site_open(&site, FED_INSIDE_COMPONENT);
    site.settings.limits.hold_ms = 20;
    site_deliver(&site, MESSAGE("alpha.example", "1"));
    site_deliver(&site, MESSAGE("alpha.example", "2"));
    site_expect(&site,
                AWAY MESSAGE("alpha.example", "1") "\n" AWAY MESSAGE("alpha.example", "2") "\n");
    assert_int_equal(fed_inside_waiting(site.inside), 0);
    site.settings.limits.hold_ms = 0;
    site_deliver(&site, MESSAGE("alpha.example", "3"));
    assert_int_equal(fed_inside_waiting(site.inside), 0);
    site_expect(&site, AWAY MESSAGE("alpha.example", "3") "\n");
    site_close(&site);
}

static void other_domains_are_not_found(void **state)
{
    (void)state;
    struct site site;
    site_open(&site, FED_INSIDE_COMPONENT);
    site_deliver(&site, MESSAGE("gamma.example", "1"));
    site_expect(&site, "undelivered remote-server-not-found " MESSAGE("gamma.example", "1") "\n");
    site_close(&site);
}

static void a_service_speaks_for_its_domain(void **state)
{
    (void)state;
    static const char stanza[] = "<message from='x@alpha.example' to='a@p.example'/>";
    struct site site;
    struct service service;
    char expected[200];
    site_open(&site, FED_INSIDE_COMPONENT);
    service_open(&service, &site, "alpha.example");
    service_say(&service, stanza);
    snprintf(expected, sizeof(expected), "stanza alpha.example %s\n", stanza);
    site_expect(&site, expected);
    service_close(&service);
    site_close(&site);
}

/* A service that sends to one that is behind is not read any further, and not answered by errors.
 */
static void who_sends_to_a_slow_one_waits(void **state)
{
    (void)state;
    static const char stanza[] = "<message from='alpha.example' to='gamma.example'/>";
    static const char news[] =
        "stanza alpha.example <message from='alpha.example' to='gamma.example'/>\n";
    struct site site;
    struct service service;
    site_open(&site, FED_INSIDE_COMPONENT);
    service_open(&service, &site, "alpha.example");
    site.is_behind = true;
    service_say(&service, stanza);
    service_say(&service, stanza);
    site_expect(&site, news);
    site_settle(&site);
    assert_int_equal(gp_buf_len(&site.news), 0);
    site.is_behind = false;
    fed_inside_resume(site.inside);
    site_expect(&site, news);
    service_close(&service);
    site_close(&site);
}

/* Stopping. */

/* Not even when whoever was behind takes stanzas again. */
static void while_quiet_nothing_is_read(void **state)
{
    (void)state;
    struct site site;
    struct service service;
    site_open(&site, FED_INSIDE_COMPONENT);
    service_open(&service, &site, "alpha.example");
    fed_inside_quiet(site.inside);
    service_say(&service, "<message from='alpha.example' to='p.example' id='1'/>");
    fed_inside_resume(site.inside);
    site_settle(&site); /* no news */
    gp_watch_destroy(service.watch);
    gp_io_close(&service.fd);
    gp_buf_finish(&service.heard);
    site_close(&site);
}

static void while_quiet_nothing_is_held(void **state)
{
    (void)state;
    struct site site;
    site_open(&site, FED_INSIDE_COMPONENT);
    site_deliver(&site, MESSAGE("alpha.example", "1"));
    fed_inside_quiet(site.inside);
    site_deliver(&site, MESSAGE("alpha.example", "2"));
    site_expect(&site,
                AWAY MESSAGE("alpha.example", "1") "\n" AWAY MESSAGE("alpha.example", "2") "\n");
    assert_int_equal(fed_inside_waiting(site.inside), 0);
    site_close(&site);
}

static void after_a_flush_nothing_is_held(void **state)
{
    (void)state;
    struct site site;
    site_open(&site, FED_INSIDE_COMPONENT);
    site_deliver(&site, MESSAGE("alpha.example", "1"));
    fed_inside_flush(site.inside);
    site_deliver(&site, MESSAGE("alpha.example", "2"));
    assert_int_equal(fed_inside_waiting(site.inside), 0);
    site_expect(&site,
                AWAY MESSAGE("alpha.example", "1") "\n" AWAY MESSAGE("alpha.example", "2") "\n");
    site_close(&site);
}

/* A service that does not read. */

/* Delivers messages until one has to wait; then nobody is told but the partners. */
static void stuff(struct site *site, struct service *service)
{
    char text[9000];
    snprintf(text, sizeof(text),
             "<message from='p.example' to='alpha.example'><body>%08000d</body></message>", 0);
    site->settings.limits.send_bytes = 65536;
    service_open(service, site, "alpha.example");
    service_expect(service, "<handshake/>");
    service_listen(service, false);
    while (site_held(site, "alpha.example") == 0) {
        site_deliver(site, text);
        if (site_held(site, "alpha.example") > 0)
            site_settle(site); /* the system's buffers may take more */
    }
    assert_non_null(strstr(gp_buf_text(&site->news), "congested yes\n"));
    gp_buf_reset(&site->news);
}

static bool is_drained(const struct service *service, const char *last)
{
    struct gp_span heard = gp_buf_span(&service->heard);
    size_t len = strlen(last);
    return heard.len > len && memcmp(heard.at + heard.len - len, last, len) == 0;
}

static void a_slow_service_stops_the_partners(void **state)
{
    (void)state;
    struct site site;
    struct service service;
    site_open(&site, FED_INSIDE_COMPONENT);
    stuff(&site, &service);
    site_deliver(&site, PRESENCE); /* in order, too */
    site_deliver(&site, MESSAGE("alpha.example", "last"));
    assert_int_equal(site_held(&site, "alpha.example"), 3);
    service_listen(&service, true);
    site_expect(&site, "congested no\n");
    assert_int_equal(site_held(&site, "alpha.example"), 0);
    service_say(&service, "<message from='alpha.example' to='p.example'/>"); /* one turn more */
    site_expect(&site, "stanza alpha.example <message from='alpha.example' to='p.example'/>\n");
    while (!is_drained(&service, PRESENCE MESSAGE("alpha.example", "last"))) {
        service_say(&service, "<message from='alpha.example' to='p.example'/>");
        site_expect(&site, "stanza alpha.example <message from='alpha.example' to='p.example'/>\n");
    }
    service_close(&service);
    site_close(&site);
}

/* e.5: what waited for a slow service becomes stale like everything else once it is away. */
static void a_slow_service_goes_away(void **state)
{
    (void)state;
    struct site site;
    struct service service;
    site_open(&site, FED_INSIDE_COMPONENT);
    stuff(&site, &service);
    site_deliver(&site, PRESENCE);
    site_deliver(&site, MESSAGE("alpha.example", "last"));
    service_close(&service);
    site_expect(&site, AWAY PRESENCE "\ncongested no\n");
    assert_int_equal(site_held(&site, "alpha.example"), 2);
    site_close(&site);
}

static void a_slow_service_goes_away_while_quiet(void **state)
{
    (void)state;
    struct site site;
    struct service service;
    site_open(&site, FED_INSIDE_COMPONENT);
    stuff(&site, &service);
    fed_inside_quiet(site.inside);
    assert_int_equal(site_held(&site, "alpha.example"), 1); /* it may still read */
    service_close(&service);
    assert_int_equal(fed_inside_waiting(site.inside), 0);
    gp_buf_reset(&site.news);
    site_close(&site);
}

/* T22: who reads nothing for long is no service any more. */
static void a_service_that_never_reads_is_let_go(void **state)
{
    (void)state;
    struct site site;
    struct service service;
    site_open(&site, FED_INSIDE_COMPONENT);
    site.settings.limits.stall_ms = 50;
    stuff(&site, &service);
    site_expect(&site, "congested no\n");
    assert_false(site_status(&site, "alpha.example").is_up);
    assert_string_equal(site_status(&site, "alpha.example").trouble,
                        fed_close_text(FED_CLOSE_SLOW_READER));
    service_close(&service);
    site_close(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_held_arrives_in_order),
        cmocka_unit_test(only_what_is_worth_it_is_held),
        cmocka_unit_test(who_holds_too_much_gives_back),
        cmocka_unit_test(bytes_are_bounded_too),
        cmocka_unit_test(who_holds_too_long_gives_back),
        cmocka_unit_test(other_domains_are_not_found),
        cmocka_unit_test(a_service_speaks_for_its_domain),
        cmocka_unit_test(who_sends_to_a_slow_one_waits),
        cmocka_unit_test(while_quiet_nothing_is_read),
        cmocka_unit_test(while_quiet_nothing_is_held),
        cmocka_unit_test(after_a_flush_nothing_is_held),
        cmocka_unit_test(a_slow_service_stops_the_partners),
        cmocka_unit_test(a_slow_service_goes_away),
        cmocka_unit_test(a_slow_service_goes_away_while_quiet),
        cmocka_unit_test(a_service_that_never_reads_is_let_go),
    };
    return cmocka_run_group_tests_name("fed_inside_hold", tests, NULL, NULL);
}
