/* SPDX-License-Identifier: BSD-2-Clause */
#include "import/lync_impl.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

#define CONFIG_MAX  (8 * 1048576)
#define REPORT_MAX  (8 * 1048576)
#define SECTION_MAX 1048576
#define VALUE_SHOWN 120 /* bytes of a value in the report */

void app_lync_result_init(struct app_lync_result *result)
{
    *result = (struct app_lync_result){.partners = 0};
    gp_buf_init(&result->config, CONFIG_MAX);
    gp_buf_init(&result->report, REPORT_MAX);
}

void app_lync_result_finish(struct app_lync_result *result)
{
    gp_buf_finish(&result->config);
    gp_buf_finish(&result->report);
}

/* "TlsNegotiation = Optional"; on one line, whatever stood there. */
static void put_value(const struct app_lync *lync, struct gp_buf *out)
{
    gp_buf_append_text(out, lync->setting);
    if (lync->is_summary) {
        return;
    } else if (!lync->field) {
        gp_buf_append_text(out, " (not given)");
    } else if (lync->is_secret) {
        gp_buf_append_text(out, " = (not shown)");
    } else {
        gp_buf_append_text(out, lync->field->values ? " =" : " = (nothing)");
        for (const struct app_import_value *value = lync->field->values; value;
             value = value->next) {
            gp_buf_append_char(out, ' ');
            gp_text_escape(out, gp_span_text(value->text), VALUE_SHOWN);
            gp_buf_append_text(out, value->next ? "," : "");
        }
    }
}

void app_lync_tell(struct app_lync *lync, enum app_lync_fate fate, const char *format, ...)
{
    static const char *const fates[] = {"mapped", "mapped, weak", "better here", "not carried",
                                        "LOOK AT IT"};
    struct gp_buf line;
    char sentence[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof(sentence), format, args);
    va_end(args);
    gp_buf_init(&line, SECTION_MAX);
    put_value(lync, &line);
    gp_buf_printf(&line, ": %s: %s\n", fates[fate], sentence);
    gp_buf_printf(&lync->result->report, "%s: ", lync->subject);
    gp_buf_append_span(&lync->result->report, gp_buf_span(&line));
    if (fate != APP_LYNC_MAPPED) {
        gp_buf_append_text(&lync->notes, "# ");
        gp_buf_append_span(&lync->notes, gp_buf_span(&line));
    }
    lync->result->problems += fate == APP_LYNC_LOOK;
    gp_buf_finish(&line);
}

