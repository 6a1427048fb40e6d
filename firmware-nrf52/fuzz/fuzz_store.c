/*
 * Arbitrary pages at boot. Which of them are records is decided a second time from the table in
 * store.h; what is none is wiped, what is one is found with its content, and nothing that a boot, a
 * new record or its wiping does touches the key in use.
 *
 * The input is, for each slot: how the page is made, the fields of a record, and single words that
 * are changed afterwards; see make_page().
 */
#include <string.h>

#include "check.h"
#include "fuzz.h"
#include "otakey/crypto.h"
#include "record.h"

#define WORDS 160u
#define NO_SLOT OTAKEY_STORE_NONE

const unsigned long fuzz_executions = 20000;

static uint32_t page[OTAKEY_STORE_SLOTS][WORDS];
static unsigned operations;

/* What the table says of a page. */
struct found {
    bool exists, confirmed;
    uint32_t sequence, epoch, markers;
    size_t token_size, connection_size;
};

/* ---- flash that does what it is told */

static int erase_page(void *context, int slot)
{
    (void)context;
    operations++;
    memset(page[slot], 0xff, sizeof page[slot]);
    return 0;
}

static int write_word(void *context, int slot, uint32_t word, uint32_t value)
{
    (void)context;
    CHECK(word < WORDS);
    operations++;
    page[slot][word] &= value;
    return 0;
}

static uint32_t read_word(void *context, int slot, uint32_t word)
{
    (void)context;
    CHECK(slot >= 0 && slot < OTAKEY_STORE_SLOTS && word < WORDS);
    return page[slot][word];
}

static const struct otakey_flash flash = {erase_page, write_word, read_word, NULL, WORDS};

/* ---- the input */

struct input {
    const uint8_t *at, *end;
};

static uint8_t byte(struct input *in)
{
    return (uint8_t)(in->at < in->end ? *in->at++ : 0);
}

static uint32_t word(struct input *in)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) {
        value = value << 8 | byte(in);
    }
    return value;
}

static void seal(int slot, uint32_t covered)
{
    uint8_t image[WORDS * 4], hash[OTAKEY_HASH_SIZE];
    for (uint32_t i = 0; i < covered * 4; i++) {
        image[i] = (uint8_t)(page[slot][i / 4] >> (24 - 8 * (i % 4)));
    }
    const struct otakey_span span = {image, covered * 4};
    otakey_sha256(hash, &span, 1);
    page[slot][covered] = record_word(hash, 0);
    page[slot][covered + 1] = record_word(hash, 1);
}

static uint32_t make_record(int slot, struct input *in)
{
    uint8_t image[RECORD_IMAGE_MAX], connection[OTAKEY_STORE_CONNECTION_MAX];
    struct otakey_record record = {.sequence = word(in), .epoch = byte(in)};
    record.token.size = (uint8_t)(1 + byte(in) % OTAKEY_TOKEN_MAX);
    memset(record.token.data, byte(in), OTAKEY_TOKEN_MAX);
    memset(record.device_key, byte(in), OTAKEY_KEY_SIZE);
    memset(connection, 0x5c, sizeof connection);
    const struct otakey_span cbor = {connection, 2u * byte(in) % (sizeof connection + 1)};
    uint32_t size = record_build(image, &record, cbor);
    for (uint32_t i = 0; i < size; i++) {
        page[slot][i] = record_word(image, i);
    }
    for (uint32_t i = 0; i < RECORD_MARKERS; i++) {
        uint8_t kind = byte(in);
        page[slot][size + i] = kind % 4 == 0   ? RECORD_ERASED
                               : kind % 4 == 1 ? record_magic((enum record_marker)i)
                               : kind % 4 == 2 ? 0
                                               : record_magic((enum record_marker)i) | word(in);
    }
    return size;
}

/* 0: blank, 1: zeros, 2: bytes as they come, else a record; then words that are changed; the check
 * value is made right again by the last bit. */
