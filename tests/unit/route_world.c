/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include "tests/unit/route_world.h"

#include <stdio.h>

static uint32_t always_zero(void *state, uint32_t bound)
{
    (void)state;
    (void)bound;
    return 0;
}

const struct gp_rnd world_rnd = {.below = always_zero};
const struct dns_route_settings world_settings = {.max_targets = 16, .max_addresses = 8};

static void on_route(void *arg, struct dns_route *route)
{
    struct world_run *run = arg;
    run->op = NULL;
    run->route = route;
    run->calls++;
    gp_loop_stop(run->loop);
}

const char *world_describe(const struct dns_route *route, char *out, size_t size)
{
    static const char *const states[] = {"-", "none", "usable", "unusable", "failed"};
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < route->endpoint_count; i++) {
        const struct dns_endpoint *endpoint = &route->endpoints[i];
        char name[DNS_NAME_TEXT_MAX];
        used += (size_t)snprintf(out + used, size - used, "%s%s %s:%u %s", i > 0 ? "; " : "",
                                 dns_service_text(endpoint->service),
                                 dns_name_text(&endpoint->srv.target, name), endpoint->srv.port,
                                 dns_security_text(endpoint->srv_security));
        if (endpoint->is_alias)
            used += (size_t)snprintf(out + used, size - used, " -> %s",
                                     dns_name_text(&endpoint->canonical, name));
        for (size_t k = 0; k < endpoint->address_count; k++) {
            char addr[GP_ADDR_TEXT_MAX];
            const struct dns_endpoint_address *address = &endpoint->addresses[k];
            assert_int_equal(address->addr.port, endpoint->srv.port);
            used += (size_t)snprintf(
                out + used, size - used, " %s%s%s", address->is_refused ? "!" : "",
                gp_addr_text(&address->addr, addr), address->security == DNS_SECURE ? "" : "?");
        }
        used += (size_t)snprintf(out + used, size - used, " %s", states[endpoint->tlsa_state]);
        if (endpoint->tlsa_count > 0)
            used += (size_t)snprintf(out + used, size - used, " %zu at %s", endpoint->tlsa_count,
                                     dns_name_text(&endpoint->tlsa_base, name));
        if (endpoint->skip[0] != '\0')
            used += (size_t)snprintf(out + used, size - used, " [%s]", endpoint->skip);
    }
    return out;
}

/* " NAME/TYPE" of each answer, as the fake resolver notes its questions. */
static const char *list_answers(const struct dns_route *route, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < route->answer_count; i++) {
        char name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];
        const struct dns_answer *answer = route->answers[i];
        used +=
            (size_t)snprintf(out + used, size - used, " %s/%s", dns_name_text(&answer->name, name),
                             dns_type_text(answer->type, type));
    }
    return out;
}

static enum gp_code start(struct world_run *run, const char *text, const char *const *lines,
                          enum fake_when when, size_t refuse_after,
                          const struct dns_static_route *static_route,
                          const struct dns_route_settings *settings)
{
    struct dns_domain domain;
    *run = (struct world_run){.loop = gp_loop_create()};
    run->fake = fake_resolver_create(run->loop, 1000, lines, when);
    run->fake->refuse_after = refuse_after;
    assert_int_equal(dns_domain_from_text(gp_span_text(text), &domain, NULL), GP_OK);
    enum gp_code code = dns_route_start(&run->fake->super, settings, &world_rnd, &domain,
                                        static_route, on_route, run, &run->op, NULL);
    assert_int_equal(run->calls, 0);
    return code;
}

enum gp_code world_start(struct world_run *run, const char *domain, const char *const *lines,
                         enum fake_when when, size_t refuse_after)
{
    return start(run, domain, lines, when, refuse_after, NULL, &world_settings);
}

void world_finish(struct world_run *run)
{
    dns_route_destroy(run->route);
    assert_int_equal(run->fake->waiting_count, 0);
    dns_resolver_destroy(&run->fake->super);
    gp_loop_destroy(run->loop);
}

void world_check(const struct world *world, const struct dns_static_route *static_route,
                 const struct dns_route_settings *settings, enum fake_when when)
{
    struct world_run run;
    char text[4000];
    assert_int_equal(start(&run, "beta.example", world->lines, when, 0, static_route, settings),
                     GP_OK);
    gp_loop_run(run.loop);
    assert_int_equal(run.calls, 1);
    assert_string_equal(run.route->domain.ascii, "beta.example");
    if (run.route->outcome != world->outcome || !strstr(run.route->sentence, world->sentence))
        fail_msg("%s: %s: %s", world->name, dns_route_outcome_text(run.route->outcome),
                 run.route->sentence);
    if (strcmp(world_describe(run.route, text, sizeof(text)), world->endpoints) != 0)
        fail_msg("%s: %s", world->name, text);
    /* every answer is kept, in the order of asking */
    assert_string_equal(list_answers(run.route, text, sizeof(text)), run.fake->asked);
    world_finish(&run);
}

void world_check_all(const struct world *worlds, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        world_check(&worlds[i], NULL, &world_settings, FAKE_AT_ONCE);
        world_check(&worlds[i], NULL, &world_settings, FAKE_LATER);
    }
}
