/* SPDX-License-Identifier: BSD-2-Clause */
/* What every combination of TLS, SASL, dialback and DANE comes to. */
#include "tests/unit/unit.h"

#include "federation/negotiation.h"
#include "federation/policy.h"

#include <string.h>

static const char *const words[] = {"required", "optional", "unsupported"};

/* tls, sasl, then the sense: without dialback; with it; and both once more where DANE is required.
 */
static const struct {
    enum fed_tls_need tls;
    enum fed_sasl_need sasl;
    const char *senses[4];
} rows[] = {
    {FED_TLS_REQUIRED, FED_SASL_REQUIRED, {"ok", "warning", "ok", "error"}},
    {FED_TLS_REQUIRED, FED_SASL_OPTIONAL, {"ok", "warning", "ok", "error"}},
    {FED_TLS_REQUIRED, FED_SASL_UNSUPPORTED, {"warning", "warning", "warning", "error"}},
    {FED_TLS_OPTIONAL, FED_SASL_REQUIRED, {"warning", "warning", "error", "error"}},
    {FED_TLS_OPTIONAL, FED_SASL_OPTIONAL, {"error", "warning", "error", "error"}},
    {FED_TLS_OPTIONAL, FED_SASL_UNSUPPORTED, {"error", "warning", "error", "error"}},
    {FED_TLS_UNSUPPORTED, FED_SASL_REQUIRED, {"error", "error", "error", "error"}},
    {FED_TLS_UNSUPPORTED, FED_SASL_OPTIONAL, {"error", "warning", "error", "error"}},
    {FED_TLS_UNSUPPORTED, FED_SASL_UNSUPPORTED, {"error", "warning", "error", "error"}},
};
_Static_assert(GP_ARRAY_LEN(rows) == 9, "all of TLS by all of SASL");

static struct fed_partner partner_of(size_t row, unsigned column)
{
    return (struct fed_partner){
        .tls = rows[row].tls,
        .sasl = rows[row].sasl,
        .dialback = column & 1 ? FED_DIALBACK_ALLOWED : FED_DIALBACK_REFUSED,
        .requires_dane = column & 2,
    };
}

static void every_combination_has_its_sense(void **state)
{
    (void)state;
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++)
        for (unsigned column = 0; column < 4; column++) {
            const struct fed_partner partner = partner_of(i, column);
            const struct fed_negotiation *negotiation = fed_negotiation_of(&partner);
            if (strcmp(fed_sense_text(negotiation->sense), rows[i].senses[column]) != 0)
                fail_msg("tls = %s, sasl = %s, dialback %d, dane %d: %s: %s", words[rows[i].tls],
                         words[rows[i].sasl], partner.dialback, partner.requires_dane,
                         fed_sense_text(negotiation->sense), negotiation->reason);
            assert_true(strlen(negotiation->reason) > 20);
        }
}

/* The table and the streams agree: where it warns of clear text it can happen, and nowhere else. */
static void the_table_is_what_the_streams_do(void **state)
{
    (void)state;
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++)
        for (unsigned column = 0; column < 4; column++) {
            const struct fed_partner partner = partner_of(i, column);
            const struct fed_negotiation *negotiation = fed_negotiation_of(&partner);
            bool is_error = negotiation->sense == FED_SENSE_ERROR;
            bool warns_of_clear = strstr(negotiation->reason, "in clear") != NULL;
            bool warns_of_dns = strstr(negotiation->reason, "can speak for it") != NULL;
            assert_int_equal(fed_policy_takes_clear(&partner), warns_of_clear);
            assert_int_equal(fed_policy_takes_dialback(&partner) && !is_error, warns_of_dns);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_combination_has_its_sense),
        cmocka_unit_test(the_table_is_what_the_streams_do),
    };
    return cmocka_run_group_tests_name("fed_negotiation", tests, NULL, NULL);
}
