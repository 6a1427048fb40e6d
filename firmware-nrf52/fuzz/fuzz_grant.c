/*
 * The second message of the handshake: the input is what is sealed under the right key, so that the
 * inside is reached; with one bit of the sealed frame flipped nothing is. What is accepted is in
 * its bounds and is read the same from its deterministic encoding.
 */
#include <string.h>

#include "check.h"
#include "fuzz.h"
#include "handshake.h"
#include "otakey/crypto.h"
#include "sim_gateway.h"
#include "vectors.h"

#define FIXED (1u + OTAKEY_KEY_SIZE + OTAKEY_TAG_SIZE)
#define OUTSIDE_SEAL 4u /* one input of so many is damaged after it was sealed */

const unsigned long fuzz_executions = 7000;

static struct otakey_handshake handshake;
static struct sim_gateway gateway;

void fuzz_begin(void)
{
    static const uint8_t smallest[] = {1, 0xa3, 1, 1, 2, 0x58, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                                       0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                                       0, 3, 0x41, 't'};
    static const uint8_t ephemeral[OTAKEY_KEY_SIZE] = {1, 2, 3};
    static const uint8_t id[] = {'a'};
    const struct otakey_ref ref = {{id, 1}, {id, 1}};
    const struct otakey_opening opening = {{NULL, 0}, 0};
    struct otakey_request request;
    uint8_t frame[OTAKEY_FRAME_MAX];
    sim_gateway_init(&gateway);
    CHECK(otakey_handshake_enroll(&handshake, &request, &ref, 1, gateway.product_key,
                                  &gateway.public_key, ephemeral, &opening) == OTAKEY_OK);
    CHECK(sim_gateway_answer(&gateway, request.data, request.size, frame) > FIXED);
    fuzz_seed(smallest, sizeof smallest);
    for (size_t i = 0; i < sizeof vector_cases / sizeof vector_cases[0]; i++) {
        for (int j = 0; j < vector_cases[i].step_count; j++) {
            const struct otakey_span payload = vector_cases[i].steps[j].grant_payload;
            uint8_t seed[FUZZ_INPUT_MAX] = {1};
            memcpy(seed + 1, payload.data, payload.size);
            fuzz_seed(seed, 1 + payload.size);
        }
    }
}

static size_t put_u32(uint8_t *out, size_t at, uint32_t value)
{
    out[at++] = 0x1a;
    for (int shift = 24; shift >= 0; shift -= 8) {
        out[at++] = (uint8_t)(value >> shift);
    }
    return at;
}

static size_t put_bytes(uint8_t *out, size_t at, const uint8_t *bytes, size_t size)
{
    out[at++] = 0x58;
    out[at++] = (uint8_t)size;
    memcpy(out + at, bytes, size);
    return at + size;
}

static size_t encode(const struct otakey_grant *grant, uint8_t *out)
{
    size_t at = 0;
    out[at++] = grant->offer == OTAKEY_GIVEN ? 0xa6 : 0xa5;
    out[at++] = 1;
    at = put_u32(out, at, grant->epoch);
    out[at++] = 2;
    at = put_bytes(out, at, grant->device_key, OTAKEY_KEY_SIZE);
    out[at++] = 3;
    at = put_bytes(out, at, grant->token.data, grant->token.size);
    if (grant->offer == OTAKEY_GIVEN) {
        out[at++] = 4;
        memcpy(out + at, grant->connection.data, grant->connection.size);
        at += grant->connection.size;
    }
    out[at++] = 5;
    at = put_u32(out, at, grant->flags);
    out[at++] = 6;
    return put_u32(out, at, grant->poll_after);
}

/* A frame with this inside, as the gateway's first answer was sealed; its size. */
static size_t seal(struct otakey_span payload, uint8_t frame[OTAKEY_FRAME_MAX])
{
    static const uint8_t nonce[OTAKEY_NONCE_SIZE];
    const struct otakey_span hash = {gateway.seal_hash, sizeof gateway.seal_hash};
    uint8_t *inside = frame + 1 + OTAKEY_KEY_SIZE;
    frame[0] = OTAKEY_GRANT;
    memcpy(frame + 1, gateway.seal_ephemeral, OTAKEY_KEY_SIZE);
    memcpy(inside, payload.data, payload.size);
    otakey_seal(gateway.seal_key, nonce, hash, inside, payload.size, inside + payload.size);
    return payload.size + FIXED;
}

static int open_frame(struct otakey_grant *grant, uint8_t *frame, size_t size)
{
    const struct otakey_handshake before = handshake;
    int result = otakey_handshake_open(&handshake, grant, frame, size);
    CHECK(memcmp(&before, &handshake, sizeof before) == 0);
    return result;
}

static void check_grant(const struct otakey_grant *grant, const uint8_t *frame, size_t size)
{
    struct otakey_grant again;
    uint8_t payload[OTAKEY_FRAME_MAX + 64];
    uint8_t second[OTAKEY_FRAME_MAX];
    CHECK(grant->epoch >= 1 && grant->epoch <= 0xfffffffe);
    CHECK(grant->token.size >= 1 && grant->token.size <= 32);
    if (grant->offer == OTAKEY_GIVEN) {
        const struct otakey_span inner = grant->connection;
        CHECK(inner.data >= frame && inner.data + inner.size <= frame + size);
    }
    const struct otakey_span encoded = {payload, encode(grant, payload)};
    if (encoded.size <= OTAKEY_FRAME_MAX - FIXED) {
        size = seal(encoded, second);
        CHECK(open_frame(&again, second, size) == OTAKEY_OK);
        CHECK(again.epoch == grant->epoch && again.flags == grant->flags);
        CHECK(again.offer == (grant->offer == OTAKEY_GIVEN ? OTAKEY_GIVEN : OTAKEY_UNCHANGED));
        CHECK(again.poll_after == grant->poll_after && again.token.size == grant->token.size);
        CHECK(memcmp(again.device_key, grant->device_key, OTAKEY_KEY_SIZE) == 0);
        CHECK(memcmp(again.token.data, grant->token.data, grant->token.size) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct otakey_grant nothing;
    static const uint8_t zeros[OTAKEY_FRAME_MAX];
    uint8_t frame[OTAKEY_FRAME_MAX];
    struct otakey_grant grant;
    if (size < 2 || size - 1 > OTAKEY_FRAME_MAX - FIXED) {
        return 0;
    }
    const struct otakey_span payload = {data + 1, size - 1};
    size_t frame_size = seal(payload, frame);
    CHECK(frame_size == payload.size + FIXED);
    if (data[0] % OUTSIDE_SEAL == 0) {
        size_t bit = (size_t)data[0] * 131u % (8u * (frame_size - 1u));
        frame[1 + bit / 8] ^= (uint8_t)(1u << bit % 8);

        CHECK(open_frame(&grant, frame, frame_size) == OTAKEY_E_CRYPTO);
        CHECK(memcmp(frame + 33, zeros, payload.size) == 0);
        CHECK(memcmp(&grant, &nothing, sizeof grant) == 0);
        return 0;
    }
    int result = open_frame(&grant, frame, frame_size);
    CHECK(result == OTAKEY_OK || result == OTAKEY_E_MALFORMED);
    if (result == OTAKEY_OK) {
        check_grant(&grant, frame, frame_size);
    } else {
        CHECK(memcmp(&grant, &nothing, sizeof grant) == 0);
    }
    return 0;
}
