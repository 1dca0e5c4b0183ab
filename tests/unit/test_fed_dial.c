/* SPDX-License-Identifier: BSD-2-Clause */
/* Connecting to the endpoints of a route: order, race, what is never tried, and giving up. */
#include "tests/unit/unit.h"

#include "base/clock.h"
#include "federation/dial.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SINKS_MAX 16 /* connections that fill a listener's queue */

/* A place to connect to. */
struct place {
    struct gp_addr addr;
    int listener; /* -1: nobody listens */
    int fillers[SINKS_MAX];
    size_t filler_count;
};

/* Listens on a loopback address. */
static void open_place(struct place *place, const char *host)
{
    struct gp_err err = {0};
    *place = (struct place){.listener = -1};
    assert_int_equal(gp_addr_parse(host, &place->addr), GP_OK);
    if (gp_io_listen(&place->addr, false, &place->listener, &err) != GP_OK)
        fail_msg("%s", err.text);
}

static void close_place(struct place *place)
{
    gp_io_close(&place->listener);
    for (size_t i = 0; i < place->filler_count; i++)
        gp_io_close(&place->fillers[i]);
}

/* A port where nobody listens any more. */
static void open_refusing(struct place *place, const char *host)
{
    open_place(place, host);
    gp_io_close(&place->listener);
}

/* Fills the listener's queue, so that the system drops what comes: nobody answers. */
static void open_silent(struct place *place, const char *host)
{
    struct gp_err err = {0};
    open_place(place, host);
    assert_int_equal(listen(place->listener, 0), 0);
    for (; place->filler_count < 4; place->filler_count++)
        assert_int_equal(gp_io_connect(&place->addr, &place->fillers[place->filler_count], &err),
                         GP_OK);
}

/* Whether a connection waits in the listener's queue; takes it. */
static bool was_reached(const struct place *place)
{
    struct gp_addr peer, local;
    int fd = -1;
    if (gp_io_accept(place->listener, &fd, &peer, &local) != GP_IO_DONE)
        return false;
    gp_io_close(&fd);
    return true;
}

/* A route by hand. */

#define ENDPOINTS_MAX 4

struct way {
    struct dns_route route;
    struct dns_endpoint *endpoints;
};

static void make_way(struct way *way)
{
    way->endpoints = calloc(ENDPOINTS_MAX, sizeof(*way->endpoints));
    way->route = (struct dns_route){.outcome = DNS_ROUTE_FOUND, .endpoints = way->endpoints};
}

static struct dns_endpoint *add_endpoint(struct way *way, uint16_t priority)
{
    struct dns_endpoint *endpoint = &way->endpoints[way->route.endpoint_count++];
    endpoint->srv.priority = priority;
    return endpoint;
}

static struct dns_endpoint_address *add_address(struct dns_endpoint *endpoint,
                                                const struct place *place)
{
    struct dns_endpoint_address *address = &endpoint->addresses[endpoint->address_count++];
    address->addr = place->addr;
    return address;
}

/* The one who dials. */

struct caller {
    struct gp_loop *loop;
    struct gp_timer *guard;
    struct fed_limits limits;
    struct fed_dial *dial;
    struct fed_link *link; /* owned; the last one */
    const struct fed_dial_target *target;
    unsigned calls;
    bool is_dialling;   /* inside fed_dial_next() */
    bool destroys_dial; /* in the callback */
};

static void on_guard(void *arg)
{
    (void)arg;
    fail_msg("nothing came of it in 20 s");
}

static void on_dialled(void *arg, struct fed_link *link, const struct fed_dial_target *target)
{
    struct caller *caller = arg;
    assert_false(caller->is_dialling);
    assert_true((link == NULL) == (target == NULL));
    caller->calls++;
    fed_link_destroy(caller->link);
    caller->link = link;
    caller->target = target;
    if (caller->destroys_dial) {
        fed_dial_destroy(caller->dial);
        caller->dial = NULL;
    }
    gp_loop_stop(caller->loop);
}

