/* SPDX-License-Identifier: BSD-2-Clause */
#include "commands/resolve_report.h"

#include "base/text.h"
#include "json.h"

#define APP_RESOLVE_SCHEMA 1
#define APP_RDATA_TEXT_MAX 16384

/* One line each in both forms, from one place. */

static const char *answer_text(const struct dns_answer *answer)
{
    return answer->outcome == DNS_RECORDS ? "found" : dns_outcome_text(answer->outcome);
}

static void record_text(struct gp_buf *out, const struct dns_answer *answer, size_t index)
{
    gp_buf_reset(out);
    dns_rdata_text(out, answer->type, answer->records[index]);
}

/* What will have to prove that the endpoint is the partner's (spec-digest c.6, c.8). */
static void trust_text(struct gp_buf *out, const struct dns_route *route,
                       const struct dns_endpoint *endpoint)
{
    char target[DNS_NAME_TEXT_MAX], params[DNS_TLSA_TEXT_MAX], base[DNS_NAME_TEXT_MAX];
    const char *domain = route->domain.ascii;
    bool has_secure_target =
        endpoint->origin == DNS_FROM_SRV && endpoint->srv_security == DNS_SECURE;
    gp_buf_reset(out);
    dns_name_text(&endpoint->srv.target, target);
    switch (endpoint->tlsa_state) {
    case DNS_TLSA_USABLE:
        gp_buf_printf(out, "DANE, and nothing else: TLSA at _%u._tcp.%s, ", endpoint->srv.port,
                      dns_name_text(&endpoint->tlsa_base, base));
        for (size_t i = 0; i < endpoint->tlsa_count; i++)
            gp_buf_printf(out, "%s%s", i ? ", " : "",
                          dns_tlsa_params_text(&endpoint->tlsa[i], params));
        return;
    case DNS_TLSA_FAILED:
        gp_buf_append_text(out, "nothing: the TLSA lookup failed, so no connection is made");
        return;
    case DNS_TLSA_UNUSABLE:
    case DNS_TLSA_NOT_ASKED:
    case DNS_TLSA_NONE:
        break;
    }
    gp_buf_printf(out, "a certificate of a trusted authority for %s", domain);
    if (has_secure_target)
        gp_buf_printf(out, " or %s (the SRV record is secure)", target);
    if (endpoint->tlsa_state == DNS_TLSA_UNUSABLE)
        gp_buf_append_text(out, "; there are TLSA records, but none that can be used");
    else if (endpoint->tlsa_state == DNS_TLSA_NONE)
        gp_buf_append_text(out, "; no TLSA record");
    else
        gp_buf_append_text(out, "; DANE does not apply, since the way there is not secure");
}

/* For people. */

static void print_answer(const struct dns_answer *answer, struct gp_buf *line, FILE *to)
{
    char name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];
    fprintf(to, "  %s %s: %s, %s", dns_name_text(&answer->name, name),
            dns_type_text(answer->type, type), answer_text(answer),
            dns_security_text(answer->security));
    if (answer->outcome != DNS_FAILED)
        fprintf(to, ", TTL %u s", answer->ttl_s);
    fputc('\n', to);
    if (dns_answer_is_alias(answer))
        fprintf(to, "      alias of %s\n", dns_name_text(&answer->canonical, name));
    for (size_t i = 0; i < answer->count; i++) {
        record_text(line, answer, i);
        fprintf(to, "      %.*s\n", GP_SPAN_ARG(gp_buf_span(line)));
    }
    if (answer->reason) {
        gp_buf_reset(line);
        gp_text_escape(line, gp_span_text(answer->reason), 1000);
        fprintf(to, "      %.*s\n", GP_SPAN_ARG(gp_buf_span(line)));
    }
}

static void print_endpoint(const struct dns_route *route, size_t index, struct gp_buf *line,
                           FILE *to)
{
    const struct dns_endpoint *endpoint = &route->endpoints[index];
    char name[DNS_NAME_TEXT_MAX], address[GP_ADDR_TEXT_MAX];
    fprintf(to, "  %zu. %s port %u, %s", index + 1, dns_name_text(&endpoint->srv.target, name),
            endpoint->srv.port, dns_service_text(endpoint->service));
    if (endpoint->origin == DNS_FROM_SRV)
        fprintf(to, " (priority %u, weight %u, %s)", endpoint->srv.priority, endpoint->srv.weight,
                dns_security_text(endpoint->srv_security));
    else
        fputs(endpoint->origin == DNS_FROM_STATIC ? " (configured route)"
                                                  : " (no SRV records: the domain's own address)",
              to);
    fputc('\n', to);
    if (endpoint->is_alias)
        fprintf(to, "      the target is an alias of %s, which RFC 2782 forbids\n",
                dns_name_text(&endpoint->canonical, name));
    for (size_t i = 0; i < endpoint->address_count; i++)
        fprintf(to, "      %s, %s%s\n", gp_addr_port_text(&endpoint->addresses[i].addr, address),
                dns_security_text(endpoint->addresses[i].security),
                endpoint->addresses[i].is_refused ? ", REFUSED: not a public address" : "");
    if (endpoint->skip[0]) {
        fprintf(to, "      not tried: %s\n", endpoint->skip);
        return;
    }
    trust_text(line, route, endpoint);
    fprintf(to, "      authenticated by %.*s\n", GP_SPAN_ARG(gp_buf_span(line)));
}

