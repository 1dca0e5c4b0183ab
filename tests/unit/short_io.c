/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Takes the place of libc's functions in the program it is linked into. <sys/socket.h> is not
 * included: fortified, it would define them too.
 */
#include "tests/unit/short_io.h"

#include <errno.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

ssize_t recv(int fd, void *to, size_t len, int flags);
ssize_t send(int fd, const void *from, size_t len, int flags);

static size_t most;
static unsigned refused_one_in, number;

void short_io_set(size_t max, unsigned one_in)
{
    most = max;
    refused_one_in = one_in;
    number = 1;
}

static int is_refused(void)
{
    number = number * 1103515245u + 12345u;
    if (refused_one_in == 0 || (number >> 16) % refused_one_in != 0)
        return 0;
    errno = number & 0x1000 ? EAGAIN : EINTR;
    return 1;
}

ssize_t recv(int fd, void *to, size_t len, int flags)
{
    if (is_refused())
        return -1;
    return syscall(SYS_recvfrom, fd, to, most && len > most ? most : len, flags, NULL, NULL);
}

ssize_t send(int fd, const void *from, size_t len, int flags)
{
    if (is_refused())
        return -1;
    return syscall(SYS_sendto, fd, from, most && len > most ? most : len, flags, NULL, 0);
}