static void make_page(int slot, struct input *in)
{
    uint8_t kind = byte(in);
    uint32_t size = 0;
    memset(page[slot], kind % 8 == 1 ? 0 : 0xff, sizeof page[slot]);
    for (uint32_t i = 0; kind % 8 == 2 && i < WORDS; i++) {
        page[slot][i] = word(in);
    }
    if (kind % 8 > 2) {
        size = make_record(slot, in);
    }
    for (unsigned changes = byte(in) % 8u; changes > 0; changes--) {
        uint32_t at = byte(in);
        page[slot][at % WORDS] = word(in);
    }
    if (size > 2 && kind >= 0x80) {
        seal(slot, size - 2);
    }
}

void fuzz_begin(void)
{
    static const uint8_t record[] = {3, 0, 0, 0, 1, 1, 14, 0xaa, 0x11, 9, 1, 0, 0, 0, 0};
    static const uint8_t markers[][4] = {{1, 0, 0, 0}, {1, 1, 0, 0}, {1, 1, 1, 1}, {1, 1, 2, 1},
                                         {0, 1, 0, 1}, {3, 3, 0, 3}, {2, 2, 0, 0}};
    for (size_t i = 0; i < 7; i++) {
        for (size_t j = 0; j < 8; j++) {
            uint8_t seed[2 * sizeof record];
            memcpy(seed, record, sizeof record);
            memcpy(seed + 10, markers[i], 4);
            memcpy(seed + sizeof record, record, sizeof record);
            seed[sizeof record + 4] = 2; /* the sequence number */
            seed[sizeof record] = (uint8_t)(j == 7 ? i % 3 : 3);
            memcpy(seed + sizeof record + 10, markers[j % 7], 4);
            fuzz_seed(seed, sizeof seed);
        }
    }
}

/* ---- the table in store.h, once more */

static struct found look(int slot)
{
    static const uint32_t stored[] = {0x53544f31, 0x53544f32};
    const uint32_t *at = page[slot];
    struct found found = {.sequence = at[2], .epoch = at[3], .token_size = at[12] >> 16 & 0xff,
                          .connection_size = at[12] & 0xffff};
    if (at[0] != 0x4f544b31 || at[1] >> 16 != 1 || found.token_size < 1 || found.token_size > 32
        || found.connection_size > 417) {
        return found;
    }
    uint32_t body = 10 + (uint32_t)(found.token_size + 3) / 4
                    + (uint32_t)(found.connection_size + 3) / 4;
    if ((at[1] & 0xffff) != body) {
        return found;
    }
    uint32_t check[2] = {at[3 + body], at[4 + body]};
    seal(slot, 3 + body); /* what it should be */
    found.markers = 5 + body;
    found.exists = memcmp(check, &at[3 + body], sizeof check) == 0;
    memcpy(&page[slot][3 + body], check, sizeof check);
    found.exists = found.exists
                   && (at[found.markers] == stored[0] || at[found.markers + 1] == stored[1]);
    found.confirmed = found.exists && at[found.markers + 3] != UINT32_MAX;
    return found;
}

static int newest_of(const struct found found[2])
{
    if (found[0].exists && found[1].exists) {
        int32_t ahead = (int32_t)(found[0].sequence - found[1].sequence);
        return ahead > 0 ? 0 : 1;
    }
    return found[0].exists ? 0 : found[1].exists ? 1 : NO_SLOT;
}

static bool is_filled_with(int slot, uint32_t value)
{
    bool all = true;
    for (uint32_t i = 0; i < WORDS; i++) {
        all = all && page[slot][i] == value;
    }
    return all;
}

/* Rule 4: who is current, who is unfinished. */
static void check_survey(const struct otakey_store *store, const struct found found[2])
{
    struct otakey_survey survey;
    int newest = newest_of(found);
    otakey_store_survey(store, &survey);
    if (newest == NO_SLOT) {
        CHECK(survey.current == NO_SLOT && survey.unfinished == NO_SLOT);
        return;
    }
    bool done = found[newest].confirmed;
    CHECK(survey.unfinished == (done ? NO_SLOT : newest));
    CHECK(survey.current == (done ? newest : found[1 - newest].confirmed ? 1 - newest : NO_SLOT));
    CHECK(survey.other
          == (!done && found[1 - newest].exists && survey.current == NO_SLOT ? 1 - newest
                                                                             : NO_SLOT));
}

