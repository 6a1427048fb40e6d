/* The factory's page: what is in it, and that no bit of it may be wrong. */
#include "otakey/bundle.h"

#include <string.h>

#include "check.h"
#include "otakey/crypto.h"

#define AT 0x7f000u

static uint8_t page[OTAKEY_BUNDLE_SIZE];
static struct otakey_firmware firmware;
static struct otakey_span gateways[OTAKEY_GATEWAYS_MAX];

static void seal(void)
{
    uint8_t hash[OTAKEY_HASH_SIZE];
    const struct otakey_span covered = {page, 340};
    otakey_sha256(hash, &covered, 1);
    memcpy(page + 340, hash, 8);
}

/* The layout of docs/operations.md. */
static void make_page(void)
{
    static const uint8_t head[] = {'O', 'T', 'K', 'B', 1, 4, 3, 2, 0, 0xf0, 7, 0, 14, 8};
    memset(page, 0, sizeof page);
    memcpy(page, head, sizeof head);
    memcpy(page + 16, "lamp", 4);
    memset(page + 48, 0x11, 32);
    page[80] = 9;
    page[81] = 7;
    memset(page + 84, 0x22, 32);
    memset(page + 116, 0x33, 32);
    memcpy(page + 212, "gw.example.com", 14);
    memcpy(page + 276, "10.0.0.7", 8);
    seal();
}

static int read_page(uint32_t address)
{
    memset(&firmware, 0, sizeof firmware);
    return otakey_bundle_read(&firmware, gateways, page, address);
}

static void says_what_is_in_it(void)
{
    make_page();
    CHECK(read_page(AT) == OTAKEY_OK);
    CHECK(firmware.ref.product_id.size == 4);
    CHECK(memcmp(firmware.ref.product_id.data, "lamp", 4) == 0);
    CHECK(firmware.product_key_version == 3 && firmware.gateway_keys == 2);
    CHECK(firmware.product_key[0] == 0x11 && firmware.product_key[31] == 0x11);
    CHECK(firmware.gateway_key[0].id == 9 && firmware.gateway_key[1].id == 7);
    CHECK(firmware.gateway_key[0].public_key[31] == 0x22);
    CHECK(firmware.gateway_key[1].public_key[0] == 0x33);
    CHECK(firmware.gateway_addresses == 2);
    CHECK(gateways[0].size == 14 && memcmp(gateways[0].data, "gw.example.com", 14) == 0);
    CHECK(gateways[1].size == 8 && memcmp(gateways[1].data, "10.0.0.7", 8) == 0);
    page[13] = 0;
    seal();
    CHECK(read_page(AT) == OTAKEY_OK && firmware.gateway_addresses == 1 && gateways[1].size == 0);
}

static void damage_is_seen(void)
{
    make_page();
    CHECK(read_page(AT + 0x1000) == OTAKEY_E_MALFORMED); /* of another place */
    for (size_t bit = 0; bit < 8 * sizeof page; bit++) {
        page[bit / 8] ^= (uint8_t)(1u << bit % 8);
        CHECK(read_page(AT) == OTAKEY_E_MALFORMED && firmware.gateway_keys == 0);
        page[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    memset(page, 0xff, sizeof page);
    CHECK(read_page(AT) == OTAKEY_E_MALFORMED);
    memset(page, 0, sizeof page);
    CHECK(read_page(AT) == OTAKEY_E_MALFORMED);
}

/* With a check value that is right all the same. */
static void nonsense_is_refused(void)
{
    static const struct {
        size_t at;
        uint8_t value;
    } wrong[] = {{0, 'o'}, {4, 2}, {5, 0}, {5, 33}, {6, 0}, {7, 0}, {7, 3}, {7, 5}, {12, 0},
                 {12, 65}, {13, 65}, {16, 'L'}, {80, 0}, {81, 0}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        make_page();
        page[wrong[i].at] = wrong[i].value;
        seal();
        CHECK(read_page(AT) == OTAKEY_E_MALFORMED);
    }
}

int main(void)
{
    says_what_is_in_it();
    damage_is_seen();
    nonsense_is_refused();
    return finish("bundle");
}
