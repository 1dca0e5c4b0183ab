/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of an S2S link. At a reload its streams are closed in order, and they still need what
 * the link made them with: so it stays, without doors and unknown to the router, until the last of
 * them has ended.
 */
#include "base/clock.h"
#include "federation/inside_s2s.h"

#include <stdlib.h>

#define FED_S2S_LOOK_MS   200
#define FED_S2S_GOOD_BYES 2 /* as long as so many close-timeouts: ours, and the lingering */

void fed_s2s_destroy(struct fed_s2s *s2s)
{
    fed_s2s_close(s2s);
    while (s2s->context.sessions.first)
        fed_session_destroy(s2s->context.sessions.first);
    gp_timer_destroy(s2s->leaving);
    fed_mirror_destroy(s2s->mirror);
    free(s2s);
}

static void take_out(struct fed_s2s *s2s)
{
    *s2s->link = s2s->next;
    if (s2s->next)
        s2s->next->link = s2s->link;
    fed_s2s_destroy(s2s);
}

static void on_look(void *arg)
{
    struct fed_s2s *s2s = arg;
    if (s2s->context.sessions.count > 0 && gp_clock_mono_ms() < s2s->patience_ms)
        gp_timer_set(s2s->leaving, FED_S2S_LOOK_MS);
    else
        take_out(s2s);
}

void fed_s2s_leave(struct fed_s2s *s2s)
{
    struct fed_context *context = fed_inside_context(s2s->inside);
    fed_s2s_dismiss(s2s);
    s2s->inside = NULL;
    s2s->leaving = gp_timer_create(context->loop, on_look, s2s);
    if (!s2s->leaving) { /* cut, then */
        fed_s2s_destroy(s2s);
        return;
    }
    s2s->patience_ms =
        gp_clock_mono_ms() + (int64_t)FED_S2S_GOOD_BYES * s2s->mirror->settings.limits.close_ms;
    s2s->next = context->leaving;
    s2s->link = &context->leaving;
    if (s2s->next)
        s2s->next->link = &s2s->next;
    context->leaving = s2s;
    gp_timer_set(s2s->leaving, FED_S2S_LOOK_MS);
}

void fed_inside_cut_leaving(struct fed_context *context)
{
    while (context->leaving)
        take_out(context->leaving);
}
