#include "sim_gateway.h"

#include <string.h>

#include "cbor.h"
#include "keys.h"
#include "otakey/crypto.h"

#define SPAN(bytes) ((struct otakey_span){(bytes), sizeof(bytes)})
#define TEXT(text) ((struct otakey_span){(const uint8_t *)(text), sizeof(text) - 1})

static const struct otakey_span nothing = {(const uint8_t *)"", 0};
static const uint8_t allocation[OTAKEY_KEY_SIZE] = {0x5e, 0xc2, 0xe7};

/* A request taken apart. */
struct asked {
    uint8_t type;
    struct otakey_span ref; /* encoded */
    uint32_t epoch;
    struct otakey_token token;
    size_t at; /* behind the names */
    struct otakey_span frame;
    uint8_t key[OTAKEY_KEY_SIZE];
};

void sim_gateway_init(struct sim_gateway *gateway)
{
    memset(gateway, 0, sizeof *gateway);
    memset(gateway->product_key, 0x11, sizeof gateway->product_key);
    memset(gateway->private_key, 0x22, sizeof gateway->private_key);
    gateway->public_key.id = 1;
    otakey_x25519(gateway->public_key.public_key, gateway->private_key, NULL);
}

static uint32_t attempt_of(const struct otakey_token *token)
{
    return (uint32_t)token->data[4] << 8 | token->data[5];
}

static void device_key(uint8_t out[OTAKEY_KEY_SIZE], struct otakey_span ref, uint32_t epoch,
                       const struct otakey_token *token)
{
    uint8_t info[200];
    size_t size = 0;
    info[size++] = token->size;
    memcpy(info + size, token->data, token->size);
    size += token->size;
    memcpy(info + size, ref.data, ref.size);
    size += ref.size;
    for (int shift = 24; shift >= 0; shift -= 8) {
        info[size++] = (uint8_t)(epoch >> shift);
    }
    otakey_expand(out, allocation,
                  (struct otakey_span[2]){TEXT("otakey/1 device key"), {info, size}});
}

static bool same_token(const struct otakey_token *one, const struct otakey_token *other)
{
    return one->size == other->size && memcmp(one->data, other->data, one->size) == 0;
}

/* ---- answers */

static size_t put_u32(uint8_t *out, size_t at, uint32_t value)
{
    for (int shift = 24; shift >= 0; shift -= 8) {
        out[at++] = (uint8_t)(value >> shift);
    }
    return at;
}

static size_t prove(const struct asked *asked, uint8_t *out, size_t size)
{
    size_t proof = asked->type == OTAKEY_ROTATE ? OTAKEY_GUARD_SIZE : OTAKEY_MAC_SIZE;
    otakey_key_mac(out + size, asked->key, (struct otakey_span){out, size},
                   (struct otakey_span){asked->frame.data + asked->frame.size - proof, proof});
    return size + OTAKEY_MAC_SIZE;
}

static size_t error(const struct sim_gateway *gateway, const struct asked *asked, uint8_t code,
                    uint8_t *out)
{
    out[0] = OTAKEY_ERROR;
    out[1] = code;
    size_t size = put_u32(out, 2, gateway->seconds);
    bool provable = asked->type != OTAKEY_ENROLL && code != OTAKEY_NOT_RECOGNISED;
    return provable ? prove(asked, out, size) : size;
}

static size_t ack(const struct sim_gateway *gateway, const struct asked *asked, uint8_t type,
                  uint8_t code, uint8_t *out)
{
    out[0] = type;
    size_t size = put_u32(out, 1, asked->epoch);
    out[size++] = code;
    return prove(asked, out, put_u32(out, size, gateway->seconds));
}

/* ---- the handshake's other side */

struct noise {
    uint8_t hash[32], chain[32], key[32];
};

static void mix_hash(struct noise *noise, struct otakey_span data)
{
    otakey_sha256(noise->hash, (const struct otakey_span[]){SPAN(noise->hash), data}, 2);
}

static void mix_key(struct noise *noise, struct otakey_span input)
{
    uint8_t out[64];
    otakey_hkdf(out, sizeof out, SPAN(noise->chain), input, nothing);
    memcpy(noise->chain, out, 32);
    memcpy(noise->key, out + 32, 32);
}

