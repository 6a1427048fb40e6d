/*
 * The example's platform: logs in under each key in turn, publishes, verifies a move before it is
 * confirmed; platforms that refuse, are busy, accept TCP and never answer, or keep nobody.
 */
#include "otakey/platform.h"

#include <string.h>

#include "check.h"
#include "sim_life.h"
#include "sim_world.h"

#define EVERY 10u /* seconds between two numbers */
#define KEEP_ALIVE 60u

enum manner { ANSWERS, NOBODY, TAKES_NOTHING, SILENT, BABBLES, KEEPS_NOBODY };

/* A connection map {1: "p", 2: "mqtt", 3: host, 4: 1883, 7: "t/"}. */
#define MAP(host) \
    {0xa5, 1, 0x61, 'p', 2, 0x64, 'm', 'q', 't', 't', 3, 0x61, host, 4, 0x19, 7, 0x5b, \
     7, 0x62, 't', '/'}
static const uint8_t here[] = MAP('h'), there[] = MAP('i');
/* The same platform over TLS. */
static const uint8_t tls[] = {0xa4, 1, 0x61, 'p', 2, 0x65, 'm', 'q', 't', 't', 's',
                              3,    0x61, 'h', 4, 0x19, 7, 0x5b};

static struct {
    enum manner manner, manner_there; /* of host h, of host i */
    uint8_t connack, connack_there;
    char host; /* of the connection that is open; 0: none */
    unsigned dials, connects, accepts, leaves;
    char user[OTAKEY_LOGIN_NAME_SIZE], password[OTAKEY_PLATFORM_SECRET_SIZE];
    uint8_t up[600], down[64];
    size_t up_size, down_size;
    unsigned published; /* the last number */
    bool acks_nothing;
    uint32_t row_epoch; /* the gateway's, at the last CONNECT */
    char shown_to;      /* the host of that */
} broker;

static struct otakey_platform platform;
static struct otakey_platform_port port;
static unsigned told[OTAKEY_PLATFORM_HAS_PUBLISHED + 1];
static uint8_t gave_up; /* the reason */

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

static void on_packet(const uint8_t *body, size_t size)
{
    switch (broker.up[0]) {
    case 0x10: on_connect(body, size); break;
    case 0x32: on_publish(body, size); break;
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
    broker.up_size = broker.down_size = 0;
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

static void begin(uint64_t seed)
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
        .dial = dial, .topic = {topic, sizeof topic - 1}, .seconds = EVERY,
        .keep_alive = KEEP_ALIVE, .event = on_platform};
    CHECK(otakey_platform_init(&platform, &port, &world.client) == OTAKEY_OK);
}

static void turn(void)
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

static void run(uint64_t time)
{
    for (uint64_t end = world.now + time; world.now < end;) {
        turn();
    }
}

static void run_until_settled(uint32_t epoch)
{
    for (int turns = 0; !settled_at(epoch); turns++) {
        CHECK(turns < 5000);
        turn();
    }
    row_is_held();
}

static void run_until_accepted(unsigned more)
{
    more += told[OTAKEY_PLATFORM_HAS_ACCEPTED];
    for (int turns = 0; told[OTAKEY_PLATFORM_HAS_ACCEPTED] < more; turns++) {
        CHECK(turns < 5000);
        turn();
    }
}

/* The platform was shown exactly what belongs to the confirmed key. */
static void is_current(void)
{
    struct otakey_credential credential;
    CHECK(otakey_client_credential(&world.client, &credential) == OTAKEY_OK);
    CHECK(strcmp(broker.user, credential.login_name) == 0);
    CHECK(strcmp(broker.password, credential.secret) == 0 && strlen(broker.password) == 43);
}

static bool holds(const void *memory, size_t size, const char *secret)
{
    for (size_t i = 0; i + 43 <= size; i++) {
        if (memcmp((const char *)memory + i, secret, 20) == 0) {
            return true;
        }
    }
    return false;
}

static void enroll(uint64_t seed)
{
    begin(seed);
    world.gateway.connection = (struct otakey_span){here, sizeof here};
    run_until_settled(1);
}

