/* SPDX-License-Identifier: BSD-2-Clause */
/* The DNS of the fixture: record data, what the resolver says, the zone and its servers. */
#include "tests/unit/unit.h"

#include "base/digest.h"
#include "readiness/compare.h"
#include "dns/ds.h"
#include "tests/unit/readiness_fixture_dns.h"

#include <stdlib.h>
#include <string.h>

struct dns_name fixture_name(const char *text)
{
    struct dns_name name;
    assert_int_equal(dns_name_from_text(text, &name), GP_OK);
    return name;
}

/* What stands for the certificate of a key. */
const char *fixture_certificate(const char *key)
{
    return strcmp(key, FX_OWN_KEY) == 0 ? "own certificate" : "another certificate";
}

void fixture_digest_key(const char *key, uint8_t out[32])
{
    uint8_t digest[GP_DIGEST_MAX];
    gp_digest(GP_SHA256, key, strlen(key), digest);
    memcpy(out, digest, 32);
}

/* Record data. */

static struct dns_rdata keep(struct fixture *fx, const uint8_t *bytes, size_t len)
{
    const void *copy = gp_arena_copy(&fx->seen->arena, bytes, len);
    assert_non_null(copy);
    return (struct dns_rdata){.at = copy, .len = (uint16_t)len};
}

struct dns_rdata fixture_srv(struct fixture *fx, uint16_t priority, uint16_t port,
                             const char *target)
{
    struct dns_name name = fixture_name(target);
    uint8_t bytes[6 + DNS_NAME_WIRE_MAX] = {(uint8_t)(priority >> 8), (uint8_t)priority,    0, 0,
                                            (uint8_t)(port >> 8),     (uint8_t)(port & 255)};
    memcpy(bytes + 6, name.wire, name.len);
    return keep(fx, bytes, 6u + name.len);
}

struct dns_rdata fixture_ns(struct fixture *fx, const char *host)
{
    struct dns_name name = fixture_name(host);
    return keep(fx, name.wire, name.len);
}

struct dns_rdata fixture_addr(struct fixture *fx, const char *text)
{
    struct gp_addr addr;
    assert_int_equal(gp_addr_parse(text, &addr), GP_OK);
    return keep(fx, addr.bytes, addr.family == GP_IPV6 ? 16 : 4);
}

struct dns_rdata fixture_tlsa(struct fixture *fx, uint8_t usage, uint8_t selector, uint8_t matching,
                              const char *key)
{
    uint8_t bytes[3 + GP_DIGEST_MAX] = {usage, selector, matching};
    const char *what = selector == 0 ? fixture_certificate(key) : key;
    enum gp_digest kind = matching == 2 ? GP_SHA512 : GP_SHA256;
    gp_digest(kind, what, strlen(what), bytes + 3);
    return keep(fx, bytes, 3 + gp_digest_len(kind));
}

struct dns_rdata fixture_caa(struct fixture *fx, uint8_t flags, const char *tag, const char *value)
{
    uint8_t bytes[300] = {flags, (uint8_t)strlen(tag)};
    size_t len = 2 + strlen(tag) + strlen(value);
    assert_true(len < sizeof(bytes));
    memcpy(bytes + 2, tag, strlen(tag));
    memcpy(bytes + 2 + strlen(tag), value, strlen(value));
    return keep(fx, bytes, len);
}

struct dns_rdata fixture_dnskey(struct fixture *fx, const char *key)
{
    uint8_t bytes[4 + 32] = {1, 1, 3, 13}; /* zone key and entry point, ECDSA P-256 */
    fixture_digest_key(key, bytes + 4);
    return keep(fx, bytes, sizeof(bytes));
}

struct dns_rdata fixture_ds(struct fixture *fx, const char *key)
{
    uint8_t bytes[DNS_DS_LEN];
    struct dns_name zone = fixture_name("alpha.example");
    assert_int_equal(dns_ds_make(&zone, fixture_dnskey(fx, key), bytes), GP_OK);
    return keep(fx, bytes, sizeof(bytes));
}

/* DNS. */

struct app_seen_rrset *fixture_rrset(struct fixture *fx, const char *name, enum dns_type type)
{
    struct dns_name owner = fixture_name(name);
    struct app_seen_rrset *rrset = app_seen_rrset(fx->seen, &owner, type);
    assert_non_null(rrset);
    rrset->is_wanted = rrset->owner->is_wanted = true;
    return rrset;
}

