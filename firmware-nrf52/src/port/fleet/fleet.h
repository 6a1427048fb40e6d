/*
 * All devices on one thread. First part, life: they are switched on at an even rate, whatever the
 * gateway makes of it, enroll, rotate, and may lose power. Second part, the proof: each is switched
 * off and on again, at the same rate, and has to hear that its key is accepted.
 */
#ifndef FLEET_FLEET_H
#define FLEET_FLEET_H

#include "alarms.h"
#include "instance.h"

struct fleet {
    const struct fleet_options *options;
    struct world world;
    struct instance *instances;
    struct alarms alarms;
    uint32_t *queue; /* ring of those that wait for a connection to be free */
    uint32_t queue_first, queued;
    uint32_t connected;
    uint32_t done; /* devices for which the present part is over */
    uint64_t life, proof; /* microseconds that the parts took */
};

/* The bundle and the gateways have to be in fleet->world. NULL, or what is wrong. */
const char *fleet_init(struct fleet *fleet, const struct fleet_options *options);

/* Both parts; ends when all devices are done, or the time is over. */
void fleet_run(struct fleet *fleet);

void fleet_free(struct fleet *fleet);

#endif