/* A grant of another connection whose login is to be verified first. */
static void offer_move(void)
{
    world.gateway.connection = (struct otakey_span){there, sizeof there};
    world.gateway.flags = OTAKEY_FLAG_VERIFY_LOGIN;
    CHECK(otakey_rotate_now(&world.client, world.now));
}

/* ---- cases */

static void nothing_without_a_connection(void)
{
    begin(1);
    run_until_settled(1);
    run(600 * SECOND);
    CHECK(broker.dials == 0);
}

static void logs_in_and_publishes(void)
{
    enroll(2);
    uint64_t at = world.now;
    run_until_accepted(1);
    CHECK(world.now - at < SECOND && broker.host == 'h');
    is_current();
    run(100 * SECOND);
    CHECK(broker.published >= 10 && broker.published <= 11 && broker.connects == 1);
    CHECK(broker.published - told[OTAKEY_PLATFORM_HAS_PUBLISHED] <= 1); /* one is on its way */
    CHECK(!holds(&platform, sizeof platform, broker.password));
    run(DAY);
    CHECK(broker.connects == 1 && broker.published > 8600);
}

static void a_rotated_key_logs_in_anew(void)
{
    enroll(3);
    run(30 * SECOND);
    char before[OTAKEY_PLATFORM_SECRET_SIZE];
    memcpy(before, broker.password, sizeof before);
    world.gateway.connection.size = 0; /* unchanged */
    CHECK(otakey_rotate_now(&world.client, world.now));
    run_until_settled(2);
    run(5 * SECOND);
    is_current();
    CHECK(strcmp(before, broker.password) != 0 && broker.leaves == 1 && broker.accepts == 2);
    unsigned published = broker.published;
    run(30 * SECOND);
    CHECK(broker.published > published);
}

static void a_move_is_verified_first(void)
{
    enroll(4);
    run(30 * SECOND);
    offer_move();
    run_until_accepted(1);
    CHECK(broker.shown_to == 'i' && broker.row_epoch == 1); /* verified before it is confirmed */
    CHECK(strcmp(broker.password, world.shown.secret) == 0);
    run_until_settled(2);
    CHECK(world.events[OTAKEY_EVENT_MOVED] == 2); /* the first connection counts, too */
    run(5 * SECOND);
    CHECK(broker.host == 'i');
    is_current();
}

/* A platform that does not want the new credential: the device stays where it is (rule 2). */
static void fails_to_move(uint64_t seed, enum manner manner, uint8_t code, uint8_t reason)
{
    enroll(seed);
    run(30 * SECOND);
    offer_move();
    uint64_t at = world.now;
    unsigned dials = broker.dials;
    broker.manner_there = manner;
    broker.connack_there = code;
    while (world.events[OTAKEY_EVENT_GAVE_UP] == 0) {
        turn();
        CHECK(world.now - at < 3600 * SECOND);
    }
    CHECK(gave_up == reason && broker.dials - dials >= 5);
    CHECK(world.now - at >= 4 * 225 * SECOND && world.now - at < 1000 * SECOND);
    world.gateway.flags = 0;
    world.gateway.connection.size = 0;
    run_until_settled(1);
    CHECK(world.gateway.epoch == 1 && world.events[OTAKEY_EVENT_WIPED] == 1);
    run(4000 * SECOND);
    CHECK(broker.host == 'h');
    is_current();
}

/* The key is untouched, whatever a platform says. */
static void is_refused(uint8_t code, enum otakey_platform_event event)
{
    begin(20u + code);
    broker.connack = code;
    world.gateway.connection = (struct otakey_span){here, sizeof here};
    run_until_settled(1);
    run(6 * 3600 * SECOND);
    CHECK(broker.connects >= 12 && broker.connects < 60); /* rule 8: up to an hour apart */
    CHECK(told[event] == broker.connects && told[OTAKEY_PLATFORM_HAS_ACCEPTED] == 0);
    CHECK(settled_at(1) && broker.published == 0);
    broker.connack = 0;
    run_until_accepted(1);
}

