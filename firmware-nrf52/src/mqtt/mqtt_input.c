/* Packets in: every byte is judged before it is stored (MQTT 3.1.1, 2.2, and 3 by type). */
#include "mqtt_core.h"

#define REFUSALS 5u /* the highest CONNACK code */
#define LENGTH_BYTES_MAX 4u

static size_t get_short(const uint8_t *bytes)
{
    return (size_t)bytes[0] << 8 | bytes[1];
}

/* Whether a server may send a packet with this first byte and length now; before its body. */
static bool is_expected(const struct otakey_mqtt *mqtt)
{
    bool open = mqtt->state == OTAKEY_MQTT_OPEN;
    bool fits = mqtt->length <= mqtt->in_size || mqtt->subscribed;
#ifdef SEEDED_BUG_MQTT_INPUT_BOUND
    fits = true;
#endif
    switch (mqtt->header) {
    case CONNACK: return !open && mqtt->length == 2;
    case PUBACK: return open && mqtt->length == 2;
    case SUBACK: return mqtt->subscribing && mqtt->length == 3;
    case PINGRESP: return open && mqtt->length == 0;
    default: break;
    }
    unsigned qos = (mqtt->header & FLAG_QOS) >> 1;
    bool publish = (mqtt->header & 0xf0u) == PUBLISH && qos <= 1;
    bool sane = qos == 1 || (mqtt->header & FLAG_DUPLICATE) == 0;
    return open && publish && sane && fits;
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
        mqtt_shut(mqtt);
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

static bool on_suback(struct otakey_mqtt *mqtt, struct otakey_mqtt_event *event)
{
    event->kind = OTAKEY_MQTT_SUBSCRIBED;
    event->code = mqtt->in[2];
    mqtt->subscribing = false;
    return get_short(mqtt->in) == SUBSCRIPTION;
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
    size_t kept = mqtt->length < mqtt->in_size ? mqtt->length : mqtt->in_size;
#if !defined SEEDED_BUG_MQTT_CUT_BOUND && !defined SEEDED_BUG_MQTT_TOPIC_BOUND
    if (topic.size + 2u + ids > kept) {
        return qos == 0; /* of no use to anybody */
    }
#endif
    const uint8_t *after = topic.data + topic.size;
    size_t id = qos == 1 ? get_short(after) : 0;
    if (!mqtt_is_topic(topic) || (qos == 1 && id == 0)) {
        return false;
    }
    event->kind = OTAKEY_MQTT_MESSAGE;
    event->qos = (uint8_t)qos;
    event->duplicate = (mqtt->header & FLAG_DUPLICATE) != 0;
    event->packet_id = (uint16_t)id;
    event->topic = topic;
    event->payload = (struct otakey_span){after + ids, kept - 2u - ids - topic.size};
    if (qos == 1) {
        (void)mqtt_begin(mqtt, PUBACK, 2, 0); /* there is room: must_wait() */
        mqtt_put_short(mqtt, id);
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
    case SUBACK: return on_suback(mqtt, event);
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
           && mqtt_room(mqtt) < OTAKEY_MQTT_REPLY;
}

static bool take_byte(struct otakey_mqtt *mqtt, uint8_t byte)
{
    if (!mqtt->length_done) {
        return take_header(mqtt, byte);
    }
#ifndef SEEDED_BUG_MQTT_SKIP_BOUND
    if (mqtt->received < mqtt->in_size)
#endif
    {
        mqtt->in[mqtt->received] = byte;
    }
    mqtt->received++;
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
            mqtt_shut(mqtt);
            return OTAKEY_E_MALFORMED;
        }
    }
    return mqtt->state == OTAKEY_MQTT_CLOSED ? OTAKEY_E_CLOSED : OTAKEY_OK;
}
