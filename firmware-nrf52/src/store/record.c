#include "record.h"

#include <string.h>

#include "otakey/crypto.h"

#define MAGIC UINT32_C(0x4f544b31)
#define VERSION 1u

/* Word offsets, see store.h. */
#define AT_LENGTH 1u
#define AT_SEQUENCE 2u
#define AT_EPOCH 3u
#define AT_KEY 4u
#define AT_SIZES 12u
#define AT_TOKEN 13u
#define HEADER_WORDS 3u
#define CHECK_WORDS 2u
#define FLAG_VERIFY 0x01u

static uint32_t words_for(size_t bytes)
{
    return (uint32_t)((bytes + 3u) / 4u);
}

static uint32_t markers_after(size_t token_size, size_t connection_size)
{
    return AT_TOKEN + words_for(token_size) + words_for(connection_size) + CHECK_WORDS;
}

static uint32_t read_word(const struct otakey_flash *flash, int slot, uint32_t word)
{
    return flash->read_word(flash->context, slot, word);
}

static size_t token_size(uint32_t sizes)
{
    return (sizes >> 16) & 0xffu;
}

static size_t connection_size(uint32_t sizes)
{
    return sizes & 0xffffu;
}

static void put_word(uint8_t *image, uint32_t word, uint32_t value)
{
    for (uint32_t i = 0; i < 4u; i++) {
        image[word * 4u + i] = (uint8_t)(value >> (24u - 8u * i));
    }
}

static void put_bytes(uint8_t *image, uint32_t word, const uint8_t *bytes, size_t size)
{
    if (size > 0) {
        memcpy(&image[word * 4u], bytes, size);
    }
}

