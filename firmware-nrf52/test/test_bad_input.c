/*
 * Bad input of every kind, to a device with a key, in the middle of each of its requests: the key
 * in use is untouched, the fault is counted, and the next handshake tells it to the gateway, whose
 * side reads it here. Garbage on the stream is test_link's.
 */
#include <string.h>

#include "check.h"
#include "sim_life.h"
#include "sim_world.h"

/* What the gateway once answered to ENROLL, CONFIRM, POLL and ROTATE, and a pushed NOTICE. */
#define ANSWERS 5u

static struct {
    size_t size;
    uint8_t frame[OTAKEY_FRAME_MAX];
} answer[ANSWERS];

static const uint8_t asking[] = {OTAKEY_POLL, OTAKEY_ROTATE, OTAKEY_CONFIRM, OTAKEY_ABANDON};

/* The key in use, word by word, and how often flash was written. */
static struct {
    int slot;
    struct otakey_record record;
    uint32_t operations;
    uint32_t faults;
} was;

/* ---- a device with a key */

static void remember_answer(size_t which)
{
    struct sim_gateway copy = world.gateway;
    answer[which].size = sim_gateway_answer(&copy, world.mail, world.mail_size,
                                            answer[which].frame);
}

/* Enrolled; answers are remembered on the way. */
static void begin(uint64_t seed)
{
    new_world(seed);
    run_until_asked(OTAKEY_ENROLL);
    remember_answer(0);
    run_until_asked(OTAKEY_CONFIRM);
    remember_answer(1);
    run_until_asked(OTAKEY_POLL);
    remember_answer(2);
    world_deliver();
    CHECK(settled_at(1) && world.client.kept.faults == 0 && world.client.kept.last_error == 0);
    answer[4].size = sim_gateway_push(&world.gateway, &world.firmware.ref, OTAKEY_DO_NOTHING,
                                      answer[4].frame);
}

/* In the middle of this request. */
static void ask(uint8_t type)
{
    world.gateway.action = OTAKEY_DO_ROTATE;
    if (type == OTAKEY_ABANDON) {
        run_until_asked(OTAKEY_CONFIRM);
        world.silent = true;
    }
    run_until_asked(type);
    world.silent = false;
    world.gateway.action = OTAKEY_DO_NOTHING;
    if (type == OTAKEY_ROTATE) {
        remember_answer(3);
    }
}

static void look(void)
{
    struct otakey_survey survey;
    otakey_store_survey(&world.client.store, &survey);
    was.slot = survey.current;
    CHECK(otakey_store_get(&world.client.store, was.slot, &was.record) == OTAKEY_OK);
    was.operations = world.flash.operations;
    was.faults = world.client.kept.faults;
}

static void key_is_untouched(void)
{
    struct otakey_survey survey;
    struct otakey_record record;
    otakey_store_survey(&world.client.store, &survey);
    CHECK(survey.current == was.slot);
    CHECK(otakey_store_get(&world.client.store, was.slot, &record) == OTAKEY_OK);
    CHECK(memcmp(&record, &was.record, sizeof record) == 0);
}

static void counted_and_untouched(uint32_t faults)
{
    key_is_untouched();
    CHECK(world.flash.operations == was.operations);
    CHECK(world.client.kept.faults == was.faults + faults);
}

static void settle(void)
{
    for (int turns = 0; !settled_at(world.gateway.epoch) || world.client.delivering; turns++) {
        CHECK(turns < 20000);
        world_turn();
    }
}

/* The next handshake says so, and all is well in the end. One that was open already does not. */
static void is_told(uint32_t code)
{
    settle();
    uint32_t epoch = world.gateway.epoch;
    world.gateway.action = OTAKEY_DO_ROTATE;
    world.gateway.last_error = 0;
    uint32_t grants = world.gateway.grants;
    for (int turns = 0; world.gateway.grants == grants; turns++) {
        CHECK(turns < 20000);
        world_turn();
    }
    CHECK(world.gateway.last_error == code && world.gateway.bad_openings == 0);
    world.gateway.action = OTAKEY_DO_NOTHING;
    while (world.gateway.epoch == epoch) {
        world_turn();
    }
    settle();
    row_is_held();
}

/* A device that gave a grant up says that first: what strangers cause does not hide it. */
static uint32_t heard_of(uint8_t type, uint32_t fault)
{
    return type == OTAKEY_ABANDON ? OTAKEY_NOT_ACKNOWLEDGED : fault;
}

/* ---- frames */

