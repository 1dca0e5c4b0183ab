/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void gp_base64_encode(struct gp_buf *out, const void *bytes, size_t len)
{
    const uint8_t *in = bytes;
    for (size_t i = 0; i < len; i += 3) {
        size_t left = len - i;
        uint32_t group = (uint32_t)in[i] << 16 | (left > 1 ? (uint32_t)in[i + 1] << 8 : 0) |
                         (left > 2 ? in[i + 2] : 0);
        char four[4] = {alphabet[group >> 18], alphabet[group >> 12 & 63],
                        left > 1 ? alphabet[group >> 6 & 63] : '=',
                        left > 2 ? alphabet[group & 63] : '='};
        gp_buf_append(out, four, 4);
    }
}

static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

enum gp_code gp_base64_decode(struct gp_span text, uint8_t *out, size_t max, size_t *ret_len)
{
    size_t used = 0;
    if (text.len % 4 != 0)
        return GP_ERR_INPUT;
    for (size_t i = 0; i < text.len; i += 4) {
        bool last = i + 4 == text.len;
        size_t pad = !last ? 0 : text.at[i + 2] == '=' ? 2 : text.at[i + 3] == '=' ? 1 : 0;
        uint32_t group = 0;
        for (size_t k = 0; k < 4; k++) {
            int value = k >= 4 - pad ? (text.at[i + k] == '=' ? 0 : -1) : value_of(text.at[i + k]);
            if (value < 0)
                return GP_ERR_INPUT;
            group = group << 6 | (uint32_t)value;
        }
        /* bits that belong to no byte must be zero, or two texts would mean the same */
        if ((pad == 1 && group & 0xff) || (pad == 2 && group & 0xffff))
            return GP_ERR_INPUT;
        size_t count = 3 - pad;
        if (count > max - used)
            return GP_ERR_LIMIT;
        for (size_t k = 0; k < count; k++)
            out[used++] = (uint8_t)(group >> (16 - 8 * k));
    }
    *ret_len = used;
    return GP_OK;
}
