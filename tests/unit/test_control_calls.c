/* SPDX-License-Identifier: BSD-2-Clause */
/* What the control socket can be asked, and what it refuses; of a gateway without workers, so that
 * every errand comes home at once. */
#include "tests/unit/unit.h"

#include "gateway/gateway.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PATIENCE_MS 20000
#define TOKEN_16    "0123456789abcdef"
#define TOKEN_32    TOKEN_16 TOKEN_16

struct site {
    struct app_gateway gateway;
    struct app_config config;
    struct app_domain domain;
    struct gp_timer *guard;
    char folder[64], path[80];
    struct app_json *answer; /* owned */
};

static void on_guard(void *arg)
{
    (void)arg;
    fail_msg("nothing came of it in 20 s");
}

static int set_up(void **state)
{
    struct site *site = calloc(1, sizeof(*site));
    struct app_gateway *gateway = &site->gateway;
    struct gp_err err = {0};
    assert_int_equal(dns_domain_from_text(gp_span_text("alpha.example"), &site->domain.name, NULL),
                     GP_OK);
    site->config.domain_count = 1;
    site->config.domains = &site->domain;
    gp_map_init(&site->config.domains_by_name);
    assert_int_equal(gp_map_put(&site->config.domains_by_name,
                                gp_span_text(site->domain.name.ascii), &site->domain),
                     GP_OK);
    gateway->config = &site->config;
    gateway->loop = gp_loop_create();
    gateway->mailbox = gp_mailbox_create(gateway->loop, 65536, gateway);
    site->guard = gp_timer_create(gateway->loop, on_guard, NULL);
    gp_timer_set(site->guard, PATIENCE_MS);
    snprintf(site->folder, sizeof(site->folder), "/tmp/gatepost-calls-XXXXXX");
    assert_non_null(mkdtemp(site->folder));
    snprintf(site->path, sizeof(site->path), "%s/control", site->folder);
    if (app_control_create(gateway->loop, &gateway->log, site->path, app_gateway_on_call, gateway,
                           &gateway->control, &err) != GP_OK)
        fail_msg("%s", err.text);
    *state = site;
    return 0;
}

static int tear_down(void **state)
{
    struct site *site = *state;
    app_control_destroy(site->gateway.control);
    gp_mailbox_destroy(site->gateway.mailbox);
    gp_timer_destroy(site->guard);
    gp_loop_destroy(site->gateway.loop);
    gp_map_finish(&site->config.domains_by_name);
    rmdir(site->folder);
    free(site);
    return 0;
}

static void on_answer(void *arg, struct app_json *answer, const struct gp_err *err)
{
    struct site *site = arg;
    if (err)
        fail_msg("%s", err->text);
    site->answer = answer;
    gp_loop_stop(site->gateway.loop);
}

struct field {
    const char *key, *text;
};

/* Asks, and gives the error of the answer, "" when there is none. */
static const char *ask(struct site *site, const struct field *fields, size_t count)
{
    struct app_question *question = NULL;
    struct app_json_writer *json = app_json_writer_create();
    for (size_t i = 0; i < count && fields[i].key; i++)
        app_json_put_text(json, fields[i].key, fields[i].text);
    app_json_destroy(site->answer);
    site->answer = NULL;
    assert_int_equal(app_control_ask(site->gateway.loop, site->path, json, PATIENCE_MS, on_answer,
                                     site, &question, NULL),
                     GP_OK);
    gp_loop_run(site->gateway.loop);
    const char *error = app_json_get_text(site->answer, "error", "");
    assert_int_equal(app_json_get_bool(site->answer, "ok", false), error[0] == '\0');
    return error;
}

#define FIELDS_MAX 4

static void requests_are_judged(void **state)
{
    struct site *site = *state;
    static const struct {
        struct field fields[FIELDS_MAX];
        const char *error;
    } rows[] = {
        {{{NULL, NULL}}, "unknown command"},
        {{{"command", "Status"}}, "unknown command"},
        {{{"command", "statusx"}}, "unknown command"},
        {{{"command", "expect"}}, "a token has 16 to 32 characters"},
        {{{"command", "expect"}, {"token", "0123456789abcde"}}, "a token has 16 to 32 characters"},
        {{{"command", "expect"}, {"token", TOKEN_16}}, ""},
        {{{"command", "expect"}, {"token", TOKEN_32}}, ""},
        {{{"command", "expect"}, {"token", TOKEN_32 "0"}}, "a token has 16 to 32 characters"},
        {{{"command", "seen"}, {"token", TOKEN_32 "0"}}, "a token has 16 to 32 characters"},
        {{{"command", "seen"}, {"token", TOKEN_16}}, "this token was not announced"},
        {{{"command", "login"}}, "login: \"domain\" is not one of this gateway's domains"},
        {{{"command", "login"}, {"domain", "beta.example"}, {"address", "192.0.2.1:5269"}},
         "login: \"domain\" is not one of this gateway's domains"},
        {{{"command", "login"}, {"domain", "a b"}, {"address", "192.0.2.1:5269"}},
         "login: \"domain\" is not one of this gateway's domains"},
        {{{"command", "login"}, {"domain", "alpha.example"}},
         "login: \"address\" is not an address with a port"},
        {{{"command", "login"}, {"domain", "alpha.example"}, {"address", "192.0.2.1"}},
         "login: \"address\" is not an address with a port"},
        {{{"command", "login"}, {"domain", "ALPHA.example"}, {"address", "[2001:db8::1]:0"}},
         "login: \"address\" is not an address with a port"},
        {{{"command", "login"}, {"domain", "alpha.example"}, {"address", "p.example:5269"}},
         "login: \"address\" is not an address with a port"},
        {{{"command", "login"},
          {"domain", "alpha.example"},
          {"address", "192.0.2.1:5269"},
          {"token", TOKEN_32 "0"}},
         "login: \"token\" is longer than 32 characters"},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        const char *error = ask(site, rows[i].fields, FIELDS_MAX);
        if (strcmp(error, rows[i].error) != 0)
            fail_msg("row %zu: %s", i, error);
    }
    app_json_destroy(site->answer);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(requests_are_judged),
    };
    return cmocka_run_group_tests_name("control_calls", tests, NULL, NULL);
}
