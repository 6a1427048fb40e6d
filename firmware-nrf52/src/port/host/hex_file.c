#include <stdio.h>
#include <string.h>

#include "host.h"

#define RECORD_MAX 21 /* length, offset, type, 16 bytes, sum */
#define DATA 0
#define END 1
#define UPPER_ADDRESS 4

struct block {
    uint8_t *bytes;
    size_t size;
    size_t used;
    uint32_t upper;
    uint32_t address;
    bool ended;
};

static int digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

/* The bytes of a record, if the line is just that and its sum is right; else 0. */
static int read_record(const char *line, uint8_t record[RECORD_MAX])
{
    int size = 0;
    unsigned sum = 0;
    if (*line++ != ':') {
        return 0;
    }
    for (; size < RECORD_MAX && digit(line[0]) >= 0 && digit(line[1]) >= 0; line += 2) {
        record[size] = (uint8_t)(digit(line[0]) << 4 | digit(line[1]));
        sum += record[size++];
    }
#ifdef SEEDED_BUG_HEX_SUM
    sum = 0;
#endif
    line += *line == '\r';
    line += *line == '\n';
    return *line == '\0' && size >= 5 && size == record[0] + 5 && (sum & 0xffu) == 0 ? size : 0;
}

static bool take(struct block *block, const uint8_t *record)
{
    uint32_t at = block->upper + ((uint32_t)record[1] << 8 | record[2]);
    size_t size = record[0];
    switch (record[3]) {
    case UPPER_ADDRESS:
        block->upper = (uint32_t)record[4] << 24 | (uint32_t)record[5] << 16;
        return size == 2;
    case END:
        block->ended = true;
        return size == 0;
    case DATA:
        block->address = block->used == 0 ? at : block->address;
        if (at != block->address + block->used || size > block->size - block->used) {
            return false;
        }
        memcpy(block->bytes + block->used, record + 4, size);
        block->used += size;
        return true;
    default:
        return false;
    }
}

int host_hex_read(const char *path, uint8_t *bytes, size_t size, uint32_t *address)
{
    struct block block = {.bytes = bytes, .size = size};
    char line[64];
    uint8_t record[RECORD_MAX];
    bool sane = true;
    FILE *file = fopen(path, "r");
    while (file != NULL && sane && !block.ended && fgets(line, sizeof line, file) != NULL) {
        sane = read_record(line, record) > 0 && take(&block, record);
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    *address = block.address;
    return sane && block.ended ? (int)block.used : -1;
}
