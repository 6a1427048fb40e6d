/* The parts of a device on a PC: flash in a file, streams over TCP, bundles from Intel HEX. */
#ifndef OTAKEY_HOST_H
#define OTAKEY_HOST_H

#include "otakey/device.h"

#define HOST_FLASH_WORDS 1024u /* in each slot: a page of 4 KiB */

/* Two pages in a file, programmed and erased as NOR flash is; on the disk when a call returns. */
struct host_flash {
    int file;
    struct otakey_flash port;
};

/* Opens the file, or makes one of blank pages. Returns 0, or -1 with errno. */
int host_flash_open(struct host_flash *flash, const char *path);

/* A connection over TCP: open() connects to gateways by name, all on one port. */
struct host_stream {
    int socket; /* -1: closed */
    uint16_t port;
    const struct otakey_span *gateways; /* OTAKEY_GATEWAYS_MAX names; NULL if only dialled */
    struct otakey_stream stream;
};

void host_stream_init(struct host_stream *stream, const struct otakey_span *gateways,
                      uint16_t port);

/* Connects to any host; `context` is a host_stream. Returns 0, or -1 if that cannot be. */
int host_stream_dial(void *context, struct otakey_span host, uint16_t port);

/*
 * Waits until a stream has bytes, or room if its `output`, or so many milliseconds passed, or a
 * signal came: none is blocked meanwhile, so that of one that is blocked else none comes too late.
 */
void host_streams_wait(const struct host_stream *const streams[2], const bool output[2],
                       int milliseconds);

/*
 * Reads an Intel HEX file of one block into `bytes`. Returns how many and where they belong, or -1
 * if it is not that, or too long.
 */
int host_hex_read(const char *path, uint8_t *bytes, size_t size, uint32_t *address);

#endif
