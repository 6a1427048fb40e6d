/*
 * The device's side of a key delivery: makes ENROLL or ROTATE and opens the GRANT, by
 * Noise_NKpsk0_25519_ChaChaPoly_SHA256 (Noise rev 34; section 4). No I/O, no clock, no randomness
 * of its own.
 */
#ifndef OTAKEY_HANDSHAKE_H
#define OTAKEY_HANDSHAKE_H

#include "frame.h"

/* A static key of the gateway, as the firmware holds it. */
struct otakey_gateway_key {
    uint8_t id; /* 1..255 */
    uint8_t public_key[OTAKEY_KEY_SIZE];
};

/* What the device says of itself: the payload of the first message. */
struct otakey_opening {
    struct otakey_span firmware_version; /* up to 32 bytes of UTF-8; data NULL: not said */
    uint32_t last_error;                 /* 0: not said */
};

/* What is kept between request and grant. Secret; otakey_handshake_close() wipes it. */
struct otakey_handshake {
    bool is_open;
    uint8_t hash[OTAKEY_HASH_SIZE];
    uint8_t chaining_key[OTAKEY_KEY_SIZE];
    uint8_t ephemeral[OTAKEY_KEY_SIZE]; /* private */
};

/*
 * Open a handshake and build its request. `ephemeral` is 32 bytes from the hardware's random
 * number generator, new for every call: never the same with other content. The caller wipes its
 * copy.
 *
 * OTAKEY_E_CRYPTO: the gateway key is of no use (section 4), OTAKEY_E_SPACE: the version text is
 * too long. The handshake is closed then.
 */
int otakey_handshake_enroll(struct otakey_handshake *handshake, struct otakey_request *request,
                            const struct otakey_ref *ref, uint8_t product_key_version,
                            const uint8_t product_key[OTAKEY_KEY_SIZE],
                            const struct otakey_gateway_key *gateway,
                            const uint8_t ephemeral[OTAKEY_KEY_SIZE],
                            const struct otakey_opening *opening);
int otakey_handshake_rotate(struct otakey_handshake *handshake, struct otakey_request *request,
                            const struct otakey_key_name *name,
                            const uint8_t device_key[OTAKEY_KEY_SIZE],
                            const struct otakey_gateway_key *gateway,
                            const uint8_t ephemeral[OTAKEY_KEY_SIZE],
                            const struct otakey_opening *opening);

/* Wipes the handshake. */
void otakey_handshake_close(struct otakey_handshake *handshake);

/* The connection that a grant offers. */
enum otakey_offer {
    OTAKEY_UNCHANGED, /* none in the grant: the present one stays */
    OTAKEY_GIVEN,
    OTAKEY_UNFIT /* ill-formed or beyond its limits: ABANDON reason 5 (section 9) */
};

#define OTAKEY_FLAG_VERIFY_LOGIN 1u

/* What a GRANT carries under its seal. Secret; the caller wipes it. */
struct otakey_grant {
    uint32_t epoch; /* 1..4294967294 */
    uint8_t device_key[OTAKEY_KEY_SIZE];
    struct otakey_token token;
    enum otakey_offer offer;
    struct otakey_span connection; /* CBOR, inside the frame that was opened; if GIVEN */
    uint32_t flags;                /* unknown bits are ignored */
    uint32_t poll_after;           /* seconds; 0, or absent: 24 hours */
};

/*
 * Opens a GRANT frame in place: `frame` then holds the plain text, with the key in it, or zeros;
 * the caller wipes it. The handshake stays as it is, whatever comes.
 *
 * OTAKEY_E_CRYPTO if the grant does not belong to this handshake, OTAKEY_E_MALFORMED if what it
 * carries is no grant.
 */
int otakey_handshake_open(const struct otakey_handshake *handshake, struct otakey_grant *grant,
                          uint8_t *frame, size_t size);

#endif
