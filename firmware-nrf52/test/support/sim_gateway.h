/*
 * A gateway for one device, in memory: the real key derivation and handshake, and the decision
 * table of section 6.5 without recovery (rows 1 to 6, 8 and 9).
 */
#ifndef SIM_GATEWAY_H
#define SIM_GATEWAY_H

#include "frame.h"
#include "handshake.h"

enum sim_status { SIM_NO_ROW, SIM_EXPECTED, SIM_ACTIVE, SIM_BLOCKED };

struct sim_gateway {
    uint8_t product_key[OTAKEY_KEY_SIZE];
    uint8_t private_key[OTAKEY_KEY_SIZE];
    struct otakey_gateway_key public_key;

    /* The row. */
    enum sim_status status;
    uint32_t epoch;
    struct otakey_token token;
    uint32_t attempt;

    /* What the operator wants. */
    bool re_enroll;
    uint8_t action;                /* of NOTICE */
    struct otakey_span connection; /* CBOR that grants carry; size 0: none */
    struct otakey_span payload;    /* what GRANTs carry instead of a right one; size 0: that */
    uint32_t flags;
    uint8_t error;                 /* every request gets this ERROR with its mac; 0: none */
    uint32_t seconds;              /* pollAfter, retryAfter */
    uint32_t skew;                 /* added to the epoch of grants: a gateway gone wrong */

    uint32_t key_counter; /* for ephemeral keys */
    /* What the last GRANT was sealed under. */
    uint8_t seal_key[OTAKEY_KEY_SIZE], seal_hash[OTAKEY_HASH_SIZE], seal_ephemeral[OTAKEY_KEY_SIZE];
    uint32_t grants, commits, polls_served;
    uint32_t unproven;    /* requests with a wrong guard or mac */
    uint8_t last_type;
    uint32_t last_error;   /* that the last handshake told; 0: none */
    uint32_t bad_openings; /* handshakes whose first payload is not what section 5 says */
};

void sim_gateway_init(struct sim_gateway *gateway);

/* The answer to a frame, into `out`. Returns its size. */
size_t sim_gateway_answer(struct sim_gateway *gateway, const uint8_t *frame, size_t size,
                          uint8_t out[OTAKEY_FRAME_MAX]);

/* A pushed NOTICE under the row's key. */
size_t sim_gateway_push(const struct sim_gateway *gateway, const struct otakey_ref *ref,
                        uint8_t action, uint8_t out[OTAKEY_FRAME_MAX]);

#endif
