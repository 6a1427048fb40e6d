/*
 * Thousands of devices in one process: the very same core as on a chip, against a real gateway.
 *
 *   otakey-fleet --bundle FILE.hex [OPTION]...      --help lists them
 *
 * Status 0: every device ended with a key that the gateway accepts, and no two with the same one.
 * 1: not so. 2: something is wrong with what was asked for.
 */
#include <stdlib.h>
#include <string.h>

#include "fleet.h"
#include "../host/host.h"
#include "report.h"

static uint8_t bundle[OTAKEY_BUNDLE_SIZE];
static struct fleet fleet;

/* NULL, or what is wrong with the bundle. */
static const char *load(struct world *world, const struct fleet_options *options)
{
    struct otakey_firmware firmware;
    struct otakey_span gateways[OTAKEY_GATEWAYS_MAX];
    if (host_hex_read(options->bundle, bundle, sizeof bundle, &world->bundle_address) !=
            OTAKEY_BUNDLE_SIZE ||
        otakey_bundle_read(&firmware, gateways, bundle, world->bundle_address) != OTAKEY_OK) {
        return "the --bundle cannot be read, or is no bundle in Intel HEX";
    }
    world->bundle = bundle;
    return dial_init(&world->dial, options, gateways, firmware.gateway_addresses);
}

static bool report(const struct fleet_options *options, const struct machine *machine,
                   FILE *json)
{
    struct report made;
    if (!report_make(&made, &fleet, machine)) {
        fprintf(stderr, "otakey-fleet: not enough memory for the report\n");
        return false;
    }
    report_print(&made, &fleet, stdout);
    if (json != NULL) {
        report_print_json(&made, &fleet, json);
        if (fclose(json) != 0) {
            perror(options->json);
            return false;
        }
    }
    return report_is_good(&made, &fleet);
}

int main(int argc, char **argv)
{
    struct fleet_options options;
    enum fleet_command command = fleet_options_read(&options, argc, argv);
    if (command != FLEET_RUN) {
        return command == FLEET_HELP ? 0 : 2;
    }
    const char *problem = load(&fleet.world, &options);
    if (problem == NULL) {
        problem = fleet_init(&fleet, &options);
    }
    FILE *json = problem == NULL && options.json != NULL ? fopen(options.json, "w") : NULL;
    if (problem == NULL && options.json != NULL && json == NULL) {
        problem = "the --json file cannot be written";
    }
    if (problem != NULL) {
        fprintf(stderr, "otakey-fleet: %s\n", problem);
        return 2;
    }
    const struct machine machine = machine_measure();
    fleet_run(&fleet);
    bool good = report(&options, &machine, json);
    fleet_free(&fleet);
    return good ? 0 : 1;
}
