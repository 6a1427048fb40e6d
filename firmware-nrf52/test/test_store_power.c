/*
 * Power cuts: every scenario of the store is cut in every flash operation with every kind of tear,
 * then cut a second time in every operation that follows. After each reboot:
 *
 *   I1  the store presents a key that the gateway serves or commits, however marginal words read,
 *       or the gateway has no row and grants enrollment; and a device that once had a confirmed
 *       key presents a confirmed one (no fail-over of the gateway can take it back then);
 *   I2  a key that was superseded or wiped is never presented again, and nothing of it is left.
 *
 * The gateway here is one row and the rules of section 6.5 as far as one device meets them.
 * Argument 1 = full size: every tear of a second cut after every tear of the first.
 */
#include <string.h>

#include "check.h"
#include "otakey/crypto.h"
#include "support/sim_flash.h"

#define WORDS 160u
#define KEYS 24u       /* grants in one run, at most */
#define TOKEN_SIZE 15u /* as this gateway makes them */
#define CONNECTION_SIZE 22u
#define MARKERS_AT (13u + (TOKEN_SIZE + 3u) / 4u + (CONNECTION_SIZE + 3u) / 4u + 2u)
#define ROUNDS 40

enum trouble {
    SMOOTH,
    UNFIT,         /* the first new key is given up */
    VERIFY,        /* a login comes first */
    REBOOT,        /* a power cycle between the store and the CONFIRM */
    UNFIT_REBOOT,
    TWO_LONE,      /* a second enrollment is granted before the first is confirmed */
    TWO_LONE_LATE, /* and the first was committed, its ACK lost */
    REPLACED,      /* and a third goes over the first; then a CONFIRM of the newest is lost */
};

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

struct world {
    struct sim_flash sim;
    struct otakey_store store;
    enum trouble trouble;
    int wanted; /* commits */
    bool stirred; /* the trouble took place */
    bool lost;    /* one CONFIRM was */

    /* The gateway: epoch and key of the row, and what it knows of each grant. */
    uint32_t epoch;
    uint32_t row;
    uint32_t keys;
    uint32_t key_epoch[KEYS];
    bool refused[KEYS]; /* abandoned, or answered with 7 */
    bool unfit[KEYS];
    int commits;

    /* What the device was told is over, and whether it ever had a confirmed key. */
    bool dead[KEYS];
    bool once_confirmed;
};

static struct world world, prepared, after_first;
static struct sim_flash view;
static jmp_buf power_gone;
static bool booted;
static struct {
    unsigned long runs, views, limits;
    uint32_t word_writes[3];
} count;

/* ---- the gateway */

static void make_key(uint32_t id, struct otakey_record *record)
{
    memset(record, 0, sizeof(*record));
    memset(record->device_key, (int)(0x40u + id), sizeof(record->device_key));
    record->token.size = TOKEN_SIZE;
    memset(record->token.data, (int)(0x80u + id), TOKEN_SIZE);
    record->epoch = world.key_epoch[id];
}

static uint32_t key_id(const struct otakey_record *record)
{
    uint32_t id = record->device_key[0] - 0x40u;
    struct otakey_record whole;
    make_key(id, &whole);
    CHECK(id > 0 && id < KEYS && record->epoch == whole.epoch);
    CHECK(memcmp(record->device_key, whole.device_key, sizeof(whole.device_key)) == 0);
    CHECK(memcmp(record->token.data, whole.token.data, TOKEN_SIZE) == 0);
    CHECK(record->connection_size == CONNECTION_SIZE);
    return id;
}

static bool would_serve(uint32_t id)
{
    return id == world.row || (world.key_epoch[id] == world.epoch + 1u && !world.refused[id]);
}

static bool confirm_is_acked(uint32_t id)
{
    if (!would_serve(id)) {
        world.refused[id] = true; /* ERROR 7: never committed from now on */
        return false;
    }
    if (id != world.row) {
        world.row = id;
        world.epoch++;
        world.commits++;
    }
    return true;
}

/* ---- what must hold */

static uint32_t presented(const struct otakey_store *store, int slot)
{
    struct otakey_record record;
    CHECK(otakey_store_get(store, slot, &record) == OTAKEY_OK);
    uint32_t id = key_id(&record);
    CHECK(!world.dead[id]); /* I2 */
    return id;
}

static void check_survey(const struct otakey_store *store)
{
    struct otakey_survey survey;
    otakey_store_survey(store, &survey);
    bool served = world.row == 0;
    const int slots[] = {survey.current, survey.unfinished, survey.other};
    for (int i = 0; i < 3; i++) {
        if (slots[i] != OTAKEY_STORE_NONE && would_serve(presented(store, slots[i]))) {
            served = true;
        }
    }
    CHECK(served);                                                         /* I1 */
    CHECK(!world.once_confirmed || survey.current != OTAKEY_STORE_NONE); /* I1 */
    count.views++;
}

