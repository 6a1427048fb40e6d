#include "otakey/device.h"

#include <string.h>

#include "otakey/crypto.h"

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
    const struct otakey_board *board = ((struct otakey_device *)context)->board;
    board->log_in(board->context, credential);
}

static void report(void *context, const struct otakey_event *event)
{
    const struct otakey_board *board = ((struct otakey_device *)context)->board;
    board->event(board->context, event);
}

int otakey_device_start(struct otakey_device *device, const struct otakey_board *board,
                        uint64_t now)
{
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
    firmware->schemes = board->schemes;
    if (firmware->gateway_addresses > board->streams) {
        firmware->gateway_addresses = (uint8_t)board->streams;
    }
    device->port = (struct otakey_port){device, board->flash, draw, send_frame, log_in, report};
    otakey_link_init(&device->link, &board->stream, &device->client, board->device_id,
                     board->keep_alive);
    result = otakey_client_init(&device->client, firmware, &device->port);
    return result == OTAKEY_OK ? otakey_client_start(&device->client, now) : result;
}

uint64_t otakey_device_step(struct otakey_device *device, uint64_t now)
{
    return otakey_link_step(&device->link, now);
}

const char *otakey_event_name(enum otakey_event_type type)
{
    static const char *const names[] = {"stored",  "enrolled", "rotated", "moved", "polled",
                                        "refused", "gave up",  "wiped",   "fault"};
    _Static_assert(OTAKEY_EVENT_FAULT + 1 == sizeof names / sizeof names[0], "a name for each");
    return names[type];
}
