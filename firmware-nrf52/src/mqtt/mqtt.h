/*
 * MQTT 3.1.1 client (OASIS standard, 29 October 2014) over any byte stream: a pure state machine.
 * Bytes come in, bytes wait to be taken out, time is told; no sockets, no clock, no heap.
 *
 * What it speaks: CONNECT, PUBLISH with QoS 0 and 1 both ways, PUBACK, SUBSCRIBE to one topic,
 * PINGREQ, DISCONNECT. A gateway answers without a subscription (docs/protocol.md, section 8).
 * Nothing is sent again by this layer: the requests of OTA-Key/1 are repeated above it.
 *
 * Life of a connection: when the stream is up, otakey_mqtt_connect(); then for ever take bytes out
 * (otakey_mqtt_output), give bytes in (otakey_mqtt_input) and tell time (otakey_mqtt_tick). After
 * any error the connection is CLOSED: drop the stream, make a new one, connect again.
 *
 * Times are milliseconds on one clock of the caller that never goes back.
 */
#ifndef OTAKEY_MQTT_H
#define OTAKEY_MQTT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "otakey/types.h"

/* Results beyond enum otakey_result. */
enum otakey_mqtt_result {
    OTAKEY_E_CLOSED = -32, /* there is no connection (yet), or it has ended */
    OTAKEY_E_TIMEOUT = -33 /* no CONNACK or PINGRESP in time */
};

#define OTAKEY_MQTT_PATIENCE 10000u /* ms that CONNACK and PINGRESP may take */
#define OTAKEY_MQTT_FLIGHT 4u       /* own PUBLISHes with QoS 1 that may wait for their PUBACK */
#define OTAKEY_MQTT_REPLY 4u        /* bytes of the output that are kept free for replies */

/* Input that holds any frame of the gateway on topic "otakey/1"; bytes. */
#define OTAKEY_MQTT_INPUT_SIZE (2u + 8u + 2u + OTAKEY_FRAME_MAX)

/* Output that holds a CONNECT with the longest platform login; bytes. */
#define OTAKEY_MQTT_OUTPUT_SIZE 272u

/* What CONNECT says. Sizes 0 mean: not there. Session is always clean. */
struct otakey_mqtt_login {
    struct otakey_span client_id;
    struct otakey_span user_name;
    struct otakey_span password; /* secret; only with a user name */
    uint16_t keep_alive;         /* seconds; 0: none */
};

enum otakey_mqtt_kind {
    OTAKEY_MQTT_NOTHING,
    OTAKEY_MQTT_CONNECTED, /* CONNACK 0: publish from now on */
    OTAKEY_MQTT_REFUSED,   /* CONNACK 1..5 in `code`; the connection is CLOSED */
    OTAKEY_MQTT_MESSAGE,   /* PUBLISH; with QoS 1 the PUBACK is in the output already */
    OTAKEY_MQTT_ACKED,     /* PUBACK for the own PUBLISH `packet_id` */
    OTAKEY_MQTT_SUBSCRIBED /* SUBACK; `code` is 0 unless it is refused */
};

/* What came. Topic and payload point into the input buffer, until the next otakey_mqtt_input();
 * after a SUBSCRIBE the payload is as much of it as the buffer holds. */
struct otakey_mqtt_event {
    enum otakey_mqtt_kind kind;
    uint8_t code;
    uint8_t qos;
    bool duplicate; /* the sender says that it may have sent it before */
    uint16_t packet_id;
    struct otakey_span topic;
    struct otakey_span payload;
};

enum otakey_mqtt_state { OTAKEY_MQTT_CLOSED, OTAKEY_MQTT_CONNECTING, OTAKEY_MQTT_OPEN };

/* A client; its fields are its own. The caller provides the memory. */
struct otakey_mqtt {
    uint8_t *in;
    uint8_t *out;
    size_t in_size;
    size_t out_size;
    size_t out_used;
    uint32_t length;     /* remaining length of the packet that comes in, as far as known */
    uint32_t received;   /* bytes of it that came */
    uint64_t last_in;
    uint64_t last_out;
    uint64_t waiting_since; /* for CONNACK or PINGRESP */
    uint16_t keep_alive;
    uint16_t last_id;
    uint16_t flight[OTAKEY_MQTT_FLIGHT]; /* packet ids; 0: free */
    uint8_t header;        /* first byte of the packet that comes in; 0: none yet */
    uint8_t length_bytes;  /* of the remaining length that came */
    bool length_done;
    bool pinging;
    bool subscribed;  /* or about to be: PUBLISHes of any length may come */
    bool subscribing; /* SUBACK is awaited */
    uint8_t state; /* enum otakey_mqtt_state */
};

