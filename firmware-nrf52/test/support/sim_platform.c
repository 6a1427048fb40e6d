#include "sim_platform.h"

#include <string.h>

#include "check.h"
#include "sim_life.h"

#define KEEP_ALIVE 60u

/* A connection map {1: "p", 2: "mqtt", 3: host, 4: 1883, 7: "t/"}. */
#define MAP(host) \
    {0xa5, 1, 0x61, 'p', 2, 0x64, 'm', 'q', 't', 't', 3, 0x61, host, 4, 0x19, 7, 0x5b, \
     7, 0x62, 't', '/'}
static const uint8_t map_here[] = MAP('h'), map_there[] = MAP('i');
const struct otakey_span here = {map_here, sizeof map_here};
const struct otakey_span there = {map_there, sizeof map_there};

struct sim_broker broker;
struct otakey_platform platform;
unsigned told[OTAKEY_PLATFORM_EVENTS];
uint8_t gave_up;

static struct otakey_platform_port port;

/* ---- the platform's side */

static bool is(enum manner manner)
{
    return (broker.host == 'i' ? broker.manner_there : broker.manner) == manner;
}

static uint8_t connack(void)
{
    return broker.host == 'i' ? broker.connack_there : broker.connack;
}

static void send_down(const void *bytes, size_t size)
{
    CHECK(broker.down_size + size <= sizeof broker.down);
    memcpy(broker.down + broker.down_size, bytes, size);
    broker.down_size += size;
}

static const uint8_t *take_text(const uint8_t *at, char *out, size_t most)
{
    size_t size = (size_t)at[0] << 8 | at[1];
    CHECK(size <= most);
    memcpy(out, at + 2, size);
    out[size] = '\0';
    return at + 2 + size;
}

static void on_connect(const uint8_t *body, size_t size)
{
    char id[65];
    CHECK(memcmp(body, "\0\4MQTT\4\xc2\0", 9) == 0 && body[9] == KEEP_ALIVE);
    const uint8_t *at = take_text(body + 10, id, 64);
    CHECK(strcmp(id, "lamp.00000001") == 0); /* since the connection has none */
    at = take_text(at, broker.user, sizeof broker.user - 1);
    at = take_text(at, broker.password, sizeof broker.password - 1);
    CHECK(at == body + size);
    broker.connects++;
    broker.subscribed = 0;
    broker.row_epoch = world.gateway.epoch;
    broker.shown_to = broker.host;
    broker.accepts += connack() == 0;
    send_down((const uint8_t[]){0x20, 2, 0, connack()}, 4);
}

static void on_publish(const uint8_t *body, size_t size)
{
    static const char head[] = "\0\x0ft/lamp/1/counter";
    char number[11] = "";
    size_t at = sizeof head - 1;
    CHECK(memcmp(body + 2, head + 2, at - 2) == 0 && body[1] == at - 2);
    CHECK(size > at + 2 && size - at - 2 < sizeof number);
    memcpy(number, body + at + 2, size - at - 2);
    unsigned value = (unsigned)strtoul(number, NULL, 10);
    CHECK(value == broker.published + 1);
    broker.published = value;
    if (!broker.acks_nothing) {
        send_down((const uint8_t[]){0x40, 2, body[at], body[at + 1]}, 4);
    }
}

static void on_subscribe(const uint8_t *body, size_t size)
{
    static const char filter[] = "\0\x16t/lamp/1/otakey/notify"; /* QoS 0: the zero at its end */
    CHECK(size == 2 + sizeof filter && memcmp(body + 2, filter, sizeof filter) == 0);
    CHECK(broker.subscribed++ == 0 && (body[0] | body[1]) != 0);
    broker.subscriptions++;
    broker.is_cut = broker.cuts_subscribers;
    if (!broker.forgets_subscribers && !broker.is_cut) {
        send_down((const uint8_t[]){0x90, 3, body[0], body[1], broker.suback}, 5);
    }
}

void broker_publishes(const char *topic, size_t size)
{
    uint8_t head[] = {0x30, 0, 0, 0, (uint8_t)strlen(topic)};
    size_t length = 2 + strlen(topic) + size;
    CHECK(length < 16384);
    head[1] = (uint8_t)(length & 0x7f) | 0x80;
    head[2] = (uint8_t)(length >> 7);
    send_down(head, sizeof head);
    send_down(topic, strlen(topic));
    for (size_t i = 0; i < size; i++) {
        send_down("x", 1);
    }
}

static void on_packet(const uint8_t *body, size_t size)
{
    switch (broker.up[0]) {
    case 0x10: on_connect(body, size); break;
    case 0x32: on_publish(body, size); break;
    case 0x82: on_subscribe(body, size); break;
    case 0xc0: send_down("\xd0\0", 2); break;
    case 0xe0: broker.leaves++; break;
    default: CHECK(!"a packet that is never sent to a platform");
    }
}

static void take_up(void)
{
    while (broker.up_size >= 2) {
        size_t header = (broker.up[1] & 0x80) != 0 ? 3 : 2;
        size_t size = (broker.up[1] & 0x7fu) + (header == 3 ? (size_t)broker.up[2] * 128u : 0);
        if (broker.up_size < header + size) {
            return;
        }
        on_packet(broker.up + header, size);
        broker.up_size -= header + size;
        memmove(broker.up, broker.up + header + size, broker.up_size);
    }
}

/* ---- the stream */

