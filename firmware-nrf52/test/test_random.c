/*
 * The generator's check: one that stands still, stalls or is silent gives no byte to anybody; a
 * device with it sends nothing, keeps its key, counts the fault and tells it at the next handshake.
 */
#include <string.h>

#include "check.h"
#include "generator.h"
#include "sim_life.h"
#include "sim_world.h"

#define NEVER UINT32_MAX
#define SAMPLES 64u
#define DRAWN 40u

/* A generator that takes three looks for a byte; it may be stuck for a while, or end. */
static struct {
    uint64_t state;
    uint32_t taken, looks;
    uint32_t stuck_from, stuck_to; /* bytes that are all the same */
    uint8_t stuck;
    uint32_t silent_from;
    bool on;
    unsigned switched_on;
} chip;

static struct generator rng;

static void run(bool on)
{
    CHECK(chip.on != on);
    chip.on = on;
    chip.switched_on += on;
}

static bool take(uint8_t *byte)
{
    if (!chip.on) {
        CHECK(!"asked while it is off");
    }
    if (++chip.looks % 3 != 0 || chip.taken >= chip.silent_from) {
        return false;
    }
    chip.state = chip.state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    uint8_t value = (uint8_t)(chip.state >> 56);
    /* Never equal to its neighbour by chance: what is equal, the test made equal. */
    *byte = (uint8_t)(value & 0xfeu) | (chip.taken & 1u);
    if (chip.taken >= chip.stuck_from && chip.taken < chip.stuck_to) {
        *byte = chip.stuck;
    }
    chip.taken++;
    return true;
}

static void new_chip(void)
{
    memset(&chip, 0, sizeof chip);
    chip.state = 7;
    chip.stuck_from = chip.silent_from = NEVER;
    rng = (struct generator){.run = run, .take = take};
}

static bool works(void)
{
    generator_check(&rng);
    CHECK(!chip.on);
    return rng.works;
}

/* ---- the generator alone */

static void gives_what_the_chip_gave(void)
{
    uint8_t drawn[DRAWN];
    new_chip();
    CHECK(generator_draw(&rng, drawn, sizeof drawn) != 0); /* not before it was checked */
    CHECK(chip.switched_on == 0);
    CHECK(works() && chip.taken == SAMPLES);
    CHECK(generator_draw(&rng, drawn, sizeof drawn) == 0 && !chip.on);
    CHECK(chip.taken == SAMPLES + DRAWN && chip.switched_on == 2);
    uint32_t equal = 0;
    for (size_t i = 1; i < DRAWN; i++) {
        equal += drawn[i] == drawn[i - 1];
    }
    CHECK(equal == 0);
}

static void refused(void)
{
    uint8_t drawn[DRAWN];
    uint32_t taken;
    CHECK(!works());
    taken = chip.taken;
    CHECK(generator_draw(&rng, drawn, sizeof drawn) != 0);
    CHECK(chip.taken == taken); /* the chip is not even asked */
}

static void constants_are_refused(void)
{
    for (unsigned value = 0; value < 256; value++) {
        new_chip();
        chip.stuck_from = 0;
        chip.stuck_to = NEVER;
        chip.stuck = (uint8_t)value;
        refused();
    }
}

/* Five equal bytes in a row, wherever in the sample; four may be chance. */
static void repetitions_in_the_sample(void)
{
    for (uint32_t from = 0; from + 5 <= SAMPLES; from++) {
        new_chip();
        chip.stuck = 0x80;
        chip.stuck_from = from;
        chip.stuck_to = from + 4;
        CHECK(works());
        new_chip();
        chip.stuck = 0x80;
        chip.stuck_from = from;
        chip.stuck_to = from + 5;
        refused();
    }
}

/* It dies in the sample, or in a later draw: that draw fails, however much came before. */
static void silence(void)
{
    uint8_t drawn[DRAWN];
    for (uint32_t from = 0; from < SAMPLES; from += 9) {
        new_chip();
        chip.silent_from = from;
        refused();
        CHECK(chip.looks >= GENERATOR_PATIENCE);
    }
    for (uint32_t from = 0; from < DRAWN; from += 13) {
        new_chip();
        CHECK(works());
        chip.silent_from = SAMPLES + from;
        CHECK(generator_draw(&rng, drawn, sizeof drawn) != 0 && !chip.on);
    }
}

/* Another power-on checks anew. */
static void recovers(void)
{
    new_chip();
    chip.stuck_from = 0;
    chip.stuck_to = 10;
    CHECK(!works());
    CHECK(works());
}

/* ---- a device with such a chip */

static int draw(void *context, uint8_t *out, size_t size)
{
    (void)context;
    return generator_draw(&rng, out, size);
}

static void power_on(void)
{
    (void)works();
    world_power_on(true);
}

static void breaks(void)
{
    chip.stuck_from = chip.taken;
    chip.stuck_to = NEVER;
    chip.stuck = 0xff;
    power_on();
}

static void is_mended_and_told(void)
{
    chip.stuck_from = NEVER;
    world.gateway.last_error = 0;
    power_on();
}

static void new_device_stays_silent(void)
{
    new_chip();
    new_world(1);
    world.port.random = draw;
    breaks();
    run_for(DAY);
    CHECK(world.sent == 0 && world.events[OTAKEY_EVENT_FAULT] > 0);
    CHECK(world.last_event.code == OTAKEY_FAULT_RANDOM);
    CHECK(world.client.kept.faults > 0 && world.client.kept.last_error == OTAKEY_FAULT_RANDOM);
    is_mended_and_told();
    enrolls();
    CHECK(world.gateway.last_error == OTAKEY_FAULT_RANDOM);
}

static void device_keeps_its_key(void)
{
    struct otakey_record before, after;
    struct otakey_survey survey;
    new_chip();
    new_world(2);
    world.port.random = draw;
    (void)works();
    world_power_on(true);
    enrolls();
    otakey_store_survey(&world.client.store, &survey);
    CHECK(otakey_store_get(&world.client.store, survey.current, &before) == OTAKEY_OK);
    CHECK(world.client.kept.faults == 0);
    breaks();
    uint32_t grants = world.gateway.grants;
    uint32_t operations = world.flash.operations;
    CHECK(otakey_rotate_now(&world.client, world.now));
    run_for(DAY);
    CHECK(world.gateway.grants == grants && world.flash.operations == operations);
    CHECK(otakey_store_get(&world.client.store, survey.current, &after) == OTAKEY_OK);
    CHECK(memcmp(&before, &after, sizeof before) == 0);
    CHECK(world.client.kept.faults > 0 && world.client.kept.last_error == OTAKEY_FAULT_RANDOM);
    is_mended_and_told();
    rotates();
    row_is_held();
    CHECK(world.gateway.last_error == OTAKEY_FAULT_RANDOM);
}

int main(void)
{
    gives_what_the_chip_gave();
    constants_are_refused();
    repetitions_in_the_sample();
    silence();
    recovers();
    new_device_stays_silent();
    device_keeps_its_key();
    return finish("random");
}
