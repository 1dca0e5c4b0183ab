/* SPDX-License-Identifier: BSD-2-Clause */
/* What the inside link without an inside answers (spec-digest e.7). */
#include "tests/unit/unit.h"

#include "tests/unit/inside_site.h"

#include <stdio.h>

#define HERE      " from='a@p.example/r' to='alpha.example'"
#define BACK      " from='alpha.example' to='a@p.example/r'"
#define ECHOED    "<echo xmlns='urn:gatepost:echo:0'/></message>"
#define STANZA_NS "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'"
#define REFUSED(id, type, condition)                                                        \
    "<iq" BACK " id='" id "' type='error'><error type='" type "'><" condition " " STANZA_NS \
    "/></error></iq>"

static void stanzas_are_answered(void **state)
{
    (void)state;
    static const struct {
        const char *stanza, *answer; /* NULL: none */
    } rows[] = {
        {"<message" HERE " id='1' type='chat'><body>&lt;hi&gt;</body></message>",
         "<message type='chat'" BACK " id='1'><body>&lt;hi&gt;</body>" ECHOED},
        {"<message" HERE "><subject>s</subject><body/></message>",
         "<message" BACK "><body></body>" ECHOED},
        {"<message" HERE "/>", NULL},
        {"<message" HERE " type='error'><body>x</body></message>", NULL},
        {"<message" HERE " type='groupchat'><body>x</body></message>", NULL},
        {"<message" HERE " type='headline'><body>x</body></message>", NULL},
        {"<message" HERE "><body>x</body><echo xmlns='urn:gatepost:echo:0'/></message>", NULL},
        {"<iq" HERE " type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>",
         "<iq type='result'" BACK " id='1'></iq>"},
        /* an id is given back as it is, or the answer is none (RFC 6120, 8.1.3) */
        {"<iq" HERE " type='get' id='a&#10;b&#9;&apos;'><ping xmlns='urn:xmpp:ping'/></iq>",
         "<iq type='result'" BACK " id='a&#10;b&#9;&apos;'></iq>"},
        {"<iq" HERE " type='get' id='1'><query xmlns='http://jabber.org/protocol/disco#items'/>"
         "</iq>",
         "<iq type='result'" BACK " id='1'>"
         "<query xmlns='http://jabber.org/protocol/disco#items'/></iq>"},
        {"<iq" HERE " type='get' id='1'>"
         "<query xmlns='http://jabber.org/protocol/disco#info' node='n'/></iq>",
         REFUSED("1", "cancel", "item-not-found")},
        {"<iq" HERE " type='get' id='1'><query xmlns='jabber:iq:roster'/></iq>",
         REFUSED("1", "cancel", "service-unavailable")},
        {"<iq" HERE " type='set' id='1'><ping xmlns='urn:xmpp:ping'/></iq>",
         REFUSED("1", "cancel", "service-unavailable")},
        {"<iq" HERE " type='get' id='1'/>", REFUSED("1", "modify", "bad-request")},
        {"<iq" HERE " type='get' id='1'><a xmlns='x'/><b xmlns='x'/></iq>",
         REFUSED("1", "modify", "bad-request")},
        {"<iq" HERE " type='want' id='1'><ping xmlns='urn:xmpp:ping'/></iq>",
         REFUSED("1", "modify", "bad-request")},
        {"<iq" HERE " type='result' id='1'/>", NULL},
        {"<iq" HERE " type='error' id='1'/>", NULL},
        {"<presence" HERE " type='subscribe'/>", "<presence type='unsubscribed'" BACK "/>"},
        {"<presence" HERE "/>", NULL},
        {"<presence" HERE " type='unsubscribed'/>", NULL},
    };
    struct site site;
    char expected[2000];
    site_open(&site, FED_INSIDE_ECHO);
    assert_true(site_status(&site, "alpha.example").is_up);
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        site_deliver(&site, rows[i].stanza);
        snprintf(expected, sizeof(expected), "parcel %s\n", rows[i].answer ? rows[i].answer : "");
        if (rows[i].answer)
            site_expect(&site, expected);
        else if (gp_buf_len(&site.news) > 0)
            fail_msg("%s: %s", rows[i].stanza, gp_buf_text(&site.news));
    }
    assert_int_equal(fed_inside_waiting(site.inside), 0);
    site_close(&site);
}

/* RFC 6120, 8.2.3: an iq is answered, also where there is no room to read it. */
static void what_has_no_room_is_given_back(void **state)
{
    (void)state;
    static const char question[] =
        "<iq" HERE " type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>";
    struct site site;
    site_open(&site, FED_INSIDE_ECHO);
    site.settings.limits.stanza_bytes = 16;
    site_deliver(&site, question);
    site_expect(&site, "undelivered resource-constraint <iq" HERE
                       " type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>\n");
    assert_int_equal(site_status(&site, "alpha.example").delivered, 0);
    site_close(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stanzas_are_answered),
        cmocka_unit_test(what_has_no_room_is_given_back),
    };
    return cmocka_run_group_tests_name("fed_inside_echo", tests, NULL, NULL);
}
