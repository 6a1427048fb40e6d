/*
 * The MQTT codec: bytes made by hand from the standard, every split of a stream, garbage, time.
 * Buffers are exactly as large as the codec is told, so that the sanitizer sees the first byte
 * beyond.
 */
#include "mqtt.h"

#include <string.h>

#include "check.h"

#define IN_SIZE 200u
#define OUT_SIZE 160u
#define SPAN(text) ((struct otakey_span){(const uint8_t *)(text), sizeof(text) - 1u})
#define NONE ((struct otakey_span){NULL, 0})

static struct otakey_mqtt mqtt;
static uint8_t *in, *out;
static uint64_t seed = 0x6f74616b65792031u;

static uint32_t random_word(void)
{
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return (uint32_t)((seed * 0x2545f4914f6cdd1du) >> 32);
}

static void check_output(const void *bytes, size_t size)
{
    struct otakey_span output = otakey_mqtt_output(&mqtt);
    CHECK(output.size == size && memcmp(output.data, bytes, size) == 0);
    otakey_mqtt_sent(&mqtt, size);
    CHECK(otakey_mqtt_output(&mqtt).size == 0);
}

static int give(const void *bytes, size_t size, uint64_t now, struct otakey_mqtt_event *event)
{
    size_t used;
    struct otakey_span span = {bytes, size};
    int result = otakey_mqtt_input(&mqtt, span, now, &used, event);
    CHECK(used <= size && (result != OTAKEY_OK || used == size || event->kind != 0));
    return result;
}

static void start(uint16_t keep_alive)
{
    struct otakey_mqtt_login login = {.client_id = SPAN("d"), .keep_alive = keep_alive};
    otakey_mqtt_init(&mqtt, in, IN_SIZE, out, OUT_SIZE);
    CHECK(otakey_mqtt_connect(&mqtt, &login, 1000) == OTAKEY_OK);
    otakey_mqtt_sent(&mqtt, otakey_mqtt_output(&mqtt).size);
}

static void start_open(uint16_t keep_alive)
{
    struct otakey_mqtt_event event;
    start(keep_alive);
    CHECK(give("\x20\x02\0\0", 4, 1000, &event) == OTAKEY_OK);
    CHECK(event.kind == OTAKEY_MQTT_CONNECTED && event.code == 0);
}

static void test_connect(void)
{
    struct otakey_mqtt_login login = {.client_id = SPAN("acme.42"), .keep_alive = 300};
    otakey_mqtt_init(&mqtt, in, IN_SIZE, out, OUT_SIZE);
    CHECK(otakey_mqtt_connect(&mqtt, &login, 0) == OTAKEY_OK);
    check_output("\x10\x13\0\4MQTT\4\x02\x01\x2c\0\7acme.42", 21);
    login.user_name = SPAN("u");
    CHECK(otakey_mqtt_connect(&mqtt, &login, 0) == OTAKEY_OK);
    check_output("\x10\x16\0\4MQTT\4\x82\x01\x2c\0\7acme.42\0\1u", 24);
    login.password = SPAN("secret");
    CHECK(otakey_mqtt_connect(&mqtt, &login, 0) == OTAKEY_OK);
    check_output("\x10\x1e\0\4MQTT\4\xc2\x01\x2c\0\7acme.42\0\1u\0\6secret", 32);
    for (size_t i = 0; i < OUT_SIZE; i++) {
        CHECK(out[i] == 0); /* the password is gone */
    }
    login.user_name = NONE;
    CHECK(otakey_mqtt_connect(&mqtt, &login, 0) == OTAKEY_E_ARGUMENT);
    static const uint8_t text[OUT_SIZE];
    for (size_t size = 0; size <= OUT_SIZE; size++) {
        struct otakey_mqtt_login other = {.client_id = {text, size}};
        size_t whole = 2u + 12u + size + (12u + size > 127u ? 1u : 0u);
        int result = otakey_mqtt_connect(&mqtt, &other, 0);
        CHECK(result == (whole <= OUT_SIZE ? OTAKEY_OK : OTAKEY_E_SPACE));
        CHECK(otakey_mqtt_output(&mqtt).size == (result == OTAKEY_OK ? whole : 0u));
    }
}

