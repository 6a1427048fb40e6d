/*
 * A whole device, gateway and platform on one line in turn as with a modem, or on two: enrolls,
 * publishes, polls, rotates, moves; a gateway that is gone does not keep it from its platform.
 */
#include "otakey/device.h"

#include <string.h>

#include "check.h"
#include "otakey/crypto.h"
#include "sim_world.h"

#define BUNDLE_AT 0x7f000u
#define EVERY 60u /* seconds between two numbers */
#define POLL_AFTER 600u

#define MAP(host) \
    {0xa4, 1, 0x61, 'p', 2, 0x64, 'm', 'q', 't', 't', 3, 0x61, host, 4, 0x19, 7, 0x5b}
static const uint8_t here[] = MAP('h'), there[] = MAP('i');

/* A connection and who is at its other end. */
static struct end {
    bool is_open, gone;
    char host; /* 'g': the gateway */
    uint8_t up[1200], down[1200];
    size_t up_size, down_size;
} to_gateway, to_platform;

static struct {
    bool gateway_is_dumb, gateway_is_away;
    uint8_t connack_there; /* of platform i */
    unsigned numbers, lost;
    char accepted_at;
    unsigned events[OTAKEY_EVENT_FAULT + 1];
} seen;

static uint8_t bundle[OTAKEY_BUNDLE_SIZE];
static struct otakey_device device;
static struct otakey_board board;
static struct otakey_platform_port port;

/* ---- the other ends */

static void send_down(struct end *end, const void *bytes, size_t size)
{
    CHECK(end->down_size + size <= sizeof end->down);
    memcpy(end->down + end->down_size, bytes, size);
    end->down_size += size;
}

static void answer_frame(struct end *end, const uint8_t *body, size_t size)
{
    static const uint8_t head[] = {0, 8, 'o', 't', 'a', 'k', 'e', 'y', '/', '1'};
    uint8_t answer[OTAKEY_FRAME_MAX];
    CHECK(end->host == 'g' && size > sizeof head && memcmp(body, head, sizeof head) == 0);
    size_t answered = sim_gateway_answer(&world.gateway, body + sizeof head, size - sizeof head,
                                         answer);
    size_t length = sizeof head + answered;
    const uint8_t fixed[] = {0x30, (uint8_t)(length % 128 + (length > 127 ? 128 : 0)),
                             (uint8_t)(length / 128)};
    send_down(end, fixed, length > 127 ? 3 : 2);
    send_down(end, head, sizeof head);
    send_down(end, answer, answered);
}

static void on_packet(struct end *end, const uint8_t *body, size_t size)
{
    uint8_t connack = end->host == 'i' ? seen.connack_there : 0;
    size_t topic = (size_t)body[0] << 8 | body[1];
    switch (end->up[0]) {
    case 0x10:
        CHECK((body[7] & 0xc0) == (end->host == 'g' ? 0 : 0xc0)); /* the gateway gets no password */
        send_down(end, (const uint8_t[]){0x20, 2, 0, connack}, 4);
        break;
    case 0x30: answer_frame(end, body, size); break;
    case 0x32:
        CHECK(end->host != 'g');
        send_down(end, (const uint8_t[]){0x40, 2, body[2 + topic], body[3 + topic]}, 4);
        break;
    case 0xc0: send_down(end, "\xd0\0", 2); break;
    default: CHECK(end->up[0] == 0xe0);
    }
}

static void take_up(struct end *end)
{
    bool dumb = end->host == 'g' && seen.gateway_is_dumb;
    while (end->up_size >= 2) {
        size_t header = (end->up[1] & 0x80) != 0 ? 3 : 2;
        size_t size = (end->up[1] & 0x7fu) + (header == 3 ? (size_t)end->up[2] * 128u : 0);
        if (end->up_size < header + size) {
            return;
        }
        if (!dumb) {
            on_packet(end, end->up + header, size);
        }
        end->up_size -= header + size;
        memmove(end->up, end->up + header + size, end->up_size);
    }
}

/* ---- the streams */

