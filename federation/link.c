/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/link.h"

#include "base/text.h"
#include "federation/tls_link.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct fed_link {
    int fd;                   /* owned */
    struct fed_tls_link *tls; /* owned; NULL before TLS */
    char error[FED_LINK_ERROR_MAX];
};

const char *fed_link_errno_text(int errnum, char out[FED_LINK_ERROR_MAX])
{
    char reason[FED_LINK_ERROR_MAX];
    snprintf(out, FED_LINK_ERROR_MAX, "%s", strerror_r(errnum, reason, sizeof(reason)));
    out[0] = (char)(out[0] >= 'A' && out[0] <= 'Z' ? out[0] - 'A' + 'a' : out[0]);
    return out;
}

struct fed_link *fed_link_create(int fd)
{
    struct fed_link *link = calloc(1, sizeof(*link));
    if (!link) {
        gp_io_close(&fd);
        return NULL;
    }
    link->fd = fd;
    return link;
}

void fed_link_destroy(struct fed_link *link)
{
    if (!link)
        return;
    fed_tls_link_destroy(link->tls);
    gp_io_close(&link->fd);
    free(link);
}

int fed_link_fd(const struct fed_link *link)
{
    return link->fd;
}

unsigned fed_link_want(const struct fed_link *link, bool owner_reads, bool owner_writes)
{
    if (link->tls)
        return fed_tls_link_want(link->tls, owner_reads, owner_writes);
    return (owner_reads ? GP_READ : 0u) | (owner_writes ? GP_WRITE : 0u);
}

/* Keeps the words for a plain connection that failed. */
static enum gp_io_result plain_result(struct fed_link *link, enum gp_io_result result)
{
    if (result == GP_IO_FAILED)
        fed_link_errno_text(errno, link->error);
    return result;
}

enum gp_io_result fed_link_read(struct fed_link *link, void *to, size_t max, size_t *ret_len)
{
    if (link->tls)
        return fed_tls_link_read(link->tls, to, max, ret_len);
    return plain_result(link, gp_io_read(link->fd, to, max, ret_len));
}

enum gp_io_result fed_link_write(struct fed_link *link, const void *from, size_t len,
                                 size_t *ret_len)
{
    if (link->tls)
        return fed_tls_link_write(link->tls, from, len, ret_len);
    return plain_result(link, gp_io_write(link->fd, from, len, ret_len));
}

bool fed_link_was_closed_cleanly(const struct fed_link *link)
{
    return !link->tls || fed_tls_link_was_closed_cleanly(link->tls);
}

size_t fed_link_pending(const struct fed_link *link)
{
    return link->tls ? fed_tls_link_pending(link->tls) : 0;
}

enum gp_io_result fed_link_shutdown(struct fed_link *link)
{
    if (link->tls && fed_tls_link_close_notify(link->tls) == GP_IO_AGAIN)
        return GP_IO_AGAIN;
    gp_io_shutdown_write(link->fd);
    return GP_IO_DONE;
}

const char *fed_link_error(const struct fed_link *link)
{
    return link->tls ? fed_tls_link_error(link->tls) : link->error;
}

enum gp_code fed_link_tls_accept(struct fed_link *link, struct fed_tls *tls,
                                 const struct dns_domain *fallback_home, bool is_direct,
                                 struct gp_err *err)
{
    GP_ASSERT(!link->tls);
    return fed_tls_link_accept(link->fd, tls, fallback_home, is_direct, &link->tls, err);
}

enum gp_code fed_link_tls_connect(struct fed_link *link, struct fed_tls *tls,
                                  const struct fed_tls_connect *how, struct gp_err *err)
{
    GP_ASSERT(!link->tls);
    return fed_tls_link_connect(link->fd, tls, how, &link->tls, err);
}

void fed_link_tls_trust(struct fed_link *link, const struct fed_tls_anchors *anchors)
{
    GP_ASSERT(link->tls);
    fed_tls_link_trust(link->tls, anchors);
}

enum gp_io_result fed_link_handshake(struct fed_link *link)
{
    return link->tls ? fed_tls_link_handshake(link->tls) : GP_IO_FAILED;
}

enum gp_code fed_link_tls_facts(struct fed_link *link, struct fed_tls_facts **ret,
                                struct gp_err *err)
{
    GP_ASSERT(link->tls);
    return fed_tls_link_facts(link->tls, ret, err);
}

enum gp_code fed_link_tls_match(struct fed_link *link, const struct dns_tlsa *tlsa, size_t count,
                                struct fed_evidence *ret, struct gp_err *err)
{
    GP_ASSERT(link->tls);
    return fed_tls_link_match(link->tls, tlsa, count, ret, err);
}

size_t fed_link_tls_chain(const struct fed_link *link, struct fed_cert **ret, size_t max)
{
    return link->tls ? fed_tls_link_chain(link->tls, ret, max) : 0;
}
