/* SPDX-License-Identifier: BSD-2-Clause */
/* Base64 as XMPP wants it: strict alphabet, padding only at the end, zero pad bits (RFC
 * 6120, 13.9.1; RFC 4648, 4). */
#ifndef GP_BASE_BASE64_H
#define GP_BASE_BASE64_H

#include "base/buf.h"

/* Appends the encoding of bytes to out. */
void gp_base64_encode(struct gp_buf *out, const void *bytes, size_t len);

/*
 * Decodes text into out, which has room for max bytes. Errors: GP_ERR_INPUT for anything outside
 * the strict form, GP_ERR_LIMIT when it does not fit; *ret_len is set only on success.
 */
GP_MUST_USE enum gp_code gp_base64_decode(struct gp_span text, uint8_t *out, size_t max,
                                          size_t *ret_len);

#endif
