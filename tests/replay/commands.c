/* SPDX-License-Identifier: BSD-2-Clause */
/* What the lines of a script do; player.c says what they mean. */
#include "tests/replay/facts.h"
#include "tests/replay/play.h"

#include <stdio.h>
#include <stdlib.h>

#define TEXT_MAX (32u << 20)

/* Expanded text that ends with a zero byte; the caller frees it. */
static char *expand(struct play *play, const char *text, size_t *ret_len)
{
    struct gp_buf out;
    gp_buf_init(&out, TEXT_MAX);
    if (!script_expand(&play->lets, &play->stage.settings->dialback_secret, text, &out))
        play_fail(play, "cannot expand '%s'", text);
    size_t len = gp_buf_len(&out);
    char *copy = calloc(1, len + 1);
    memcpy(copy, gp_buf_span(&out).at, len);
    gp_buf_finish(&out);
    if (ret_len)
        *ret_len = len;
    return copy;
}

/* The stage */

static void do_let(struct play *play, char *line)
{
    const char *name = script_word(&line);
    if (strcmp(script_word(&line), "=") != 0)
        play_fail(play, "let NAME = TEXT");
    char *value = strdup(line);
    free(gp_map_remove(&play->lets, gp_span_text(name)));
    if (gp_map_put(&play->lets, gp_span_text(name), value) != GP_OK)
        free(value);
}

static void do_limit(struct play *play, char *line)
{
    const char *name = script_word(&line);
    if (!stage_limit(&play->stage, name, (uint32_t)strtoul(line, NULL, 10)))
        play_fail(play, "no limit is called '%s'", name);
}

static void do_places(struct play *play, char *line)
{
    play->stage.places = (unsigned)strtoul(line, NULL, 10);
}

static void do_open(struct play *play, char *line)
{
    struct fed_settings *settings = play->stage.settings;
    settings->is_open = true;
    for (const char *word; *(word = script_word(&line));) {
        if (strcmp(word, "dialback=allowed") == 0)
            settings->stranger.dialback = FED_DIALBACK_ALLOWED;
        else if (strcmp(word, "tls=optional") == 0)
            settings->stranger.tls = FED_TLS_OPTIONAL;
        else
            play_fail(play, "open does not know '%s'", word);
    }
}

static void do_quiet(struct play *play, char *line)
{
    stage_partner(&play->stage, line)->keeps_alive = false;
}

static void do_probe(struct play *play, char *line)
{
    play->stage.probe = script_word(&line);
    if (*line && dns_domain_from_text(gp_span_text(line), &play->stage.stand_in, NULL) != GP_OK)
        play_fail(play, "'%s' is no domain", line);
}

static void do_key_came_with(struct play *play, char *line)
{
    play->stage.verify_cert = line;
}

static void do_dns(struct play *play, char *line)
{
    struct dns_endpoint *endpoint = &play->stage.endpoint;
    const char *value;
    endpoint->origin = DNS_FROM_SRV;
    for (const char *word; *(word = script_word(&line));) {
        bool ok = true;
        if ((value = script_option(word, "srv")))
            endpoint->srv_security = strcmp(value, "secure") == 0 ? DNS_SECURE : DNS_INSECURE;
        else if ((value = script_option(word, "target")))
            ok = dns_name_from_text(value, &endpoint->srv.target) == GP_OK;
        else if ((value = script_option(word, "alias")))
            ok = dns_name_from_text(value, &endpoint->tlsa_base) == GP_OK;
        else if ((value = script_option(word, "tlsa")))
            endpoint->tlsa_state = strcmp(value, "usable") == 0     ? DNS_TLSA_USABLE
                                   : strcmp(value, "unusable") == 0 ? DNS_TLSA_UNUSABLE
                                                                    : DNS_TLSA_NONE;
        else
            ok = false;
        if (!ok)
            play_fail(play, "dns does not know '%s'", word);
    }
}

static void do_policy(struct play *play, char *line)
{
    struct fed_partner *partner = stage_partner(&play->stage, script_word(&line));
    if (strcmp(line, "bidi=no") == 0)
        partner->bidi = false;
    else
        play_fail(play, "policy does not know '%s'", line);
}

static void do_pipelined(struct play *play, char *line)
{
    (void)line;
    play->is_over = play->chunk != SIZE_MAX;
}

static void do_act(struct play *play, char *line)
{
    play_file(play, line, ".act");
}

static void do_in(struct play *play, char *line)
{
    stage_enter_in(&play->stage, strcmp(line, "direct") == 0);
}

