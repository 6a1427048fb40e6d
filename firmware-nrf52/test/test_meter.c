/*
 * Packets of MQTT counted from bytes in any pieces: lengths of one to four bytes, bodies that look
 * like headers, a packet that never ends.
 */
#include "fleet/meter.h"

#include <string.h>

#include "check.h"

#define STREAM_MOST 20000u

static uint8_t stream[STREAM_MOST];
static size_t stream_size;
static uint64_t random_state = 1;

static uint32_t pick(uint32_t below)
{
    random_state = random_state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % below;
}

/* The length in `size_bytes` bytes, which may be more than it needs. */
static void add(uint8_t header, uint32_t size, unsigned size_bytes)
{
    CHECK(stream_size + 5 + size <= sizeof stream);
    stream[stream_size++] = header;
    for (unsigned i = 0; i < size_bytes; i++) {
        uint8_t more = i + 1 < size_bytes ? 0x80 : 0;
        stream[stream_size++] = (uint8_t)((size >> 7 * i & 0x7f) | more);
    }
    memset(stream + stream_size, 0x30, size); /* each byte would begin a PUBLISH */
    stream_size += size;
}

static unsigned bytes_of(uint32_t size)
{
    return size < 128 ? 1 : size < 16384 ? 2 : 3;
}

/* Counted in pieces of up to `most` bytes. */
static struct meter counted(size_t most)
{
    struct meter meter;
    memset(&meter, 0, sizeof meter);
    for (size_t at = 0; at < stream_size;) {
        size_t part = 1 + pick((uint32_t)most);
        part = part < stream_size - at ? part : stream_size - at;
        meter_count(&meter, stream + at, part);
        at += part;
    }
    return meter;
}

static void is(uint32_t packets, uint32_t frames)
{
    static const size_t pieces[] = {1, 2, 3, 7, 100, STREAM_MOST};
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        struct meter meter = counted(pieces[i]);
        CHECK(meter.packets == packets && meter.frames == frames);
    }
}

static void one(uint32_t size)
{
    stream_size = 0;
    add(0x30, size, bytes_of(size));
    is(1, 1);
    stream_size--; /* without its last byte it is none */
    is(0, 0);
    stream_size = 0;
    add(0x20, size, bytes_of(size));
    add(0x32, size % 100, 1);
    is(2, 1);
}

static void lengths(void)
{
    static const uint32_t sizes[] = {0, 1, 2, 126, 127, 128, 129, 255, 256, 16383, 16384, 16385};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        one(sizes[i]);
    }
    for (unsigned size_bytes = 1; size_bytes <= 4; size_bytes++) {
        stream_size = 0;
        add(0x3d, 100, size_bytes);
        add(0xd0, 0, size_bytes);
        add(0x30, 5, 1);
        is(3, 2);
    }
}

/* Four bytes are the most, whatever the last one says of another. */
static void too_long(void)
{
    static const uint8_t bytes[] = {0x30, 0x81, 0x80, 0x80, 0x80, 'x', 0xc0, 0};
    stream_size = sizeof bytes;
    memcpy(stream, bytes, sizeof bytes);
    is(2, 1);
    stream[1] = stream[2] = stream[3] = stream[4] = 0xff; /* 256 MiB never come */
    is(0, 0);
    CHECK(counted(1).left == 0x0fffffff - 3);
}

static void any_packets(void)
{
    for (int round = 0; round < 500; round++) {
        uint32_t packets = 0, frames = 0;
        stream_size = 0;
        while (stream_size < 3000) {
            uint8_t header = (uint8_t)(0x10 + pick(0xf0));
            uint32_t size = pick(pick(2) == 0 ? 4 : 400);
            add(header, size, bytes_of(size));
            packets++;
            frames += header >> 4 == 3;
        }
        is(packets, frames);
    }
}

int main(void)
{
    lengths();
    too_long();
    any_packets();
    return finish("meter");
}
