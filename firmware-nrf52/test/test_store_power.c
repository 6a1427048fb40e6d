/*
 * Power cuts: every scenario of the store is cut in every flash operation with every kind of tear,
 * then cut a second time in every operation that follows. After each reboot support/store_life.h
 * says what must hold.
 * Argument 1 = full size: every tear of a second cut after every tear of the first.
 */
#include <string.h>

#include "check.h"
#include "store_life.h"

#define WORDS 160u
#define MARKERS_AT (13u + (TOKEN_SIZE + 3u) / 4u + (CONNECTION_SIZE + 3u) / 4u + 2u)

struct scenario {
    const char *name;
    int before;  /* commits that go smoothly before the part that is cut */
    int commits; /* and in it */
    enum trouble trouble;
};

static const struct scenario scenarios[] = {
    {"first key", 0, 1, SMOOTH},
    {"first key, reboot before its ACK", 0, 1, REBOOT},
    {"next key", 1, 1, SMOOTH},
    {"next key, reboot before its ACK", 1, 1, REBOOT},
    {"next key verified", 1, 1, VERIFY},
    {"next key abandoned, then another", 1, 1, UNFIT},
    {"next key abandoned after a reboot", 1, 1, UNFIT_REBOOT},
    {"two rotations", 2, 2, SMOOTH},
    {"two lone keys", 0, 1, TWO_LONE},
    {"two lone keys, the first committed", 0, 1, TWO_LONE_LATE},
    {"third key over the older of two", 0, 1, REPLACED},
};

static struct store_life prepared, after_first;
static jmp_buf power_gone;
static bool booted;
static struct {
    unsigned long runs, limits;
    uint32_t word_writes[3];
} count;

static void prepare(const struct scenario *scenario, uint64_t seed)
{
    memset(&store_life, 0, sizeof(store_life));
    sim_flash_init(&store_life.sim, WORDS, UINT32_C(0xffffffff), seed);
    CHECK(otakey_store_init(&store_life.store, &store_life.sim.port) == OTAKEY_OK);
    CHECK(otakey_store_boot(&store_life.store) == OTAKEY_OK);
    for (int i = 0; i < scenario->before; i++) {
        store_life.wanted++;
        store_life_run();
    }
    store_life.trouble = scenario->trouble;
    store_life.wanted += scenario->commits;
    prepared = store_life;
}

/*
 * What two marker words cannot heal; the second one keeps then what the cut left of it:
 * both waver (protocol, section 10); or a wipe was cut in its second word, so that the record
 * hangs by a word that wavers. That harms where such a record may still be committed: REPLACED.
 */
static void keep_within_limits(void)
{
    for (int slot = 0; slot < OTAKEY_STORE_SLOTS; slot++) {
        bool both = sim_flash_is_marginal(&store_life.sim, slot, MARKERS_AT);
        bool half_wiped = store_life.trouble == REPLACED &&
                          store_life.sim.word[slot][MARKERS_AT].before == 0;
        if ((both || half_wiped) && sim_flash_is_marginal(&store_life.sim, slot, MARKERS_AT + 1u)) {
            sim_flash_settle(&store_life.sim, slot, MARKERS_AT + 1u);
            count.limits++;
        }
    }
}

/* Cuts in the operation after so many others, from a power-on if `boot`. Whether there was one. */
static bool cut_once(uint32_t after, enum sim_tear tear, bool boot)
{
    if (boot) {
        sim_flash_power_on(&store_life.sim);
    }
    sim_flash_cut(&store_life.sim, after, tear, &power_gone);
    if (setjmp(power_gone) == 0) {
        if (boot) {
            CHECK(otakey_store_boot(&store_life.store) == OTAKEY_OK);
            booted = true;
        }
        store_life_run();
        store_life.sim.cut_at = UINT32_MAX;
        return false;
    }
    keep_within_limits();
    store_life_check();
    return true;
}

static void reboot_and_calm_down(int cuts)
{
    store_life_power_cycle();
    store_life_calm_down();
    count.runs++;
    if (store_life.sim.most_word_writes > count.word_writes[cuts]) {
        count.word_writes[cuts] = store_life.sim.most_word_writes;
    }
}

/* The second cut: in every operation of the boot, or of all that follows, by this tear. */
static void cut_twice(enum sim_tear second, bool boot_only)
{
    for (uint32_t after = 0;; after++) {
        store_life = after_first;
        booted = false;
        if (!cut_once(after, second, true) || (boot_only && booted)) {
            return;
        }
        reboot_and_calm_down(2);
    }
}

/* A sample, unless `full`; most of it in the boot, where a second cut heals or harms most. */
static void cut_again(bool full, uint32_t turn)
{
    for (uint32_t second = 0; second < SIM_TEARS; second++) {
        if (full || turn % (20u * SIM_TEARS) == second) {
            cut_twice((enum sim_tear)second, false);
        } else if (turn % (6u * SIM_TEARS) == second) {
            cut_twice((enum sim_tear)second, true);
        }
    }
}

static uint32_t cut_everywhere(const struct scenario *scenario, bool full)
{
    uint32_t turn = (uint32_t)(scenario - scenarios);
    prepare(scenario, 1);
    store_life_calm_down();
    count.runs++;
    if (store_life.sim.most_word_writes > count.word_writes[0]) {
        count.word_writes[0] = store_life.sim.most_word_writes;
    }
    uint32_t after = 0;
    for (int tear = 0; tear < SIM_TEARS; tear++) {
        for (after = 0;; after++) {
            store_life = prepared;
            store_life.sim.random += after * UINT64_C(0x9e3779b97f4a7c15);
            if (!cut_once(after, (enum sim_tear)tear, false)) {
                break;
            }
            after_first = store_life;
            reboot_and_calm_down(1);
            cut_again(full, turn + 3u * after + (uint32_t)tear);
        }
    }
    return after;
}

int main(int argc, char **argv)
{
    bool full = argc > 1 && strcmp(argv[1], "1") == 0;
    unsigned long runs = 0;
    for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
        uint32_t operations = cut_everywhere(&scenarios[i], full);
        CHECK(operations > 20);
        printf("           %-36s %3u operations, %6lu runs\n", scenarios[i].name,
               (unsigned)operations, count.runs - runs);
        fflush(stdout);
        runs = count.runs;
    }
    printf("           %lu runs, %lu readings judged, %lu times two markers at their limit\n",
           count.runs, store_life_views, count.limits);
    printf("           writes of one word: %u without, %u with one, %u with two cuts\n",
           (unsigned)count.word_writes[0], (unsigned)count.word_writes[1],
           (unsigned)count.word_writes[2]);
    CHECK(count.word_writes[0] <= SIM_WRITES_PER_WORD);
    return finish("store cuts");
}
