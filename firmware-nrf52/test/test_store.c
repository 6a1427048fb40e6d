/*
 * The store without power cuts: layout, life of records, damage, flash that does not obey, wear.
 */
#include "store.h"

#include <string.h>

#include "check.h"
#include "record.h"
#include "support/sim_flash.h"

#define WORDS SIM_WORDS_MAX
#define ROTATIONS 400u

static struct sim_flash sim;
static struct otakey_store store;

static void start(uint32_t fill)
{
    sim_flash_init(&sim, WORDS, fill, 7);
    CHECK(otakey_store_init(&store, &sim.port) == OTAKEY_OK);
}

static struct otakey_record make(uint32_t epoch, uint8_t token_size)
{
    struct otakey_record record = {.epoch = epoch, .token.size = token_size, .verify = true};
    for (uint8_t i = 0; i < OTAKEY_KEY_SIZE; i++) {
        record.device_key[i] = (uint8_t)(i + epoch - 7u);
    }
    memcpy(record.token.data, "token of more than thirty bytes!", OTAKEY_TOKEN_MAX);
    return record;
}

static int put(uint32_t epoch)
{
    struct otakey_record record = make(epoch, 5);
    struct otakey_span connection = {(const uint8_t *)"abcdefg", 7};
    return otakey_store_put(&store, &record, connection);
}

static uint32_t epoch_of(int slot)
{
    struct otakey_record record;
    return otakey_store_get(&store, slot, &record) == OTAKEY_OK ? record.epoch : 0;
}

static void check_survey(int current, int unfinished, int other)
{
    struct otakey_survey survey;
    otakey_store_survey(&store, &survey);
    CHECK(survey.current == current && survey.unfinished == unfinished && survey.other == other);
    CHECK(survey.blank || current != OTAKEY_STORE_NONE || unfinished != OTAKEY_STORE_NONE);
}

/* The words were made by another program from the table in store.h. */
static void test_layout(void)
{
    static const uint32_t words[] = {
        UINT32_C(0x4f544b31), UINT32_C(0x0001000e), UINT32_C(0x00000001), UINT32_C(0x00000007),
        UINT32_C(0x00010203), UINT32_C(0x04050607), UINT32_C(0x08090a0b), UINT32_C(0x0c0d0e0f),
        UINT32_C(0x10111213), UINT32_C(0x14151617), UINT32_C(0x18191a1b), UINT32_C(0x1c1d1e1f),
        UINT32_C(0x01050007), UINT32_C(0x746f6b65), UINT32_C(0x6e000000), UINT32_C(0x61626364),
        UINT32_C(0x65666700), UINT32_C(0xb6c9cfcb), UINT32_C(0x08330ef1),
        UINT32_C(0x53544f31),
    };
    start(UINT32_C(0xffffffff));
    CHECK(put(7) == 0);
    uint32_t size = sizeof(words) / sizeof(words[0]);
    for (uint32_t at = 0; at < WORDS; at++) {
        CHECK(sim.word[0][at].reads == (at < size ? words[at] : UINT32_C(0xffffffff)));
    }
    CHECK(otakey_store_boot(&store) == OTAKEY_OK);
    CHECK(sim.word[0][size].reads == UINT32_C(0x53544f32));
    CHECK(otakey_store_verify(&store, 0) == OTAKEY_OK);
    CHECK(sim.word[0][size + 1].reads == UINT32_C(0x56455249));
    CHECK(otakey_store_confirm(&store, 0) == OTAKEY_OK);
    CHECK(sim.word[0][size + 2].reads == UINT32_C(0x434f4e46));
}

static void test_content(void)
{
    start(UINT32_C(0xffffffff));
    uint8_t text[OTAKEY_STORE_CONNECTION_MAX];
    uint8_t back[OTAKEY_STORE_CONNECTION_MAX];
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = (uint8_t)(i * 7u);
    }
    uint32_t epoch = 1;
    for (uint8_t token = 1; token <= OTAKEY_TOKEN_MAX; token++) {
        for (size_t size = 0; size <= sizeof(text); size += 1u + size / 4u) {
            struct otakey_record record = make(epoch, token);
            record.verify = epoch % 2u != 0;
            struct otakey_span connection = {text, size};
            int slot = otakey_store_put(&store, &record, connection);
            CHECK(slot == (epoch % 2u == 0 ? 1 : 0));
            struct otakey_record read;
            CHECK(otakey_store_get(&store, slot, &read) == OTAKEY_OK);
            CHECK(read.epoch == epoch && read.sequence == epoch && read.verify == record.verify);
            CHECK(memcmp(read.device_key, record.device_key, OTAKEY_KEY_SIZE) == 0);
            CHECK(read.token.size == token);
            CHECK(memcmp(read.token.data, record.token.data, token) == 0);
            CHECK(read.connection_size == size);
            CHECK(otakey_store_connection(&store, slot, back, sizeof(back)) == (int)size);
            CHECK(memcmp(back, text, size) == 0);
            CHECK(size == 0
                  || otakey_store_connection(&store, slot, back, size - 1u) == OTAKEY_E_SPACE);
            epoch++;
        }
    }
    CHECK(sim.port.words >= OTAKEY_STORE_RECORD_WORDS_MAX);
}