static void test_connack(void)
{
    for (uint8_t code = 0; code < 8; code++) {
        for (uint8_t flags = 0; flags < 4; flags++) {
            struct otakey_mqtt_event event;
            const uint8_t bytes[] = {0x20, 2, flags, code};
            start(60);
            int result = give(bytes, 4, 2000, &event);
            CHECK(result == (flags == 0 && code <= 5 ? OTAKEY_OK : OTAKEY_E_MALFORMED));
            if (result == OTAKEY_OK) {
                CHECK(event.kind == (code == 0 ? OTAKEY_MQTT_CONNECTED : OTAKEY_MQTT_REFUSED));
                CHECK(event.code == code);
            }
            int sent = otakey_mqtt_publish(&mqtt, SPAN("t"), NONE, 0, 2000);
            CHECK(sent == (result == OTAKEY_OK && code == 0 ? 0 : OTAKEY_E_CLOSED));
        }
    }
}

static void test_publish(void)
{
    start_open(60);
    CHECK(otakey_mqtt_publish(&mqtt, SPAN("otakey/1"), SPAN("abc"), 0, 0) == 0);
    check_output("\x30\x0d\0\10otakey/1abc", 15);
    CHECK(otakey_mqtt_publish(&mqtt, SPAN("otakey/1"), SPAN("abc"), 1, 0) == 1);
    check_output("\x32\x0f\0\10otakey/1\0\1abc", 17);
    CHECK(otakey_mqtt_publish(&mqtt, SPAN("t"), NONE, 2, 0) == OTAKEY_E_ARGUMENT);
    CHECK(otakey_mqtt_publish(&mqtt, SPAN(""), NONE, 0, 0) == OTAKEY_E_ARGUMENT);
    CHECK(otakey_mqtt_publish(&mqtt, SPAN("a/+"), NONE, 0, 0) == OTAKEY_E_ARGUMENT);
    CHECK(otakey_mqtt_publish(&mqtt, SPAN("#"), NONE, 0, 0) == OTAKEY_E_ARGUMENT);
    CHECK(otakey_mqtt_publish(&mqtt, SPAN("a\0b"), NONE, 0, 0) == OTAKEY_E_ARGUMENT);
    static const uint8_t text[OUT_SIZE + 1u] = {1};
    for (size_t size = 0; size <= sizeof(text); size++) {
        struct otakey_span payload = {text, size};
        size_t whole = 2u + 3u + size + (3u + size > 127u ? 1u : 0u);
        int result = otakey_mqtt_publish(&mqtt, SPAN("t"), payload, 0, 0);
        bool fits = whole + OTAKEY_MQTT_REPLY <= OUT_SIZE;
        CHECK(result == (fits ? 0 : OTAKEY_E_SPACE));
        CHECK(otakey_mqtt_output(&mqtt).size == (fits ? whole : 0u));
        if (fits && 3u + size > 127u) {
            CHECK(out[1] == (((3u + size) & 0x7fu) | 0x80u) && out[2] == 1);
        }
        otakey_mqtt_sent(&mqtt, whole);
    }
}

static void test_flight(void)
{
    struct otakey_mqtt_event event;
    start_open(60);
    for (int i = 1; i <= (int)OTAKEY_MQTT_FLIGHT; i++) {
        CHECK(otakey_mqtt_publish(&mqtt, SPAN("t"), NONE, 1, 0) == i);
    }
    CHECK(otakey_mqtt_publish(&mqtt, SPAN("t"), NONE, 1, 0) == OTAKEY_E_SPACE);
    CHECK(otakey_mqtt_publish(&mqtt, SPAN("t"), NONE, 0, 0) == 0);
    CHECK(give("\x40\x02\0\3", 4, 0, &event) == OTAKEY_OK);
    CHECK(event.kind == OTAKEY_MQTT_ACKED && event.packet_id == 3);
    CHECK(give("\x40\x02\0\3", 4, 0, &event) == OTAKEY_OK && event.kind == OTAKEY_MQTT_NOTHING);
    /* Ids run over, past 0 and past those in flight. */
    for (uint32_t i = 0; i < 140000; i++) {
        int id = otakey_mqtt_publish(&mqtt, SPAN("t"), NONE, 1, 0);
        CHECK(id > 0 && id <= UINT16_MAX && id != 1 && id != 2 && id != 4);
        const uint8_t ack[] = {0x40, 2, (uint8_t)(id >> 8), (uint8_t)id};
        CHECK(give(ack, 4, 0, &event) == OTAKEY_OK && event.packet_id == id);
        otakey_mqtt_sent(&mqtt, OUT_SIZE);
    }
}

