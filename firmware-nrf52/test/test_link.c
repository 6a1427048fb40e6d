/*
 * The link from client to gateway: a life over MQTT over streams that carry bytes in any pieces,
 * refuse, die at any byte, stay dumb, or speak garbage.
 */
#include "otakey/link.h"

#include <string.h>

#include "check.h"
#include "sim_life.h"
#include "sim_world.h"

#define TOPIC_SIZE 8u
#define KEEP_ALIVE 60

/* The stream and the gateway's MQTT side. */
static struct {
    bool is_open, refuses, dumb, babbles;
    bool anew; /* a connection of its own: nothing counts before CONNECT */
    uint32_t dies_after; /* bytes; 0: lives */
    uint32_t moved;
    uint32_t up_bytes, down_bytes;
    unsigned opens, connects, pings;
    unsigned address;
    uint8_t up[1200];
    size_t up_size;
    uint8_t down[1200];
    size_t down_size;
} line;

static struct otakey_link wire;

/* ---- the gateway's side */

static void send_down(const void *bytes, size_t size)
{
    CHECK(line.down_size + size <= sizeof line.down);
    memcpy(line.down + line.down_size, bytes, size);
    line.down_size += size;
}

static void on_publish(const uint8_t *body, size_t size)
{
    static const uint8_t head[] = {0, TOPIC_SIZE, 'o', 't', 'a', 'k', 'e', 'y', '/', '1'};
    uint8_t answer[OTAKEY_FRAME_MAX];
    CHECK(size > sizeof head && memcmp(body, head, sizeof head) == 0);
    size_t answered = sim_gateway_answer(&world.gateway, body + sizeof head, size - sizeof head,
                                         answer);
    size_t length = sizeof head + answered;
    const uint8_t fixed[] = {0x30, (uint8_t)(length % 128 + (length > 127 ? 128 : 0)),
                             (uint8_t)(length / 128)};
    send_down(fixed, length > 127 ? 3 : 2);
    send_down(head, sizeof head);
    send_down(answer, answered);
}

static void on_packet(const uint8_t *body, size_t size)
{
    static const uint8_t connack[] = {0x20, 2, 0, 0};
    static const uint8_t pingresp[] = {0xd0, 0};
    switch (line.up[0]) {
    case 0x10:
        CHECK(size > 10 && memcmp(body, "\0\4MQTT\4\2", 8) == 0);
        line.connects++;
        send_down(connack, sizeof connack);
        break;
    case 0x30: on_publish(body, size); break;
    case 0xc0:
        line.pings++;
        send_down(pingresp, sizeof pingresp);
        break;
    default: CHECK(!"a packet that a device never sends");
    }
}

static void take_up(void)
{
    while (line.up_size >= 2) {
        size_t header = (line.up[1] & 0x80) != 0 ? 3 : 2;
        size_t size = (line.up[1] & 0x7fu) + (header == 3 ? (size_t)line.up[2] * 128u : 0);
        if (line.up_size < header + size) {
            return;
        }
        line.anew = line.anew && line.up[0] != 0x10;
        if (!line.dumb && !line.anew) {
            on_packet(line.up + header, size);
        }
        line.up_size -= header + size;
        memmove(line.up, line.up + header + size, line.up_size);
    }
}

/* ---- the stream */

static size_t some(size_t most)
{
    uint8_t byte;
    (void)world_random(NULL, &byte, 1);
    return most == 0 ? 0 : byte % (most < 40 ? most + 1 : 40);
}

static int open_stream(void *context, unsigned address)
{
    (void)context;
    line.opens++;
    line.address = address;
    line.is_open = !line.refuses;
    line.up_size = line.down_size = 0;
    return line.refuses ? -1 : 0;
}

static void close_stream(void *context)
{
    (void)context;
    line.is_open = false;
}

static bool dies(size_t size)
{
    line.moved += (uint32_t)size;
    return line.dies_after != 0 && line.moved >= line.dies_after;
}

static int write_stream(void *context, const uint8_t *bytes, size_t size)
{
    (void)context;
    size_t taken = some(size);
    CHECK(line.is_open && line.up_size + taken <= sizeof line.up);
    memcpy(line.up + line.up_size, bytes, taken);
    line.up_size += taken;
    line.up_bytes += (uint32_t)taken;
    take_up();
    return dies(taken) ? -1 : (int)taken;
}

static int read_stream(void *context, uint8_t *bytes, size_t size)
{
    (void)context;
    CHECK(line.is_open);
    if (line.babbles) {
        (void)world_random(NULL, bytes, size);
        return (int)size;
    }
    size_t given = some(size < line.down_size ? size : line.down_size);
    memcpy(bytes, line.down, given);
    line.down_size -= given;
    line.down_bytes += (uint32_t)given;
    memmove(line.down, line.down + given, line.down_size);
    return dies(given) ? -1 : (int)given;
}

static const struct otakey_stream stream = {NULL, open_stream, write_stream, read_stream,
                                            close_stream};

/* ---- time */

static int send_frame(void *context, const uint8_t *frame, size_t size, unsigned address)
{
    (void)context;
    world.sent++;
    world.addresses_used |= 1u << address;
    world.last_sent_at = world.now;
    return otakey_link_send(&wire, frame, size, address);
}

