/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/rnd.h"

#include <errno.h>
#include <sys/random.h>

void gp_rnd_bytes(void *out, size_t len)
{
    char *at = out;
    while (len > 0) {
        ssize_t got = getrandom(at, len, 0);
        if (got < 0 && errno == EINTR)
            continue;
        GP_ASSERT(got > 0);
        at += got;
        len -= (size_t)got;
    }
}

void gp_rnd_id(char out[GP_RND_ID_MAX])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t bytes[16];
    gp_rnd_bytes(bytes, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[32] = '\0';
}

static uint32_t system_below(void *state, uint32_t bound)
{
    (void)state;
    GP_ASSERT(bound > 0);
    uint32_t usable = UINT32_MAX - UINT32_MAX % bound; /* a multiple of bound */
    uint32_t number;
    do
        gp_rnd_bytes(&number, sizeof(number));
    while (number >= usable);
    return number % bound;
}

const struct gp_rnd gp_rnd_system = {.below = system_below};