static void test_arguments(void)
{
    start(UINT32_C(0xffffffff));
    struct otakey_record record = make(1, 0);
    static const uint8_t text[OTAKEY_STORE_CONNECTION_MAX + 1u];
    struct otakey_span none = {text, 0};
    struct otakey_span large = {text, sizeof(text)};
    CHECK(otakey_store_put(&store, &record, none) == OTAKEY_E_ARGUMENT);
    record.token.size = OTAKEY_TOKEN_MAX + 1u;
    CHECK(otakey_store_put(&store, &record, none) == OTAKEY_E_SPACE);
    record.token.size = OTAKEY_TOKEN_MAX;
    CHECK(otakey_store_put(&store, &record, large) == OTAKEY_E_SPACE);
    CHECK(sim.operations == 0);
    for (int slot = -1; slot <= 2; slot++) {
        CHECK(otakey_store_get(&store, slot, &record) == OTAKEY_E_NO_RECORD);
        CHECK(otakey_store_verify(&store, slot) == OTAKEY_E_NO_RECORD);
        CHECK(otakey_store_confirm(&store, slot) == OTAKEY_E_NO_RECORD);
        CHECK(!otakey_store_is_verified(&store, slot) && !otakey_store_is_confirmed(&store, slot));
    }
    CHECK(sim.operations == 0);
    sim.port.words = OTAKEY_STORE_RECORD_WORDS_MAX - 1u;
    CHECK(otakey_store_init(&store, &sim.port) == OTAKEY_E_ARGUMENT);
}

static void test_no_record_in_fill(void)
{
    static const uint32_t fills[] = {0, UINT32_C(0xffffffff), UINT32_C(0x4f544b31),
                                     UINT32_C(0x53544f31), UINT32_C(0xa5a5a5a5)};
    for (size_t i = 0; i < sizeof(fills) / sizeof(fills[0]); i++) {
        start(fills[i]);
        struct otakey_survey survey;
        otakey_store_survey(&store, &survey);
        CHECK(survey.current == OTAKEY_STORE_NONE && survey.unfinished == OTAKEY_STORE_NONE);
        CHECK(survey.blank == (fills[i] == UINT32_C(0xffffffff)));
        CHECK(otakey_store_boot(&store) == OTAKEY_OK);
        otakey_store_survey(&store, &survey);
        CHECK(survey.blank && sim.erases[0] == (fills[i] == UINT32_C(0xffffffff) ? 0u : 1u));
        CHECK(put(1) == 0 && epoch_of(0) == 1);
    }
}

static void test_life(void)
{
    start(UINT32_C(0xffffffff));
    check_survey(OTAKEY_STORE_NONE, OTAKEY_STORE_NONE, OTAKEY_STORE_NONE);
    CHECK(put(1) == 0);
    check_survey(OTAKEY_STORE_NONE, 0, OTAKEY_STORE_NONE);
    CHECK(put(1) == 1);
    check_survey(OTAKEY_STORE_NONE, 1, 0);
    CHECK(otakey_store_wipe(&store, 1) == OTAKEY_OK);
    check_survey(OTAKEY_STORE_NONE, 0, OTAKEY_STORE_NONE);
    CHECK(otakey_store_confirm(&store, 0) == OTAKEY_OK);
    check_survey(0, OTAKEY_STORE_NONE, OTAKEY_STORE_NONE);
    CHECK(otakey_store_wipe(&store, 0) == OTAKEY_E_IN_USE && epoch_of(0) == 1);
    CHECK(put(2) == 1);
    check_survey(0, 1, OTAKEY_STORE_NONE);
    CHECK(otakey_store_boot(&store) == OTAKEY_OK);
    check_survey(0, 1, OTAKEY_STORE_NONE);
    CHECK(otakey_store_confirm(&store, 1) == OTAKEY_OK);
    check_survey(1, OTAKEY_STORE_NONE, OTAKEY_STORE_NONE);
    CHECK(epoch_of(0) == 0 && epoch_of(1) == 2);
    /* The older of two may be the one that is acknowledged: the newer one stays (rule 6). */
    start(UINT32_C(0xffffffff));
    CHECK(put(1) == 0 && put(1) == 1);
    CHECK(otakey_store_confirm(&store, 0) == OTAKEY_OK);
    check_survey(0, 1, OTAKEY_STORE_NONE);
}

