/* SPDX-License-Identifier: BSD-2-Clause */
/* What somebody who listens to a partner's streams is told. */
#include "tests/unit/unit.h"

#include "federation/tap.h"

#include <stdio.h>

#define HEADER                                                                               \
    "<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:stream="                \
    "'http://etherx.jabber.org/streams' xmlns:db='jabber:server:dialback' from='h.example' " \
    "to='p.example' version='1.0'>"

struct told {
    size_t count;
    char lines[16][FED_TAP_TEXT_MAX];
};

static void tell(void *arg, const struct fed_tap_stream *stream, bool is_ours, const char *text)
{
    struct told *told = arg;
    assert_true(is_ours);
    assert_string_equal(stream->partner.ascii, "p.example");
    assert_in_range(told->count, 0, GP_ARRAY_LEN(told->lines) - 1);
    snprintf(told->lines[told->count++], FED_TAP_TEXT_MAX, "%s", text);
}

static struct fed_tap listener(const char *partner, struct told *told)
{
    struct fed_tap tap = {.tell = tell, .arg = told};
    snprintf(tap.partner.ascii, sizeof(tap.partner.ascii), "%s", partner);
    return tap;
}

static struct fed_tap_stream stream_with(const char *partner)
{
    struct fed_tap_stream stream = {.number = 1};
    snprintf(stream.partner.ascii, sizeof(stream.partner.ascii), "%s", partner);
    return stream;
}

/* The output of a stream, of which nothing is sent. */
struct stream {
    struct fed_echo echo;
    char output[4096];
    size_t len;
};

static void say(struct stream *stream, const struct fed_tap *taps, const char *partner,
                const char *text)
{
    struct fed_tap_stream who = stream_with(partner);
    memcpy(stream->output + stream->len, text, strlen(text));
    stream->len += strlen(text);
    fed_echo_read(&stream->echo, taps, &who, gp_span_make(stream->output, stream->len),
                  stream->len);
}

static void names_and_addresses_are_told_but_no_content(void **state)
{
    (void)state;
    struct told told = {0};
    struct fed_tap tap = listener("p.example", &told);
    struct stream stream = {.len = 0};
    say(&stream, &tap, "p.example", HEADER);
    say(&stream, &tap, "p.example", "<db:result from='h.example' to='p.example'>a key</db:result>");
    say(&stream, &tap, "p.example",
        "<message type='chat' from='a@h.example' to='b@p.example' id='1'><body>secret</body>"
        "</message><iq type='get' id='\xE2\x80\xAE' from='a@h.example' to='p.example'><x/></iq>"
        "</stream:stream>");
    assert_int_equal(told.count, 5);
    assert_string_equal(told.lines[0],
                        "<stream:stream from='h.example' to='p.example' version='1.0'>");
    assert_string_equal(told.lines[1], "<result xmlns='jabber:server:dialback' from='h.example' "
                                       "to='p.example'> 60 bytes");
    assert_string_equal(told.lines[2], "<message type='chat' from='a@h.example' to='b@p.example' "
                                       "id='1'> 93 bytes");
    assert_non_null(strstr(told.lines[3], "<iq type='get'"));
    assert_null(strstr(told.lines[3], "\xE2\x80\xAE")); /* nothing that turns a terminal around */
    assert_string_equal(told.lines[4], "</stream:stream>");
    fed_echo_finish(&stream.echo);
}

static void only_the_partner_is_listened_to(void **state)
{
    (void)state;
    struct told told = {0};
    struct fed_tap tap = listener("p.example", &told);
    struct stream stream = {.len = 0};
    say(&stream, &tap, "q.example", HEADER);
    say(&stream, &tap, "", "<message/>");
    assert_int_equal(told.count, 0);
    fed_echo_finish(&stream.echo);
}

static void an_open_stream_is_heard_from_now_on(void **state)
{
    (void)state;
    struct told told = {0};
    struct fed_tap tap = listener("p.example", &told);
    struct stream stream = {.len = 0};
    memcpy(stream.output, HEADER "<message/>", sizeof(HEADER "<message/>") - 1);
    stream.len = sizeof(HEADER "<message/>") - 1;
    fed_echo_skip(&stream.echo, stream.len); /* what was there before is not told */
    say(&stream, &tap, "p.example", "<presence from='a@h.example' to='b@p.example'/>");
    assert_int_equal(told.count, 1);
    assert_string_equal(told.lines[0], "<presence from='a@h.example' to='b@p.example'> 47 bytes");
    say(&stream, &tap, "p.example", HEADER); /* a restart */
    assert_int_equal(told.count, 2);
    fed_echo_finish(&stream.echo);
    say(&stream, &tap, "p.example", "<iq/>");
    assert_string_equal(told.lines[2], "<iq> 5 bytes");
    fed_echo_finish(&stream.echo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_addresses_are_told_but_no_content),
        cmocka_unit_test(only_the_partner_is_listened_to),
        cmocka_unit_test(an_open_stream_is_heard_from_now_on),
    };
    return cmocka_run_group_tests_name("fed_tap", tests, NULL, NULL);
}
