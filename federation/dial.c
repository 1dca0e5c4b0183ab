/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *   WAITING --its turn--> TRYING --connected, failed, too late--> DONE
 *                           |
 *                           +--another was faster--> WAITING, for a later call
 */
#include "federation/dial.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>

#define FED_DIAL_PARALLEL_MAX 6 /* connections being made at a time (T65) */

enum state {
    STATE_WAITING,
    STATE_TRYING,
    STATE_DONE
};

struct row {
    struct fed_dial_target target;
    unsigned group; /* addresses of one group are raced */
    enum state state;
};

/* A connection that is being made. */
struct attempt {
    struct fed_dial *dial; /* borrowed */
    struct row *row;       /* borrowed; NULL: this place is free */
    int fd;                /* owned; -1: none */
    struct gp_watch *watch;
    struct gp_timer *timer;
    int64_t started_ms;
};

struct fed_dial {
    struct fed_dial_setup setup;
    uint32_t connect_ms, race_ms;
    struct row *rows; /* owned */
    size_t row_count;
    struct attempt attempts[FED_DIAL_PARALLEL_MAX];
    unsigned running;       /* attempts in use */
    unsigned group;         /* that is being raced */
    struct gp_timer *delay; /* owned; until the next address joins the race */
    struct gp_task decided; /* calls fn */
    fed_dial_fn *fn;        /* NULL: nobody waits */
    void *arg;
    struct fed_link *link; /* owned until fn gets it */
    struct row *reached;   /* where link, or the link that fn got last, leads */
};

static void start_more(struct fed_dial *dial);

/* The list. */

/* An IPv4 address in the form ::ffff:192.0.2.1 leads to the same listener as without it. */
static struct gp_addr unmapped(const struct gp_addr *addr)
{
    static const uint8_t prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    struct gp_addr plain = *addr;
    if (addr->family == GP_IPV6 && memcmp(addr->bytes, prefix, sizeof(prefix)) == 0) {
        plain = (struct gp_addr){.family = GP_IPV4, .port = addr->port};
        memcpy(plain.bytes, addr->bytes + sizeof(prefix), 4);
    }
    return plain;
}

static bool is_own(const struct fed_dial_setup *setup, const struct gp_addr *addr)
{
    struct gp_addr wanted = unmapped(addr);
    for (size_t i = 0; i < setup->own_count; i++) {
        struct gp_addr own = unmapped(&setup->own[i]);
        if (own.port == wanted.port && gp_addr_same_host(&own, &wanted))
            return true;
    }
    return false;
}

static void add_row(struct fed_dial *dial, size_t endpoint, unsigned group,
                    const struct gp_addr *addr, const char *hindrance)
{
    struct row *row = &dial->rows[dial->row_count++];
    *row = (struct row){
        .target = {.endpoint = endpoint, .duration_ms = -1},
        .group = group,
        .state = hindrance ? STATE_DONE : STATE_WAITING,
    };
    if (addr)
        row->target.addr = *addr;
    if (hindrance)
        snprintf(row->target.result, sizeof(row->target.result), "not tried: %s", hindrance);
}

static void add_endpoint(struct fed_dial *dial, size_t index, unsigned group)
{
    const struct dns_endpoint *endpoint = &dial->setup.route->endpoints[index];
    if (endpoint->skip[0] != '\0' || endpoint->address_count == 0) {
        add_row(dial, index, group, NULL, endpoint->skip[0] ? endpoint->skip : "no address");
        return;
    }
    for (size_t i = 0; i < endpoint->address_count; i++) {
        const struct dns_endpoint_address *address = &endpoint->addresses[i];
        const char *hindrance = NULL;
        char text[FED_DIAL_RESULT_MAX];
        if (address->is_refused) { /* T64 */
            snprintf(text, sizeof(text), "its address is %s",
                     gp_reach_text(gp_addr_reach(&address->addr)));
            hindrance = text;
        } else if (!dial->setup.allows_own && is_own(&dial->setup, &address->addr)) {
            hindrance = "it is this gateway's own listener"; /* T34 */
        }
        add_row(dial, index, group, &address->addr, hindrance);
    }
}