/* Newest is by sequence, also where that runs over. */
/* CONFIRMED of a first key is cut short and reads as set: the next boot makes it sure, once. */
static void test_confirmed_is_made_sure(void)
{
    static jmp_buf power_gone;
    start(UINT32_C(0xffffffff));
    CHECK(put(1) == 0);
    uint32_t confirmed = 0;
    while (sim.word[0][confirmed].reads != UINT32_C(0x53544f31)) {
        confirmed++;
    }
    confirmed += 3u;
    sim_flash_cut(&sim, 0, SIM_NEW_OLD, &power_gone);
    if (setjmp(power_gone) == 0) {
        (void)otakey_store_confirm(&store, 0);
        CHECK(false);
    }
    CHECK(sim_flash_is_marginal(&sim, 0, confirmed));
    sim_flash_power_on(&sim);
    CHECK(otakey_store_is_confirmed(&store, 0));
    uint32_t operations = 0;
    for (int boot = 0; boot < 5; boot++) {
        CHECK(otakey_store_boot(&store) == OTAKEY_OK);
        CHECK(!sim_flash_is_marginal(&sim, 0, confirmed));
        CHECK(operations == 0 || operations == sim.operations);
        operations = sim.operations;
        sim_flash_power_on(&sim);
    }
    CHECK(otakey_store_is_confirmed(&store, 0));
}

static void test_sequence(void)
{
    static const uint32_t newer[][2] = {
        {2, 1}, {0, UINT32_C(0xffffffff)}, {5, UINT32_C(0xfffffff0)}};
    for (size_t i = 0; i < sizeof(newer) / sizeof(newer[0]); i++) {
        for (int slot = 0; slot < OTAKEY_STORE_SLOTS; slot++) {
            start(UINT32_C(0xffffffff));
            for (int j = 0; j < 2; j++) {
                uint8_t image[RECORD_IMAGE_MAX];
                struct otakey_record record = make(9, 4);
                record.sequence = newer[i][j == slot ? 0 : 1];
                struct otakey_span none = {record.device_key, 0};
                uint32_t size = record_build(image, &record, none);
                for (uint32_t at = 0; at < size; at++) {
                    CHECK(record_program(&sim.port, j, at, record_word(image, at)) == 0);
                }
                CHECK(record_program(&sim.port, j, size, record_magic(MARKER_STORED)) == 0);
            }
            check_survey(OTAKEY_STORE_NONE, slot, 1 - slot);
        }
    }
}

/* Any single bit that flips makes it no record, except in the words that do not belong to it. */
static void test_damage(void)
{
    start(UINT32_C(0xffffffff));
    CHECK(put(7) == 0);
    uint32_t markers = record_checked(&sim.port, 0);
    CHECK(markers != 0);
    for (uint32_t at = 0; at < markers + 2u; at++) {
        for (unsigned bit = 0; bit < 32; bit++) {
            sim.word[0][at].reads ^= UINT32_C(1) << bit;
            CHECK(epoch_of(0) == (at == markers + 1u ? 7u : 0u)); /* STORED2 is not needed here */
            sim.word[0][at].reads ^= UINT32_C(1) << bit;
        }
    }
    CHECK(epoch_of(0) == 7);
}

