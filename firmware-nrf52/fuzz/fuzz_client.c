/*
 * The whole client, in the middle of each request, against everything that a network or a gateway
 * gone wrong may say: without the right key nothing changes in flash, and with it the key in use
 * is only ever replaced by the stored one, by its ACK.
 *
 * The input: which situation, then steps of one byte, a size and a body; see step().
 */
#include <string.h>

#include "check.h"
#include "fuzz.h"
#include "keys.h"
#include "otakey/crypto.h"
#include "sim_life.h"
#include "sim_world.h"

#define SITUATIONS 5u
#define RECORDED 6u
#define STEPS 24u

const unsigned long fuzz_executions = 2800;

static struct sim_world saved[SITUATIONS];
/* Answers to earlier requests of the same life. */
static struct {
    size_t size;
    uint8_t frame[OTAKEY_FRAME_MAX];
} recorded[RECORDED];

enum { RAW, PROVEN, SEALED, REPLAYED, LATER, UNLINKED, POWER_ON, LOGGED_IN, KINDS };

/* ---- situations */

static void record_answer(size_t which)
{
    struct sim_gateway asked = world.gateway;
    recorded[which].size = sim_gateway_answer(&asked, world.mail, world.mail_size,
                                              recorded[which].frame);
}

static void make_situations(void)
{
    new_world(1);
    run_until_asked(OTAKEY_ENROLL);
    saved[0] = world;
    record_answer(0);
    run_until_asked(OTAKEY_CONFIRM);
    record_answer(1);
    run_until_asked(OTAKEY_POLL);
    record_answer(2);
    saved[1] = world;
    world.gateway.action = OTAKEY_DO_ROTATE;
    world_deliver();
    run_until_asked(OTAKEY_ROTATE);
    saved[2] = world;
    run_until_asked(OTAKEY_CONFIRM);
    saved[3] = world;
    world.silent = true;
    run_until_asked(OTAKEY_ABANDON);
    world.silent = false;
    saved[4] = world;
    for (size_t i = 0; i < 3; i++) { /* and of another device of the same product */
        recorded[3 + i] = recorded[i];
        recorded[3 + i].frame[recorded[i].size - 1] ^= 1;
    }
}

void fuzz_begin(void)
{
    static const uint8_t answers[][12] = {
        {RAW, 6, OTAKEY_ERROR, 7, 0, 0, 0, 0},       {PROVEN, 6, OTAKEY_ERROR, 7, 0, 0, 0, 0},
        {PROVEN, 6, OTAKEY_ERROR, 6, 0, 0, 0, 9},    {PROVEN, 6, OTAKEY_ERROR, 4, 0, 0, 0, 9},
        {PROVEN, 10, OTAKEY_ACK, 0, 0, 0, 2, 0, 0, 0, 0, 9},
        {PROVEN, 10, OTAKEY_ACK, 0, 0, 0, 1, 2, 0, 0, 0, 9},
        {PROVEN, 10, OTAKEY_NOTICE, 0, 0, 0, 1, 1, 0, 0, 0, 9},
        {REPLAYED, 1, 0}, {LATER, 1, 99}, {UNLINKED, 0}, {POWER_ON, 1, 1}, {LOGGED_IN, 1, 1}};
    make_situations();
    for (uint8_t i = 0; i < SITUATIONS; i++) {
        for (size_t j = 0; j < sizeof answers / sizeof answers[0]; j++) {
            uint8_t seed[30] = {i};
            memcpy(seed + 1, answers[j], 12);
            memcpy(seed + 13, answers[j], 12);
            fuzz_seed(seed, 3u + answers[j][1]);
            fuzz_seed(seed, 25);
        }
        uint8_t grant[60] = {i, SEALED, 40, 0xa3, 1, 2, 2, 0x58, 32, 0x77};
        memcpy(grant + 41, "\3\x41T", 3);
        fuzz_seed(grant, 43);
    }
}

/* ---- what is in use */

struct used {
    int slot;
    struct otakey_record record;
};

static struct used in_use(void)
{
    struct otakey_survey survey;
    struct used used;
    memset(&used, 0, sizeof used);
    otakey_store_survey(&world.client.store, &survey);
    used.slot = survey.current;
    if (used.slot != OTAKEY_STORE_NONE) {
        CHECK(otakey_store_get(&world.client.store, used.slot, &used.record) == OTAKEY_OK);
    }
    return used;
}

