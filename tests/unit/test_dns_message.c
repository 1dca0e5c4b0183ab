/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages from the network, and what they answer. */
#include "tests/unit/unit.h"

#include "dns/answer_read.h"

#include <stdio.h>
#include <stdlib.h>

#define WIRE(text)   (const uint8_t *)(text), sizeof(text) - 1
#define TYPE_UNKNOWN 65280

static struct dns_name name_of(const char *text)
{
    struct dns_name name;
    if (dns_name_from_text(text, &name) != GP_OK)
        fail_msg("'%s' is no name", text);
    return name;
}

/* Messages, put together piece by piece. */

struct packet {
    uint8_t bytes[70000];
    size_t len;
};

static void put(struct packet *packet, const void *bytes, size_t len)
{
    memcpy(packet->bytes + packet->len, bytes, len);
    packet->len += len;
}

static void put_u16(struct packet *packet, unsigned value)
{
    put(packet, (uint8_t[]){(uint8_t)(value >> 8), (uint8_t)value}, 2);
}

static void put_name(struct packet *packet, const char *text)
{
    struct dns_name name = name_of(text);
    put(packet, name.wire, name.len);
}

static void put_header(struct packet *packet, unsigned flags, unsigned answers,
                       unsigned authorities)
{
    packet->len = 0;
    put_u16(packet, 0x1234);
    put_u16(packet, flags);
    put_u16(packet, 1);
    put_u16(packet, answers);
    put_u16(packet, authorities);
    put_u16(packet, 0);
}

static void put_question(struct packet *packet, const char *name, unsigned type)
{
    put_name(packet, name);
    put_u16(packet, type);
    put_u16(packet, 1);
}

static void put_record(struct packet *packet, const char *owner, unsigned type, unsigned ttl_s,
                       const void *data, size_t len)
{
    put_name(packet, owner);
    put_u16(packet, type);
    put_u16(packet, 1);
    put_u16(packet, ttl_s >> 16);
    put_u16(packet, ttl_s & 0xffff);
    put_u16(packet, (unsigned)len);
    put(packet, data, len);
}

static void put_alias(struct packet *packet, const char *owner, unsigned ttl_s, const char *target)
{
    struct dns_name name = name_of(target);
    put_record(packet, owner, DNS_TYPE_CNAME, ttl_s, name.wire, name.len);
}

static enum gp_code parse(const uint8_t *bytes, size_t len, struct gp_arena *arena,
                          struct dns_message *ret)
{
    uint8_t *exact = malloc(len + 1);
    if (len > 0)
        memcpy(exact, bytes, len);
    gp_arena_init(arena, 4 * 1024 * 1024);
    enum gp_code code = dns_message_parse(exact, len, arena, ret, NULL);
    free(exact); /* a message keeps nothing of the packet */
    return code;
}

