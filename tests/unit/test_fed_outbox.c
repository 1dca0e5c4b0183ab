/* SPDX-License-Identifier: BSD-2-Clause */
/* Acknowledgements: the counters of a stream, what waits for them, and what a dead stream leaves.
 */
#include "tests/unit/unit.h"

#include "federation/outbox.h"
#include "federation/stream_acks.h"
#include "tests/unit/parcels.h"

#include <stdio.h>
#include <stdlib.h>

#define LOST_MAX 200

static void counters_wrap(void **state)
{
    (void)state;
    struct fed_acks acks;
    uint32_t count = 0;
    fed_acks_start(&acks);
    acks.sent = acks.acked = acks.asked = UINT32_MAX - 1;
    for (int i = 0; i < 4; i++)
        fed_acks_sent(&acks, &fed_limits_default, 0);
    assert_int_equal(acks.sent, 2);
    assert_true(fed_acks_take(&acks, &fed_limits_default, UINT32_MAX, 0, &count));
    assert_int_equal(count, 1);
    assert_false(fed_acks_take(&acks, &fed_limits_default, 3, 0, &count));
    assert_false(fed_acks_take(&acks, &fed_limits_default, UINT32_MAX - 1, 0, &count));
    assert_true(fed_acks_take(&acks, &fed_limits_default, 1, 0, &count));
    assert_int_equal(count, 2);
    assert_int_equal(acks.ask_ms, fed_limits_default.ack_delay_ms); /* one is left to ask for */
}

static void nothing_is_counted_before_it_is_agreed(void **state)
{
    (void)state;
    struct fed_acks acks = {.is_on = false};
    fed_acks_sent(&acks, &fed_limits_default, 5);
    assert_int_equal(acks.sent, 0);
    assert_false(fed_acks_ask(&acks, &fed_limits_default, 5, true));
    assert_int_equal(fed_acks_due_ms(&acks), INT64_MAX);
}

#define TO "to='b@p.example' from='a@h.example'"

static void remains_are_judged(void **state)
{
    (void)state;
    static const struct {
        const char *stanza;
        bool is_late;
        uint64_t sent_bytes; /* it ends at 100 */
        enum fed_remains expected;
    } rows[] = {
        {"<message " TO "/>", false, 99, FED_SEND},
        {"<iq type='get' id='1' " TO "/>", false, 99, FED_SEND},
        {"<presence " TO "/>", true, 0, FED_SEND},
        {"<message " TO "/>", false, 100, FED_RESEND},
        {"<message type='headline' " TO "/>", false, 100, FED_RESEND},
        {"<message type='error' " TO "/>", false, 100, FED_FORGET},
        {"<message " TO "/>", true, 100, FED_ANSWER},
        {"<iq type='get' id='1' " TO "/>", false, 100, FED_ANSWER},
        {"<iq type='set' id='1' " TO "/>", false, 200, FED_ANSWER},
        {"<iq type='error' id='1' " TO "/>", false, 100, FED_FORGET},
        {"<presence " TO "/>", false, 100, FED_FORGET},
        {"<presence type='subscribe' " TO "/>", false, 100, FED_FORGET},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct fed_parcel *parcel = parcel_read(FED_TO_PARTNER, rows[i].stanza);
        parcel->is_late = rows[i].is_late;
        parcel->end_bytes = 100;
        if (fed_outbox_judge(parcel, rows[i].sent_bytes) != rows[i].expected)
            fail_msg("row %zu: %s", i, rows[i].stanza);
        fed_parcel_destroy(parcel);
    }
}

static void what_was_sent_or_acknowledged_is_forgotten(void **state)
{
    (void)state;
    struct fed_limits limits = fed_limits_default;
    struct fed_outbox outbox;
    limits.unacked_stanzas = 4;
    fed_outbox_init(&outbox);
    for (uint64_t i = 1; i <= 4; i++) {
        assert_false(fed_outbox_is_full(&outbox, &limits));
        fed_outbox_put(&outbox, parcel_read(FED_TO_PARTNER, "<message " TO "/>"), i * 10);
    }
    assert_true(fed_outbox_is_full(&outbox, &limits));
    fed_outbox_sent(&outbox, 19);
    assert_int_equal(outbox.queue.count, 3);
    assert_int_equal(outbox.queue.first->end_bytes, 20);
    limits.queue_bytes = 1;
    assert_true(fed_outbox_is_full(&outbox, &limits));
    fed_outbox_acked(&outbox, 2);
    assert_int_equal(outbox.queue.first->end_bytes, 40);
    fed_outbox_acked(&outbox, 9); /* of a stream whose stanzas were taken back */
    assert_null(outbox.queue.first);
    fed_outbox_put(&outbox, parcel_read(FED_TO_PARTNER, "<message " TO "/>"), 50);
    fed_outbox_finish(&outbox);
}

