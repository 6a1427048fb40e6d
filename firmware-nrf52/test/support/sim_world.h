/*
 * One device in a world of its own: simulated flash, gateway, link, platform and clock. What the
 * world does with frames and logins is set by fields; time only passes in the calls below.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "otakey/client.h"
#include "sim_flash.h"
#include "sim_gateway.h"

#define SECOND UINT64_C(1000)
#define DAY (86400 * SECOND)

struct sim_world {
    struct otakey_client client;
    struct sim_flash flash;
    struct sim_gateway gateway;
    struct otakey_firmware firmware;
    struct otakey_port port;
    uint64_t now;

    /* The request on its way. */
    uint8_t mail[OTAKEY_REQUEST_MAX];
    size_t mail_size;
    unsigned mail_address;

    bool silent;          /* no request arrives */
    bool deaf;            /* no answer arrives */
    bool unlinked;        /* send() fails */
    bool echo;            /* every answer comes three times */
    bool lossy;           /* one request of three, one answer of three get lost */
    bool standing_random;  /* the generator of random numbers returns one byte only */
    bool repeating_random; /* … always begins anew */
    bool dumb_platform;   /* takes the connection and never answers */
    enum otakey_login login;

    /* What was seen. */
    unsigned sent, addresses_used;
    uint64_t last_sent_at;
    unsigned events[OTAKEY_EVENT_FAULT + 1];
    struct otakey_event last_event;
    struct otakey_credential shown; /* to the platform */
    bool login_pending;
    uint32_t acknowledged; /* highest epoch that the device knows to be committed */
    bool forward_only;     /* no request may be under an older key than that */

    uint64_t random_state;
};

extern struct sim_world world;

/* A world of its own kind for each seed, with a device that was never switched on. */
void new_world(uint64_t seed);
void world_power_on(bool memory_survives);
int world_random(void *context, uint8_t *out, size_t size);
void world_receive(const uint8_t *frame, size_t size);
/* The gateway answers the request on its way. */
void world_deliver(void);
/* The step that is due; a request may then be on its way. */
void world_step(void);
/* A step, and its request is delivered. */
void world_turn(void);

bool settled_at(uint32_t epoch);
void run_until_settled_at(uint32_t epoch);
void run_for(uint64_t time);
/* Until such a request is on its way; any other is delivered. */
void run_until_asked(uint8_t type);
void run_until_served(void);

#endif
