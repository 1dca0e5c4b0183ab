/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/secret.h"

#include "base/rnd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum gp_code gp_secret_read(const char *path, size_t min_len, struct gp_secret *ret,
                            struct gp_err *err)
{
    struct gp_secret secret = {.len = 0};
    struct stat info;
    enum gp_code code = GP_OK;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return gp_err_system(err, errno, "open secret file '%s'", path);
    if (fstat(fd, &info) != 0) {
        code = gp_err_system(err, errno, "secret file '%s'", path);
    } else if (!S_ISREG(info.st_mode)) {
        code = gp_err_set(err, GP_ERR_CONFIG, "secret file '%s' is not a plain file", path);
    } else if (info.st_mode & S_IRWXO) {
        code = gp_err_set(err, GP_ERR_CONFIG,
                          "secret file '%s' can be read by everybody: chmod o= '%s'", path, path);
    } else {
        ssize_t got = read(fd, secret.bytes, sizeof(secret.bytes));
        uint8_t *eol = got > 0 ? memchr(secret.bytes, '\n', (size_t)got) : NULL;
        if (got < 0)
            code = gp_err_system(err, errno, "read secret file '%s'", path);
        else if (!eol && (size_t)got == sizeof(secret.bytes))
            code = gp_err_set(err, GP_ERR_CONFIG, "secret file '%s': longer than %d bytes", path,
                              GP_SECRET_MAX);
        else
            secret.len = eol ? (size_t)(eol - secret.bytes) : (size_t)got;
    }
    close(fd);
    while (secret.len > 0 && strchr(" \t\r", secret.bytes[secret.len - 1]))
        secret.len--;
    if (code == GP_OK && secret.len < min_len)
        code =
            gp_err_set(err, GP_ERR_CONFIG, "secret file '%s': %zu bytes, at least %zu are needed",
                       path, secret.len, min_len);
    if (code == GP_OK) {
        *ret = secret;
        memset(ret->bytes + ret->len, 0, sizeof(ret->bytes) - ret->len);
    }
    gp_secret_wipe(&secret);
    return code;
}

void gp_secret_random(struct gp_secret *ret)
{
    *ret = (struct gp_secret){.len = 32};
    gp_rnd_bytes(ret->bytes, ret->len);
}

void gp_secret_wipe(struct gp_secret *secret)
{
    explicit_bzero(secret, sizeof(*secret));
}

bool gp_secret_equal(const void *a, size_t a_len, const void *b, size_t b_len)
{
    const volatile uint8_t *left = a, *right = b;
    size_t len = a_len < b_len ? a_len : b_len;
    unsigned difference = a_len != b_len;
    for (size_t i = 0; i < len; i++)
        difference |= (unsigned)(left[i] ^ right[i]);
    return difference == 0;
}