static bool list_rows(struct fed_dial *dial)
{
    const struct dns_route *route = dial->setup.route;
    size_t max = 1;
    for (size_t i = 0; i < route->endpoint_count; i++)
        max += 1 + route->endpoints[i].address_count;
    dial->rows = calloc(max, sizeof(*dial->rows));
    if (!dial->rows)
        return false;
    unsigned group = 0;
    for (size_t i = 0; i < route->endpoint_count; i++) {
        if (i > 0 && route->endpoints[i].srv.priority != route->endpoints[i - 1].srv.priority)
            group++;
        add_endpoint(dial, i, group);
    }
    return true;
}

/* Attempts. */

/* Frees the place of an attempt. The descriptor, if it is still there, is closed. */
static void clear_attempt(struct attempt *attempt)
{
    if (!attempt->row)
        return;
    gp_timer_destroy(attempt->timer);
    gp_watch_destroy(attempt->watch);
    gp_io_close(&attempt->fd);
    attempt->timer = NULL;
    attempt->watch = NULL;
    attempt->row = NULL;
    attempt->dial->running--;
}

static void end_attempt(struct attempt *attempt, enum state state, const char *result)
{
    struct row *row = attempt->row;
    row->state = state;
    row->target.duration_ms = gp_clock_mono_ms() - attempt->started_ms;
    snprintf(row->target.result, sizeof(row->target.result), "%s", result);
    clear_attempt(attempt);
}

static void decide(struct fed_dial *dial)
{
    gp_timer_clear(dial->delay);
    gp_task_post(&dial->decided);
}

static void win(struct attempt *attempt)
{
    struct fed_dial *dial = attempt->dial;
    struct row *row = attempt->row;
    int fd = attempt->fd;
    attempt->fd = -1; /* moved to the link; the watch on it goes first */
    gp_watch_destroy(attempt->watch);
    attempt->watch = NULL;
    dial->link = fed_link_create(fd);
    end_attempt(attempt, STATE_DONE, dial->link ? "connected" : "out of memory");
    if (!dial->link) {
        start_more(dial);
        return;
    }
    row->target.is_reached = true;
    dial->reached = row;
    for (size_t i = 0; i < FED_DIAL_PARALLEL_MAX; i++)
        if (dial->attempts[i].row)
            end_attempt(&dial->attempts[i], STATE_WAITING, "another address answered first");
    decide(dial);
}

static void on_connected(void *arg, unsigned ready)
{
    struct attempt *attempt = arg;
    struct fed_dial *dial = attempt->dial;
    char text[FED_LINK_ERROR_MAX];
    (void)ready;
    int error = gp_io_connect_error(attempt->fd);
    if (error == 0) {
        win(attempt);
        return;
    }
    end_attempt(attempt, STATE_DONE, fed_link_errno_text(error, text));
    start_more(dial);
}

static void on_timeout(void *arg)
{
    struct attempt *attempt = arg;
    struct fed_dial *dial = attempt->dial;
    char text[FED_DIAL_RESULT_MAX], span[GP_CLOCK_SPAN_MAX];
    snprintf(text, sizeof(text), "no answer within %s", gp_clock_span_text(dial->connect_ms, span));
    end_attempt(attempt, STATE_DONE, text);
    start_more(dial);
}

