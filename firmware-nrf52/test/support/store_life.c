#include "store_life.h"

#include <string.h>

#include "check.h"

#define ROUNDS 40

struct store_life store_life;
unsigned long store_life_views;

static struct sim_flash view;

/* ---- the gateway */

static void make_key(uint32_t id, struct otakey_record *record)
{
    memset(record, 0, sizeof(*record));
    memset(record->device_key, (int)(0x40u + id), sizeof(record->device_key));
    record->token.size = TOKEN_SIZE;
    memset(record->token.data, (int)(0x80u + id), TOKEN_SIZE);
    record->epoch = store_life.key_epoch[id];
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
    return id == store_life.row ||
           (store_life.key_epoch[id] == store_life.epoch + 1u && !store_life.refused[id]);
}

static bool confirm_is_acked(uint32_t id)
{
    if (!would_serve(id)) {
        store_life.refused[id] = true; /* ERROR 7: never committed from now on */
        return false;
    }
    if (id != store_life.row) {
        store_life.row = id;
        store_life.epoch++;
        store_life.commits++;
    }
    return true;
}

/* ---- what must hold */

static uint32_t presented(const struct otakey_store *store, int slot)
{
    struct otakey_record record;
    CHECK(otakey_store_get(store, slot, &record) == OTAKEY_OK);
    uint32_t id = key_id(&record);
    CHECK(!store_life.dead[id]); /* I2 */
    return id;
}

static void check_survey(const struct otakey_store *store)
{
    struct otakey_survey survey;
    otakey_store_survey(store, &survey);
    bool served = store_life.row == 0;
    const int slots[] = {survey.current, survey.unfinished, survey.other};
    for (int i = 0; i < 3; i++) {
        if (slots[i] != OTAKEY_STORE_NONE && would_serve(presented(store, slots[i]))) {
            served = true;
        }
    }
    CHECK(served);                                                         /* I1 */
    CHECK(!store_life.once_confirmed || survey.current != OTAKEY_STORE_NONE); /* I1 */
    store_life_views++;
}

void store_life_check(void)
{
    check_survey(&store_life.store);
    if (!sim_flash_any_marginal(&store_life.sim)) {
        return;
    }
    for (int how = 0; how < SIM_VIEWS; how++) {
        struct otakey_store other;
        sim_flash_view(&store_life.sim, (enum sim_view)how, &view);
        CHECK(otakey_store_init(&other, &view.port) == OTAKEY_OK);
        check_survey(&other);
    }
}

/* No word of a key that is over, whatever marginal words read. */
static void check_no_remains(void)
{
    for (int slot = 0; slot < OTAKEY_STORE_SLOTS; slot++) {
        for (uint32_t at = 4; at < 12; at++) {
            const struct sim_word *word = &store_life.sim.word[slot][at];
            const uint32_t readings[] = {word->before, word->after, word->reads};
            for (int i = 0; i < 3; i++) {
                uint32_t id = (readings[i] & 0xffu) - 0x40u;
                bool whole = readings[i] == (readings[i] & 0xffu) * UINT32_C(0x01010101);
                CHECK(!whole || id == 0 || id >= KEYS || id == store_life.row);
            }
        }
    }
}

/* ---- the device */

void store_life_power_cycle(void)
{
    sim_flash_power_on(&store_life.sim);
    CHECK(otakey_store_boot(&store_life.store) == OTAKEY_OK);
    store_life_check();
}

static void store_grant(void)
{
    static const uint8_t connection[CONNECTION_SIZE] = "a connection in 22 by";
    CHECK(store_life.keys + 1u < KEYS);
    uint32_t id = ++store_life.keys;
    store_life.key_epoch[id] = store_life.epoch + 1u;
    bool troubled = store_life.trouble == UNFIT || store_life.trouble == UNFIT_REBOOT;
    store_life.unfit[id] = troubled && !store_life.stirred;
    struct otakey_record record;
    make_key(id, &record);
    record.verify = store_life.trouble == VERIFY;
    struct otakey_span span = {connection, sizeof(connection)};
    CHECK(otakey_store_put(&store_life.store, &record, span) >= 0);
}

static void acknowledged(const struct otakey_survey *survey, int slot)
{
    CHECK(otakey_store_confirm(&store_life.store, slot) == OTAKEY_OK);
    store_life.once_confirmed = true;
    int older = slot == survey->unfinished ? 1 - slot : OTAKEY_STORE_NONE;
    for (uint32_t id = 1; id <= store_life.keys && older != OTAKEY_STORE_NONE; id++) {
        /* I2: no way back from here */
        store_life.dead[id] = store_life.dead[id] || id != store_life.row;
    }
}

static void give_up(int slot, uint32_t id)
{
    CHECK(otakey_store_wipe(&store_life.store, slot) == OTAKEY_OK);
    store_life.dead[id] = true;
}

static void finish_update(const struct otakey_survey *survey)
{
    int slot = survey->unfinished;
    if (store_life.trouble == REPLACED && survey->other != OTAKEY_STORE_NONE && !store_life.lost) {
        store_life.lost = true; /* rule 6: both in turn */
        slot = survey->other;
    }
    uint32_t id = presented(&store_life.store, slot);
    if (store_life.unfit[id] && survey->current != OTAKEY_STORE_NONE && store_life.row != id) {
        store_life.refused[id] = true; /* ACK 2 */
        store_life.stirred = true;
        give_up(slot, id);
        return;
    }
    struct otakey_record record;
    CHECK(otakey_store_get(&store_life.store, slot, &record) == OTAKEY_OK);
    if (record.verify && !otakey_store_is_verified(&store_life.store, slot)) {
        CHECK(otakey_store_verify(&store_life.store, slot) == OTAKEY_OK);
        CHECK(otakey_store_is_verified(&store_life.store, slot));
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
    if (store_life.stirred) {
        return false;
    }
    switch (store_life.trouble) {
    case REBOOT:
    case UNFIT_REBOOT:
        CHECK(otakey_store_boot(&store_life.store) == OTAKEY_OK);
        store_life.stirred = store_life.trouble == REBOOT;
        return store_life.stirred;
    case TWO_LONE_LATE:
        store_life.stirred = true;
        store_grant();
        (void)confirm_is_acked(presented(&store_life.store, survey->unfinished));
        return true;
    case REPLACED:
        CHECK(otakey_store_boot(&store_life.store) == OTAKEY_OK);
        store_life.stirred = survey->other != OTAKEY_STORE_NONE;
        store_grant();
        return true;
    case TWO_LONE:
        store_life.stirred = true;
        store_grant();
        return true;
    default: return false;
    }
}

void store_life_run(void)
{
    for (int round = 0; round < ROUNDS; round++) {
        struct otakey_survey survey;
        otakey_store_survey(&store_life.store, &survey);
        store_life_check();
        if (survey.unfinished != OTAKEY_STORE_NONE) {
            if (!stir(&survey)) {
                finish_update(&survey);
            }
        } else if (survey.current == OTAKEY_STORE_NONE) {
            CHECK(store_life.row == 0); /* else the device is bricked */
            store_grant();
        } else if (store_life.commits < store_life.wanted) {
            store_grant();
        } else {
            CHECK(presented(&store_life.store, survey.current) == store_life.row);
            check_no_remains();
            return;
        }
    }
    CHECK(!"at peace in time");
}

void store_life_calm_down(void)
{
    store_life_run();
    for (int i = 0; i < 2; i++) {
        store_life_power_cycle();
        store_life_run();
    }
}