static void messages_are_read(void **state)
{
    (void)state;
    struct packet packet = {.len = 0};
    struct gp_arena arena;
    struct dns_message message;
    char text[DNS_NAME_TEXT_MAX];
    put_header(&packet, 0x8403, 2, 0); /* a response, authoritative, NXDOMAIN */
    packet.bytes[11] = 1;              /* one additional record */
    put_question(&packet, "_XMPP-Server._tcp.Beta.Example", DNS_TYPE_SRV);
    /* its owner is the name of the question, its target "GW1" in front of "Beta.Example" */
    put(&packet, WIRE("\xc0\x0c\0\x21\0\1\0\0\x0e\x10\0\x0c\0\xa\0\5\x14\x95\3GW1\xc0\x1e"));
    put_record(&packet, "x", TYPE_UNKNOWN, 0x80000001, "\xc0\x0c", 2);
    put(&packet, WIRE("\0\0\x29\4\xd0\1\0\0\0\0\0")); /* OPT with the upper bits of an rcode */
    assert_int_equal(parse(packet.bytes, packet.len, &arena, &message), GP_OK);
    assert_int_equal(message.id, 0x1234);
    assert_true(message.is_response && message.is_authoritative && !message.is_truncated);
    assert_int_equal(message.rcode, 0x13);
    assert_string_equal(dns_name_text(&message.question, text), "_xmpp-server._tcp.beta.example");
    assert_int_equal(message.question_type, DNS_TYPE_SRV);
    assert_int_equal(message.record_count, 3);

    struct dns_srv srv;
    assert_true(dns_name_equal(&message.records[0].owner, &message.question));
    assert_int_equal(message.records[0].ttl_s, 3600);
    assert_int_equal(dns_srv_decode(message.records[0].data, &srv), GP_OK);
    assert_string_equal(dns_name_text(&srv.target, text), "gw1.beta.example");
    /* data of an unknown type is left alone, a TTL with the high bit counts as 0 */
    assert_int_equal(message.records[1].data.len, 2);
    assert_memory_equal(message.records[1].data.at, "\xc0\x0c", 2);
    assert_int_equal(message.records[1].ttl_s, 0);
    assert_int_equal(message.records[2].section, DNS_SECTION_ADDITIONAL);
    assert_int_equal(message.records[2].class, 1232);
    gp_arena_finish(&arena);

    for (size_t len = 0; len < packet.len; len++) {
        if (parse(packet.bytes, len, &arena, &message) != GP_ERR_INPUT)
            fail_msg("the first %zu octets were taken", len);
        gp_arena_finish(&arena);
    }
    put(&packet, "", 1);
    assert_int_equal(parse(packet.bytes, packet.len, &arena, &message), GP_ERR_INPUT);
    gp_arena_finish(&arena);
}

static void capitals_are_noticed(void **state)
{
    (void)state;
#define QUESTION(service) "\x12\x34\x84\0\0\1\0\1\0\0\0\0" service "\0\0\x21\0\1"
#define ANSWER(target)    "\xc0\x0c\0\x21\0\1\0\0\x0e\x10\0\x0c\0\xa\0\5\x14\x95" target
    static const struct {
        const char *name;
        const uint8_t *bytes;
        size_t len;
        bool expected;
    } rows[] = {
        {"none", WIRE(QUESTION("\4_srv\1a") ANSWER("\3gw1\xc0\x11")), false},
        {"in the target", WIRE(QUESTION("\4_srv\1a") ANSWER("\3gW1\xc0\x11")), true},
        /* whoever asks in mixed case gets pointers to it (draft-vixie-dnsext-dns0x20) */
        {"of the question", WIRE(QUESTION("\4_sRv\1A") ANSWER("\3gw1\xc0\x11")), false},
        {"of both", WIRE(QUESTION("\4_sRv\1A") ANSWER("\3gW1\xc0\x11")), false},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct gp_arena arena;
        struct dns_message message;
        assert_int_equal(parse(rows[i].bytes, rows[i].len, &arena, &message), GP_OK);
        if (message.records[0].has_capitals != rows[i].expected)
            fail_msg("%s", rows[i].name);
        gp_arena_finish(&arena);
    }
#undef QUESTION
#undef ANSWER
}

