/* SPDX-License-Identifier: BSD-2-Clause */
/* POSH documents, and what a fingerprint is worth. */
#include "posh/document.h"
#include "posh/host_meta.h"
#include "posh/https.h"
#include "posh/posh.h"
#include "tests/unit/fake_resolver.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FETCHES 16 /* as FETCHES_MAX in posh.c */

#define B64_32  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define B64_64 \
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="

static const struct {
    const char *name, *text;
    bool is_read;
    size_t count;
    int64_t expires_s;
    const char *url;
} rows[] = {
    {"one", "{\"fingerprints\":[{\"sha-256\":\"" B64_32 "\"}],\"expires\":604800}", true, 1, 604800,
     ""},
    {"two digests of one certificate",
     "{\"fingerprints\":[{\"sha-256\":\"" B64_32 "\",\"sha-512\":\"" B64_64 "\"}],\"expires\":1}",
     true, 2, 1, ""},
    {"the useless is left out",
     "{\"fingerprints\":[{\"sha-1\":\"AAAA\"},7,{\"sha-256\":\"AAAA\"},{\"sha-256\":\"" B64_32
     "\"}],\"expires\":9}",
     true, 1, 9, ""},
    {"nothing of use", "{\"fingerprints\":[{\"sha-1\":\"" B64_32 "\"}],\"expires\":9}", false, 0, 0,
     ""},
    {"empty", "{\"fingerprints\":[],\"expires\":9}", false, 0, 0, ""},
    {"reference", "{\"url\":\"https://h.example/p.json\",\"expires\":86400}", true, 0, 86400,
     "https://h.example/p.json"},
    {"both, and the nearer counts",
     "{\"fingerprints\":[{\"sha-256\":\"" B64_32
     "\"}],\"url\":\"https://h.example/p.json\",\"expires\":7}",
     true, 1, 7, ""},
    {"never expires", "{\"fingerprints\":[{\"sha-256\":\"" B64_32 "\"}]}", false, 0, 0, ""},
    {"has expired", "{\"fingerprints\":[{\"sha-256\":\"" B64_32 "\"}],\"expires\":0}", false, 0, 0,
     ""},
    {"expires in the past", "{\"url\":\"https://h.example/\",\"expires\":-1}", false, 0, 0, ""},
    {"an array", "[]", false, 0, 0, ""},
    {"no JSON", "<html/>", false, 0, 0, ""},
    {"nothing", "", false, 0, 0, ""},
};

static void documents_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct app_posh_document document;
        struct gp_err err = {0};
        bool is_read = app_posh_document_read(gp_span_text(rows[i].text), &document, &err) == GP_OK;
        if (is_read != rows[i].is_read)
            fail_msg("%s: %d %s", rows[i].name, is_read, err.text);
        if (!is_read)
            continue;
        assert_int_equal(document.prints.count, rows[i].count);
        assert_int_equal(document.expires_s, rows[i].expires_s);
        assert_string_equal(document.url, rows[i].url);
    }
}

static void what_does_not_fit_is_left_out(void **state)
{
    (void)state;
    struct app_posh_document document;
    struct gp_err err = {0};
    struct gp_buf text;
    gp_buf_init(&text, 2 * APP_POSH_BYTES_MAX);
    gp_buf_append_text(&text, "{\"expires\":5,\"fingerprints\":[");
    for (int i = 0; i < 100; i++)
        gp_buf_append_text(&text, "{\"sha-256\":\"" B64_32 "\"},");
    gp_buf_append_text(&text, "{}]}");
    assert_int_equal(app_posh_document_read(gp_buf_span(&text), &document, &err), GP_OK);
    assert_int_equal(document.prints.count, FED_POSH_PRINTS_MAX);
    while (gp_buf_len(&text) <= APP_POSH_BYTES_MAX)
        gp_buf_append_char(&text, ' ');
    assert_int_equal(app_posh_document_read(gp_buf_span(&text), &document, &err), GP_ERR_LIMIT);
    gp_buf_finish(&text);
}

static void fingerprints_are_those_of_the_whole_certificate(void **state)
{
    (void)state;
    const struct fed_cert cert = {.der = gp_span_text("whole"), .spki_der = gp_span_text("key")};
    struct fed_posh_prints prints = {.count = 2,
                                     .list = {{.kind = GP_SHA256}, {.kind = GP_SHA512}}};
    struct fed_evidence evidence;
    gp_digest(GP_SHA256, "key", 3, prints.list[0].bytes);
    fed_posh_weigh(&cert, &prints, &evidence);
    assert_int_equal(evidence.source, FED_SOURCE_POSH);
    assert_int_equal(evidence.found, FED_FOUND_MISMATCH);
    gp_digest(GP_SHA512, "whole", 5, prints.list[1].bytes);
    fed_posh_weigh(&cert, &prints, &evidence);
    assert_int_equal(evidence.found, FED_FOUND_MATCH);
    assert_string_equal(evidence.text, "sha-512");
    snprintf(prints.failure, sizeof(prints.failure), "no answer");
    fed_posh_weigh(&cert, &prints, &evidence);
    assert_int_equal(evidence.found, FED_FOUND_FAILED);
    assert_string_equal(evidence.text, "no answer");
}