/* On one line a call ends the other. */
static int call(struct end *end, char host)
{
    struct end *other = end == &to_gateway ? &to_platform : &to_gateway;
    other->gone = other->is_open && port.one_line;
    *end = (struct end){.is_open = true, .host = host};
    return 0;
}

static int open_gateway(void *context, unsigned address)
{
    (void)context;
    CHECK(address == 0);
    return seen.gateway_is_away ? -1 : call(&to_gateway, 'g');
}

static int dial(void *context, struct otakey_span host, uint16_t to)
{
    CHECK(context == &to_platform && host.size == 1 && to == 1883);
    return call(&to_platform, (char)host.data[0]);
}

static int write_end(void *context, const uint8_t *bytes, size_t size)
{
    struct end *end = context;
    CHECK(end->is_open && end->up_size + size <= sizeof end->up);
    if (end->gone) {
        return -1;
    }
    memcpy(end->up + end->up_size, bytes, size);
    end->up_size += size;
    take_up(end);
    return (int)size;
}

static int read_end(void *context, uint8_t *bytes, size_t size)
{
    struct end *end = context;
    CHECK(end->is_open);
    size_t given = size < end->down_size ? size : end->down_size;
    memcpy(bytes, end->down, given);
    end->down_size -= given;
    memmove(end->down, end->down + given, end->down_size);
    return end->gone ? -1 : (int)given;
}

static void close_end(void *context)
{
    ((struct end *)context)->is_open = false;
}

/* ---- the device */

static void on_event(void *context, const struct otakey_event *event)
{
    (void)context;
    seen.events[event->type]++;
}

static void on_platform(void *context, enum otakey_platform_event event, uint32_t number)
{
    (void)context;
    (void)number;
    seen.numbers += event == OTAKEY_PLATFORM_HAS_PUBLISHED;
    seen.lost += event == OTAKEY_PLATFORM_IS_LOST || event == OTAKEY_PLATFORM_IS_UNREACHABLE;
    if (event == OTAKEY_PLATFORM_HAS_ACCEPTED) {
        seen.accepted_at = to_platform.host;
    }
}

/* The page of docs/operations.md: product key and gateway key of the simulated gateway. */
static void make_bundle(void)
{
    static const uint8_t head[] = {'O', 'T', 'K', 'B', 1, 4, 1, 1, 0, 0xf0, 7, 0, 1, 0};
    uint8_t hash[OTAKEY_HASH_SIZE];
    memset(bundle, 0, sizeof bundle);
    memcpy(bundle, head, sizeof head);
    memcpy(bundle + 16, "lamp", 4);
    memcpy(bundle + 48, world.gateway.product_key, OTAKEY_KEY_SIZE);
    bundle[80] = 1;
    memcpy(bundle + 84, world.gateway.public_key.public_key, OTAKEY_KEY_SIZE);
    bundle[212] = 'g';
    otakey_sha256(hash, &(struct otakey_span){bundle, 340}, 1);
    memcpy(bundle + 340, hash, 8);
}

static void begin(uint64_t seed, bool one_line)
{
    static const uint8_t id[] = "00000001";
    memset(&seen, 0, sizeof seen);
    memset(&to_gateway, 0, sizeof to_gateway);
    memset(&to_platform, 0, sizeof to_platform);
    new_world(seed);
    make_bundle();
    world.gateway.seconds = POLL_AFTER;
    world.gateway.connection = (struct otakey_span){here, sizeof here};
    port = (struct otakey_platform_port){
        .stream = {&to_platform, NULL, write_end, read_end, close_end}, .dial = dial,
        .one_line = one_line, .topic = {id, 8}, .seconds = EVERY, .keep_alive = 60,
        .event = on_platform};
    board = (struct otakey_board){
        .bundle = bundle, .bundle_address = BUNDLE_AT, .device_id = {id, 8}, .version = {id, 1},
        .flash = world.flash.port, .streams = 1, .keep_alive = 60, .platform = &port,
        .stream = {&to_gateway, open_gateway, write_end, read_end, close_end},
        .random = world_random, .event = on_event};
    memset(&device, 0xa5, sizeof device);
    CHECK(otakey_device_start(&device, &board, world.now) == OTAKEY_OK);
}

