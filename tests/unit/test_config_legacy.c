/* SPDX-License-Identifier: BSD-2-Clause */
/* The section of a domain that says what is replaced. */
#include "tests/unit/unit.h"

#include "config/config.h"

#include <stdio.h>
#include <string.h>

/* The section itself begins in line 4. */
static const char around[] = "inside \"echo\" { kind = echo }  partner \"b.example\" { }\n"
                             "domain \"alpha.example\" { certificate = c  key = k  inside = echo\n"
                             "host \"gw1.alpha.example\" { address = 192.0.2.2 }\n"
                             "%s }\n";

static const struct {
    const char *text;
    const char *sentence; /* part of it, with the line; NULL: nothing is wrong */
} rows[] = {
    {"", NULL},
    {"legacy { host = \"o.example:5269\"  address = 192.0.2.9 }", NULL},
    /* On another port it may share the address, as behind one translation of addresses. */
    {"legacy { host = \"o.example:5299\"  address = 192.0.2.2 }", NULL},
    {"legacy { }", ":4: domain \"alpha.example\": legacy: host is missing"},
    {"legacy { host = \"o.example:5269\" }",
     ":4: domain \"alpha.example\": legacy: address is missing (list of addresses)"},
    {"legacy { address = 192.0.2.9\n host = o.example }",
     ":5: domain \"alpha.example\": legacy: host: 'o.example' is not a host name with a port"},
    {"legacy { address = 192.0.2.9\n host = { \"o.example:5269\", \"GW1.alpha.example:99\" } }",
     ":5: domain \"alpha.example\": legacy: gw1.alpha.example is a host of ours"},
    {"legacy { address = 192.0.2.9 host = \"o.example:99\"\n direct-tls-host = \"o.example:99\" }",
     ":5: domain \"alpha.example\": legacy: o.example:99 is given twice"},
    {"legacy { host = \"o.example:5269\"\n address = { 192.0.2.9, 192.0.2.2 } }",
     ":5: domain \"alpha.example\": legacy: address: 192.0.2.2 is the address of our host "
     "\"gw1.alpha.example\", on the same port"},
    {"legacy { host = \"o.example:5269\"\n address = { 192.0.2.9, 192.0.2.9 } }",
     ":5: domain \"alpha.example\": legacy: address: 192.0.2.9 is given twice"},
};

static void what_is_replaced_is_none_of_ours(void **state)
{
    (void)state;
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct app_config *config = NULL;
        struct gp_err err = {.text = ""};
        char text[2000];
        snprintf(text, sizeof(text), around, rows[i].text);
        enum gp_code code =
            app_config_parse(gp_span_text(text), "/etc/gatepost/test.conf", &config, NULL, &err);
        if (code != (rows[i].sentence ? GP_ERR_CONFIG : GP_OK) ||
            (rows[i].sentence && !strstr(err.text, rows[i].sentence)))
            fail_msg("%s: %s", rows[i].text, err.text);
        app_config_destroy(config);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_replaced_is_none_of_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
