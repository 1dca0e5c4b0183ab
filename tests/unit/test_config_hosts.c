/* SPDX-License-Identifier: BSD-2-Clause */
/* A host that several domains share. */
#include "tests/unit/unit.h"

#include "config/config.h"

#include <stdio.h>
#include <string.h>

/* The second domain begins in line 4, its host stands in line 5. */
static const char around[] = "inside \"echo\" { kind = echo }  partner \"p.example\" { }\n"
                             "domain \"a.example\" { certificate = c  key = k  inside = echo %s\n"
                             "host \"gw.a.example\" { address = 192.0.2.2 %s } }\n"
                             "domain \"b.example\" { certificate = c  key = k  inside = echo %s\n"
                             "host \"%s\" { address = 192.0.2.2 %s } }\n";

static const struct {
    const char *name, *first, *second, *host, *ports;
    const char *warning; /* part of it; NULL: none */
    const char *first_ports;
} rows[] = {
    {"both want it", "", "", "gw.a.example", "", NULL, ""},
    {"neither does", "dane = no", "dane = no", "gw.a.example", "", NULL, ""},
    {"another host", "", "dane = no", "gw.b.example", "", NULL, ""},
    {"other ports", "", "dane = no", "gw.a.example", "starttls-port = 5299 direct-tls-port = 5298",
     NULL, ""},
    {"no port in common", "", "dane = no", "gw.a.example",
     "starttls-port = 5299 direct-tls-port = none", NULL, ""},
    {"neither has direct TLS", "", "dane = no", "gw.a.example",
     "starttls-port = 5299 direct-tls-port = none", NULL, "direct-tls-port = none"},
    {"the second wants none", "", "dane = no", "GW.a.example", "",
     ":5: domain \"b.example\": dane = no: its partners go by the TLSA records of host "
     "\"GW.a.example\" all the same, which domain \"a.example\" wants",
     ""},
    {"the first wants none", "dane = no", "", "gw.a.example", "",
     ":5: domain \"a.example\": dane = no: its partners go by the TLSA records of host "
     "\"gw.a.example\" all the same, which domain \"b.example\" wants",
     ""},
    {"one port in common, of the other service", "", "dane = no", "gw.a.example",
     "starttls-port = 5299 direct-tls-port = 5269", ":5: domain \"b.example\": dane = no: ", ""},
};

static void tlsa_records_bind_every_domain_of_a_port(void **state)
{
    (void)state;
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct app_config *config = NULL;
        struct gp_err err = {.text = ""};
        char text[2000];
        snprintf(text, sizeof(text), around, rows[i].first, rows[i].first_ports, rows[i].second,
                 rows[i].host, rows[i].ports);
        if (app_config_parse(gp_span_text(text), "/etc/gatepost/test.conf", &config, NULL, &err) !=
            GP_OK)
            fail_msg("%s: %s", rows[i].name, err.text);
        if (config->warning_count != (rows[i].warning ? 1 : 0) ||
            (rows[i].warning && !strstr(config->warnings[0], rows[i].warning)))
            fail_msg("%s: %s", rows[i].name,
                     config->warning_count > 0 ? config->warnings[0] : "no warning");
        app_config_destroy(config);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tlsa_records_bind_every_domain_of_a_port),
    };
    return cmocka_run_group_tests_name("config_hosts", tests, NULL, NULL);
}
