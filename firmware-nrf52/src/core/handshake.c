#include "handshake.h"

#include <string.h>

#include "cbor.h"
#include "keys.h"
#include "otakey/connection.h"
#include "otakey/crypto.h"

#define SPAN(bytes) ((struct otakey_span){(bytes), sizeof(bytes)})

/* Every key of the pattern seals one message only, hence nonce 0. */
static const uint8_t nonce_zero[OTAKEY_NONCE_SIZE];
static const struct otakey_span empty = {nonce_zero, 0};

/* ---- Noise: SymmetricState (rev 34, 5.2) in `hash` and `chaining_key` */

static void mix_hash(struct otakey_handshake *state, struct otakey_span data)
{
    const struct otakey_span parts[] = {SPAN(state->hash), data};
    otakey_sha256(state->hash, parts, 2);
}

/* Noise's HKDF: the first output becomes the chaining key, `second` gets the second. */
static void chain(struct otakey_handshake *state, struct otakey_span input,
                  uint8_t second[OTAKEY_KEY_SIZE])
{
    uint8_t out[2 * OTAKEY_KEY_SIZE];
    otakey_hkdf(out, sizeof out, SPAN(state->chaining_key), input, empty);
    memcpy(state->chaining_key, out, OTAKEY_KEY_SIZE);
    memcpy(second, out + OTAKEY_KEY_SIZE, OTAKEY_KEY_SIZE);
    otakey_wipe(out, sizeof out);
}

static void initialize(struct otakey_handshake *state, struct otakey_span prologue,
                       const struct otakey_gateway_key *gateway)
{
    static const char name[] = "Noise_NKpsk0_25519_ChaChaPoly_SHA256";
    const struct otakey_span text = {(const uint8_t *)name, sizeof name - 1};
    otakey_sha256(state->hash, &text, 1); /* longer than a hash, so it is hashed */
    memcpy(state->chaining_key, state->hash, sizeof state->chaining_key);
    mix_hash(state, prologue);
    mix_hash(state, SPAN(gateway->public_key));
}

/* Token psk: MixKeyAndHash. The cipher key is left out, since `es` replaces it unused. */
static void mix_psk(struct otakey_handshake *state, const uint8_t key[OTAKEY_KEY_SIZE])
{
    uint8_t psk[OTAKEY_KEY_SIZE];
    uint8_t second[OTAKEY_KEY_SIZE];
    otakey_key_psk(psk, key);
    chain(state, SPAN(psk), second);
    mix_hash(state, SPAN(second));
    otakey_wipe(psk, sizeof psk);
    otakey_wipe(second, sizeof second);
}

/* Token e: under a psk also MixKey (rev 34, 9.2), whose cipher key the next token replaces. */
static void mix_ephemeral(struct otakey_handshake *state,
                          const uint8_t public_key[OTAKEY_KEY_SIZE])
{
    uint8_t unused[OTAKEY_KEY_SIZE];
    const struct otakey_span key = {public_key, OTAKEY_KEY_SIZE};
    mix_hash(state, key);
    chain(state, key, unused);
    otakey_wipe(unused, sizeof unused);
}

/* Tokens es and ee. */
static int mix_agreement(struct otakey_handshake *state, const uint8_t peer[OTAKEY_KEY_SIZE],
                         uint8_t cipher_key[OTAKEY_KEY_SIZE])
{
    uint8_t shared[OTAKEY_KEY_SIZE];
    int result = otakey_x25519(shared, state->ephemeral, peer);
    if (result == OTAKEY_OK) {
        chain(state, SPAN(shared), cipher_key);
    }
    otakey_wipe(shared, sizeof shared);
    return result;
}

/* ---- message 1 */

static void put_head(struct otakey_request *request, uint8_t major, uint32_t value)
{
    uint8_t first = (uint8_t)(major << 5);
    if (value < 24) {
        otakey_put_u8(request, (uint8_t)(first | value));
    } else if (value < 0x100) {
        otakey_put_u8(request, first | 24);
        otakey_put_u8(request, (uint8_t)value);
    } else if (value < 0x10000) {
        otakey_put_u8(request, first | 25);
        otakey_put_u8(request, (uint8_t)(value >> 8));
        otakey_put_u8(request, (uint8_t)value);
    } else {
        otakey_put_u8(request, first | 26);
        otakey_put_u32(request, value);
    }
}