/* ---- streams */

/* CONNACK, QoS 0, QoS 1, PUBACK of another, PINGRESP, empty payload, QoS 1 repeated, 130 bytes. */
static const uint8_t stream[] = "\x20\x02\0\0"
                                "\x30\x0d\0\10otakey/1abc"
                                "\x32\x0f\0\10otakey/1\x12\x34xyz"
                                "\x40\x02\0\7"
                                "\xd0\0"
                                "\x31\x03\0\1t"
                                "\x3a\x05\0\1t\0\1"
                                "\x30\x82\x01\0\1t0123456789012345678901234567890123456789"
                                "0123456789012345678901234567890123456789"
                                "0123456789012345678901234567890123456789ABCDEFG"
                                "\xd0\x80\0";
#define STREAM_SIZE (sizeof(stream) - 1u)

struct tally {
    unsigned kinds[6];
    uint64_t digest;
    int result;
};

static void note(struct tally *tally, const struct otakey_mqtt_event *event)
{
    tally->kinds[event->kind]++;
    uint64_t digest = tally->digest * 31u + event->kind + event->qos * 5u + event->packet_id;
    for (size_t i = 0; i < event->topic.size; i++) {
        digest = digest * 31u + event->topic.data[i];
    }
    for (size_t i = 0; i < event->payload.size; i++) {
        digest = digest * 31u + event->payload.data[i];
    }
    tally->digest = digest;
}

/* Gives bytes until all are taken or the connection is closed. */
static void feed(struct tally *tally, const uint8_t *bytes, size_t size)
{
    while (size > 0 && tally->result == OTAKEY_OK) {
        size_t used;
        struct otakey_mqtt_event event;
        struct otakey_span span = {bytes, size};
        tally->result = otakey_mqtt_input(&mqtt, span, 1000, &used, &event);
        CHECK(used <= size);
        if (tally->result == OTAKEY_OK) {
            CHECK(used > 0);
            note(tally, &event);
        } else if (tally->result == OTAKEY_E_SPACE) {
            CHECK(otakey_mqtt_output(&mqtt).size > OUT_SIZE - OTAKEY_MQTT_REPLY);
            otakey_mqtt_sent(&mqtt, 1u + random_word() % OUT_SIZE);
            tally->result = OTAKEY_OK;
        }
        bytes += used;
        size -= used;
    }
}

static void test_splits(void)
{
    struct tally whole = {0};
    start(60);
    feed(&whole, stream, STREAM_SIZE);
    CHECK(whole.result == OTAKEY_OK);
    CHECK(whole.kinds[OTAKEY_MQTT_CONNECTED] == 1 && whole.kinds[OTAKEY_MQTT_MESSAGE] == 5);
    check_output("\x40\x02\x12\x34\x40\x02\0\1", 8);
    unsigned cases = 0;
    for (size_t first = 0; first <= STREAM_SIZE; first++) {
        for (size_t second = first; second <= STREAM_SIZE; second++) {
            struct tally tally = {0};
            start(60);
            feed(&tally, stream, first);
            feed(&tally, stream + first, second - first);
            feed(&tally, stream + second, STREAM_SIZE - second);
            CHECK(tally.result == OTAKEY_OK);
            CHECK(tally.kinds[OTAKEY_MQTT_MESSAGE] == 5);
            check_output("\x40\x02\x12\x34\x40\x02\0\1", 8);
            cases++;
        }
    }
    struct tally bytewise = {0};
    start(60);
    for (size_t i = 0; i < STREAM_SIZE; i++) {
        feed(&bytewise, &stream[i], 1);
    }
    CHECK(bytewise.result == OTAKEY_OK && bytewise.kinds[OTAKEY_MQTT_MESSAGE] == 5);
    printf("           %u splits of a stream of %u bytes\n", cases + 1u, (unsigned)STREAM_SIZE);
}

