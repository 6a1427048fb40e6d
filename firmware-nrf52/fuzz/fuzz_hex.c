/*
 * Intel HEX as the host port reads it: accepted exactly as a second reader accepts it, with the
 * same bytes; and what was read comes out again from its own encoding.
 */
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "fuzz.h"
#include "port/host/host.h"

#define MEMORY 96u

const unsigned long fuzz_executions = 36000;

static int file;
static char path[64];

void fuzz_begin(void)
{
    static const char *const seeds[] = {
        ":020000040007F3\n:10F000004F544B4201040302000F070E0000000043\n:00000001FF\n",
        ":020000040007F3\n:04F0000001020304F2\n:02F004000506FF\n:00000001FF\n",
        ":0400000001020304F2\r\n:0400040001020304EE\r\n:00000001FF\r\n",
        ":0100000000FF\n:00000001FF"};
    file = memfd_create("hex", 0);
    CHECK(file >= 0);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    for (size_t i = 0; i < sizeof seeds / sizeof seeds[0]; i++) {
        fuzz_seed(seeds[i], strlen(seeds[i]));
    }
}

static int read_again(const void *text, size_t size, uint8_t memory[MEMORY], uint32_t *address)
{
    CHECK(ftruncate(file, 0) == 0 && pwrite(file, text, size, 0) == (ssize_t)size);
    memset(memory, 0, MEMORY);
    return host_hex_read(path, memory, MEMORY, address);
}

/* ---- the second reader */

static int digit(uint8_t c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

/* One line up to its end; how many bytes the record has, or -1. */
static int record(const uint8_t *line, size_t size, uint8_t bytes[64])
{
    size_t count = 0;
    unsigned sum = 0;
    if (size > 0 && line[size - 1] == '\r') {
        size--;
    }
    if (size < 11 || size > 43 || size % 2 == 0 || line[0] != ':') {
        return -1;
    }
    for (size_t i = 1; i < size; i += 2) {
        int high = digit(line[i]), low = digit(line[i + 1]);
        if (high < 0 || low < 0) {
            return -1;
        }
        bytes[count++] = (uint8_t)(high << 4 | low);
        sum += bytes[count - 1];
    }
    return count == bytes[0] + 5u && sum % 256 == 0 ? (int)count : -1;
}

static int expected(const uint8_t *text, size_t size, uint8_t memory[MEMORY], uint32_t *address)
{
    uint32_t upper = 0;
    size_t used = 0;
    *address = 0;
    memset(memory, 0, MEMORY);
    for (size_t at = 0; at < size;) {
        const uint8_t *end = memchr(text + at, '\n', size - at);
        size_t length = end != NULL ? (size_t)(end - text) - at : size - at;
        uint8_t bytes[64];
        if (record(text + at, length, bytes) < 0) {
            return -1;
        }
        at += length + 1;
        uint32_t here = upper + ((uint32_t)bytes[1] << 8 | bytes[2]);
        if (bytes[3] == 1) {
            return bytes[0] == 0 ? (int)used : -1;
        } else if (bytes[3] == 4 && bytes[0] == 2) {
            upper = (uint32_t)bytes[4] << 24 | (uint32_t)bytes[5] << 16;
        } else if (bytes[3] == 0 && bytes[0] <= MEMORY - used) {
            *address = used == 0 ? here : *address;
            if (here != *address + used) {
                return -1;
            }
            memcpy(memory + used, bytes + 4, bytes[0]);
            used += bytes[0];
        } else {
            return -1;
        }
    }
    return -1;
}

/* ---- and back */

static size_t put(char *text, uint32_t address, unsigned type, const uint8_t *bytes, size_t size)
{
    unsigned sum = (unsigned)size + (address >> 8 & 0xff) + (address & 0xff) + type;
    size_t at = (size_t)sprintf(text, ":%02X%04X%02X", (unsigned)size, (unsigned)(address & 0xffff),
                                type);
    for (size_t i = 0; i < size; i++) {
        sum += bytes[i];
        at += (size_t)sprintf(text + at, "%02X", bytes[i]);
    }
    return at + (size_t)sprintf(text + at, "%02X\n", -sum & 0xffu);
}

static void check_encoded(const uint8_t *memory, size_t size, uint32_t address)
{
    char text[2048];
    uint8_t back[MEMORY];
    uint32_t where;
    size_t at = 0;
    for (size_t i = 0; i < size; i += 16) {
        uint32_t here = address + (uint32_t)i;
        const uint8_t upper[] = {(uint8_t)(here >> 24), (uint8_t)(here >> 16)};
        at += put(text + at, 0, 4, upper, 2);
        at += put(text + at, here, 0, memory + i, size - i < 16 ? size - i : 16);
    }
    at += put(text + at, 0, 1, memory, 0);
    CHECK(read_again(text, at, back, &where) == (int)size);
    CHECK(memcmp(back, memory, size) == 0 && (size == 0 || where == address));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t memory[MEMORY], wanted[MEMORY];
    uint32_t address, wanted_address;
    if (memchr(data, 0, size) != NULL) {
        return 0; /* no text: what stands behind a zero in a line is not looked at */
    }
    int result = read_again(data, size, memory, &address);
    CHECK(result == expected(data, size, wanted, &wanted_address));
    if (result >= 0) {
        CHECK(memcmp(memory, wanted, MEMORY) == 0 && address == wanted_address);
        check_encoded(memory, (size_t)result, address);
    }
    return 0;
}
