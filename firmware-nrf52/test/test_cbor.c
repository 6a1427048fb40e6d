/* The CBOR subset: what is refused, what is skipped, look-ups; then random and mutated input. */
#include <string.h>

#include "cbor.h"
#include "check.h"
#include "otakey/connection.h"

/* Malloc'd at its exact size, so that AddressSanitizer sees the first byte read too far. */
static struct otakey_span own(const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);
    CHECK(copy != NULL);
    memcpy(copy, bytes, size);
    return (struct otakey_span){copy, size};
}

static void release(struct otakey_span span)
{
    free((void *)(uintptr_t)span.data);
}

static struct otakey_span hex(const char *text)
{
    uint8_t bytes[256];
    size_t size = 0;
    for (; *text != '\0'; text += 2) {
        unsigned byte = 0;
        if (*text == ' ') {
            text--;
            continue;
        }
        CHECK(sscanf(text, "%2x", &byte) == 1);
        bytes[size++] = (uint8_t)byte;
    }
    return own(bytes, size);
}

static bool document(const char *text)
{
    struct otakey_span data = hex(text);
    bool result = otakey_cbor_is_document(data);
    release(data);
    return result;
}

static void documents(void)
{
    CHECK(document("a0"));
    CHECK(document("a10160"));
    CHECK(document("a2 0101 0202"));
    CHECK(document("b9 0001 0101"));           /* a head longer than needed is well-formed */
    CHECK(document("a1 1bffffffffffffffff 00"));
    CHECK(document("a1 18ff 83 01 4102 6103")); /* any well-formed value is skipped */
    CHECK(document("a1 01 f5") && document("a1 01 f0") && document("a1 01 f820"));
    CHECK(document("a1 01 f93c00") && document("a1 01 fa00000000"));
    CHECK(document("a1 01 fb0000000000000000"));
    CHECK(document("a1 01 a2 6161 01 6162 02")); /* inner maps have keys of any type */

    CHECK(!document(""));
    CHECK(!document("80") && !document("01") && !document("60") && !document("f6"));
    CHECK(!document("a1"));
    CHECK(!document("a1 01"));
    CHECK(!document("a0 00"));                   /* trailing bytes */
    CHECK(!document("a1 20 01") && !document("a1 6161 01")); /* keys that are not unsigned */
    CHECK(!document("bf ff") && !document("a1 01 9fff") && !document("a1 01 5f4101ff"));
    CHECK(!document("a1 01 7f6161ff") && !document("a1 01 ff"));
    CHECK(!document("a1 01 1c") && !document("a1 01 1d") && !document("a1 01 1e"));
    CHECK(!document("a1 01 fc") && !document("a1 01 f800") && !document("a1 01 f81f"));
    CHECK(!document("a1 01 f9 3c") && !document("a1 01 19 01"));
    CHECK(!document("a1 01 42 01") && !document("a1 01 5bffffffffffffffff 00"));
    CHECK(!document("bb ffffffffffffffff") && !document("bb 8000000000000000"));
    CHECK(!document("a1 01 9b ffffffffffffffff") && !document("a1 01 82 01"));
}

static void duplicates(void)
{
    CHECK(!document("a2 0101 0102"));
    CHECK(!document("a3 0101 0202 0103"));
    CHECK(!document("a2 0101 180102"));               /* the same number, another head */
    CHECK(!document("a1 01 a2 0101 0102"));
    CHECK(!document("a1 01 81 a2 6161 01 6161 02"));
    CHECK(document("a1 01 a2 0101 180102"));          /* inner keys: byte for byte */
    CHECK(!document("a2 01 a2 0001 0002 02 00"));
    CHECK(!document("a1 01 a2 81 01 00 81 01 00"));   /* arrays as keys */
}

