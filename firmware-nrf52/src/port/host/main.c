/*
 * One device on a PC, against a real gateway: the very same core as on a chip.
 *
 *   otakey-device --bundle FILE.hex --device ID --flash FILE [--port N] [--rotate] [--epoch N]
 *                 [--publish TOPIC/SECONDS]
 *
 * --rotate: wishes for another key once it has one, as at every signal SIGUSR1; at every SIGUSR2
 * its clock leaps by four minutes, for tests: over the longest pause between two logins. --epoch:
 * ends, with status 0, when a key of that epoch or a later one is confirmed. --publish: what it
 * tells its platform and how often, behind the connection's topic prefix; ID/counter/60, a dot of
 * ID as %2E, if it is not given. Each event is a line on the standard output.
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "host.h"

#define KEEP_ALIVE 60
#define LONGEST_SLEEP 3600000u
#define LEAP 240000u /* ms */

static struct otakey_device device;
static struct host_flash flash;
static struct host_stream stream, platform_stream;
static struct otakey_platform_port platform;
static uint8_t bundle[OTAKEY_BUNDLE_SIZE];
static uint32_t confirmed;
static volatile sig_atomic_t asked_to_rotate, leaps;

struct options {
    const char *bundle, *device, *flash, *publish;
    uint16_t port;
    uint32_t epoch;
    bool rotate;
};

static uint64_t now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000u + (uint64_t)time.tv_nsec / 1000000u +
           (uint64_t)leaps * LEAP;
}

static int draw(void *context, uint8_t *out, size_t size)
{
    (void)context;
    return getrandom(out, size, 0) == (ssize_t)size ? 0 : -1;
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

static void show_platform(void *context, enum otakey_platform_event event, uint32_t number)
{
    (void)context;
    printf("platform %s %u\n", otakey_platform_event_name(event), (unsigned)number);
    (void)fflush(stdout);
}

static void on_signal(int number)
{
    if (number == SIGUSR1) {
        asked_to_rotate = 1;
    } else {
        leaps = leaps + 1;
    }
}

/* They come only while the device waits. */
static void take_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    (void)sigemptyset(&action.sa_mask);
    (void)sigaddset(&action.sa_mask, SIGUSR1);
    (void)sigaddset(&action.sa_mask, SIGUSR2);
    (void)sigprocmask(SIG_BLOCK, &action.sa_mask, NULL);
    (void)sigaction(SIGUSR1, &action, NULL);
    (void)sigaction(SIGUSR2, &action, NULL);
}

/* ID/ and what follows. A dot is no part of a level on a platform that takes dots for slashes. */
static size_t own_topic(char *topic, size_t size, const char *id, const char *end)
{
    size_t used = 0;
    for (; *id != '\0' && used < size; id++) {
        const char byte[] = {*id, '\0'};
        used += (size_t)snprintf(topic + used, size - used, "%s", *id == '.' ? "%2E" : byte);
    }
    return used < size ? used + (size_t)snprintf(topic + used, size - used, "/%s", end) : used;
}

/* TOPIC/SECONDS; the topic may have slashes of its own. */
static bool read_publish(char topic[OTAKEY_PLATFORM_TOPIC_MAX + 1], const struct options *options)
{
    static char branch[OTAKEY_PLATFORM_TOPIC_MAX + 1];
    const size_t most = OTAKEY_PLATFORM_TOPIC_MAX + 1;
    const char *slash = options->publish == NULL ? NULL : strrchr(options->publish, '/');
    unsigned long seconds = slash == NULL ? 60 : strtoul(slash + 1, NULL, 10);
    size_t size = slash == NULL ? own_topic(topic, most, options->device, "counter")
                                : (size_t)snprintf(topic, most, "%.*s",
                                                   (int)(slash - options->publish),
                                                   options->publish);
    platform.topic = (struct otakey_span){(const uint8_t *)topic, strlen(topic)};
    size_t branch_size = own_topic(branch, sizeof branch, options->device, "");
    branch_size = branch_size < sizeof branch ? branch_size : 0; /* else without */
    platform.branch = (struct otakey_span){(const uint8_t *)branch, branch_size};
    platform.seconds = (uint16_t)seconds;
    return size > 0 && size < most && seconds > 0 && seconds <= UINT16_MAX &&
           (slash != NULL || options->publish == NULL);
}

