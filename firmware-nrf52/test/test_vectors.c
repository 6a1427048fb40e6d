/*
 * Every byte of vectors/otakey1.json in the device's role; then every answer of the vectors with
 * one bit flipped, cut short, or with something behind it: refused.
 */
#include <string.h>

#include "check.h"
#include "frame.h"
#include "handshake.h"
#include "keys.h"
#include "otakey/connection.h"
#include "otakey/crypto.h"
#include "vectors.h"

static const struct otakey_span no_request = {
    (const uint8_t *)"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", OTAKEY_MAC_SIZE};
static const struct otakey_span platform_id = {(const uint8_t *)"factory-mqtt", 12};
static unsigned long damaged;

/* One device on its way through the steps of a case. */
struct life {
    const struct vector_case *vector;
    struct otakey_ref ref;
    const struct vector_step *before; /* NULL before enrollment */
    struct otakey_token token_before;
};

static bool same(struct otakey_span one, struct otakey_span other)
{
    return one.size == other.size && memcmp(one.data, other.data, one.size) == 0;
}

static struct otakey_span bytes(const struct otakey_request *request)
{
    return (struct otakey_span){request->data, request->size};
}

static struct otakey_token token(struct otakey_span span)
{
    struct otakey_token result = {.size = (uint8_t)span.size};
    memcpy(result.data, span.data, span.size);
    return result;
}

/* ---- damage */

/* Whether the frame is accepted; may clobber it. The context is what the answer belongs to. */
typedef bool accepts(const void *context, uint8_t *frame, size_t size);

static bool accepted(accepts *accept, const void *context, const uint8_t *frame, size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1); /* its exact size: overreads are seen */
    CHECK(copy != NULL);
    memcpy(copy, frame, size);
    bool result = accept(context, copy, size);
    free(copy);
    return result;
}

static void refused_when_damaged(accepts *accept, const void *context, struct otakey_span frame)
{
    uint8_t work[OTAKEY_FRAME_MAX + 64];
    static const size_t more[] = {1, 2, 7, 8, 16, 33};
    memcpy(work, frame.data, frame.size);
    CHECK(accepted(accept, context, work, frame.size));
    for (size_t bit = 0; bit < 8 * frame.size; bit++) {
        work[bit / 8] ^= (uint8_t)(1 << bit % 8);
        CHECK(!accepted(accept, context, work, frame.size));
        work[bit / 8] ^= (uint8_t)(1 << bit % 8);
        damaged++;
    }
    for (size_t size = 0; size < frame.size; size++, damaged++) {
        CHECK(!accepted(accept, context, work, size));
    }
    for (size_t i = 0; i < sizeof more / sizeof more[0]; i++, damaged += 2) {
        memset(work + frame.size, 0, more[i]);
        CHECK(!accepted(accept, context, work, frame.size + more[i]));
        memset(work + frame.size, 0xa5, more[i]);
        CHECK(!accepted(accept, context, work, frame.size + more[i]));
    }
}

struct proof_context {
    const uint8_t *device_key;
    struct otakey_span proof;
};

static bool is_proven(const void *context, uint8_t *frame, size_t size)
{
    const struct proof_context *to = context;
    const struct otakey_span span = {frame, size};
    struct otakey_answer answer;
    return otakey_answer_decode(&answer, span) == OTAKEY_OK && answer.has_mac &&
           otakey_key_proves(to->device_key, span, to->proof);
}

static bool is_grant(const void *context, uint8_t *frame, size_t size)
{
    struct otakey_answer answer;
    struct otakey_grant grant;
    return otakey_answer_decode(&answer, (struct otakey_span){frame, size}) == OTAKEY_OK &&
           answer.type == OTAKEY_GRANT &&
           otakey_handshake_open(context, &grant, frame, size) == OTAKEY_OK;
}