static void never_gets_through(uint64_t seed, enum manner manner)
{
    begin(seed);
    broker.manner = manner;
    world.gateway.connection = (struct otakey_span){here, sizeof here};
    run_until_settled(1);
    run(SECOND);
    struct otakey_credential credential;
    CHECK(otakey_client_credential(&world.client, &credential) == OTAKEY_OK);
    run(6 * 3600 * SECOND);
    CHECK(broker.dials >= 10 && broker.dials < 60);
    while (platform.is_open) {
        turn();
    }
    CHECK(!holds(&platform, sizeof platform, credential.secret));
    CHECK(told[OTAKEY_PLATFORM_IS_UNREACHABLE] == broker.dials && settled_at(1));
    broker.manner = ANSWERS;
    run_until_accepted(1);
    is_current();
}

/* Accepts everybody, and drops everybody at once. */
static void keeps_nobody(void)
{
    begin(40);
    broker.manner = KEEPS_NOBODY;
    world.gateway.connection = (struct otakey_span){here, sizeof here};
    run_until_settled(1);
    run(6 * 3600 * SECOND);
    CHECK(broker.accepts >= 10 && broker.accepts < 60);
    CHECK(told[OTAKEY_PLATFORM_IS_LOST] + told[OTAKEY_PLATFORM_IS_UNREACHABLE] == broker.dials);
}

/* It dies later, and does not say so. */
static void a_dead_connection_is_noticed(void)
{
    enroll(41);
    run(30 * SECOND);
    broker.manner = SILENT;
    run(100 * SECOND);
    CHECK(told[OTAKEY_PLATFORM_IS_LOST] == 1);
    broker.manner = ANSWERS;
    broker.published = platform.counter;
    run(60 * SECOND);
    CHECK(broker.host == 'h' && told[OTAKEY_PLATFORM_HAS_ACCEPTED] >= 2);
}

/* One number at a time: what is not acknowledged is waited for. */
static void waits_for_puback(void)
{
    begin(42);
    broker.acks_nothing = true;
    world.gateway.connection = (struct otakey_span){here, sizeof here};
    run_until_settled(1);
    run(600 * SECOND);
    CHECK(broker.published == 1 && broker.connects == 1);
    CHECK(told[OTAKEY_PLATFORM_HAS_PUBLISHED] == 0);
}

static void somebody_else_has_the_line(void)
{
    enroll(43);
    run(30 * SECOND);
    otakey_platform_yield(&platform, world.now);
    CHECK(broker.host == 0);
    run(SECOND);
    CHECK(broker.host == 'h' && told[OTAKEY_PLATFORM_IS_LOST] == 0);
}

/* Without TLS the password is not shown to a platform that wants it. */
static void no_password_without_tls(void)
{
    static const char *const more[] = {"mqtt", "mqtts", NULL};
    begin(44);
    world.firmware.schemes = more;
    world.gateway.connection = (struct otakey_span){tls, sizeof tls};
    run_until_settled(1);
    run(3600 * SECOND);
    CHECK(broker.dials == 0 && broker.connects == 0);
}

int main(void)
{
    nothing_without_a_connection();
    logs_in_and_publishes();
    a_rotated_key_logs_in_anew();
    a_move_is_verified_first();
    fails_to_move(10, ANSWERS, 5, OTAKEY_PLATFORM_REFUSED);
    fails_to_move(11, ANSWERS, 3, OTAKEY_PLATFORM_UNREACHABLE);
    fails_to_move(12, SILENT, 0, OTAKEY_PLATFORM_UNREACHABLE);
    fails_to_move(13, NOBODY, 0, OTAKEY_PLATFORM_UNREACHABLE);
    for (uint8_t code = 1; code <= 5; code++) {
        is_refused(code, code == 3 ? OTAKEY_PLATFORM_IS_UNREACHABLE : OTAKEY_PLATFORM_HAS_REFUSED);
    }
    never_gets_through(30, NOBODY);
    never_gets_through(31, TAKES_NOTHING);
    never_gets_through(32, SILENT);
    never_gets_through(33, BABBLES);
    keeps_nobody();
    a_dead_connection_is_noticed();
    waits_for_puback();
    somebody_else_has_the_line();
    no_password_without_tls();
    return finish("platform");
}