static void check_replaced(const struct used *was, const struct used *is, bool acknowledged,
                           const struct otakey_record *stored)
{
    if (was->slot == is->slot) {
        CHECK(memcmp(&was->record, &is->record, sizeof is->record) == 0);
        return;
    }
    CHECK(acknowledged && is->slot != OTAKEY_STORE_NONE);
    CHECK(is->record.epoch == stored->epoch);
    CHECK(memcmp(is->record.device_key, stored->device_key, OTAKEY_KEY_SIZE) == 0);
}

/* ---- steps */

static void receive_proven(const uint8_t *body, size_t size)
{
    uint8_t frame[300];
    struct otakey_record record;
    int slot = world.client.proof_slot;
    memcpy(frame, body, size);
    if (slot != OTAKEY_STORE_NONE
        && otakey_store_get(&world.client.store, slot, &record) == OTAKEY_OK) {
        otakey_key_mac(frame + size, record.device_key, (struct otakey_span){frame, size},
                       otakey_proof(&world.client.frame));
        size += OTAKEY_MAC_SIZE;
    }
    world_receive(frame, size);
}

static void receive_sealed(const uint8_t *body, size_t size)
{
    uint8_t frame[OTAKEY_FRAME_MAX];
    uint8_t type = world.mail_size > 0 ? world.mail[0] : 0;
    if ((type == OTAKEY_ENROLL || type == OTAKEY_ROTATE) && size > 0) {
        world.gateway.payload = (struct otakey_span){body, size};
        size = sim_gateway_answer(&world.gateway, world.mail, world.mail_size, frame);
        world.gateway.payload.size = 0;
        world_receive(frame, size);
    }
}

static void power_on(bool memory_survives)
{
    if (!memory_survives) {
        memset(&world.client, 0xa5, sizeof world.client);
    }
    world.mail_size = 0;
    CHECK(otakey_client_init(&world.client, &world.firmware, &world.port) == OTAKEY_OK);
    CHECK(otakey_client_start(&world.client, world.now) == OTAKEY_OK);
}

static void step(unsigned kind, const uint8_t *body, size_t size)
{
    uint8_t first = (uint8_t)(size > 0 ? body[0] : 0);
    switch (kind) {
    case RAW: world_receive(body, size); break;
    case PROVEN: receive_proven(body, size); break;
    case SEALED: receive_sealed(body, size); break;
    case REPLAYED:
        world_receive(recorded[first % RECORDED].frame, recorded[first % RECORDED].size);
        break;
    case LATER:
        world.now += first * SECOND * (size > 1 ? body[1] : 1u);
        (void)otakey_step(&world.client, world.now);
        break;
    case UNLINKED: (void)otakey_link_lost(&world.client, world.now); break;
    case POWER_ON: power_on(first % 2 != 0); break;
    default:
        (void)otakey_login_ended(&world.client, world.now, (enum otakey_login)(first % 3));
        break;
    }
}

static void checked_step(unsigned kind, const uint8_t *body, size_t size)
{
    struct used was = in_use();
    struct otakey_record stored = {0};
    enum otakey_request_type asked = world.client.asked;
    uint32_t operations = world.flash.operations;
    bool at_first = asked == OTAKEY_ENROLL && kind == REPLAYED; /* its own answer, once */
    if (asked == OTAKEY_CONFIRM) {
        (void)otakey_store_get(&world.client.store, world.client.subject, &stored);
    }
    step(kind, body, size);
    struct used is = in_use();
    if (kind == RAW || kind == LATER || kind == UNLINKED
        || (kind == REPLAYED && !at_first && asked != OTAKEY_CONFIRM && asked != OTAKEY_ABANDON)) {
        CHECK(world.flash.operations == operations);
    }
    check_replaced(&was, &is, asked == OTAKEY_CONFIRM && (kind == PROVEN || kind == REPLAYED),
                   &stored);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3) {
        return 0;
    }
    world = saved[data[0] % SITUATIONS];
    size_t at = 1;
    for (unsigned steps = 0; at + 2 <= size && steps < STEPS; steps++) {
        size_t body = data[at + 1] < size - at - 2 ? data[at + 1] : size - at - 2;
        checked_step(data[at] % KINDS, data + at + 2, body);
        at += 2 + body;
    }
    return 0;
}