static void open_caller_with(struct caller *caller, const struct way *way,
                             const struct gp_addr *own, size_t own_count, bool allows_own)
{
    *caller =
        (struct caller){.loop = gp_loop_create(), .limits = {.race_ms = 20, .connect_ms = 150}};
    caller->guard = gp_timer_create(caller->loop, on_guard, NULL);
    gp_timer_set(caller->guard, 20000);
    const struct fed_dial_setup setup = {.loop = caller->loop,
                                         .route = &way->route,
                                         .limits = &caller->limits,
                                         .own = own,
                                         .own_count = own_count,
                                         .allows_own = allows_own};
    caller->dial = fed_dial_create(&setup);
    assert_non_null(caller->dial);
}

static void open_caller(struct caller *caller, const struct way *way)
{
    open_caller_with(caller, way, NULL, 0, false);
}

static void close_caller(struct caller *caller)
{
    fed_dial_destroy(caller->dial);
    fed_link_destroy(caller->link);
    gp_timer_destroy(caller->guard);
    gp_loop_destroy(caller->loop);
}

static void start_dialling(struct caller *caller)
{
    caller->is_dialling = true;
    fed_dial_next(caller->dial, on_dialled, caller);
    caller->is_dialling = false;
}

/* One connection, or NULL; checks that there is one answer. */
static struct fed_link *dial_one(struct caller *caller)
{
    unsigned before = caller->calls;
    start_dialling(caller);
    gp_loop_run(caller->loop);
    assert_int_equal(caller->calls, before + 1);
    return caller->link;
}

static const char *result_of(const struct caller *caller, size_t index)
{
    return fed_dial_target(caller->dial, index)->result;
}

static void a_link_leads_to_its_target(void **state)
{
    (void)state;
    struct place place;
    struct way way;
    struct caller caller;
    struct gp_addr peer, local;
    char byte = 0;
    size_t len = 0;
    int fd = -1;
    open_place(&place, "127.0.0.1");
    make_way(&way);
    add_address(add_endpoint(&way, 10), &place);
    open_caller(&caller, &way);
    assert_string_equal(result_of(&caller, 0), "");
    struct fed_link *link = dial_one(&caller);
    assert_non_null(link);
    assert_ptr_equal(caller.target, fed_dial_target(caller.dial, 0));
    assert_string_equal(caller.target->result, "connected");
    assert_true(caller.target->is_reached && caller.target->duration_ms >= 0);
    assert_int_equal(gp_io_accept(place.listener, &fd, &peer, &local), GP_IO_DONE);
    assert_int_equal(fed_link_write(link, "x", 1, &len), GP_IO_DONE);
    assert_int_equal(gp_io_read(fd, &byte, 1, &len), GP_IO_DONE);
    assert_int_equal(byte, 'x');
    gp_io_close(&fd);
    close_caller(&caller);
    free(way.endpoints);
    close_place(&place);
}

static void a_refusal_leads_to_the_next_at_once(void **state)
{
    (void)state;
    struct place refusing, good;
    struct way way;
    struct caller caller;
    open_refusing(&refusing, "127.0.0.1");
    open_place(&good, "::1");
    make_way(&way);
    struct dns_endpoint *endpoint = add_endpoint(&way, 10);
    add_address(endpoint, &refusing);
    add_address(endpoint, &good);
    open_caller(&caller, &way);
    caller.limits.race_ms = 60000; /* not the pause brings the second, but the failure */
    assert_non_null(dial_one(&caller));
    assert_int_equal(caller.target->addr.family, GP_IPV6);
    assert_string_equal(result_of(&caller, 0), "connection refused");
    assert_string_equal(result_of(&caller, 1), "connected");
    assert_null(dial_one(&caller));
    close_caller(&caller);
    free(way.endpoints);
    close_place(&refusing);
    close_place(&good);
}

static void what_cannot_be_connected_to_at_all_is_passed_over(void **state)
{
    (void)state;
    struct place good;
    struct way way;
    struct caller caller;
    open_place(&good, "127.0.0.1");
    make_way(&way);
    struct dns_endpoint *endpoint = add_endpoint(&way, 10);
    add_address(endpoint, &good);
    assert_int_equal(gp_addr_parse_port("255.255.255.255:5269", 0, &endpoint->addresses[0].addr),
                     GP_OK); /* the system refuses inside connect() */
    add_address(endpoint, &good);
    open_caller(&caller, &way);
    assert_non_null(dial_one(&caller));
    assert_non_null(strstr(result_of(&caller, 0), "255.255.255.255:5269: "));
    assert_string_equal(result_of(&caller, 1), "connected");
    close_caller(&caller);

    way.endpoints[0].address_count = 1;
    open_caller(&caller, &way);
    assert_null(dial_one(&caller));
    close_caller(&caller);
    free(way.endpoints);
    close_place(&good);
}