/*
 * A closed client. The buffers stay its own as long as it lives. `in_size`: the longest packet that
 * is accepted, without its fixed header of up to 5 bytes, at least 3; `out_size`: what can wait to
 * be sent, at least OTAKEY_MQTT_REPLY.
 */
void otakey_mqtt_init(struct otakey_mqtt *mqtt, uint8_t *in, size_t in_size, uint8_t *out,
                      size_t out_size);

/*
 * A new stream is up: forgets the old one and puts CONNECT into the output.
 * OTAKEY_E_SPACE if it does not fit, OTAKEY_E_ARGUMENT if there is a password without user name.
 */
int otakey_mqtt_connect(struct otakey_mqtt *mqtt, const struct otakey_mqtt_login *login,
                        uint64_t now);

/*
 * Puts PUBLISH into the output. `qos` 0 or 1; `topic` of 1 to 65535 bytes, without wildcards.
 * Returns 0 for QoS 0, for QoS 1 the packet id that OTAKEY_MQTT_ACKED will name (1..65535).
 * OTAKEY_E_CLOSED; OTAKEY_E_SPACE: output or flight is full, nothing changed; OTAKEY_E_ARGUMENT.
 */
int otakey_mqtt_publish(struct otakey_mqtt *mqtt, struct otakey_span topic,
                        struct otakey_span payload, uint8_t qos, uint64_t now);

/*
 * Puts SUBSCRIBE with QoS 0 to one topic into the output; once in the life of a connection, after
 * OTAKEY_MQTT_CONNECTED. OTAKEY_MQTT_SUBSCRIBED will say how that ended; without room, nothing
 * will. From now on a PUBLISH may be longer than the input buffer: what does not fit is dropped as
 * it comes, and with it the whole event if that begins within the topic.
 */
void otakey_mqtt_subscribe(struct otakey_mqtt *mqtt, struct otakey_span topic, uint64_t now);

/* Puts DISCONNECT into the output, if there is room, and closes; the output may still leave. */
void otakey_mqtt_disconnect(struct otakey_mqtt *mqtt);

/* The stream is gone: closes, and wipes the output. */
void otakey_mqtt_lost(struct otakey_mqtt *mqtt);

/* The bytes that wait to be sent. */
struct otakey_span otakey_mqtt_output(const struct otakey_mqtt *mqtt);

/* So many of them were sent. They are wiped: a password may be among them. */
void otakey_mqtt_sent(struct otakey_mqtt *mqtt, size_t size);

/*
 * Takes bytes of the stream, in pieces of any size, up to the end of one packet. `*used` says how
 * many were taken; call again for the rest once the event was handled. Returns
 *   OTAKEY_OK           look at the event, which may be OTAKEY_MQTT_NOTHING;
 *   OTAKEY_E_SPACE      no room for a reply: send some output, then give the rest again;
 *   OTAKEY_E_MALFORMED  not MQTT 3.1.1 as a server may speak it to this client: CLOSED now;
 *   OTAKEY_E_CLOSED     it was closed before; nothing is taken.
 */
int otakey_mqtt_input(struct otakey_mqtt *mqtt, struct otakey_span bytes, uint64_t now,
                      size_t *used, struct otakey_mqtt_event *event);

/*
 * Keeps the connection alive. To be called at otakey_mqtt_next() at the latest.
 * OTAKEY_E_TIMEOUT if the other side does not answer: CLOSED now. OTAKEY_E_CLOSED.
 */
int otakey_mqtt_tick(struct otakey_mqtt *mqtt, uint64_t now);

/* When otakey_mqtt_tick() has something to do; UINT64_MAX: never. */
uint64_t otakey_mqtt_next(const struct otakey_mqtt *mqtt);

#endif