/* In every way in which marginal words may read. */
static void check_invariants(void)
{
    check_survey(&world.store);
    if (!sim_flash_any_marginal(&world.sim)) {
        return;
    }
    for (int how = 0; how < SIM_VIEWS; how++) {
        struct otakey_store other;
        sim_flash_view(&world.sim, (enum sim_view)how, &view);
        CHECK(otakey_store_init(&other, &view.port) == OTAKEY_OK);
        check_survey(&other);
    }
}

/* No word of a key that is over, whatever marginal words read. */
static void check_no_remains(void)
{
    for (int slot = 0; slot < OTAKEY_STORE_SLOTS; slot++) {
        for (uint32_t at = 4; at < 12; at++) {
            const struct sim_word *word = &world.sim.word[slot][at];
            const uint32_t readings[] = {word->before, word->after, word->reads};
            for (int i = 0; i < 3; i++) {
                uint32_t id = (readings[i] & 0xffu) - 0x40u;
                bool whole = readings[i] == (readings[i] & 0xffu) * UINT32_C(0x01010101);
                CHECK(!whole || id == 0 || id >= KEYS || id == world.row);
            }
        }
    }
}

/* ---- the device */

static void power_cycle(void)
{
    sim_flash_power_on(&world.sim);
    CHECK(otakey_store_boot(&world.store) == OTAKEY_OK);
    check_invariants();
}

static void store_grant(void)
{
    static const uint8_t connection[CONNECTION_SIZE] = "a connection in 22 by";
    CHECK(world.keys + 1u < KEYS);
    uint32_t id = ++world.keys;
    world.key_epoch[id] = world.epoch + 1u;
    world.unfit[id] = (world.trouble == UNFIT || world.trouble == UNFIT_REBOOT) && !world.stirred;
    struct otakey_record record;
    make_key(id, &record);
    record.verify = world.trouble == VERIFY;
    struct otakey_span span = {connection, sizeof(connection)};
    CHECK(otakey_store_put(&world.store, &record, span) >= 0);
}

static void acknowledged(const struct otakey_survey *survey, int slot)
{
    CHECK(otakey_store_confirm(&world.store, slot) == OTAKEY_OK);
    world.once_confirmed = true;
    int older = slot == survey->unfinished ? 1 - slot : OTAKEY_STORE_NONE;
    for (uint32_t id = 1; id <= world.keys && older != OTAKEY_STORE_NONE; id++) {
        world.dead[id] = world.dead[id] || id != world.row; /* I2: no way back from here */
    }
}

static void give_up(int slot, uint32_t id)
{
    CHECK(otakey_store_wipe(&world.store, slot) == OTAKEY_OK);
    world.dead[id] = true;
}

static void finish_update(const struct otakey_survey *survey)
{
    int slot = survey->unfinished;
    if (world.trouble == REPLACED && survey->other != OTAKEY_STORE_NONE && !world.lost) {
        world.lost = true; /* rule 6: both in turn */
        slot = survey->other;
    }
    uint32_t id = presented(&world.store, slot);
    if (world.unfit[id] && survey->current != OTAKEY_STORE_NONE && world.row != id) {
        world.refused[id] = true; /* ACK 2 */
        world.stirred = true;
        give_up(slot, id);
        return;
    }
    struct otakey_record record;
    CHECK(otakey_store_get(&world.store, slot, &record) == OTAKEY_OK);
    if (record.verify && !otakey_store_is_verified(&world.store, slot)) {
        CHECK(otakey_store_verify(&world.store, slot) == OTAKEY_OK);
        CHECK(otakey_store_is_verified(&world.store, slot));
    }
    if (confirm_is_acked(id)) {
        acknowledged(survey, slot);
    } else {
        give_up(slot, id);
    }
}

/* A step of trouble before the update goes on; true if there was one. */
static bool stir(const struct otakey_survey *survey)
{
    if (world.stirred) {
        return false;
    }
    switch (world.trouble) {
    case REBOOT:
    case UNFIT_REBOOT:
        CHECK(otakey_store_boot(&world.store) == OTAKEY_OK);
        world.stirred = world.trouble == REBOOT;
        return world.stirred;
    case TWO_LONE_LATE:
        world.stirred = true;
        store_grant();
        (void)confirm_is_acked(presented(&world.store, survey->unfinished));
        return true;
    case REPLACED:
        CHECK(otakey_store_boot(&world.store) == OTAKEY_OK);
        world.stirred = survey->other != OTAKEY_STORE_NONE;
        store_grant();
        return true;
    case TWO_LONE:
        world.stirred = true;
        store_grant();
        return true;
    default: return false;
    }
}

