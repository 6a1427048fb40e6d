/*
 * The frames of section 5, as the device needs them: it builds requests and decodes answers.
 * Integers are big-endian.
 */
#ifndef OTAKEY_FRAME_H
#define OTAKEY_FRAME_H

#include <stdbool.h>

#include "otakey/types.h"

enum otakey_request_type {
    OTAKEY_NO_REQUEST = 0,
    OTAKEY_ENROLL = 0x11,
    OTAKEY_ROTATE = 0x12,
    OTAKEY_CONFIRM = 0x13,
    OTAKEY_ABANDON = 0x14,
    OTAKEY_POLL = 0x15
};

/* A request, complete or being built; data[0] is its type. */
struct otakey_request {
    uint16_t size; /* bytes; 0 if there is none */
    bool failed;   /* something did not fit: the frame is of no use */
    uint8_t data[OTAKEY_REQUEST_MAX];
};

/* One device of one product: the `ref` of section 3. The texts are the firmware's. */
struct otakey_ref {
    struct otakey_span product_id;
    struct otakey_span device_id;
};

/* Names one device key: the `keyref` of section 3. */
struct otakey_key_name {
    const struct otakey_ref *ref;
    uint32_t epoch;
    const struct otakey_token *token;
};

enum otakey_outcome { OTAKEY_STORED = 0, OTAKEY_STORED_AND_VERIFIED = 1 };

enum otakey_reason {
    OTAKEY_PLATFORM_UNREACHABLE = 1,
    OTAKEY_PLATFORM_REFUSED = 2,
    OTAKEY_STORAGE_FAILED = 3,
    OTAKEY_NOT_ACKNOWLEDGED = 4,
    OTAKEY_CONNECTION_NOT_SUPPORTED = 5
};

/*
 * Building blocks: each appends to the request or sets `failed`. begin() starts anew with the
 * type byte.
 */
void otakey_begin(struct otakey_request *request, enum otakey_request_type type);
void otakey_put(struct otakey_request *request, const void *bytes, size_t size);
void otakey_put_u8(struct otakey_request *request, uint8_t value);
void otakey_put_u32(struct otakey_request *request, uint32_t value);
void otakey_put_ref(struct otakey_request *request, const struct otakey_ref *ref);
void otakey_put_key_name(struct otakey_request *request, const struct otakey_key_name *name);

/*
 * The three requests that a mac proves, complete. `device_key` is that of the key named: of
 * CONFIRM the new one, of ABANDON the confirmed one. Return OTAKEY_E_SPACE if a name is too long;
 * the request is then of size 0.
 */
int otakey_confirm(struct otakey_request *request, const struct otakey_key_name *name,
                   const uint8_t device_key[OTAKEY_KEY_SIZE], enum otakey_outcome outcome);
int otakey_abandon(struct otakey_request *request, const struct otakey_key_name *name,
                   const uint8_t device_key[OTAKEY_KEY_SIZE], const struct otakey_token *given_up,
                   enum otakey_reason reason);
int otakey_poll(struct otakey_request *request, const struct otakey_key_name *name,
                const uint8_t device_key[OTAKEY_KEY_SIZE],
                const uint8_t nonce[OTAKEY_POLL_NONCE_SIZE]);

/* What answers to a complete request are bound to: its guard or mac. */
struct otakey_span otakey_proof(const struct otakey_request *request);

enum otakey_answer_type {
    OTAKEY_GRANT = 0x21,
    OTAKEY_ACK = 0x22,
    OTAKEY_NOTICE = 0x23,
    OTAKEY_ERROR = 0x2f
};

enum otakey_ack_status {
    OTAKEY_COMMITTED = 0,
    OTAKEY_WAS_COMMITTED = 1,
    OTAKEY_ABANDONED = 2
};

enum otakey_action { OTAKEY_DO_NOTHING = 0, OTAKEY_DO_ROTATE = 1, OTAKEY_DO_ROTATE_AND_MOVE = 2 };

enum otakey_error_code {
    OTAKEY_MALFORMED = 1,
    OTAKEY_UNSUPPORTED = 2,
    OTAKEY_NOT_RECOGNISED = 3,
    OTAKEY_REFUSED = 4,
    OTAKEY_ALREADY_ENROLLED = 5,
    OTAKEY_UNKNOWN_DEVICE = 6,
    OTAKEY_SUPERSEDED = 7,
    OTAKEY_BUSY = 8,
    OTAKEY_INTERNAL = 9,
    OTAKEY_PLATFORM_UNAVAILABLE = 10
};

/* A well-formed answer. Well-formed says nothing about who made it: see otakey_key_proves(). */
struct otakey_answer {
    enum otakey_answer_type type;
    uint8_t code;     /* ACK: status, NOTICE: action, ERROR: code; GRANT: 0 */
    bool has_mac;     /* ACK, NOTICE: always; ERROR: if the request was proven; GRANT: never */
    uint32_t epoch;   /* ACK, NOTICE; else 0 */
    uint32_t seconds; /* ACK, NOTICE: pollAfter, ERROR: retryAfter; GRANT: 0 */
};

/* OTAKEY_E_MALFORMED unless the bytes are exactly one well-formed answer. */
int otakey_answer_decode(struct otakey_answer *answer, struct otakey_span frame);

#endif
