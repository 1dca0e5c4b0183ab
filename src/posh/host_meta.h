/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host-meta.json with the object "xmpp" (XEP-0487): who knows it looks at no service records. Only
 * what leads servers to servers is read.
 */
#ifndef GP_APP_HOST_META_H
#define GP_APP_HOST_META_H

#include "base/addr.h"
#include "base/buf.h"

#define APP_HOST_META_BYTES_MAX 65536
#define APP_HOST_META_LINKS_MAX 16
#define APP_HOST_META_IPS_MAX   16
#define APP_HOST_META_PINS_MAX  16
#define APP_HOST_META_TTL_MAX_S 604800 /* no longer, whatever it says (XEP-0487, 5) */

enum app_host_meta_kind {
    APP_LINK_TLS, /* direct TLS (XEP-0368) */
    APP_LINK_QUIC,
    APP_LINK_WEBSOCKET
};

struct app_host_meta_link {
    enum app_host_meta_kind kind;
    char where[256]; /* of a websocket: its URL; escaped */
    uint16_t port;   /* 0: it says none */
    char sni[256];   /* escaped; "": it says none */
    size_t ip_count;
    struct gp_addr ips[APP_HOST_META_IPS_MAX]; /* with the port */
};

struct app_host_meta {
    bool has_xmpp; /* without it the document is not about servers */
    int64_t ttl_s; /* 0: it says none */
    size_t link_count;
    struct app_host_meta_link links[APP_HOST_META_LINKS_MAX];
    size_t pin_count;
    uint8_t pins[APP_HOST_META_PINS_MAX][32]; /* SHA-256 of public keys */
};

/* What is malformed inside is left out. Errors: GP_ERR_INPUT: it is no JSON. */
GP_MUST_USE enum gp_code app_host_meta_read(struct gp_span text, struct app_host_meta *ret,
                                            struct gp_err *err);

#endif