static void set_answer(struct fixture *fx, const char *name, enum dns_type type,
                       struct dns_answer *answer)
{
    struct app_seen_rrset *rrset = fixture_rrset(fx, name, type);
    assert_non_null(answer);
    dns_answer_destroy(rrset->answer);
    rrset->answer = answer;
    rrset->seen = APP_CAME;
    rrset->why = NULL;
}

void fixture_set(struct fixture *fx, const char *name, enum dns_type type,
                 enum dns_security security, const struct dns_rdata *records, size_t count)
{
    struct dns_name owner = fixture_name(name);
    set_answer(fx, name, type,
               dns_answer_create(&owner, (uint16_t)type, count > 0 ? DNS_RECORDS : DNS_NO_NAME,
                                 security, NULL, records, count, NULL));
}

void fixture_fail(struct fixture *fx, const char *name, enum dns_type type,
                  enum dns_security security, const char *reason)
{
    struct dns_name owner = fixture_name(name);
    set_answer(
        fx, name, type,
        dns_answer_create(&owner, (uint16_t)type, DNS_FAILED, security, NULL, NULL, 0, reason));
}

void fixture_set_aside(struct fixture *fx, const char *name, enum dns_type type,
                       enum dns_security security, const struct dns_rdata *records, size_t count)
{
    struct dns_name owner_name = fixture_name(name);
    struct app_seen_owner *owner = app_seen_owner(fx->seen, &owner_name);
    bool was_wanted = owner->is_wanted;
    fixture_set(fx, name, type, security, records, count);
    fixture_rrset(fx, name, type)->is_aside = true;
    owner->is_wanted = was_wanted;
}

void fixture_alias(struct fixture *fx, const char *name, enum dns_type type, const char *canonical,
                   const struct dns_rdata *records, size_t count)
{
    struct dns_name owner = fixture_name(name), end = fixture_name(canonical);
    set_answer(fx, name, type,
               dns_answer_create(&owner, (uint16_t)type, DNS_RECORDS, DNS_SECURE, &end, records,
                                 count, NULL));
}

void fixture_set_srv(struct fixture *fx, const char *owner, uint16_t port, const char *target)
{
    const struct dns_rdata record = fixture_srv(fx, 10, port, target);
    fixture_set(fx, owner, DNS_TYPE_SRV, DNS_SECURE, &record, 1);
}

void fixture_remove(struct fixture *fx, const char *owner, enum dns_type type)
{
    fixture_set(fx, owner, type, DNS_SECURE, NULL, 0);
}

void fixture_make_insecure(struct fixture *fx, const char *owner, enum dns_type type)
{
    fixture_rrset(fx, owner, type)->answer->security = DNS_INSECURE;
}

void fixture_forget(struct fixture *fx, const char *owner, enum dns_type type)
{
    struct app_seen_rrset *rrset = fixture_rrset(fx, owner, type);
    rrset->seen = APP_NOTHING_CAME;
    rrset->why = "the time was up";
}

/* One server of the zone above, which delegates as it should. */
static void make_referral(struct fixture *fx, struct app_seen_zone *zone)
{
    struct dns_name above = fixture_name("example");
    struct gp_arena *arena = &fx->seen->arena;
    zone->parent = app_seen_parent(fx->seen, &above);
    zone->parent->zone = calloc(1, sizeof(*zone->parent->zone));
    zone->referrals = gp_arena_alloc(arena, sizeof(*zone->referrals));
    assert_true(zone->parent->zone && zone->referrals);
    zone->parent->seen = APP_CAME;
    zone->parent->why = NULL;
    zone->parent->zone->apex = above;
    zone->parent->zone->servers[0].name = fixture_name("a.nic.example");
    zone->referral_count = 1;
    struct app_seen_referral *referral = &zone->referrals[0];
    *referral = (struct app_seen_referral){.server = &zone->parent->zone->servers[0].name,
                                           .seen = APP_CAME,
                                           .is_referral = true,
                                           .server_count = zone->zone->server_count};
    referral->servers = gp_arena_alloc(arena, DNS_ZONE_SERVERS_MAX * sizeof(*referral->servers));
    referral->glue = gp_arena_alloc(arena, APP_GLUE_MAX * sizeof(*referral->glue));
    for (size_t i = 0; i < zone->zone->server_count; i++)
        referral->servers[i] = zone->zone->servers[i].name;
}

/* The zone, and what its two servers say. */

