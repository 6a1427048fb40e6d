#define _GNU_SOURCE /* ppoll */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host.h"

static void close_stream(void *context)
{
    struct host_stream *stream = context;
    if (stream->socket >= 0) {
        (void)close(stream->socket);
    }
    stream->socket = -1;
}

/* Begins to connect; whether that comes to anything shows when bytes are written. */
static int begin(const struct addrinfo *found)
{
    const int one = 1;
    int made = socket(found->ai_family, SOCK_STREAM, 0);
    if (made >= 0 && fcntl(made, F_SETFL, O_NONBLOCK) == 0 &&
        fcntl(made, F_SETFD, FD_CLOEXEC) == 0 &&
        (connect(made, found->ai_addr, found->ai_addrlen) == 0 || errno == EINPROGRESS)) {
        (void)setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        return made;
    }
    if (made >= 0) {
        (void)close(made);
    }
    return -1;
}

int host_stream_dial(void *context, struct otakey_span host, uint16_t to)
{
    struct host_stream *stream = context;
    const struct addrinfo wanted = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    char name[OTAKEY_HOST_MAX + 1] = "";
    char port[8];
    memcpy(name, host.data, host.size);
    (void)snprintf(port, sizeof port, "%u", (unsigned)to);
    close_stream(stream);
    if (getaddrinfo(name, port, &wanted, &found) != 0) {
        return -1;
    }
    stream->socket = begin(found);
    freeaddrinfo(found);
    return stream->socket >= 0 ? 0 : -1;
}

static int open_stream(void *context, unsigned address)
{
    struct host_stream *stream = context;
    return host_stream_dial(stream, stream->gateways[address], stream->port);
}

static int moved(ssize_t bytes)
{
    bool later = bytes < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOTCONN);
    return bytes > 0 ? (int)bytes : later ? 0 : -1;
}

static int write_stream(void *context, const uint8_t *bytes, size_t size)
{
    const struct host_stream *stream = context;
    return moved(send(stream->socket, bytes, size, MSG_NOSIGNAL));
}

static int read_stream(void *context, uint8_t *bytes, size_t size)
{
    const struct host_stream *stream = context;
    return moved(recv(stream->socket, bytes, size, 0));
}

void host_stream_init(struct host_stream *stream, const struct otakey_span *gateways,
                      uint16_t port)
{
    stream->socket = -1;
    stream->port = port;
    stream->gateways = gateways;
    stream->stream =
        (struct otakey_stream){stream, open_stream, write_stream, read_stream, close_stream};
}

void host_streams_wait(const struct host_stream *const streams[2], const bool output[2],
                       int milliseconds)
{
    sigset_t blocked;
    const struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    struct pollfd ready[2];
    for (int i = 0; i < 2; i++) { /* a socket of -1 is left out */
        ready[i] = (struct pollfd){.fd = streams[i]->socket,
                                   .events = (short)(POLLIN | (output[i] ? POLLOUT : 0))};
    }
    (void)sigemptyset(&blocked);
    (void)ppoll(ready, 2, &time, &blocked);
}
