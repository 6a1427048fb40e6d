#include "otakey/connection.h"

#include <string.h>

#include "cbor.h"
#include "keys.h"
#include "names.h"
#include "otakey/crypto.h"

enum field { PLATFORM_ID = 1, SCHEME, HOST, PORT, CLIENT_ID, USER_NAME, TOPIC_PREFIX, SPKI_HASH };

static bool required_text(struct otakey_span map, enum field field, size_t most,
                          struct otakey_span *out)
{
    struct otakey_span value;
    return otakey_cbor_get(map, field, &value) && otakey_cbor_text(value, 1, most, out);
}

static bool optional_text(struct otakey_span map, enum field field, struct otakey_span *out)
{
    struct otakey_span value;
    return !otakey_cbor_get(map, field, &value) || otakey_cbor_text(value, 0, OTAKEY_NAME_MAX, out);
}

static bool port(struct otakey_span map, uint16_t *out)
{
    struct otakey_span value;
    uint32_t number;
    if (!otakey_cbor_get(map, PORT, &value) || !otakey_cbor_unsigned(value, 0xffff, &number)) {
        return false;
    }
    *out = (uint16_t)number;
    return number != 0;
}

static bool spki_hash(struct otakey_span map, struct otakey_span *out)
{
    struct otakey_span value;
    return !otakey_cbor_get(map, SPKI_HASH, &value) ||
           otakey_cbor_bytes(value, OTAKEY_HASH_SIZE, OTAKEY_HASH_SIZE, out);
}

int otakey_connection_read(struct otakey_connection *connection, struct otakey_span cbor)
{
    memset(connection, 0, sizeof *connection);
    bool fits = otakey_cbor_is_map(cbor) &&
                required_text(cbor, PLATFORM_ID, OTAKEY_PLATFORM_ID_MAX,
                              &connection->platform_id) &&
                otakey_is_product_id(connection->platform_id) &&
                required_text(cbor, SCHEME, OTAKEY_SCHEME_MAX, &connection->scheme) &&
                required_text(cbor, HOST, OTAKEY_HOST_MAX, &connection->host) &&
                port(cbor, &connection->port) &&
                optional_text(cbor, CLIENT_ID, &connection->client_id) &&
                optional_text(cbor, USER_NAME, &connection->user_name) &&
                optional_text(cbor, TOPIC_PREFIX, &connection->topic_prefix) &&
                spki_hash(cbor, &connection->spki_hash);
    return fits ? OTAKEY_OK : OTAKEY_E_MALFORMED;
}

void otakey_login_name(char out[OTAKEY_LOGIN_NAME_SIZE], const struct otakey_connection *connection,
                       const struct otakey_token *token)
{
    static const char hex[] = "0123456789abcdef";
    if (connection->user_name.size > 0) {
        memcpy(out, connection->user_name.data, connection->user_name.size);
        out += connection->user_name.size;
    }
    *out++ = '.';
    for (size_t i = 0; i < token->size; i++) {
        *out++ = hex[token->data[i] >> 4];
        *out++ = hex[token->data[i] & 0xf];
    }
    *out = '\0';
}

struct otakey_span otakey_client_id(uint8_t out[OTAKEY_NAME_MAX],
                                    const struct otakey_connection *connection,
                                    const struct otakey_ref *ref)
{
    size_t size = ref->product_id.size;
    if (connection->client_id.size > 0) {
        return connection->client_id;
    }
    memcpy(out, ref->product_id.data, size);
    out[size++] = '.';
    for (size_t i = 0; i < ref->device_id.size; i++) {
        const uint8_t *byte = &ref->device_id.data[i];
        bool escape = *byte == ':'; /* no other byte of a device id needs it */
        size_t more = escape ? 3 : 1;
        if (size + more > OTAKEY_NAME_MAX) {
            return ref->device_id;
        }
        memcpy(out + size, escape ? (const uint8_t *)"%3A" : byte, more);
        size += more;
    }
    return (struct otakey_span){out, size};
}

/* One character of base64url (RFC 4648, 5), without a table look-up by a secret. */
static char base64url(uint32_t six)
{
    uint32_t code = 'A' + six;
    code += (((25 - six) >> 31) & 1) * ('a' - 'A' - 26);
    code -= (((51 - six) >> 31) & 1) * ('a' + 26 - '0');
    code -= (((61 - six) >> 31) & 1) * ('0' + 10 - '-');
    code += (((62 - six) >> 31) & 1) * ('_' - '-' - 1);
    return (char)code;
}

void otakey_platform_secret(char out[OTAKEY_PLATFORM_SECRET_SIZE],
                            const uint8_t device_key[OTAKEY_KEY_SIZE],
                            struct otakey_span platform_id)
{
    uint8_t secret[OTAKEY_KEY_SIZE + 1]; /* a zero behind it fills the last group */
    otakey_key_platform(secret, device_key, platform_id);
    secret[OTAKEY_KEY_SIZE] = 0;
    size_t at = 0;
    for (size_t i = 0; i < sizeof secret; i += 3) {
        uint32_t group = (uint32_t)secret[i] << 16 | (uint32_t)secret[i + 1] << 8 | secret[i + 2];
        for (int shift = 18; shift >= 0 && at < OTAKEY_PLATFORM_SECRET_SIZE - 1; shift -= 6) {
            out[at++] = base64url(group >> shift & 0x3f);
        }
    }
    out[at] = '\0';
    otakey_wipe(secret, sizeof secret);
}
