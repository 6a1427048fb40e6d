/*
 * The CBOR subset and the connection map: a document is accepted exactly if a second decoder, which
 * follows RFC 8949 word by word, accepts it; an accepted connection is in its bounds and reads the
 * same from its deterministic encoding.
 */
#include <string.h>

#include "cbor.h"
#include "check.h"
#include "fuzz.h"
#include "otakey/connection.h"
#include "store.h"
#include "vectors.h"

const unsigned long fuzz_executions = 100000;

void fuzz_begin(void)
{
    static const char connection[] =
        "\xa8\1\1ap\2\4mqtt\3\1h\4\x19\7\x5b\5\1c\6\1u\7\1t\x08\x58\x20"
        "0123456789abcdef0123456789abcdef";
    static const uint8_t full[] = {0xa8, 1, 0x61, 'p', 2, 0x64, 'm', 'q', 't', 't', 3, 0x61, 'h',
                                   4, 0x19, 7, 0x5b, 5, 0x61, 'c', 6, 0x61, 'u', 7, 0x62, 0xc3,
                                   0xa9, 8, 0x58, 32};
    static const uint8_t deep[] = {0xa2, 1, 0xc1, 0x82, 1, 0xa2, 0x61, 'a', 0xf5, 0x61, 'b', 0xf6,
                                   0x1b, 0, 0, 0, 0, 0, 0, 0, 2, 0x84, 0xf9, 0, 0, 0xf8, 32,
                                   0x81, 0x81, 0, 0xfb, 0, 0, 0, 0, 0, 0, 0, 0};
    uint8_t seed[sizeof full + 32];
    memcpy(seed, full, sizeof full);
    memcpy(seed + sizeof full, connection, 32);
    fuzz_seed(seed, sizeof seed);
    fuzz_seed(deep, sizeof deep);
    for (size_t i = 0; i < sizeof vector_cases / sizeof vector_cases[0]; i++) {
        for (int j = 0; j < vector_cases[i].step_count; j++) {
            const struct vector_step *step = &vector_cases[i].steps[j];
            fuzz_seed(step->grant_payload.data, step->grant_payload.size);
            fuzz_seed(step->request_payload.data, step->request_payload.size);
        }
    }
}

/* ---- the second decoder: recursive, and it remembers every key */

struct reader {
    const uint8_t *at, *end;
};

static uint64_t argument(struct reader *in, unsigned low, bool *sound)
{
    unsigned bytes = low < 24 ? 0 : 1u << (low - 24);
    uint64_t value = low < 24 ? low : 0;
    *sound = *sound && low <= 27 && (size_t)(in->end - in->at) >= bytes;
    for (; *sound && bytes > 0; bytes--) {
        value = value << 8 | *in->at++;
    }
    return value;
}

static bool item(struct reader *in, unsigned level);

static bool entries(struct reader *in, uint64_t count, unsigned level)
{
    struct otakey_span keys[FUZZ_INPUT_MAX / 2];
    for (size_t i = 0; i < count; i++) {
        const uint8_t *start = in->at;
        if (!item(in, level)) {
            return false;
        }
        keys[i] = (struct otakey_span){start, (size_t)(in->at - start)};
        if (!item(in, level)) {
            return false;
        }
        for (size_t j = 0; j < i; j++) {
            if (keys[j].size == keys[i].size
                && memcmp(keys[j].data, keys[i].data, keys[i].size) == 0) {
                return false;
            }
        }
    }
    return true;
}

static bool item(struct reader *in, unsigned level)
{
    bool sound = in->at < in->end;
    unsigned first = sound ? *in->at++ : 0;
    uint64_t value = argument(in, first & 31u, &sound);
    size_t left = (size_t)(in->end - in->at);
    if (!sound) {
        return false;
    }
    switch (first >> 5) {
    case 0:
    case 1: return true;
    case 2:
    case 3:
        in->at += value <= left ? value : 0;
        return value <= left;
    case 4:
        for (uint64_t i = 0; i < value; i++) {
            if (level == 4 || !item(in, level + 1)) {
                return false;
            }
        }
        return level < 4;
    case 5: return level < 4 && value <= left / 2 && entries(in, value, level + 1);
    case 6: return level < 4 && item(in, level + 1);
    default: return (first & 31u) != 24 || value >= 32;
    }
}

