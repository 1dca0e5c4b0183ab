/* SPDX-License-Identifier: BSD-2-Clause */
/* What findings are made of: text about names, records, times. */
#include "readiness/judge/judging.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stdio.h>

const char *app_say_list(struct app_judging *judging, const char *format, va_list args)
{
    char text[APP_SAY_MAX];
    vsnprintf(text, sizeof(text), format, args);
    const char *copy = gp_arena_text(&judging->findings->arena, text);
    judging->has_failed = judging->has_failed || !copy;
    return copy ? copy : "";
}

const char *app_say(struct app_judging *judging, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = app_say_list(judging, format, args);
    va_end(args);
    return text;
}

const char *app_say_name(struct app_judging *judging, const struct dns_name *name)
{
    char text[DNS_NAME_TEXT_MAX];
    return app_say(judging, "%s", dns_name_text(name, text));
}

const char *app_say_time(struct app_judging *judging, int64_t wall_s)
{
    char text[GP_CLOCK_TEXT_MAX];
    return app_say(judging, "%s", gp_clock_text(wall_s, text));
}

const char *app_say_span(struct app_judging *judging, int64_t span_s)
{
    char text[GP_CLOCK_SPAN_MAX];
    return app_say(judging, "%s", gp_clock_span_text(span_s * 1000, text));
}

const char *app_say_wait(struct app_judging *judging, const struct zone_wait *wait)
{
    const struct zone_margins *margins = &judging->input->config->check.margins;
    const char *from = app_say_time(judging, wait->from_s);
    const char *more =
        wait->has_stale
            ? app_say(judging, ", and %s more since a name server could not be reached meanwhile",
                      app_say_span(judging, margins->stale_s))
            : "";
    switch (wait->term) {
    case ZONE_TERM_TTL:
        return app_say(judging, "a TTL of %u s, served until %s%s", wait->ttl_s, from, more);
    case ZONE_TERM_CACHE:
        return app_say(judging,
                       "%s that some resolvers keep what has a TTL of %u s, served until %s%s",
                       app_say_span(judging, margins->cache_s), wait->ttl_s, from, more);
    case ZONE_TERM_NEGATIVE:
        return app_say(judging, "\"there is none\" may be kept for %u s, and was said until %s",
                       wait->ttl_s, from);
    case ZONE_TERM_BEFORE:
        return app_say(judging,
                       "first seen at %s; a TTL of %u s before that is assumed (check: old-ttl)%s",
                       from, wait->ttl_s, more);
    case ZONE_TERM_DOCUMENT:
        return app_say(judging, "a document that may be kept for %u s, published until %s",
                       wait->ttl_s, from);
    case ZONE_TERM_NONE:
        break;
    }
    return "nothing else was seen before";
}

const char *app_say_rrset(struct app_judging *judging, const struct dns_name *owner,
                          enum dns_type type)
{
    char name[DNS_NAME_TEXT_MAX], text[DNS_TYPE_TEXT_MAX];
    return app_say(judging, "%s %s", dns_name_text(owner, name),
                   dns_type_text((uint16_t)type, text));
}

const char *app_say_rdata(struct app_judging *judging, enum dns_type type, struct dns_rdata data)
{
    struct gp_buf text;
    gp_buf_init(&text, APP_SAY_MAX);
    dns_rdata_text(&text, (uint16_t)type, data);
    const char *copy = app_say(judging, "%.*s", GP_SPAN_ARG(gp_buf_span(&text)));
    gp_buf_finish(&text);
    return copy;
}

const char *app_say_count(struct app_judging *judging, size_t count, const char *noun)
{
    return app_say(judging, "%zu %s%s", count, noun, count == 1 ? "" : "s");
}

const char *app_say_endpoint(struct app_judging *judging, const struct app_seen_endpoint *endpoint)
{
    char name[DNS_NAME_TEXT_MAX];
    return app_say(judging, "%s:%u%s", dns_name_text(&endpoint->srv.target, name),
                   endpoint->srv.port, endpoint->role == APP_ENDPOINT_PLANNED ? " (planned)" : "");
}

const char *app_say_probe(struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                          const struct app_seen_probe *probe)
{
    char addr[GP_ADDR_TEXT_MAX];
    return app_say(judging, "%s at %s", app_say_endpoint(judging, endpoint),
                   gp_addr_text(&probe->addr, addr));
}

const char *app_say_srv(struct app_judging *judging, const struct dns_srv *srv)
{
    char name[DNS_NAME_TEXT_MAX];
    bool is_root = dns_name_is_root(&srv->target);
    return app_say(judging, "%u %u %u %s%s", srv->priority, srv->weight, srv->port,
                   dns_name_text(&srv->target, name), is_root ? "" : ".");
}

const char *app_say_failure(struct app_judging *judging, const struct app_seen_rrset *rrset)
{
    char text[DNS_FAILURE_TEXT_MAX];
    if (rrset->seen != APP_CAME)
        return rrset->why;
    if (rrset->answer->security != DNS_BOGUS)
        return app_say(judging, "%s", dns_answer_failure_text(rrset->answer, text));
    return rrset->type == DNS_TYPE_SRV    ? "it is bogus (S2)"
           : rrset->type == DNS_TYPE_TLSA ? "it is bogus (S4)"
                                          : "it is bogus (S3)";
}