static void do_out(struct play *play, char *line)
{
    const char *purpose = script_word(&line);
    const char *partner = script_word(&line);
    struct fed_out_setup setup = {.settings = play->stage.settings,
                                  .purpose = strcmp(purpose, "verify") == 0     ? FED_OUT_VERIFY
                                             : strcmp(purpose, "probe") == 0    ? FED_OUT_PROBE
                                             : strcmp(purpose, "look") == 0     ? FED_OUT_LOOK
                                             : strcmp(purpose, "rehearse") == 0 ? FED_OUT_REHEARSE
                                                                                : FED_OUT_RELAY,
                                  .home = play->stage.settings->homes[0].domain,
                                  .policy = stage_partner(&play->stage, partner),
                                  .endpoint = &play->stage.endpoint};
    struct fed_cert cert = {0};
    facts_set_cert(&cert, play->stage.verify_cert);
    if (dns_domain_from_text(gp_span_text(partner), &setup.partner, NULL) != GP_OK)
        play_fail(play, "'%s' is no domain", partner);
    if (setup.purpose != FED_OUT_RELAY)
        setup.token = play->stage.probe;
    if (setup.purpose == FED_OUT_VERIFY) {
        setup.verify_id = "asked-id";
        setup.verify_key = "asked-key";
        if (play->stage.verify_cert[0])
            setup.verify_cert = &cert;
    }
    play->stage.endpoint.service =
        strcmp(line, "direct") == 0 ? DNS_SERVICE_DIRECT_TLS : DNS_SERVICE_STARTTLS;
    stage_enter_out(&play->stage, &setup);
}

static void do_component(struct play *play, char *line)
{
    (void)line;
    stage_enter_component(&play->stage);
}

static void do_component_client(struct play *play, char *line)
{
    struct dns_domain domain;
    if (dns_domain_from_text(gp_span_text(line), &domain, NULL) != GP_OK)
        play_fail(play, "'%s' is no domain", line);
    else
        stage_enter_component_client(&play->stage, &domain);
}

/* What happens */

static void do_ask(struct play *play, char *line)
{
    bool is_wanted = strcmp(line, "again") != 0;
    if (stage_ask(&play->stage) != is_wanted)
        play_fail(play, "the question was %s", is_wanted ? "not asked" : "asked");
}

static void do_claim(struct play *play, char *line)
{
    play->stage.claim = strcmp(line, "taken") == 0 ? FED_CLAIM_TAKEN : FED_CLAIM_FREE;
}

static void do_peer(struct play *play, char *line)
{
    size_t len = 0;
    char *bytes = expand(play, line, &len);
    stage_bytes(&play->stage, gp_span_make(bytes, len), play->chunk);
    free(bytes);
}

static void do_flood(struct play *play, char *line)
{
    unsigned long count = strtoul(script_word(&line), NULL, 10);
    size_t len = 0;
    char *bytes = expand(play, line, &len);
    for (unsigned long i = 0; i < count; i++)
        stage_bytes(&play->stage, gp_span_make(bytes, len), play->chunk);
    free(bytes);
}

static void do_tls(struct play *play, char *line)
{
    if (!play->stage.type->tls_done) {
        play_fail(play, "this machine never asks for TLS");
        return;
    }
    if (strcmp(script_word(&line), "done") != 0) {
        stage_tls_failed(&play->stage, line);
        return;
    }
    struct fed_tls_facts *facts = facts_create(play->stage.now.wall_s);
    for (const char *word; *(word = script_word(&line));)
        if (!facts_change(facts, word))
            play_fail(play, "tls done does not know '%s'", word);
    stage_tls_done(&play->stage, facts);
}

static void do_lost(struct play *play, char *line)
{
    bool was_clean = strcmp(script_word(&line), "clean") == 0;
    stage_lost(&play->stage, was_clean, line);
}

static void do_last(struct play *play, char *line)
{
    size_t len = 0;
    char *bytes = expand(play, line, &len);
    stage_last(&play->stage, gp_span_make(bytes, len));
    free(bytes);
}

static void do_verified(struct play *play, char *line)
{
    static const char *const names[] = {"valid", "invalid", "not-found", "timeout"};
    unsigned number = (unsigned)strtoul(script_word(&line), NULL, 10);
    for (size_t i = 0; i < GP_ARRAY_LEN(names); i++)
        if (strcmp(names[i], line) == 0)
            stage_verified(&play->stage, number, (enum fed_verdict)i);
}

static void take_evidence(struct play *play, char *line, enum fed_source source)
{
    static const char *const names[] = {"nothing", "match", "mismatch", "failed", "name"};
    unsigned number = (unsigned)strtoul(script_word(&line), NULL, 10);
    for (size_t i = 0; i < GP_ARRAY_LEN(names); i++) {
        if (strcmp(names[i], line) != 0)
            continue;
        struct fed_evidence evidence = {.source = source,
                                        .found = i > FED_FOUND_FAILED ? FED_FOUND_MATCH
                                                                      : (enum fed_found)i,
                                        .needs_name = i > FED_FOUND_FAILED};
        snprintf(evidence.text, sizeof(evidence.text), "%s",
                 evidence.needs_name                 ? "2 0 1"
                 : evidence.found == FED_FOUND_MATCH ? "3 1 1"
                                                     : "words of DNS");
        stage_looked_up(&play->stage, number, &evidence);
        return;
    }
    play_fail(play, "looked-up does not know '%s'", line);
}

