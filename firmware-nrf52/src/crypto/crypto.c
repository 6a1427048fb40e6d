/* The calls of otakey/crypto.h over BearSSL. Nothing else includes BearSSL. */
#include "otakey/crypto.h"

#include <string.h>

#include "bearssl_block.h"
#include "bearssl_ec.h"
#include "bearssl_hmac.h"

#ifdef OTAKEY_CORTEX_M0
#define CURVE br_ec_c25519_m15
#define AEAD br_poly1305_ctmul32_run
#else
#define CURVE br_ec_c25519_m31
#define AEAD br_poly1305_ctmul_run
#endif

void otakey_wipe(void *data, size_t size)
{
    volatile uint8_t *byte = data;
    while (size-- > 0) {
        *byte++ = 0;
    }
}

int otakey_equal(const void *one, const void *other, size_t size)
{
    const uint8_t *left = one;
    const uint8_t *right = other;
    uint32_t differing = 0;
    for (size_t i = 0; i < size; i++) {
        differing |= (uint32_t)(left[i] ^ right[i]);
    }
    return (int)((differing - 1) >> 31); /* no branch on the bytes */
}

int otakey_x25519(uint8_t out[OTAKEY_KEY_SIZE], const uint8_t scalar[OTAKEY_KEY_SIZE],
                  const uint8_t *point)
{
    static const uint8_t base[OTAKEY_KEY_SIZE] = {9};
    static const uint8_t zeros[OTAKEY_KEY_SIZE];
    uint8_t work[OTAKEY_KEY_SIZE];
    memcpy(work, point == NULL ? base : point, sizeof work);
    /* BearSSL 0.6 takes the scalar in the order of RFC 7748, whatever its header says, and calls
     * a result of zeros a success: both are pinned by the self-test. */
    uint32_t done = CURVE.mul(work, sizeof work, scalar, OTAKEY_KEY_SIZE, BR_EC_curve25519);
    memcpy(out, work, sizeof work);
    otakey_wipe(work, sizeof work);
    int empty = otakey_equal(out, zeros, sizeof zeros);
#ifdef SEEDED_BUG_ZERO_RESULT
    empty = 0;
#endif
    return done == 1 && !empty ? OTAKEY_OK : OTAKEY_E_CRYPTO;
}

void otakey_seal(const uint8_t key[OTAKEY_KEY_SIZE], const uint8_t nonce[OTAKEY_NONCE_SIZE],
                 struct otakey_span ad, uint8_t *data, size_t size, uint8_t tag[OTAKEY_TAG_SIZE])
{
    AEAD(key, nonce, data, size, ad.data, ad.size, tag, br_chacha20_ct_run, 1);
}

int otakey_open(const uint8_t key[OTAKEY_KEY_SIZE], const uint8_t nonce[OTAKEY_NONCE_SIZE],
                struct otakey_span ad, uint8_t *data, size_t size,
                const uint8_t tag[OTAKEY_TAG_SIZE])
{
    uint8_t expected[OTAKEY_TAG_SIZE];
    AEAD(key, nonce, data, size, ad.data, ad.size, expected, br_chacha20_ct_run, 0);
#ifdef SEEDED_BUG_TAG_PREFIX
    int right = otakey_equal(expected, tag, sizeof expected - 1);
#else
    int right = otakey_equal(expected, tag, sizeof expected);
#endif
    otakey_wipe(expected, sizeof expected);
    if (!right) {
#ifndef SEEDED_BUG_OPEN_LEAVES_TEXT
        otakey_wipe(data, size);
#endif
        return OTAKEY_E_CRYPTO;
    }
    return OTAKEY_OK;
}

void otakey_sha256(uint8_t out[OTAKEY_HASH_SIZE], const struct otakey_span *parts, size_t count)
{
    br_sha256_context context;
    br_sha256_init(&context);
    for (size_t i = 0; i < count; i++) {
        br_sha256_update(&context, parts[i].data, parts[i].size);
    }
    br_sha256_out(&context, out);
    otakey_wipe(&context, sizeof context);
}

void otakey_hmac(uint8_t out[OTAKEY_HASH_SIZE], struct otakey_span key,
                 const struct otakey_span *parts, size_t count)
{
    br_hmac_key_context pads;
    br_hmac_context context;
    br_hmac_key_init(&pads, &br_sha256_vtable, key.data, key.size);
    br_hmac_init(&context, &pads, 0);
    for (size_t i = 0; i < count; i++) {
        br_hmac_update(&context, parts[i].data, parts[i].size);
    }
    br_hmac_out(&context, out);
    otakey_wipe(&pads, sizeof pads);
    otakey_wipe(&context, sizeof context);
}

/* On our own HMAC, since br_hkdf needs 1.6 KB of stack. */
void otakey_hkdf(uint8_t *out, size_t size, struct otakey_span salt, struct otakey_span secret,
                 struct otakey_span info)
{
    uint8_t extracted[OTAKEY_HASH_SIZE];
    uint8_t block[OTAKEY_HASH_SIZE];
    uint8_t number = 0;
    size_t before = 0;
    otakey_hmac(extracted, salt, &secret, 1);
    while (size > 0) {
        number++;
        const struct otakey_span parts[] = {{block, before}, info, {&number, 1}};
        otakey_hmac(block, (struct otakey_span){extracted, sizeof extracted}, parts, 3);
        before = sizeof block;
        size_t part = size < sizeof block ? size : sizeof block;
        memcpy(out, block, part);
        out += part;
        size -= part;
    }
    otakey_wipe(extracted, sizeof extracted);
    otakey_wipe(block, sizeof block);
}

void otakey_expand(uint8_t out[OTAKEY_KEY_SIZE], const uint8_t key[OTAKEY_KEY_SIZE],
                   const struct otakey_span info[2])
{
    static const uint8_t one = 1;
    const struct otakey_span parts[] = {info[0], info[1], {&one, 1}};
    otakey_hmac(out, (struct otakey_span){key, OTAKEY_KEY_SIZE}, parts, 3);
}