static bool read_options(struct options *options, int argc, char **argv)
{
    static const struct option known[] = {
        {"bundle", required_argument, NULL, 'b'}, {"device", required_argument, NULL, 'd'},
        {"flash", required_argument, NULL, 'f'},  {"port", required_argument, NULL, 'p'},
        {"epoch", required_argument, NULL, 'e'},  {"rotate", no_argument, NULL, 'r'},
        {"publish", required_argument, NULL, 'P'}, {NULL, 0, NULL, 0}};
    *options = (struct options){.port = 1883};
    for (int option; (option = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        switch (option) {
        case 'b': options->bundle = optarg; break;
        case 'd': options->device = optarg; break;
        case 'f': options->flash = optarg; break;
        case 'p': options->port = (uint16_t)strtoul(optarg, NULL, 10); break;
        case 'e': options->epoch = (uint32_t)strtoul(optarg, NULL, 10); break;
        case 'P': options->publish = optarg; break;
        case 'r': options->rotate = true; break;
        default: return false;
        }
    }
    return optind == argc && options->bundle != NULL && options->device != NULL &&
           options->flash != NULL && options->port != 0;
}

static void wait_until(uint64_t next, uint64_t time)
{
    const struct host_stream *const streams[] = {&stream, &platform_stream};
    const bool output[] = {otakey_link_has_output(&device.link),
                           otakey_platform_has_output(&device.platform)};
    uint64_t wait = next > time ? next - time : 0;
    host_streams_wait(streams, output, (int)(wait < LONGEST_SLEEP ? wait : LONGEST_SLEEP));
}

static void run(uint32_t until, bool rotate)
{
    while (until == 0 || confirmed < until) {
        uint64_t time = now();
        uint64_t next = otakey_device_step(&device, time);
        rotate = rotate || asked_to_rotate;
        asked_to_rotate = 0;
        if (rotate && otakey_rotate_now(&device.client, time)) {
            rotate = false;
        } else if (until == 0 || confirmed < until) {
            wait_until(next, time);
        }
    }
}

int main(int argc, char **argv)
{
    static struct otakey_board board;
    static char topic[OTAKEY_PLATFORM_TOPIC_MAX + 1];
    struct options options;
    uint32_t address;
    if (!read_options(&options, argc, argv) || !read_publish(topic, &options)) {
        fprintf(stderr, "usage: otakey-device --bundle FILE.hex --device ID --flash FILE "
                        "[--port N] [--rotate] [--epoch N] [--publish TOPIC/SECONDS]\n");
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
    host_stream_init(&platform_stream, NULL, 0);
    platform.stream = platform_stream.stream;
    platform.dial = host_stream_dial;
    platform.keep_alive = KEEP_ALIVE;
    platform.event = show_platform;
    take_signals();
    board = (struct otakey_board){
        .bundle = bundle,
        .bundle_address = address,
        .device_id = {(const uint8_t *)options.device, strlen(options.device)},
        .version = {(const uint8_t *)OTAKEY_FIRMWARE_VERSION, sizeof OTAKEY_FIRMWARE_VERSION - 1},
        .flash = flash.port,
        .stream = stream.stream,
        .streams = OTAKEY_GATEWAYS_MAX,
        .keep_alive = KEEP_ALIVE,
        .platform = &platform,
        .random = draw,
        .event = show};
    int result = otakey_device_start(&device, &board, now());
    if (result != OTAKEY_OK && result != OTAKEY_E_FLASH) {
        fprintf(stderr, "the device cannot start: %d\n", result);
        return 1;
    }
    run(options.epoch, options.rotate);
    return 0;
}