static struct app_seen_zone *make_zone(struct fixture *fx)
{
    static const char *const names[] = {"ns1.example", "ns2.example"};
    static const char *const addresses[] = {"192.0.2.1", "192.0.2.2"};
    struct dns_name apex = fixture_name("alpha.example");
    struct app_seen_zone *zone = app_seen_zone(fx->seen, &apex);
    struct dns_zone *found = calloc(1, sizeof(*found));
    found->is_found = true;
    found->apex = apex;
    found->security = DNS_SECURE;
    found->server_count = 2;
    for (size_t i = 0; i < 2; i++) {
        found->servers[i].name = fixture_name(names[i]);
        found->servers[i].address_count = 1;
        assert_int_equal(gp_addr_parse(addresses[i], &found->servers[i].addresses[0]), GP_OK);
    }
    assert_true(app_seen_zone_found(fx->seen, zone, found));
    for (size_t i = 0; i < zone->server_count; i++)
        for (size_t k = 0; k < 2; k++)
            zone->servers[i].soa[k] = (struct app_seen_reply){.seen = APP_CAME,
                                                              .is_authoritative = true,
                                                              .serial = 7,
                                                              .negative_s = FX_NEGATIVE_S};
    zone->negative_s = FX_NEGATIVE_S;
    make_referral(fx, zone);
    return zone;
}

static void set_asides(struct fixture *fx)
{
    const struct dns_rdata soa = keep(fx, (const uint8_t[22]){0}, 22);
    const struct dns_rdata caa = fixture_caa(fx, 0, "issue", "ca.example");
    fixture_set_aside(fx, "alpha.example", DNS_TYPE_CAA, DNS_SECURE, &caa, 1);
    fixture_set_aside(fx, "example", DNS_TYPE_CAA, DNS_SECURE, NULL, 0);
    fixture_set_aside(fx, ".", DNS_TYPE_SOA, DNS_SECURE, &soa, 1);
    fixture_set_aside(fx, "_jabber._tcp.alpha.example", DNS_TYPE_SRV, DNS_SECURE, NULL, 0);
    fixture_set_aside(fx, "_xmppconnect.alpha.example", DNS_TYPE_TXT, DNS_SECURE, NULL, 0);
}

static void make_replies(struct fixture *fx, struct app_seen_zone *zone)
{
    for (struct app_seen_owner *at = fx->seen->owners; at; at = at->next)
        app_seen_lives_in(at, zone);
    for (struct app_seen_rrset *at = fx->seen->rrsets; at; at = at->next) {
        size_t count = 0;
        const struct dns_rdata *records = app_seen_records(at, &count);
        if (at->is_aside)
            continue;
        assert_true(app_seen_replies(fx->seen, at));
        for (size_t i = 0; i < zone->server_count; i++) {
            at->replies[i] = (struct app_seen_reply){.seen = APP_CAME,
                                                     .is_authoritative = true,
                                                     .ttl_s = FX_TTL_S,
                                                     .signed_until_s = FX_NOW_S + 14 * FX_DAY_S,
                                                     .least_ttl_s = FX_TTL_S};
            /* A test may replace the answer afterwards: they are copies. */
            at->replies[i].records = gp_arena_alloc(&fx->seen->arena, 8 * sizeof(*records));
            for (; at->replies[i].count < count; at->replies[i].count++)
                at->replies[i].records[at->replies[i].count] =
                    keep(fx, records[at->replies[i].count].at, records[at->replies[i].count].len);
        }
    }
}

/* Public resolvers that hold what is published. */
static void make_held(struct fixture *fx)
{
    size_t count = fx->config->check.resolver_count;
    for (struct app_seen_rrset *at = fx->seen->rrsets; at; at = at->next) {
        if (!app_is_sought(at->type) || at->is_aside || !app_agreed(at))
            continue;
        assert_true(app_seen_held(fx->seen, at, count));
        for (size_t i = 0; i < count; i++) {
            at->held[i] = at->replies[0];
            at->held[i].is_authoritative = false;
            at->held[i].ttl_s = FX_HELD_S;
        }
    }
}

struct app_seen_zone *fixture_cut(struct fixture *fx, const char *name, enum dns_type type,
                                  const char *apex)
{
    struct dns_name owner = fixture_name(apex);
    struct app_seen_zone *zone = app_seen_zone(fx->seen, &owner);
    struct dns_zone *found = calloc(1, sizeof(*found));
    assert_non_null(found);
    found->is_found = true;
    found->apex = owner;
    found->server_count = 1;
    found->servers[0] = fx->seen->zones->zone->servers[0];
    assert_true(app_seen_zone_found(fx->seen, zone, found));
    fixture_rrset(fx, name, type)->owner->zone = zone;
    return zone;
}

void fixture_make_zone(struct fixture *fx)
{
    make_replies(fx, make_zone(fx));
    make_held(fx);
    set_asides(fx);
}
