/* SPDX-License-Identifier: BSD-2-Clause */
/* Accepting, also when no descriptor is left. */
#include "tests/unit/unit.h"

#include "base/acceptor.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#define PATIENCE_MS 20000
#define CLIENTS     3

struct site {
    struct gp_loop *loop;
    struct gp_timer *guard, *later;
    struct gp_log log;
    FILE *said;
    struct gp_addr addr;
    struct gp_acceptor *acceptor;
    int clients[CLIENTS], taken[CLIENTS];
    size_t taken_count;
    struct rlimit limit; /* as it was */
};

static void on_guard(void *arg)
{
    (void)arg;
    fail_msg("nothing came of it in 20 s");
}

static void on_accepted(void *arg, struct gp_acceptor *acceptor, int fd, const struct gp_addr *peer,
                        const struct gp_addr *local)
{
    struct site *site = arg;
    assert_ptr_equal(acceptor, site->acceptor);
    assert_true(gp_addr_same_host(peer, &site->addr));
    assert_int_equal(local->port, site->addr.port);
    site->taken[site->taken_count++] = fd;
    if (site->taken_count == CLIENTS)
        gp_loop_stop(site->loop);
}

static void open_site(struct site *site)
{
    struct gp_err err = {0};
    int fd = -1;
    *site = (struct site){.loop = gp_loop_create(), .said = tmpfile()};
    site->guard = gp_timer_create(site->loop, on_guard, NULL);
    gp_timer_set(site->guard, PATIENCE_MS);
    gp_log_init(&site->log, fileno(site->said), GP_LOG_ERROR, GP_LOG_TEXT);
    assert_int_equal(gp_addr_parse_port("127.0.0.1", 0, &site->addr), GP_OK);
    if (gp_io_listen(&site->addr, false, &fd, &err) != GP_OK)
        fail_msg("%s", err.text);
    site->acceptor = gp_acceptor_create(site->loop, fd, &site->log, on_accepted, site);
    assert_non_null(site->acceptor);
    for (size_t i = 0; i < CLIENTS; i++)
        assert_int_equal(gp_io_connect(&site->addr, &site->clients[i], NULL), GP_OK);
}

static void close_site(struct site *site)
{
    for (size_t i = 0; i < CLIENTS; i++)
        gp_io_close(&site->clients[i]);
    for (size_t i = 0; i < site->taken_count; i++)
        gp_io_close(&site->taken[i]);
    gp_acceptor_destroy(site->acceptor);
    gp_timer_destroy(site->later);
    gp_timer_destroy(site->guard);
    gp_loop_destroy(site->loop);
    fclose(site->said);
}

/* How often it was said that nothing can be accepted. */
static size_t count_complaints(struct site *site)
{
    char line[1000];
    size_t count = 0;
    rewind(site->said);
    while (fgets(line, sizeof(line), site->said))
        count += strstr(line, "accept-failed") != NULL;
    return count;
}

static void what_comes_is_handed_over(void **state)
{
    struct site site;
    (void)state;
    open_site(&site);
    gp_loop_run(site.loop);
    assert_int_equal(site.taken_count, CLIENTS);
    assert_int_equal(count_complaints(&site), 0);
    close_site(&site);
}

static void give_descriptors(void *arg)
{
    const struct site *site = arg;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &site->limit), 0);
}

/* The socket stays readable all the time, and the loop does not spin (T58). */
static void without_descriptors_it_waits(void **state)
{
    struct site site;
    (void)state;
    open_site(&site);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &site.limit), 0);
    const struct rlimit none = {.rlim_cur = 3, .rlim_max = site.limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    site.later = gp_timer_create(site.loop, give_descriptors, &site);
    gp_timer_set(site.later, 300);
    gp_loop_run(site.loop);
    assert_int_equal(site.taken_count, CLIENTS); /* none was lost */
    assert_in_range(count_complaints(&site), 1, 10);
    close_site(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_is_handed_over),
        cmocka_unit_test(without_descriptors_it_waits),
    };
    return cmocka_run_group_tests_name("acceptor", tests, NULL, NULL);
}