static void test_malformed(void)
{
#define BAD(text) {(const uint8_t *)(text), sizeof(text) - 1u}
    static const struct otakey_span bad[] = {
        BAD("\0"), BAD("\x10\0"), BAD("\x20\x02"), BAD("\x82\0"), BAD("\x90\x03"),
        BAD("\xc0\0"), BAD("\xe0\0"), BAD("\xf0\0"), BAD("\x50\x02"), BAD("\x62\x02"),
        BAD("\xd0\x01"), BAD("\xd1\0"), BAD("\x41\x02"), BAD("\x40\x03"), BAD("\x40\x01"),
        BAD("\x40\x02\0\0"),                 /* packet id 0 */
        BAD("\x30\0"), BAD("\x30\x01\0"),    /* no topic length */
        BAD("\x30\x02\0\0"),                 /* empty topic */
        BAD("\x30\x03\0\2t"),                /* the topic goes beyond the packet */
        BAD("\x30\x03\xff\xfft"), BAD("\x32\x03\0\1t"), BAD("\x32\x04\0\1t\0"),
        BAD("\x32\x05\0\1t\0\0"),            /* packet id 0 */
        BAD("\x32\x05\0\2t\0\1"), BAD("\x34\x05"), BAD("\x36\x05"), /* QoS 2 and 3 */
        BAD("\x38\x05"),                     /* repeated, but QoS 0 */
        BAD("\x30\x04\0\1#x"), BAD("\x30\x04\0\1+x"), BAD("\x30\x04\0\1\0x"),
        BAD("\x30\xc9\x01"),                 /* one byte more than the buffer has */
        BAD("\x30\xff\xff\xff\x7f"), BAD("\x30\xff\xff\xff\xff"), BAD("\x30\x80\x80\x80\x80"),
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct otakey_mqtt_event event;
        start_open(60);
        CHECK(give(bad[i].data, bad[i].size, 0, &event) == OTAKEY_E_MALFORMED);
        CHECK(give("\xd0\0", 2, 0, &event) == OTAKEY_E_CLOSED);
        CHECK(otakey_mqtt_tick(&mqtt, 0) == OTAKEY_E_CLOSED);
        /* As long as one byte is missing nothing came. */
        start_open(60);
        CHECK(give(bad[i].data, bad[i].size - 1u, 0, &event) == OTAKEY_OK);
        CHECK(event.kind == OTAKEY_MQTT_NOTHING);
    }
    static const struct otakey_span early[] = {BAD("\x30\x03"), BAD("\xd0\0"), BAD("\x40\x02")};
    for (size_t i = 0; i < sizeof(early) / sizeof(early[0]); i++) {
        struct otakey_mqtt_event event;
        start(60);
        CHECK(give(early[i].data, early[i].size, 0, &event) == OTAKEY_E_MALFORMED);
    }
    printf("           %u malformed packets\n", (unsigned)(sizeof(bad) / sizeof(bad[0]) + 3u));
}

static void start_subscribed(void)
{
    start_open(60);
    otakey_mqtt_subscribe(&mqtt, SPAN("a/b"), 5000);
    check_output("\x82\x08\xff\xff\0\3a/b\0", 10);
    CHECK(otakey_mqtt_next(&mqtt) == 31000);
}

static void test_suback(void)
{
    struct otakey_mqtt_event event;
    for (unsigned code = 0; code <= 0x80; code += 0x80) {
        const uint8_t suback[] = {0x90, 3, 0xff, 0xff, (uint8_t)code};
        start_subscribed();
        CHECK(give(suback, sizeof suback, 0, &event) == OTAKEY_OK);
        CHECK(event.kind == OTAKEY_MQTT_SUBSCRIBED && event.code == code);
        CHECK(give(suback, 2, 0, &event) == OTAKEY_E_MALFORMED); /* once */
    }
    static const struct otakey_span bad[] = {BAD("\x90\2"), BAD("\x90\4"), BAD("\x91\3"),
                                             BAD("\x90\3\0\1\0"), BAD("\x90\3\xff\xfe\0")};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        start_subscribed();
        CHECK(give(bad[i].data, bad[i].size, 0, &event) == OTAKEY_E_MALFORMED);
    }
    start_open(60);
    otakey_mqtt_subscribe(&mqtt, (struct otakey_span){in, OUT_SIZE}, 0); /* no room: nothing */
    CHECK(otakey_mqtt_output(&mqtt).size == 0);
    CHECK(give("\x90\3", 2, 0, &event) == OTAKEY_E_MALFORMED);
}

