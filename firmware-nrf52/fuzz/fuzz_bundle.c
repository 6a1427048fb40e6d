/*
 * The factory's page, with its check value made right or not: what is accepted has a right one, is
 * in its bounds, and says what the layout of docs/operations.md says.
 */
#include <string.h>

#include "check.h"
#include "fuzz.h"
#include "otakey/bundle.h"
#include "otakey/crypto.h"

#define AT 0x7f000u
#define CHECK_AT 340u

const unsigned long fuzz_executions = 100000;

void fuzz_begin(void)
{
    static const uint8_t head[] = {1, 'O', 'T', 'K', 'B', 1, 4, 3, 2, 0, 0xf0, 7, 0, 14, 8};
    uint8_t seed[1 + OTAKEY_BUNDLE_SIZE] = {0};
    memcpy(seed, head, sizeof head);
    memcpy(seed + 17, "lamp", 4);
    memset(seed + 49, 0x11, 32);
    seed[81] = 9;
    seed[82] = 7;
    memset(seed + 85, 0x22, 64);
    memcpy(seed + 213, "gw.example.com", 14);
    memcpy(seed + 277, "10.0.0.7", 8);
    fuzz_seed(seed, sizeof seed);
    seed[0] = 0;
    fuzz_seed(seed, sizeof seed);
}

static bool is_sealed(uint8_t *page, bool seal)
{
    uint8_t hash[OTAKEY_HASH_SIZE];
    const struct otakey_span covered = {page, CHECK_AT};
    otakey_sha256(hash, &covered, 1);
    if (seal) {
        memcpy(page + CHECK_AT, hash, 8);
    }
    return memcmp(page + CHECK_AT, hash, 8) == 0;
}

static void check_content(const struct otakey_firmware *firmware,
                          const struct otakey_span gateways[OTAKEY_GATEWAYS_MAX],
                          const uint8_t *page)
{
    static const uint8_t place[] = {0, 0xf0, 7, 0};
    CHECK(memcmp(page, "OTKB\1", 5) == 0 && memcmp(page + 8, place, 4) == 0);
    CHECK(firmware->ref.product_id.data == page + 16 && firmware->ref.product_id.size == page[5]);
    CHECK(page[5] >= 1 && page[5] <= 32 && page[16] != '-');
    CHECK(firmware->product_key_version == page[6] && page[6] != 0);
    CHECK(memcmp(firmware->product_key, page + 48, 32) == 0);
    CHECK(firmware->gateway_keys == page[7] && page[7] >= 1 && page[7] <= 4);
    for (size_t i = 0; i < firmware->gateway_keys; i++) {
        CHECK(firmware->gateway_key[i].id == page[80 + i] && page[80 + i] != 0);
        CHECK(memcmp(firmware->gateway_key[i].public_key, page + 84 + 32 * i, 32) == 0);
    }
    CHECK(page[12] >= 1 && firmware->gateway_addresses == (page[13] == 0 ? 1 : 2));
    for (size_t i = 0; i < OTAKEY_GATEWAYS_MAX; i++) {
        CHECK(gateways[i].data == page + 212 + 64 * i && gateways[i].size == page[12 + i]);
        CHECK(gateways[i].size <= 64);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct otakey_firmware firmware = {0}, untouched = {0};
    struct otakey_span gateways[OTAKEY_GATEWAYS_MAX] = {{0}, {0}};
    uint8_t page[OTAKEY_BUNDLE_SIZE];
    memset(page, 0xff, sizeof page);
    if (size > 1) {
        memcpy(page, data + 1, size - 1 < sizeof page ? size - 1 : sizeof page);
    }
    bool sealed = is_sealed(page, size > 0 && data[0] % 2 != 0);
    if (otakey_bundle_read(&firmware, gateways, page, AT) == OTAKEY_OK) {
        CHECK(sealed);
        check_content(&firmware, gateways, page);
    } else {
        CHECK(memcmp(&firmware, &untouched, sizeof firmware) == 0 && gateways[0].data == NULL);
    }
    return 0;
}
