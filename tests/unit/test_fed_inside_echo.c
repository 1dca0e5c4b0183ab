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

#define USER "from='a@p.example/r' to='x@alpha.example'"

static void it_says_what_it_is_and_whom_to_write_to(void **state)
{
    (void)state;
    char *abuse[] = {(char[]){"mailto:abuse@alpha.example"},
                     (char[]){"xmpp:abuse@alpha.example?message;a&b"}};
    char *security[] = {(char[]){"mailto:security@alpha.example"}};
    static const struct {
        const char *stanza, *answer; /* NULL: none */
    } rows[] = {
        {"<iq" HERE
         " type='get' id='1'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
         "<iq type='result'" BACK " id='1'><query xmlns='http://jabber.org/protocol/disco#info'>"
         "<identity category='component' type='generic' name='gatepost'/>"
         "<feature var='http://jabber.org/protocol/disco#info'/>"
         "<feature var='http://jabber.org/protocol/disco#items'/>"
         "<feature var='urn:xmpp:ping'/><feature var='jabber:iq:version'/>"
         "<feature var='urn:xmpp:time'/>"
         "<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' type='hidden'>"
         "<value>http://jabber.org/network/serverinfo</value></field>"
         "<field var='abuse-addresses' type='list-multi'>"
         "<value>mailto:abuse@alpha.example</value>"
         "<value>xmpp:abuse@alpha.example?message;a&amp;b</value></field>"
         "<field var='security-addresses' type='list-multi'>"
         "<value>mailto:security@alpha.example</value></field></x></query></iq>"},
        {"<iq" HERE " type='get' id='1'><query xmlns='jabber:iq:version'/></iq>",
         "<iq type='result'" BACK " id='1'><query xmlns='jabber:iq:version'><name>gatepost</name>"
         "<version>" GP_VERSION "</version></query></iq>"},
        {"<iq" HERE " type='set' id='1'><query xmlns='jabber:iq:version'/></iq>",
         REFUSED("1", "cancel", "service-unavailable")},
        {"<iq " USER " type='get' id='1'><query xmlns='jabber:iq:version'/></iq>",
         "<iq from='x@alpha.example' to='a@p.example/r' id='1' type='error'><error type='cancel'>"
         "<service-unavailable " STANZA_NS "/></error></iq>"},
        {"<message" HERE " id='1' type='chat'><body>hi</body></message>",
         "<message" BACK " id='1' type='error'><error type='cancel'><service-unavailable " STANZA_NS
         "/></error></message>"},
        {"<message" HERE " type='error'/>", NULL},
        {"<presence" HERE " type='subscribe'/>", "<presence type='unsubscribed'" BACK "/>"},
        {"<presence" HERE "/>", NULL},
    };
    struct site site;
    char expected[2000];
    site_open(&site, FED_INSIDE_SELF);
    site.settings.contacts[FED_CONTACT_ABUSE] = (struct fed_contact){.count = 2, .uris = abuse};
    site.settings.contacts[FED_CONTACT_SECURITY] =
        (struct fed_contact){.count = 1, .uris = security};
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        site_deliver(&site, rows[i].stanza);
        snprintf(expected, sizeof(expected), "parcel %s\n", rows[i].answer ? rows[i].answer : "");
        if (rows[i].answer)
            site_expect(&site, expected);
        else if (gp_buf_len(&site.news) > 0)
            fail_msg("%s: %s", rows[i].stanza, gp_buf_text(&site.news));
    }
    site_close(&site);
}

static void time_is_told(void **state)
{
    (void)state;
    static const char *const parts[] = {"<time xmlns='urn:xmpp:time'><tzo>+00:00</tzo><utc>20",
                                        "Z</utc></time></iq>"};
    struct site site;
    site_open(&site, FED_INSIDE_SELF);
    site_deliver(&site, "<iq" HERE " type='get' id='1'><time xmlns='urn:xmpp:time'/></iq>");
    const char *news = gp_buf_text(&site.news);
    for (size_t i = 0; i < GP_ARRAY_LEN(parts); i++)
        assert_non_null(strstr(news, parts[i]));
    gp_buf_reset(&site.news);
    site_close(&site);
}

/* Who asks without end gets so many answers; others are not the worse for it. */
static void answers_are_bounded(void **state)
{
    (void)state;
    struct site site;
    size_t count = 0;
    site_open(&site, FED_INSIDE_SELF);
    for (int i = 0; i < 100; i++)
        site_deliver(&site, "<iq" HERE " type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>");
    for (const char *at = gp_buf_text(&site.news); (at = strstr(at, "parcel ")); at++)
        count++;
    assert_in_range(count, 30, 60); /* the burst, and what trickled meanwhile on a slow machine */
    gp_buf_reset(&site.news);
    site_deliver(&site, "<iq from='other.example' to='alpha.example' type='get' id='1'>"
                        "<ping xmlns='urn:xmpp:ping'/></iq>");
    assert_non_null(strstr(gp_buf_text(&site.news), "to='other.example'"));
    gp_buf_reset(&site.news);
    site_close(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stanzas_are_answered),
        cmocka_unit_test(what_has_no_room_is_given_back),
        cmocka_unit_test(it_says_what_it_is_and_whom_to_write_to),
        cmocka_unit_test(time_is_told),
        cmocka_unit_test(answers_are_bounded),
    };
    return cmocka_run_group_tests_name("fed_inside_echo", tests, NULL, NULL);
}