/* After a SUBSCRIBE a PUBLISH may have any length; the buffer's end is the end of what is kept. */
static void test_any_length(void)
{
    struct otakey_mqtt_event event;
    for (unsigned qos = 0; qos <= 1; qos++) {
        for (size_t length = IN_SIZE - 2; length < IN_SIZE + 400; length++) {
            uint8_t packet[3 + IN_SIZE + 400] = {(uint8_t)(0x30 | qos << 1),
                                                 (uint8_t)(length & 0x7f) | 0x80,
                                                 (uint8_t)(length >> 7), 0, 3, 'a', '/', 'b', 0, 7};
            start_subscribed();
            CHECK(give(packet, 3 + length, 0, &event) == OTAKEY_OK);
            CHECK(event.kind == OTAKEY_MQTT_MESSAGE && event.topic.size == 3);
            size_t kept = length < IN_SIZE ? length : IN_SIZE;
            CHECK(event.payload.size == kept - 5 - 2 * qos);
            check_output("\x40\2\0\7", 4 * qos);
            CHECK(give("\xd0\0", 2, 0, &event) == OTAKEY_OK); /* the next packet is found */
        }
        for (size_t topic = IN_SIZE - 8; topic < IN_SIZE + 300; topic++) {
            size_t length = IN_SIZE + 400;
            uint8_t packet[3 + IN_SIZE + 400] = {(uint8_t)(0x30 | qos << 1),
                                                 (uint8_t)(length & 0x7f) | 0x80,
                                                 (uint8_t)(length >> 7), (uint8_t)(topic >> 8),
                                                 (uint8_t)topic};
            memset(packet + 5, 't', length - 2);
            bool held = topic + 2 + 2 * qos <= IN_SIZE;
            start_subscribed();
            CHECK(give(packet, 3 + length, 0, &event) ==
                  (held || qos == 0 ? OTAKEY_OK : OTAKEY_E_MALFORMED));
            CHECK((event.kind == OTAKEY_MQTT_MESSAGE) == held);
            CHECK(!held || (event.topic.size == topic &&
                            event.payload.size == IN_SIZE - 2 - 2 * qos - topic));
        }
    }
    start_subscribed();
    CHECK(give("\x30\xff\xff\xff\x7f", 5, 0, &event) == OTAKEY_OK);
    start_subscribed();
    CHECK(give("\x34\5", 2, 0, &event) == OTAKEY_E_MALFORMED); /* no QoS 2 all the same */
}

/* Garbage, and good streams with a few bytes changed, in random pieces. */
static void test_garbage(void)
{
    enum { CASES = 40000 };
    unsigned closed = 0;
    for (unsigned i = 0; i < CASES; i++) {
        uint8_t bytes[STREAM_SIZE];
        memcpy(bytes, stream, sizeof(bytes));
        bool wild = i % 4u == 0;
        for (uint32_t n = wild ? STREAM_SIZE : 1u + random_word() % 4u; n > 0; n--) {
            size_t at = 4u + random_word() % (STREAM_SIZE - 4u);
            bytes[at] = (uint8_t)random_word();
        }
        struct tally tally = {0};
        start(60);
        for (size_t at = 0; at < STREAM_SIZE && tally.result == OTAKEY_OK;) {
            size_t size = 1u + random_word() % 40u;
            size = size < STREAM_SIZE - at ? size : STREAM_SIZE - at;
            feed(&tally, bytes + at, size);
            at += size;
        }
        CHECK(tally.result == OTAKEY_OK || tally.result == OTAKEY_E_MALFORMED);
        closed += tally.result == OTAKEY_E_MALFORMED;
    }
    CHECK(closed > CASES / 4 && closed < CASES);
    printf("           %u streams of garbage, %u of them closed\n", (unsigned)CASES, closed);
}

