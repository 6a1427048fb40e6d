#include "mqtt.h"

#include <string.h>

#include "otakey/crypto.h"

/* First bytes: packet type and the flags that it must have (2.2). */
#define CONNECT 0x10u
#define CONNACK 0x20u
#define PUBLISH 0x30u
#define PUBACK 0x40u
#define PINGREQ 0xc0u
#define PINGRESP 0xd0u
#define DISCONNECT 0xe0u

#define FLAG_DUPLICATE 0x08u
#define FLAG_QOS 0x06u

#define CONNECT_CLEAN 0x02u
#define CONNECT_PASSWORD 0x40u
#define CONNECT_USER_NAME 0x80u
#define CONNECT_HEADER 10u /* protocol name, level, flags, keep-alive */

#define STRING_MAX 0xffffu
#define REFUSALS 5u /* the highest CONNACK code */
#define LENGTH_BYTES_MAX 4u

/* ---- output */

static size_t room(const struct otakey_mqtt *mqtt)
{
    return mqtt->out_size - mqtt->out_used;
}

static void put(struct otakey_mqtt *mqtt, const void *bytes, size_t size)
{
    if (size > 0) {
        memcpy(&mqtt->out[mqtt->out_used], bytes, size);
        mqtt->out_used += size;
    }
}

static void put_byte(struct otakey_mqtt *mqtt, unsigned byte)
{
    mqtt->out[mqtt->out_used++] = (uint8_t)byte;
}

static void put_short(struct otakey_mqtt *mqtt, size_t value)
{
    put_byte(mqtt, (unsigned)(value >> 8 & 0xffu));
    put_byte(mqtt, (unsigned)(value & 0xffu));
}

static void put_string(struct otakey_mqtt *mqtt, struct otakey_span string)
{
    put_short(mqtt, string.size);
    put(mqtt, string.data, string.size);
}

static size_t header_size(size_t length)
{
    return length < 128u ? 2u : length < 16384u ? 3u : length < 2097152u ? 4u : 5u;
}

/* The fixed header, if the packet fits and leaves so many bytes free. Remaining length: 2.2.3. */
static bool begin(struct otakey_mqtt *mqtt, unsigned header, size_t length, size_t keep_free)
{
    if (length > mqtt->out_size || header_size(length) + length + keep_free > room(mqtt)) {
        return false;
    }
    put_byte(mqtt, header);
    while (length >= 128u) {
        put_byte(mqtt, (unsigned)(length & 0x7fu) | 0x80u);
        length >>= 7;
    }
    put_byte(mqtt, (unsigned)length);
    return true;
}

static void shut(struct otakey_mqtt *mqtt)
{
    mqtt->state = OTAKEY_MQTT_CLOSED;
    mqtt->pinging = false;
}

void otakey_mqtt_init(struct otakey_mqtt *mqtt, uint8_t *in, size_t in_size, uint8_t *out,
                      size_t out_size)
{
    *mqtt = (struct otakey_mqtt){.in = in, .in_size = in_size, .out = out, .out_size = out_size};
}

int otakey_mqtt_connect(struct otakey_mqtt *mqtt, const struct otakey_mqtt_login *login,
                        uint64_t now)
{
    static const uint8_t protocol[] = {0, 4, 'M', 'Q', 'T', 'T', 4};
    bool user = login->user_name.size > 0;
    bool password = login->password.size > 0;
    otakey_mqtt_lost(mqtt);
    if ((password && !user) || login->client_id.size > STRING_MAX
        || login->user_name.size > STRING_MAX || login->password.size > STRING_MAX) {
        return OTAKEY_E_ARGUMENT;
    }
    size_t length = CONNECT_HEADER + 2u + login->client_id.size
                    + (user ? 2u + login->user_name.size : 0u)
                    + (password ? 2u + login->password.size : 0u);
    if (!begin(mqtt, CONNECT, length, 0)) {
        return OTAKEY_E_SPACE;
    }
    put(mqtt, protocol, sizeof(protocol));
    put_byte(mqtt, CONNECT_CLEAN | (user ? CONNECT_USER_NAME : 0u)
                       | (password ? CONNECT_PASSWORD : 0u));
    put_short(mqtt, login->keep_alive);
    put_string(mqtt, login->client_id);
    if (user) {
        put_string(mqtt, login->user_name);
    }
    if (password) {
        put_string(mqtt, login->password);
    }
    mqtt->state = OTAKEY_MQTT_CONNECTING;
    mqtt->keep_alive = login->keep_alive;
    mqtt->last_in = mqtt->last_out = mqtt->waiting_since = now;
    return OTAKEY_OK;
}