uint32_t record_word(const uint8_t *image, uint32_t word)
{
    const uint8_t *bytes = &image[word * 4u];
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void read_bytes(const struct otakey_flash *flash, int slot, uint32_t from, uint8_t *bytes,
                       size_t size)
{
    uint32_t word = 0;
    for (size_t i = 0; i < size; i++) {
        if (i % 4u == 0) {
            word = read_word(flash, slot, from + (uint32_t)(i / 4u));
        }
        bytes[i] = (uint8_t)(word >> (24u - 8u * (i % 4u)));
    }
}

uint32_t record_magic(enum record_marker marker)
{
    static const uint32_t magic[RECORD_MARKERS] = {
        [MARKER_STORED] = UINT32_C(0x53544f31),
        [MARKER_STORED2] = UINT32_C(0x53544f32),
        [MARKER_VERIFIED] = UINT32_C(0x56455249),
        [MARKER_CONFIRMED] = UINT32_C(0x434f4e46),
    };
    return magic[marker];
}

/* The check value of so many words. */
static void check_value(uint8_t hash[OTAKEY_HASH_SIZE], const uint8_t *image, uint32_t words)
{
    struct otakey_span covered = {image, words * 4u};
    otakey_sha256(hash, &covered, 1);
}

uint32_t record_build(uint8_t image[RECORD_IMAGE_MAX], const struct otakey_record *record,
                      struct otakey_span connection)
{
    const struct otakey_token *token = &record->token;
    if (token->size == 0 || token->size > OTAKEY_TOKEN_MAX
        || connection.size > OTAKEY_STORE_CONNECTION_MAX) {
        return 0;
    }
    uint32_t size = markers_after(token->size, connection.size);
    uint32_t covered = size - CHECK_WORDS;
    memset(image, 0, RECORD_IMAGE_MAX);
    put_word(image, 0, MAGIC);
    put_word(image, AT_LENGTH, VERSION << 16 | (covered - HEADER_WORDS));
    put_word(image, AT_SEQUENCE, record->sequence);
    put_word(image, AT_EPOCH, record->epoch);
    put_bytes(image, AT_KEY, record->device_key, OTAKEY_KEY_SIZE);
    put_word(image, AT_SIZES, (record->verify ? FLAG_VERIFY << 24 : 0u)
                                  | (uint32_t)token->size << 16 | (uint32_t)connection.size);
    put_bytes(image, AT_TOKEN, token->data, token->size);
    put_bytes(image, AT_TOKEN + words_for(token->size), connection.data, connection.size);

    uint8_t hash[OTAKEY_HASH_SIZE];
    check_value(hash, image, covered);
    put_bytes(image, covered, hash, CHECK_WORDS * 4u);
    return size;
}

uint32_t record_markers(const struct otakey_flash *flash, int slot)
{
    uint32_t length = read_word(flash, slot, AT_LENGTH);
    if (read_word(flash, slot, 0) != MAGIC || length >> 16 != VERSION) {
        return 0;
    }
    uint32_t sizes = read_word(flash, slot, AT_SIZES);
    size_t token = token_size(sizes);
    size_t connection = connection_size(sizes);
    if (token == 0 || token > OTAKEY_TOKEN_MAX || connection > OTAKEY_STORE_CONNECTION_MAX) {
        return 0;
    }
    uint32_t markers = markers_after(token, connection);
    return (length & 0xffffu) == markers - HEADER_WORDS - CHECK_WORDS ? markers : 0;
}

uint32_t record_checked(const struct otakey_flash *flash, int slot)
{
    uint32_t markers = record_markers(flash, slot);
    if (markers == 0) {
        return 0;
    }
    uint32_t covered = markers - CHECK_WORDS;
    uint8_t image[RECORD_IMAGE_MAX];
    uint8_t hash[OTAKEY_HASH_SIZE];
    read_bytes(flash, slot, 0, image, markers * 4u);
    check_value(hash, image, covered);
    bool holds = memcmp(hash, &image[covered * 4u], CHECK_WORDS * 4u) == 0;
    otakey_wipe(image, sizeof(image));
    return holds ? markers : 0;
}

uint32_t record_sequence(const struct otakey_flash *flash, int slot)
{
    return read_word(flash, slot, AT_SEQUENCE);
}

void record_read(const struct otakey_flash *flash, int slot, struct otakey_record *record)
{
    uint32_t sizes = read_word(flash, slot, AT_SIZES);
    memset(record, 0, sizeof(*record));
    record->sequence = record_sequence(flash, slot);
    record->epoch = read_word(flash, slot, AT_EPOCH);
    read_bytes(flash, slot, AT_KEY, record->device_key, OTAKEY_KEY_SIZE);
    record->token.size = (uint8_t)token_size(sizes);
    read_bytes(flash, slot, AT_TOKEN, record->token.data, record->token.size);
    record->connection_size = (uint16_t)connection_size(sizes);
    record->verify = (sizes >> 24 & FLAG_VERIFY) != 0;
}

void record_read_connection(const struct otakey_flash *flash, int slot, uint8_t *buffer,
                            size_t size)
{
    uint32_t sizes = read_word(flash, slot, AT_SIZES);
    read_bytes(flash, slot, AT_TOKEN + words_for(token_size(sizes)), buffer, size);
}

int record_zeroise(const struct otakey_flash *flash, int slot)
{
    size_t token = token_size(read_word(flash, slot, AT_SIZES));
    if (token == 0 || token > OTAKEY_TOKEN_MAX) {
        token = OTAKEY_TOKEN_MAX;
    }
    int result = OTAKEY_OK;
    for (uint32_t word = AT_KEY; word < AT_TOKEN + words_for(token); word++) {
        /* What is zero already is not programmed again: a word bears two writes, not three. */
        if (word != AT_SIZES && read_word(flash, slot, word) != 0
            && record_program(flash, slot, word, 0) != OTAKEY_OK) {
            result = OTAKEY_E_FLASH;
        }
    }
    return result;
}

int record_program(const struct otakey_flash *flash, int slot, uint32_t word, uint32_t value)
{
    if (flash->write_word(flash->context, slot, word, value) != 0
        || read_word(flash, slot, word) != value) {
        return OTAKEY_E_FLASH;
    }
    return OTAKEY_OK;
}
