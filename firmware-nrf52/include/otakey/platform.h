/*
 * The example's way to its cloud platform: logs in over MQTT 3.1.1 with the credential of the
 * confirmed key (docs/protocol.md, sections 2, 5 and 9) and publishes a counter with QoS 1, one
 * number at a time. A lost or refused connection is tried again with the back-off of rule 8; a key
 * that was rotated or moved makes a new one at once. It also makes the login that rule 2 asks for
 * before a key is confirmed.
 *
 * It subscribes (QoS 0) to otakey/notify below the device's own branch. A message there, whatever
 * is in it, makes the client poll soon: the gateway says so that something waits. A platform can
 * thus cost the device a POLL a minute, no more. What refuses the subscription, by SUBACK or, as
 * RabbitMQ does, by the end of the connection, is done without: then the next connection goes
 * without, and the one after that asks again.
 *
 * No TLS: the platform secret crosses the stream in clear, so only scheme "mqtt" is served.
 */
#ifndef OTAKEY_PLATFORM_H
#define OTAKEY_PLATFORM_H

#include "otakey/link.h"

#define OTAKEY_PLATFORM_TOPIC_MAX 80u /* bytes of the board's part of the topic */
#define OTAKEY_PLATFORM_NOTIFY_MAX (OTAKEY_NAME_MAX + OTAKEY_PLATFORM_TOPIC_MAX + 13u)

enum otakey_platform_event {
    OTAKEY_PLATFORM_HAS_ACCEPTED,   /* logged in */
    OTAKEY_PLATFORM_HAS_REFUSED,    /* number = CONNACK 1, 2, 4, 5: the credential is not wanted */
    OTAKEY_PLATFORM_IS_UNREACHABLE, /* not to be dialled, no CONNACK in time, or CONNACK 3 */
    OTAKEY_PLATFORM_IS_LOST,        /* one that was accepted is gone; number = 1: before SUBACK, so
                                       that the next one does not subscribe */
    OTAKEY_PLATFORM_HAS_PUBLISHED,  /* number = the counter that the platform acknowledged */
    OTAKEY_PLATFORM_HAS_NOTIFIED,   /* a message came: the client polls soon */
    OTAKEY_PLATFORM_WILL_NOT_NOTIFY /* the subscription was refused; all else goes on */
};
#define OTAKEY_PLATFORM_EVENTS (OTAKEY_PLATFORM_WILL_NOT_NOTIFY + 1)

/* What a board provides for a platform. All pointers stay. */
struct otakey_platform_port {
    struct otakey_stream stream; /* its open() is not called */

    /* In place of open(), with the stream's context. Host and port stay the caller's. */
    int (*dial)(void *context, struct otakey_span host, uint16_t port);

    /* The stream and the gateway's are one line (a modem): one of them at a time. */
    bool one_line;

    /* Directly behind the connection's prefix: 1..OTAKEY_PLATFORM_TOPIC_MAX bytes. The board writes
     * a dot of the device id as %2E here (section 9). */
    struct otakey_span topic;

    /* The device's own branch there, with the slash at its end: "ID/". Up to
     * OTAKEY_PLATFORM_TOPIC_MAX bytes; size 0: nothing is subscribed to. */
    struct otakey_span branch;
    uint16_t seconds;         /* between two numbers; more than 0 */
    uint16_t keep_alive;      /* seconds */

    /* Something happened, for a log. May be NULL. Must not call platform or client. */
    void (*event)(void *context, enum otakey_platform_event event, uint32_t number);
    void *context;
};

/* A platform's client; its fields are its own. The application provides the memory, 0.9 KB. */
struct otakey_platform {
    const struct otakey_platform_port *port;
    struct otakey_client *client;
    bool is_open, accepted, changed;
    bool again;       /* to be stepped at once */
    bool mute;        /* the connection before ended over its subscription */
    uint8_t level;    /* of the back-off */
    uint8_t login;    /* that rule 2 asked for: none, under way, ended */
    uint8_t result;   /* enum otakey_login */
    uint8_t refusal;  /* CONNACK, if it was not 0 */
    uint8_t topic_size, notify_size;
    uint16_t unacked; /* packet id of the number that waits for PUBACK; 0: none */
    uint32_t counter;
    uint64_t retry_at;
    uint64_t publish_at;
    struct otakey_mqtt mqtt;
    uint8_t in[2u + OTAKEY_PLATFORM_NOTIFY_MAX]; /* the topic of a PUBLISH; the rest is dropped */
    uint8_t out[OTAKEY_MQTT_OUTPUT_SIZE];
    uint8_t topic[OTAKEY_NAME_MAX + OTAKEY_PLATFORM_TOPIC_MAX];
    uint8_t notify[OTAKEY_PLATFORM_NOTIFY_MAX];
};

/* A closed one. OTAKEY_E_ARGUMENT if the port is not as described. */
int otakey_platform_init(struct otakey_platform *platform, const struct otakey_platform_port *port,
                         struct otakey_client *client);

/* To be called by the client's log_in(): closes what is open, and logs in. A later step tells the
 * client how that ended. */
void otakey_platform_log_in(struct otakey_platform *platform,
                            const struct otakey_credential *credential, uint64_t now);

/* To be called at every event ENROLLED, ROTATED and MOVED of the client: another credential. */
void otakey_platform_changed(struct otakey_platform *platform);

/* Somebody else has the line: the connection is gone, without blame. The next step dials anew. */
void otakey_platform_yield(struct otakey_platform *platform, uint64_t now);

/* Does what is due. Returns when to call again at the latest; `now` if the client has to be stepped
 * before, since a login has ended or a message came. Call at once when the stream has bytes. */
uint64_t otakey_platform_step(struct otakey_platform *platform, uint64_t now);

bool otakey_platform_has_output(const struct otakey_platform *platform);

/* "accepted", "refused", …: for a log. */
const char *otakey_platform_event_name(enum otakey_platform_event event);

#endif