/* Keys of the outermost map: unsigned, and none twice by its value. */
static bool has_sound_keys(struct otakey_span data)
{
    struct reader in = {data.data, data.data + data.size};
    uint64_t keys[FUZZ_INPUT_MAX / 2];
    bool sound = true;
    unsigned first = *in.at++;
    uint64_t count = argument(&in, first & 31u, &sound);
    for (size_t i = 0; i < count; i++) {
        unsigned head = *in.at++;
        keys[i] = argument(&in, head & 31u, &sound);
        sound = sound && head >> 5 == 0 && item(&in, 1);
        for (size_t j = 0; sound && j < i; j++) {
            sound = keys[j] != keys[i];
        }
        if (!sound) {
            return false;
        }
    }
    return true;
}

static bool is_document(struct otakey_span data)
{
    struct reader in = {data.data, data.data + data.size};
    return item(&in, 0) && in.at == in.end && data.data[0] >> 5 == 5 && has_sound_keys(data);
}

/* ---- a connection, encoded again */

static size_t put_head(uint8_t *out, size_t at, unsigned major, size_t value)
{
    if (value < 24) {
        out[at++] = (uint8_t)(major << 5 | value);
    } else if (value < 256) {
        out[at++] = (uint8_t)(major << 5 | 24);
        out[at++] = (uint8_t)value;
    } else {
        out[at++] = (uint8_t)(major << 5 | 25);
        out[at++] = (uint8_t)(value >> 8);
        out[at++] = (uint8_t)value;
    }
    return at;
}

static size_t put_string(uint8_t *out, size_t at, unsigned key, unsigned major,
                         struct otakey_span string)
{
    if (string.size == 0) {
        return at;
    }
    out[0]++;
    at = put_head(out, put_head(out, at, 0, key), major, string.size);
    memcpy(out + at, string.data, string.size);
    return at + string.size;
}

static size_t encode(const struct otakey_connection *from, uint8_t *out)
{
    out[0] = 0xa1;
    size_t at = put_string(out, 1, 1, 3, from->platform_id);
    at = put_string(out, at, 2, 3, from->scheme);
    at = put_string(out, at, 3, 3, from->host);
    at = put_head(out, put_head(out, at, 0, 4), 0, from->port);
    at = put_string(out, at, 5, 3, from->client_id);
    at = put_string(out, at, 6, 3, from->user_name);
    at = put_string(out, at, 7, 3, from->topic_prefix);
    return put_string(out, at, 8, 2, from->spki_hash);
}

static void check_span(struct otakey_span part, struct otakey_span whole, size_t least, size_t most)
{
    CHECK(part.size >= least && part.size <= most);
    CHECK(part.size == 0
          || (part.data >= whole.data && part.data + part.size <= whole.data + whole.size));
}

static void check_connection(struct otakey_span cbor)
{
    struct otakey_connection read, again;
    uint8_t first[OTAKEY_STORE_CONNECTION_MAX], second[OTAKEY_STORE_CONNECTION_MAX];
    if (otakey_connection_read(&read, cbor) != OTAKEY_OK) {
        return;
    }
    check_span(read.platform_id, cbor, 1, 32);
    check_span(read.scheme, cbor, 1, 8);
    check_span(read.host, cbor, 1, 128);
    check_span(read.client_id, cbor, 0, 64);
    check_span(read.user_name, cbor, 0, 64);
    check_span(read.topic_prefix, cbor, 0, 64);
    check_span(read.spki_hash, cbor, 0, 32);
    CHECK(read.port != 0 && (read.spki_hash.size == 0 || read.spki_hash.size == 32));
    const struct otakey_span encoded = {first, encode(&read, first)};
    CHECK(otakey_cbor_is_document(encoded));
    CHECK(otakey_connection_read(&again, encoded) == OTAKEY_OK);
    CHECK(encode(&again, second) == encoded.size && memcmp(first, second, encoded.size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct otakey_span document = {data, size};
    struct otakey_span value, content;
    uint32_t number;
    bool accepted = otakey_cbor_is_document(document);
    CHECK(accepted == is_document(document));
    for (uint64_t key = 0; accepted && key < 10; key++) {
        if (otakey_cbor_get(document, key, &value)) {
            check_span(value, document, 1, size);
            CHECK(!otakey_cbor_unsigned(value, 1000, &number) || number <= 1000);
            if (otakey_cbor_bytes(value, 2, 40, &content)
                || otakey_cbor_text(value, 2, 40, &content)) {
                check_span(content, value, 2, 40);
            }
            if (otakey_cbor_is_map(value)) {
                check_connection(value);
            }
        }
    }
    if (accepted) {
        check_connection(document);
    }
    return 0;
}
