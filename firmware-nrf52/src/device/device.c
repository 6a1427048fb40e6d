#include "otakey/device.h"

#include <string.h>

#include "otakey/crypto.h"

#define LINGER 10000u /* ms: more than an answer may take */

static int draw(void *context, uint8_t *out, size_t size)
{
    const struct otakey_board *board = ((struct otakey_device *)context)->board;
    return board->random(board->context, out, size);
}

static int send_frame(void *context, const uint8_t *frame, size_t size, unsigned address)
{
    return otakey_link_send(&((struct otakey_device *)context)->link, frame, size, address);
}

static void log_in(void *context, const struct otakey_credential *credential)
{
    struct otakey_device *device = context;
    const struct otakey_board *board = device->board;
    if (board->platform != NULL) {
        otakey_platform_log_in(&device->platform, credential, device->link.now);
    } else if (board->log_in != NULL) {
        board->log_in(board->context, credential);
    }
}

static void report(void *context, const struct otakey_event *event)
{
    struct otakey_device *device = context;
    const struct otakey_board *board = device->board;
    if (board->platform != NULL &&
        (event->type == OTAKEY_EVENT_ENROLLED || event->type == OTAKEY_EVENT_ROTATED ||
         event->type == OTAKEY_EVENT_MOVED)) {
        otakey_platform_changed(&device->platform);
    }
    board->event(board->context, event);
}

int otakey_device_start(struct otakey_device *device, const struct otakey_board *board,
                        uint64_t now)
{
    static const char *const own_schemes[] = {"mqtt", NULL};
    struct otakey_firmware *firmware = &device->firmware;
    int result = otakey_crypto_selftest();
    if (result == OTAKEY_OK) {
        result = otakey_bundle_read(firmware, device->gateways, board->bundle,
                                    board->bundle_address);
    }
    if (result != OTAKEY_OK) {
        return result;
    }
    device->board = board;
    firmware->ref.device_id = board->device_id;
    firmware->version = board->version;
    firmware->schemes = board->platform != NULL ? own_schemes : board->schemes;
    if (firmware->gateway_addresses > board->streams) {
        firmware->gateway_addresses = (uint8_t)board->streams;
    }
    device->port = (struct otakey_port){device, board->flash, draw, send_frame, log_in, report};
    otakey_link_init(&device->link, &board->stream, &device->client, board->device_id,
                     board->keep_alive);
    result = otakey_client_init(&device->client, firmware, &device->port);
    if (result == OTAKEY_OK && board->platform != NULL) {
        result = otakey_platform_init(&device->platform, board->platform, &device->client);
    }
    return result == OTAKEY_OK ? otakey_client_start(&device->client, now) : result;
}

uint64_t otakey_device_step(struct otakey_device *device, uint64_t now)
{
    const struct otakey_platform_port *port = device->board->platform;
    uint64_t next = otakey_link_step(&device->link, now);
    if (port == NULL) {
        return next;
    }
    if (port->one_line && otakey_link_is_open(&device->link)) {
        if (next < now + LINGER) {
#ifndef SEEDED_BUG_DEVICE_BLAMES
            otakey_platform_yield(&device->platform, now);
#endif
            return next;
        }
#ifdef SEEDED_BUG_DEVICE_KEEPS_LINE
        return next;
#endif
        otakey_link_close(&device->link);
    }
    uint64_t later = otakey_platform_step(&device->platform, now);
    return later < next ? later : next;
}

bool otakey_device_has_output(const struct otakey_device *device)
{
    return otakey_link_has_output(&device->link) ||
           (device->board->platform != NULL && otakey_platform_has_output(&device->platform));
}

const char *otakey_event_name(enum otakey_event_type type)
{
    static const char *const names[] = {"stored",  "enrolled", "rotated", "moved", "polled",
                                        "refused", "gave up",  "wiped",   "fault"};
    _Static_assert(OTAKEY_EVENT_FAULT + 1 == sizeof names / sizeof names[0], "a name for each");
    return names[type];
}