/* A rotation and an abandoned grant on flash that fails from one operation on. */
static void rotate_on_faulty_flash(enum sim_fault fault, uint32_t at, int slot, bool once)
{
    start(UINT32_C(0xffffffff));
    CHECK(put(1) == 0 && otakey_store_confirm(&store, 0) == OTAKEY_OK);
    CHECK(put(2) == 1 && otakey_store_confirm(&store, 1) == OTAKEY_OK);
    sim.fault = fault;
    sim.fault_slot = slot;
    sim.fault_once = once;
    sim.fault_at = sim.operations + at;

    int stored = put(3); /* to slot 0, which holds what is left of the first record */
    CHECK(stored == 0 || stored == OTAKEY_E_FLASH);
    CHECK(epoch_of(1) == 2 && otakey_store_is_confirmed(&store, 1));
    CHECK(epoch_of(0) == (stored == 0 ? 3u : 0u));
    check_survey(1, stored == 0 ? 0 : OTAKEY_STORE_NONE, OTAKEY_STORE_NONE);
    int confirmed = OTAKEY_E_NO_RECORD;
    if (stored == 0) {
        confirmed = otakey_store_confirm(&store, 0);
        bool took = otakey_store_is_confirmed(&store, 0);
        CHECK(confirmed == OTAKEY_OK || confirmed == OTAKEY_E_FLASH);
        CHECK(took || confirmed != OTAKEY_OK);
        check_survey(took ? 0 : 1, took ? OTAKEY_STORE_NONE : 0, OTAKEY_STORE_NONE);
        CHECK(took || epoch_of(1) == 2); /* nothing was zeroised before CONFIRMED is sure */
        CHECK(confirmed != OTAKEY_OK || epoch_of(1) == 0);
    }
    bool moved = stored == 0 && otakey_store_is_confirmed(&store, 0);
    int booted = otakey_store_boot(&store);
    CHECK(booted == OTAKEY_OK || booted == OTAKEY_E_FLASH);
    check_survey(moved ? 0 : 1, stored == 0 && !moved ? 0 : OTAKEY_STORE_NONE, OTAKEY_STORE_NONE);
    CHECK(epoch_of(moved ? 0 : 1) == (moved ? 3u : 2u));

    sim.fault = SIM_OBEYS; /* and it was only a bad moment */
    CHECK(otakey_store_boot(&store) == OTAKEY_OK);
    check_survey(moved ? 0 : 1, stored == 0 && !moved ? 0 : OTAKEY_STORE_NONE, OTAKEY_STORE_NONE);
}

static void test_faults(void)
{
    unsigned cases = 0;
    for (int fault = SIM_WRITE_REFUSED; fault < SIM_FAULTS; fault++) {
        for (uint32_t at = 0; at < 60; at++) {
            for (int slot = OTAKEY_STORE_NONE; slot < OTAKEY_STORE_SLOTS; slot++) {
                rotate_on_faulty_flash((enum sim_fault)fault, at, slot, false);
                rotate_on_faulty_flash((enum sim_fault)fault, at, slot, true);
                cases += 2;
            }
        }
    }
    printf("           %u cases of flash that does not obey\n", cases);
}

static void test_wear(uint8_t token_size, size_t connection_size, const char *what)
{
    static const uint8_t text[OTAKEY_STORE_CONNECTION_MAX];
    start(UINT32_C(0xffffffff));
    struct otakey_span connection = {text, connection_size};
    for (uint32_t epoch = 1; epoch <= ROTATIONS + 1u; epoch++) {
        struct otakey_record record = make(epoch, token_size);
        int slot = otakey_store_put(&store, &record, connection);
        CHECK(slot >= 0);
        if (epoch % 2u == 0) {
            CHECK(otakey_store_boot(&store) == OTAKEY_OK);
        }
        CHECK(otakey_store_verify(&store, slot) == OTAKEY_OK);
        CHECK(otakey_store_confirm(&store, slot) == OTAKEY_OK);
        CHECK(otakey_store_boot(&store) == OTAKEY_OK);
        CHECK(otakey_store_boot(&store) == OTAKEY_OK); /* a boot at rest costs nothing */
    }
    uint32_t erases = sim.erases[0] + sim.erases[1];
    CHECK(erases == 2u * ROTATIONS + 1u && sim.most_word_writes <= SIM_WRITES_PER_WORD);
    printf("           wear of a rotation, %s: 1 erase of each page, %.1f word writes;\n"
           "             at most %u of %u writes of a block and %u of %u of a word;"
           " %u rotations in %u erases a page\n",
           what, (double)(sim.operations - erases) / (ROTATIONS + 1u),
           (unsigned)sim.most_block_writes, SIM_WRITES_PER_BLOCK, (unsigned)sim.most_word_writes,
           SIM_WRITES_PER_WORD, SIM_ERASES, SIM_ERASES);
}

int main(void)
{
    test_layout();
    test_content();
    test_arguments();
    test_no_record_in_fill();
    test_life();
    test_confirmed_is_made_sure();
    test_sequence();
    test_damage();
    test_faults();
    test_wear(15, 60, "usual record");
    test_wear(OTAKEY_TOKEN_MAX, OTAKEY_STORE_CONNECTION_MAX, "largest record");
    return finish("store");
}
