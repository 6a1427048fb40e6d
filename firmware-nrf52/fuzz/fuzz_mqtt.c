/*
 * Arbitrary bytes in arbitrary pieces, with arbitrarily little room for replies: events are in
 * their bounds, each PUBLISH of QoS 1 has its PUBACK, and however a stream is cut into pieces it
 * says the same. Half of them subscribe, so that PUBLISHes longer than the buffer come, too.
 */
#include <string.h>

#include "check.h"
#include "fuzz.h"
#include "mqtt.h"

#define IN_SIZE 64u
#define OUT_SIZE 64u

const unsigned long fuzz_executions = 90000;

/* What a stream said. */
struct heard {
    uint32_t events; /* a hash of all */
    unsigned published, acknowledged;
    int result;
};

static struct otakey_mqtt mqtt;
static uint8_t in[IN_SIZE];
static uint8_t out[OUT_SIZE];

void fuzz_begin(void)
{
    static const uint8_t connack[] = {3, 1, 0x20, 2, 0, 0};
    static const uint8_t refused[] = {3, 1, 0x20, 2, 0, 5};
    static const uint8_t all[] = {
        0x20, 2, 0, 0, 0x30, 10, 0, 8, 'o', 't', 'a', 'k', 'e', 'y', '/', '1', 0x32, 7, 0, 1, 'a',
        0, 7, 'x', 'y', 0x40, 2, 0, 1, 0xd0, 0, 0x3a, 7, 0, 1, 'a', 0, 9, 'x', 'y', 0x40, 2, 0, 2};
    uint8_t seed[2 + sizeof all] = {7, 0x13};
    memcpy(seed + 2, all, sizeof all);
    fuzz_seed(connack, sizeof connack);
    fuzz_seed(refused, sizeof refused);
    fuzz_seed(seed, sizeof seed);
    uint8_t many[6 + 30 * 9] = {0xff, 0xf0, 0x20, 2, 0, 0};
    for (size_t i = 0; i < 30; i++) {
        memcpy(many + 6 + 9 * i, (const uint8_t[]){0x32, 7, 0, 1, 'a', 0, 7, 'x', 'y'}, 9);
    }
    fuzz_seed(many, sizeof many);
    uint8_t suback[] = {0x87, 1, 0x20, 2, 0, 0, 0x90, 3, 0xff, 0xff, 0x80};
    fuzz_seed(suback, sizeof suback);
    uint8_t longer[11 + 2 + 2 + 120] = {0x87, 1, 0x20, 2, 0, 0, 0x90, 3, 0xff, 0xff, 0, 0x32, 122,
                                        0, 9};
    memset(longer + 15, 't', sizeof longer - 15);
    fuzz_seed(longer, sizeof longer);
    longer[14] = 90; /* the topic, too */
    longer[11] = 0x30;
    fuzz_seed(longer, sizeof longer);
}

static void mix(struct heard *heard, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        heard->events = (heard->events ^ ((const uint8_t *)bytes)[i]) * 16777619u;
    }
}

static void check_event(struct heard *heard, const struct otakey_mqtt_event *event)
{
    if (event->kind == OTAKEY_MQTT_NOTHING) {
        return;
    }
    const uint8_t head[] = {(uint8_t)event->kind, event->code, event->qos, event->duplicate,
                            (uint8_t)event->packet_id, (uint8_t)(event->packet_id >> 8)};
    mix(heard, head, sizeof head);
    if (event->kind == OTAKEY_MQTT_MESSAGE) {
        CHECK(event->topic.size >= 1 && event->topic.data >= in);
        CHECK(event->topic.data + event->topic.size <= event->payload.data);
        CHECK(event->payload.data + event->payload.size <= in + IN_SIZE);
        CHECK(event->qos <= 1 && (event->qos == 1) == (event->packet_id != 0));
        mix(heard, event->topic.data, event->topic.size);
        mix(heard, event->payload.data, event->payload.size);
        heard->published += event->qos;
    }
}

/* Takes some of the output and counts its PUBACKs: every packet after CONNECT and two PUBLISH. */
static void drain(struct heard *heard)
{
    struct otakey_span output = otakey_mqtt_output(&mqtt);
    CHECK(output.size <= OUT_SIZE && output.size % 4 == 0);
    for (size_t i = 0; i < output.size; i += 4) {
        CHECK(output.data[i] == 0x40 && output.data[i + 1] == 2);
        heard->acknowledged++;
    }
    otakey_mqtt_sent(&mqtt, output.size);
}

/* A connection that waits for CONNACK; two own PUBLISHes are in flight as soon as it is open. */
static void begin(void)
{
    static const uint8_t id[] = {'d'};
    const struct otakey_mqtt_login login = {.client_id = {id, 1}, .keep_alive = 60};
    otakey_mqtt_init(&mqtt, in, IN_SIZE, out, OUT_SIZE);
    CHECK(otakey_mqtt_connect(&mqtt, &login, 0) == OTAKEY_OK);
    otakey_mqtt_sent(&mqtt, OUT_SIZE);
}

static void publish_two(void)
{
    static const uint8_t topic[] = {'t'};
    const struct otakey_span to = {topic, 1};
    for (int i = 1; i <= 2; i++) {
        otakey_mqtt_sent(&mqtt, 0);
        CHECK(otakey_mqtt_publish(&mqtt, to, to, 1, 0) == i);
    }
    otakey_mqtt_sent(&mqtt, OUT_SIZE);
}

/* Pieces of `piece` bytes; the output is taken only when `lazy` pieces came or there is no room. */
static struct heard listen(const uint8_t *bytes, size_t size, size_t piece, unsigned lazy,
                           bool subscribes)
{
    struct heard heard = {.events = 2166136261u};
    unsigned pieces = 0;
    begin();
    for (size_t at = 0; at < size && heard.result == OTAKEY_OK;) {
        struct otakey_mqtt_event event;
        size_t used;
        const struct otakey_span part = {bytes + at, size - at < piece ? size - at : piece};
        heard.result = otakey_mqtt_input(&mqtt, part, 0, &used, &event);
        CHECK(used <= part.size && (subscribes || mqtt.received <= IN_SIZE));
        at += used;
        if (heard.result == OTAKEY_E_SPACE) {
            CHECK(otakey_mqtt_output(&mqtt).size > OUT_SIZE - OTAKEY_MQTT_REPLY);
            drain(&heard);
            heard.result = OTAKEY_OK;
        } else if (heard.result == OTAKEY_OK) {
            CHECK(used > 0);
            check_event(&heard, &event);
            if (event.kind == OTAKEY_MQTT_CONNECTED) {
                publish_two();
                if (subscribes) {
                    otakey_mqtt_subscribe(&mqtt, (struct otakey_span){(const uint8_t *)"t", 1}, 0);
                    otakey_mqtt_sent(&mqtt, OUT_SIZE);
                }
            }
            if (++pieces > lazy) {
                pieces = 0;
                drain(&heard);
            }
        }
    }
    CHECK((heard.result == OTAKEY_OK) == (mqtt.state != OTAKEY_MQTT_CLOSED)
          || heard.result == OTAKEY_OK);
    drain(&heard);
    CHECK(heard.acknowledged == heard.published);
    return heard;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3) {
        return 0;
    }
    struct heard whole = listen(data + 2, size - 2, size, 0, data[0] >= 0x80);
    struct heard parts = listen(data + 2, size - 2, 1u + data[0] % 67u, data[1],
                                data[0] >= 0x80);
    CHECK(whole.events == parts.events && whole.result == parts.result);
    CHECK(whole.published == parts.published);
    return 0;
}
