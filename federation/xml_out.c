/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/xml_out.h"

#include "base/base64.h"
#include "base/text.h"
#include "federation/ns.h"

#include <inttypes.h>

static void put_value(struct gp_buf *out, struct gp_span value)
{
    size_t plain = 0;
    gp_buf_append_text(out, "='");
    for (size_t i = 0; i < value.len; i++) {
        char c = value.at[i];
        if (c != '\t' && c != '\n' && c != '\r')
            continue;
        gp_text_xml(out, gp_span_make(value.at + plain, i - plain));
        gp_buf_printf(out, "&#%d;", c);
        plain = i + 1;
    }
    gp_text_xml(out, gp_span_make(value.at + plain, value.len - plain));
    gp_buf_append_char(out, '\'');
}

void fed_put_attribute(struct gp_buf *out, const char *name, struct gp_span value)
{
    gp_buf_append_char(out, ' ');
    gp_buf_append_text(out, name);
    put_value(out, value);
}

void fed_put_declaration(struct gp_buf *out, const char *prefix, const char *uri)
{
    gp_buf_append_text(out, prefix ? " xmlns:" : " xmlns");
    gp_buf_append_text(out, prefix ? prefix : "");
    put_value(out, gp_span_text(uri));
}

static void put_if(struct gp_buf *out, const char *name, const char *value)
{
    if (value)
        fed_put_attribute(out, name, gp_span_text(value));
}

void fed_put_opening(struct gp_buf *out, const struct fed_opening *opening)
{
    bool is_server = strcmp(opening->content_ns, FED_NS_SERVER) == 0;
    gp_buf_append_text(out, "<?xml version='1.0'?><stream:stream");
    fed_put_declaration(out, NULL, opening->content_ns);
    fed_put_declaration(out, "stream", FED_NS_STREAM);
    if (is_server)
        fed_put_declaration(out, "db", FED_NS_DIALBACK); /* XEP-0220, 2.4.1 */
    put_if(out, "from", opening->from);
    put_if(out, "to", opening->to);
    put_if(out, "id", opening->id);
    put_if(out, "version", opening->has_version ? "1.0" : NULL);
    put_if(out, "xml:lang", is_server ? "en" : NULL); /* of our own texts (RFC 6120, 4.7.4) */
    gp_buf_append_char(out, '>');
}

void fed_put_closing(struct gp_buf *out)
{
    gp_buf_append_text(out, "</stream:stream>");
}

static void put_limits(struct gp_buf *out, const struct fed_limits_out *limits)
{
    if (limits->max_bytes == 0)
        return;
    gp_buf_printf(out, "<limits xmlns='" FED_NS_LIMITS "'><max-bytes>%" PRIu32 "</max-bytes>",
                  limits->max_bytes);
    if (limits->idle_seconds > 0)
        gp_buf_printf(out, "<idle-seconds>%" PRIu32 "</idle-seconds>", limits->idle_seconds);
    gp_buf_append_text(out, "</limits>");
}

void fed_put_features(struct gp_buf *out, const struct fed_features *features)
{
    gp_buf_append_text(out, "<stream:features>");
    if (features->starttls)
        gp_buf_append_text(out, features->is_starttls_required
                                    ? "<starttls xmlns='" FED_NS_TLS "'><required/></starttls>"
                                    : "<starttls xmlns='" FED_NS_TLS "'/>");
    if (features->external)
        gp_buf_append_text(out, "<mechanisms xmlns='" FED_NS_SASL
                                "'><mechanism>EXTERNAL</mechanism></mechanisms>");
    if (features->dialback)
        gp_buf_append_text(out,
                           "<dialback xmlns='" FED_NS_DIALBACK_FEATURE "'><errors/></dialback>");
    if (features->bidi)
        gp_buf_append_text(out, "<bidi xmlns='" FED_NS_BIDI_FEATURE "'/>");
    put_limits(out, &features->limits);
    if (features->sm)
        fed_put_sm(out, "sm");
    gp_buf_append_text(out, "</stream:features>");
}