static void malformed_or_oversized(void)
{
    static const uint8_t types[] = {0,             OTAKEY_ENROLL, OTAKEY_ACK,
                                    OTAKEY_NOTICE, OTAKEY_ERROR,  0xff};
    uint8_t frame[OTAKEY_FRAME_MAX + 1];
    for (size_t i = 0; i < sizeof asking; i++) {
        begin(1 + i);
        ask(asking[i]);
        look();
        uint32_t faults = 0;
        for (size_t size = 0; size <= sizeof frame; size += size < 60 ? 1 : 193, faults++) {
            world_random(NULL, frame, sizeof frame);
            frame[0] = types[faults % sizeof types];
            size += size == 26 || size == 6 || size == 22; /* these could be well-formed */
            world_receive(frame, size);
        }
        frame[0] = OTAKEY_GRANT;
        world_receive(frame, sizeof frame);
        counted_and_untouched(faults + 1);
        is_told(heard_of(asking[i], OTAKEY_FAULT_ANSWER));
    }
}

static void truncated_or_forged(void)
{
    uint8_t frame[OTAKEY_FRAME_MAX];
    for (size_t i = 0; i < sizeof asking; i++) {
        begin(10 + i);
        ask(asking[i]);
        struct sim_gateway copy = world.gateway;
        size_t size = sim_gateway_answer(&copy, world.mail, world.mail_size, frame);
        look();
        for (size_t cut = 1; cut < size; cut++) {
            world_receive(frame, cut);
        }
        counted_and_untouched((uint32_t)size - 1);
        for (size_t bit = 0; bit < 8 * size; bit++) {
            frame[bit / 8] ^= (uint8_t)(1u << bit % 8);
            world_receive(frame, size);
            frame[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        counted_and_untouched(9 * (uint32_t)size - 1);
        is_told(heard_of(asking[i], OTAKEY_FAULT_ANSWER));
    }
}

/* Whatever it once said: at rest it answers nothing, later not what was asked. */
static void replayed(void)
{
    begin(20);
    ask(OTAKEY_ROTATE);
    world_deliver();
    run_until_settled_at(2);
    run_until_served();
    look();
    for (size_t i = 0; i < ANSWERS; i++) {
        world_receive(answer[i].frame, answer[i].size);
    }
    counted_and_untouched(ANSWERS);
    CHECK(world.client.kept.last_error == OTAKEY_FAULT_STRAY);
    is_told(OTAKEY_FAULT_STRAY);
    for (size_t i = 0; i < sizeof asking; i++) {
        begin(21 + i);
        ask(OTAKEY_ROTATE);
        world_deliver();
        run_until_settled_at(2);
        ask(asking[i] == OTAKEY_ROTATE ? OTAKEY_POLL : asking[i]);
        look();
        for (size_t j = 0; j < ANSWERS; j++) {
            world_receive(answer[j].frame, answer[j].size);
        }
        counted_and_untouched(ANSWERS);
        is_told(heard_of(asking[i], OTAKEY_FAULT_ANSWER));
    }
}

/* Every code, none with a mac and all with a wrong one. */
static void errors_without_a_valid_mac(void)
{
    for (size_t i = 0; i < sizeof asking; i++) {
        begin(30 + i);
        for (uint8_t code = OTAKEY_MALFORMED; code <= OTAKEY_PLATFORM_UNAVAILABLE; code++) {
            for (size_t size = 6; size <= 22; size += 16) {
                uint8_t error[22] = {OTAKEY_ERROR, code};
                if (world.mail_size == 0) {
                    ask(asking[i]);
                }
                look();
                world_receive(error, size);
                counted_and_untouched(1);
                CHECK(world.client.next_at <= world.now + 3600 * SECOND);
                world.mail_size = 0;
            }
        }
        is_told(heard_of(asking[i], OTAKEY_FAULT_ANSWER));
    }
}

/* Sealed under the right key, and no grant inside. */
static void a_grant_that_is_none(void)
{
    static const uint8_t insides[][4] = {{0xa0}, {0xa1, 1, 2}, {0xff}, {0xa1, 1, 0}};
    begin(35);
    ask(OTAKEY_ROTATE);
    look();
    for (size_t i = 0; i < sizeof insides / sizeof insides[0]; i++) {
        struct sim_gateway copy = world.gateway;
        uint8_t frame[OTAKEY_FRAME_MAX];
        copy.payload = (struct otakey_span){insides[i], sizeof insides[i]};
        size_t size = sim_gateway_answer(&copy, world.mail, world.mail_size, frame);
        world_receive(frame, size);
        counted_and_untouched((uint32_t)i + 1);
        CHECK(world.client.handshake.is_open);
    }
    is_told(OTAKEY_FAULT_ANSWER);
}

/* ---- what is around the device */

static void a_platform_that_never_answers(void)
{
    static const uint8_t mqtt[] = {0xa4, 1, 0x61, 'p', 2, 0x64, 'm', 'q', 't', 't',
                                   3,    0x61, 'h', 4, 0x19, 7, 0x5b};
    begin(40);
    look();
    world.dumb_platform = true;
    world.gateway.connection = (struct otakey_span){mqtt, sizeof mqtt};
    world.gateway.flags = OTAKEY_FLAG_VERIFY_LOGIN;
    world.gateway.action = OTAKEY_DO_ROTATE_AND_MOVE;
    run_until_asked(OTAKEY_ABANDON);
    CHECK(world.mail[world.mail_size - OTAKEY_MAC_SIZE - 1] == OTAKEY_PLATFORM_UNREACHABLE);
    key_is_untouched();
    CHECK(world.client.kept.faults == was.faults + 1);
    world.gateway.action = OTAKEY_DO_NOTHING;
    run_until_settled_at(1);
    key_is_untouched();
    world.gateway.connection.size = 0;
    world.gateway.flags = 0;
    is_told(OTAKEY_PLATFORM_UNREACHABLE);
}

/* From each operation of a rotation on, until the gateway had its ABANDON, or CONFIRM stands. */
static void flash_that_does_not_obey(void)
{
    unsigned cases = 0;
    for (int fault = SIM_WRITE_REFUSED; fault < SIM_FAULTS; fault++) {
        for (uint32_t at = 0; at < 34; at++) {
            begin(100 + at);
            ask(OTAKEY_ROTATE);
            look();
            world.flash.fault = (enum sim_fault)fault;
            world.flash.fault_at = world.flash.operations + at;
            world_deliver();
            run_for(600 * SECOND);
            bool moved = otakey_is_settled(&world.client) && world.gateway.epoch == 2;
            CHECK(moved || world.client.kept.faults > was.faults);
            if (world.gateway.epoch == 1) {
                key_is_untouched();
            }
            uint32_t faults = world.client.kept.faults;
            world.flash.fault = SIM_OBEYS;
            if (faults > was.faults) {
                uint32_t code = world.client.kept.last_error;
                CHECK(code == OTAKEY_FAULT_FLASH || code == OTAKEY_STORAGE_FAILED
                      || code == OTAKEY_NOT_ACKNOWLEDGED);
                is_told(code);
                cases++;
            }
        }
    }
    CHECK(cases > 60);
    printf("           %u cases of flash that fails in a rotation, told to the gateway\n", cases);
}

static void random_numbers_stand_still(void)
{
    for (size_t i = 0; i < sizeof asking; i++) {
        begin(50 + i);
        look();
        world.standing_random = true;
        if (asking[i] == OTAKEY_POLL) {
            world_power_on(true);
        } else {
            CHECK(otakey_rotate_now(&world.client, world.now));
        }
        uint32_t grants = world.gateway.grants;
        run_for(3600 * SECOND);
        CHECK(world.gateway.grants == grants); /* nothing is sent that would need one */
        key_is_untouched();
        CHECK(world.client.kept.faults > was.faults);
        CHECK(world.client.kept.last_error == OTAKEY_FAULT_RANDOM);
        world.standing_random = false;
        is_told(OTAKEY_FAULT_RANDOM);
    }
}

/* The same numbers at each draw, of any length, and after a reset: only the first is used. */
static void random_numbers_repeat(void)
{
    begin(58);
    world.repeating_random = true;
    CHECK(otakey_rotate_now(&world.client, world.now));
    run_for(3600 * SECOND);
    CHECK(settled_at(2));
    look();
    uint32_t grants = world.gateway.grants;
    for (int power_ons = 0; power_ons < 3; power_ons++) {
        run_for(2 * DAY); /* it polls, or tries to */
        (void)otakey_rotate_now(&world.client, world.now);
        run_for(3600 * SECOND);
        CHECK(world.gateway.grants == grants);
        world_power_on(true);
    }
    key_is_untouched();
    CHECK(world.client.kept.last_error == OTAKEY_FAULT_RANDOM);
    world.repeating_random = false;
    is_told(OTAKEY_FAULT_RANDOM);
}

/* What strangers can cause does not hide what the device has to say. */
static void noise_hides_nothing(void)
{
    static const uint8_t noise[] = {0};
    begin(60);
    otakey_client_fault(&world.client, OTAKEY_FAULT_FLASH);
    look();
    world_receive(noise, sizeof noise);
    counted_and_untouched(1);
    world_power_on(true); /* nor does a reset that leaves memory alone */
    is_told(OTAKEY_FAULT_FLASH);
}

int main(void)
{
    malformed_or_oversized();
    truncated_or_forged();
    replayed();
    errors_without_a_valid_mac();
    a_grant_that_is_none();
    a_platform_that_never_answers();
    flash_that_does_not_obey();
    random_numbers_stand_still();
    random_numbers_repeat();
    noise_hides_nothing();
    return finish("bad input");
}
