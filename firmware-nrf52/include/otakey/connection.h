/*
 * Where and how the device connects to its cloud platform (section 5, "connection map"), and the
 * credential that belongs to one device key. Texts are UTF-8 without terminator and point into
 * the bytes they were read from.
 */
#ifndef OTAKEY_CONNECTION_H
#define OTAKEY_CONNECTION_H

#include "frame.h"
#include "otakey/types.h"

#define OTAKEY_PLATFORM_ID_MAX 32u
#define OTAKEY_SCHEME_MAX 8u
#define OTAKEY_HOST_MAX 128u
#define OTAKEY_NAME_MAX 64u
/* user name, dot, token in hex, terminator */
#define OTAKEY_LOGIN_NAME_SIZE (OTAKEY_NAME_MAX + 1u + 2u * OTAKEY_TOKEN_MAX + 1u)
/* 43 characters of base64url, terminator */
#define OTAKEY_PLATFORM_SECRET_SIZE 44u

struct otakey_connection {
    struct otakey_span platform_id;  /* 1..32 bytes, form of a product id */
    struct otakey_span scheme;       /* 1..8 bytes: "mqtt", "mqtts", … */
    struct otakey_span host;         /* 1..128 bytes */
    struct otakey_span client_id;    /* ..64 bytes; size 0 if absent, as the next two */
    struct otakey_span user_name;    /* ..64 bytes; see otakey_login_name() */
    struct otakey_span topic_prefix; /* ..64 bytes */
    struct otakey_span spki_hash;    /* 32 bytes, SHA-256 of a SubjectPublicKeyInfo; 0 if absent */
    uint16_t port;                   /* 1..65535 */
};

/*
 * Reads the CBOR of a connection map, which stays the caller's and has to outlive the result.
 * OTAKEY_E_MALFORMED if it is no map of known fields within their limits; unknown keys are skipped.
 * The bytes have to come from a GRANT or a record: well-formed CBOR.
 */
int otakey_connection_read(struct otakey_connection *connection, struct otakey_span cbor);

/* The name to log in with under the key of this token; each grant has its own. No secret. */
void otakey_login_name(char out[OTAKEY_LOGIN_NAME_SIZE], const struct otakey_connection *connection,
                       const struct otakey_token *token);

/*
 * The client id to connect with: the connection's own, or else productId.deviceId in the form of
 * the default user name, or, where that has more than 64 bytes, the device id as it is. The result
 * points into the connection, `out` or the ref.
 */
struct otakey_span otakey_client_id(uint8_t out[OTAKEY_NAME_MAX],
                                    const struct otakey_connection *connection,
                                    const struct otakey_ref *ref);

/* The password for the platform (section 2). A secret: wipe it after use. */
void otakey_platform_secret(char out[OTAKEY_PLATFORM_SECRET_SIZE],
                            const uint8_t device_key[OTAKEY_KEY_SIZE],
                            struct otakey_span platform_id);

#endif
