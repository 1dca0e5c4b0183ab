/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loaded into a program (LD_PRELOAD), makes the reads and writes of its streams as bad as they may
 * be (T62): a few bytes at a time, and one in five refused. Datagrams stay whole.
 */
#include <errno.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#define MOST_BYTES     7
#define REFUSED_ONE_IN 5

static unsigned number; /* shared by threads: chance is none the worse for it */

static size_t allowed(int fd, size_t len)
{
    int type = 0;
    socklen_t type_len = sizeof(type);
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_len) != 0 || type != SOCK_STREAM)
        return len;
    number = number * 1103515245u + 12345u;
    if ((number >> 16) % REFUSED_ONE_IN == 0) {
        errno = number & 0x1000 ? EAGAIN : EINTR;
        return 0;
    }
    return len < MOST_BYTES ? len : MOST_BYTES;
}

ssize_t recv(int fd, void *to, size_t len, int flags)
{
    size_t most = allowed(fd, len);
    return most || !len ? syscall(SYS_recvfrom, fd, to, most, flags, NULL, NULL) : -1;
}

ssize_t send(int fd, const void *from, size_t len, int flags)
{
    size_t most = allowed(fd, len);
    return most || !len ? syscall(SYS_sendto, fd, from, most, flags, NULL, 0) : -1;
}
