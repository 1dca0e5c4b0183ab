/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* A pipe would be waited for, and a device may never end. */
static enum gp_code open_regular(const char *path, int *ret, struct gp_err *err)
{
    struct stat facts;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && errno == EACCES) /* under a service manager it is not obvious who asks */
        return gp_err_system(err, errno, "open '%s' as user %u", path, (unsigned)geteuid());
    if (fd < 0)
        return gp_err_system(err, errno, "open '%s'", path);
    if (fstat(fd, &facts) == 0 && !S_ISREG(facts.st_mode) && !S_ISDIR(facts.st_mode)) {
        close(fd);
        return gp_err_set(err, GP_ERR_SYSTEM, "read '%s': it is no regular file", path);
    }
    *ret = fd;
    return GP_OK;
}

enum gp_code gp_file_read(const char *path, struct gp_buf *out, struct gp_err *err)
{
    int fd = -1;
    char chunk[8192];
    enum gp_code code = open_regular(path, &fd, err);
    while (code == GP_OK) {
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
    if (fd >= 0)
        close(fd);
    return code;
}

static enum gp_code write_all(int fd, struct gp_span contents, const char *path, struct gp_err *err)
{
    for (size_t done = 0; done < contents.len;) {
        ssize_t wrote = write(fd, contents.at + done, contents.len - done);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return gp_err_system(err, errno, "write '%s'", path);
        done += (size_t)wrote;
    }
    return fsync(fd) == 0 ? GP_OK : gp_err_system(err, errno, "write '%s'", path);
}

/* A new file beside it: a rename within one folder is whole or not at all. */
static enum gp_code write_beside(const char *path, const char *beside, struct gp_span contents,
                                 struct gp_err *err)
{
    int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return gp_err_system(err, errno, "write '%s'", path);
    enum gp_code code = write_all(fd, contents, path, err);
    if (close(fd) != 0 && code == GP_OK)
        code = gp_err_system(err, errno, "write '%s'", path);
    if (code == GP_OK && rename(beside, path) != 0)
        code = gp_err_system(err, errno, "write '%s'", path);
    if (code != GP_OK)
        (void)unlink(beside);
    return code;
}

enum gp_code gp_file_replace(const char *path, struct gp_span contents, struct gp_err *err)
{
    char beside[PATH_MAX];
    struct stat facts;
    if (lstat(path, &facts) == 0 && !S_ISREG(facts.st_mode))
        return gp_err_set(err, GP_ERR_SYSTEM, "write '%s': it is no regular file", path);
    int len = snprintf(beside, sizeof(beside), "%s.%ld.new", path, (long)getpid());
    if (len < 0 || (size_t)len >= sizeof(beside))
        return gp_err_system(err, ENAMETOOLONG, "write '%s'", path);
    return write_beside(path, beside, contents, err);
}

enum gp_code gp_file_create_private(const char *path, struct gp_span contents, struct gp_err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return gp_err_system(err, errno, "make '%s'", path);
    enum gp_code code = write_all(fd, contents, path, err);
    if (close(fd) != 0 && code == GP_OK)
        code = gp_err_system(err, errno, "write '%s'", path);
    if (code != GP_OK)
        (void)unlink(path);
    return code;
}