/* A place in flight with a packet id that no other PUBLISH in flight has; NULL if there is none. */
static uint16_t *board(struct otakey_mqtt *mqtt)
{
    uint16_t *place = NULL;
    bool taken = true;
    while (taken) {
        mqtt->last_id = (uint16_t)(mqtt->last_id == UINT16_MAX ? 1u : mqtt->last_id + 1u);
        taken = false;
        for (size_t i = 0; i < OTAKEY_MQTT_FLIGHT; i++) {
            taken = taken || mqtt->flight[i] == mqtt->last_id;
            place = mqtt->flight[i] == 0 ? &mqtt->flight[i] : place;
        }
    }
    return place;
}

static bool is_topic(struct otakey_span topic)
{
    if (topic.size == 0 || topic.size > STRING_MAX) {
        return false;
    }
    for (size_t i = 0; i < topic.size; i++) {
        if (topic.data[i] == 0 || topic.data[i] == '+' || topic.data[i] == '#') {
            return false;
        }
    }
    return true;
}

int otakey_mqtt_publish(struct otakey_mqtt *mqtt, struct otakey_span topic,
                        struct otakey_span payload, uint8_t qos, uint64_t now)
{
    if (mqtt->state != OTAKEY_MQTT_OPEN) {
        return OTAKEY_E_CLOSED;
    }
    if (qos > 1 || !is_topic(topic)) {
        return OTAKEY_E_ARGUMENT;
    }
    uint16_t *place = qos == 1 ? board(mqtt) : NULL;
    size_t length = 2u + topic.size + (qos == 1 ? 2u : 0u);
    if ((qos == 1 && place == NULL) || payload.size > mqtt->out_size
        || !begin(mqtt, PUBLISH | (unsigned)qos << 1, length + payload.size, OTAKEY_MQTT_REPLY)) {
        return OTAKEY_E_SPACE;
    }
    put_string(mqtt, topic);
    if (place != NULL) {
        put_short(mqtt, mqtt->last_id);
        *place = mqtt->last_id;
    }
    put(mqtt, payload.data, payload.size);
    mqtt->last_out = now;
    return place != NULL ? *place : 0;
}

void otakey_mqtt_disconnect(struct otakey_mqtt *mqtt)
{
    if (mqtt->state != OTAKEY_MQTT_CLOSED) {
        (void)begin(mqtt, DISCONNECT, 0, 0);
        shut(mqtt);
    }
}

void otakey_mqtt_lost(struct otakey_mqtt *mqtt)
{
    otakey_wipe(mqtt->out, mqtt->out_used);
    otakey_mqtt_init(mqtt, mqtt->in, mqtt->in_size, mqtt->out, mqtt->out_size);
}

struct otakey_span otakey_mqtt_output(const struct otakey_mqtt *mqtt)
{
    return (struct otakey_span){mqtt->out, mqtt->out_used};
}

void otakey_mqtt_sent(struct otakey_mqtt *mqtt, size_t size)
{
    size = size < mqtt->out_used ? size : mqtt->out_used;
    memmove(mqtt->out, &mqtt->out[size], mqtt->out_used - size);
    mqtt->out_used -= size;
    otakey_wipe(&mqtt->out[mqtt->out_used], size);
}

/* ---- input */

static size_t get_short(const uint8_t *bytes)
{
    return (size_t)bytes[0] << 8 | bytes[1];
}

