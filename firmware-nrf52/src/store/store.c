#include "store.h"

#include <string.h>

#include "otakey/crypto.h"
#include "record.h"

/* Where the markers of existing records stand, by slot; 0: no record. */
struct view {
    uint32_t markers[OTAKEY_STORE_SLOTS];
};

static uint32_t read_word(const struct otakey_flash *flash, int slot, uint32_t word)
{
    return flash->read_word(flash->context, slot, word);
}

static uint32_t marker(const struct otakey_flash *flash, int slot, uint32_t markers,
                       enum record_marker which)
{
    return read_word(flash, slot, markers + (uint32_t)which);
}

static int set_marker(const struct otakey_flash *flash, int slot, uint32_t markers,
                      enum record_marker which)
{
    return record_program(flash, slot, markers + (uint32_t)which, record_magic(which));
}

static bool is_blank(const struct otakey_flash *flash, int slot)
{
    for (uint32_t word = 0; word < flash->words; word++) {
        if (read_word(flash, slot, word) != RECORD_ERASED) {
            return false;
        }
    }
    return true;
}

/* Markers of the record in the slot, if it exists: the check value and one STORED. */
static uint32_t existing(const struct otakey_flash *flash, int slot)
{
    uint32_t markers = record_markers(flash, slot);
#ifdef SEEDED_BUG_ANY_STORED
    if (markers != 0 && marker(flash, slot, markers, MARKER_STORED) != RECORD_ERASED) {
        return record_checked(flash, slot);
    }
#endif
    if (markers == 0
        || (marker(flash, slot, markers, MARKER_STORED) != record_magic(MARKER_STORED)
            && marker(flash, slot, markers, MARKER_STORED2) != record_magic(MARKER_STORED2))) {
        return 0;
    }
    return record_checked(flash, slot);
}

static struct view look(const struct otakey_flash *flash)
{
    struct view view;
    for (int slot = 0; slot < OTAKEY_STORE_SLOTS; slot++) {
        view.markers[slot] = existing(flash, slot);
    }
    return view;
}

static int newest(const struct otakey_flash *flash, const struct view *view)
{
    if (view->markers[0] != 0 && view->markers[1] != 0) {
        uint32_t ahead = record_sequence(flash, 0) - record_sequence(flash, 1);
        return ahead - 1u < UINT32_C(0x7fffffff) ? 0 : 1; /* as a signed difference */
    }
    return view->markers[0] != 0 ? 0 : view->markers[1] != 0 ? 1 : OTAKEY_STORE_NONE;
}

static bool is_confirmed(const struct otakey_flash *flash, const struct view *view, int slot)
{
    return view->markers[slot] != 0
           && marker(flash, slot, view->markers[slot], MARKER_CONFIRMED) != RECORD_ERASED;
}

static int erase(const struct otakey_flash *flash, int slot)
{
    bool obeyed = flash->erase_page(flash->context, slot) == 0;
    return obeyed && is_blank(flash, slot) ? OTAKEY_OK : OTAKEY_E_FLASH;
}

/*
 * Markers first: one of them may be a word that was cut short, and a record whose key is half gone
 * must not come back to life with it. They are written even if they read as zeros.
 */
static int wipe(const struct otakey_flash *flash, int slot)
{
    if (is_blank(flash, slot)) {
        return OTAKEY_OK;
    }
#ifdef SEEDED_BUG_KEY_BEFORE_MARKERS
    (void)record_zeroise(flash, slot);
#endif
    uint32_t markers = record_markers(flash, slot);
    if (markers != 0) {
        (void)record_program(flash, slot, markers + MARKER_STORED, 0);
        (void)record_program(flash, slot, markers + MARKER_STORED2, 0);
    }
    (void)record_zeroise(flash, slot);
    return erase(flash, slot); /* the last word on whether anything is left */
}

/* CONFIRMED, and only when it is sure to stay: away with an older record. */
static int confirm(const struct otakey_flash *flash, const struct view *view, int slot)
{
    bool older = slot == newest(flash, view) && view->markers[1 - slot] != 0;
#ifdef SEEDED_BUG_ZEROISE_FIRST
    (void)(older && record_zeroise(flash, 1 - slot));
#endif
    int result = set_marker(flash, slot, view->markers[slot], MARKER_CONFIRMED);
    if (result == OTAKEY_OK && older) {
        result = record_zeroise(flash, 1 - slot);
    }
    return result;
}

