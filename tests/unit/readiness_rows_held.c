/* SPDX-License-Identifier: BSD-2-Clause */
/* What public resolvers hold: M4. */
#include "tests/unit/unit.h"

#include "tests/unit/readiness_rows.h"

static void ask_none(struct fixture *fx)
{
    for (struct app_seen_rrset *at = fx->seen->rrsets; at; at = at->next)
        at->held = NULL;
}

static void no_resolvers(struct fixture *fx)
{
    fx->config->check.resolver_count = 0;
    ask_none(fx);
}

static struct app_seen_reply *held(struct fixture *fx, size_t resolver)
{
    return &fixture_rrset(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV)->held[resolver];
}

static void old_answer(struct fixture *fx)
{
    held(fx, 1)->records = gp_arena_alloc(&fx->seen->arena, sizeof(struct dns_rdata));
    held(fx, 1)->records[0] = fixture_srv(fx, 10, 5269, "old.alpha.example");
    held(fx, 1)->ttl_s = 2700;
}

static void denial(struct fixture *fx)
{
    for (size_t i = 0; i < fx->config->check.resolver_count; i++)
        *held(fx, i) = (struct app_seen_reply){
            .seen = APP_CAME, .rcode = DNS_RCODE_NXDOMAIN, .negative_s = 300};
}

static void alias(struct fixture *fx)
{
    *held(fx, 1) = (struct app_seen_reply){.seen = APP_CAME, .is_alias = true};
}

static void bogus_there(struct fixture *fx)
{
    *held(fx, 0) = (struct app_seen_reply){.seen = APP_CAME, .rcode = DNS_RCODE_SERVFAIL};
}

static void refusing(struct fixture *fx)
{
    *held(fx, 0) = (struct app_seen_reply){.seen = APP_CAME, .rcode = DNS_RCODE_REFUSED};
}

static void silent(struct fixture *fx)
{
    *held(fx, 1) = (struct app_seen_reply){.seen = APP_NOTHING_CAME, .why = "no answer within 6 s"};
}

static void differing_servers(struct fixture *fx)
{
    ask_none(fx);
    struct app_seen_rrset *srv = fixture_rrset(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV);
    srv->replies[1].records[0] = fixture_srv(fx, 10, 5269, "old.alpha.example");
}

static void missing_on_a_server(struct fixture *fx)
{
    ask_none(fx);
    fixture_rrset(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV)->replies[0].count = 0;
}

static void nothing_published(struct fixture *fx)
{
    ask_none(fx);
    for (struct app_seen_rrset *at = fx->seen->rrsets; at; at = at->next)
        for (size_t i = 0; at->replies && i < at->owner->zone->server_count; i++)
            at->replies[i].count = 0;
}

static void silent_server(struct fixture *fx)
{
    ask_none(fx);
    fixture_rrset(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV)->replies[1] =
        (struct app_seen_reply){.seen = APP_NOTHING_CAME, .why = "connection refused"};
}

const struct readiness_row readiness_rows_held[] = {
    {"M4", "none to ask", "", NULL, no_resolvers, APP_SKIP, "public-resolvers"},
    {"M4", "what is published", "", NULL, NULL, APP_PASS, "192.0.2.53: 10 0 5269 gw1"},
    {"M4", "the time that is left", "", NULL, NULL, APP_PASS, "for 20 min 0 s"},
    {"M4", "an old answer", "", NULL, old_answer, APP_WARN,
     "2001:db8::53: 10 0 5269 old.alpha.example., for 45 min 0 s"},
    {"M4", "until when", "", NULL, old_answer, APP_WARN, "2027-01-15T08:45:00Z"},
    {"M4", "a denial", "", NULL, denial, APP_WARN, "nothing, for 5 min 0 s"},
    {"M4", "several", "", NULL, denial, APP_WARN, "2 of 2 public resolvers"},
    {"M4", "an alias", "", NULL, alias, APP_WARN, "2001:db8::53: an alias"},
    {"M4", "bogus there", "", NULL, bogus_there, APP_WARN, "192.0.2.53: answers SERVFAIL"},
    {"M4", "refuses", "", NULL, refusing, APP_UNKNOWN, "answers REFUSED"},
    {"M4", "silent", "", NULL, silent, APP_UNKNOWN, "no answer within 6 s"},
    {"M4", "servers differ", "", NULL, differing_servers, APP_UNKNOWN, "do not agree"},
    {"M4", "not on every server", "", NULL, missing_on_a_server, APP_UNKNOWN, "do not agree"},
    {"M4", "a server is silent", "", NULL, silent_server, APP_UNKNOWN, "do not agree"},
    {"M4", "the check ended before", "", NULL, ask_none, APP_UNKNOWN, "the check ended"},
    {"M4", "nothing is published", "", NULL, nothing_published, APP_SKIP, "nothing is published"},
};
const size_t readiness_rows_held_count = GP_ARRAY_LEN(readiness_rows_held);