static void addresses_of_one_priority_race(void **state)
{
    (void)state;
    struct place silent, good;
    struct way way;
    struct caller caller;
    open_silent(&silent, "127.0.0.1");
    open_place(&good, "127.0.0.1");
    make_way(&way);
    add_address(add_endpoint(&way, 10), &silent);
    add_address(add_endpoint(&way, 10), &good);
    open_caller(&caller, &way);
    caller.limits.connect_ms = 10000;
    assert_non_null(dial_one(&caller));
    assert_int_equal(caller.target->endpoint, 1);
    assert_string_equal(result_of(&caller, 0), "another address answered first");
    assert_in_range(fed_dial_target(caller.dial, 0)->duration_ms, caller.limits.race_ms, 9000);

    caller.limits.connect_ms = 150; /* the loser has its turn when the winner turned out bad */
    fed_dial_note(caller.dial, "certificate has expired");
    assert_null(dial_one(&caller));
    assert_string_equal(result_of(&caller, 0), "no answer within 0.1 s");
    assert_false(fed_dial_target(caller.dial, 0)->is_reached);
    assert_string_equal(result_of(&caller, 1), "certificate has expired");
    close_caller(&caller);
    free(way.endpoints);
    close_place(&silent);
    close_place(&good);
}

static void the_next_priority_waits_for_the_end_of_the_first(void **state)
{
    (void)state;
    struct place silent, refusing, good;
    struct way way;
    struct caller caller;
    open_silent(&silent, "127.0.0.1");
    open_refusing(&refusing, "127.0.0.1");
    open_place(&good, "127.0.0.1");
    make_way(&way);
    struct dns_endpoint *endpoint = add_endpoint(&way, 10);
    add_address(endpoint, &silent);
    add_address(endpoint, &refusing);
    add_address(add_endpoint(&way, 20), &good);
    open_caller(&caller, &way);
    assert_non_null(dial_one(&caller));
    assert_int_equal(caller.target->endpoint, 1);
    assert_string_equal(result_of(&caller, 0), "no answer within 0.1 s");
    assert_string_equal(result_of(&caller, 1), "connection refused");
    assert_true(fed_dial_target(caller.dial, 0)->duration_ms >= caller.limits.connect_ms);
    close_caller(&caller);
    free(way.endpoints);
    close_place(&silent);
    close_place(&refusing);
    close_place(&good);
}

static void each_address_is_handed_out_once(void **state)
{
    (void)state;
    static const char *const hosts[] = {"127.0.0.1", "::1", "127.0.0.1", "127.0.0.2"};
    struct place places[GP_ARRAY_LEN(hosts)];
    struct way way;
    struct caller caller;
    make_way(&way);
    struct dns_endpoint *endpoint = NULL;
    for (size_t i = 0; i < GP_ARRAY_LEN(hosts); i++) {
        open_place(&places[i], hosts[i]);
        if (i % 2 == 0)
            endpoint = add_endpoint(&way, 10);
        add_address(endpoint, &places[i]);
    }
    open_caller(&caller, &way);
    for (size_t i = 0; i < GP_ARRAY_LEN(hosts); i++) {
        assert_non_null(dial_one(&caller));
        assert_int_equal(caller.target->endpoint, i / 2);
        assert_ptr_equal(caller.target, fed_dial_target(caller.dial, i));
        for (size_t k = 0; k < GP_ARRAY_LEN(hosts); k++)
            assert_int_equal(was_reached(&places[k]), k == i);
        fed_dial_note(caller.dial, "failed later");
    }
    assert_null(dial_one(&caller));
    assert_null(dial_one(&caller)); /* it may be asked again */
    assert_int_equal(fed_dial_target_count(caller.dial), GP_ARRAY_LEN(hosts));
    for (size_t i = 0; i < GP_ARRAY_LEN(hosts); i++)
        assert_string_equal(result_of(&caller, i), "failed later");
    close_caller(&caller);
    free(way.endpoints);
    for (size_t i = 0; i < GP_ARRAY_LEN(hosts); i++)
        close_place(&places[i]);
}

