/*
 * The five calls that the client needs of cryptography, over BearSSL 0.6. All are constant-time
 * in secrets, need no heap, and leave no key in memory of their own. Sizes are in bytes; all
 * buffers stay the caller's.
 *
 * OTAKEY_CORTEX_M0 selects BearSSL's 16-bit and 32-bit multiplications: the M0 has no long one.
 */
#ifndef OTAKEY_CRYPTO_H
#define OTAKEY_CRYPTO_H

#include "otakey/types.h"

/*
 * X25519 (RFC 7748, 5): out = scalar * point. The scalar is clamped inside. `point` NULL stands
 * for the base point 9. `out` may be any of the inputs.
 *
 * Returns OTAKEY_E_CRYPTO if the result is all zeros (a point of small order, section 4); the
 * check takes the same time for every result, and `out` is then zeros.
 */
int otakey_x25519(uint8_t out[OTAKEY_KEY_SIZE], const uint8_t scalar[OTAKEY_KEY_SIZE],
                  const uint8_t *point);

/*
 * ChaCha20-Poly1305 (RFC 8439, 2.8): encrypts `data` in place and writes the tag, which may
 * stand right behind it.
 */
void otakey_seal(const uint8_t key[OTAKEY_KEY_SIZE], const uint8_t nonce[OTAKEY_NONCE_SIZE],
                 struct otakey_span ad, uint8_t *data, size_t size, uint8_t tag[OTAKEY_TAG_SIZE]);

/*
 * The inverse. Returns OTAKEY_E_CRYPTO if the tag is wrong; `data` is then zeros, so that nothing
 * unproven is ever read.
 */
int otakey_open(const uint8_t key[OTAKEY_KEY_SIZE], const uint8_t nonce[OTAKEY_NONCE_SIZE],
                struct otakey_span ad, uint8_t *data, size_t size,
                const uint8_t tag[OTAKEY_TAG_SIZE]);

/* SHA-256 (FIPS 180-4) of the parts one after the other. `out` may overlap a part. */
void otakey_sha256(uint8_t out[OTAKEY_HASH_SIZE], const struct otakey_span *parts, size_t count);

/* HMAC-SHA256 (RFC 2104) of the parts one after the other. `out` may overlap key or parts. */
void otakey_hmac(uint8_t out[OTAKEY_HASH_SIZE], struct otakey_span key,
                 const struct otakey_span *parts, size_t count);

/*
 * HKDF-SHA256, extract and expand (RFC 5869). With empty info it is also Noise's HKDF (rev 34,
 * 4.3), whose outputs then stand one behind the other. `size` is at most 255 * 32; `out` must not
 * overlap the inputs.
 */
void otakey_hkdf(uint8_t *out, size_t size, struct otakey_span salt, struct otakey_span secret,
                 struct otakey_span info);

/* One block of HKDF-Expand: HMAC(key, info || 0x01), the `expand` of section 2. */
void otakey_expand(uint8_t out[OTAKEY_KEY_SIZE], const uint8_t key[OTAKEY_KEY_SIZE],
                   const struct otakey_span info[2]);

/* Whether the bytes are equal; the time depends on the size only. */
int otakey_equal(const void *one, const void *other, size_t size);

/* Zeros that the compiler does not leave out. */
void otakey_wipe(void *data, size_t size);

/*
 * The published vectors of RFC 7748 (5.2, 6.1), 8439 (2.8.2), 4231 and 5869, and a result of
 * zeros. To be called at every boot before any key is used: it takes less than 0.2 s on a
 * Cortex-M4 at 64 MHz (estimate). Returns OTAKEY_E_SELFTEST if anything differs.
 */
int otakey_crypto_selftest(void);

#endif