/* Whether a server may send a packet with this first byte and length now; before its body. */
static bool is_expected(const struct otakey_mqtt *mqtt)
{
    bool open = mqtt->state == OTAKEY_MQTT_OPEN;
#ifndef SEEDED_BUG_MQTT_INPUT_BOUND
    if (mqtt->length > mqtt->in_size) {
        return false;
    }
#endif
    switch (mqtt->header) {
    case CONNACK: return !open && mqtt->length == 2;
    case PUBACK: return open && mqtt->length == 2;
    case PINGRESP: return open && mqtt->length == 0;
    default: break;
    }
    unsigned qos = (mqtt->header & FLAG_QOS) >> 1;
    bool publish = (mqtt->header & 0xf0u) == PUBLISH && qos <= 1;
    bool sane = qos == 1 || (mqtt->header & FLAG_DUPLICATE) == 0;
    return open && publish && sane;
}

static bool on_connack(struct otakey_mqtt *mqtt, struct otakey_mqtt_event *event)
{
    uint8_t flags = mqtt->in[0];
    uint8_t code = mqtt->in[1];
    if (flags != 0 || code > REFUSALS) {
        return false; /* a clean session is never present before (3.2.2.2) */
    }
    event->kind = code == 0 ? OTAKEY_MQTT_CONNECTED : OTAKEY_MQTT_REFUSED;
    event->code = code;
    if (code == 0) {
        mqtt->state = OTAKEY_MQTT_OPEN;
    } else {
        shut(mqtt);
    }
    return true;
}

static bool on_puback(struct otakey_mqtt *mqtt, struct otakey_mqtt_event *event)
{
    uint16_t id = (uint16_t)get_short(mqtt->in);
    for (size_t i = 0; i < OTAKEY_MQTT_FLIGHT && id != 0; i++) {
        if (mqtt->flight[i] == id) {
            mqtt->flight[i] = 0;
            event->kind = OTAKEY_MQTT_ACKED;
            event->packet_id = id;
        }
    }
    return id != 0; /* one that nobody waits for is harmless */
}

static bool on_publish(struct otakey_mqtt *mqtt, struct otakey_mqtt_event *event, uint64_t now)
{
    size_t qos = (mqtt->header & FLAG_QOS) >> 1;
    size_t ids = 2u * qos;
#ifndef SEEDED_BUG_MQTT_TOPIC_BOUND
    if (mqtt->length < 2u + ids || get_short(mqtt->in) > mqtt->length - 2u - ids) {
        return false;
    }
#endif
    struct otakey_span topic = {&mqtt->in[2], get_short(mqtt->in)};
    const uint8_t *after = topic.data + topic.size;
    size_t id = qos == 1 ? get_short(after) : 0;
    if (!is_topic(topic) || (qos == 1 && id == 0)) {
        return false;
    }
    event->kind = OTAKEY_MQTT_MESSAGE;
    event->qos = (uint8_t)qos;
    event->duplicate = (mqtt->header & FLAG_DUPLICATE) != 0;
    event->packet_id = (uint16_t)id;
    event->topic = topic;
    event->payload = (struct otakey_span){after + ids, mqtt->length - 2u - ids - topic.size};
    if (qos == 1) {
        (void)begin(mqtt, PUBACK, 2, 0); /* there is room: must_wait() */
        put_short(mqtt, id);
        mqtt->last_out = now;
    }
    return true;
}

/* A whole packet is here. */
static bool on_packet(struct otakey_mqtt *mqtt, struct otakey_mqtt_event *event, uint64_t now)
{
    mqtt->last_in = now;
    switch (mqtt->header) {
    case CONNACK: return on_connack(mqtt, event);
    case PUBACK: return on_puback(mqtt, event);
    case PINGRESP:
        mqtt->pinging = false;
        return true;
    default: return on_publish(mqtt, event, now);
    }
}

/* One byte of the fixed header. Whether it may stand there. */
static bool take_header(struct otakey_mqtt *mqtt, uint8_t byte)
{
    if (mqtt->header == 0) {
        mqtt->header = byte;
        return byte != 0;
    }
    mqtt->length |= (uint32_t)(byte & 0x7fu) << (7u * mqtt->length_bytes);
    mqtt->length_bytes++;
    mqtt->length_done = (byte & 0x80u) == 0;
    return mqtt->length_done ? is_expected(mqtt) : mqtt->length_bytes < LENGTH_BYTES_MAX;
}

