/*
 * One device of the fleet: the core as it is, a board of simulated flash and a socket, and a power
 * supply that fails.
 *
 * Its clock runs in real time while it has a connection, and faster where --time-scale says so
 * while it has none. It has a connection only while the gateway owes it an answer.
 */
#ifndef FLEET_INSTANCE_H
#define FLEET_INSTANCE_H

#include "dial.h"
#include "meter.h"
#include "options.h"
#include "otakey/device.h"
#include "sim_flash.h"

#define INSTANCE_CODES 16u

/* What was counted of all instances. */
struct tally {
    uint64_t boots, cuts, limits; /* limits: see sim_limits.h */
    uint64_t connections, frames_out, frames_in, bytes_out, bytes_in;
    uint64_t refused[INSTANCE_CODES]; /* ERRORs by code; 0: any other */
    uint64_t grants, gave_up, wiped, faults; /* grants: stored in flash */
};

/* What all instances share. */
struct world {
    const struct fleet_options *options;
    const uint8_t *bundle;
    uint32_t bundle_address;
    struct dial dial;
    int epoll;
    uint64_t now; /* microseconds */
    bool proving; /* the part after life: no power cuts, and the first accepted key is enough */
    struct tally tally;
};

struct instance {
    struct world *world;
    uint32_t number;
    int socket; /* -1: none */
    bool powered;
    bool wants_rotation;
    bool turned_away; /* an ENROLL was answered 5 */
    bool had_grant;

    /* How it stands. The part of its life that is on is over for it with one of these. */
    bool at_last_key;
    bool accepted; /* heard so after the boot that is to prove it */
    bool bricked;  /* holds no key, and the gateway has one for it */
    bool taken;    /* the gateway had a key for its id before it ever got one */

    uint32_t epoch;       /* the highest that it heard to be confirmed */
    uint64_t due_at;      /* when it was to be switched on first, microseconds */
    uint64_t enrolled_at; /* when it heard first of a confirmed key; 0: not yet */
    uint64_t random;
    uint64_t since;       /* microseconds, when its clock read `clock` */
    uint64_t clock;       /* milliseconds */
    struct meter out, in; /* of the present connection */
    char id[FLEET_PREFIX_MAX + 12u];
    struct otakey_board board;
    struct otakey_device device;
    struct sim_flash flash;
};

/* Real time, in microseconds from anywhere. */
uint64_t instance_clock(void);

/* Switched off, with blank flash. Its memory has to be zeros. */
void instance_init(struct instance *instance, struct world *world, uint32_t number);

/* Switches it on if it is off, and does what is due. Returns when to call again at the latest,
 * microseconds; UINT64_MAX: never, the part that is on is over for it. Call at once when its socket
 * is ready. */
uint64_t instance_turn(struct instance *instance);

bool instance_is_done(const struct instance *instance);

/* Orderly; only flash stays. */
void instance_switch_off(struct instance *instance);

#endif