static void hostile_messages_are_refused(void **state)
{
    (void)state;
#define HEADER       "\x12\x34\x84\0\0\1\0\1\0\0\0\0"
#define HEADER_ALONE "\x12\x34\x84\0\0\1\0\0\0\0\0\0" /* of a message without records */
#define BEHIND_NAME  "\0\1\0\1"
    static const struct {
        const char *name;
        const uint8_t *bytes;
        size_t len;
    } rows[] = {
        {"pointer to itself", WIRE(HEADER "\xc0\x0c" BEHIND_NAME)},
        {"pointer forward", WIRE(HEADER_ALONE "\xc0\x0e" BEHIND_NAME)},
        {"two pointers at each other", WIRE(HEADER "\1a\xc0\x10" BEHIND_NAME "\xc0\x0e")},
        {"label, then pointer to it", WIRE(HEADER "\1a\xc0\x0c" BEHIND_NAME)},
        {"pointer into the header", WIRE(HEADER_ALONE "\xc0\x0b" BEHIND_NAME)},
        {"pointer cut in two", WIRE(HEADER "\xc0")},
        {"unassigned label type", WIRE(HEADER "\x80" BEHIND_NAME)},
        {"class CHAOS", WIRE("\x12\x34\x84\0\0\1\0\0\0\0\0\0"
                             "\1a\0\0\1\0\3")},
        {"two questions", WIRE("\x12\x34\x84\0\0\2\0\0\0\0\0\0"
                               "\1a\0\0\1\0\1"
                               "\1a\0\0\1\0\1")},
        {"more records than bytes", WIRE("\x12\x34\x84\0\0\1\xff\xff\xff\xff\xff\xff"
                                         "\1a\0\0\1\0\1")},
        {"data beyond the end", WIRE(HEADER "\1a\0" BEHIND_NAME "\0" BEHIND_NAME "\0\0\0\0\0\5a")},
        {"SRV shorter than its data", WIRE(HEADER "\1a\0\0\x21\0\1"
                                                  "\0\0\x21\0\1\0\0\0\0\0\x08"
                                                  "\0\0\0\0\0\0\0\0")},
        {"SRV target beyond its data", WIRE(HEADER "\1a\0\0\x21\0\1"
                                                   "\0\0\x21\0\1\0\0\0\0\0\x08"
                                                   "\0\0\0\0\0\0\1a\0")},
        {"SRV of two octets", WIRE(HEADER "\1a\0\0\x21\0\1"
                                          "\0\0\x21\0\1\0\0\0\0\0\2"
                                          "\0\0")},
        {"SOA without numbers", WIRE(HEADER "\1a\0\0\6\0\1"
                                            "\0\0\6\0\1\0\0\0\0\0\2"
                                            "\0\0")},
        {"CNAME without data", WIRE(HEADER "\1a\0\0\5\0\1"
                                           "\0\0\5\0\1\0\0\0\0\0\0")},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++)
        for (size_t len = 0; len <= rows[i].len; len++) {
            struct gp_arena arena;
            struct dns_message message;
            if (parse(rows[i].bytes, len, &arena, &message) != GP_ERR_INPUT)
                fail_msg("%s: the first %zu octets were taken", rows[i].name, len);
            gp_arena_finish(&arena);
        }
}

static void a_chain_of_pointers_is_bounded(void **state)
{
    (void)state;
    static const struct {
        size_t pointers;
        enum gp_code expected;
    } rows[] = {{126, GP_OK}, {127, GP_ERR_INPUT}, {5000, GP_ERR_INPUT}};
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct packet packet = {.len = 0};
        struct gp_arena arena;
        struct dns_message message;
        put_header(&packet, 0x8400, 1, 0);
        packet.bytes[9] = 1;
        put_question(&packet, "a", DNS_TYPE_A);
        /* data full of pointers, each at the one before it, the first at the question */
        put(&packet, WIRE("\0\xff\0\0\1\0\0\0\0"));
        put_u16(&packet, (unsigned)(2 * rows[i].pointers));
        for (size_t k = 0; k < rows[i].pointers; k++)
            put_u16(&packet, 0xc000u | (unsigned)(k == 0 ? 12 : packet.len - 2));
        put_u16(&packet, 0xc000u | (unsigned)(packet.len - 2));
        put(&packet, WIRE("\0\1\0\1\0\0\0\0\0\0"));
        enum gp_code code = parse(packet.bytes, packet.len, &arena, &message);
        if (code != rows[i].expected)
            fail_msg("%zu pointers: %d", rows[i].pointers, code);
        gp_arena_finish(&arena);
    }
}

static void a_message_keeps_to_its_budget(void **state)
{
    (void)state;
    struct packet packet = {.len = 0};
    struct gp_arena arena;
    struct dns_message message;
    struct gp_err err;
    put_header(&packet, 0x8400, 1000, 0);
    put_question(&packet, "a", DNS_TYPE_A);
    for (int i = 0; i < 1000; i++)
        put(&packet, WIRE("\0\0\1\0\1\0\0\0\0\0\0"));
    gp_arena_init(&arena, 10000);
    assert_int_equal(dns_message_parse(packet.bytes, packet.len, &arena, &message, &err),
                     GP_ERR_LIMIT);
    gp_arena_finish(&arena);
}

