/* SPDX-License-Identifier: BSD-2-Clause */
#include "posh/host_meta.h"

#include "base/base64.h"
#include "base/text.h"
#include "json.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *rel;
    enum app_host_meta_kind kind;
} kinds[] = {
    {"urn:xmpp:alt-connections:s2s-tls", APP_LINK_TLS},
    {"urn:xmpp:alt-connections:s2s-quic", APP_LINK_QUIC},
    {"urn:xmpp:alt-connections:s2s-websocket", APP_LINK_WEBSOCKET},
};

static void copy_safe(char *to, size_t size, const char *from)
{
    char safe[GP_TEXT_SAFE_MAX];
    snprintf(to, size, "%.*s", (int)size - 1, gp_text_safe(gp_span_text(from), safe));
}

static void read_ips(const struct app_json *list, struct app_host_meta_link *link)
{
    for (size_t i = 0; i < app_json_count(list) && link->ip_count < APP_HOST_META_IPS_MAX; i++) {
        struct gp_addr *addr = &link->ips[link->ip_count];
        if (gp_addr_parse(app_json_text(app_json_at(list, i), ""), addr) != GP_OK)
            continue;
        addr->port = link->port;
        link->ip_count++;
    }
}

static void read_link(const struct app_json *node, struct app_host_meta *ret)
{
    const char *rel = app_json_get_text(node, "rel", "");
    int64_t port = app_json_get_int(node, "port", 0);
    for (size_t i = 0; i < GP_ARRAY_LEN(kinds); i++) {
        if (strcmp(rel, kinds[i].rel) != 0 || ret->link_count >= APP_HOST_META_LINKS_MAX)
            continue;
        struct app_host_meta_link *link = &ret->links[ret->link_count++];
        link->kind = kinds[i].kind;
        link->port = port > 0 && port <= UINT16_MAX ? (uint16_t)port : 0;
        copy_safe(link->where, sizeof(link->where), app_json_get_text(node, "href", ""));
        copy_safe(link->sni, sizeof(link->sni), app_json_get_text(node, "sni", ""));
        read_ips(app_json_get(node, "ips"), link);
    }
}

static void read_pins(const struct app_json *list, struct app_host_meta *ret)
{
    for (size_t i = 0; i < app_json_count(list) && ret->pin_count < APP_HOST_META_PINS_MAX; i++) {
        size_t len = 0;
        if (gp_base64_decode(gp_span_text(app_json_text(app_json_at(list, i), "")),
                             ret->pins[ret->pin_count], sizeof(ret->pins[0]), &len) == GP_OK &&
            len == sizeof(ret->pins[0]))
            ret->pin_count++;
    }
}

enum gp_code app_host_meta_read(struct gp_span text, struct app_host_meta *ret, struct gp_err *err)
{
    struct app_json *root = NULL;
    *ret = (struct app_host_meta){.has_xmpp = false};
    enum gp_code code = app_json_parse(text, APP_HOST_META_BYTES_MAX, &root, err);
    if (code != GP_OK)
        return code;
    const struct app_json *xmpp = app_json_get(root, "xmpp");
    const struct app_json *links = app_json_get(root, "links");
    if (xmpp) {
        int64_t ttl_s = app_json_get_int(xmpp, "ttl", 0);
        ret->has_xmpp = true;
        ret->ttl_s = ttl_s < 0                         ? 0
                     : ttl_s > APP_HOST_META_TTL_MAX_S ? APP_HOST_META_TTL_MAX_S
                                                       : ttl_s;
        read_pins(app_json_get(xmpp, "public-key-pins-sha-256"), ret);
        for (size_t i = 0; i < app_json_count(links); i++)
            read_link(app_json_at(links, i), ret);
    }
    app_json_destroy(root);
    return GP_OK;
}
