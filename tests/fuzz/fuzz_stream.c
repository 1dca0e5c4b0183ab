/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/fuzz/fuzz_stream.h"

#include "base/text.h"

#include <stdlib.h>

uint8_t fuzz_byte(struct fuzz_input *input)
{
    if (input->left == 0)
        return 0;
    input->left--;
    return *input->at++;
}

struct gp_span fuzz_bytes(struct fuzz_input *input)
{
    size_t len = fuzz_byte(input);
    const uint8_t *end = input->left > 0 ? memchr(input->at, 0xff, input->left) : NULL;
    bool is_marked = len == 0 && end;
    if (len == 0)
        len = end ? (size_t)(end - input->at) : input->left;
    if (len > input->left)
        len = input->left;
    struct gp_span bytes = gp_span_make(input->at, len);
    input->at += len + is_marked;
    input->left -= len + is_marked;
    return bytes;
}

void fuzz_world_init(struct fuzz_world *world)
{
    static const char *const names[] = {"strict.example", "dialback.example", "clear.example"};
    *world = (struct fuzz_world){.settings = {.limits = fed_limits_default}};
    struct fed_settings *settings = &world->settings;
    GP_ASSERT(dns_domain_from_text(gp_span_text("home.example"), &world->homes[0].domain, NULL) ==
              GP_OK);
    for (size_t i = 0; i < GP_ARRAY_LEN(names); i++) {
        GP_ASSERT(dns_domain_from_text(gp_span_text(names[i]), &world->domains[i], NULL) == GP_OK);
        world->partners[i] = (struct fed_partner){
            .domain_count = 1,
            .domains = &world->domains[i],
            .sasl = FED_SASL_OPTIONAL,
            .tls = i == 2 ? FED_TLS_OPTIONAL : FED_TLS_REQUIRED,
            .dialback = i == 0 ? FED_DIALBACK_REFUSED : FED_DIALBACK_ALLOWED,
        };
    }
    settings->homes = world->homes;
    settings->home_count = 1;
    settings->partners = world->partners;
    settings->partner_count = GP_ARRAY_LEN(names);
    settings->dialback_secret = (struct gp_secret){.len = 6, .bytes = "secret"};
    settings->limits.send_bytes = 4000;
    settings->limits.stanza_bytes = 4000;
}

struct fed_tls_facts *fuzz_facts(uint8_t how, int64_t wall_s)
{
    static const char *const names[] = {"strict.example", "dialback.example", "*.example", ""};
    struct fed_tls_facts *facts = calloc(1, sizeof(*facts));
    facts->dane = (enum fed_dane)(how / 4 % 3);
    facts->dane_needs_name = how & 64;
    if (how & 128)
        return facts;
    facts->peer = calloc(1, sizeof(*facts->peer));
    gp_arena_init(&facts->peer->arena, 1000);
    facts->peer->names = gp_arena_alloc(&facts->peer->arena, sizeof(*facts->peer->names));
    facts->peer->names[0] = (struct fed_cert_name){.text = gp_span_text(names[how % 4])};
    facts->peer->name_count = 1;
    facts->peer->key_text = "EC P-256";
    facts->peer->not_after_s = facts->chain_not_after_s = wall_s + how;
    facts->chain = how & 32 ? FED_CHAIN_UNTRUSTED : FED_CHAIN_TRUSTED;
    return facts;
}

static void check_text(const char *text)
{
    for (; *text; text++)
        GP_ASSERT((uint8_t)*text >= 0x20 && *text != 0x7f); /* one line, no escape sequence (T56) */
}

void fuzz_check(const struct fed_request *request)
{
    switch (request->what) {
    case FED_DO_STANZA:
        GP_ASSERT(dns_domain_is_set(&request->u.stanza->from));
        GP_ASSERT(strcmp(request->u.stanza->to.ascii, "home.example") == 0);
        GP_ASSERT(strcmp(request->u.stanza->from.ascii, "home.example") != 0);
        break;
    case FED_DO_VERIFY:
        GP_ASSERT(request->u.verify.key[0] && strlen(request->u.verify.stream_id) == 32);
        break;
    case FED_DO_OPEN:
    case FED_DO_REFUSED:
        check_text(request->u.pair.detail);
        break;
    case FED_DO_CLOSE:
        check_text(request->u.close.detail);
        break;
    case FED_DO_LOOK_UP:
    case FED_DO_POSH:
        GP_ASSERT(dns_domain_is_set(&request->u.lookup.sender));
        break;
    case FED_DO_WAIT:
    case FED_DO_START_TLS:
    case FED_DO_CONFIRMED:
    case FED_DO_ACKED:
    case FED_DO_RESULT:
        break;
    }
}