/* The last byte of a packet that is to be answered stays outside until the answer has room. */
static bool must_wait(const struct otakey_mqtt *mqtt)
{
#ifdef SEEDED_BUG_MQTT_REPLY_BOUND
    return false;
#endif
    return mqtt->length_done && mqtt->received + 1u >= mqtt->length
           && (mqtt->header & 0xf0u) == PUBLISH && (mqtt->header & FLAG_QOS) != 0
           && room(mqtt) < OTAKEY_MQTT_REPLY;
}

static bool take_byte(struct otakey_mqtt *mqtt, uint8_t byte)
{
    if (!mqtt->length_done) {
        return take_header(mqtt, byte);
    }
    mqtt->in[mqtt->received++] = byte;
    return true;
}

static void next_packet(struct otakey_mqtt *mqtt)
{
    mqtt->header = 0;
    mqtt->length = 0;
    mqtt->received = 0;
    mqtt->length_bytes = 0;
    mqtt->length_done = false;
}

int otakey_mqtt_input(struct otakey_mqtt *mqtt, struct otakey_span bytes, uint64_t now,
                      size_t *used, struct otakey_mqtt_event *event)
{
    *used = 0;
    *event = (struct otakey_mqtt_event){.kind = OTAKEY_MQTT_NOTHING};
    while (mqtt->state != OTAKEY_MQTT_CLOSED && *used < bytes.size) {
        if (must_wait(mqtt)) {
            return OTAKEY_E_SPACE;
        }
        bool sane = take_byte(mqtt, bytes.data[(*used)++]);
        if (sane && mqtt->length_done && mqtt->received == mqtt->length) {
            sane = on_packet(mqtt, event, now);
            next_packet(mqtt);
            if (sane && event->kind != OTAKEY_MQTT_NOTHING) {
                return OTAKEY_OK;
            }
        }
        if (!sane) {
            shut(mqtt);
            return OTAKEY_E_MALFORMED;
        }
    }
    return mqtt->state == OTAKEY_MQTT_CLOSED ? OTAKEY_E_CLOSED : OTAKEY_OK;
}

/* ---- time */

/* Half the keep-alive time of silence in either direction: a dead stream is noticed, too. */
static uint64_t ping_at(const struct otakey_mqtt *mqtt)
{
#ifdef SEEDED_BUG_MQTT_DEAF
    return mqtt->last_out + mqtt->keep_alive * UINT64_C(500);
#endif
    uint64_t last = mqtt->last_in < mqtt->last_out ? mqtt->last_in : mqtt->last_out;
    return last + mqtt->keep_alive * UINT64_C(500);
}

uint64_t otakey_mqtt_next(const struct otakey_mqtt *mqtt)
{
    if (mqtt->state == OTAKEY_MQTT_CLOSED) {
        return UINT64_MAX;
    }
    if (mqtt->state == OTAKEY_MQTT_CONNECTING || mqtt->pinging) {
        return mqtt->waiting_since + OTAKEY_MQTT_PATIENCE;
    }
    return mqtt->keep_alive == 0 ? UINT64_MAX : ping_at(mqtt);
}

int otakey_mqtt_tick(struct otakey_mqtt *mqtt, uint64_t now)
{
    if (mqtt->state == OTAKEY_MQTT_CLOSED) {
        return OTAKEY_E_CLOSED;
    }
    if (now < otakey_mqtt_next(mqtt)) {
        return OTAKEY_OK;
    }
    if (mqtt->state == OTAKEY_MQTT_CONNECTING || mqtt->pinging) {
        shut(mqtt);
        return OTAKEY_E_TIMEOUT;
    }
    /* Without room for it the stream has not moved for long: the time-out runs all the same. */
    (void)begin(mqtt, PINGREQ, 0, 0);
    mqtt->pinging = true;
    mqtt->waiting_since = now;
    mqtt->last_out = now;
    return OTAKEY_OK;
}