/*
 * The power may have gone while CONFIRMED was programmed: such a word may read as set now and as
 * blank at the next boot. So it is programmed again before anything is built on it; but once only,
 * for a word bears two writes: zeros in VERIFIED, which a confirmed record needs no more, say that
 * it was done.
 */
static int finish_confirm(const struct otakey_flash *flash)
{
    struct view view = look(flash);
    int slot = newest(flash, &view);
    if (slot == OTAKEY_STORE_NONE || !is_confirmed(flash, &view, slot)) {
        return OTAKEY_OK;
    }
#ifdef SEEDED_BUG_CONFIRM_ONCE
    return view.markers[1 - slot] != 0 ? record_zeroise(flash, 1 - slot) : OTAKEY_OK;
#endif
    uint32_t done = view.markers[slot] + MARKER_VERIFIED;
    if (view.markers[1 - slot] == 0 && read_word(flash, slot, done) == 0) {
        return OTAKEY_OK;
    }
    int result = confirm(flash, &view, slot);
    return result == OTAKEY_OK ? record_program(flash, slot, done, 0) : result;
}

/* A STORED word that was cut short cannot change its mind once STORED2 stands beside it. */
static int settle(const struct otakey_flash *flash, const struct view *view, int slot)
{
    uint32_t markers = view->markers[slot];
#ifdef SEEDED_BUG_NO_STORED2
    return OTAKEY_OK;
#endif
    if (markers == 0 || is_confirmed(flash, view, slot)
        || marker(flash, slot, markers, MARKER_STORED2) == record_magic(MARKER_STORED2)) {
        return OTAKEY_OK;
    }
    return set_marker(flash, slot, markers, MARKER_STORED2);
}

/* Writes words and reads them back, then STORED. */
static int write_image(const struct otakey_flash *flash, int slot, const uint8_t *image,
                       uint32_t size)
{
    for (uint32_t word = 0; word < size; word++) {
        if (flash->write_word(flash->context, slot, word, record_word(image, word)) != 0) {
            return OTAKEY_E_FLASH;
        }
    }
#ifndef SEEDED_BUG_NO_READ_BACK
    for (uint32_t word = 0; word < size; word++) {
        if (read_word(flash, slot, word) != record_word(image, word)) {
            return OTAKEY_E_FLASH;
        }
    }
#endif
    return set_marker(flash, slot, size, MARKER_STORED);
}

/* On its own, so that no image is on the stack while the slots are looked at. */
static __attribute__((noinline)) int replace(const struct otakey_flash *flash, int slot,
                                             const struct otakey_record *record,
                                             struct otakey_span connection)
{
    uint8_t image[RECORD_IMAGE_MAX];
    uint32_t size = record_build(image, record, connection);
    if (size == 0) {
        return OTAKEY_E_SPACE;
    }
    /* An erase that was cut short may read as blank, and change its mind: erase it in any case. */
    int result = is_blank(flash, slot) ? erase(flash, slot) : wipe(flash, slot);
    if (result == OTAKEY_OK) {
        result = write_image(flash, slot, image, size);
    }
    otakey_wipe(image, sizeof(image));
    if (result != OTAKEY_OK) {
        (void)wipe(flash, slot);
    }
    return result;
}

static bool is_slot(int slot)
{
    return slot == 0 || slot == 1;
}

int otakey_store_init(struct otakey_store *store, const struct otakey_flash *flash)
{
    if (flash->erase_page == NULL || flash->write_word == NULL || flash->read_word == NULL
        || flash->words < OTAKEY_STORE_RECORD_WORDS_MAX) {
        return OTAKEY_E_ARGUMENT;
    }
    store->flash = flash;
    return OTAKEY_OK;
}

int otakey_store_boot(struct otakey_store *store)
{
    const struct otakey_flash *flash = store->flash;
    int result = OTAKEY_OK;
    for (int slot = 0; slot < OTAKEY_STORE_SLOTS; slot++) {
        if (existing(flash, slot) == 0 && wipe(flash, slot) != OTAKEY_OK) {
            result = OTAKEY_E_FLASH;
        }
    }
    if (finish_confirm(flash) != OTAKEY_OK) {
        result = OTAKEY_E_FLASH;
    }
    struct view view = look(flash);
    for (int slot = 0; slot < OTAKEY_STORE_SLOTS; slot++) {
        if (settle(flash, &view, slot) != OTAKEY_OK) {
            result = OTAKEY_E_FLASH;
        }
    }
    return result;
}