static void do_looked_up(struct play *play, char *line)
{
    take_evidence(play, line, FED_SOURCE_TLSA);
}

static void do_fetched(struct play *play, char *line)
{
    take_evidence(play, line, FED_SOURCE_POSH);
}

static void do_send(struct play *play, char *line)
{
    if (!stage_send(&play->stage, gp_span_text(line)))
        play_fail(play, "the stanza was not taken");
}

static void do_hurry(struct play *play, char *line)
{
    (void)line;
    stage_hurry(&play->stage);
}

static void do_one_way(struct play *play, char *line)
{
    (void)line;
    stage_one_way(&play->stage);
}

static void do_fill(struct play *play, char *line)
{
    struct gp_span stanza = gp_span_text(line);
    size_t count = 0;
    while (stage_send(&play->stage, stanza) && count * stanza.len < TEXT_MAX)
        count++;
}

static void do_unsent(struct play *play, char *line)
{
    if (stage_send(&play->stage, gp_span_text(line)))
        play_fail(play, "the stanza was taken");
}

static void do_stop(struct play *play, char *line)
{
    for (int reason = 0; reason < FED_CLOSE_COUNT; reason++)
        if (strcmp(stage_close_name((enum fed_close)reason), line) == 0) {
            stage_stop(&play->stage, (enum fed_close)reason);
            return;
        }
    play_fail(play, "no close reason is called '%s'", line);
}

static void do_reload(struct play *play, char *line)
{
    const char *how = script_word(&line);
    if (!stage_reload(&play->stage, how, line[0] ? line : "nobody.example"))
        play_fail(play, "reload does not know '%s %s'", how, line);
}

static void do_time(struct play *play, char *line)
{
    stage_pass(&play->stage, script_duration_ms(line));
}

static void do_clock(struct play *play, char *line)
{
    play->stage.now.wall_s += script_duration_ms(line) / 1000;
}

/* What has to come of it */

static void do_sent(struct play *play, char *line)
{
    struct gp_buf *output = stage_output(&play->stage);
    char *pattern = expand(play, line, NULL);
    size_t len = script_match(pattern, gp_buf_span(output), false);
    if (len == SIZE_MAX)
        play_fail(play, "expected to be sent: %s\n#   sent:                %.*s", pattern,
                  GP_SPAN_ARG(gp_buf_span(output)));
    else
        gp_buf_consume(output, len);
    free(pattern);
}

static void do_forget(struct play *play, char *line)
{
    struct gp_buf *output = stage_output(&play->stage);
    (void)line;
    gp_buf_consume(output, gp_buf_len(output));
}

static void do_request(struct play *play, char *line)
{
    struct stage *stage = &play->stage;
    char *pattern = expand(play, line, NULL);
    if (stage->record_next == stage->record_count) {
        play_fail(play, "expected: %s\n#   nothing was requested; output: %.*s", pattern,
                  GP_SPAN_ARG(gp_buf_span(stage_output(stage))));
    } else {
        const char *record = stage->records[stage->record_next++];
        if (script_match(pattern, gp_span_text(record), true) == SIZE_MAX)
            play_fail(play, "expected: %s\n#   came:     %s", pattern, record);
    }
    free(pattern);
}

static void do_state(struct play *play, char *line)
{
    if (play->stage.component || play->stage.client)
        play_fail(play, "a component's machine does not tell its state");
    else if (strcmp(stage_state(&play->stage), line) != 0)
        play_fail(play, "the state is '%s'", stage_state(&play->stage));
}

static void do_deadline(struct play *play, char *line)
{
    int64_t until_ms = stage_deadline_ms(&play->stage);
    int64_t left_ms = until_ms - play->stage.now.mono_ms;
    if (strcmp(line, "none") == 0 ? until_ms != INT64_MAX : left_ms != script_duration_ms(line))
        play_fail(play, "the deadline comes in %lld ms", (long long)left_ms);
}

static void do_offer(struct play *play, char *line)
{
    const struct fed_offer *offer = fed_out_offer(play->stage.out);
    const struct {
        const char *name;
        bool is_offered;
    } rows[] = {{"starttls", offer->starttls},
                {"required", offer->starttls_required},
                {"external", offer->external},
                {"dialback", offer->dialback},
                {"errors", offer->dialback_errors},
                {"bidi", offer->bidi},
                {"sm", offer->sm},
                {"limits", offer->limits}};
    char offered[200] = "";
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++)
        if (rows[i].is_offered)
            snprintf(offered + strlen(offered), sizeof(offered) - strlen(offered), "%s%s",
                     offered[0] ? " " : "", rows[i].name);
    if (strcmp(offered, line) != 0)
        play_fail(play, "offered were: %s", offered);
}

