/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/dialback.h"

#include "base/digest.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_field(struct gp_span field)
{
    for (size_t i = 0; i < field.len; i++)
        if (is_blank(field.at[i]))
            return false;
    return field.len > 0 && field.len <= FED_DIALBACK_FIELD_MAX;
}

bool fed_dialback_key(const struct gp_secret *secret, struct gp_span target, struct gp_span sender,
                      struct gp_span stream_id, char key[FED_DIALBACK_KEY_MAX])
{
    const struct gp_span fields[] = {target, sender, stream_id};
    char text[GP_ARRAY_LEN(fields) * (FED_DIALBACK_FIELD_MAX + 1)];
    size_t len = 0;
    for (size_t i = 0; i < GP_ARRAY_LEN(fields); i++) {
        if (!is_field(fields[i]))
            return false;
        if (i > 0)
            text[len++] = ' ';
        memcpy(text + len, fields[i].at, fields[i].len);
        len += fields[i].len;
    }
    /* The HMAC key is the digest's 64 hex digits as text, not its 32 bytes (XEP-0185, 2). */
    uint8_t digest[GP_DIGEST_MAX], mac[32];
    char hmac_key[GP_DIGEST_HEX_MAX];
    gp_digest(GP_SHA256, secret->bytes, secret->len, digest);
    gp_digest_hex(digest, gp_digest_len(GP_SHA256), hmac_key);
    gp_digest_hmac_sha256(hmac_key, strlen(hmac_key), text, len, mac);
    gp_digest_hex(mac, sizeof(mac), key);
    return true;
}

bool fed_dialback_check(const struct gp_secret *secret, struct gp_span target,
                        struct gp_span sender, struct gp_span stream_id, struct gp_span key)
{
    char right[FED_DIALBACK_KEY_MAX];
    while (key.len > 0 && is_blank(key.at[0]))
        key = gp_span_make(key.at + 1, key.len - 1);
    while (key.len > 0 && is_blank(key.at[key.len - 1]))
        key.len--;
    return fed_dialback_key(secret, target, sender, stream_id, right) &&
           gp_secret_equal(key.at, key.len, right, strlen(right));
}
