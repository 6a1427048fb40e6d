/* Answers of the gateway: what is accepted is exactly one answer of section 5, encoded again. */
#include <string.h>

#include "check.h"
#include "frame.h"
#include "fuzz.h"
#include "vectors.h"

const unsigned long fuzz_executions = 300000;

void fuzz_begin(void)
{
    for (size_t i = 0; i < sizeof vector_cases / sizeof vector_cases[0]; i++) {
        for (int j = 0; j < vector_cases[i].step_count; j++) {
            const struct vector_step *step = &vector_cases[i].steps[j];
            const struct otakey_span frames[] = {step->grant, step->ack, step->notice,
                                                 step->superseded_error, step->plain_error};
            for (size_t k = 0; k < sizeof frames / sizeof frames[0]; k++) {
                fuzz_seed(frames[k].data, frames[k].size);
            }
        }
    }
}

static size_t put_u32(uint8_t *out, size_t at, uint32_t value)
{
    for (int shift = 24; shift >= 0; shift -= 8) {
        out[at++] = (uint8_t)(value >> shift);
    }
    return at;
}

/* From the table of section 5 alone; the mac is taken from the frame. */
static size_t encode(const struct otakey_answer *answer, struct otakey_span frame, uint8_t *out)
{
    size_t size = 0;
    out[size++] = (uint8_t)answer->type;
    if (answer->type == OTAKEY_ERROR) {
        out[size++] = answer->code;
    } else {
        size = put_u32(out, size, answer->epoch);
        out[size++] = answer->code;
    }
    size = put_u32(out, size, answer->seconds);
    if (answer->has_mac) {
        CHECK(frame.size >= size + OTAKEY_MAC_SIZE);
        memcpy(out + size, frame.data + size, OTAKEY_MAC_SIZE);
        size += OTAKEY_MAC_SIZE;
    }
    return size;
}

/* The same rules said once more, in other words. */
static bool is_answer(struct otakey_span frame)
{
    uint8_t type = frame.size > 0 ? frame.data[0] : 0;
    if (type == 0x2f) {
        return (frame.size == 6 || frame.size == 22) && frame.data[1] - 1u < 10;
    }
    if (type == 0x22 || type == 0x23) {
        return frame.size == 26 && frame.data[5] < 3;
    }
    return type == 0x21 && frame.size >= 50 && frame.size <= 1024;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct otakey_span frame = {data, size};
    struct otakey_answer answer;
    uint8_t again[64];
    bool accepted = otakey_answer_decode(&answer, frame) == OTAKEY_OK;
    CHECK(accepted == is_answer(frame));
    if (accepted && answer.type != OTAKEY_GRANT) {
        CHECK(encode(&answer, frame, again) == size && memcmp(again, data, size) == 0);
    }
    return 0;
}
