/* A platform that speaks MQTT, for tests, and a device of the simulated world that is on it. */
#ifndef SIM_PLATFORM_H
#define SIM_PLATFORM_H

#include "otakey/platform.h"
#include "sim_world.h"

#define PLATFORM_EVERY 10u /* seconds between two numbers */

enum manner { ANSWERS, NOBODY, TAKES_NOTHING, SILENT, BABBLES, KEEPS_NOBODY };

struct sim_broker {
    enum manner manner, manner_there; /* of host h, of host i */
    uint8_t connack, connack_there;
    char host; /* of the connection that is open; 0: none */
    unsigned dials, dials_there, connects, accepts, leaves;
    char user[OTAKEY_LOGIN_NAME_SIZE], password[OTAKEY_PLATFORM_SECRET_SIZE];
    uint8_t up[600], down[600];
    size_t up_size, down_size;
    unsigned published; /* the last number */
    bool acks_nothing;
    unsigned subscribed;     /* since the last CONNECT */
    unsigned subscriptions;
    uint8_t suback;          /* what SUBACK says */
    bool cuts_subscribers;   /* as RabbitMQ those that it does not let */
    bool forgets_subscribers;
    bool floods;             /* never ends a PUBLISH of 256 MB */
    unsigned reads;          /* of that in one step */
    bool is_cut;
    uint32_t row_epoch; /* the gateway's, at the last CONNECT */
    char shown_to;      /* the host of that */
};

extern struct sim_broker broker;
extern struct otakey_platform platform;
extern unsigned told[OTAKEY_PLATFORM_EVENTS];
extern uint8_t gave_up; /* the reason */

/* The same platform by two hosts: h, whose connection map begin_enrolled() grants, and i. */
extern const struct otakey_span here, there;

/* A new world; nothing is granted a connection yet. */
void begin(uint64_t seed);

/* A new world, and a device at epoch 1 with the connection `here`. */
void begin_enrolled(uint64_t seed);

/* The platform publishes so many bytes. */
void broker_publishes(const char *topic, size_t size);

void turn(void);
void run(uint64_t time);
void run_until_settled(uint32_t epoch);
void run_until_accepted(unsigned more);

/* The platform was shown exactly what belongs to the confirmed key. */
void is_current(void);

/* Whether these bytes have a secret in them, or the first half of it. */
bool holds(const void *memory, size_t size, const char *secret);

#endif
