#define _POSIX_C_SOURCE 200809L
#include "options.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "names.h"

#define FILES_BESIDE 32u /* that are no connections */
#define LONGEST_FIRST_WAIT 60.0 /* seconds after power-on (rule 8) */

static const char help[] =
    "usage: otakey-fleet --bundle FILE.hex [OPTION]...\n"
    "Devices of the real firmware against a real gateway: each enrolls, rotates, and proves in\n"
    "the end, after one more reboot, that the gateway accepts its key. Status 1 if one cannot.\n\n"
    "  --bundle FILE.hex        factory bundle: product, gateway keys and addresses\n"
    "  --port N                 of the gateway's MQTT (1883)\n"
    "  --devices N              up to 1000000 (1000)\n"
    "  --rate R                 power-ons a second, of each of both parts (200)\n"
    "  --rotate N               rotations of each device; a day passes before each more (1)\n"
    "  --power-cuts N           one in N flash operations on average loses power, at least 10;\n"
    "                           0: none (0)\n"
    "  --prefix ID              of the device ids, PREFIX-000000 and so on (fleet)\n"
    "  --seed S                 of the power cuts; keys are random in any case (1)\n"
    "  --seconds LIMIT          for all to reach their last key, and again to prove it (600)\n"
    "  --time-scale F           waits without a connection, as after power-on and between tries,\n"
    "                           last F times as long: 0.0001 to 1 (1)\n"
    "  --connections-at-once N  the others wait for their turn (1000)\n"
    "  --source-addresses LIST  IPv4 of this machine, as 127.0.4.1,127.0.4.2: 28000 ports each\n"
    "  --json FILE              the report as one document\n";

enum { BUNDLE = 1, PORT, DEVICES, RATE, ROTATE, CUTS, PREFIX, SEED, SECONDS, SCALE, AT_ONCE,
       SOURCES, JSON, HELP };

static const struct option known[] = {
    {"bundle", required_argument, NULL, BUNDLE},
    {"port", required_argument, NULL, PORT},
    {"devices", required_argument, NULL, DEVICES},
    {"rate", required_argument, NULL, RATE},
    {"rotate", required_argument, NULL, ROTATE},
    {"power-cuts", required_argument, NULL, CUTS},
    {"prefix", required_argument, NULL, PREFIX},
    {"seed", required_argument, NULL, SEED},
    {"seconds", required_argument, NULL, SECONDS},
    {"time-scale", required_argument, NULL, SCALE},
    {"connections-at-once", required_argument, NULL, AT_ONCE},
    {"source-addresses", required_argument, NULL, SOURCES},
    {"json", required_argument, NULL, JSON},
    {"help", no_argument, NULL, HELP},
    {NULL, 0, NULL, 0}};

static bool wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));
static bool wrong(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)fputs("otakey-fleet: ", stderr);
    (void)vfprintf(stderr, format, arguments);
    (void)fputs("\n", stderr);
    va_end(arguments);
    return false;
}

static bool whole(const char *name, const char *text, uint64_t least, uint64_t most,
                  uint64_t *value)
{
    char *end = NULL;
    errno = 0;
    *value = strtoull(text, &end, 10);
    return (text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && *value >= least &&
            *value <= most) ||
           wrong("--%s is \"%s\": give a whole number of %llu to %llu", name, text,
                 (unsigned long long)least, (unsigned long long)most);
}

static bool whole32(const char *name, const char *text, uint32_t least, uint32_t most,
                    uint32_t *value)
{
    uint64_t wide;
    bool good = whole(name, text, least, most, &wide);
    *value = (uint32_t)wide;
    return good;
}

static bool fraction(const char *name, const char *text, double least, double most, double *value)
{
    char *end = NULL;
    *value = strtod(text, &end);
    return (end != text && *end == '\0' && *value >= least && *value <= most) ||
           wrong("--%s is \"%s\": give a number of %g to %g", name, text, least, most);
}