static size_t payload(const struct sim_gateway *gateway, uint32_t epoch,
                      const uint8_t key[OTAKEY_KEY_SIZE], const struct otakey_token *token,
                      uint8_t *out)
{
    size_t size = 0;
    if (gateway->payload.size > 0) {
        memcpy(out, gateway->payload.data, gateway->payload.size);
        return gateway->payload.size;
    }
    out[size++] = (uint8_t)(0xa3 + (gateway->connection.size > 0) + (gateway->flags != 0));
    out[size++] = 1;
    out[size++] = 0x1a;
    size = put_u32(out, size, epoch);
    out[size++] = 2;
    out[size++] = 0x58;
    out[size++] = OTAKEY_KEY_SIZE;
    memcpy(out + size, key, OTAKEY_KEY_SIZE);
    size += OTAKEY_KEY_SIZE;
    out[size++] = 3;
    out[size++] = (uint8_t)(0x40 + token->size);
    memcpy(out + size, token->data, token->size);
    size += token->size;
    if (gateway->connection.size > 0) {
        out[size++] = 4;
        memcpy(out + size, gateway->connection.data, gateway->connection.size);
        size += gateway->connection.size;
    }
    if (gateway->flags != 0) {
        out[size++] = 5;
        out[size++] = (uint8_t)gateway->flags;
    }
    return size;
}

/* What the device says of itself, as the gateway reads it. */
static void read_opening(struct sim_gateway *gateway, struct otakey_span opening)
{
    struct otakey_span value;
    gateway->last_error = 0;
    if (!otakey_cbor_is_document(opening) ||
        (otakey_cbor_get(opening, 2, &value) &&
         !otakey_cbor_unsigned(value, UINT32_MAX, &gateway->last_error))) {
        gateway->bad_openings++;
    }
}

static size_t grant(struct sim_gateway *gateway, const struct asked *asked, uint8_t kind,
                    const uint8_t opener[OTAKEY_KEY_SIZE], uint8_t *out)
{
    static const uint8_t nonce[OTAKEY_NONCE_SIZE];
    struct noise noise;
    uint8_t shared[32], secret[32] = {0x33}, opening[128], salt[32], key[32];
    const uint8_t *message = asked->frame.data + asked->at;
    size_t sealed = asked->frame.size - asked->at - 32 - OTAKEY_GUARD_SIZE;

    otakey_sha256(noise.hash, &TEXT("Noise_NKpsk0_25519_ChaChaPoly_SHA256"), 1);
    memcpy(noise.chain, noise.hash, 32);
    mix_hash(&noise, (struct otakey_span){asked->frame.data, asked->at});
    mix_hash(&noise, SPAN(gateway->public_key.public_key));
    otakey_key_psk(shared, opener);
    mix_key(&noise, SPAN(shared));
    mix_hash(&noise, SPAN(noise.key));
    mix_hash(&noise, (struct otakey_span){message, 32});
    mix_key(&noise, (struct otakey_span){message, 32});
    otakey_x25519(shared, gateway->private_key, message);
    mix_key(&noise, SPAN(shared));
    memcpy(opening, message + 32, sealed);
    if (otakey_open(noise.key, nonce, SPAN(noise.hash), opening, sealed - 16,
                    opening + sealed - 16) != OTAKEY_OK) {
        return error(gateway, asked, OTAKEY_UNSUPPORTED, out);
    }
    read_opening(gateway, (struct otakey_span){opening, sealed - 16});
    mix_hash(&noise, (struct otakey_span){message + 32, sealed});

    otakey_expand(salt, allocation, (struct otakey_span[2]){TEXT("otakey/1 salt"), asked->frame});
    uint32_t epoch = gateway->epoch + 1 + gateway->skew;
    struct otakey_token token = {15, {1, kind, kind == 1, 1, (uint8_t)(gateway->attempt >> 8),
                                      (uint8_t)gateway->attempt, 0,
                                      gateway->connection.size > 0}};
    memcpy(token.data + 8, salt, 7);
    device_key(key, asked->ref, epoch, &token);

    put_u32(secret, 4, ++gateway->key_counter);
    out[0] = OTAKEY_GRANT;
    otakey_x25519(out + 1, secret, NULL);
    mix_hash(&noise, (struct otakey_span){out + 1, 32});
    mix_key(&noise, (struct otakey_span){out + 1, 32});
    otakey_x25519(shared, secret, message);
    mix_key(&noise, SPAN(shared));
    memcpy(gateway->seal_key, noise.key, sizeof noise.key);
    memcpy(gateway->seal_hash, noise.hash, sizeof noise.hash);
    memcpy(gateway->seal_ephemeral, out + 1, sizeof gateway->seal_ephemeral);
    size_t size = payload(gateway, epoch, key, &token, out + 33);
    otakey_seal(noise.key, nonce, SPAN(noise.hash), out + 33, size, out + 33 + size);
    gateway->grants++;
    return 33 + size + OTAKEY_TAG_SIZE;
}

