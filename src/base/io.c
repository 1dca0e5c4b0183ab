/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define GP_IO_BACKLOG 256

static void set_int(int fd, int level, int option, int value)
{
    /* an option that cannot be set costs speed, not correctness */
    (void)setsockopt(fd, level, option, &value, sizeof(value));
}

static int socket_for(const struct gp_addr *addr, int type)
{
    int family = addr->family == GP_IPV4 ? AF_INET : AF_INET6;
    return socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static bool is_again(int errnum)
{
    return errnum == EAGAIN || errnum == EINTR; /* on Linux EWOULDBLOCK is EAGAIN */
}

enum gp_code gp_io_listen(struct gp_addr *addr, bool is_shared, int *ret_fd, struct gp_err *err)
{
    char text[GP_ADDR_TEXT_MAX];
    struct sockaddr_storage sa;
    socklen_t len = gp_addr_to_sockaddr(addr, &sa);
    int fd = socket_for(addr, SOCK_STREAM);
    if (fd < 0)
        return gp_err_system(err, errno, "listen on %s", gp_addr_port_text(addr, text));
    set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (addr->family == GP_IPV6)
        set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    if (is_shared)
        set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    if (bind(fd, (struct sockaddr *)&sa, len) != 0 || listen(fd, GP_IO_BACKLOG) != 0) {
        enum gp_code code =
            gp_err_system(err, errno, "listen on %s", gp_addr_port_text(addr, text));
        close(fd);
        return code;
    }
    len = sizeof(sa);
    if (addr->port == 0 && getsockname(fd, (struct sockaddr *)&sa, &len) == 0) {
        struct gp_addr bound;
        gp_addr_from_sockaddr(&sa, &bound);
        addr->port = bound.port;
    }
    *ret_fd = fd;
    return GP_OK;
}

enum gp_code gp_io_take_listener(int fd, struct gp_addr *ret_addr, struct gp_err *err)
{
    struct sockaddr_storage sa = {.ss_family = AF_UNSPEC};
    int is_listening = 0, type = 0;
    socklen_t len = sizeof(is_listening), type_len = sizeof(type), sa_len = sizeof(sa);
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 ||
        fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
        getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &len) != 0 ||
        getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_len) != 0 ||
        getsockname(fd, (struct sockaddr *)&sa, &sa_len) != 0)
        return gp_err_system(err, errno, "descriptor %d", fd);
    bool is_inet = sa.ss_family == AF_INET || sa.ss_family == AF_INET6;
    if (!is_listening || type != SOCK_STREAM || !is_inet)
        return gp_err_set(err, GP_ERR_CONFIG, "descriptor %d is no listening TCP socket", fd);
    gp_addr_from_sockaddr(&sa, ret_addr);
    return GP_OK;
}

enum gp_code gp_io_duplicate(int fd, int *ret_fd, struct gp_err *err)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0)
        return gp_err_system(err, errno, "duplicate a descriptor");
    *ret_fd = copy;
    return GP_OK;
}