static void begin_with(uint64_t seed, uint16_t keep_alive)
{
    static const uint8_t id[] = "lamp";
    memset(&line, 0, sizeof line);
    new_world(seed);
    world.port.send = send_frame;
    otakey_link_init(&wire, &stream, &world.client, (struct otakey_span){id, 4}, keep_alive);
}

static void begin(uint64_t seed)
{
    begin_with(seed, KEEP_ALIVE);
}

/* While bytes move time stands nearly still. */
static void turn(void)
{
    uint64_t next = otakey_link_step(&wire, world.now);
    CHECK(next >= world.now);
    bool moves = line.is_open && (line.down_size > 0 || otakey_link_has_output(&wire));
    world.now = moves ? world.now + 1 : next;
}

static void run_until_settled(uint32_t epoch)
{
    for (int turns = 0; !settled_at(epoch); turns++) {
        CHECK(turns < 20000);
        turn();
    }
    row_is_held();
}

static void run(uint64_t time)
{
    for (uint64_t end = world.now + time; world.now < end;) {
        turn();
    }
}

/* ---- cases */

static void bytes_in_any_pieces(void)
{
    uint32_t up = 0;
    uint32_t down = 0;
    for (uint64_t seed = 1; seed < 20; seed++) {
        begin(seed);
        run_until_settled(1);
        up = line.up_bytes;
        down = line.down_bytes;
        CHECK(otakey_rotate_now(&world.client, world.now));
        run_until_settled(2);
        CHECK(line.connects == 1 && world.sent == 4);
    }
    printf("           bytes of MQTT, ids of 4 and 8: connect and enroll %u up, %u down; rotate %u "
           "up, %u down\n",
           (unsigned)up, (unsigned)down, (unsigned)(line.up_bytes - up),
           (unsigned)(line.down_bytes - down));
}

/* At every byte once; no request waits for an answer that cannot come. */
static void the_stream_dies(void)
{
    bool died = true;
    for (uint32_t at = 1; died; at++) {
        begin(at);
        line.dies_after = at;
        while (!settled_at(1) && line.moved < at) {
            turn();
        }
        died = line.moved >= at && !settled_at(1);
        line.dies_after = 0;
        uint64_t gone_at = world.now;
        run_until_settled(1);
        CHECK(!died || world.now - gone_at < 70 * SECOND);
        CHECK(line.connects <= 2);
    }
    CHECK(line.moved > 300);
}

static void the_client_is_told(void)
{
    begin(30);
    turn();
    CHECK(line.is_open && world.client.awaiting);
    line.dies_after = 1;
    uint64_t at = world.now;
    while (line.opens < 2) {
        line.dies_after = line.is_open && line.opens == 1 ? 1 : 0;
        turn();
    }
    CHECK(world.now - at < 2 * SECOND); /* not 5 s later, when the answer would be overdue */
}

static void nobody_there(void)
{
    begin(40);
    line.refuses = true;
    run(3600 * SECOND);
    CHECK(line.opens >= 5 && line.opens < 40 && world.addresses_used == 3); /* rule 8 */
    line.refuses = false;
    line.dumb = true; /* takes the connection and never answers */
    run(6 * 3600 * SECOND);
    CHECK(line.connects == 0 && line.opens < 200);
    line.dumb = false;
    line.babbles = true;
    run(6 * 3600 * SECOND);
    CHECK(!world.client.awaiting || line.opens < 300);
    line.babbles = false;
    run_until_settled(1);
}

/* Garbage costs connections, never the key; the next handshake tells the gateway. */
static void garbage_is_told(void)
{
    struct otakey_record before, after;
    begin(45);
    run_until_settled(1);
    CHECK(otakey_store_get(&world.client.store, 0, &before) == OTAKEY_OK);
    uint32_t operations = world.flash.operations;
    line.babbles = true;
    run(3600 * SECOND);
    line.babbles = false;
    line.dumb = true; /* takes every connection and never answers */
    run(DAY);
    line.dumb = false;
    CHECK(world.flash.operations == operations && settled_at(1));
    CHECK(otakey_store_get(&world.client.store, 0, &after) == OTAKEY_OK);
    CHECK(memcmp(&before, &after, sizeof before) == 0);
    CHECK(world.client.kept.faults > 0 && world.client.kept.last_error == OTAKEY_FAULT_LINK);
    CHECK(otakey_rotate_now(&world.client, world.now));
    run_until_settled(2);
    CHECK(world.gateway.last_error == OTAKEY_FAULT_LINK && world.gateway.bad_openings == 0);
}

static void kept_alive(void)
{
    begin(50);
    world.gateway.seconds = 50000;
    run_until_settled(1);
    run(3600 * SECOND);
    CHECK(line.connects == 1 && line.pings >= 60);
    line.dumb = true; /* it is dead, and does not say so */
    run(100 * SECOND);
    CHECK(!line.is_open);
}

/* The device is not told; it must not wait for the keep-alive either. */
static void a_modem_connects_anew(void)
{
    begin_with(60, 0);
    world.firmware.gateway_addresses = 1;
    run_until_settled(1);
    line.anew = true;
    CHECK(otakey_rotate_now(&world.client, world.now));
    uint64_t at = world.now;
    run_until_settled(2);
    CHECK(line.connects == 2 && world.last_sent_at - at < 16 * SECOND);
}

int main(void)
{
    a_modem_connects_anew();
    bytes_in_any_pieces();
    the_stream_dies();
    the_client_is_told();
    nobody_there();
    garbage_is_told();
    kept_alive();
    return finish("link");
}
