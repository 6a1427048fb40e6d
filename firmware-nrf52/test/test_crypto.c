/*
 * The five calls: published vectors, and against libsodium on random and edge cases. The order of
 * cases is fixed by the seed, which is printed. Argument 1 = full size (100,000 cases).
 */
#include <sodium.h>
#include <string.h>

#include "bearssl_block.h"
#include "bearssl_ec.h"
#include "check.h"
#include "otakey/crypto.h"

#define MOST 600u /* longest text, additional data and key */

static uint64_t seed = 0x6f74616b65792031u;

/* xorshift64*: cases must repeat, they need not be unpredictable. */
static uint8_t random_byte(void)
{
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return (uint8_t)((seed * 0x2545f4914f6cdd1du) >> 56);
}

static void fill(uint8_t *out, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        out[i] = random_byte();
    }
}

static size_t random_size(size_t most)
{
    static const size_t edges[] = {0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129};
    if (random_byte() < 64) {
        return edges[random_byte() % (sizeof edges / sizeof edges[0])];
    }
    return ((size_t)random_byte() << 8 | random_byte()) % (most + 1);
}

/* Points of small order, and non-canonical ones: p - 1, p, p + 1, 2^255 - 1, with the top bit. */
static void edge_point(uint8_t point[32])
{
    static const uint8_t order8[2][32] = {
        {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4,
         0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49,
         0xb8, 0x00},
        {0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef,
         0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f,
         0x11, 0x57}};
    switch (random_byte() % 5) {
    case 0: /* 0, 1 and their neighbours */
        memset(point, 0, 32);
        point[0] = random_byte() % 4;
        break;
    case 1: /* around p */
        memset(point, 0xff, 32);
        point[0] = (uint8_t)(0xe8 + random_byte() % 24);
        point[31] = 0x7f;
        break;
    case 2:
        memcpy(point, order8[random_byte() % 2], 32);
        break;
    case 3: /* long runs of ones, where carries go far */
        memset(point, 0xff, 32);
        point[random_byte() % 32] = random_byte();
        break;
    default:
        fill(point, 32);
        point[31] |= 0x80;
    }
    if (random_byte() % 4 == 0) {
        point[31] ^= 0x80;
    }
}

static unsigned long refused;

static void compare_x25519(void)
{
    uint8_t scalar[32], point[32], ours[32], theirs[32], m15[32];
    static const uint8_t zeros[32];
    fill(scalar, sizeof scalar);
    if (random_byte() % 8 == 0) {
        memset(scalar, random_byte() % 2 ? 0xff : 0, sizeof scalar);
    }
    if (random_byte() % 2 == 0) {
        edge_point(point);
    } else {
        fill(point, sizeof point);
    }
    int result = otakey_x25519(ours, scalar, point);
    int expected = crypto_scalarmult(theirs, scalar, point);
    CHECK((result == OTAKEY_OK) == (expected == 0));
    memcpy(m15, point, sizeof m15);
    CHECK(br_ec_c25519_m15.mul(m15, 32, scalar, 32, BR_EC_curve25519) == 1);
    CHECK(memcmp(m15, ours, sizeof m15) == 0);
    if (expected == 0) {
        CHECK(memcmp(ours, theirs, sizeof ours) == 0);
    } else {
        CHECK(result == OTAKEY_E_CRYPTO && memcmp(ours, zeros, sizeof ours) == 0);
        refused++;
    }
}

static void compare_base(void)
{
    uint8_t scalar[32], ours[32], theirs[32];
    fill(scalar, sizeof scalar);
    CHECK(otakey_x25519(ours, scalar, NULL) == OTAKEY_OK);
    CHECK(crypto_scalarmult_base(theirs, scalar) == 0);
    CHECK(memcmp(ours, theirs, sizeof ours) == 0);
}

static void compare_aead(void)
{
    uint8_t key[32], nonce[12], ad[MOST], plain[MOST], ours[MOST + 16], theirs[MOST + 16];
    uint8_t ctmul32[MOST], tag[16];
    size_t ad_size = random_size(MOST);
    size_t size = random_size(MOST);
    fill(key, sizeof key);
    fill(nonce, sizeof nonce);
    fill(ad, ad_size);
    fill(plain, size);
    const struct otakey_span extra = {ad, ad_size};
    memcpy(ours, plain, size);
    otakey_seal(key, nonce, extra, ours, size, ours + size);
    crypto_aead_chacha20poly1305_ietf_encrypt(theirs, NULL, plain, size, ad, ad_size, NULL, nonce,
                                              key);
    CHECK(memcmp(ours, theirs, size + 16) == 0);
    memcpy(ctmul32, plain, size);
    br_poly1305_ctmul32_run(key, nonce, ctmul32, size, ad, ad_size, tag, br_chacha20_ct_run, 1);
    CHECK(memcmp(ctmul32, theirs, size) == 0 && memcmp(tag, theirs + size, 16) == 0);
    CHECK(otakey_open(key, nonce, extra, ours, size, ours + size) == OTAKEY_OK);
    CHECK(memcmp(ours, plain, size) == 0);

    theirs[random_byte() * (size + 16) / 256] ^= (uint8_t)(1 << random_byte() % 8);
    CHECK(otakey_open(key, nonce, extra, theirs, size, theirs + size) == OTAKEY_E_CRYPTO);
    for (size_t i = 0; i < size; i++) {
        CHECK(theirs[i] == 0);
    }
}

