/* SPDX-License-Identifier: BSD-2-Clause */
/* Where this gateway itself is reached. */
#include "tests/unit/unit.h"

#include "gateway/snapshot.h"

#include "base/io.h"

#include <stdlib.h>

static const char config_text[] =
    "domain \"alpha.example\" {\n"
    "    certificate = \"alpha.crt\"  key = \"alpha.key\"  inside = \"echo\"\n"
    "    host \"gw1.alpha.example\" { address = { \"198.51.100.5\", \"2001:db8::5\" }\n"
    "                                 starttls-port = 5300  direct-tls-port = none }\n"
    "}\n"
    "inside \"echo\" { kind = echo }\n";

static bool has(const struct app_snapshot *snapshot, const char *host, uint16_t port)
{
    struct gp_addr address;
    assert_int_equal(gp_addr_parse(host, &address), GP_OK);
    for (size_t i = 0; i < snapshot->own_address_count; i++)
        if (gp_addr_same_host(&snapshot->own_addresses[i], &address) &&
            snapshot->own_addresses[i].port == port)
            return true;
    return false;
}

static struct app_snapshot *make_snapshot(void)
{
    struct app_config *config;
    struct gp_err err = {0};
    if (app_config_parse(gp_span_text(config_text), "/etc/gatepost/gatepost.conf", &config, NULL,
                         &err) != GP_OK)
        fail_msg("%s", err.text);
    struct app_snapshot *snapshot = app_snapshot_create(config);
    assert_non_null(snapshot);
    return snapshot;
}

/* T34: a socket on every address of a family is reached by each of the machine's. */
static void listeners_are_own_addresses(void **state)
{
    static const struct {
        const char *address;
        uint16_t port;
        uint8_t wildcard; /* the family, if it is one */
    } rows[] = {
        {"192.0.2.7", 5299, 0},
        {"2001:db8::7", 5299, 0},
        {"0.0.0.0", 5269, GP_IPV4},
        {"::", 5269, GP_IPV6},
    };
    struct gp_addr *machine;
    struct gp_err err = {0};
    size_t machine_count;
    (void)state;
    assert_int_equal(gp_io_own_addresses(&machine, &machine_count, &err), GP_OK);
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct app_snapshot *snapshot = make_snapshot();
        struct app_listener listener = {.fd = -1};
        const struct app_listeners listeners = {.count = 1, .list = &listener};
        size_t expected = 3; /* two of the host, and this */
        assert_int_equal(gp_addr_parse(rows[i].address, &listener.address), GP_OK);
        listener.address.port = rows[i].port;
        assert_int_equal(app_snapshot_find_own(snapshot, &listeners, &err), GP_OK);
        assert_true(has(snapshot, "198.51.100.5", 5300));
        assert_true(has(snapshot, "2001:db8::5", 5300));
        if (has(snapshot, rows[i].address, rows[i].port) != !rows[i].wildcard)
            fail_msg("%s", rows[i].address);
        for (size_t k = 0; rows[i].wildcard && k < machine_count; k++) {
            char text[GP_ADDR_TEXT_MAX];
            bool is_listened = machine[k].family == rows[i].wildcard;
            expected += is_listened;
            gp_addr_text(&machine[k], text);
            if (has(snapshot, text, rows[i].port) != is_listened)
                fail_msg("%s: %s", rows[i].address, text);
        }
        assert_int_equal(snapshot->own_address_count, expected - (rows[i].wildcard != 0));
        app_snapshot_destroy(snapshot);
    }
    free(machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(listeners_are_own_addresses),
    };
    return cmocka_run_group_tests_name("snapshot", tests, NULL, NULL);
}
