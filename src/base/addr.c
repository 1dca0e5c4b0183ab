/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/addr.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

static size_t addr_len(const struct gp_addr *addr)
{
    return addr->family == GP_IPV4 ? 4 : 16;
}

enum gp_code gp_addr_parse(const char *text, struct gp_addr *ret)
{
    struct gp_addr addr = {.family = GP_IPV4};
    if (inet_pton(AF_INET, text, addr.bytes) != 1) {
        addr.family = GP_IPV6;
        if (inet_pton(AF_INET6, text, addr.bytes) != 1)
            return GP_ERR_INPUT;
    }
    *ret = addr;
    return GP_OK;
}

enum gp_code gp_addr_parse_port(const char *text, uint16_t default_port, struct gp_addr *ret)
{
    char host[GP_ADDR_TEXT_MAX];
    const char *port_text = NULL;
    const char *host_at = text;
    size_t host_len = strlen(text);
    if (text[0] == '[') {
        const char *close = strchr(text, ']');
        if (!close || (close[1] != '\0' && close[1] != ':'))
            return GP_ERR_INPUT;
        host_at = text + 1;
        host_len = (size_t)(close - host_at);
        port_text = close[1] == ':' ? close + 2 : NULL;
    } else {
        const char *colon = strchr(text, ':');
        if (colon && !strchr(colon + 1, ':')) {
            host_len = (size_t)(colon - text);
            port_text = colon + 1;
        }
    }
    if (host_len >= sizeof(host))
        return GP_ERR_INPUT;
    memcpy(host, host_at, host_len);
    host[host_len] = '\0';

    struct gp_addr addr;
    uint64_t port = default_port;
    if (gp_addr_parse(host, &addr) != GP_OK || (text[0] == '[' && addr.family != GP_IPV6))
        return GP_ERR_INPUT;
    if (port_text &&
        (gp_text_number(gp_span_text(port_text), UINT16_MAX, &port) != GP_OK || port == 0))
        return GP_ERR_INPUT;
    addr.port = (uint16_t)port;
    *ret = addr;
    return GP_OK;
}

enum gp_code gp_network_parse(const char *text, struct gp_network *ret)
{
    char host[GP_ADDR_TEXT_MAX];
    struct gp_network network;
    const char *slash = strchr(text, '/');
    size_t host_len = slash ? (size_t)(slash - text) : strlen(text);
    if (host_len >= sizeof(host))
        return GP_ERR_INPUT;
    memcpy(host, text, host_len);
    host[host_len] = '\0';
    if (gp_addr_parse(host, &network.base) != GP_OK)
        return GP_ERR_INPUT;
    uint64_t prefix = addr_len(&network.base) * 8;
    if (slash && gp_text_number(gp_span_text(slash + 1), prefix, &prefix) != GP_OK)
        return GP_ERR_INPUT;
    network.prefix = (uint8_t)prefix;
    network.base.port = 0;
    for (size_t bit = prefix; bit < addr_len(&network.base) * 8; bit++)
        if (network.base.bytes[bit / 8] & (0x80 >> bit % 8))
            return GP_ERR_INPUT;
    *ret = network;
    return GP_OK;
}

const char *gp_addr_text(const struct gp_addr *addr, char text[GP_ADDR_TEXT_MAX])
{
    int family = addr->family == GP_IPV4 ? AF_INET : AF_INET6;
    if (addr->family == 0 || !inet_ntop(family, addr->bytes, text, GP_ADDR_TEXT_MAX))
        snprintf(text, GP_ADDR_TEXT_MAX, "(no address)");
    return text;
}

const char *gp_addr_port_text(const struct gp_addr *addr, char text[GP_ADDR_TEXT_MAX])
{
    char host[GP_ADDR_TEXT_MAX];
    gp_addr_text(addr, host);
    if (addr->family == GP_IPV6)
        snprintf(text, GP_ADDR_TEXT_MAX, "[%.45s]:%u", host, addr->port);
    else
        snprintf(text, GP_ADDR_TEXT_MAX, "%.45s:%u", host, addr->port);
    return text;
}

bool gp_addr_same_host(const struct gp_addr *a, const struct gp_addr *b)
{
    return a->family == b->family && memcmp(a->bytes, b->bytes, addr_len(a)) == 0;
}

bool gp_network_has(const struct gp_network *network, const struct gp_addr *addr)
{
    if (addr->family != network->base.family)
        return false;
    for (size_t bit = 0; bit < network->prefix; bit++) {
        int mask = 0x80 >> bit % 8;
        if ((addr->bytes[bit / 8] & mask) != (network->base.bytes[bit / 8] & mask))
            return false;
    }
    return true;
}

