/*
 * A device's whole life with its power cut in every flash operation, and then cut again. However
 * the cuts fall, the device ends each part of its life with the key that the gateway's row names
 * (I1), and never speaks again under a key once it knew of its successor's commit (I2).
 *
 * After one cut life goes on; after two, the power goes off and on after every part as well, so
 * that words that waver come to be read in every way. Argument 1 = every kind of torn word at the
 * first cut, and after one kind of them a second cut in every operation that follows.
 */
#include <setjmp.h>
#include <string.h>

#include "check.h"
#include "sim_life.h"
#include "sim_limits.h"
#include "sim_world.h"

static jmp_buf power_gone;
static bool erases_are_torn;
static size_t part; /* of life */
static struct {
    unsigned one, two, limits;
} cuts;

/* Without argument an erase is cut before it begins: what a torn one leaves is the store's test. */
static int erase_page(void *context, int slot)
{
    if (world.flash.operations == world.flash.cut_at && !erases_are_torn) {
        world.flash.tear = SIM_NOT_BEGUN;
    }
    return world.flash.port.erase_page(context, slot);
}

static bool booted;

enum power { GOES_ON, COMES, COMES_AND_GOES };

/* Lives until the power fails, which is true, or to the end. */
static bool lives_into_cut(enum power power, bool memory_survives)
{
    booted = false;
    if (setjmp(power_gone) != 0) {
        cuts.limits += sim_limits_keep(&world.flash);
        return true;
    }
    if (power != GOES_ON) {
        world_power_on(memory_survives);
        booted = true;
    }
    for (; part < LIFE_PARTS; part++) {
        life[part]();
        row_is_held();
        if (power == COMES_AND_GOES) {
            sim_flash_power_on(&world.flash);
            world_power_on(memory_survives);
        }
    }
    world.flash.cut_at = UINT32_MAX;
    return false;
}

/* Second cuts by this tear: in each operation that follows if `all`, else in every other one of the
 * boot, where they heal or harm most, and in one after it. */
static void cut_again(enum sim_tear tear, bool memory_survives, bool all)
{
    static struct sim_world after_first;
    size_t part_then = part;
    after_first = world;
    for (uint32_t after = all ? 0 : world.flash.operations % 2;; after += all ? 1 : 2) {
        world = after_first;
        part = part_then;
        sim_flash_power_on(&world.flash);
        sim_flash_cut(&world.flash, after, tear, &power_gone);
        if (!lives_into_cut(COMES, memory_survives)) {
            return;
        }
        bool in_boot = !booted;
        cuts.two++;
        sim_flash_power_on(&world.flash);
        CHECK(!lives_into_cut(COMES_AND_GOES, memory_survives));
        if (!in_boot && !all) {
            return;
        }
    }
}

static bool life_with_cut(uint32_t at, enum sim_tear tear, bool full)
{
    static struct sim_world after_first;
    bool memory_survives = at % 2 == 0;
    part = 0;
    new_world(at * SIM_TEARS + (uint32_t)tear + 1);
    world.forward_only = true;
    world.port.flash.erase_page = erase_page;
    sim_flash_cut(&world.flash, at, tear, &power_gone);
    if (!lives_into_cut(GOES_ON, memory_survives)) {
        return false;
    }
    size_t part_then = part;
    after_first = world;
    cuts.one++;
    sim_flash_power_on(&world.flash);
    CHECK(!lives_into_cut(COMES, memory_survives));
    part = part_then;
    world = after_first;
    cut_again((enum sim_tear)((at / SIM_TEARS + (uint32_t)tear) % SIM_TEARS), memory_survives,
              full && (enum sim_tear)(at % SIM_TEARS) == tear);
    return true;
}

int main(int argc, char **argv)
{
    bool full = argc > 1 && strcmp(argv[1], "1") == 0;
    bool cut = true;
    erases_are_torn = full;
    for (uint32_t at = 0; cut; at++) {
        for (uint32_t tear = 0; tear < (full ? SIM_TEARS : 1u); tear++) {
            cut = life_with_cut(at, (enum sim_tear)((at + tear) % SIM_TEARS), full);
        }
    }
    CHECK(cuts.one > 100 && cuts.two > cuts.one);
    printf("           %u lives with one cut, %u with two, each ended with a key that is served; "
           "%u times both markers at their limit\n",
           cuts.one, cuts.two, cuts.limits);
    return finish("cuts");
}
