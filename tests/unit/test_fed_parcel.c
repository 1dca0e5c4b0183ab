/* SPDX-License-Identifier: BSD-2-Clause */
/* Stanzas that have left their stream's buffer, their answers, and the queue that they wait in. */
#include "tests/unit/unit.h"

#include "base/clock.h"
#include "tests/unit/parcels.h"

#include <stdlib.h>

static void assert_span(struct gp_span span, const char *expected)
{
    if (!gp_span_is(span, expected))
        fail_msg("'%.*s' is not '%s'", GP_SPAN_ARG(span), expected);
}

static void a_parcel_holds_what_it_needs(void **state)
{
    (void)state;
    static const char text[] = "<iq type='get' from='a@p.example/r&apos;' to='h.example' id='7'/>";
    int64_t before_ms = gp_clock_mono_ms();
    struct fed_parcel *parcel = parcel_read(FED_TO_INSIDE, text);
    assert_span(fed_parcel_stanza(parcel), text);
    assert_span(fed_parcel_from(parcel), "a@p.example/r'");
    assert_span(fed_parcel_to(parcel), "h.example");
    assert_string_equal(parcel->home.ascii, "h.example");
    assert_string_equal(parcel->partner.ascii, "p.example");
    assert_int_equal(parcel->direction, FED_TO_INSIDE);
    assert_int_equal(parcel->kind, FED_IQ);
    assert_int_equal(parcel->type, FED_TYPE_GET);
    assert_in_range(parcel->since_ms, before_ms, gp_clock_mono_ms());
    assert_true(parcel->letter.bytes > sizeof(text)); /* what it weighs in a queue */
    fed_parcel_destroy(parcel);
}

static void a_bounce_goes_the_other_way(void **state)
{
    (void)state;
    static const struct {
        const char *stanza;
        enum fed_bounce bounce;
        const char *text, *expected; /* NULL: nobody is told */
    } rows[] = {
        {"<message from='a@p.example' to='b@h.example' id='1'><body>x</body></message>",
         FED_BOUNCE_TIMEOUT, "it <is> away",
         "<message from='b@h.example' to='a@p.example' id='1' type='error'><error type='wait'>"
         "<remote-server-timeout xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
         "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas' xml:lang='en'>it &lt;is&gt; away</text>"
         "</error></message>"},
        {"<iq type='set' from='p.example' to='h.example' id=''/>", FED_BOUNCE_NOT_ALLOWED, NULL,
         "<iq from='h.example' to='p.example' id='' type='error'><error type='cancel'>"
         "<not-allowed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"},
        {"<presence from='p.example' to='h.example'/>", FED_BOUNCE_NOT_FOUND, NULL,
         "<presence from='h.example' to='p.example' type='error'><error type='cancel'>"
         "<remote-server-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
         "</error></presence>"},
        {"<message from='p.example' to='h.example'/>", FED_BOUNCE_NONE, NULL, NULL},
        {"<message type='error' from='p.example' to='h.example'/>", FED_BOUNCE_TIMEOUT, NULL, NULL},
        {"<iq type='result' from='p.example' to='h.example' id='1'/>", FED_BOUNCE_TIMEOUT, NULL,
         NULL},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct fed_parcel *parcel = parcel_read(FED_TO_INSIDE, rows[i].stanza);
        struct fed_parcel *answer = fed_parcel_bounce(parcel, rows[i].bounce, rows[i].text);
        if (!rows[i].expected) {
            assert_null(answer);
        } else {
            assert_span(fed_parcel_stanza(answer), rows[i].expected);
            assert_span(fed_parcel_from(answer),
                        parcel_has(parcel, "b@") ? "b@h.example" : "h.example");
            assert_int_equal(answer->direction, FED_TO_PARTNER);
            assert_string_equal(answer->home.ascii, "h.example");
            assert_string_equal(answer->partner.ascii, "p.example");
            assert_null(fed_parcel_bounce(answer, FED_BOUNCE_TIMEOUT, NULL));
        }
        fed_parcel_destroy(answer);
        fed_parcel_destroy(parcel);
    }
}