static void only_https_leads_anywhere(void **state)
{
    (void)state;
    static const struct {
        const char *url, *host; /* NULL: not taken */
        uint16_t port;
    } urls[] = {
        {"https://a.example/x", "a.example", 443},
        {"https://a.example:8443/x?y", "a.example", 8443},
        {"http://a.example/x", NULL, 0},
        {"ftp://a.example/x", NULL, 0},
        {"file:///etc/passwd", NULL, 0},
        {"a.example", NULL, 0},
        {"", NULL, 0},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(urls); i++) {
        char host[APP_HTTPS_HOST_MAX] = "";
        uint16_t port = 0;
        struct gp_err err = {0};
        bool is_taken = app_https_host(urls[i].url, host, &port, &err) == GP_OK;
        if (is_taken != (urls[i].host != NULL))
            fail_msg("%s", urls[i].url);
        if (!is_taken)
            continue;
        assert_string_equal(host, urls[i].host);
        assert_int_equal(port, urls[i].port);
    }
}

/* host-meta.json */

static const struct {
    const char *name, *text;
    bool is_read, has_xmpp;
    int64_t ttl_s;
    size_t links, ips, pins; /* ips: of the first link */
} metas[] = {
    {"no JSON", "<html>", false, false, 0, 0, 0, 0},
    {"an array", "[]", false, false, 0, 0, 0, 0},
    {"not about servers", "{\"links\":[{\"rel\":\"urn:xmpp:alt-connections:s2s-tls\"}]}", true,
     false, 0, 0, 0, 0},
    {"no time", "{\"xmpp\":{}}", true, true, 0, 0, 0, 0},
    {"a negative time", "{\"xmpp\":{\"ttl\":-5}}", true, true, 0, 0, 0, 0},
    {"too long a time", "{\"xmpp\":{\"ttl\":999999999}}", true, true, 604800, 0, 0, 0},
    {"a link",
     "{\"xmpp\":{\"ttl\":60,\"public-key-pins-sha-256\":[\"" B64_32 "\",\"AAAA\",7]},\"links\":["
     "{\"rel\":\"urn:xmpp:alt-connections:s2s-tls\",\"port\":443,\"sni\":\"x\",\"ips\":[\"192.0.2."
     "1\","
     "\"2001:db8::1\",\"localhost\",5]},{\"rel\":\"urn:xmpp:alt-connections:tls\"},7]}",
     true, true, 60, 1, 2, 1},
    {"a port that is none",
     "{\"xmpp\":{\"ttl\":60},\"links\":[{\"rel\":\"urn:xmpp:alt-connections:s2s-quic\","
     "\"port\":70000}]}",
     true, true, 60, 1, 0, 0},
};

static void host_meta_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < GP_ARRAY_LEN(metas); i++) {
        struct app_host_meta meta;
        bool is_read = app_host_meta_read(gp_span_text(metas[i].text), &meta, NULL) == GP_OK;
        if (is_read != metas[i].is_read || meta.has_xmpp != metas[i].has_xmpp ||
            meta.ttl_s != metas[i].ttl_s || meta.link_count != metas[i].links ||
            meta.links[0].ip_count != metas[i].ips || meta.pin_count != metas[i].pins)
            fail_msg("%s", metas[i].name);
        for (size_t k = 0; k < meta.links[0].ip_count; k++)
            assert_int_equal(meta.links[0].ips[k].port, 443);
        assert_int_equal(meta.links[0].port, meta.links[0].ip_count > 0 ? 443 : 0);
    }
}

/* Fetching. */

static void on_prints(void *arg, const struct fed_posh_prints *prints)
{
    (void)arg, (void)prints;
    fail_msg("nothing answers here");
}

/* However many domains strangers claim to be. */
static void fetches_are_bounded(void **state)
{
    (void)state;
    static const char *const nothing[] = {NULL};
    struct gp_loop *loop = gp_loop_create();
    struct fed_context context = {.loop = loop,
                                  .resolver =
                                      &fake_resolver_create(loop, 1000, nothing, FAKE_NEVER)->super,
                                  .route = {.max_targets = 1, .max_addresses = 1},
                                  .rnd = &gp_rnd_system};
    struct app_posh *posh = NULL;
    struct fed_posh_op *ops[FETCHES];
    struct gp_err err = {0};
    char anchors[] = "/tmp/gatepost-posh-XXXXXX";
    int fd = mkstemp(anchors);
    assert_true(fd >= 0);
    close(fd);
    if (app_posh_create(&context, anchors, &posh, &err) != GP_OK)
        fail_msg("%s", err.text);
    assert_int_equal(unlink(anchors), 0);
    const struct fed_posh_source *source = app_posh_source(posh);
    for (size_t i = 0; i < FETCHES; i++) {
        struct dns_domain domain;
        snprintf(domain.ascii, sizeof(domain.ascii), "p%zu.example", i);
        assert_int_equal(source->start(source->arg, &domain, on_prints, NULL, &ops[i], &err),
                         GP_OK);
    }
    const struct dns_domain more = {"more.example"};
    struct fed_posh_op *op = NULL;
    assert_int_equal(source->start(source->arg, &more, on_prints, NULL, &op, &err), GP_ERR_LIMIT);
    source->cancel(ops[0]);
    assert_int_equal(source->start(source->arg, &more, on_prints, NULL, &ops[0], &err), GP_OK);
    for (size_t i = 0; i < FETCHES; i++)
        source->cancel(ops[i]);
    app_posh_destroy(posh);
    dns_resolver_destroy(context.resolver);
    gp_loop_destroy(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_are_read),
        cmocka_unit_test(what_does_not_fit_is_left_out),
        cmocka_unit_test(fingerprints_are_those_of_the_whole_certificate),
        cmocka_unit_test(host_meta_is_read),
        cmocka_unit_test(only_https_leads_anywhere),
        cmocka_unit_test(fetches_are_bounded),
    };
    return cmocka_run_group_tests_name("posh", tests, NULL, NULL);
}
