#include "sim_flash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ERASED UINT32_C(0xffffffff)

static void beyond(const char *what, int slot, uint32_t where, uint32_t count)
{
    fprintf(stderr, "flash: slot %d, %u: %s: %u\n", slot, (unsigned)where, what, (unsigned)count);
    exit(1);
}

static uint32_t random_word(struct sim_flash *sim)
{
    sim->random ^= sim->random >> 12;
    sim->random ^= sim->random << 25;
    sim->random ^= sim->random >> 27;
    return (uint32_t)((sim->random * UINT64_C(0x2545f4914f6cdd1d)) >> 32);
}

static void set(struct sim_word *word, uint32_t value)
{
    word->reads = word->before = word->after = value;
}

static uint32_t reading(struct sim_flash *sim, const struct sim_word *word)
{
    bool odd = word->power_ons % 2u != 0; /* the first power-on is number 1 */
    switch (word->tear) {
    case SIM_OLD_NEW: return odd ? word->before : word->after;
    case SIM_NEW_OLD: return odd ? word->after : word->before;
    case SIM_PART_OLD: return odd ? word->part : word->before;
    case SIM_PART_NEW: return odd ? word->part : word->after;
    default: break;
    }
    uint32_t choice = random_word(sim) % 3u;
    return choice == 0 ? word->before : choice == 1 ? word->after : word->part;
}

/* Leaves a word between what it was and what it was to be. A word that wavered goes on to. */
static void tear(struct sim_flash *sim, struct sim_word *word, uint32_t wanted)
{
    if (sim->tear == SIM_NOT_BEGUN) {
        return;
    }
    word->after = wanted;
    word->part = word->before ^ ((word->before ^ wanted) & random_word(sim));
    word->tear = (uint8_t)sim->tear;
    word->power_ons = 0;
    if (sim->tear == SIM_PART) {
        set(word, word->part);
    }
}

static bool is_cut(struct sim_flash *sim)
{
    return sim->operations++ == sim->cut_at;
}

static void cut(struct sim_flash *sim)
{
    sim->cuts[0]++;
    sim->cuts[1]++;
    longjmp(*sim->power_gone, 1);
}

static bool is_faulty(const struct sim_flash *sim, int slot)
{
    return sim->operations > sim->fault_at
           && (!sim->fault_once || sim->operations == sim->fault_at + 1u)
           && (sim->fault_slot == OTAKEY_STORE_NONE || sim->fault_slot == slot);
}

static void count_write(struct sim_flash *sim, int slot, uint32_t at)
{
    struct sim_word *word = &sim->word[slot][at];
    uint32_t *block = &sim->block_writes[slot][at / SIM_BLOCK_WORDS];
    word->writes++;
    (*block)++;
    if (word->writes > SIM_WRITES_PER_WORD + sim->cuts[slot] && sim->fault_at == UINT32_MAX) {
        beyond("a word was written too often", slot, at, word->writes);
    }
    if (*block > SIM_WRITES_PER_BLOCK) {
        beyond("a block was written too often", slot, at, *block);
    }
    if (word->writes > sim->most_word_writes) {
        sim->most_word_writes = word->writes;
    }
    if (*block > sim->most_block_writes) {
        sim->most_block_writes = *block;
    }
}

static struct sim_word *locate(struct sim_flash *sim, int slot, uint32_t at)
{
    if (slot < 0 || slot >= OTAKEY_STORE_SLOTS || at >= sim->port.words) {
        beyond("no such word", slot, at, 0);
    }
    return &sim->word[slot][at];
}

static int write_word(void *context, int slot, uint32_t at, uint32_t value)
{
    struct sim_flash *sim = context;
    struct sim_word *word = locate(sim, slot, at);
    bool cut_short = is_cut(sim);
    count_write(sim, slot, at);
    if (value != 0 && (word->reads & value) != value) {
        beyond("a bit was to be programmed to 1", slot, at, word->reads);
    }
    if (is_faulty(sim, slot)) {
        if (sim->fault == SIM_WRITE_REFUSED || sim->fault == SIM_WRITE_IGNORED) {
            return sim->fault == SIM_WRITE_REFUSED;
        }
        uint32_t cleared = word->reads & ~value;
        if (sim->fault == SIM_WRITE_WEAK) {
            value |= cleared & (~cleared + 1u);
        }
    }
    uint32_t wanted = word->reads & value;
    if (cut_short) {
        tear(sim, word, wanted);
        cut(sim);
    }
    set(word, wanted);
    return 0;
}

