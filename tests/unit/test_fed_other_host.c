/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a peer may send us. */
#include "federation/other_host.h"
#include "tests/unit/unit.h"

static const struct {
    const char *text;
    enum dns_service service;
    const char *host; /* NULL: not followed */
    uint16_t port;
} rows[] = {
    {"other.example", DNS_SERVICE_STARTTLS, "other.example", 5269},
    {"other.example", DNS_SERVICE_DIRECT_TLS, "other.example", 5270},
    {"Other.Example:5299", DNS_SERVICE_STARTTLS, "other.example", 5299},
    {"other.example:443", DNS_SERVICE_DIRECT_TLS, "other.example", 443},
    {"b\xc3\xbc"
     "cher.example:1024",
     DNS_SERVICE_STARTTLS, "xn--bcher-kva.example", 1024},
    {"other.example:22", DNS_SERVICE_STARTTLS, NULL, 0},
    {"other.example:0", DNS_SERVICE_STARTTLS, NULL, 0},
    {"other.example:65536", DNS_SERVICE_STARTTLS, NULL, 0},
    {"other.example:", DNS_SERVICE_STARTTLS, NULL, 0},
    {"other.example:+5269", DNS_SERVICE_STARTTLS, NULL, 0},
    {":5269", DNS_SERVICE_STARTTLS, NULL, 0},
    {"", DNS_SERVICE_STARTTLS, NULL, 0},
    {"user@other.example", DNS_SERVICE_STARTTLS, NULL, 0},
    {"192.0.2.1", DNS_SERVICE_STARTTLS, NULL, 0},
    {"192.0.2.1:5269", DNS_SERVICE_STARTTLS, NULL, 0},
    {"[2001:db8::1]:5269", DNS_SERVICE_STARTTLS, NULL, 0},
    {"2001:db8::1", DNS_SERVICE_STARTTLS, NULL, 0},
};

static void only_host_names_are_followed(void **state)
{
    (void)state;
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct dns_static_route route = {.port = 1};
        struct gp_err err = {0};
        char host[DNS_NAME_TEXT_MAX] = "";
        bool is_read = fed_other_host_read(rows[i].text, rows[i].service, &route, &err);
        if (is_read != (rows[i].host != NULL))
            fail_msg("%s: %d %s", rows[i].text, is_read, err.text);
        if (!is_read)
            continue;
        assert_string_equal(dns_name_text(&route.host, host), rows[i].host);
        assert_int_equal(route.port, rows[i].port);
        assert_int_equal(route.service, rows[i].service);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(only_host_names_are_followed)};
    return cmocka_run_group_tests_name("fed_other_host", tests, NULL, NULL);
}
