#include "otakey/bundle.h"

#include <string.h>

#include "names.h"
#include "otakey/crypto.h"

#define LAYOUT 1u
#define PRODUCT_ID_AT 16u
#define PRODUCT_KEY_AT 48u
#define KEY_IDS_AT 80u
#define KEYS_AT 84u
#define ADDRESSES_AT 212u
#define CHECK_AT 340u
#define CHECK_SIZE 8u

_Static_assert(CHECK_AT + CHECK_SIZE == OTAKEY_BUNDLE_SIZE, "the layout of docs/operations.md");

/* The header: magic, layout, length of the product id, key version, keys, address, lengths. */
enum { LAYOUT_IS = 4, ID_SIZE, KEY_VERSION, KEYS, PAGE_ADDRESS, NAME_SIZES = 12 };

static uint32_t little_endian(const uint8_t *bytes)
{
    return (uint32_t)bytes[3] << 24 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[1] << 8 | bytes[0];
}

static bool is_whole(const uint8_t *page)
{
    uint8_t hash[OTAKEY_HASH_SIZE];
    const struct otakey_span covered = {page, CHECK_AT};
    otakey_sha256(hash, &covered, 1);
#ifdef SEEDED_BUG_BUNDLE_CHECK
    return true;
#endif
    return memcmp(hash, page + CHECK_AT, CHECK_SIZE) == 0;
}

static bool is_sound(const uint8_t *page, uint32_t page_address)
{
    const struct otakey_span product_id = {page + PRODUCT_ID_AT, page[ID_SIZE]};
    return memcmp(page, "OTKB", 4) == 0 && page[LAYOUT_IS] == LAYOUT && is_whole(page) &&
           little_endian(page + PAGE_ADDRESS) == page_address &&
           product_id.size <= OTAKEY_PRODUCT_ID_MAX && otakey_is_product_id(product_id) &&
           page[KEY_VERSION] != 0 && page[KEYS] >= 1 && page[KEYS] <= OTAKEY_GATEWAY_KEYS_MAX &&
#ifndef SEEDED_BUG_BUNDLE_BOUND
           page[NAME_SIZES + 1] <= OTAKEY_GATEWAY_NAME_MAX &&
#endif
           page[NAME_SIZES] >= 1 && page[NAME_SIZES] <= OTAKEY_GATEWAY_NAME_MAX;
}

int otakey_bundle_read(struct otakey_firmware *firmware,
                       struct otakey_span gateways[OTAKEY_GATEWAYS_MAX],
                       const uint8_t page[OTAKEY_BUNDLE_SIZE], uint32_t page_address)
{
    if (!is_sound(page, page_address) || memchr(page + KEY_IDS_AT, 0, page[KEYS]) != NULL) {
        return OTAKEY_E_MALFORMED;
    }
    firmware->ref.product_id = (struct otakey_span){page + PRODUCT_ID_AT, page[ID_SIZE]};
    firmware->product_key_version = page[KEY_VERSION];
    memcpy(firmware->product_key, page + PRODUCT_KEY_AT, OTAKEY_KEY_SIZE);
    firmware->gateway_keys = page[KEYS];
    for (unsigned i = 0; i < firmware->gateway_keys; i++) {
        firmware->gateway_key[i].id = page[KEY_IDS_AT + i];
        memcpy(firmware->gateway_key[i].public_key, page + KEYS_AT + i * OTAKEY_KEY_SIZE,
               OTAKEY_KEY_SIZE);
    }
    firmware->gateway_addresses = page[NAME_SIZES + 1] == 0 ? 1 : 2;
    for (unsigned i = 0; i < OTAKEY_GATEWAYS_MAX; i++) {
        gateways[i] = (struct otakey_span){page + ADDRESSES_AT + i * OTAKEY_GATEWAY_NAME_MAX,
                                           page[NAME_SIZES + i]};
    }
    return OTAKEY_OK;
}
