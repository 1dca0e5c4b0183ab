/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum gp_code gp_file_read(const char *path, struct gp_buf *out, struct gp_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return gp_err_system(err, errno, "open '%s'", path);
    char chunk[8192];
    enum gp_code code = GP_OK;
    for (;;) {
        ssize_t got = read(fd, chunk, sizeof(chunk));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            code = gp_err_system(err, errno, "read '%s'", path);
        if (got <= 0)
            break;
        gp_buf_append(out, chunk, (size_t)got);
        if (gp_buf_failed(out) != GP_OK) {
            code = gp_err_set(err, gp_buf_failed(out), "read '%s': more than %zu bytes", path,
                              out->max);
            break;
        }
    }
    close(fd);
    return code;
}