/* Deterministic CBOR (RFC 8949, 4.2): shortest heads, keys ascending. */
static void put_opening(struct otakey_request *request, const struct otakey_opening *opening)
{
    enum { UNSIGNED = 0, TEXT = 3, MAP = 5 };
    const struct otakey_span version = opening->firmware_version;
    uint32_t entries = (version.data != NULL ? 1u : 0u) + (opening->last_error != 0 ? 1u : 0u);
    request->failed |= version.size > OTAKEY_VERSION_MAX;
    put_head(request, MAP, entries);
    if (version.data != NULL) {
        put_head(request, UNSIGNED, 1);
        put_head(request, TEXT, (uint32_t)version.size);
        otakey_put(request, version.data, version.size);
    }
    if (opening->last_error != 0) {
        put_head(request, UNSIGNED, 2);
        put_head(request, UNSIGNED, opening->last_error);
    }
}

static void put_sealed_opening(struct otakey_handshake *state, struct otakey_request *request,
                               const uint8_t cipher_key[OTAKEY_KEY_SIZE],
                               const struct otakey_opening *opening)
{
    static const uint8_t room[OTAKEY_TAG_SIZE];
    uint8_t *payload = request->data + request->size;
    put_opening(request, opening);
    uint8_t *tag = request->data + request->size;
    otakey_put(request, room, sizeof room);
    if (!request->failed) {
        size_t size = (size_t)(tag - payload);
        otakey_seal(cipher_key, nonce_zero, SPAN(state->hash), payload, size, tag);
        mix_hash(state, (struct otakey_span){payload, size + OTAKEY_TAG_SIZE});
    }
}

/* The request holds the prologue already; appends Noise message 1 and guard. */
static int open_with(struct otakey_handshake *state, struct otakey_request *request,
                     const uint8_t key[OTAKEY_KEY_SIZE], const struct otakey_gateway_key *gateway,
                     const uint8_t ephemeral[OTAKEY_KEY_SIZE],
                     const struct otakey_opening *opening)
{
    uint8_t public_key[OTAKEY_KEY_SIZE];
    uint8_t cipher_key[OTAKEY_KEY_SIZE];
    uint8_t guard[OTAKEY_GUARD_SIZE];
    initialize(state, (struct otakey_span){request->data, request->size}, gateway);
    mix_psk(state, key);
    memcpy(state->ephemeral, ephemeral, sizeof state->ephemeral);
    int result = otakey_x25519(public_key, ephemeral, NULL);
    mix_ephemeral(state, public_key);
    otakey_put(request, public_key, sizeof public_key);
    if (result == OTAKEY_OK) {
        result = mix_agreement(state, gateway->public_key, cipher_key);
    }
    if (result == OTAKEY_OK) {
        put_sealed_opening(state, request, cipher_key, opening);
        otakey_wipe(cipher_key, sizeof cipher_key);
        otakey_key_guard(guard, key, (struct otakey_span){request->data, request->size});
        otakey_put(request, guard, sizeof guard);
        result = request->failed ? OTAKEY_E_SPACE : OTAKEY_OK;
    }
    state->is_open = result == OTAKEY_OK;
    if (result != OTAKEY_OK) {
        otakey_handshake_close(state);
        request->size = 0;
    }
    return result;
}

int otakey_handshake_enroll(struct otakey_handshake *handshake, struct otakey_request *request,
                            const struct otakey_ref *ref, uint8_t product_key_version,
                            const uint8_t product_key[OTAKEY_KEY_SIZE],
                            const struct otakey_gateway_key *gateway,
                            const uint8_t ephemeral[OTAKEY_KEY_SIZE],
                            const struct otakey_opening *opening)
{
    otakey_begin(request, OTAKEY_ENROLL);
    otakey_put_ref(request, ref);
    otakey_put_u8(request, product_key_version);
    otakey_put_u8(request, gateway->id);
    return open_with(handshake, request, product_key, gateway, ephemeral, opening);
}