static void turn(void)
{
    uint64_t next = otakey_device_step(&device, world.now);
    CHECK(next >= world.now);
    bool moves = (to_gateway.is_open && to_gateway.down_size > 0) ||
                 (to_platform.is_open && to_platform.down_size > 0) ||
                 otakey_device_has_output(&device);
    world.now = moves ? world.now + 1 : next;
}

static void run(uint64_t seconds)
{
    for (uint64_t end = world.now + seconds * SECOND; world.now < end;) {
        turn();
    }
}

static void run_until_epoch(uint32_t epoch)
{
    uint64_t begun = world.now;
    while (world.gateway.epoch != epoch || !otakey_is_settled(&device.client)) {
        turn();
        CHECK(world.now - begun < 3600 * SECOND);
    }
}

/* It publishes, and on one line lets the gateway go, but for its POLLs. */
static void publishes(char host)
{
    unsigned numbers = seen.numbers;
    uint32_t polls = world.gateway.polls_served;
    run(2 * POLL_AFTER);
    CHECK(world.gateway.polls_served > polls);
    CHECK(seen.numbers >= numbers + 2 * POLL_AFTER / EVERY - 2 && seen.accepted_at == host);
    CHECK(!port.one_line || !to_gateway.is_open);
    CHECK(seen.lost == 0);
}

/* ---- cases */

static void a_life(uint64_t seed, bool one_line)
{
    begin(seed, one_line);
    run_until_epoch(1);
    publishes('h');

    world.gateway.action = OTAKEY_DO_ROTATE;
    world.gateway.connection.size = 0;
    run_until_epoch(2);
    world.gateway.action = OTAKEY_DO_NOTHING;
    publishes('h');

    world.gateway.action = OTAKEY_DO_ROTATE_AND_MOVE;
    world.gateway.flags = OTAKEY_FLAG_VERIFY_LOGIN;
    world.gateway.connection = (struct otakey_span){there, sizeof there};
    run_until_epoch(3);
    world.gateway.action = OTAKEY_DO_NOTHING;
    publishes('i');
    CHECK(seen.events[OTAKEY_EVENT_ROTATED] == 2 && seen.events[OTAKEY_EVENT_GAVE_UP] == 0);
}

/* Its new platform refuses: it stays, and is at home between the five logins. */
static void a_move_that_fails(bool one_line)
{
    begin(10, one_line);
    run_until_epoch(1);
    publishes('h');
    seen.connack_there = 5;
    world.gateway.action = OTAKEY_DO_ROTATE_AND_MOVE;
    world.gateway.flags = OTAKEY_FLAG_VERIFY_LOGIN;
    world.gateway.connection = (struct otakey_span){there, sizeof there};
    unsigned numbers = seen.numbers;
    for (uint64_t begun = world.now; seen.events[OTAKEY_EVENT_WIPED] == 0; turn()) {
        CHECK(world.now - begun < 3600 * SECOND);
    }
    world.gateway.action = OTAKEY_DO_NOTHING;
    CHECK(seen.numbers - numbers >= 8 && seen.events[OTAKEY_EVENT_GAVE_UP] == 1);
    run(60);
    publishes('h');
    CHECK(world.gateway.epoch == 1 && world.gateway.attempt == 1);
}

static void the_gateway_is_gone(bool dumb)
{
    begin(20, true);
    run_until_epoch(1);
    publishes('h');
    seen.gateway_is_dumb = dumb;
    seen.gateway_is_away = !dumb;
    run(POLL_AFTER);
    unsigned numbers = seen.numbers;
    run(6 * 3600);
    CHECK(seen.numbers - numbers > 6 * 3600 / EVERY * 9 / 10);
    seen.gateway_is_dumb = seen.gateway_is_away = false;
    uint32_t polls = world.gateway.polls_served;
    run(2 * 3600);
    CHECK(world.gateway.polls_served > polls);
}

int main(void)
{
    for (uint64_t seed = 1; seed < 6; seed++) {
        a_life(seed, true);
        a_life(seed, false);
    }
    a_move_that_fails(true);
    a_move_that_fails(false);
    the_gateway_is_gone(true);
    the_gateway_is_gone(false);
    return finish("device");
}