static void some_addresses_are_never_tried(void **state)
{
    (void)state;
    static const char *const expected[] = {
        "not tried: its address is loopback",
        "not tried: TLSA lookup failed",
        "not tried: no address",
        "not tried: it is this gateway's own listener",
    };
    struct place place;
    struct way way;
    struct caller caller;
    open_place(&place, "127.0.0.1");
    make_way(&way);
    add_address(add_endpoint(&way, 10), &place)->is_refused = true;
    struct dns_endpoint *skipped = add_endpoint(&way, 10);
    add_address(skipped, &place);
    snprintf(skipped->skip, sizeof(skipped->skip), "TLSA lookup failed");
    add_endpoint(&way, 10);
    add_address(add_endpoint(&way, 10), &place);
    open_caller_with(&caller, &way, &place.addr, 1, false);
    assert_null(dial_one(&caller));
    assert_int_equal(fed_dial_target_count(caller.dial), GP_ARRAY_LEN(expected));
    for (size_t i = 0; i < GP_ARRAY_LEN(expected); i++) {
        assert_int_equal(fed_dial_target(caller.dial, i)->endpoint, i);
        assert_int_equal(fed_dial_target(caller.dial, i)->duration_ms, -1);
        assert_string_equal(result_of(&caller, i), expected[i]);
    }
    assert_false(was_reached(&place));
    close_caller(&caller);

    open_caller_with(&caller, &way, &place.addr, 1, true); /* a probe */
    assert_non_null(dial_one(&caller));
    assert_int_equal(caller.target->endpoint, 3);
    close_caller(&caller);
    free(way.endpoints);
    close_place(&place);
}

static void own_listeners_are_known_in_every_form(void **state)
{
    (void)state;
    static const struct {
        const char *own, *target;
        bool is_own;
    } rows[] = {
        {"192.0.2.1:5269", "192.0.2.1:5269", true},
        {"192.0.2.1:5269", "192.0.2.1:5270", false},
        {"192.0.2.1:5269", "192.0.2.2:5269", false},
        {"192.0.2.1:5269", "[::ffff:192.0.2.1]:5269", true},
        {"[::ffff:192.0.2.1]:5269", "192.0.2.1:5269", true},
        {"[2001:db8::1]:5269", "[2001:db8::1]:5269", true},
        {"[2001:db8::1]:5269", "[2001:db8::2]:5269", false},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct way way;
        struct caller caller;
        struct place place;
        struct gp_addr own;
        make_way(&way);
        assert_int_equal(gp_addr_parse_port(rows[i].own, 0, &own), GP_OK);
        assert_int_equal(gp_addr_parse_port(rows[i].target, 0, &place.addr), GP_OK);
        add_address(add_endpoint(&way, 0), &place);
        open_caller_with(&caller, &way, &own, 1, false);
        if ((result_of(&caller, 0)[0] != '\0') != rows[i].is_own)
            fail_msg("%s against %s: '%s'", rows[i].target, rows[i].own, result_of(&caller, 0));
        close_caller(&caller);
        free(way.endpoints);
    }
}

static void an_empty_route_is_exhausted(void **state)
{
    (void)state;
    struct way way;
    struct caller caller;
    make_way(&way);
    open_caller(&caller, &way);
    assert_null(dial_one(&caller));
    assert_int_equal(fed_dial_target_count(caller.dial), 0);
    close_caller(&caller);
    free(way.endpoints);
}

