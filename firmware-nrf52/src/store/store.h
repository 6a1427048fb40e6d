/*
 * The device's keys in flash: two slots, each a page of its own, each with at most one record
 * (docs/protocol.md, section 7, "Records" and rule 4, with the mends of section 10).
 *
 * Power may fail before and in the middle of every flash operation: after the next boot a key that
 * was good before is still there, or its successor is. Nothing is reported as done before it was
 * read back. The record beside which a new one is written is never touched.
 *
 * A record in words, bytes in big-endian order, padded with zeros:
 *
 *   word   0        magic 0x4f544b31
 *          1        version (upper half: 1), words of the body (lower half)
 *          2        local sequence number
 *          3        epoch                                                     - body
 *          4..11    device key
 *          12       flags (bit 0: verify the login), token bytes; connection bytes (lower half)
 *          13..     token; connection, each from a word of its own
 *          then 2   check value: first 8 bytes of SHA-256 of all words before
 *          then 4   STORED, STORED2, VERIFIED, CONFIRMED
 *
 * Not for interrupts: one caller at a time. No call keeps a pointer to what it was given, except
 * otakey_store_init().
 */
#ifndef OTAKEY_STORE_H
#define OTAKEY_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "otakey/types.h"

#define OTAKEY_STORE_SLOTS 2
#define OTAKEY_STORE_NONE (-1) /* no slot */

/* Longest connection map (section 5), deterministic CBOR with every field at its limit; bytes. */
#define OTAKEY_STORE_CONNECTION_MAX 417u

/* Words of the longest record with its markers; a page must not have less. */
#define OTAKEY_STORE_RECORD_WORDS_MAX \
    (3u + 1u + 8u + 1u + OTAKEY_TOKEN_MAX / 4u + (OTAKEY_STORE_CONNECTION_MAX + 3u) / 4u + 2u + 4u)

/* Results beyond enum otakey_result. */
enum otakey_store_result {
    OTAKEY_E_FLASH = -16, /* a word or page does not read as it was programmed or erased */
    OTAKEY_E_NO_RECORD = -17, /* the slot holds no record */
    OTAKEY_E_IN_USE = -18 /* refused: the call would destroy a confirmed record */
};

/*
 * What a board provides. Slots are 0 and 1, each one erase page; words are 32 bits, counted from
 * the start of the slot. Calls return when the operation is complete.
 */
struct otakey_flash {
    /* Sets all bits of the slot. Returns 0, or anything else if the board knows that it failed. */
    int (*erase_page)(void *context, int slot);

    /* Programs one word: it reads as the old word AND the value afterwards. Returns as above. */
    int (*write_word)(void *context, int slot, uint32_t word, uint32_t value);

    /* The word as it reads now; not from a cache. */
    uint32_t (*read_word)(void *context, int slot, uint32_t word);

    void *context;
    uint32_t words; /* words in each slot, at least OTAKEY_STORE_RECORD_WORDS_MAX */
};

/* The store; its fields are its own. The caller provides the memory. */
struct otakey_store {
    const struct otakey_flash *flash;
};

/* What one record keeps, without its connection. Secret: wipe it after use. */
struct otakey_record {
    uint32_t sequence; /* local number, the larger of two is newer; set by the store */
    uint32_t epoch;
    uint8_t device_key[OTAKEY_KEY_SIZE];
    struct otakey_token token;
    uint16_t connection_size; /* bytes of CBOR; 0 if there is none; set by the store */
    bool verify;              /* a platform login must succeed before CONFIRM */
};

/* What the slots hold, as far as decisions need it (rule 4); each a slot or OTAKEY_STORE_NONE. */
struct otakey_survey {
    int current;    /* the newest confirmed record: the key in use */
    int unfinished; /* the newest record of all, if it is not confirmed */
    int other;      /* a second unconfirmed record, where no record is confirmed */
    bool blank;     /* every word of both slots is all ones */
};

/*
 * Takes the flash; does not touch it. `flash` has to live as long as the store.
 * OTAKEY_E_ARGUMENT if a call is missing or the pages are too small.
 */
int otakey_store_init(struct otakey_store *store, const struct otakey_flash *flash);

/*
 * To be called once at every boot before anything else (rule 4): wipes what is neither blank nor a
 * record; programs CONFIRMED once more, at the first boot after it and while an older record is
 * beside it, zeroises the older one and notes in VERIFIED that it was done; programs STORED2 of
 * unconfirmed records.
 *
 * OTAKEY_E_FLASH if flash does not obey. The survey is right all the same; report the fault by
 * "last error" and go on.
 */
int otakey_store_boot(struct otakey_store *store);

/* Reads both slots. Cheap enough to be called before every decision: at most two SHA-256. */
void otakey_store_survey(const struct otakey_store *store, struct otakey_survey *survey);

/*
 * Writes a record to the slot that does not hold the newest one (rule 1; slot 0 of two blank ones),
 * reads it back and sets STORED. What stood in that slot is wiped before, also a confirmed record:
 * beside a newest record that is not confirmed call it only as rule 6 says.
 *
 * `record`: sequence and connection_size are ignored. `connection`: CBOR, or of size 0 for none; to
 * keep the present one, read it with otakey_store_connection() and give it back.
 *
 * Returns the slot, 0 or 1. OTAKEY_E_SPACE if token or connection are too long (ABANDON reason 5),
 * OTAKEY_E_ARGUMENT if the token is empty: flash is untouched then. OTAKEY_E_FLASH if the record
 * is not in flash afterwards (reason 3): the newest record is untouched.
 */
int otakey_store_put(struct otakey_store *store, const struct otakey_record *record,
                     struct otakey_span connection);

/* Reads the record of a slot. OTAKEY_E_NO_RECORD: `record` is then zeros. */
int otakey_store_get(const struct otakey_store *store, int slot, struct otakey_record *record);

/*
 * Reads the connection of a record. Returns its bytes (0: none), OTAKEY_E_NO_RECORD, or
 * OTAKEY_E_SPACE if `size` is too small. OTAKEY_STORE_NONE as slot has no connection: 0.
 */
int otakey_store_connection(const struct otakey_store *store, int slot, uint8_t *buffer,
                            size_t size);

/* Whether the marker word is set; false where there is no record. */
bool otakey_store_is_verified(const struct otakey_store *store, int slot);
bool otakey_store_is_confirmed(const struct otakey_store *store, int slot);

/* The platform accepted a login (rule 2): sets VERIFIED. OTAKEY_E_NO_RECORD, OTAKEY_E_FLASH. */
int otakey_store_verify(struct otakey_store *store, int slot);

/*
 * A valid ACK 0 or 1 came (rule 3): sets CONFIRMED, reads it back, and only then zeroises device
 * key and token of an older record. OTAKEY_E_NO_RECORD; OTAKEY_E_FLASH: if CONFIRMED did not
 * take, nothing was zeroised; ask otakey_store_is_confirmed().
 */
int otakey_store_confirm(struct otakey_store *store, int slot);

/*
 * A valid ACK 2 or ERROR 7 came (rules 2, 3, 5): zeros over STORED and STORED2, then over device
 * key and token, then erase. OTAKEY_E_IN_USE if the record is confirmed: nothing ever wipes that.
 * OTAKEY_E_FLASH if something of it can still be read; no record is left all the same unless
 * otakey_store_get() finds one. A slot without a record is wiped, too.
 */
int otakey_store_wipe(struct otakey_store *store, int slot);

#endif
