/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/replay/facts.h"

#include "tests/replay/script.h"

#include <stdio.h>
#include <stdlib.h>

static bool add_name(struct fed_cert *cert, const char *text)
{
    static const struct {
        const char *prefix;
        enum fed_name_kind kind;
    } kinds[] = {{"dns:", FED_NAME_DNS}, {"srv:", FED_NAME_SRV}, {"xmpp:", FED_NAME_XMPP_ADDR}};
    for (size_t i = 0; i < GP_ARRAY_LEN(kinds); i++) {
        size_t len = strlen(kinds[i].prefix);
        if (strncmp(text, kinds[i].prefix, len) != 0)
            continue;
        struct fed_cert_name name = {.kind = kinds[i].kind};
        name.text = gp_span_text(gp_arena_text(&cert->arena, text + len));
        cert->names[cert->name_count++] = name;
        return true;
    }
    return false;
}

void facts_set_cert(struct fed_cert *cert, const char *text)
{
    snprintf((char *)cert->cert_sha256, sizeof(cert->cert_sha256), "%s", text);
}

struct fed_tls_facts *facts_create(int64_t wall_s)
{
    struct fed_tls_facts *facts = calloc(1, sizeof(*facts));
    struct fed_cert *cert = calloc(1, sizeof(*cert));
    gp_arena_init(&cert->arena, 100000);
    cert->names = gp_arena_alloc(&cert->arena, 16 * sizeof(*cert->names));
    cert->key_text = "EC P-256";
    cert->not_before_s = wall_s - 86400;
    cert->not_after_s = wall_s + 90 * 86400;
    cert->is_for_server = cert->is_for_client = true;
    facts->peer = cert;
    facts->chain = FED_CHAIN_TRUSTED;
    facts->chain_not_after_s = cert->not_after_s;
    snprintf(facts->version, sizeof(facts->version), "TLSv1.3");
    return facts;
}

bool facts_change(struct fed_tls_facts *facts, const char *word)
{
    const char *value;
    if (strcmp(word, "none") == 0) {
        fed_cert_destroy(facts->peer);
        facts->peer = NULL;
        facts->chain = FED_CHAIN_NONE;
    } else if ((value = script_option(word, "untrusted"))) {
        facts->chain = FED_CHAIN_UNTRUSTED;
        snprintf(facts->chain_reason, sizeof(facts->chain_reason), "%s", value);
    } else if ((value = script_option(word, "name"))) {
        return add_name(facts->peer, value);
    } else if ((value = script_option(word, "ends"))) {
        facts->chain_not_after_s = facts->peer->not_after_s - 90 * 86400 + strtoll(value, NULL, 10);
    } else if ((value = script_option(word, "dane"))) {
        facts->dane = strcmp(value, "mismatch") == 0 ? FED_DANE_MISMATCH : FED_DANE_MATCHED;
        facts->dane_needs_name = strcmp(value, "name") == 0;
        snprintf(facts->dane_text, sizeof(facts->dane_text), "%s",
                 facts->dane_needs_name ? "2 0 1" : "3 1 1");
    } else if ((value = script_option(word, "cert"))) {
        facts_set_cert(facts->peer, value);
    } else if (strcmp(word, "purpose=client") == 0) {
        facts->peer->has_purpose = true;
        facts->peer->is_for_server = false;
    } else if (strcmp(word, "constraints") == 0) {
        facts->has_dns_constraints = true;
    } else {
        return false;
    }
    return true;
}
