/* TCP connections to the gateways of a bundle, from chosen addresses of this machine. */
#ifndef FLEET_DIAL_H
#define FLEET_DIAL_H

#include <stdbool.h>
#include <sys/socket.h>

#include "options.h"
#include "otakey/bundle.h"

struct dial {
    struct sockaddr_storage gateway[OTAKEY_GATEWAYS_MAX];
    socklen_t size[OTAKEY_GATEWAYS_MAX];
    const struct fleet_options *options; /* its source addresses */
};

/* Looks the names up. NULL, or what is wrong, which the next call overwrites. */
const char *dial_init(struct dial *dial, const struct fleet_options *options,
                      const struct otakey_span *gateways, unsigned count);

/* Begins to connect, from the source address that is this caller's turn. A socket that does not
 * block, or -1. */
int dial_open(const struct dial *dial, unsigned gateway, uint32_t caller);

/* Abruptly: without the handshake of an end, and nothing of it stays with the system. */
void dial_close(int socket, bool abruptly);

#endif