void otakey_store_survey(const struct otakey_store *store, struct otakey_survey *survey)
{
    const struct otakey_flash *flash = store->flash;
    struct view view = look(flash);
    int last = newest(flash, &view);
    *survey = (struct otakey_survey){OTAKEY_STORE_NONE, OTAKEY_STORE_NONE, OTAKEY_STORE_NONE,
                                     is_blank(flash, 0) && is_blank(flash, 1)};
    if (last == OTAKEY_STORE_NONE) {
        return;
    }
    if (is_confirmed(flash, &view, last)) {
        survey->current = last;
        return;
    }
    survey->unfinished = last;
    if (is_confirmed(flash, &view, 1 - last)) {
        survey->current = 1 - last;
    } else if (view.markers[1 - last] != 0) {
        survey->other = 1 - last;
    }
}

int otakey_store_put(struct otakey_store *store, const struct otakey_record *record,
                     struct otakey_span connection)
{
    const struct otakey_flash *flash = store->flash;
    if (record->token.size == 0) {
        return OTAKEY_E_ARGUMENT;
    }
    struct view view = look(flash);
    int last = newest(flash, &view);
    int slot = last == OTAKEY_STORE_NONE ? 0 : 1 - last;
#ifdef SEEDED_BUG_ONE_SLOT
    slot = 0;
#endif
    struct otakey_record numbered = *record;
    numbered.sequence = last == OTAKEY_STORE_NONE ? 1u : record_sequence(flash, last) + 1u;
    int result = replace(flash, slot, &numbered, connection);
    otakey_wipe(&numbered, sizeof(numbered));
    if (result != OTAKEY_OK) {
        return result;
    }
#ifdef SEEDED_BUG_ERASE_EARLY
    (void)erase(flash, 1 - slot);
#endif
    return slot;
}

int otakey_store_get(const struct otakey_store *store, int slot, struct otakey_record *record)
{
    if (!is_slot(slot) || existing(store->flash, slot) == 0) {
        memset(record, 0, sizeof(*record));
        return OTAKEY_E_NO_RECORD;
    }
    record_read(store->flash, slot, record);
    return OTAKEY_OK;
}

int otakey_store_connection(const struct otakey_store *store, int slot, uint8_t *buffer,
                            size_t size)
{
    if (slot == OTAKEY_STORE_NONE) {
        return 0;
    }
    struct otakey_record record;
    int result = otakey_store_get(store, slot, &record);
    size_t bytes = record.connection_size;
    otakey_wipe(&record, sizeof(record));
    if (result != OTAKEY_OK) {
        return result;
    }
    if (bytes > size) {
        return OTAKEY_E_SPACE;
    }
    record_read_connection(store->flash, slot, buffer, bytes);
    return (int)bytes;
}

static bool has_marker(const struct otakey_store *store, int slot, enum record_marker which)
{
    uint32_t markers = is_slot(slot) ? existing(store->flash, slot) : 0;
    return markers != 0 && marker(store->flash, slot, markers, which) != RECORD_ERASED;
}

bool otakey_store_is_verified(const struct otakey_store *store, int slot)
{
    return has_marker(store, slot, MARKER_VERIFIED);
}

bool otakey_store_is_confirmed(const struct otakey_store *store, int slot)
{
    return has_marker(store, slot, MARKER_CONFIRMED);
}

int otakey_store_verify(struct otakey_store *store, int slot)
{
    uint32_t markers = is_slot(slot) ? existing(store->flash, slot) : 0;
    return markers == 0 ? OTAKEY_E_NO_RECORD
                        : set_marker(store->flash, slot, markers, MARKER_VERIFIED);
}

int otakey_store_confirm(struct otakey_store *store, int slot)
{
    struct view view = look(store->flash);
    if (!is_slot(slot) || view.markers[slot] == 0) {
        return OTAKEY_E_NO_RECORD;
    }
    return confirm(store->flash, &view, slot);
}

int otakey_store_wipe(struct otakey_store *store, int slot)
{
    if (!is_slot(slot)) {
        return OTAKEY_E_ARGUMENT;
    }
    if (otakey_store_is_confirmed(store, slot)) {
        return OTAKEY_E_IN_USE;
    }
    return wipe(store->flash, slot);
}
