#include "frame.h"

#include <string.h>

#include "keys.h"

/* Sizes of answers: type, fields, mac. */
#define ACK_SIZE (1u + 4u + 1u + 4u + OTAKEY_MAC_SIZE)
#define ERROR_SIZE (1u + 1u + 4u)
/* The shortest second Noise message: ephemeral key, one byte, tag. */
#define NOISE_2_MIN (OTAKEY_KEY_SIZE + 1u + OTAKEY_TAG_SIZE)

void otakey_begin(struct otakey_request *request, enum otakey_request_type type)
{
    request->size = 0;
    request->failed = false;
    otakey_put_u8(request, (uint8_t)type);
}

void otakey_put(struct otakey_request *request, const void *bytes, size_t size)
{
    if (request->failed || size > sizeof request->data - request->size) {
        request->failed = true;
        return;
    }
    memcpy(request->data + request->size, bytes, size);
    request->size = (uint16_t)(request->size + size);
}

void otakey_put_u8(struct otakey_request *request, uint8_t value)
{
    otakey_put(request, &value, 1);
}

void otakey_put_u32(struct otakey_request *request, uint32_t value)
{
    const uint8_t bytes[] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                             (uint8_t)value};
    otakey_put(request, bytes, sizeof bytes);
}

void otakey_put_ref(struct otakey_request *request, const struct otakey_ref *ref)
{
    otakey_put_u8(request, (uint8_t)ref->product_id.size);
    otakey_put(request, ref->product_id.data, ref->product_id.size);
    otakey_put_u8(request, (uint8_t)ref->device_id.size);
    otakey_put(request, ref->device_id.data, ref->device_id.size);
}

static void put_token(struct otakey_request *request, const struct otakey_token *token)
{
    otakey_put_u8(request, token->size);
    otakey_put(request, token->data, token->size);
}

void otakey_put_key_name(struct otakey_request *request, const struct otakey_key_name *name)
{
    otakey_put_ref(request, name->ref);
    otakey_put_u32(request, name->epoch);
    put_token(request, name->token);
}

static int prove(struct otakey_request *request, const uint8_t device_key[OTAKEY_KEY_SIZE])
{
    uint8_t mac[OTAKEY_MAC_SIZE];
    const struct otakey_span covered = {request->data, request->size};
    otakey_key_mac(mac, device_key, covered, (struct otakey_span){request->data, 0});
    otakey_put(request, mac, sizeof mac);
    if (request->failed) {
        request->size = 0;
        return OTAKEY_E_SPACE;
    }
    return OTAKEY_OK;
}

int otakey_confirm(struct otakey_request *request, const struct otakey_key_name *name,
                   const uint8_t device_key[OTAKEY_KEY_SIZE], enum otakey_outcome outcome)
{
    otakey_begin(request, OTAKEY_CONFIRM);
    otakey_put_key_name(request, name);
    otakey_put_u8(request, (uint8_t)outcome);
    return prove(request, device_key);
}

int otakey_abandon(struct otakey_request *request, const struct otakey_key_name *name,
                   const uint8_t device_key[OTAKEY_KEY_SIZE], const struct otakey_token *given_up,
                   enum otakey_reason reason)
{
    otakey_begin(request, OTAKEY_ABANDON);
    otakey_put_key_name(request, name);
    put_token(request, given_up);
    otakey_put_u8(request, (uint8_t)reason);
    return prove(request, device_key);
}

int otakey_poll(struct otakey_request *request, const struct otakey_key_name *name,
                const uint8_t device_key[OTAKEY_KEY_SIZE],
                const uint8_t nonce[OTAKEY_POLL_NONCE_SIZE])
{
    otakey_begin(request, OTAKEY_POLL);
    otakey_put_key_name(request, name);
    otakey_put(request, nonce, OTAKEY_POLL_NONCE_SIZE);
    return prove(request, device_key);
}

struct otakey_span otakey_proof(const struct otakey_request *request)
{
    bool guarded = request->data[0] == OTAKEY_ENROLL || request->data[0] == OTAKEY_ROTATE;
    size_t size = guarded ? OTAKEY_GUARD_SIZE : OTAKEY_MAC_SIZE;
    return (struct otakey_span){request->data + request->size - size, size};
}

static uint32_t u32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
           bytes[3];
}

static int decode_error(struct otakey_answer *answer, struct otakey_span frame)
{
#ifdef SEEDED_BUG_ERROR_TRAILING
    if (frame.size < ERROR_SIZE) {
#else
    if (frame.size != ERROR_SIZE && frame.size != ERROR_SIZE + OTAKEY_MAC_SIZE) {
#endif
        return OTAKEY_E_MALFORMED;
    }
    answer->code = frame.data[1];
    answer->seconds = u32(frame.data + 2);
    answer->has_mac = frame.size > ERROR_SIZE;
    return answer->code >= OTAKEY_MALFORMED && answer->code <= OTAKEY_PLATFORM_UNAVAILABLE
               ? OTAKEY_OK
               : OTAKEY_E_MALFORMED;
}

/* ACK and NOTICE have the same fields, and three values of the one in the middle. */
static int decode_ack(struct otakey_answer *answer, struct otakey_span frame)
{
    if (frame.size != ACK_SIZE) {
        return OTAKEY_E_MALFORMED;
    }
    answer->epoch = u32(frame.data + 1);
    answer->code = frame.data[5];
    answer->seconds = u32(frame.data + 6);
    answer->has_mac = true;
    return answer->code <= 2 ? OTAKEY_OK : OTAKEY_E_MALFORMED;
}

int otakey_answer_decode(struct otakey_answer *answer, struct otakey_span frame)
{
    if (frame.size == 0 || frame.size > OTAKEY_FRAME_MAX) {
        return OTAKEY_E_MALFORMED;
    }
    *answer = (struct otakey_answer){.type = (enum otakey_answer_type)frame.data[0]};
    switch (frame.data[0]) {
    case OTAKEY_GRANT:
        return frame.size > NOISE_2_MIN ? OTAKEY_OK : OTAKEY_E_MALFORMED;
    case OTAKEY_ACK:
    case OTAKEY_NOTICE:
        return decode_ack(answer, frame);
    case OTAKEY_ERROR:
        return decode_error(answer, frame);
    default:
        return OTAKEY_E_MALFORMED;
    }
}