/* ---- the decision table */

enum verdict { SERVED, COMMITTED_NOW, SUPERSEDED_KEY, UNKNOWN_KEY, REFUSED_KEY };

static enum verdict decide(struct sim_gateway *gateway, const struct asked *asked)
{
    bool has_row = gateway->status != SIM_NO_ROW;
    bool active = gateway->status == SIM_ACTIVE;
    uint8_t kind = asked->token.data[1];
    uint32_t attempt = attempt_of(&asked->token);
    if (has_row && gateway->epoch == asked->epoch && same_token(&gateway->token, &asked->token)) {
        return gateway->status == SIM_BLOCKED                              ? REFUSED_KEY
               : active || asked->type == OTAKEY_CONFIRM || asked->type == OTAKEY_ABANDON ? SERVED
                                                                           : SUPERSEDED_KEY;
    }
    if (gateway->status == SIM_BLOCKED) {
        return REFUSED_KEY;
    }
    if (gateway->epoch == asked->epoch - 1) {
        bool fits = kind == 2 ? active : !active || gateway->re_enroll;
        bool heals = kind == 2 && has_row && attempt < gateway->attempt &&
                     (asked->type == OTAKEY_POLL || asked->type == OTAKEY_ROTATE);
        if ((attempt >= gateway->attempt && fits) || heals) {
            gateway->status = SIM_ACTIVE;
            gateway->epoch = asked->epoch;
            gateway->token = asked->token;
            gateway->attempt = attempt > gateway->attempt ? attempt : gateway->attempt;
            gateway->re_enroll = false;
            gateway->commits++;
            return COMMITTED_NOW;
        }
        if (attempt >= gateway->attempt && kind == 1 && active) {
            gateway->attempt = attempt + 1;
            return SUPERSEDED_KEY;
        }
    }
    return gateway->epoch >= asked->epoch || attempt < gateway->attempt ? SUPERSEDED_KEY
                                                                        : UNKNOWN_KEY;
}

static size_t serve(struct sim_gateway *gateway, const struct asked *asked, enum verdict verdict,
                    uint8_t *out)
{
    switch (asked->type) {
    case OTAKEY_CONFIRM:
        return ack(gateway, asked, OTAKEY_ACK,
                   verdict == SERVED ? OTAKEY_WAS_COMMITTED : OTAKEY_COMMITTED, out);
    case OTAKEY_POLL:
        gateway->polls_served++;
        return ack(gateway, asked, OTAKEY_NOTICE, gateway->action, out);
    case OTAKEY_ROTATE:
        return grant(gateway, asked, 2, asked->key, out);
    default: {
        struct otakey_token given_up = {.size = asked->frame.data[asked->at]};
        memcpy(given_up.data, asked->frame.data + asked->at + 1, given_up.size);
        uint32_t attempt = attempt_of(&given_up) + 1;
        gateway->attempt = attempt > gateway->attempt ? attempt : gateway->attempt;
        return ack(gateway, asked, OTAKEY_ACK, OTAKEY_ABANDONED, out);
    }
    }
}

