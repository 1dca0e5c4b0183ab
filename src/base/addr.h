/* SPDX-License-Identifier: BSD-2-Clause */
/* Internet addresses and networks as values. */
#ifndef GP_BASE_ADDR_H
#define GP_BASE_ADDR_H

#include "base/err.h"
#include "base/span.h"

#include <sys/socket.h>

enum gp_family {
    GP_IPV4 = 4,
    GP_IPV6 = 6
};

/* An address with a port (host order; 0 when the port does not matter). IPv4 uses the first four
 * bytes. */
struct gp_addr {
    uint8_t family; /* enum gp_family; 0 means "no address" */
    uint8_t bytes[16];
    uint16_t port;
};

struct gp_network {
    struct gp_addr base;
    uint8_t prefix; /* bits that count */
};

/*
 * What an address is good for. Everything but PUBLIC is refused as the target of a name that
 * somebody else published (an SRV record must not lead the gateway into its own network).
 */
enum gp_reach {
    GP_REACH_PUBLIC,
    GP_REACH_LOOPBACK,    /* 127/8, ::1 */
    GP_REACH_PRIVATE,     /* RFC 1918, RFC 6598 shared space, unique local fc00::/7 */
    GP_REACH_LINK_LOCAL,  /* 169.254/16 (cloud metadata lives here), fe80::/10 */
    GP_REACH_MULTICAST,   /* 224/4, ff00::/8 */
    GP_REACH_UNSPECIFIED, /* 0/8, :: */
    GP_REACH_RESERVED     /* 240/4 and broadcast, 192.0.0/24, discard-only 100::/64 */
};

#define GP_ADDR_TEXT_MAX 56

/* "192.0.2.1" or "2001:db8::1", no port, no brackets, no zone. Errors: GP_ERR_INPUT. */
GP_MUST_USE enum gp_code gp_addr_parse(const char *text, struct gp_addr *ret);

/* "192.0.2.1", "192.0.2.1:5269", "2001:db8::1" or "[2001:db8::1]:5269"; default_port where there is
 * none. */
GP_MUST_USE enum gp_code gp_addr_parse_port(const char *text, uint16_t default_port,
                                            struct gp_addr *ret);

/* "192.0.2.0/24"; a lone address stands for itself. Bits outside the prefix must be zero. */
GP_MUST_USE enum gp_code gp_network_parse(const char *text, struct gp_network *ret);

/* Without the port; returns text. */
const char *gp_addr_text(const struct gp_addr *addr, char text[GP_ADDR_TEXT_MAX]);

/* "192.0.2.1:5269" or "[2001:db8::1]:5269"; returns text. */
const char *gp_addr_port_text(const struct gp_addr *addr, char text[GP_ADDR_TEXT_MAX]);

/* Ports are not compared. */
bool gp_addr_same_host(const struct gp_addr *a, const struct gp_addr *b);
bool gp_network_has(const struct gp_network *network, const struct gp_addr *addr);

/*
 * Looks through IPv4-mapped, 6to4 (2002::/16), Teredo-free NAT64 (64:ff9b::/96) and IPv4-compatible
 * forms at the IPv4 address inside, so that none of them is a way around the rule.
 */
enum gp_reach gp_addr_reach(const struct gp_addr *addr);
const char *gp_reach_text(enum gp_reach reach);

/* Fills *ret and returns its length in bytes. */
socklen_t gp_addr_to_sockaddr(const struct gp_addr *addr, struct sockaddr_storage *ret);

/* family is 0 afterwards when sa is of another kind. */
void gp_addr_from_sockaddr(const struct sockaddr_storage *sa, struct gp_addr *ret);

#endif
