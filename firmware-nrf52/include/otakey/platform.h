/*
 * The example's way to its cloud platform: logs in over MQTT 3.1.1 with the credential of the
 * confirmed key (docs/protocol.md, sections 2, 5 and 9) and publishes a counter with QoS 1, one
 * number at a time. A lost or refused connection is tried again with the back-off of rule 8; a key
 * that was rotated or moved makes a new one at once. It also makes the login that rule 2 asks for
 * before a key is confirmed.
 *
 * No TLS: the platform secret crosses the stream in clear, so only scheme "mqtt" is served.
 */
#ifndef OTAKEY_PLATFORM_H
#define OTAKEY_PLATFORM_H

#include "otakey/link.h"

#define OTAKEY_PLATFORM_TOPIC_MAX 80u /* bytes of the board's part of the topic */

enum otakey_platform_event {
    OTAKEY_PLATFORM_HAS_ACCEPTED,   /* logged in */
    OTAKEY_PLATFORM_HAS_REFUSED,    /* number = CONNACK 1, 2, 4, 5: the credential is not wanted */
    OTAKEY_PLATFORM_IS_UNREACHABLE, /* not to be dialled, no CONNACK in time, or CONNACK 3 */
    OTAKEY_PLATFORM_IS_LOST,        /* a connection that was accepted is gone */
    OTAKEY_PLATFORM_HAS_PUBLISHED   /* number = the counter that the platform acknowledged */
};

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
    uint16_t seconds;         /* between two numbers; more than 0 */
    uint16_t keep_alive;      /* seconds */

    /* Something happened, for a log. May be NULL. Must not call platform or client. */
    void (*event)(void *context, enum otakey_platform_event event, uint32_t number);
    void *context;
};

/* A platform's client; its fields are its own. The application provides the memory, 0.6 KB. */
struct otakey_platform {
    const struct otakey_platform_port *port;
    struct otakey_client *client;
    uint64_t retry_at;
    uint64_t publish_at;
    uint32_t counter;
    uint16_t unacked; /* packet id of the number that waits for PUBACK; 0: none */
    bool is_open, accepted, changed;
    uint8_t level;    /* of the back-off */
    uint8_t login;    /* that rule 2 asked for: none, under way, ended */
    uint8_t result;   /* enum otakey_login */
    uint8_t refusal;  /* CONNACK, if it was not 0 */
    uint8_t topic_size;
    struct otakey_mqtt mqtt;
    uint8_t in[16];   /* nobody publishes to a client that never subscribes */
    uint8_t out[OTAKEY_MQTT_OUTPUT_SIZE];
    uint8_t topic[OTAKEY_NAME_MAX + OTAKEY_PLATFORM_TOPIC_MAX];
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
 * before, since a login has ended. Call at once when the stream has bytes. */
uint64_t otakey_platform_step(struct otakey_platform *platform, uint64_t now);

bool otakey_platform_has_output(const struct otakey_platform *platform);

/* "accepted", "refused", …: for a log. */
const char *otakey_platform_event_name(enum otakey_platform_event event);

#endif
