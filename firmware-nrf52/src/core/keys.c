#include "keys.h"

#include <string.h>

#include "otakey/crypto.h"

#define TEXT(text) ((struct otakey_span){(const uint8_t *)(text), sizeof(text) - 1})

static const struct otakey_span nothing = {(const uint8_t *)"", 0};

static void derive(uint8_t out[OTAKEY_KEY_SIZE], const uint8_t *key, struct otakey_span label,
                   struct otakey_span field)
{
    otakey_expand(out, key, (const struct otakey_span[2]){label, field});
}

static void tag(uint8_t *out, size_t size, uint8_t *derived, const struct otakey_span *parts,
                size_t count)
{
    uint8_t full[OTAKEY_HASH_SIZE];
    otakey_hmac(full, (struct otakey_span){derived, OTAKEY_KEY_SIZE}, parts, count);
    memcpy(out, full, size);
    otakey_wipe(full, sizeof full);
    otakey_wipe(derived, OTAKEY_KEY_SIZE);
}

void otakey_key_psk(uint8_t out[OTAKEY_KEY_SIZE], const uint8_t key[OTAKEY_KEY_SIZE])
{
    derive(out, key, TEXT("otakey/1 psk"), nothing);
}

void otakey_key_guard(uint8_t out[OTAKEY_GUARD_SIZE], const uint8_t key[OTAKEY_KEY_SIZE],
                      struct otakey_span covered)
{
    uint8_t guard_key[OTAKEY_KEY_SIZE];
    derive(guard_key, key, TEXT("otakey/1 guard"), nothing);
    tag(out, OTAKEY_GUARD_SIZE, guard_key, &covered, 1);
}

void otakey_key_mac(uint8_t out[OTAKEY_MAC_SIZE], const uint8_t device_key[OTAKEY_KEY_SIZE],
                    struct otakey_span first, struct otakey_span second)
{
    uint8_t mac_key[OTAKEY_KEY_SIZE];
    const struct otakey_span parts[] = {first, second};
    derive(mac_key, device_key, TEXT("otakey/1 mac"), nothing);
    tag(out, OTAKEY_MAC_SIZE, mac_key, parts, 2);
}

bool otakey_key_proves(const uint8_t device_key[OTAKEY_KEY_SIZE], struct otakey_span answer,
                       struct otakey_span proof)
{
    uint8_t expected[OTAKEY_MAC_SIZE];
    if (answer.size < OTAKEY_MAC_SIZE) {
        return false;
    }
    size_t covered = answer.size - OTAKEY_MAC_SIZE;
    otakey_key_mac(expected, device_key, (struct otakey_span){answer.data, covered}, proof);
#ifdef SEEDED_BUG_MAC_LAST_BIT
    return ((expected[15] ^ answer.data[covered + 15]) & 0xfe) == 0 &&
           otakey_equal(expected, answer.data + covered, sizeof expected - 1);
#else
    return otakey_equal(expected, answer.data + covered, sizeof expected);
#endif
}

void otakey_key_platform(uint8_t out[OTAKEY_KEY_SIZE], const uint8_t device_key[OTAKEY_KEY_SIZE],
                         struct otakey_span platform_id)
{
    derive(out, device_key, TEXT("otakey/1 platform "), platform_id);
}
