/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of the stream machines: close reasons, states, bounces; and who is who on a stream. */
#include "tests/unit/unit.h"

#include "federation/stream_in_state.h"
#include "federation/stream_out_state.h"

static bool is_one_of(const char *text, const char *const *from, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(text, from[i]) == 0)
            return true;
    return false;
}

static void close_reasons_are_complete(void **state)
{
    (void)state;
    /* RFC 6120, 4.9.3; "" for none */
    static const char *const conditions[] = {"",
                                             "bad-format",
                                             "bad-namespace-prefix",
                                             "conflict",
                                             "connection-timeout",
                                             "host-gone",
                                             "host-unknown",
                                             "improper-addressing",
                                             "internal-server-error",
                                             "invalid-from",
                                             "invalid-namespace",
                                             "invalid-xml",
                                             "not-authorized",
                                             "not-well-formed",
                                             "policy-violation",
                                             "remote-connection-failed",
                                             "reset",
                                             "resource-constraint",
                                             "restricted-xml",
                                             "see-other-host",
                                             "system-shutdown",
                                             "undefined-condition",
                                             "unsupported-encoding",
                                             "unsupported-feature",
                                             "unsupported-stanza-type",
                                             "unsupported-version"};
    for (int i = 0; i < FED_CLOSE_COUNT; i++) {
        enum fed_close reason = (enum fed_close)i;
        const char *text = fed_close_text(reason);
        assert_true(strlen(text) > 0 && text[strlen(text) - 1] != '.');
        if (!is_one_of(fed_close_condition(reason), conditions, GP_ARRAY_LEN(conditions)))
            fail_msg("%s: no such condition: %s", text, fed_close_condition(reason));
        /* stanzas that wait are answered, whatever happened */
        assert_int_not_equal(fed_close_bounce(reason), FED_BOUNCE_NONE);
        assert_true(fed_close_fault(reason) <= FED_BY_NETWORK);
        assert_true(fed_close_next(reason) <= FED_THEN_DONE);
        for (int k = 0; k < i; k++)
            assert_string_not_equal(text, fed_close_text((enum fed_close)k));
    }
}

/* Every state has a name of its own, a deadline out of the limits, and a reason for its end. */
static void check_state(const struct fed_state_row *row, size_t number)
{
    static const size_t durations[] = {
        offsetof(struct fed_limits, header_ms),   offsetof(struct fed_limits, tls_ms),
        offsetof(struct fed_limits, setup_ms),    offsetof(struct fed_limits, verify_ms),
        offsetof(struct fed_limits, close_ms),    offsetof(struct fed_limits, idle_ms),
        offsetof(struct fed_limits, dialback_ms),
    };
    if (!row->name)
        fail_msg("state %zu has no row", number);
    for (size_t i = 0; i < GP_ARRAY_LEN(durations); i++)
        if (row->limit == durations[i])
            return;
    fail_msg("%s: its deadline is no duration", row->name);
}

static void every_state_has_a_deadline(void **state)
{
    (void)state;
    for (size_t i = 0; i < FED_IN_STATE_COUNT; i++) {
        check_state(&fed_in_states[i].row, i);
        assert_int_equal(fed_in_states[i].take == NULL, i == FED_IN_TLS || i == FED_IN_LOOKING_UP);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(fed_in_states[i].row.name, fed_in_states[k].row.name);
    }
    for (size_t i = 0; i < FED_OUT_STATE_COUNT; i++) {
        check_state(&fed_out_states[i].row, i);
        assert_int_equal(fed_out_states[i].take == NULL,
                         i == FED_OUT_TLS || i == FED_OUT_LOOKING_UP);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(fed_out_states[i].row.name, fed_out_states[k].row.name);
    }
}