enum gp_io_result gp_io_accept(int listen_fd, int *ret_fd, struct gp_addr *ret_peer,
                               struct gp_addr *ret_local)
{
    struct sockaddr_storage sa = {0};
    socklen_t len = sizeof(sa);
    int fd = accept4(listen_fd, (struct sockaddr *)&sa, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) /* a connection that died in the queue is no fault of the listener */
        return is_again(errno) || errno == ECONNABORTED ? GP_IO_AGAIN : GP_IO_FAILED;
    gp_addr_from_sockaddr(&sa, ret_peer);
    len = sizeof(sa);
    *ret_local = (struct gp_addr){0};
    if (getsockname(fd, (struct sockaddr *)&sa, &len) == 0)
        gp_addr_from_sockaddr(&sa, ret_local);
    set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_int(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    *ret_fd = fd;
    return GP_IO_DONE;
}

void gp_io_set_patience(int fd, int64_t patience_ms)
{
    set_int(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, (int)patience_ms);
}

enum gp_code gp_io_connect(const struct gp_addr *addr, int *ret_fd, struct gp_err *err)
{
    char text[GP_ADDR_TEXT_MAX];
    struct sockaddr_storage sa;
    socklen_t len = gp_addr_to_sockaddr(addr, &sa);
    int fd = socket_for(addr, SOCK_STREAM);
    if (fd < 0)
        return gp_err_system(err, errno, "connect to %s", gp_addr_port_text(addr, text));
    set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_int(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    if (connect(fd, (struct sockaddr *)&sa, len) != 0 && errno != EINPROGRESS && errno != EINTR) {
        int errnum = errno;
        gp_err_system(err, errnum, "connect to %s", gp_addr_port_text(addr, text));
        if (err)
            err->code = GP_ERR_NETWORK;
        close(fd);
        errno = errnum;
        return GP_ERR_NETWORK;
    }
    *ret_fd = fd;
    return GP_OK;
}

int gp_io_connect_error(int fd)
{
    int error = 0;
    socklen_t len = sizeof(error);
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 ? error : errno;
}

struct gp_addr gp_io_peer(int fd)
{
    struct gp_addr peer = {0};
    struct sockaddr_storage sa = {0};
    socklen_t len = sizeof(sa);
    if (getpeername(fd, (struct sockaddr *)&sa, &len) == 0)
        gp_addr_from_sockaddr(&sa, &peer);
    return peer;
}

enum gp_code gp_io_own_addresses(struct gp_addr **ret, size_t *ret_count, struct gp_err *err)
{
    struct ifaddrs *all = NULL;
    size_t count = 0;
    if (getifaddrs(&all) != 0)
        return gp_err_system(err, errno, "list the addresses of this machine");
    for (const struct ifaddrs *at = all; at; at = at->ifa_next)
        count++;
    struct gp_addr *list = calloc(count + 1, sizeof(*list));
    count = 0;
    for (const struct ifaddrs *at = all; list && at; at = at->ifa_next) {
        struct sockaddr_storage sa = {0};
        int family = at->ifa_addr ? at->ifa_addr->sa_family : AF_UNSPEC;
        if (family != AF_INET && family != AF_INET6)
            continue;
        memcpy(&sa, at->ifa_addr,
               family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
        gp_addr_from_sockaddr(&sa, &list[count++]);
    }
    freeifaddrs(all);
    if (!list)
        return gp_err_nomem(err);
    *ret = list;
    *ret_count = count;
    return GP_OK;
}

enum gp_code gp_io_udp(const struct gp_addr *addr, int *ret_fd, struct gp_err *err)
{
    char text[GP_ADDR_TEXT_MAX];
    struct sockaddr_storage sa;
    socklen_t len = gp_addr_to_sockaddr(addr, &sa);
    int fd = socket_for(addr, SOCK_DGRAM);
    if (fd < 0 || connect(fd, (struct sockaddr *)&sa, len) != 0) {
        gp_err_system(err, errno, "UDP to %s", gp_addr_port_text(addr, text));
        if (err)
            err->code = GP_ERR_NETWORK;
        if (fd >= 0)
            close(fd);
        return GP_ERR_NETWORK;
    }
    *ret_fd = fd;
    return GP_OK;
}

static enum gp_code unix_address(const char *path, struct sockaddr_un *ret, struct gp_err *err)
{
    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(ret->sun_path))
        return gp_err_set(err, GP_ERR_CONFIG, "socket path '%s' is longer than %zu bytes", path,
                          sizeof(ret->sun_path) - 1);
    memcpy(ret->sun_path, path, strlen(path));
    return GP_OK;
}

static int unix_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

enum gp_code gp_io_listen_unix(const char *path, int *ret_fd, struct gp_err *err)
{
    struct sockaddr_un sa;
    enum gp_code code = unix_address(path, &sa, err);
    if (code != GP_OK)
        return code;
    int fd = unix_socket();
    if (fd < 0)
        return gp_err_system(err, errno, "socket '%s'", path);
    if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0 || errno == EAGAIN) {
        close(fd);
        return gp_err_set(err, GP_ERR_CONFLICT, "socket '%s': another program answers on it", path);
    }
    struct stat info;
    if (lstat(path, &info) == 0 && S_ISSOCK(info.st_mode))
        (void)unlink(path); /* left over from a run that was killed; bind says if it could not go */
    mode_t old_mask = umask(0177);
    int bound = bind(fd, (struct sockaddr *)&sa, sizeof(sa));
    int bind_errno = errno;
    umask(old_mask);
    if (bound != 0 || listen(fd, GP_IO_BACKLOG) != 0) {
        code = gp_err_system(err, bound != 0 ? bind_errno : errno, "listen on socket '%s'", path);
        close(fd);
        return code;
    }
    *ret_fd = fd;
    return GP_OK;
}

enum gp_code gp_io_connect_unix(const char *path, int *ret_fd, struct gp_err *err)
{
    struct sockaddr_un sa;
    enum gp_code code = unix_address(path, &sa, err);
    if (code != GP_OK)
        return code;
    int fd = unix_socket();
    if (fd < 0 || connect(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0) {
        bool is_absent = errno == ENOENT || errno == ECONNREFUSED;
        code = gp_err_system(err, errno, "connect to socket '%s'", path);
        if (fd >= 0)
            close(fd);
        if (is_absent && err)
            err->code = GP_ERR_NOT_FOUND;
        return is_absent ? GP_ERR_NOT_FOUND : code;
    }
    *ret_fd = fd;
    return GP_OK;
}

enum gp_code gp_io_send_unix(const char *path, struct gp_span message, struct gp_err *err)
{
    struct sockaddr_un sa;
    socklen_t sa_len = sizeof(sa);
    enum gp_code code = unix_address(path, &sa, err);
    if (code != GP_OK)
        return code;
    if (sa.sun_path[0] == '@') { /* all bytes up to the length are the name there */
        sa.sun_path[0] = '\0';
        sa_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    }
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 ||
        sendto(fd, message.at, message.len, MSG_NOSIGNAL, (struct sockaddr *)&sa, sa_len) < 0)
        code = gp_err_system(err, errno, "send to socket '%s'", path);
    gp_io_close(&fd);
    return code;
}

enum gp_code gp_io_message_pair(int ret_fds[2], struct gp_err *err)
{
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) != 0)
        return gp_err_system(err, errno, "socket pair");
    ret_fds[0] = fds[0];
    ret_fds[1] = fds[1];
    return GP_OK;
}

enum gp_io_result gp_io_read(int fd, void *to, size_t max, size_t *ret_len)
{
    ssize_t got = recv(fd, to, max, 0);
    *ret_len = got > 0 ? (size_t)got : 0;
    if (got > 0)
        return GP_IO_DONE;
    if (got == 0)
        return GP_IO_EOF;
    return is_again(errno) ? GP_IO_AGAIN : GP_IO_FAILED;
}

enum gp_io_result gp_io_write(int fd, const void *from, size_t len, size_t *ret_len)
{
    ssize_t put = send(fd, from, len, MSG_NOSIGNAL);
    *ret_len = put > 0 ? (size_t)put : 0;
    if (put >= 0)
        return GP_IO_DONE;
    return is_again(errno) ? GP_IO_AGAIN : GP_IO_FAILED;
}

void gp_io_shutdown_write(int fd)
{
    (void)shutdown(fd, SHUT_WR); /* fails only if the peer is gone, which the next read tells */
}

void gp_io_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}
