#define _GNU_SOURCE
#include "dial.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The port is chosen when the connection is, so that each source address has all of them. */
static bool bind_to(int made, const struct fleet_options *options, uint32_t caller)
{
    const int one = 1;
    if (options->source_count == 0) {
        return true;
    }
    const struct sockaddr_in source = {
        .sin_family = AF_INET, .sin_addr = options->sources[caller % options->source_count]};
    (void)setsockopt(made, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    return bind(made, (const struct sockaddr *)&source, sizeof source) == 0;
}

/* Whether this machine has all source addresses; else the first that it has not. */
static bool sources_exist(const struct fleet_options *options, uint32_t *missing)
{
    for (*missing = 0; *missing < options->source_count; (*missing)++) {
        int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        bool exists = made >= 0 && bind_to(made, options, *missing);
        if (made >= 0) {
            (void)close(made);
        }
        if (!exists) {
            return false;
        }
    }
    return true;
}

const char *dial_init(struct dial *dial, const struct fleet_options *options,
                      const struct otakey_span *gateways, unsigned count)
{
    static char problem[OTAKEY_GATEWAY_NAME_MAX + 100u];
    uint32_t missing;
    const struct addrinfo wanted = {
        .ai_family = options->source_count > 0 ? AF_INET : AF_UNSPEC,
        .ai_socktype = SOCK_STREAM};
    dial->options = options;
    if (!sources_exist(options, &missing)) {
        (void)snprintf(problem, sizeof problem, "source address number %u is not of this machine",
                       (unsigned)missing + 1u);
        return problem;
    }
    for (unsigned i = 0; i < count; i++) {
        struct addrinfo *found = NULL;
        char name[OTAKEY_GATEWAY_NAME_MAX + 1] = "";
        char port[8];
        memcpy(name, gateways[i].data, gateways[i].size);
        (void)snprintf(port, sizeof port, "%u", (unsigned)options->port);
        int result = getaddrinfo(name, port, &wanted, &found);
        if (result != 0) {
            (void)snprintf(problem, sizeof problem, "the bundle's gateway address %s: %s", name,
                           gai_strerror(result));
            return problem;
        }
        memcpy(&dial->gateway[i], found->ai_addr, found->ai_addrlen);
        dial->size[i] = found->ai_addrlen;
        freeaddrinfo(found);
    }
    return NULL;
}

int dial_open(const struct dial *dial, unsigned gateway, uint32_t caller)
{
    const int one = 1;
    const struct sockaddr *to = (const struct sockaddr *)&dial->gateway[gateway];
    int made = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (made >= 0 && bind_to(made, dial->options, caller) &&
        (connect(made, to, dial->size[gateway]) == 0 || errno == EINPROGRESS)) {
        (void)setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        return made;
    }
    if (made >= 0) {
        (void)close(made);
    }
    return -1;
}

void dial_close(int socket, bool abruptly)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    if (abruptly) {
        (void)setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    (void)close(socket);
}
