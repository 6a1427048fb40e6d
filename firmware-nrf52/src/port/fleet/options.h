/* What the command line of the fleet says. */
#ifndef FLEET_OPTIONS_H
#define FLEET_OPTIONS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#define FLEET_SOURCES_MAX 64u
#define FLEET_PREFIX_MAX 48u /* device ids are PREFIX-000000 and so on */

struct fleet_options {
    const char *bundle;
    const char *prefix;
    const char *json; /* NULL: no document */
    uint16_t port;
    uint32_t devices;
    uint32_t rotations; /* of each device */
    uint32_t cut_every; /* flash operations between power cuts, on average; 0: none */
    uint32_t at_once;   /* connections */
    uint32_t seconds;   /* for life, and as many for its proof */
    uint64_t seed;      /* of the power cuts; keys are random in any case */
    double rate;        /* power-ons a second */
    double time_scale;  /* of waits without a connection */
    struct in_addr sources[FLEET_SOURCES_MAX];
    unsigned source_count; /* 0: the system's choice */
};

enum fleet_command { FLEET_RUN, FLEET_HELP, FLEET_USAGE };

/* Says what is wrong on the standard error, and the help on the standard output. Texts stay in
 * argv. Only after FLEET_RUN are the options whole. */
enum fleet_command fleet_options_read(struct fleet_options *options, int argc, char **argv);

#endif
