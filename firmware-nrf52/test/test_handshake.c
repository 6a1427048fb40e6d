/* What the vectors do not show: keys of small order, texts and names at and beyond their limits. */
#include <string.h>

#include "check.h"
#include "handshake.h"
#include "otakey/crypto.h"

static const uint8_t key[OTAKEY_KEY_SIZE] = {1, 2, 3};
static uint8_t ephemeral[OTAKEY_KEY_SIZE] = {4, 5, 6};
static char longest[OTAKEY_DEVICE_ID_MAX];
static struct otakey_gateway_key gateway = {.id = 1};
static struct otakey_token token = {.size = OTAKEY_TOKEN_MAX};

static struct otakey_span text(size_t size)
{
    return (struct otakey_span){(const uint8_t *)longest, size};
}

static int enroll(struct otakey_handshake *handshake, struct otakey_request *request,
                  size_t version_size, uint32_t last_error)
{
    const struct otakey_ref ref = {text(OTAKEY_PRODUCT_ID_MAX), text(OTAKEY_DEVICE_ID_MAX)};
    const struct otakey_opening opening = {text(version_size), last_error};
    return otakey_handshake_enroll(handshake, request, &ref, 255, key, &gateway, ephemeral,
                                   &opening);
}

static int rotate(struct otakey_handshake *handshake, struct otakey_request *request)
{
    const struct otakey_ref ref = {text(OTAKEY_PRODUCT_ID_MAX), text(OTAKEY_DEVICE_ID_MAX)};
    const struct otakey_key_name name = {&ref, 0xffffffff, &token};
    const struct otakey_opening opening = {text(OTAKEY_VERSION_MAX), 0xffffffff};
    return otakey_handshake_rotate(handshake, request, &name, key, &gateway, ephemeral, &opening);
}

static void usable_gateway(void)
{
    static const uint8_t gateway_private[OTAKEY_KEY_SIZE] = {7};
    CHECK(otakey_x25519(gateway.public_key, gateway_private, NULL) == OTAKEY_OK);
}

static bool is_wiped(const struct otakey_handshake *handshake)
{
    static const struct otakey_handshake zeros;
    return memcmp(handshake, &zeros, sizeof zeros) == 0;
}

static void limits(void)
{
    struct otakey_handshake handshake;
    struct otakey_request request;
    CHECK(enroll(&handshake, &request, OTAKEY_VERSION_MAX, 0xffffffff) == OTAKEY_OK);
    CHECK(request.size == 1 + 98 + 2 + 32 + 42 + 16 + 8 && handshake.is_open);
    CHECK(enroll(&handshake, &request, OTAKEY_VERSION_MAX + 1, 0) == OTAKEY_E_SPACE);
    CHECK(request.size == 0 && is_wiped(&handshake));
    CHECK(rotate(&handshake, &request) == OTAKEY_OK);
    CHECK(request.size == 235 && request.size <= OTAKEY_REQUEST_MAX);

    const struct otakey_ref ref = {text(OTAKEY_PRODUCT_ID_MAX), text(OTAKEY_DEVICE_ID_MAX)};
    const struct otakey_key_name name = {&ref, 1, &token};
    CHECK(otakey_abandon(&request, &name, key, &token, OTAKEY_STORAGE_FAILED) == OTAKEY_OK);
    CHECK(otakey_poll(&request, &name, key, ephemeral) == OTAKEY_OK);
    CHECK(otakey_confirm(&request, &name, key, OTAKEY_STORED) == OTAKEY_OK);
}

static void a_frame_that_does_not_fit(void)
{
    struct otakey_request request;
    static const uint8_t much[OTAKEY_REQUEST_MAX];
    otakey_begin(&request, OTAKEY_POLL);
    otakey_put(&request, much, sizeof much - 1);
    CHECK(!request.failed && request.size == OTAKEY_REQUEST_MAX);
    otakey_put_u8(&request, 1);
    CHECK(request.failed && request.size == OTAKEY_REQUEST_MAX);
}

static void small_order(void)
{
    struct otakey_handshake handshake;
    struct otakey_request request;
    memset(gateway.public_key, 0, sizeof gateway.public_key);
    CHECK(enroll(&handshake, &request, 0, 0) == OTAKEY_E_CRYPTO);
    CHECK(request.size == 0 && is_wiped(&handshake));
    gateway.public_key[0] = 1;
    CHECK(rotate(&handshake, &request) == OTAKEY_E_CRYPTO);
    usable_gateway();

    uint8_t frame[200] = {OTAKEY_GRANT}; /* the gateway's ephemeral key: zeros */
    struct otakey_grant grant;
    CHECK(enroll(&handshake, &request, 0, 0) == OTAKEY_OK);
    struct otakey_handshake before = handshake;
    CHECK(otakey_handshake_open(&handshake, &grant, frame, sizeof frame) == OTAKEY_E_CRYPTO);
    CHECK(memcmp(&before, &handshake, sizeof before) == 0);
    otakey_handshake_close(&handshake);
    CHECK(is_wiped(&handshake));
    CHECK(otakey_handshake_open(&handshake, &grant, frame, sizeof frame) == OTAKEY_E_CRYPTO);
}

static void answers(void)
{
    uint8_t frame[OTAKEY_FRAME_MAX + 1] = {OTAKEY_GRANT};
    struct otakey_answer answer;
    CHECK(otakey_answer_decode(&answer, (struct otakey_span){frame, 49}) != OTAKEY_OK);
    CHECK(otakey_answer_decode(&answer, (struct otakey_span){frame, 50}) == OTAKEY_OK);
    CHECK(otakey_answer_decode(&answer, (struct otakey_span){frame, 1024}) == OTAKEY_OK);
    CHECK(otakey_answer_decode(&answer, (struct otakey_span){frame, 1025}) != OTAKEY_OK);
    for (unsigned type = 0; type < 256; type++) {
        for (size_t size = 1; size < 60; size++) {
            unsigned good = 0;
            for (unsigned code = 0; code < 256; code++) {
                frame[0] = (uint8_t)type;
                frame[type == OTAKEY_ERROR ? 1 : 5] = (uint8_t)code;
                good += otakey_answer_decode(&answer, (struct otakey_span){frame, size}) == 0;
            }
            unsigned expected = (type == OTAKEY_GRANT && size >= 50) ? 256
                                : (type == OTAKEY_ACK || type == OTAKEY_NOTICE) && size == 26 ? 3
                                : type == OTAKEY_ERROR && (size == 6 || size == 22)          ? 10
                                                                                              : 0;
            CHECK(good == expected);
        }
    }
}

int main(void)
{
    memset(longest, 'x', sizeof longest);
    usable_gateway();
    limits();
    a_frame_that_does_not_fit();
    small_order();
    answers();
    return finish("handshake");
}