static int erase_page(void *context, int slot)
{
    struct sim_flash *sim = context;
    (void)locate(sim, slot, 0);
    bool cut_short = is_cut(sim);
    if (++sim->erases[slot] > SIM_ERASES) {
        beyond("a page was erased too often", slot, 0, sim->erases[slot]);
    }
    if (is_faulty(sim, slot)
        && (sim->fault == SIM_ERASE_REFUSED || sim->fault == SIM_ERASE_IGNORED)) {
        return sim->fault == SIM_ERASE_REFUSED;
    }
    bool keeps_one = is_faulty(sim, slot) && sim->fault == SIM_ERASE_PARTIAL;
    for (uint32_t at = 0; at < sim->port.words; at++) {
        struct sim_word *word = &sim->word[slot][at];
        if (cut_short) {
            bool spared = sim->tear == SIM_PART && random_word(sim) % 3u == 0;
            tear(sim, word, spared ? word->before : ERASED);
        } else if (!keeps_one || word->reads == ERASED) {
            set(word, ERASED);
            word->writes = 0;
        } else {
            keeps_one = false;
        }
    }
    if (cut_short) {
        cut(sim);
    }
    memset(sim->block_writes[slot], 0, sizeof(sim->block_writes[slot]));
    sim->cuts[slot] = 0;
    return 0;
}

static uint32_t read_word(void *context, int slot, uint32_t at)
{
    return locate(context, slot, at)->reads;
}

void sim_flash_init(struct sim_flash *sim, uint32_t words, uint32_t fill, uint64_t seed)
{
    memset(sim, 0, sizeof(*sim));
    sim->port = (struct otakey_flash){erase_page, write_word, read_word, sim, words};
    sim->random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1u;
    sim->cut_at = UINT32_MAX;
    sim->fault_at = UINT32_MAX;
    sim->fault_slot = OTAKEY_STORE_NONE;
    for (int slot = 0; slot < OTAKEY_STORE_SLOTS; slot++) {
        for (uint32_t at = 0; at < words; at++) {
            set(&sim->word[slot][at], fill);
        }
    }
}

void sim_flash_cut(struct sim_flash *sim, uint32_t after, enum sim_tear tear_by,
                   jmp_buf *power_gone)
{
    sim->cut_at = sim->operations + after;
    sim->tear = tear_by;
    sim->power_gone = power_gone;
}

void sim_flash_power_on(struct sim_flash *sim)
{
    sim->cut_at = UINT32_MAX;
    for (int slot = 0; slot < OTAKEY_STORE_SLOTS; slot++) {
        for (uint32_t at = 0; at < sim->port.words; at++) {
            struct sim_word *word = &sim->word[slot][at];
            if (word->before != word->after) {
                word->power_ons++;
                word->reads = reading(sim, word);
            }
        }
    }
}

bool sim_flash_is_marginal(const struct sim_flash *sim, int slot, uint32_t word)
{
    return sim->word[slot][word].before != sim->word[slot][word].after;
}

bool sim_flash_any_marginal(const struct sim_flash *sim)
{
    for (uint32_t at = 0; at < sim->port.words; at++) {
        if (sim_flash_is_marginal(sim, 0, at) || sim_flash_is_marginal(sim, 1, at)) {
            return true;
        }
    }
    return false;
}

void sim_flash_settle(struct sim_flash *sim, int slot, uint32_t word)
{
    set(&sim->word[slot][word], sim->word[slot][word].part);
}

void sim_flash_view(const struct sim_flash *sim, enum sim_view how, struct sim_flash *view)
{
    view->port = sim->port;
    view->port.context = view;
    view->random = sim->random ^ sim->operations;
    for (int slot = 0; slot < OTAKEY_STORE_SLOTS; slot++) {
        for (uint32_t at = 0; at < sim->port.words; at++) {
            const struct sim_word *word = &sim->word[slot][at];
            bool wanted = how == SIM_MIXED ? random_word(view) % 2u != 0 : how == SIM_AS_WANTED;
            set(&view->word[slot][at], wanted ? word->after : word->before);
        }
    }
}