static enum gp_reach reach_v4(const uint8_t b[4])
{
    if (b[0] == 0)
        return GP_REACH_UNSPECIFIED;
    if (b[0] == 127)
        return GP_REACH_LOOPBACK;
    if (b[0] == 10 || (b[0] == 172 && (b[1] & 0xf0) == 16) || (b[0] == 192 && b[1] == 168) ||
        (b[0] == 100 && (b[1] & 0xc0) == 64))
        return GP_REACH_PRIVATE;
    if (b[0] == 169 && b[1] == 254)
        return GP_REACH_LINK_LOCAL;
    if ((b[0] & 0xf0) == 224)
        return GP_REACH_MULTICAST;
    if (b[0] >= 240 || (b[0] == 192 && b[1] == 0 && b[2] == 0))
        return GP_REACH_RESERVED;
    return GP_REACH_PUBLIC;
}

enum gp_reach gp_addr_reach(const struct gp_addr *addr)
{
    static const uint8_t zeros[16];
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    static const uint8_t nat64[12] = {0, 0x64, 0xff, 0x9b};
    static const uint8_t discard[8] = {1};
    const uint8_t *b = addr->bytes;
    if (addr->family == GP_IPV4)
        return reach_v4(b);
    if (memcmp(b, zeros, 16) == 0)
        return GP_REACH_UNSPECIFIED;
    if (memcmp(b, zeros, 15) == 0 && b[15] == 1)
        return GP_REACH_LOOPBACK;
    if (memcmp(b, mapped, 12) == 0 || memcmp(b, nat64, 12) == 0 || memcmp(b, zeros, 12) == 0)
        return reach_v4(b + 12);
    if (b[0] == 0x20 && b[1] == 0x02)
        return reach_v4(b + 2);
    if (b[0] == 0x00 && b[1] == 0x64 && b[2] == 0xff && b[3] == 0x9b && b[4] == 0 && b[5] == 1)
        return GP_REACH_PRIVATE; /* local-use NAT64, RFC 8215 */
    if ((b[0] & 0xfe) == 0xfc)
        return GP_REACH_PRIVATE;
    if (b[0] == 0xfe && (b[1] & 0xc0) == 0x80)
        return GP_REACH_LINK_LOCAL;
    if (b[0] == 0xfe && (b[1] & 0xc0) == 0xc0)
        return GP_REACH_PRIVATE; /* site local, RFC 3879 */
    if (b[0] == 0xff)
        return GP_REACH_MULTICAST;
    if (memcmp(b, discard, 8) == 0)
        return GP_REACH_RESERVED;
    return GP_REACH_PUBLIC;
}

const char *gp_reach_text(enum gp_reach reach)
{
    static const char *const texts[] = {
        [GP_REACH_PUBLIC] = "public",       [GP_REACH_LOOPBACK] = "loopback",
        [GP_REACH_PRIVATE] = "private",     [GP_REACH_LINK_LOCAL] = "link-local",
        [GP_REACH_MULTICAST] = "multicast", [GP_REACH_UNSPECIFIED] = "unspecified",
        [GP_REACH_RESERVED] = "reserved",
    };
    return texts[reach];
}

socklen_t gp_addr_to_sockaddr(const struct gp_addr *addr, struct sockaddr_storage *ret)
{
    memset(ret, 0, sizeof(*ret));
    if (addr->family == GP_IPV4) {
        struct sockaddr_in *in = (struct sockaddr_in *)ret;
        in->sin_family = AF_INET;
        in->sin_port = htons(addr->port);
        memcpy(&in->sin_addr, addr->bytes, 4);
        return sizeof(*in);
    }
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret;
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons(addr->port);
    memcpy(&in6->sin6_addr, addr->bytes, 16);
    return sizeof(*in6);
}

void gp_addr_from_sockaddr(const struct sockaddr_storage *sa, struct gp_addr *ret)
{
    *ret = (struct gp_addr){0};
    if (sa->ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)sa;
        ret->family = GP_IPV4;
        ret->port = ntohs(in->sin_port);
        memcpy(ret->bytes, &in->sin_addr, 4);
    } else if (sa->ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)sa;
        ret->family = GP_IPV6;
        ret->port = ntohs(in6->sin6_port);
        memcpy(ret->bytes, &in6->sin6_addr, 16);
    }
}