void app_lync_put(struct app_lync *lync, const char *format, ...)
{
    char option[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(option, sizeof(option), format, args);
    va_end(args);
    gp_buf_printf(&lync->options, "    %s\n", option);
}

const char *app_lync_scalar(const struct app_lync *lync, char out[APP_LYNC_SCALAR_MAX])
{
    const char *text = lync->field && lync->field->values ? lync->field->values->text : "";
    size_t len = 0;
    for (; *text && len + 1 < APP_LYNC_SCALAR_MAX; text++)
        if (*text != '\n')
            out[len++] = *text;
    out[len] = '\0';
    return out;
}

unsigned app_lync_word(struct app_lync *lync, const char *const *words, unsigned preset,
                       unsigned otherwise)
{
    char text[APP_LYNC_SCALAR_MAX];
    uint64_t number;
    unsigned count = 0;
    app_lync_scalar(lync, text);
    if (text[0] == '\0')
        return preset;
    for (; words[count]; count++)
        if (gp_text_equal_nocase(gp_span_text(words[count]), gp_span_text(text)))
            return count;
    if (gp_text_number(gp_span_text(text), count - 1, &number) == GP_OK) {
        app_lync_tell(lync, APP_LYNC_LOOK,
                      "a number, taken for %s by the order in the cmdlet's documentation; "
                      "Format-List prints the word",
                      words[number]);
        return (unsigned)number;
    }
    app_lync_tell(lync, APP_LYNC_LOOK, "no value of this setting; taken for %s", words[otherwise]);
    return otherwise;
}

/* What PowerShell adds to every object. */
static bool is_bookkeeping(const char *name)
{
    static const char *const names[] = {"Anchor",
                                        "ScopeClass",
                                        "TypedIdentity",
                                        "Element",
                                        "ElementName",
                                        "NamespaceName",
                                        "Schema",
                                        "XsAnyElements",
                                        "XsAnyAttributes",
                                        "XmlRoot",
                                        "PSComputerName",
                                        "RunspaceId",
                                        "PSShowComputerName",
                                        "Key",
                                        "PSObject",
                                        "PSSourceJobInstanceId",
                                        "DefaultXml",
                                        "FriendlyName",
                                        "OriginalSerializedState"};
    for (size_t i = 0; i < GP_ARRAY_LEN(names); i++)
        if (gp_text_equal_nocase(gp_span_text(names[i]), gp_span_text(name)))
            return true;
    return false;
}

static bool is_row(const struct app_lync_row *rows, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (gp_text_equal_nocase(gp_span_text(rows[i].name), gp_span_text(name)))
            return true;
    return false;
}

void app_lync_walk(struct app_lync *lync, const struct app_import_record *record,
                   const struct app_lync_row *rows, size_t count, void *draft)
{
    for (size_t i = 0; i < count; i++) {
        lync->setting = rows[i].name;
        lync->is_secret = rows[i].is_secret;
        lync->field = app_import_find(record, rows[i].name);
        rows[i].take(lync, draft);
    }
    lync->is_secret = false;
    for (const struct app_import_field *field = record->fields; field; field = field->next) {
        char name[GP_TEXT_SAFE_MAX];
        if (is_row(rows, count, field->name) || is_bookkeeping(field->name))
            continue;
        lync->setting = gp_text_safe(gp_span_text(field->name), name);
        lync->field = field;
        app_lync_tell(lync, APP_LYNC_LOOK,
                      "neither cmdlet documents such a setting; it is ignored");
    }
}

static bool has_any(const struct app_import_record *record, const char *const *names)
{
    for (; *names; names++)
        if (app_import_find(record, *names))
            return true;
    return false;
}

/* Both cmdlets have Identity and ConnectionLimit. */
static const char *const only_partner[] = {
    "Domain",    "AdditionalDomains",          "PartnerType", "TlsNegotiation", "SaslNegotiation",
    "ProxyFqdn", "SupportDialbackNegotiation", NULL};
static const char *const only_gateway[] = {
    "PartnerConnectionLimit",        "StreamEstablishmentTimeout",
    "StreamInactivityTimeout",       "KeepAliveInterval",
    "SubscriptionRefreshInterval",   "DialbackPassphrase",
    "EnableLoggingAllMessageBodies", NULL};

static bool convert(struct app_lync *lync, const struct app_import_record *record)
{
    if (has_any(record, only_partner))
        app_lync_partner(lync, record);
    else if (has_any(record, only_gateway))
        app_lync_gateway(lync, record);
    else
        return false;
    gp_buf_reset(&lync->options);
    gp_buf_reset(&lync->notes);
    return true;
}

enum gp_code app_lync_convert(const struct app_import_records *records,
                              struct app_lync_result *result, struct gp_err *err)
{
    struct app_lync lync = {.result = result};
    enum gp_code code = GP_OK;
    const char *source = NULL;
    size_t number = 0;
    gp_buf_init(&lync.options, SECTION_MAX);
    gp_buf_init(&lync.notes, SECTION_MAX);
    gp_map_init(&lync.domains);
    for (const struct app_import_record *record = records->first; record && code == GP_OK;
         record = record->next) {
        number = record->source == source ? number + 1 : 1;
        source = record->source;
        if (!convert(&lync, record))
            code = gp_err_set(err, GP_ERR_INPUT,
                              "%.200s: record %zu is of neither Get-CsXmppAllowedPartner nor "
                              "Get-CsXmppGatewayConfiguration: it begins with %.60s",
                              source, number, record->fields ? record->fields->name : "nothing");
    }
    if (code == GP_OK &&
        (gp_buf_failed(&result->config) != GP_OK || gp_buf_failed(&result->report) != GP_OK))
        code = gp_err_set(err, GP_ERR_LIMIT, "there is too much of it");
    gp_map_finish(&lync.domains);
    gp_buf_finish(&lync.options);
    gp_buf_finish(&lync.notes);
    return code;
}