static void a_late_stanza_says_so(void **state)
{
    (void)state;
#define DELAY "<delay xmlns='urn:xmpp:delay' from='h.example' stamp='2027-01-15T08:00:00Z'/>"
    static const struct {
        const char *stanza, *expected;
    } rows[] = {
        {"<message " TO "/>", "<message " TO ">" DELAY "</message>"},
        {"<message " TO " />", "<message " TO " >" DELAY "</message>"},
        {"<message " TO "></message>", "<message " TO ">" DELAY "</message>"},
        {"<message " TO "><body>x</body></message >",
         "<message " TO "><body>x</body>" DELAY "</message >"},
        {"<message " TO "><![CDATA[</message>]]></message>",
         "<message " TO "><![CDATA[</message>]]>" DELAY "</message>"},
        {"<message " TO "><a b='/>'/></message>", "<message " TO "><a b='/>'/>" DELAY "</message>"},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct fed_parcel *parcel = parcel_read(FED_TO_PARTNER, rows[i].stanza);
        parcel->since_ms = 1000;
        struct fed_parcel *late = fed_parcel_late(parcel, 61000, 1800000060); /* a minute */
        assert_true(late->is_late);
        assert_int_equal(late->late_ms, 61000);
        assert_int_equal(late->since_ms, 1000);
        if (!gp_span_is(fed_parcel_stanza(late), rows[i].expected))
            fail_msg("%.*s", GP_SPAN_ARG(fed_parcel_stanza(late)));
        assert_int_equal(late->from_len, parcel->from_len);
        assert_int_equal(late->to_len, parcel->to_len);
        fed_parcel_destroy(late);
        fed_parcel_destroy(parcel);
    }
}

/* What is handed over as lost: "bounce id". */
static void note_lost(void *arg, struct fed_parcel *parcel, enum fed_bounce bounce)
{
    char *lost = arg;
    size_t len = strlen(lost);
    snprintf(lost + len, LOST_MAX - len, "%s %.*s;", fed_bounce_condition(bounce),
             GP_SPAN_ARG(fed_parcel_id(parcel)));
    fed_parcel_destroy(parcel);
}

static void what_a_stream_leaves_behind_keeps_its_order(void **state)
{
    (void)state;
    static const char *const stanzas[] = {
        "<message from='a@alpha.example' to='b.example' id='m1'/>",
        "<iq from='a@alpha.example' to='b.example' type='get' id='i2'><q xmlns='x'/></iq>",
        "<presence from='a@alpha.example' to='b.example' id='p3'/>",
        "<message from='a@alpha.example' to='b.example' id='m4'/>",
        "<presence from='a@alpha.example' to='b.example' id='p5'/>",
    };
    static const char *const kept[] = {"m1", "m4", "p5"};
    struct fed_outbox outbox;
    struct fed_queue again;
    char lost[LOST_MAX] = "";
    fed_outbox_init(&outbox);
    fed_queue_init(&again);
    for (size_t i = 0; i < GP_ARRAY_LEN(stanzas); i++)
        fed_outbox_put(&outbox, parcel_read(FED_TO_PARTNER, stanzas[i]), 100 * (i + 1));
    assert_int_equal(fed_outbox_take_back(&outbox, 499, note_lost, lost, &again), 1);
    assert_string_equal(lost, "remote-server-timeout i2; p3;");
    assert_null(outbox.queue.first);
    for (size_t i = 0; i < GP_ARRAY_LEN(kept); i++) {
        struct fed_parcel *parcel = fed_queue_take(&again);
        assert_true(gp_span_is(fed_parcel_id(parcel), kept[i]));
        assert_int_equal(parcel->is_late, i < 2); /* the last one never left */
        fed_parcel_destroy(parcel);
    }
    assert_null(again.first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counters_wrap),
        cmocka_unit_test(nothing_is_counted_before_it_is_agreed),
        cmocka_unit_test(remains_are_judged),
        cmocka_unit_test(what_was_sent_or_acknowledged_is_forgotten),
        cmocka_unit_test(a_late_stanza_says_so),
        cmocka_unit_test(what_a_stream_leaves_behind_keeps_its_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