/* False when the row has failed at once. */
static bool start_attempt(struct fed_dial *dial, struct row *row)
{
    struct attempt *attempt = dial->attempts;
    struct gp_err err = {0};
    while (attempt->row)
        attempt++; /* one is free: dial->running is below the maximum */
    *attempt =
        (struct attempt){.dial = dial, .row = row, .fd = -1, .started_ms = gp_clock_mono_ms()};
    row->state = STATE_TRYING;
    dial->running++;
    if (gp_io_connect(&row->target.addr, &attempt->fd, &err) != GP_OK) {
        end_attempt(attempt, STATE_DONE, err.text);
        return false;
    }
    attempt->watch = gp_watch_create(dial->setup.loop, attempt->fd, on_connected, attempt);
    attempt->timer = gp_timer_create(dial->setup.loop, on_timeout, attempt);
    if (!attempt->watch || !attempt->timer) {
        end_attempt(attempt, STATE_DONE, "out of memory");
        return false;
    }
    gp_watch_set(attempt->watch, GP_WRITE);
    gp_timer_set(attempt->timer, dial->connect_ms);
    return true;
}

/* The next that may be tried now: the group that is being raced comes to its end first. */
static struct row *next_row(struct fed_dial *dial)
{
    for (size_t i = 0; i < dial->row_count; i++) {
        struct row *row = &dial->rows[i];
        if (row->state != STATE_WAITING)
            continue;
        return dial->running == 0 || row->group == dial->group ? row : NULL;
    }
    return NULL;
}

/* Begins the next attempt, if there is one; decides when there is nothing left. */
static void start_more(struct fed_dial *dial)
{
    gp_timer_clear(dial->delay);
    while (dial->running < FED_DIAL_PARALLEL_MAX) {
        struct row *row = next_row(dial);
        if (!row)
            break;
        dial->group = row->group;
        if (start_attempt(dial, row)) {
            gp_timer_set(dial->delay, dial->race_ms);
            return;
        }
    }
    if (dial->running == 0)
        decide(dial);
}

static void on_delay(void *arg)
{
    start_more(arg);
}

static void on_decided(void *arg)
{
    struct fed_dial *dial = arg;
    fed_dial_fn *fn = dial->fn;
    struct fed_link *link = dial->link;
    dial->fn = NULL;
    dial->link = NULL;
    fn(dial->arg, link, link ? &dial->reached->target : NULL); /* may destroy dial */
}

/* The contract. */

struct fed_dial *fed_dial_create(const struct fed_dial_setup *setup)
{
    struct fed_dial *dial = calloc(1, sizeof(*dial));
    if (!dial)
        return NULL;
    dial->setup = *setup;
    dial->connect_ms = setup->limits->connect_ms;
    dial->race_ms = setup->limits->race_ms;
    gp_task_init(&dial->decided, setup->loop, on_decided, dial);
    dial->delay = gp_timer_create(setup->loop, on_delay, dial);
    if (!dial->delay || !list_rows(dial)) {
        fed_dial_destroy(dial);
        return NULL;
    }
    return dial;
}

void fed_dial_destroy(struct fed_dial *dial)
{
    if (!dial)
        return;
    gp_task_cancel(&dial->decided);
    for (size_t i = 0; i < FED_DIAL_PARALLEL_MAX; i++)
        clear_attempt(&dial->attempts[i]);
    gp_timer_destroy(dial->delay);
    fed_link_destroy(dial->link);
    free(dial->rows);
    free(dial);
}

void fed_dial_next(struct fed_dial *dial, fed_dial_fn *fn, void *arg)
{
    GP_ASSERT(!dial->fn);
    dial->fn = fn;
    dial->arg = arg;
    start_more(dial);
}

void fed_dial_note(struct fed_dial *dial, const char *result)
{
    GP_ASSERT(dial->reached);
    snprintf(dial->reached->target.result, sizeof(dial->reached->target.result), "%s", result);
}

size_t fed_dial_target_count(const struct fed_dial *dial)
{
    return dial->row_count;
}

const struct fed_dial_target *fed_dial_target(const struct fed_dial *dial, size_t index)
{
    GP_ASSERT(index < dial->row_count);
    return &dial->rows[index].target;
}