static int dial(void *context, struct otakey_span host, uint16_t to)
{
    (void)context;
    CHECK(host.size == 1 && to == 1883 && broker.host == 0);
    broker.dials++;
    broker.host = (char)host.data[0];
    broker.dials_there += broker.host == 'i';
    broker.up_size = broker.down_size = 0;
    broker.is_cut = false;
    if (is(NOBODY)) {
        broker.host = 0;
        return -1;
    }
    return 0;
}

static void close_stream(void *context)
{
    (void)context;
    CHECK(broker.host != 0);
    broker.host = 0;
}

static int write_stream(void *context, const uint8_t *bytes, size_t size)
{
    (void)context;
    CHECK(broker.host != 0);
    if (is(TAKES_NOTHING)) {
        return 0;
    }
    size_t taken = size < 7 ? size : 7;
    if (!is(SILENT) && !is(BABBLES)) {
        CHECK(broker.up_size + taken <= sizeof broker.up);
        memcpy(broker.up + broker.up_size, bytes, taken);
        broker.up_size += taken;
        take_up();
    }
    return (int)taken;
}

static int read_stream(void *context, uint8_t *bytes, size_t size)
{
    (void)context;
    CHECK(broker.host != 0);
    if (is(BABBLES)) {
        (void)world_random(NULL, bytes, size);
        return (int)size;
    }
    if (broker.is_cut) {
        return -1;
    }
    if (broker.floods && broker.down_size == 0 && broker.subscribed > 0) {
        CHECK(++broker.reads < 100); /* or the device never gets to anything else */
        memset(bytes, 'x', size);
        return (int)size;
    }
    size_t given = broker.down_size < 3 ? broker.down_size : 3; /* never a whole packet */
    if (given == 0 && is(KEEPS_NOBODY) && broker.connects > 0) {
        return -1;
    }
    memcpy(bytes, broker.down, given);
    broker.down_size -= given;
    memmove(broker.down, broker.down + given, broker.down_size);
    return (int)given;
}

/* ---- the device */

static void log_in(void *context, const struct otakey_credential *credential)
{
    (void)context;
    world.shown = *credential;
    otakey_platform_log_in(&platform, credential, world.now);
}

static void on_event(void *context, const struct otakey_event *event)
{
    (void)context;
    world.events[event->type]++;
    gave_up = event->type == OTAKEY_EVENT_GAVE_UP ? event->code : gave_up;
    if (event->type == OTAKEY_EVENT_ENROLLED || event->type == OTAKEY_EVENT_ROTATED ||
        event->type == OTAKEY_EVENT_MOVED) {
        otakey_platform_changed(&platform);
    }
}

static void on_platform(void *context, enum otakey_platform_event event, uint32_t number)
{
    (void)context;
    told[event]++;
    CHECK(event != OTAKEY_PLATFORM_HAS_PUBLISHED || number == broker.published);
    CHECK(event != OTAKEY_PLATFORM_HAS_REFUSED || number != 3);
}

void begin(uint64_t seed)
{
    static const uint8_t topic[] = "lamp/1/counter";
    memset(&broker, 0, sizeof broker);
    memset(told, 0, sizeof told);
    new_world(seed);
    world.gateway.seconds = 1000000;
    world.port.log_in = log_in;
    world.port.event = on_event;
    port = (struct otakey_platform_port){
        .stream = {.write = write_stream, .read = read_stream, .close = close_stream},
        .dial = dial, .topic = {topic, sizeof topic - 1},
        .branch = {topic, 7}, .seconds = PLATFORM_EVERY,
        .keep_alive = KEEP_ALIVE, .event = on_platform};
    CHECK(otakey_platform_init(&platform, &port, &world.client) == OTAKEY_OK);
}

void turn(void)
{
    uint64_t next = otakey_step(&world.client, world.now);
    uint64_t later = otakey_platform_step(&platform, world.now);
    CHECK(later >= world.now);
    if (world.mail_size > 0) {
        world_deliver();
    } else if (broker.host != 0 && (broker.down_size > 0 || is(BABBLES))) {
        world.now++;
    } else {
        world.now = later < next ? later : next;
    }
}

void run(uint64_t time)
{
    for (uint64_t end = world.now + time; world.now < end;) {
        turn();
    }
}

void run_until_settled(uint32_t epoch)
{
    for (int turns = 0; !settled_at(epoch); turns++) {
        CHECK(turns < 5000);
        turn();
    }
    row_is_held();
}

void run_until_accepted(unsigned more)
{
    more += told[OTAKEY_PLATFORM_HAS_ACCEPTED];
    for (int turns = 0; told[OTAKEY_PLATFORM_HAS_ACCEPTED] < more; turns++) {
        CHECK(turns < 5000);
        turn();
    }
}

void is_current(void)
{
    struct otakey_credential credential;
    CHECK(otakey_client_credential(&world.client, &credential) == OTAKEY_OK);
    CHECK(strcmp(broker.user, credential.login_name) == 0);
    CHECK(strcmp(broker.password, credential.secret) == 0 && strlen(broker.password) == 43);
}

bool holds(const void *memory, size_t size, const char *secret)
{
    for (size_t i = 0; i + 43 <= size; i++) {
        if (memcmp((const char *)memory + i, secret, 20) == 0) {
            return true;
        }
    }
    return false;
}

void begin_enrolled(uint64_t seed)
{
    begin(seed);
    world.gateway.connection = here;
    run_until_settled(1);
}