/* Replies wait for room, and nothing is lost or answered twice. */
static void test_back_pressure(void)
{
    struct otakey_mqtt_event event;
    static const uint8_t message[] = {0x32, 6, 0, 1, 't', 0, 9, '!'};
    start_open(60);
    unsigned taken = 0;
    size_t used = 0;
    struct otakey_span span = {message, sizeof(message)};
    while (otakey_mqtt_input(&mqtt, span, 0, &used, &event) == OTAKEY_OK) {
        CHECK(event.kind == OTAKEY_MQTT_MESSAGE && used == sizeof(message));
        taken++;
    }
    CHECK(taken == OUT_SIZE / 4u && used == sizeof(message) - 1u);
    CHECK(event.kind == OTAKEY_MQTT_NOTHING);
    span = (struct otakey_span){message + used, 1};
    CHECK(otakey_mqtt_input(&mqtt, span, 0, &used, &event) == OTAKEY_E_SPACE && used == 0);
    otakey_mqtt_sent(&mqtt, 4);
    CHECK(otakey_mqtt_input(&mqtt, span, 0, &used, &event) == OTAKEY_OK && used == 1);
    CHECK(event.kind == OTAKEY_MQTT_MESSAGE && event.packet_id == 9 && event.payload.size == 1);
    CHECK(otakey_mqtt_output(&mqtt).size == OUT_SIZE);
}

static void test_time(void)
{
    struct otakey_mqtt_event event;
    start(60); /* CONNECT at 1000 */
    CHECK(otakey_mqtt_next(&mqtt) == 1000u + OTAKEY_MQTT_PATIENCE);
    CHECK(otakey_mqtt_tick(&mqtt, 10999) == OTAKEY_OK);
    CHECK(otakey_mqtt_tick(&mqtt, 11000) == OTAKEY_E_TIMEOUT);
    CHECK(otakey_mqtt_next(&mqtt) == UINT64_MAX);

    start_open(60);
    CHECK(otakey_mqtt_next(&mqtt) == 31000);
    CHECK(otakey_mqtt_tick(&mqtt, 30999) == OTAKEY_OK && otakey_mqtt_output(&mqtt).size == 0);
    CHECK(otakey_mqtt_tick(&mqtt, 31000) == OTAKEY_OK);
    check_output("\xc0\0", 2);
    CHECK(otakey_mqtt_tick(&mqtt, 31001) == OTAKEY_OK && otakey_mqtt_output(&mqtt).size == 0);
    CHECK(give("\xd0\0", 2, 32000, &event) == OTAKEY_OK);
    CHECK(otakey_mqtt_next(&mqtt) == 61000);

    /* Whoever only sends does not notice that nobody is there: so silence counts, too. */
    for (uint64_t now = 40000; now < 61000; now += 5000) {
        CHECK(otakey_mqtt_publish(&mqtt, SPAN("t"), NONE, 0, now) == 0);
        otakey_mqtt_sent(&mqtt, OUT_SIZE);
    }
    CHECK(otakey_mqtt_tick(&mqtt, 62000) == OTAKEY_OK);
    check_output("\xc0\0", 2);
    CHECK(otakey_mqtt_tick(&mqtt, 72000) == OTAKEY_E_TIMEOUT);

    start_open(0);
    CHECK(otakey_mqtt_next(&mqtt) == UINT64_MAX);
    otakey_mqtt_disconnect(&mqtt);
    check_output("\xe0\0", 2);
    CHECK(give("\xd0\0", 2, 0, &event) == OTAKEY_E_CLOSED);
    CHECK(otakey_mqtt_publish(&mqtt, SPAN("t"), NONE, 0, 0) == OTAKEY_E_CLOSED);
}

int main(void)
{
    in = malloc(IN_SIZE);
    out = calloc(OUT_SIZE, 1);
    CHECK(in != NULL && out != NULL);
    test_connect();
    test_connack();
    test_publish();
    test_flight();
    test_splits();
    test_malformed();
    test_suback();
    test_any_length();
    test_garbage();
    test_back_pressure();
    test_time();
    free(in);
    free(out);
    return finish("mqtt");
}
