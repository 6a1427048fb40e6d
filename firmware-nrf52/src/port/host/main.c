/*
 * One device on a PC, against a real gateway: the very same core as on a chip.
 *
 *   otakey-device --bundle FILE.hex --device ID --flash FILE [--port N] [--rotate] [--epoch N]
 *
 * --rotate: wishes for another key once it has one. --epoch: ends, with status 0, when a key of
 * that epoch or a later one is confirmed. Each event is a line on the standard output.
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "host.h"

#define KEEP_ALIVE 60
#define LONGEST_SLEEP 3600000u

static struct otakey_device device;
static struct host_flash flash;
static struct host_stream stream;
static uint8_t bundle[OTAKEY_BUNDLE_SIZE];
static uint32_t confirmed;

struct options {
    const char *bundle, *device, *flash;
    uint16_t port;
    uint32_t epoch;
    bool rotate;
};

static uint64_t now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000u + (uint64_t)time.tv_nsec / 1000000u;
}

static int draw(void *context, uint8_t *out, size_t size)
{
    (void)context;
    return getrandom(out, size, 0) == (ssize_t)size ? 0 : -1;
}

/* Never called: without a scheme no connection is taken. */
static void log_in(void *context, const struct otakey_credential *credential)
{
    (void)context;
    (void)credential;
}

static void show(void *context, const struct otakey_event *event)
{
    (void)context;
    printf("%s epoch=%u request=%x code=%u%s\n", otakey_event_name(event->type),
           (unsigned)event->epoch, (unsigned)event->request, (unsigned)event->code,
           event->type == OTAKEY_EVENT_REFUSED && !event->proven ? " unproven" : "");
    (void)fflush(stdout);
    if (event->type == OTAKEY_EVENT_ENROLLED || event->type == OTAKEY_EVENT_ROTATED ||
        event->type == OTAKEY_EVENT_POLLED) {
        confirmed = event->epoch;
    }
}

static bool read_options(struct options *options, int argc, char **argv)
{
    static const struct option known[] = {
        {"bundle", required_argument, NULL, 'b'}, {"device", required_argument, NULL, 'd'},
        {"flash", required_argument, NULL, 'f'},  {"port", required_argument, NULL, 'p'},
        {"epoch", required_argument, NULL, 'e'},  {"rotate", no_argument, NULL, 'r'},
        {NULL, 0, NULL, 0}};
    *options = (struct options){.port = 1883};
    for (int option; (option = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        switch (option) {
        case 'b': options->bundle = optarg; break;
        case 'd': options->device = optarg; break;
        case 'f': options->flash = optarg; break;
        case 'p': options->port = (uint16_t)strtoul(optarg, NULL, 10); break;
        case 'e': options->epoch = (uint32_t)strtoul(optarg, NULL, 10); break;
        case 'r': options->rotate = true; break;
        default: return false;
        }
    }
    return optind == argc && options->bundle != NULL && options->device != NULL &&
           options->flash != NULL && options->port != 0;
}

static void wait_until(uint64_t next, uint64_t time)
{
    uint64_t wait = next > time ? next - time : 0;
    host_stream_wait(&stream, otakey_link_has_output(&device.link),
                     (int)(wait < LONGEST_SLEEP ? wait : LONGEST_SLEEP));
}

static void run(uint32_t until, bool rotate)
{
    while (until == 0 || confirmed < until) {
        uint64_t time = now();
        uint64_t next = otakey_device_step(&device, time);
        if (rotate && otakey_rotate_now(&device.client, time)) {
            rotate = false;
        } else if (until == 0 || confirmed < until) {
            wait_until(next, time);
        }
    }
}

int main(int argc, char **argv)
{
    static const char *const schemes[] = {NULL};
    static struct otakey_board board;
    struct options options;
    uint32_t address;
    if (!read_options(&options, argc, argv)) {
        fprintf(stderr, "usage: otakey-device --bundle FILE.hex --device ID --flash FILE "
                        "[--port N] [--rotate] [--epoch N]\n");
        return 2;
    }
    if (host_hex_read(options.bundle, bundle, sizeof bundle, &address) != OTAKEY_BUNDLE_SIZE) {
        fprintf(stderr, "%s holds no bundle in Intel HEX\n", options.bundle);
        return 1;
    }
    if (host_flash_open(&flash, options.flash) != 0) {
        fprintf(stderr, "%s: %s\n", options.flash, strerror(errno));
        return 1;
    }
    host_stream_init(&stream, device.gateways, options.port);
    board = (struct otakey_board){
        .bundle = bundle,
        .bundle_address = address,
        .device_id = {(const uint8_t *)options.device, strlen(options.device)},
        .version = {(const uint8_t *)OTAKEY_FIRMWARE_VERSION, sizeof OTAKEY_FIRMWARE_VERSION - 1},
        .flash = flash.port,
        .stream = stream.stream,
        .streams = OTAKEY_GATEWAYS_MAX,
        .keep_alive = KEEP_ALIVE,
        .schemes = schemes,
        .random = draw,
        .log_in = log_in,
        .event = show};
    int result = otakey_device_start(&device, &board, now());
    if (result != OTAKEY_OK && result != OTAKEY_E_FLASH) {
        fprintf(stderr, "the device cannot start: %d\n", result);
        return 1;
    }
    run(options.epoch, options.rotate);
    return 0;
}
