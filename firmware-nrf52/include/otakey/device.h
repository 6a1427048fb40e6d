/*
 * A whole device: bundle, client, link, platform and self-test wired together over what a board
 * provides.
 * What an example needs; an application with a stack of its own takes client.h or link.h instead.
 */
#ifndef OTAKEY_DEVICE_H
#define OTAKEY_DEVICE_H

#include "otakey/bundle.h"
#include "otakey/link.h"
#include "otakey/platform.h"

/* What a board provides. All pointers stay. */
struct otakey_board {
    void *context;
    const uint8_t *bundle; /* OTAKEY_BUNDLE_SIZE bytes */
    uint32_t bundle_address;
    struct otakey_span device_id;
    struct otakey_span version; /* of the firmware */
    struct otakey_flash flash;
    struct otakey_stream stream;
    unsigned streams; /* gateways that stream.open() can tell apart: 1 or 2 */
    uint16_t keep_alive; /* seconds */
    /* A way to the platform, for connections of scheme "mqtt"; NULL: none. */
    const struct otakey_platform_port *platform;
    /* Without it, for an application that logs in by itself: as in struct otakey_firmware and
     * otakey_port. log_in may be NULL if there is no scheme. */
    const char *const *schemes;
    void (*log_in)(void *context, const struct otakey_credential *credential);
    int (*random)(void *context, uint8_t *out, size_t size);
    void (*event)(void *context, const struct otakey_event *event);
};

/* A device; its fields are its own. Best in memory that a reset leaves alone. 3.4 KB. */
struct otakey_device {
    struct otakey_client client;
    struct otakey_link link;
    struct otakey_platform platform;
    struct otakey_firmware firmware;
    struct otakey_port port;
    const struct otakey_board *board;
    struct otakey_span gateways[OTAKEY_GATEWAYS_MAX]; /* names, out of the bundle */
};

/*
 * Once after every boot. OTAKEY_E_SELFTEST, OTAKEY_E_MALFORMED (no bundle for this place),
 * OTAKEY_E_ARGUMENT: there is nothing that the device could do. OTAKEY_E_FLASH: it goes on.
 */
int otakey_device_start(struct otakey_device *device, const struct otakey_board *board,
                        uint64_t now);

/*
 * As otakey_link_step(), for the platform, too. Where both have one line, the gateway has it as
 * long as there is something to say or an answer to come within 10 seconds, the platform else:
 * then the gateway cannot push, and is asked when a POLL is due.
 */
uint64_t otakey_device_step(struct otakey_device *device, uint64_t now);

/* Whether bytes wait for room in a stream. */
bool otakey_device_has_output(const struct otakey_device *device);

/* "enrolled", "stored", …: for a log. */
const char *otakey_event_name(enum otakey_event_type type);

#endif
