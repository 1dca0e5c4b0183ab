/* SPDX-License-Identifier: BSD-2-Clause */
/* What a stream wants to know of others: the servers that are asked about dialback keys. */
#include "tests/unit/unit.h"

#include "tests/unit/visitor.h"

#include <stdio.h>

/* Where nobody listens. */
static struct gp_addr nowhere(void)
{
    struct gp_addr address;
    int fd = -1;
    assert_int_equal(gp_addr_parse_port("127.0.0.1", 0, &address), GP_OK);
    assert_int_equal(gp_io_listen(&address, false, &fd, NULL), GP_OK);
    gp_io_close(&fd);
    return address;
}

/* T30: a server that does not answer is left alone for a moment. Stand-ins each have one of their
 * own, even under one name, and the probe that follows may not suffer for the last. */
static void silent_servers_are_not_asked_again_at_once(void **state)
{
    static const struct {
        const char *name, *from;
        bool is_stand_in;
        uint64_t asked;
    } rows[] = {
        {"a partner", "gamma.example", false, 1},
        {"a stand-in", "stand-in.example", true, 2},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct neighbours both;
        neighbours_open(&both, *state);
        struct gateway *left = &both.left;
        const struct fed_stand_in stand_in = {.authority = nowhere()};
        left->partner->sasl = FED_SASL_OPTIONAL;
        left->partner->dialback = FED_DIALBACK_ALLOWED;
        left->partner->route.port = stand_in.authority.port;
        for (int k = 0; k < 2; k++) {
            struct visitor visitor;
            struct fed_stand_in announced = stand_in;
            char token[20], id[40] = "", text[200];
            int ends[2];
            snprintf(token, sizeof(token), "token-%d", k);
            if (rows[i].is_stand_in) {
                snprintf(announced.domain.ascii, sizeof(announced.domain.ascii), "%s",
                         rows[i].from);
                snprintf(id, sizeof(id), "id='%s'", token);
                assert_int_equal(fed_inbound_expect(left->inbound, token, &announced), GP_OK);
            }
            raw_pair(ends);
            fed_inbound_accept(left->inbound, ends[0], &left->addr, &left->addr, true);
            visitor_open(&visitor, &both, ends[1]);
            visitor_greet(&visitor, rows[i].from, "alpha.example", id);
            snprintf(text, sizeof(text),
                     "<db:result from='%s' to='alpha.example'>0123456789abcdef</db:result>",
                     rows[i].from);
            visitor_converse(&visitor, text, "remote-server-timeout");
            visitor_close(&visitor);
        }
        if (left->context.counters.verifications != rows[i].asked)
            fail_msg("%s: %u", rows[i].name, (unsigned)left->context.counters.verifications);
        neighbours_close(&both);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silent_servers_are_not_asked_again_at_once),
    };
    return cmocka_run_group_tests_name("fed_inquiry", tests, homes_set_up, homes_tear_down);
}