static void questions_are_read_back(void **state)
{
    (void)state;
    struct gp_buf out;
    struct gp_arena arena;
    struct dns_message message;
    struct dns_name name = name_of("_xmpp-server._tcp.beta.example");
    for (unsigned wishes = 0; wishes <= (DNS_WISH_SIGNATURES | DNS_WISH_RECURSION); wishes++) {
        gp_buf_init(&out, 512);
        dns_message_question(&out, 0xfedc, &name, DNS_TYPE_SRV, wishes);
        struct gp_span span = gp_buf_span(&out);
        assert_int_equal(span.at[2], wishes & DNS_WISH_RECURSION ? 1 : 0); /* RD */
        assert_int_equal(parse((const uint8_t *)span.at, span.len, &arena, &message), GP_OK);
        assert_int_equal(message.id, 0xfedc);
        assert_false(message.is_response);
        assert_true(dns_name_equal(&message.question, &name));
        assert_int_equal(message.record_count, 1);
        assert_int_equal(message.records[0].type, DNS_TYPE_OPT);
        assert_int_equal(message.records[0].ttl_s, wishes & DNS_WISH_SIGNATURES ? 0x8000 : 0);
        gp_arena_finish(&arena);
        gp_buf_finish(&out);
    }
}

/* Answers. */

static struct dns_answer *read_answer(const struct packet *packet, const char *name, uint16_t type)
{
    struct gp_arena arena;
    struct dns_message message;
    struct dns_name asked = name_of(name);
    assert_int_equal(parse(packet->bytes, packet->len, &arena, &message), GP_OK);
    struct dns_answer *answer = dns_answer_read(&asked, type, DNS_SECURE, &message);
    gp_arena_finish(&arena); /* an answer keeps nothing of the message */
    assert_non_null(answer);
    return answer;
}

static void check_answer(const struct dns_answer *answer, enum dns_outcome outcome, size_t count,
                         uint32_t ttl_s, const char *canonical)
{
    char text[DNS_NAME_TEXT_MAX];
    assert_int_equal(answer->outcome, outcome);
    assert_int_equal(answer->count, count);
    assert_int_equal(answer->ttl_s, ttl_s);
    assert_string_equal(dns_name_text(&answer->canonical, text), canonical);
    assert_int_equal(answer->security, outcome == DNS_FAILED ? DNS_INSECURE : DNS_SECURE);
    assert_int_equal(answer->reason != NULL, outcome == DNS_FAILED);
}

static void aliases_are_followed_inside_an_answer(void **state)
{
    (void)state;
    struct packet packet = {.len = 0};
    put_header(&packet, 0x8180, 4, 0);
    put_question(&packet, "a.example", DNS_TYPE_A);
    /* out of order, and with a record that belongs to nobody in the chain */
    put_record(&packet, "c.example", DNS_TYPE_A, 300, "\xc0\0\2\1", 4);
    put_record(&packet, "x.example", DNS_TYPE_A, 1, "\xc0\0\2\2", 4);
    put_alias(&packet, "b.example", 20, "c.example");
    put_alias(&packet, "a.example", 100, "b.example");
    struct dns_answer *answer = read_answer(&packet, "a.example", DNS_TYPE_A);
    check_answer(answer, DNS_RECORDS, 1, 20, "c.example");
    assert_true(dns_answer_is_alias(answer));
    assert_memory_equal(answer->records[0].at, "\xc0\0\2\1", 4);
    dns_answer_destroy(answer);
    answer = read_answer(&packet, "a.example", DNS_TYPE_CNAME); /* the alias itself was asked for */
    check_answer(answer, DNS_RECORDS, 1, 100, "a.example");
    dns_answer_destroy(answer);
}