/* Decoded, with these fields, proven under this key and request, and by no damaged form of it. */
static void answer_holds(struct otakey_span frame, struct otakey_answer expected,
                         struct proof_context to)
{
    struct otakey_answer answer;
    CHECK(otakey_answer_decode(&answer, frame) == OTAKEY_OK);
    CHECK(answer.type == expected.type && answer.code == expected.code);
    CHECK(answer.epoch == expected.epoch && answer.seconds == expected.seconds);
    CHECK(answer.has_mac);
    refused_when_damaged(is_proven, &to, frame);
    uint8_t other_key[OTAKEY_KEY_SIZE];
    memcpy(other_key, to.device_key, sizeof other_key);
    other_key[31] ^= 1;
    CHECK(!otakey_key_proves(other_key, frame, to.proof));
}

/* ---- the steps */

/* The request payload of the vector says what the device said: read it back. */
static struct otakey_opening opening(struct otakey_span payload)
{
    struct otakey_opening result = {{NULL, 0}, 0};
    if (payload.size > 1) { /* a1 01 6n text: the vectors have a version text or nothing */
        CHECK(payload.data[0] == 0xa1 && payload.data[1] == 1 && payload.data[2] >> 5 == 3);
        result.firmware_version = (struct otakey_span){payload.data + 3, payload.size - 3};
    }
    return result;
}

static void request_is_reproduced(const struct life *life, const struct vector_step *step,
                                  struct otakey_handshake *handshake)
{
    struct otakey_request request;
    struct otakey_gateway_key gateway = {.id = life->vector->gateway_key_id};
    struct otakey_opening said = opening(step->request_payload);
    const uint8_t *ephemeral = step->device_ephemeral_private.data;
    memcpy(gateway.public_key, life->vector->gateway_public.data, OTAKEY_KEY_SIZE);
    if (step->is_rotation) {
        const struct otakey_key_name name = {&life->ref, life->before->epoch,
                                             &life->token_before};
        CHECK(otakey_handshake_rotate(handshake, &request, &name, life->before->device_key.data,
                                      &gateway, ephemeral, &said) == OTAKEY_OK);
    } else {
        CHECK(otakey_handshake_enroll(handshake, &request, &life->ref,
                                      life->vector->product_key_version,
                                      life->vector->product_key.data, &gateway, ephemeral,
                                      &said) == OTAKEY_OK);
    }
    CHECK(same(bytes(&request), step->request));
}

static void grant_is_opened(const struct vector_step *step,
                            const struct otakey_handshake *handshake)
{
    uint8_t frame[OTAKEY_FRAME_MAX];
    struct otakey_grant grant;
    refused_when_damaged(is_grant, handshake, step->grant);
    memcpy(frame, step->grant.data, step->grant.size);
    CHECK(otakey_handshake_open(handshake, &grant, frame, step->grant.size) == OTAKEY_OK);
    const struct otakey_span plain = {frame + 1 + OTAKEY_KEY_SIZE, step->grant_payload.size};
    CHECK(same(plain, step->grant_payload));
    CHECK(grant.epoch == step->epoch);
    CHECK(memcmp(grant.device_key, step->device_key.data, OTAKEY_KEY_SIZE) == 0);
    CHECK(same((struct otakey_span){grant.token.data, grant.token.size}, step->token));
    if (step->login_name != NULL && grant.offer == OTAKEY_GIVEN) {
        struct otakey_connection connection;
        char login[OTAKEY_LOGIN_NAME_SIZE];
        CHECK(otakey_connection_read(&connection, grant.connection) == OTAKEY_OK);
        otakey_login_name(login, &connection, &grant.token);
        CHECK(strcmp(login, step->login_name) == 0);
        CHECK(same(connection.platform_id, platform_id));
    } else {
        CHECK(grant.offer == OTAKEY_UNCHANGED);
    }
}

static void key_is_confirmed(const struct life *life, const struct vector_step *step,
                             const struct otakey_token *given)
{
    const struct otakey_key_name name = {&life->ref, step->epoch, given};
    const enum otakey_outcome outcome =
        (enum otakey_outcome)step->confirm.data[step->confirm.size - OTAKEY_MAC_SIZE - 1];
    struct otakey_request request;
    CHECK(otakey_confirm(&request, &name, step->device_key.data, outcome) == OTAKEY_OK);
    CHECK(same(bytes(&request), step->confirm));
    answer_holds(step->ack,
                 (struct otakey_answer){.type = OTAKEY_ACK, .code = step->ack.data[5],
                                        .epoch = step->epoch, .seconds = 86400},
                 (struct proof_context){step->device_key.data, otakey_proof(&request)});
}