static void faults_become_reasons(void **state)
{
    (void)state;
    static const struct {
        enum fed_xml_fault fault;
        const char *condition;
    } rows[] = {
        {FED_FAULT_NOT_WELL_FORMED, "not-well-formed"},
        {FED_FAULT_RESTRICTED_XML, "restricted-xml"},
        {FED_FAULT_UNSUPPORTED_ENCODING, "unsupported-encoding"},
        {FED_FAULT_BAD_NAMESPACE_PREFIX, "bad-namespace-prefix"},
        {FED_FAULT_TOO_BIG, "policy-violation"},
        {FED_FAULT_LIMIT, "policy-violation"},
        {FED_FAULT_NO_MEMORY, "internal-server-error"},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++)
        assert_string_equal(fed_close_condition(fed_close_of_fault(rows[i].fault)),
                            rows[i].condition);
}

/* The rows of spec-digest e.3. */
static void bounces_have_type_and_condition(void **state)
{
    (void)state;
    static const struct {
        enum fed_bounce bounce;
        const char *type, *condition;
    } rows[] = {
        {FED_BOUNCE_NOT_FOUND, "cancel", "remote-server-not-found"},
        {FED_BOUNCE_NOT_FOUND_WAIT, "wait", "remote-server-not-found"},
        {FED_BOUNCE_TIMEOUT, "wait", "remote-server-timeout"},
        {FED_BOUNCE_TIMEOUT_CANCEL, "cancel", "remote-server-timeout"},
        {FED_BOUNCE_INTERNAL, "cancel", "internal-server-error"},
        {FED_BOUNCE_RESOURCE, "wait", "resource-constraint"},
        {FED_BOUNCE_NOT_ALLOWED, "cancel", "not-allowed"},
        {FED_BOUNCE_TOO_BIG, "modify", "policy-violation"},
        {FED_BOUNCE_BAD_REQUEST, "modify", "bad-request"},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        assert_string_equal(fed_bounce_type(rows[i].bounce), rows[i].type);
        assert_string_equal(fed_bounce_condition(rows[i].bounce), rows[i].condition);
    }
}

static void make_id(void *arg, char id[GP_RND_ID_MAX])
{
    (void)arg;
    memset(id, 'a', GP_RND_ID_MAX - 1);
    id[GP_RND_ID_MAX - 1] = '\0';
}

/* What status can ask of a machine that has not heard a word. */
static void fresh_machines_can_be_asked(void **state)
{
    (void)state;
    const struct fed_settings settings = {.limits = fed_limits_default};
    const struct fed_now now = {.mono_ms = 5, .wall_s = 7};
    const struct fed_in_setup in_setup = {.settings = &settings, .make_id = make_id};
    struct fed_in *in = fed_in_create(&in_setup, &now);
    assert_null(fed_in_tls(in));
    assert_null(fed_in_lang(in));
    assert_null(fed_in_probe(in));
    assert_null(fed_in_home(in));
    assert_int_equal(fed_in_pair_count(in), 0);
    assert_int_equal(fed_in_deadline_ms(in), 5 + fed_limits_default.header_ms);
    assert_true(fed_in_wants_bytes(in));
    fed_in_destroy(in);
    fed_in_destroy(NULL);

    const struct fed_partner policy = {.domain_count = 0};
    const struct dns_endpoint endpoint = {.service = DNS_SERVICE_DIRECT_TLS};
    const struct fed_out_setup out_setup = {
        .settings = &settings, .policy = &policy, .endpoint = &endpoint};
    struct fed_out *out = fed_out_create(&out_setup, &now);
    assert_null(fed_out_tls(out));
    assert_false(fed_out_offer(out)->starttls);
    assert_int_equal(fed_out_deadline_ms(out), 5 + fed_limits_default.tls_ms);
    assert_false(fed_out_wants_bytes(out));
    fed_out_destroy(out);
    fed_out_destroy(NULL);
}

static struct fed_in_pair pair_of(const char *partner)
{
    struct fed_in_pair pair;
    assert_int_equal(dns_domain_from_text(gp_span_text("home.example"), &pair.home, NULL), GP_OK);
    assert_int_equal(dns_domain_from_text(gp_span_text(partner), &pair.partner, NULL), GP_OK);
    return pair;
}