static void chains_of_aliases_end(void **state)
{
    (void)state;
    static const struct {
        unsigned hops;
        enum dns_outcome expected;
    } rows[] = {{8, DNS_RECORDS}, {9, DNS_FAILED}};
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct packet packet = {.len = 0};
        char owner[32], target[32];
        put_header(&packet, 0x8180, rows[i].hops + 1, 0);
        put_question(&packet, "a0.example", DNS_TYPE_A);
        for (unsigned k = 0; k < rows[i].hops; k++) {
            snprintf(owner, sizeof(owner), "a%u.example", k);
            snprintf(target, sizeof(target), "a%u.example", k + 1);
            put_alias(&packet, owner, 60, target);
        }
        put_record(&packet, target, DNS_TYPE_A, 60, "\xc0\0\2\1", 4);
        struct dns_answer *answer = read_answer(&packet, "a0.example", DNS_TYPE_A);
        assert_int_equal(answer->outcome, rows[i].expected);
        dns_answer_destroy(answer);
    }
    struct packet loop = {.len = 0};
    put_header(&loop, 0x8180, 2, 0);
    put_question(&loop, "a.example", DNS_TYPE_A);
    put_alias(&loop, "a.example", 60, "b.example");
    put_alias(&loop, "b.example", 60, "a.example");
    struct dns_answer *answer = read_answer(&loop, "a.example", DNS_TYPE_A);
    check_answer(answer, DNS_FAILED, 0, 0, "a.example");
    dns_answer_destroy(answer);
}

static void denials_hold_as_long_as_the_soa_says(void **state)
{
    (void)state;
    static const char soa[] = "\0\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\x1e"; /* minimum 30 */
    static const struct {
        const char *name;
        unsigned flags, soa_ttl_s;
        bool has_alias;
        enum dns_outcome outcome;
        uint32_t ttl_s;
        const char *canonical;
    } rows[] = {
        {"no data", 0x8180, 3600, false, DNS_NO_DATA, 30, "a.example"},
        {"no name", 0x8183, 3600, false, DNS_NO_NAME, 30, "a.example"},
        {"SOA that ends earlier", 0x8183, 10, false, DNS_NO_NAME, 10, "a.example"},
        {"alias to no name", 0x8183, 3600, true, DNS_NO_NAME, 20, "b.example"},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct packet packet = {.len = 0};
        put_header(&packet, rows[i].flags, rows[i].has_alias, 1);
        put_question(&packet, "a.example", DNS_TYPE_SRV);
        if (rows[i].has_alias)
            put_alias(&packet, "a.example", 20, "b.example");
        put_record(&packet, "example", DNS_TYPE_SOA, rows[i].soa_ttl_s, soa, sizeof(soa) - 1);
        struct dns_answer *answer = read_answer(&packet, "a.example", DNS_TYPE_SRV);
        check_answer(answer, rows[i].outcome, 0, rows[i].ttl_s, rows[i].canonical);
        dns_answer_destroy(answer);
    }
}

static void answers_that_make_no_sense_failed(void **state)
{
    (void)state;
    static const unsigned flags[] = {0x8182, 0x8185, 0x8183}; /* SERVFAIL, REFUSED, NXDOMAIN */
    for (size_t i = 0; i < GP_ARRAY_LEN(flags); i++) {
        struct packet packet = {.len = 0};
        put_header(&packet, flags[i], 1, 0);
        put_question(&packet, "a.example", DNS_TYPE_A);
        put_record(&packet, "a.example", DNS_TYPE_A, 60, "\xc0\0\2\1", 4);
        struct dns_answer *answer = read_answer(&packet, "a.example", DNS_TYPE_A);
        check_answer(answer, DNS_FAILED, 0, 0, "a.example");
        assert_int_equal(answer->rcode, flags[i] & 15);
        dns_answer_destroy(answer);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_read),
        cmocka_unit_test(capitals_are_noticed),
        cmocka_unit_test(hostile_messages_are_refused),
        cmocka_unit_test(a_chain_of_pointers_is_bounded),
        cmocka_unit_test(a_message_keeps_to_its_budget),
        cmocka_unit_test(questions_are_read_back),
        cmocka_unit_test(aliases_are_followed_inside_an_answer),
        cmocka_unit_test(chains_of_aliases_end),
        cmocka_unit_test(denials_hold_as_long_as_the_soa_says),
        cmocka_unit_test(answers_that_make_no_sense_failed),
    };
    return cmocka_run_group_tests_name("dns_message", tests, NULL, NULL);
}