void app_resolve_print(const struct dns_route *route, FILE *to)
{
    struct gp_buf line;
    gp_buf_init(&line, APP_RDATA_TEXT_MAX);
    fprintf(to, "%s\n\nASKED\n", route->domain.ascii);
    for (size_t i = 0; i < route->answer_count; i++)
        print_answer(route->answers[i], &line, to);
    if (route->endpoint_count > 0)
        fputs("\nTRIED IN THIS ORDER\n", to);
    for (size_t i = 0; i < route->endpoint_count; i++)
        print_endpoint(route, i, &line, to);
    fprintf(to, "\n%s: %s\n", dns_route_outcome_text(route->outcome), route->sentence);
    gp_buf_finish(&line);
}

/* JSON. */

static void put_answer(struct app_json_writer *json, const struct dns_answer *answer,
                       struct gp_buf *line)
{
    char name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];
    app_json_open_object(json, NULL);
    app_json_put_text(json, "name", dns_name_text(&answer->name, name));
    app_json_put_text(json, "type", dns_type_text(answer->type, type));
    app_json_put_text(json, "outcome", answer_text(answer));
    app_json_put_text(json, "security", dns_security_text(answer->security));
    if (answer->outcome != DNS_FAILED)
        app_json_put_int(json, "ttl", answer->ttl_s);
    if (dns_answer_is_alias(answer))
        app_json_put_text(json, "canonical", dns_name_text(&answer->canonical, name));
    if (answer->reason)
        app_json_put_text(json, "reason", answer->reason);
    app_json_open_array(json, "records");
    for (size_t i = 0; i < answer->count; i++) {
        record_text(line, answer, i);
        app_json_put_span(json, NULL, gp_buf_span(line));
    }
    app_json_close(json);
    app_json_close(json);
}

static const char *tlsa_state_text(enum dns_tlsa_state state)
{
    static const char *const texts[] = {
        [DNS_TLSA_NOT_ASKED] = "not asked", [DNS_TLSA_NONE] = "none",
        [DNS_TLSA_USABLE] = "usable",       [DNS_TLSA_UNUSABLE] = "unusable",
        [DNS_TLSA_FAILED] = "failed",
    };
    return texts[state];
}

static const char *origin_text(enum dns_origin origin)
{
    static const char *const texts[] = {
        [DNS_FROM_SRV] = "srv", [DNS_FROM_FALLBACK] = "fallback", [DNS_FROM_STATIC] = "configured"};
    return texts[origin];
}

static void put_endpoint(struct app_json_writer *json, const struct dns_route *route,
                         const struct dns_endpoint *endpoint, struct gp_buf *line)
{
    char name[DNS_NAME_TEXT_MAX], address[GP_ADDR_TEXT_MAX];
    app_json_open_object(json, NULL);
    app_json_put_text(json, "service",
                      endpoint->service == DNS_SERVICE_DIRECT_TLS ? "direct-tls" : "starttls");
    app_json_put_text(json, "target", dns_name_text(&endpoint->srv.target, name));
    app_json_put_int(json, "port", endpoint->srv.port);
    app_json_put_int(json, "priority", endpoint->srv.priority);
    app_json_put_int(json, "weight", endpoint->srv.weight);
    app_json_put_text(json, "origin", origin_text(endpoint->origin));
    app_json_put_text(json, "security", dns_security_text(endpoint->srv_security));
    if (endpoint->is_alias)
        app_json_put_text(json, "alias_of", dns_name_text(&endpoint->canonical, name));
    app_json_open_array(json, "addresses");
    for (size_t i = 0; i < endpoint->address_count; i++) {
        app_json_open_object(json, NULL);
        app_json_put_text(json, "address",
                          gp_addr_port_text(&endpoint->addresses[i].addr, address));
        app_json_put_text(json, "security", dns_security_text(endpoint->addresses[i].security));
        app_json_put_bool(json, "refused", endpoint->addresses[i].is_refused);
        app_json_close(json);
    }
    app_json_close(json);
    app_json_put_text(json, "tlsa", tlsa_state_text(endpoint->tlsa_state));
    if (endpoint->skip[0]) {
        app_json_put_text(json, "skipped", endpoint->skip);
    } else {
        trust_text(line, route, endpoint);
        app_json_put_span(json, "authenticated_by", gp_buf_span(line));
    }
    app_json_close(json);
}

enum gp_code app_resolve_json(const struct dns_route *route, FILE *to, struct gp_err *err)
{
    struct app_json_writer *json = app_json_writer_create();
    struct gp_buf line;
    gp_buf_init(&line, APP_RDATA_TEXT_MAX);
    app_json_put_int(json, "schema", APP_RESOLVE_SCHEMA);
    app_json_put_text(json, "domain", route->domain.ascii);
    app_json_put_text(json, "outcome", dns_route_outcome_text(route->outcome));
    app_json_put_text(json, "sentence", route->sentence);
    app_json_open_array(json, "asked");
    for (size_t i = 0; i < route->answer_count; i++)
        put_answer(json, route->answers[i], &line);
    app_json_close(json);
    app_json_open_array(json, "endpoints");
    for (size_t i = 0; i < route->endpoint_count; i++)
        put_endpoint(json, route, &route->endpoints[i], &line);
    app_json_close(json);
    enum gp_code code = app_json_print(json, to, err);
    gp_buf_finish(&line);
    app_json_writer_destroy(json);
    return code;
}