static void key_is_polled(const struct life *life, const struct vector_step *step,
                          const struct otakey_token *given)
{
    const struct otakey_key_name name = {&life->ref, step->epoch, given};
    struct otakey_request request;
    CHECK(otakey_poll(&request, &name, step->device_key.data, step->poll_nonce.data) == OTAKEY_OK);
    CHECK(same(bytes(&request), step->poll));
    const struct proof_context to = {step->device_key.data, otakey_proof(&request)};
    const struct otakey_answer notice = {.type = OTAKEY_NOTICE, .code = OTAKEY_DO_ROTATE,
                                         .epoch = step->epoch, .seconds = 300};
    answer_holds(step->notice, notice, to);
    answer_holds(step->pushed_notice, notice,
                 (struct proof_context){step->device_key.data, no_request});
    CHECK(!otakey_key_proves(to.device_key, step->pushed_notice, to.proof));
    for (int i = 0; i < step->error_count; i++) {
        struct otakey_answer error = {.type = OTAKEY_ERROR,
                                      .code = (uint8_t)step->errors[i].code,
                                      .seconds = 10u * (uint32_t)step->errors[i].code};
        answer_holds(step->errors[i].frame, error, to);
    }
    answer_holds(step->superseded_error,
                 (struct otakey_answer){.type = OTAKEY_ERROR, .code = OTAKEY_SUPERSEDED}, to);
    struct otakey_answer plain;
    CHECK(otakey_answer_decode(&plain, step->plain_error) == OTAKEY_OK);
    CHECK(plain.code == OTAKEY_BUSY && plain.seconds == 30 && !plain.has_mac);
    CHECK(!otakey_key_proves(to.device_key, step->plain_error, to.proof));
}

static void grant_is_abandoned(const struct life *life, const struct vector_step *step,
                               const struct otakey_token *given)
{
    const struct otakey_key_name name = {&life->ref, life->before->epoch, &life->token_before};
    const uint8_t *key = life->before->device_key.data;
    struct otakey_request request;
    CHECK(otakey_abandon(&request, &name, key, given, OTAKEY_PLATFORM_UNREACHABLE) == OTAKEY_OK);
    CHECK(same(bytes(&request), step->abandon_instead));
    answer_holds(step->abandon_ack,
                 (struct otakey_answer){.type = OTAKEY_ACK, .code = OTAKEY_ABANDONED,
                                        .epoch = life->before->epoch, .seconds = 3600},
                 (struct proof_context){key, otakey_proof(&request)});
}

static void platform_secret_is_derived(const struct vector_step *step)
{
    char secret[OTAKEY_PLATFORM_SECRET_SIZE];
    if (step->platform_secret != NULL) {
        otakey_platform_secret(secret, step->device_key.data, platform_id);
        CHECK(strcmp(secret, step->platform_secret) == 0);
    }
}

int main(void)
{
    int steps = 0;
    for (size_t i = 0; i < sizeof vector_cases / sizeof vector_cases[0]; i++) {
        const struct vector_case *vector = &vector_cases[i];
        struct life life = {vector, {vector->product_id, vector->device_id}, NULL, {0}};
        for (int s = 0; s < vector->step_count; s++, steps++) {
            const struct vector_step *step = &vector->steps[s];
            const struct otakey_token given = token(step->token);
            struct otakey_handshake handshake;
            request_is_reproduced(&life, step, &handshake);
            grant_is_opened(step, &handshake);
            otakey_handshake_close(&handshake);
            key_is_confirmed(&life, step, &given);
            key_is_polled(&life, step, &given);
            if (life.before != NULL) {
                grant_is_abandoned(&life, step, &given);
            }
            platform_secret_is_derived(step);
            life.before = step;
            life.token_before = given;
        }
    }
    CHECK(steps >= 5);
    printf("vectors    %d key deliveries byte for byte; %lu damaged answers refused\n", steps,
           damaged);
    return finish("vectors");
}
