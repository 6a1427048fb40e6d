/* Packets out, and time. */
#include <string.h>

#include "mqtt_core.h"
#include "otakey/crypto.h"

#define CONNECT_CLEAN 0x02u
#define CONNECT_PASSWORD 0x40u
#define CONNECT_USER_NAME 0x80u
#define CONNECT_HEADER 10u /* protocol name, level, flags, keep-alive */

#define STRING_MAX 0xffffu

/* ---- output */

size_t mqtt_room(const struct otakey_mqtt *mqtt)
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

void mqtt_put_short(struct otakey_mqtt *mqtt, size_t value)
{
    put_byte(mqtt, (unsigned)(value >> 8 & 0xffu));
    put_byte(mqtt, (unsigned)(value & 0xffu));
}

static void put_string(struct otakey_mqtt *mqtt, struct otakey_span string)
{
    mqtt_put_short(mqtt, string.size);
    put(mqtt, string.data, string.size);
}

static size_t header_size(size_t length)
{
    return length < 128u ? 2u : length < 16384u ? 3u : length < 2097152u ? 4u : 5u;
}

bool mqtt_begin(struct otakey_mqtt *mqtt, unsigned header, size_t length, size_t keep_free)
{
    if (length > mqtt->out_size || header_size(length) + length + keep_free > mqtt_room(mqtt)) {
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

void mqtt_shut(struct otakey_mqtt *mqtt)
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
    if (!mqtt_begin(mqtt, CONNECT, length, 0)) {
        return OTAKEY_E_SPACE;
    }
    put(mqtt, protocol, sizeof(protocol));
    put_byte(mqtt, CONNECT_CLEAN | (user ? CONNECT_USER_NAME : 0u)
                       | (password ? CONNECT_PASSWORD : 0u));
    mqtt_put_short(mqtt, login->keep_alive);
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
        mqtt->last_id = (uint16_t)(mqtt->last_id == SUBSCRIPTION - 1u ? 1u : mqtt->last_id + 1u);
        taken = false;
        for (size_t i = 0; i < OTAKEY_MQTT_FLIGHT; i++) {
            taken = taken || mqtt->flight[i] == mqtt->last_id;
            place = mqtt->flight[i] == 0 ? &mqtt->flight[i] : place;
        }
    }
    return place;
}

bool mqtt_is_topic(struct otakey_span topic)
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
    if (qos > 1 || !mqtt_is_topic(topic)) {
        return OTAKEY_E_ARGUMENT;
    }
    uint16_t *place = qos == 1 ? board(mqtt) : NULL;
    size_t length = 2u + topic.size + (qos == 1 ? 2u : 0u);
    if ((qos == 1 && place == NULL) || payload.size > mqtt->out_size
        || !mqtt_begin(mqtt, PUBLISH | (unsigned)qos << 1, length + payload.size,
                       OTAKEY_MQTT_REPLY)) {
        return OTAKEY_E_SPACE;
    }
    put_string(mqtt, topic);
    if (place != NULL) {
        mqtt_put_short(mqtt, mqtt->last_id);
        *place = mqtt->last_id;
    }
    put(mqtt, payload.data, payload.size);
    mqtt->last_out = now;
    return place != NULL ? *place : 0;
}

void otakey_mqtt_subscribe(struct otakey_mqtt *mqtt, struct otakey_span topic, uint64_t now)
{
    if (mqtt_begin(mqtt, SUBSCRIBE, 2u + 2u + topic.size + 1u, OTAKEY_MQTT_REPLY)) {
        mqtt_put_short(mqtt, SUBSCRIPTION);
        put_string(mqtt, topic);
        put_byte(mqtt, 0); /* QoS */
        mqtt->subscribed = mqtt->subscribing = true;
        mqtt->last_out = now;
    }
}

void otakey_mqtt_disconnect(struct otakey_mqtt *mqtt)
{
    if (mqtt->state != OTAKEY_MQTT_CLOSED) {
        (void)mqtt_begin(mqtt, DISCONNECT, 0, 0);
        mqtt_shut(mqtt);
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
        mqtt_shut(mqtt);
        return OTAKEY_E_TIMEOUT;
    }
    /* Without room for it the stream has not moved for long: the time-out runs all the same. */
    (void)mqtt_begin(mqtt, PINGREQ, 0, 0);
    mqtt->pinging = true;
    mqtt->waiting_since = now;
    mqtt->last_out = now;
    return OTAKEY_OK;
}