static bool sources(struct fleet_options *options, const char *text)
{
    char one[INET_ADDRSTRLEN];
    for (options->source_count = 0; options->source_count < FLEET_SOURCES_MAX;) {
        size_t size = strcspn(text, ",");
        if (size >= sizeof one) {
            break;
        }
        memcpy(one, text, size);
        one[size] = '\0';
        if (inet_pton(AF_INET, one, &options->sources[options->source_count++]) != 1) {
            break;
        }
        if (text[size] == '\0') {
            return true;
        }
        text += size + 1;
    }
    return wrong("--source-addresses: give up to %u IPv4 addresses, separated by commas",
                 FLEET_SOURCES_MAX);
}

static bool prefix(struct fleet_options *options, const char *text)
{
    options->prefix = text;
    return (strlen(text) <= FLEET_PREFIX_MAX &&
            otakey_is_device_id((struct otakey_span){(const uint8_t *)text, strlen(text)})) ||
           wrong("--prefix is \"%s\": give up to %u letters, digits and ._:-, a letter or digit "
                 "first", text, FLEET_PREFIX_MAX);
}

static bool take(struct fleet_options *options, int option, const char *text)
{
    uint32_t number;
    bool good = true;
    switch (option) {
    case BUNDLE: options->bundle = text; break;
    case JSON: options->json = text; break;
    case PREFIX: good = prefix(options, text); break;
    case SOURCES: good = sources(options, text); break;
    case PORT:
        good = whole32("port", text, 1, UINT16_MAX, &number);
        options->port = (uint16_t)number;
        break;
    case DEVICES: good = whole32("devices", text, 1, 1000000, &options->devices); break;
    case ROTATE: good = whole32("rotate", text, 0, 1000, &options->rotations); break;
    case CUTS:
        good = whole32("power-cuts", text, 0, 1000000, &options->cut_every) &&
               (options->cut_every == 0 || options->cut_every >= 10 ||
                wrong("--power-cuts is \"%s\": give 0, or at least 10: a key takes 30 flash "
                      "operations", text));
        break;
    case SEED: good = whole("seed", text, 0, UINT64_MAX, &options->seed); break;
    case SECONDS: good = whole32("seconds", text, 1, 1000000, &options->seconds); break;
    case AT_ONCE:
        good = whole32("connections-at-once", text, 1, 1000000, &options->at_once);
        break;
    case RATE: good = fraction("rate", text, 0.001, 1e6, &options->rate); break;
    case SCALE: good = fraction("time-scale", text, 0.0001, 1, &options->time_scale); break;
    default: good = false; /* getopt said why */
    }
    return good;
}

/* As many open files as are allowed. */
static bool files_suffice(const struct fleet_options *options)
{
    struct rlimit files;
    (void)getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files);
    uint32_t wanted = options->at_once < options->devices ? options->at_once : options->devices;
    return files.rlim_cur >= wanted + FILES_BESIDE ||
           wrong("--connections-at-once is %u: this process may have %llu files open",
                 (unsigned)wanted, (unsigned long long)files.rlim_cur);
}

/* Time for the last to be switched on, and to wait for its first frame. */
static bool time_suffices(const struct fleet_options *options)
{
    double least = options->devices / options->rate + LONGEST_FIRST_WAIT * options->time_scale;
    return options->seconds > least ||
           wrong("--seconds is %u: the last power-on is after %.1f s, and after one a device may "
                 "be silent for %.1f s: give more than %.0f", (unsigned)options->seconds,
                 options->devices / options->rate, LONGEST_FIRST_WAIT * options->time_scale,
                 least);
}

enum fleet_command fleet_options_read(struct fleet_options *options, int argc, char **argv)
{
    *options = (struct fleet_options){.prefix = "fleet", .port = 1883, .devices = 1000,
                                      .rotations = 1, .at_once = 1000, .seconds = 600, .seed = 1,
                                      .rate = 200, .time_scale = 1};
    for (int option; (option = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        if (option == HELP) {
            (void)fputs(help, stdout);
            return FLEET_HELP;
        }
        if (!take(options, option, optarg)) {
            return FLEET_USAGE;
        }
    }
    bool good = true;
    if (optind < argc) {
        good = wrong("\"%s\" is no option; --help lists them", argv[optind]);
    } else if (options->bundle == NULL) {
        good = wrong("--bundle FILE.hex is missing; --help lists all options");
    }
    return good && files_suffice(options) && time_suffices(options) ? FLEET_RUN : FLEET_USAGE;
}