/* Whatever a stanza's start tag may hold can be answered: each "'" of it takes six bytes. */
static void the_longest_id_is_answered(void **state)
{
    (void)state;
    static const char front[] = "<iq type='get' from='p.example' to='h.example' id=\"";
    size_t id_len = 65000; /* limits.def: token_bytes */
    char *text = calloc(1, sizeof(front) + id_len + 4);
    memcpy(text, front, sizeof(front) - 1);
    memset(text + sizeof(front) - 1, '\'', id_len);
    memcpy(text + sizeof(front) - 1 + id_len, "\"/>", 3);
    struct fed_parcel *parcel = parcel_read(FED_TO_INSIDE, text);
    struct fed_parcel *answer = fed_parcel_bounce(parcel, FED_BOUNCE_TIMEOUT, "away");
    assert_non_null(answer);
    assert_true(fed_parcel_stanza(answer).len > 6 * id_len);
    fed_parcel_destroy(answer);
    fed_parcel_destroy(parcel);
    free(text);
}

static void an_answer_is_never_answered(void **state)
{
    (void)state;
    struct fed_parcel *parcel =
        parcel_read(FED_TO_PARTNER, "<message from='h.example' to='p.example' id='1'/>");
    struct fed_parcel *answer = fed_parcel_answer(parcel, gp_span_text("<message/>"));
    assert_span(fed_parcel_stanza(answer), "<message/>");
    assert_int_equal(answer->direction, FED_TO_INSIDE);
    assert_string_equal(answer->home.ascii, "h.example");
    assert_span(fed_parcel_from(answer), "p.example");
    assert_span(fed_parcel_to(answer), "h.example");
    assert_null(fed_parcel_bounce(answer, FED_BOUNCE_TIMEOUT, NULL));
    fed_parcel_destroy(answer);
    fed_parcel_destroy(parcel);
}

static void a_queue_keeps_order_and_count(void **state)
{
    (void)state;
    struct fed_queue queue;
    struct fed_parcel *parcels[3];
    size_t bytes = 0;
    fed_queue_init(&queue);
    assert_null(fed_queue_take(&queue));
    assert_int_equal(fed_queue_oldest_ms(&queue), INT64_MAX);
    for (int round = 0; round < 2; round++) { /* it is as good as new once it was empty */
        for (size_t i = 0; i < GP_ARRAY_LEN(parcels); i++) {
            parcels[i] = parcel_read(FED_TO_PARTNER, "<message from='h.example' to='p.example'/>");
            parcels[i]->since_ms = 100 + (int64_t)i;
            fed_queue_put(&queue, parcels[i]);
            bytes += parcels[i]->letter.bytes;
            assert_int_equal(queue.count, i + 1);
            assert_int_equal(queue.bytes, bytes);
            assert_int_equal(fed_queue_oldest_ms(&queue), 100);
        }
        for (size_t i = 0; i < GP_ARRAY_LEN(parcels); i++) {
            assert_ptr_equal(fed_queue_take(&queue), parcels[i]);
            bytes -= parcels[i]->letter.bytes;
            assert_int_equal(queue.bytes, bytes);
            fed_parcel_destroy(parcels[i]);
        }
        assert_int_equal(queue.count, 0);
        assert_null(fed_queue_take(&queue));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_parcel_holds_what_it_needs),
        cmocka_unit_test(a_bounce_goes_the_other_way),
        cmocka_unit_test(the_longest_id_is_answered),
        cmocka_unit_test(an_answer_is_never_answered),
        cmocka_unit_test(a_queue_keeps_order_and_count),
    };
    return cmocka_run_group_tests_name("fed_parcel", tests, NULL, NULL);
}