void fed_put_stream_error(struct gp_buf *out, const char *condition, const char *text,
                          const char *extra, const char *extra_ns)
{
    gp_buf_printf(out, "<stream:error><%s xmlns='" FED_NS_STREAM_ERRORS "'/>", condition);
    if (text) {
        gp_buf_append_text(out, "<text xmlns='" FED_NS_STREAM_ERRORS "' xml:lang='en'>");
        gp_text_xml(out, gp_span_text(text));
        gp_buf_append_text(out, "</text>");
    }
    if (extra)
        gp_buf_printf(out, "<%s xmlns='%s'/>", extra, extra_ns);
    gp_buf_append_text(out, "</stream:error>");
}

void fed_put_starttls(struct gp_buf *out)
{
    gp_buf_append_text(out, "<starttls xmlns='" FED_NS_TLS "'/>");
}

void fed_put_proceed(struct gp_buf *out)
{
    gp_buf_append_text(out, "<proceed xmlns='" FED_NS_TLS "'/>");
}

void fed_put_tls_failure(struct gp_buf *out)
{
    gp_buf_append_text(out, "<failure xmlns='" FED_NS_TLS "'/>");
}

void fed_put_external(struct gp_buf *out, const char *authzid)
{
    gp_buf_append_text(out, "<auth xmlns='" FED_NS_SASL "' mechanism='EXTERNAL'>");
    gp_base64_encode(out, authzid, strlen(authzid));
    gp_buf_append_text(out, "</auth>");
}

void fed_put_sasl(struct gp_buf *out, const char *name)
{
    gp_buf_printf(out, "<%s xmlns='" FED_NS_SASL "'/>", name);
}

void fed_put_sasl_failure(struct gp_buf *out, const char *condition)
{
    gp_buf_printf(out, "<failure xmlns='" FED_NS_SASL "'><%s/></failure>", condition);
}

void fed_put_compress_failure(struct gp_buf *out)
{
    gp_buf_append_text(out, "<failure xmlns='" FED_NS_COMPRESS "'><setup-failed/></failure>");
}

void fed_put_bidi(struct gp_buf *out, const struct fed_limits_out *limits)
{
    gp_buf_append_text(out, "<bidi xmlns='" FED_NS_BIDI "'>");
    put_limits(out, limits);
    gp_buf_append_text(out, "</bidi>");
}

void fed_put_sm(struct gp_buf *out, const char *name)
{
    gp_buf_printf(out, "<%s xmlns='" FED_NS_SM "'/>", name);
}

void fed_put_ack(struct gp_buf *out, uint32_t handled)
{
    gp_buf_printf(out, "<a xmlns='" FED_NS_SM "' h='%" PRIu32 "'/>", handled);
}

void fed_put_sm_failure(struct gp_buf *out, const char *condition)
{
    gp_buf_printf(out,
                  "<failed xmlns='" FED_NS_SM "'><%s xmlns='" FED_NS_STANZA_ERRORS "'/></failed>",
                  condition);
}

/* The type attribute that goes with a condition (RFC 6120, 8.3.3). */
static const char *error_type(const char *condition)
{
    static const struct {
        const char *condition, *type;
    } rows[] = {
        {"forbidden", "auth"},           {"not-authorized", "auth"},
        {"policy-violation", "modify"},  {"not-acceptable", "modify"},
        {"resource-constraint", "wait"}, {"remote-server-timeout", "wait"},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++)
        if (strcmp(rows[i].condition, condition) == 0)
            return rows[i].type;
    return "cancel";
}

void fed_put_dialback(struct gp_buf *out, const struct fed_dialback_out *element)
{
    gp_buf_printf(out, "<db:%s", element->name);
    put_if(out, "from", element->from);
    put_if(out, "to", element->to);
    if (element->id.at)
        fed_put_attribute(out, "id", element->id);
    put_if(out, "type", element->type);
    if (element->key) {
        gp_buf_append_char(out, '>');
        gp_text_xml(out, gp_span_text(element->key));
    } else if (element->condition) {
        gp_buf_printf(out, "><error type='%s'><%s xmlns='" FED_NS_STANZA_ERRORS "'/></error>",
                      error_type(element->condition), element->condition);
    } else {
        gp_buf_append_text(out, "/>");
        return;
    }
    gp_buf_printf(out, "</db:%s>", element->name);
}