/* Runs until the wanted commits took place and the device is at peace. */
static void live(void)
{
    for (int round = 0; round < ROUNDS; round++) {
        struct otakey_survey survey;
        otakey_store_survey(&world.store, &survey);
        check_invariants();
        if (survey.unfinished != OTAKEY_STORE_NONE) {
            if (!stir(&survey)) {
                finish_update(&survey);
            }
        } else if (survey.current == OTAKEY_STORE_NONE) {
            CHECK(world.row == 0); /* else the device is bricked */
            store_grant();
        } else if (world.commits < world.wanted) {
            store_grant();
        } else {
            CHECK(presented(&world.store, survey.current) == world.row);
            check_no_remains();
            return;
        }
    }
    CHECK(!"at peace in time");
}

/* Marginal words get two more readings; nothing may depend on them any more. */
static void calm_down(void)
{
    live();
    for (int i = 0; i < 2; i++) {
        power_cycle();
        live();
    }
    count.runs++;
}

/* ---- cuts */

static void prepare(const struct scenario *scenario, uint64_t seed)
{
    memset(&world, 0, sizeof(world));
    sim_flash_init(&world.sim, WORDS, UINT32_C(0xffffffff), seed);
    CHECK(otakey_store_init(&world.store, &world.sim.port) == OTAKEY_OK);
    CHECK(otakey_store_boot(&world.store) == OTAKEY_OK);
    for (int i = 0; i < scenario->before; i++) {
        world.wanted++;
        live();
    }
    world.trouble = scenario->trouble;
    world.wanted += scenario->commits;
    prepared = world;
}

/*
 * What two marker words cannot heal; the second one keeps then what the cut left of it:
 * both waver (protocol, section 10); or a wipe was cut in its second word, so that the record
 * hangs by a word that wavers. That harms where such a record may still be committed: REPLACED.
 */
static void keep_within_limits(void)
{
    for (int slot = 0; slot < OTAKEY_STORE_SLOTS; slot++) {
        bool both = sim_flash_is_marginal(&world.sim, slot, MARKERS_AT);
        bool half_wiped = world.trouble == REPLACED && world.sim.word[slot][MARKERS_AT].before == 0;
        if ((both || half_wiped) && sim_flash_is_marginal(&world.sim, slot, MARKERS_AT + 1u)) {
            sim_flash_settle(&world.sim, slot, MARKERS_AT + 1u);
            count.limits++;
        }
    }
}

/* Cuts in the operation after so many others, from a power-on if `boot`. Whether there was one. */
static bool cut_once(uint32_t after, enum sim_tear tear, bool boot)
{
    if (boot) {
        sim_flash_power_on(&world.sim);
    }
    sim_flash_cut(&world.sim, after, tear, &power_gone);
    if (setjmp(power_gone) == 0) {
        if (boot) {
            CHECK(otakey_store_boot(&world.store) == OTAKEY_OK);
            booted = true;
        }
        live();
        world.sim.cut_at = UINT32_MAX;
        return false;
    }
    keep_within_limits();
    check_invariants();
    return true;
}

static void reboot_and_calm_down(int cuts)
{
    power_cycle();
    calm_down();
    if (world.sim.most_word_writes > count.word_writes[cuts]) {
        count.word_writes[cuts] = world.sim.most_word_writes;
    }
}

/* The second cut: in every operation of the boot, or of all that follows, by this tear. */
static void cut_twice(enum sim_tear second, bool boot_only)
{
    for (uint32_t after = 0;; after++) {
        world = after_first;
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
        if (full || turn % (10u * SIM_TEARS) == second) {
            cut_twice((enum sim_tear)second, false);
        } else if (turn % (3u * SIM_TEARS) == second) {
            cut_twice((enum sim_tear)second, true);
        }
    }
}

static uint32_t cut_everywhere(const struct scenario *scenario, bool full)
{
    uint32_t turn = (uint32_t)(scenario - scenarios);
    prepare(scenario, 1);
    calm_down();
    if (world.sim.most_word_writes > count.word_writes[0]) {
        count.word_writes[0] = world.sim.most_word_writes;
    }
    uint32_t after = 0;
    for (int tear = 0; tear < SIM_TEARS; tear++) {
        for (after = 0;; after++) {
            world = prepared;
            world.sim.random += after * UINT64_C(0x9e3779b97f4a7c15);
            if (!cut_once(after, (enum sim_tear)tear, false)) {
                break;
            }
            after_first = world;
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
           count.runs, count.views, count.limits);
    printf("           writes of one word: %u without, %u with one, %u with two cuts\n",
           (unsigned)count.word_writes[0], (unsigned)count.word_writes[1],
           (unsigned)count.word_writes[2]);
    CHECK(count.word_writes[0] <= SIM_WRITES_PER_WORD);
    return finish("store cuts");
}
