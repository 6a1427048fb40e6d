/*
 * The way from the client to a gateway: OTA-Key/1 over MQTT (docs/protocol.md, section 8) over any
 * byte stream that a board provides: a socket, a UART to a modem.
 *
 * A connection is opened when the client has something to say, and then kept alive, so that the
 * gateway can push. When it is lost the client is told, and its back-off (rule 8) decides when it
 * is tried again: a fleet whose gateway restarts does not come back all at once.
 *
 * A stream that dies without a word, as when a modem connects anew by itself, is noticed by the
 * keep-alive, or by two requests in a row without an answer: the third opens a new connection.
 */
#ifndef OTAKEY_LINK_H
#define OTAKEY_LINK_H

#include "mqtt.h"
#include "otakey/client.h"

#define OTAKEY_LINK_CHUNK 64u

/* A byte stream, as a board provides it. None of the calls blocks. */
struct otakey_stream {
    void *context;

    /* Opens the stream to gateway 0 or 1, or begins to. What came before is dropped. Returns 0, or
     * anything else if that cannot be. */
    int (*open)(void *context, unsigned address);

    /* Takes or gives some bytes. Returns how many, 0 if none now; negative: the stream is gone. */
    int (*write)(void *context, const uint8_t *bytes, size_t size);
    int (*read)(void *context, uint8_t *bytes, size_t size);

    void (*close)(void *context);
};

/* A link; its fields are its own. The application provides the memory, 1.7 KB. */
struct otakey_link {
    const struct otakey_stream *stream;
    struct otakey_client *client;
    struct otakey_span client_id;
    uint16_t keep_alive;
    bool is_open;      /* the stream */
    uint8_t unanswered; /* requests since the gateway said something */
    uint8_t address;
    uint8_t chunk_used, chunk_size;
    uint64_t now;
    uint16_t held_size; /* of the request that waits for CONNACK or room; 0: none */
    uint8_t held[OTAKEY_REQUEST_MAX];
    uint8_t chunk[OTAKEY_LINK_CHUNK];
    struct otakey_mqtt mqtt;
    uint8_t in[OTAKEY_MQTT_INPUT_SIZE];
    uint8_t out[OTAKEY_MQTT_OUTPUT_SIZE];
};

/*
 * A closed link for this client. `client_id` is a hint to the gateway, up to 64 bytes; seconds of
 * keep-alive, 0: none. All pointers stay.
 */
void otakey_link_init(struct otakey_link *link, const struct otakey_stream *stream,
                      struct otakey_client *client, struct otakey_span client_id,
                      uint16_t keep_alive);

/* To be called by the port's send(); the frame leaves with the next step. */
int otakey_link_send(struct otakey_link *link, const uint8_t *frame, size_t size,
                     unsigned address);

/*
 * Does what is due, of the client, too. Returns when to call again at the latest; call at once
 * when the stream has bytes, or has room again while otakey_link_has_output().
 */
uint64_t otakey_link_step(struct otakey_link *link, uint64_t now);

/* Ends the connection without a word to the client: somebody else needs the line. */
void otakey_link_close(struct otakey_link *link);

bool otakey_link_is_open(const struct otakey_link *link);
bool otakey_link_has_output(const struct otakey_link *link);

#endif