/* Where the tag is wrong in one bit only, whichever it is. */
static void every_bit_of_the_tag_counts(void)
{
    uint8_t key[32], nonce[12], text[16], tag[16];
    fill(key, sizeof key);
    fill(nonce, sizeof nonce);
    memset(text, 0, sizeof text);
    const struct otakey_span none = {text, 0};
    otakey_seal(key, nonce, none, text, sizeof text, tag);
    for (unsigned bit = 0; bit < 128; bit++) {
        uint8_t copy[16];
        memcpy(copy, text, sizeof copy);
        tag[bit / 8] ^= (uint8_t)(1 << bit % 8);
        CHECK(otakey_open(key, nonce, none, copy, sizeof copy, tag) == OTAKEY_E_CRYPTO);
        tag[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static void compare_hashes(void)
{
    uint8_t data[MOST], key[MOST], ours[32], theirs[32];
    size_t size = random_size(MOST);
    size_t split = size == 0 ? 0 : random_size(MOST) % (size + 1);
    size_t key_size = random_size(200);
    fill(data, size);
    fill(key, key_size);
    const struct otakey_span parts[] = {{data, split}, {data + split, size - split}};
    otakey_sha256(ours, parts, 2);
    crypto_hash_sha256(theirs, data, size);
    CHECK(memcmp(ours, theirs, sizeof ours) == 0);

    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, key, key_size);
    crypto_auth_hmacsha256_update(&state, data, size);
    crypto_auth_hmacsha256_final(&state, theirs);
    otakey_hmac(ours, (struct otakey_span){key, key_size}, parts, 2);
    CHECK(memcmp(ours, theirs, sizeof ours) == 0);
}

static void hmac_by_libsodium(uint8_t out[32], const uint8_t *key, size_t key_size,
                              const uint8_t *data, size_t size)
{
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, key, key_size);
    crypto_auth_hmacsha256_update(&state, data, size);
    crypto_auth_hmacsha256_final(&state, out);
}

/* libsodium 1.0.18 has no HKDF: RFC 5869 written down over its HMAC. */
static void compare_hkdf(void)
{
    uint8_t salt[64], secret[64], info[64], ours[256], theirs[256 + 32], prk[32];
    uint8_t block[32 + 64 + 1];
    size_t salt_size = random_size(64) % 65;
    size_t secret_size = random_size(64) % 65;
    size_t info_size = random_size(64) % 65;
    size_t size = random_size(256) % 257;
    fill(salt, salt_size);
    fill(secret, secret_size);
    fill(info, info_size);
    hmac_by_libsodium(prk, salt, salt_size, secret, secret_size);
    size_t before = 0;
    for (size_t at = 0; at < size; at += 32) {
        if (before > 0) {
            memcpy(block, theirs + at - 32, 32);
        }
        memcpy(block + before, info, info_size);
        block[before + info_size] = (uint8_t)(at / 32 + 1);
        hmac_by_libsodium(theirs + at, prk, sizeof prk, block, before + info_size + 1);
        before = 32;
    }
    otakey_hkdf(ours, size, (struct otakey_span){salt, salt_size},
                (struct otakey_span){secret, secret_size}, (struct otakey_span){info, info_size});
    CHECK(memcmp(ours, theirs, size) == 0);

    const struct otakey_span halves[2] = {{info, info_size / 2},
                                          {info + info_size / 2, info_size - info_size / 2}};
    memcpy(block, info, info_size);
    block[info_size] = 1;
    hmac_by_libsodium(theirs, prk, sizeof prk, block, info_size + 1);
    otakey_expand(ours, prk, halves);
    CHECK(memcmp(ours, theirs, 32) == 0);
}

static void equality_and_wipe(void)
{
    uint8_t one[40], other[40];
    fill(one, sizeof one);
    memcpy(other, one, sizeof other);
    CHECK(otakey_equal(one, other, sizeof one) == 1);
    CHECK(otakey_equal(one, other, 0) == 1);
    for (size_t bit = 0; bit < 8 * sizeof one; bit++) {
        other[bit / 8] ^= (uint8_t)(1 << bit % 8);
        CHECK(otakey_equal(one, other, sizeof one) == 0);
        other[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    otakey_wipe(one + 1, sizeof one - 2);
    memset(other + 1, 0, sizeof other - 2);
    CHECK(memcmp(one, other, sizeof one) == 0);
}

int main(int argc, char **argv)
{
    int cases = argc > 1 && strcmp(argv[1], "1") == 0 ? 100000 : 5000;
    CHECK(sodium_init() >= 0);
    CHECK(otakey_crypto_selftest() == OTAKEY_OK);
    equality_and_wipe();
    every_bit_of_the_tag_counts();
    for (int i = 0; i < cases; i++) {
        switch (i % 5) {
        case 0:
        case 1:
            compare_x25519();
            break;
        case 2:
            compare_aead();
            break;
        case 3:
            compare_hashes();
            break;
        default:
            compare_hkdf();
            if (i % 25 == 4) {
                compare_base();
            }
        }
    }
    CHECK(refused > 0);
    printf("crypto     %d cases against libsodium, no mismatch; %lu of small order refused\n",
           cases, refused);
    return finish("crypto");
}