static size_t enroll(struct sim_gateway *gateway, struct asked *asked, uint8_t *out)
{
    uint8_t guard[OTAKEY_GUARD_SIZE];
    size_t covered = asked->frame.size - sizeof guard;
    asked->at += 2;
    otakey_key_guard(guard, gateway->product_key, (struct otakey_span){asked->frame.data, covered});
    if (!otakey_equal(guard, asked->frame.data + covered, sizeof guard)) {
        gateway->unproven++;
        return error(gateway, asked, OTAKEY_NOT_RECOGNISED, out);
    }
    if (gateway->error != 0 || gateway->status == SIM_BLOCKED) {
        return error(gateway, asked, gateway->error != 0 ? gateway->error : OTAKEY_REFUSED, out);
    }
    if (gateway->status == SIM_ACTIVE && !gateway->re_enroll) {
        return error(gateway, asked, OTAKEY_ALREADY_ENROLLED, out);
    }
    return grant(gateway, asked, 1, gateway->product_key, out);
}

static bool is_proven(struct asked *asked)
{
    uint8_t proof[OTAKEY_MAC_SIZE];
    const struct otakey_span frame = asked->frame;
    size_t size = asked->type == OTAKEY_ROTATE ? OTAKEY_GUARD_SIZE : OTAKEY_MAC_SIZE;
    const struct otakey_span covered = {frame.data, frame.size - size};
    device_key(asked->key, asked->ref, asked->epoch, &asked->token);
    if (asked->type == OTAKEY_ROTATE) {
        asked->at++; /* gatewayKeyId */
        otakey_key_guard(proof, asked->key, covered);
    } else {
        otakey_key_mac(proof, asked->key, covered, nothing);
    }
    return otakey_equal(proof, frame.data + covered.size, size);
}

size_t sim_gateway_answer(struct sim_gateway *gateway, const uint8_t *frame, size_t size,
                          uint8_t out[OTAKEY_FRAME_MAX])
{
    struct asked asked = {.type = frame[0], .frame = {frame, size}};
    size_t at = 1;
    at += 1u + frame[at];
    at += 1u + frame[at];
    asked.ref = (struct otakey_span){frame + 1, at - 1};
    asked.at = at;
    gateway->last_type = asked.type;
    if (asked.type == OTAKEY_ENROLL) {
        return enroll(gateway, &asked, out);
    }
    for (int i = 0; i < 4; i++) {
        asked.epoch = asked.epoch << 8 | frame[at++];
    }
    asked.token.size = frame[at++];
    memcpy(asked.token.data, frame + at, asked.token.size);
    asked.at = at + asked.token.size;
    if (!is_proven(&asked)) {
        gateway->unproven++;
        return error(gateway, &asked, OTAKEY_NOT_RECOGNISED, out);
    }
    if (gateway->error != 0) {
        return error(gateway, &asked, gateway->error, out);
    }
    enum verdict verdict = decide(gateway, &asked);
    if (verdict == SERVED || verdict == COMMITTED_NOW) {
        return serve(gateway, &asked, verdict, out);
    }
    return error(gateway, &asked,
                 verdict == REFUSED_KEY      ? OTAKEY_REFUSED
                 : verdict == SUPERSEDED_KEY ? OTAKEY_SUPERSEDED
                                             : OTAKEY_UNKNOWN_DEVICE,
                 out);
}

size_t sim_gateway_push(const struct sim_gateway *gateway, const struct otakey_ref *ref,
                        uint8_t action, uint8_t out[OTAKEY_FRAME_MAX])
{
    static const uint8_t no_request[OTAKEY_MAC_SIZE];
    struct otakey_request encoded;
    uint8_t key[OTAKEY_KEY_SIZE];
    otakey_begin(&encoded, OTAKEY_POLL);
    otakey_put_ref(&encoded, ref);
    device_key(key, (struct otakey_span){encoded.data + 1, encoded.size - 1u}, gateway->epoch,
               &gateway->token);
    out[0] = OTAKEY_NOTICE;
    size_t size = put_u32(out, 1, gateway->epoch);
    out[size++] = action;
    size = put_u32(out, size, gateway->seconds);
    otakey_key_mac(out + size, key, (struct otakey_span){out, size}, SPAN(no_request));
    return size + OTAKEY_MAC_SIZE;
}