static void depth(void)
{
    CHECK(document("a1 01 81 81 81 00"));
    CHECK(!document("a1 01 81 81 81 80"));
    CHECK(document("a1 01 a1 01 a1 01 a1 01 00"));
    CHECK(!document("a1 01 a1 01 a1 01 a1 01 a0"));
    CHECK(document("a1 01 c1 c1 c1 00"));
    CHECK(!document("a1 01 c1 c1 c1 c1 00"));
    CHECK(document("a1 01 84 80 80 a0 c1 00"));       /* levels are left again */
}

static void lookups(void)
{
    struct otakey_span data = hex("a5 01 1903e8 02 43 010203 03 63 c3a978 1864 a1 01 02 05 20");
    struct otakey_span value, content;
    uint32_t number;
    CHECK(otakey_cbor_is_document(data));
    CHECK(otakey_cbor_get(data, 1, &value) && otakey_cbor_unsigned(value, 1000, &number));
    CHECK(number == 1000 && !otakey_cbor_unsigned(value, 999, &number));
    CHECK(!otakey_cbor_bytes(value, 0, 99, &content));
    CHECK(otakey_cbor_get(data, 2, &value) && otakey_cbor_bytes(value, 3, 3, &content));
    CHECK(content.size == 3 && content.data[2] == 3);
    CHECK(!otakey_cbor_bytes(value, 4, 9, &content) && !otakey_cbor_bytes(value, 0, 2, &content));
    CHECK(!otakey_cbor_text(value, 0, 9, &content));
    CHECK(otakey_cbor_get(data, 3, &value) && otakey_cbor_text(value, 3, 3, &content));
    CHECK(otakey_cbor_get(data, 100, &value) && value.size == 3 && otakey_cbor_is_map(value));
    CHECK(otakey_cbor_get(data, 5, &value) && !otakey_cbor_unsigned(value, 1, &number));
    CHECK(!otakey_cbor_is_map(value) && !otakey_cbor_get(data, 4, &value));
    release(data);
}

static bool is_utf8(const char *text)
{
    struct otakey_span data = hex(text), content;
    bool result = otakey_cbor_text(data, 0, 9, &content);
    release(data);
    return result;
}

static void utf8(void)
{
    CHECK(is_utf8("60") && is_utf8("6100") && is_utf8("617f") && is_utf8("62c280"));
    CHECK(is_utf8("63e0a080") && is_utf8("63ed9fbf") && is_utf8("63ee8080"));
    CHECK(is_utf8("64f0908080") && is_utf8("64f48fbfbf"));
    CHECK(!is_utf8("6180") && !is_utf8("62c080") && !is_utf8("62c1bf") && !is_utf8("61c2"));
    CHECK(!is_utf8("63e09fbf") && !is_utf8("63eda080") && !is_utf8("62e0a0"));
    CHECK(!is_utf8("64f08fbfbf") && !is_utf8("64f4908080") && !is_utf8("64f5808080"));
    CHECK(!is_utf8("61ff") && !is_utf8("62c241") && !is_utf8("63e0a041") && !is_utf8("64f0908041"));
}

static int connection(const char *text)
{
    struct otakey_connection out;
    struct otakey_span data = hex(text);
    CHECK(otakey_cbor_is_document(data));
    int result = otakey_connection_read(&out, data);
    release(data);
    return result;
}

static void connections(void)
{
    CHECK(connection("a4 016170 02646d717474 036168 0419075b") == OTAKEY_OK);
    CHECK(connection("a5 016170 02646d717474 036168 0419075b 09f6") == OTAKEY_OK);
    CHECK(connection("a3 016170 02646d717474 036168") != OTAKEY_OK);
    CHECK(connection("a3 02646d717474 036168 0419075b") != OTAKEY_OK);
    CHECK(connection("a4 016150 02646d717474 036168 0419075b") != OTAKEY_OK); /* P: upper case */
    CHECK(connection("a4 016170 02646d717474 036168 0400") != OTAKEY_OK);
    CHECK(connection("a4 016170 02646d717474 036168 041a00010000") != OTAKEY_OK);
    CHECK(connection("a4 016170 0269313233343536373839 036168 0401") != OTAKEY_OK);
    CHECK(connection("a4 016170 0260 036168 0401") != OTAKEY_OK);
    CHECK(connection("a5 016170 026161 036168 0401 084101") != OTAKEY_OK);
    CHECK(connection("a5 016170 026161 036168 0401 0501") != OTAKEY_OK);
    CHECK(connection("a5 016170 026161 036168 0401 0560") == OTAKEY_OK);
}