static size_t open_descriptors(void)
{
    size_t count = 0;
    DIR *dir = opendir("/proc/self/fd");
    assert_non_null(dir);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

/* Looks on while a dial is under way. */
struct watcher {
    struct gp_timer *timer;
    size_t before, most;
};

static void on_look(void *arg)
{
    struct watcher *watcher = arg;
    size_t now = open_descriptors() - watcher->before;
    if (now > watcher->most)
        watcher->most = now;
    gp_timer_set(watcher->timer, 5);
}

static void few_connections_are_made_at_a_time(void **state)
{
    (void)state;
    struct place silent;
    struct way way;
    struct caller caller;
    open_silent(&silent, "127.0.0.1");
    make_way(&way);
    struct dns_endpoint *endpoint = add_endpoint(&way, 10);
    for (int i = 0; i < DNS_ROUTE_ADDRESS_MAX; i++)
        add_address(endpoint, &silent);
    open_caller(&caller, &way);
    caller.limits.race_ms = 1;
    caller.limits.connect_ms = 100;
    struct watcher watcher = {.before = open_descriptors()};
    watcher.timer = gp_timer_create(caller.loop, on_look, &watcher);
    gp_timer_set(watcher.timer, 5);
    assert_null(dial_one(&caller));
    assert_int_equal(watcher.most, 6);
    for (size_t i = 0; i < DNS_ROUTE_ADDRESS_MAX; i++)
        assert_string_equal(result_of(&caller, i), "no answer within 0.1 s");
    gp_timer_destroy(watcher.timer);
    close_caller(&caller);
    free(way.endpoints);
    close_place(&silent);
}

/* Giving up. */

static void on_stop(void *arg)
{
    gp_loop_stop(arg);
}

static void run_for(struct gp_loop *loop, int64_t ms)
{
    struct gp_timer *timer = gp_timer_create(loop, on_stop, loop);
    gp_timer_set(timer, ms);
    gp_loop_run(loop);
    gp_timer_destroy(timer);
}

/* Where a dial is destroyed. */
enum point {
    BEFORE,
    AT_ONCE,
    WHILE_RACING,
    WITH_LINK,    /* connected, and the owner has not been told yet */
    WITHOUT_LINK, /* nothing can be tried, and the owner has not been told yet */
    POINT_COUNT
};

static void nothing_is_called_back_after_destroy(void **state)
{
    (void)state;
    for (int point = BEFORE; point < POINT_COUNT; point++) {
        size_t descriptors = open_descriptors();
        struct place silent, good;
        struct way way;
        struct caller caller;
        open_silent(&silent, "127.0.0.1");
        open_place(&good, "127.0.0.1");
        make_way(&way);
        struct dns_endpoint *endpoint = add_endpoint(&way, 10);
        if (point != WITHOUT_LINK) {
            add_address(endpoint, point == WITH_LINK ? &good : &silent);
            add_address(endpoint, &silent);
        }
        open_caller(&caller, &way);
        if (point != BEFORE)
            start_dialling(&caller);
        if (point == WHILE_RACING)
            run_for(caller.loop, 50);
        while (point == WITH_LINK && strcmp(result_of(&caller, 0), "connected") != 0)
            run_for(caller.loop, 0); /* one turn: the owner's is the next */
        fed_dial_destroy(caller.dial);
        caller.dial = NULL;
        run_for(caller.loop, 200);
        assert_int_equal(caller.calls, 0);
        close_caller(&caller);
        free(way.endpoints);
        close_place(&silent);
        close_place(&good);
        assert_int_equal(open_descriptors(), descriptors);
    }
}

static void a_dial_may_go_in_its_own_callback(void **state)
{
    (void)state;
    struct place place;
    struct way way;
    struct caller caller;
    open_place(&place, "127.0.0.1");
    for (int has_address = 0; has_address < 2; has_address++) {
        make_way(&way);
        struct dns_endpoint *endpoint = add_endpoint(&way, 10);
        if (has_address)
            add_address(endpoint, &place);
        open_caller(&caller, &way);
        caller.destroys_dial = true;
        assert_true((dial_one(&caller) != NULL) == has_address);
        close_caller(&caller);
        free(way.endpoints);
    }
    close_place(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_link_leads_to_its_target),
        cmocka_unit_test(a_refusal_leads_to_the_next_at_once),
        cmocka_unit_test(what_cannot_be_connected_to_at_all_is_passed_over),
        cmocka_unit_test(addresses_of_one_priority_race),
        cmocka_unit_test(the_next_priority_waits_for_the_end_of_the_first),
        cmocka_unit_test(each_address_is_handed_out_once),
        cmocka_unit_test(some_addresses_are_never_tried),
        cmocka_unit_test(own_listeners_are_known_in_every_form),
        cmocka_unit_test(an_empty_route_is_exhausted),
        cmocka_unit_test(few_connections_are_made_at_a_time),
        cmocka_unit_test(nothing_is_called_back_after_destroy),
        cmocka_unit_test(a_dial_may_go_in_its_own_callback),
    };
    return cmocka_run_group_tests_name("fed_dial", tests, NULL, NULL);
}