static void do_hello(struct play *play, char *line)
{
    bool is_inside = strcmp(script_word(&line), "inside") == 0;
    const struct fed_hello *hello = fed_out_hello(play->stage.out, is_inside);
    char said[GP_TEXT_SAFE_MAX + 20];
    snprintf(said, sizeof(said), "%s%s%s", hello->has_id ? "id " : "",
             hello->has_version ? "version " : "", hello->from);
    if (!hello->is_seen || strcmp(said, line) != 0)
        play_fail(play, "the header said: %s", said);
}

static void do_acks(struct play *play, char *line)
{
    const struct stage *stage = &play->stage;
    bool has_acks = stage->in ? fed_in_has_acks(stage->in) : fed_out_has_acks(stage->out);
    if (has_acks != (strcmp(line, "yes") == 0))
        play_fail(play, "stanzas are %sacknowledged", strcmp(line, "yes") == 0 ? "not " : "");
}

static void do_carries(struct play *play, char *line)
{
    bool is_expected = strcmp(script_word(&line), "yes") == 0;
    struct dns_domain home = {""}, partner = {""};
    if (dns_domain_from_text(gp_span_text(script_word(&line)), &home, NULL) != GP_OK ||
        dns_domain_from_text(gp_span_text(line), &partner, NULL) != GP_OK)
        play_fail(play, "carries yes|no HOME PARTNER");
    if (fed_in_carries(play->stage.in, &home, &partner) != is_expected)
        play_fail(play, "it %s this pair", is_expected ? "does not carry" : "carries");
}

static void do_takes(struct play *play, char *line)
{
    const struct stage *stage = &play->stage;
    size_t max_bytes = stage->in ? fed_in_max_bytes(stage->in) : fed_out_max_bytes(stage->out);
    if (max_bytes != (strcmp(line, "any") == 0 ? SIZE_MAX : strtoul(line, NULL, 10)))
        play_fail(play, "the peer takes stanzas of up to %zu bytes", max_bytes);
}

static void do_unread(struct play *play, char *line)
{
    (void)line;
    if (stage_wants_bytes(&play->stage))
        play_fail(play, "more input is welcome");
}

static const struct {
    const char *word;
    void (*run)(struct play *play, char *line);
    bool needs_machine;
} commands[] = {
    {"let", do_let, false},
    {"limit", do_limit, false},
    {"act", do_act, false},
    {"places", do_places, false},
    {"open", do_open, false},
    {"probe", do_probe, false},
    {"quiet", do_quiet, false},
    {"key-came-with", do_key_came_with, false},
    {"dns", do_dns, false},
    {"policy", do_policy, false},
    {"pipelined", do_pipelined, false},
    {"in", do_in, false},
    {"out", do_out, false},
    {"component", do_component, false},
    {"component-client", do_component_client, false},
    {"claim", do_claim, false},
    {"ask", do_ask, true},
    {"peer", do_peer, true},
    {"flood", do_flood, true},
    {"tls", do_tls, true},
    {"lost", do_lost, true},
    {"last", do_last, true},
    {"verified", do_verified, true},
    {"looked-up", do_looked_up, true},
    {"fetched", do_fetched, true},
    {"send", do_send, true},
    {"unsent", do_unsent, true},
    {"fill", do_fill, true},
    {"hurry", do_hurry, true},
    {"one-way", do_one_way, true},
    {"acks", do_acks, true},
    {"carries", do_carries, true},
    {"forget", do_forget, true},
    {"stop", do_stop, true},
    {"reload", do_reload, true},
    {"time", do_time, true},
    {"clock", do_clock, true},
    {"sent", do_sent, true},
    {"request", do_request, true},
    {"close", do_request, true},
    {"state", do_state, true},
    {"deadline", do_deadline, true},
    {"offer", do_offer, true},
    {"hello", do_hello, true},
    {"takes", do_takes, true},
    {"unread", do_unread, true},
};

void play_line(struct play *play, char *line)
{
    bool has_machine = play->stage.machine;
    if (line[0] == '\0' || line[0] == '#')
        return;
    const char *word = script_word(&line);
    for (size_t i = 0; i < GP_ARRAY_LEN(commands); i++)
        if (strcmp(commands[i].word, word) == 0) {
            if (commands[i].needs_machine && !has_machine)
                play_fail(play, "no machine was entered yet");
            else
                commands[i].run(play, line);
            return;
        }
    play_fail(play, "no command is called '%s'", word);
}
