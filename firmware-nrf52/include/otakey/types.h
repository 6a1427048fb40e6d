/*
 * What all parts of the client share: errors, sizes of the protocol, spans of bytes.
 * Section numbers are those of docs/protocol.md.
 */
#ifndef OTAKEY_TYPES_H
#define OTAKEY_TYPES_H

#include <stddef.h>
#include <stdint.h>

/* Results of all calls. One that fails has changed nothing but what its description says. */
enum otakey_result {
    OTAKEY_OK = 0,
    OTAKEY_E_ARGUMENT = -1,  /* the caller broke the contract of the call */
    OTAKEY_E_SPACE = -2,     /* the buffer is too small */
    OTAKEY_E_MALFORMED = -3, /* not exactly one well-formed frame or document */
    OTAKEY_E_CRYPTO = -4,    /* wrong tag or mac, or an X25519 result of zeros */
    OTAKEY_E_SELFTEST = -5,  /* the crypto does not reproduce a published vector */
    OTAKEY_E_RANDOM = -6     /* the random number generator does not deliver */
};

#define OTAKEY_KEY_SIZE 32u          /* product keys, device keys, everything derived, X25519 */
#define OTAKEY_TAG_SIZE 16u          /* tag of the AEAD */
#define OTAKEY_NONCE_SIZE 12u        /* nonce of the AEAD */
#define OTAKEY_HASH_SIZE 32u         /* SHA-256 */
#define OTAKEY_GUARD_SIZE 8u         /* end of ENROLL and ROTATE (section 2) */
#define OTAKEY_MAC_SIZE 16u          /* end of every other request and proven answer (section 2) */
#define OTAKEY_POLL_NONCE_SIZE 8u
#define OTAKEY_FRAME_MAX 1024u       /* longest frame either way (section 3) */
#define OTAKEY_REQUEST_MAX 256u      /* longest frame that a device ever sends is 235 bytes */
#define OTAKEY_PRODUCT_ID_MAX 32u
#define OTAKEY_DEVICE_ID_MAX 64u
#define OTAKEY_TOKEN_MAX 32u
#define OTAKEY_VERSION_MAX 32u       /* firmware version text, bytes */
#define OTAKEY_EPOCH_MAX 0xfffffffeu /* the last epoch that is ever granted */

/* Bytes that somebody else owns. */
struct otakey_span {
    const uint8_t *data;
    size_t size; /* bytes */
};

/* The name of one granted device key: 1 to 32 bytes, opaque, no secret. */
struct otakey_token {
    uint8_t size;
    uint8_t data[OTAKEY_TOKEN_MAX];
};

#endif