static struct otakey_span text(const char *string)
{
    return own((const uint8_t *)string, strlen(string));
}

/* What a device of this name shows where the connection has this client id, or none. */
static bool shows(const char *own_id, const char *device, const char *expected)
{
    uint8_t *out = malloc(OTAKEY_NAME_MAX);
    const struct otakey_connection connection = {.client_id = text(own_id)};
    const struct otakey_ref ref = {text("lamp-2"), text(device)};
    CHECK(out != NULL);
    struct otakey_span shown = otakey_client_id(out, &connection, &ref);
    bool same = shown.size == strlen(expected) && memcmp(shown.data, expected, shown.size) == 0;
    release(connection.client_id);
    release(ref.product_id);
    release(ref.device_id);
    free(out);
    return same;
}

/* 57 bytes beside product id and dot are the most. */
#define FIFTY "12345678901234567890123456789012345678901234567890"

static void client_ids(void)
{
    CHECK(shows("", "a.B-9_", "lamp-2.a.B-9_") && shows("", "a:b::", "lamp-2.a%3Ab%3A%3A"));
    CHECK(shows("own:id", "a.b", "own:id") && shows("x", FIFTY "abcdefgh:", "x"));
    CHECK(shows("", FIFTY "abcdefg", "lamp-2." FIFTY "abcdefg"));
    CHECK(shows("", FIFTY "abcdefgh", FIFTY "abcdefgh"));
    CHECK(shows("", FIFTY "abcd:", "lamp-2." FIFTY "abcd%3A"));
    CHECK(shows("", FIFTY "abcde:", FIFTY "abcde:") && shows("", FIFTY "abcdef:", FIFTY "abcdef:"));
    CHECK(shows("", FIFTY "abcdefgh123456", FIFTY "abcdefgh123456"));
}

/* Whatever comes, nothing is read beyond the end, and what is accepted can be looked up. */
static void random_input(void)
{
    static const char *const seeds[] = {
        "a6 01 01 02 4401020304 03 6161 04 a2 01 02 03 04 05 82 01 a1 01 02 06 fb0000000000000000",
        "a4 01 6170 02 646d717474 03 6168 04 19075b",
        "a2 01 c1 82 01 a1 6161 f5 1b0000000000000002 00"};
    uint32_t state = 1;
    unsigned accepted = 0;
    for (int round = 0; round < 60000; round++) {
        struct otakey_span seed = hex(seeds[round % 3]);
        uint8_t *bytes = (uint8_t *)(uintptr_t)seed.data;
        for (uint32_t n = state >> 30; n < 4; n++) {
            state = state * 1664525u + 1013904223u;
            bytes[(state >> 8) % seed.size] = (uint8_t)(state >> 24);
        }
        struct otakey_span cut = own(bytes, seed.size - (state % 8 == 0 ? state / 8 % 16 : 0));
        struct otakey_connection out;
        struct otakey_span value;
        if (otakey_cbor_is_document(cut)) {
            accepted++;
            for (uint64_t key = 0; key < 10; key++) {
                bool found = otakey_cbor_get(cut, key, &value);
                CHECK(!found || value.data + value.size <= cut.data + cut.size);
            }
            (void)otakey_connection_read(&out, cut);
        }
        release(cut);
        release(seed);
    }
    CHECK(accepted > 100);
}

int main(void)
{
    documents();
    duplicates();
    depth();
    lookups();
    utf8();
    connections();
    client_ids();
    random_input();
    return finish("cbor");
}