/* Several things may happen to a stream before its runner asks what they were. */
static void news_of_pairs_keep_their_order(void **state)
{
    (void)state;
    struct fed_in_pairs pairs;
    struct fed_request request;
    struct fed_in_question found;
    const struct fed_in_pair a = pair_of("a.example"), b = pair_of("b.example"),
                             c = pair_of("c.example");
    fed_in_pairs_init(&pairs);
    assert_true(fed_in_pairs_ask(&pairs, &a, FED_DO_VERIFY, "key-a", 30));
    assert_true(fed_in_pairs_ask(&pairs, &b, FED_DO_VERIFY, "key-b", 10));
    assert_true(fed_in_pairs_open(&pairs, &c, FED_PROOF_PKIX));
    assert_true(fed_in_pairs_refuse(&pairs, &b, "no"));
    assert_int_equal(pairs.question_count, 2);
    assert_int_equal(fed_in_pairs_until_ms(&pairs), 10);

    assert_true(fed_in_pairs_tell(&pairs, "id", &request));
    assert_int_equal(request.what, FED_DO_VERIFY);
    assert_int_equal(request.u.verify.number, 1);
    assert_string_equal(request.u.verify.key, "key-a");
    assert_string_equal(request.u.verify.stream_id, "id");
    assert_true(fed_in_pairs_tell(&pairs, "id", &request));
    assert_int_equal(request.u.verify.number, 2);
    assert_string_equal(request.u.verify.sender.ascii, "b.example");
    assert_true(fed_in_pairs_tell(&pairs, "id", &request));
    assert_int_equal(request.what, FED_DO_OPEN);
    assert_int_equal(request.u.pair.proof, FED_PROOF_PKIX);
    assert_true(fed_in_pairs_tell(&pairs, "id", &request));
    assert_int_equal(request.what, FED_DO_REFUSED);
    assert_string_equal(request.u.pair.detail, "no");
    assert_false(fed_in_pairs_tell(&pairs, "id", &request));

    assert_true(fed_in_pairs_is_valid(&pairs, &c));
    assert_true(fed_in_pairs_has_partner(&pairs, &c.partner));
    assert_false(fed_in_pairs_is_valid(&pairs, &a));
    assert_true(fed_in_pairs_is_asked(&pairs, &a));
    assert_false(fed_in_pairs_is_asked(&pairs, &c));
    assert_false(fed_in_pairs_answer(&pairs, FED_DO_VERIFY, 3, &found));
    assert_false(fed_in_pairs_give_up(&pairs, 9, &found));
    assert_true(fed_in_pairs_give_up(&pairs, 10, &found));
    assert_string_equal(found.pair.partner.ascii, "b.example");
    assert_false(fed_in_pairs_answer(&pairs, FED_DO_LOOK_UP, 1, &found));
    assert_true(fed_in_pairs_answer(&pairs, FED_DO_VERIFY, 1, &found));
    assert_string_equal(found.key, "key-a");
    assert_string_equal(found.pair.partner.ascii, "a.example");
    assert_int_equal(fed_in_pairs_until_ms(&pairs), INT64_MAX);

    /* what was asked before a restart has no number afterwards */
    fed_in_pairs_finish(&pairs);
    assert_false(fed_in_pairs_is_valid(&pairs, &c));
    assert_true(fed_in_pairs_ask(&pairs, &a, FED_DO_VERIFY, "key-a", 30));
    assert_true(fed_in_pairs_tell(&pairs, "id", &request));
    assert_int_equal(request.u.verify.number, 3);
    fed_in_pairs_finish(&pairs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(close_reasons_are_complete),
        cmocka_unit_test(every_state_has_a_deadline),
        cmocka_unit_test(faults_become_reasons),
        cmocka_unit_test(bounces_have_type_and_condition),
        cmocka_unit_test(fresh_machines_can_be_asked),
        cmocka_unit_test(news_of_pairs_keep_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
