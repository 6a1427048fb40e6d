/*
 * NOR flash with two slots that behaves as badly as real flash may, and counts.
 *
 * Programming only clears bits. Every write is counted by word and by block of 512 bytes since the
 * last erase, every erase by page, and the program ends if a count goes beyond the data sheets:
 * two writes of a word (nRF52840, nWRITE), 181 of a block (nRF52832), 10,000 erases of a page. A
 * word may be written once more for each power cut since its page was erased, since what was cut
 * short has to be done again; on flash that fails, words are not counted.
 *
 * Power can be cut in any operation, by longjmp. A word that was cut short is marginal: at each
 * power-on it takes a reading, as the tear says, until it is programmed or erased whole.
 */
#ifndef SIM_FLASH_H
#define SIM_FLASH_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

#include "store.h"

#ifndef SIM_WORDS_MAX
#define SIM_WORDS_MAX 256u /* a page of 1 KiB; the rest of a larger one is never used */
#endif
#define SIM_BLOCK_WORDS 128u
#define SIM_BLOCKS_MAX ((SIM_WORDS_MAX + SIM_BLOCK_WORDS - 1u) / SIM_BLOCK_WORDS)
#define SIM_WRITES_PER_WORD 2u
#define SIM_WRITES_PER_BLOCK 181u
#define SIM_ERASES 10000u

/* What a cut leaves of the operation that it hits, by its readings at the power-ons that follow. */
enum sim_tear {
    SIM_NOT_BEGUN,
    SIM_PART,     /* some of the bits, and they stay; of a page: words at random, some in part */
    SIM_OLD_NEW,  /* as before, as wanted, and so on in turn */
    SIM_NEW_OLD,
    SIM_PART_OLD, /* some of the bits, as before, ... */
    SIM_PART_NEW,
    SIM_WAVERING, /* at random each time, each word for itself */
    SIM_TEARS
};

enum sim_fault {
    SIM_OBEYS,
    SIM_WRITE_REFUSED,  /* reports an error, does nothing */
    SIM_WRITE_IGNORED,  /* reports success, does nothing */
    SIM_WRITE_WEAK,     /* reports success, one bit is not programmed */
    SIM_ERASE_REFUSED,
    SIM_ERASE_IGNORED,
    SIM_ERASE_PARTIAL,  /* reports success, one word keeps its content */
    SIM_FAULTS
};

struct sim_word {
    uint32_t reads;  /* now */
    uint32_t before; /* the two ends between which a marginal word wavers; equal if it is none */
    uint32_t after;
    uint32_t part;
    uint8_t tear;
    uint8_t power_ons;
    uint16_t writes;
};

struct sim_flash {
    struct otakey_flash port;
    struct sim_word word[OTAKEY_STORE_SLOTS][SIM_WORDS_MAX];
    uint32_t block_writes[OTAKEY_STORE_SLOTS][SIM_BLOCKS_MAX];
    uint32_t erases[OTAKEY_STORE_SLOTS];
    uint32_t cuts[OTAKEY_STORE_SLOTS]; /* power cuts since the page was erased */
    uint32_t operations;               /* erases and writes since sim_flash_init() */
    uint64_t random;

    uint32_t cut_at; /* the operation with this number is cut; UINT32_MAX: none */
    enum sim_tear tear;
    jmp_buf *power_gone;

    enum sim_fault fault; /* from this operation on */
    uint32_t fault_at;
    bool fault_once; /* only in that one */
    int fault_slot;  /* only here; OTAKEY_STORE_NONE: in both */

    /* The highest counts ever. */
    uint32_t most_word_writes;
    uint32_t most_block_writes;
};

/* Flash with so many words in each slot that reads `fill` everywhere. */
void sim_flash_init(struct sim_flash *sim, uint32_t words, uint32_t fill, uint64_t seed);

/* Cuts the power in the operation that comes after so many others, by longjmp to `power_gone`. */
void sim_flash_cut(struct sim_flash *sim, uint32_t after, enum sim_tear tear,
                   jmp_buf *power_gone);

/* Power is back and stays: marginal words take their next reading. */
void sim_flash_power_on(struct sim_flash *sim);

bool sim_flash_is_marginal(const struct sim_flash *sim, int slot, uint32_t word);
bool sim_flash_any_marginal(const struct sim_flash *sim);

/* The word keeps, from now on, what the cut left of it in part. */
void sim_flash_settle(struct sim_flash *sim, int slot, uint32_t word);

/* How marginal words may read. */
enum sim_view { SIM_AS_BEFORE, SIM_AS_WANTED, SIM_MIXED, SIM_VIEWS };

/* A copy in which every marginal word has taken such a reading for good. */
void sim_flash_view(const struct sim_flash *sim, enum sim_view how, struct sim_flash *view);

#endif
