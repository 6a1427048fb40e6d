/*
 * A device with a key over a stream that says anything, takes as little as it likes, dies and
 * refuses at any time: the key in use is untouched, and no request waits on a stream that is gone.
 */
#include "otakey/link.h"

#include <string.h>

#include "check.h"
#include "fuzz.h"
#include "sim_life.h"
#include "sim_world.h"

#define CALLS 4000u

const unsigned long fuzz_executions = 10000;

static struct sim_world saved;
static struct otakey_link wire;

static struct {
    const uint8_t *bytes; /* to be read */
    size_t size;
    size_t room; /* to be written */
    bool dead, refuses, is_open;
    unsigned calls; /* in this step */
} line;

enum { SAYS, TAKES, DIES, REFUSES, LATER, KINDS };

static int open_stream(void *context, unsigned address)
{
    (void)context;
    CHECK(address < OTAKEY_GATEWAYS_MAX && ++line.calls < CALLS);
    line.is_open = !line.refuses;
    line.dead = false;
    return line.refuses ? -1 : 0;
}

static void close_stream(void *context)
{
    (void)context;
    CHECK(line.is_open);
    line.is_open = false;
}

static int write_stream(void *context, const uint8_t *bytes, size_t size)
{
    (void)context;
    volatile uint8_t sink;
    CHECK(line.is_open && size > 0 && size <= OTAKEY_MQTT_OUTPUT_SIZE && ++line.calls < CALLS);
    sink = bytes[size - 1];
    (void)sink;
    size_t taken = size < line.room ? size : line.room;
    line.room -= taken;
    return line.dead ? -1 : (int)taken;
}

static int read_stream(void *context, uint8_t *bytes, size_t size)
{
    (void)context;
    CHECK(line.is_open && ++line.calls < CALLS);
    size_t given = size < line.size ? size : line.size;
    if (given > 0) {
        memcpy(bytes, line.bytes, given);
        line.bytes += given;
        line.size -= given;
    }
    return line.dead ? -1 : (int)given;
}

static const struct otakey_stream stream = {NULL, open_stream, write_stream, read_stream,
                                            close_stream};

static int send_frame(void *context, const uint8_t *frame, size_t size, unsigned address)
{
    (void)context;
    CHECK(++line.calls < CALLS);
    return otakey_link_send(&wire, frame, size, address);
}

void fuzz_begin(void)
{
    static const uint8_t talk[] = {
        LATER, 2, 0xff, 0xff, TAKES, 1, 0xff, SAYS, 4, 0x20, 2, 0, 0, TAKES, 1, 0xff,
        SAYS, 18, 0x30, 16, 0, 8, 'o', 't', 'a', 'k', 'e', 'y', '/', '1', 0x2f, 3, 0, 0, 0, 9,
        LATER, 2, 0xff, 0xff, TAKES, 1, 9, SAYS, 9, 0x32, 7, 0, 1, 'a', 0, 7, 'x', 'y',
        DIES, 0, LATER, 2, 0, 9, REFUSES, 1, 1, LATER, 2, 9, 9};
    new_world(1);
    enrolls();
    world.port.send = send_frame;
    saved = world;
    fuzz_seed(talk, sizeof talk);
    fuzz_seed(talk, 13);
    fuzz_seed(talk, 36);
}

static void check_step(void)
{
    line.calls = 0;
    uint64_t next = otakey_link_step(&wire, world.now);
    CHECK(next >= world.now && wire.is_open == line.is_open);
    CHECK(wire.chunk_used <= wire.chunk_size && wire.chunk_size <= sizeof wire.chunk);
    CHECK(wire.held_size <= sizeof wire.held);
    CHECK(wire.is_open || !world.client.awaiting || world.client.next_at <= world.now);
    CHECK(world.flash.operations == saved.flash.operations && settled_at(1));
}

static void act(unsigned kind, const uint8_t *body, size_t size)
{
    uint8_t first = (uint8_t)(size > 0 ? body[0] : 0);
    switch (kind) {
    case SAYS:
        line.bytes = body;
        line.size = size;
        break;
    case TAKES: line.room = 2u * first; break;
    case DIES: line.dead = true; break;
    case REFUSES: line.refuses = first % 2 != 0; break;
    default: world.now += (first * UINT64_C(256) + (size > 1 ? body[1] : 0)) * 16; break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t id[] = "lamp";
    world = saved;
    memset(&line, 0, sizeof line);
    otakey_link_init(&wire, &stream, &world.client, (struct otakey_span){id, 4}, 60);
    for (size_t at = 0; at + 2 <= size;) {
        size_t body = data[at + 1] < size - at - 2 ? data[at + 1] : size - at - 2;
        act(data[at] % KINDS, data + at + 2, body);
        check_step();
        at += 2 + body;
    }
    return 0;
}
