/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include "tests/unit/visitor.h"

#include <stdio.h>

#define HEARD_MAX 100000

void visitor_open(struct visitor *visitor, struct neighbours *both, int fd)
{
    *visitor = (struct visitor){.both = both};
    both->arg = visitor;
    gp_buf_init(&visitor->heard, HEARD_MAX);
    raw_create(&visitor->tls, false, NULL, 0);
    raw_start(&visitor->tls, fd);
}

void visitor_close(struct visitor *visitor)
{
    raw_destroy(&visitor->tls);
    gp_buf_finish(&visitor->heard);
}

static bool has_said(struct neighbours *both)
{
    struct visitor *visitor = both->arg;
    return SSL_write(visitor->tls.ssl, visitor->cue, (int)strlen(visitor->cue)) > 0;
}

static bool has_heard(struct neighbours *both)
{
    struct visitor *visitor = both->arg;
    char chunk[1000];
    int len = SSL_read(visitor->tls.ssl, chunk, sizeof(chunk));
    if (len > 0)
        gp_buf_append(&visitor->heard, chunk, (size_t)len);
    return strstr(gp_buf_text(&visitor->heard), visitor->cue) != NULL;
}

void visitor_converse(struct visitor *visitor, const char *said, const char *heard)
{
    gp_buf_reset(&visitor->heard);
    visitor->cue = said;
    neighbours_wait(visitor->both, has_said);
    visitor->cue = heard;
    neighbours_wait(visitor->both, has_heard);
}

void visitor_greet(struct visitor *visitor, const char *from, const char *to, const char *id)
{
    char text[500];
    snprintf(text, sizeof(text),
             "<stream:stream xmlns='jabber:server' xmlns:db='jabber:server:dialback' "
             "xmlns:stream='http://etherx.jabber.org/streams' from='%s' to='%s' %s version='1.0'>",
             from, to, id);
    visitor_converse(visitor, text, "</stream:features>");
}