int otakey_handshake_rotate(struct otakey_handshake *handshake, struct otakey_request *request,
                            const struct otakey_key_name *name,
                            const uint8_t device_key[OTAKEY_KEY_SIZE],
                            const struct otakey_gateway_key *gateway,
                            const uint8_t ephemeral[OTAKEY_KEY_SIZE],
                            const struct otakey_opening *opening)
{
    otakey_begin(request, OTAKEY_ROTATE);
    otakey_put_key_name(request, name);
    otakey_put_u8(request, gateway->id);
    return open_with(handshake, request, device_key, gateway, ephemeral, opening);
}

void otakey_handshake_close(struct otakey_handshake *handshake)
{
    otakey_wipe(handshake, sizeof *handshake);
}

/* ---- message 2 */

static void read_offer(struct otakey_grant *grant, struct otakey_span payload)
{
    struct otakey_connection connection;
    grant->offer = OTAKEY_UNCHANGED;
    if (otakey_cbor_get(payload, 4, &grant->connection)) {
        int result = otakey_connection_read(&connection, grant->connection);
        grant->offer = result == OTAKEY_OK ? OTAKEY_GIVEN : OTAKEY_UNFIT;
    }
}

static bool optional_u32(struct otakey_span payload, uint64_t key, uint32_t *number)
{
    struct otakey_span value;
    return !otakey_cbor_get(payload, key, &value) ||
           otakey_cbor_unsigned(value, 0xffffffff, number);
}

static int read_grant(struct otakey_grant *grant, struct otakey_span payload)
{
    struct otakey_span epoch, key, token;
    if (!otakey_cbor_is_document(payload) || !otakey_cbor_get(payload, 1, &epoch) ||
        !otakey_cbor_unsigned(epoch, OTAKEY_EPOCH_MAX, &grant->epoch) || grant->epoch == 0 ||
        !otakey_cbor_get(payload, 2, &key) ||
        !otakey_cbor_bytes(key, OTAKEY_KEY_SIZE, OTAKEY_KEY_SIZE, &key) ||
        !otakey_cbor_get(payload, 3, &token) ||
        !otakey_cbor_bytes(token, 1, OTAKEY_TOKEN_MAX, &token) ||
        !optional_u32(payload, 5, &grant->flags) ||
        !optional_u32(payload, 6, &grant->poll_after)) {
        return OTAKEY_E_MALFORMED;
    }
    memcpy(grant->device_key, key.data, key.size);
    memcpy(grant->token.data, token.data, token.size);
    grant->token.size = (uint8_t)token.size;
    read_offer(grant, payload);
    return OTAKEY_OK;
}

int otakey_handshake_open(const struct otakey_handshake *handshake, struct otakey_grant *grant,
                          uint8_t *frame, size_t size)
{
    const size_t fixed = 1 + OTAKEY_KEY_SIZE + OTAKEY_TAG_SIZE;
    uint8_t cipher_key[OTAKEY_KEY_SIZE];
    memset(grant, 0, sizeof *grant);
    if (!handshake->is_open || size <= fixed || frame[0] != OTAKEY_GRANT) {
        return OTAKEY_E_CRYPTO;
    }
    struct otakey_handshake attempt = *handshake; /* a foreign grant leaves no trace */
    const uint8_t *ephemeral = frame + 1;
    uint8_t *payload = frame + 1 + OTAKEY_KEY_SIZE;
    const size_t payload_size = size - fixed;
    mix_ephemeral(&attempt, ephemeral);
    int result = mix_agreement(&attempt, ephemeral, cipher_key);
    if (result == OTAKEY_OK) {
        result = otakey_open(cipher_key, nonce_zero, SPAN(attempt.hash), payload, payload_size,
                             payload + payload_size);
        otakey_wipe(cipher_key, sizeof cipher_key);
    }
    if (result == OTAKEY_OK) {
        result = read_grant(grant, (struct otakey_span){payload, payload_size});
    }
    otakey_wipe(&attempt, sizeof attempt);
#ifdef SEEDED_BUG_GRANT_LEFT
    return result;
#endif
    if (result != OTAKEY_OK) {
        otakey_wipe(grant, sizeof *grant);
    }
    return result;
}
