/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is who towards a server inside that speaks S2S. */
#include "federation/mirror.h"
#include "federation/policy.h"
#include "tests/unit/unit.h"

static struct dns_domain domain_of(const char *text)
{
    struct dns_domain domain;
    assert_int_equal(dns_domain_from_text(gp_span_text(text), &domain, NULL), GP_OK);
    return domain;
}

/* alpha.example and beta.example live on the link, beta.example with some users only. */
static struct fed_mirror *make(const char *secret, bool has_pins)
{
    struct fed_elsewhere elsewhere = {.inside = 0};
    struct fed_home homes[] = {
        {.domain = domain_of("alpha.example"), .inside = 0},
        {.domain = domain_of("beta.example"),
         .inside = 1,
         .elsewhere_count = 1,
         .elsewhere = &elsewhere},
        {.domain = domain_of("gamma.example"), .inside = 1},
    };
    const struct fed_settings settings = {
        .home_count = 3,
        .homes = homes,
        .dialback_secret = {.len = 3, .bytes = "own"},
        .limits = fed_limits_default,
    };
    struct gp_secret shared = {.len = strlen(secret)};
    memcpy(shared.bytes, secret, shared.len);
    const struct fed_mirror_setup setup = {
        .settings = &settings, .inside = 0, .has_pins = has_pins, .secret = &shared};
    struct fed_mirror *mirror = fed_mirror_create(&setup);
    assert_non_null(mirror);
    return mirror;
}

static void homes_are_the_partner(void **state)
{
    (void)state;
    static const struct {
        const char *domain;
        bool is_server; /* lives there; else gatepost stands for it */
    } rows[] = {
        {"alpha.example", true}, {"beta.example", true},       {"gamma.example", false},
        {"far.example", false},  {"sub.alpha.example", false},
    };
    struct fed_mirror *mirror = make("shared", false);
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        const struct dns_domain domain = domain_of(rows[i].domain);
        assert_int_equal(fed_settings_partner(&mirror->settings, &domain) != NULL,
                         rows[i].is_server);
        assert_int_equal(fed_settings_home(&mirror->settings, &domain) != NULL, !rows[i].is_server);
    }
    const struct dns_domain nobody = {""}; /* a header without "to" wants nobody */
    assert_null(fed_settings_home(&mirror->settings, &nobody));
    fed_mirror_destroy(mirror);
}

static void server_proves_itself(void **state)
{
    (void)state;
    static const struct {
        const char *secret;
        bool has_pins;
        bool takes_key;      /* a dialback key proves the server */
        const char *made_of; /* our own keys */
    } rows[] = {
        {"shared", false, true, "shared"},
        {"shared", true, false, "shared"},
        {"", true, false, "own"},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct fed_mirror *mirror = make(rows[i].secret, rows[i].has_pins);
        const struct gp_secret *secret = &mirror->settings.dialback_secret;
        assert_int_equal(fed_policy_takes_dialback(&mirror->server), rows[i].takes_key);
        assert_int_equal(mirror->server.requires_dane, rows[i].has_pins);
        assert_int_equal(mirror->server.uses_dane_client, rows[i].has_pins);
        assert_false(fed_policy_takes_clear(&mirror->server));
        assert_true(
            gp_secret_equal(secret->bytes, secret->len, rows[i].made_of, strlen(rows[i].made_of)));
        fed_mirror_destroy(mirror);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(homes_are_the_partner),
        cmocka_unit_test(server_proves_itself),
    };
    return cmocka_run_group_tests_name("fed_mirror", tests, NULL, NULL);
}
