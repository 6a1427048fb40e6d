/* Everything that a product key or device key is used for on the device (section 2). */
#ifndef OTAKEY_KEYS_H
#define OTAKEY_KEYS_H

#include <stdbool.h>

#include "otakey/types.h"

/* The handshake's psk of a product key or device key. A secret: wipe it. */
void otakey_key_psk(uint8_t out[OTAKEY_KEY_SIZE], const uint8_t key[OTAKEY_KEY_SIZE]);

/* The guard of an ENROLL (under PK) or ROTATE (under DK) over all bytes before it. */
void otakey_key_guard(uint8_t out[OTAKEY_GUARD_SIZE], const uint8_t key[OTAKEY_KEY_SIZE],
                      struct otakey_span covered);

/* The mac of a device key over two parts; the second may be of size 0. */
void otakey_key_mac(uint8_t out[OTAKEY_MAC_SIZE], const uint8_t device_key[OTAKEY_KEY_SIZE],
                    struct otakey_span first, struct otakey_span second);

/*
 * Whether the last 16 bytes of an answer are its mac under this device key, for the request with
 * this proof: the request's mac, of a ROTATE its guard, of none (a pushed NOTICE) 16 zeros.
 */
bool otakey_key_proves(const uint8_t device_key[OTAKEY_KEY_SIZE], struct otakey_span answer,
                       struct otakey_span proof);

/* The platform secret before it becomes text; see otakey_platform_secret(). A secret: wipe it. */
void otakey_key_platform(uint8_t out[OTAKEY_KEY_SIZE], const uint8_t device_key[OTAKEY_KEY_SIZE],
                         struct otakey_span platform_id);

#endif