/* The record of a slot as it stood before, word by word up to its markers. */
static void check_unchanged(int slot, const uint32_t *was, const struct found *found)
{
    CHECK(memcmp(page[slot], was, found->markers * sizeof *was) == 0);
}

static void check_read(const struct otakey_store *store, int slot, const struct found *found)
{
    struct otakey_record record;
    uint8_t connection[OTAKEY_STORE_CONNECTION_MAX];
    int result = otakey_store_get(store, slot, &record);
    CHECK(result == (found->exists ? OTAKEY_OK : OTAKEY_E_NO_RECORD));
    if (found->exists) {
        CHECK(record.epoch == found->epoch && record.sequence == found->sequence);
        CHECK(record.token.size == found->token_size);
        CHECK(record.connection_size == found->connection_size);
        CHECK(otakey_store_connection(store, slot, connection, sizeof connection)
              == (int)found->connection_size);
    }
}

static void check_boot(struct otakey_store *store, const struct found found[2])
{
    uint32_t was[2][WORDS];
    struct found after[2];
    int newest = newest_of(found);
    bool done = newest != NO_SLOT && found[newest].confirmed;
    memcpy(was, page, sizeof was);
    int result = otakey_store_boot(store);
    for (int slot = 0; slot < OTAKEY_STORE_SLOTS; slot++) {
        after[slot] = look(slot);
        if (!found[slot].exists) {
            CHECK(is_filled_with(slot, UINT32_MAX));
        } else if (slot == newest || !done) {
            CHECK(after[slot].exists && after[slot].confirmed == found[slot].confirmed);
            check_unchanged(slot, was[slot], &found[slot]);
        } else {
            /* An older one is gone, unless CONFIRMED beside it could not be made sure. */
            CHECK(after[slot].exists == (result != OTAKEY_OK) || was[slot][4] == 0);
        }
        check_read(store, slot, &after[slot]);
    }
    check_survey(store, after);
    if (result == OTAKEY_OK && newest != NO_SLOT && after[0].exists != after[1].exists) {
        (void)otakey_store_boot(store); /* what is left of an older one is wiped */
        unsigned at_rest = operations;
        CHECK(otakey_store_boot(store) == OTAKEY_OK && operations == at_rest);
    }
}

/* A new record beside the key in use, and away with it. */
static void check_put(struct otakey_store *store)
{
    struct otakey_survey survey;
    uint32_t was[WORDS];
    const struct otakey_record record = {.epoch = 7, .token = {1, {7}}, .device_key = {7}};
    otakey_store_survey(store, &survey);
    int used = survey.current;
    if (survey.unfinished != NO_SLOT) {
        return; /* by rule 6 only */
    }
    const struct found found = used != NO_SLOT ? look(used) : (struct found){0};
    memcpy(was, page[used != NO_SLOT ? used : 0], sizeof was);
    int slot = otakey_store_put(store, &record, (struct otakey_span){record.device_key, 0});
    CHECK(slot >= 0 && slot != used);
    for (int i = 0; used != NO_SLOT && i < 2; i++) {
        CHECK(look(used).confirmed);
        check_unchanged(used, was, &found);
        CHECK(otakey_store_wipe(store, used) == OTAKEY_E_IN_USE);
        CHECK(i > 0 || otakey_store_wipe(store, slot) == OTAKEY_OK);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, data + size};
    struct otakey_store store;
    make_page(0, &in);
    make_page(1, &in);
    const struct found found[2] = {look(0), look(1)};
    for (int slot = 0; slot < OTAKEY_STORE_SLOTS; slot++) {
        CHECK(!found[slot].exists
              || !(is_filled_with(slot, 0) || is_filled_with(slot, UINT32_MAX)));
    }
    CHECK(otakey_store_init(&store, &flash) == OTAKEY_OK);
    check_survey(&store, found);
    check_read(&store, 0, &found[0]);
    check_read(&store, 1, &found[1]);
    check_boot(&store, found);
    check_put(&store);
    return 0;
}
