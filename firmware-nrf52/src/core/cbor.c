#include "cbor.h"

#include <string.h>

#ifdef SEEDED_BUG_CBOR_DEPTH
#define MAX_DEPTH 5u
#else
#define MAX_DEPTH 4u
#endif

enum major { UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE };

/* One head and its argument; moves `at` behind it, and behind the content of a string. */
static bool head(struct otakey_span data, size_t *at, enum major *major, uint64_t *argument)
{
    if (*at >= data.size) {
        return false;
    }
    uint8_t first = data.data[(*at)++];
    unsigned low = first & 0x1fu;
    *major = (enum major)(first >> 5);
    *argument = low;
    if (low >= 24) {
        size_t bytes = (size_t)1 << (low - 24);
        if (low > 27 || data.size - *at < bytes) {
            return false; /* indefinite, reserved, or cut short */
        }
        *argument = 0;
        while (bytes-- > 0) {
            *argument = *argument << 8 | data.data[(*at)++];
        }
    }
    if (*major == SIMPLE) {
        return low != 24 || *argument >= 32;
    }
    if (*major == BYTES || *major == TEXT) {
        if (*argument > data.size - *at) {
            return false;
        }
        *at += (size_t)*argument;
    }
    return true;
}

/* Where the item at `at` ends, or 0 if it is ill-formed or too deep. */
static size_t item_end(struct otakey_span data, size_t at)
{
    uint64_t left[MAX_DEPTH + 1] = {1}; /* items still to come on each level */
    unsigned level = 0;
    for (;;) {
        while (left[level] == 0) {
            if (level-- == 0) {
                return at;
            }
        }
        left[level]--;
        enum major major;
        uint64_t argument;
        if (!head(data, &at, &major, &argument)) {
            return 0;
        }
        if (major == ARRAY || major == MAP || major == TAG) {
            if (level == MAX_DEPTH || (major != TAG && argument > data.size)) {
                return 0;
            }
            left[++level] = major == TAG ? 1 : major == MAP ? 2 * argument : argument;
        }
    }
}

/* Both keys are well-formed items. */
static bool same_bytes(struct otakey_span data, size_t one, size_t other)
{
    size_t one_size = item_end(data, one) - one;
    return one_size == item_end(data, other) - other &&
           memcmp(data.data + one, data.data + other, one_size) == 0;
}

static bool same_number(struct otakey_span data, size_t one, size_t other)
{
    enum major major;
    uint64_t one_value = 0;
    uint64_t other_value = 0;
    return head(data, &one, &major, &one_value) && head(data, &other, &major, &other_value) &&
           one_value == other_value;
}

/* Whether no two of so many keys, the first at `first`, are the same. */
static bool differ(struct otakey_span data, size_t first, uint64_t entries,
                   bool (*same)(struct otakey_span, size_t, size_t))
{
    size_t key = first;
    while (entries-- > 0) {
        for (size_t other = first; other < key; other = item_end(data, item_end(data, other))) {
            if (same(data, other, key)) {
                return false;
            }
        }
        key = item_end(data, item_end(data, key));
    }
    return true;
}

bool otakey_cbor_is_map(struct otakey_span value)
{
    size_t first = 0;
    enum major major;
    uint64_t entries;
    if (!head(value, &first, &major, &entries) || major != MAP) {
        return false;
    }
    size_t key = first;
    for (uint64_t i = 0; i < entries; i++) {
        if (value.data[key] >> 5 != UNSIGNED) {
            return false;
        }
        key = item_end(value, item_end(value, key));
    }
    return differ(value, first, entries, same_number);
}

bool otakey_cbor_is_document(struct otakey_span data)
{
    if (data.size == 0 || item_end(data, 0) != data.size) {
        return false;
    }
#ifdef SEEDED_BUG_CBOR_INNER_DUPLICATES
    return otakey_cbor_is_map(data);
#endif
    for (size_t at = 0; at < data.size;) { /* from head to head, whatever the level */
        enum major major;
        uint64_t argument;
        if (!head(data, &at, &major, &argument) ||
            (major == MAP && !differ(data, at, argument, same_bytes))) {
            return false;
        }
    }
    return otakey_cbor_is_map(data);
}

bool otakey_cbor_get(struct otakey_span map, uint64_t key, struct otakey_span *value)
{
    size_t at = 0;
    enum major major;
    uint64_t entries;
    (void)head(map, &at, &major, &entries);
    while (entries-- > 0) {
        uint64_t found = 0;
        (void)head(map, &at, &major, &found);
        size_t end = item_end(map, at);
        if (found == key) {
            *value = (struct otakey_span){map.data + at, end - at};
            return true;
        }
        at = end;
    }
    return false;
}

bool otakey_cbor_unsigned(struct otakey_span value, uint32_t most, uint32_t *number)
{
    size_t at = 0;
    enum major major;
    uint64_t argument;
    if (!head(value, &at, &major, &argument) || major != UNSIGNED || argument > most) {
        return false;
    }
    *number = (uint32_t)argument;
    return true;
}

static bool string(struct otakey_span value, enum major wanted, size_t least, size_t most,
                   struct otakey_span *content)
{
    size_t at = 0;
    enum major major;
    uint64_t size;
    if (!head(value, &at, &major, &size) || major != wanted || size < least || size > most) {
        return false;
    }
    *content = (struct otakey_span){value.data + at - (size_t)size, (size_t)size};
    return true;
}

bool otakey_cbor_bytes(struct otakey_span value, size_t least, size_t most,
                       struct otakey_span *content)
{
    return string(value, BYTES, least, most, content);
}

/* Bytes of the UTF-8 sequence that starts here (RFC 3629), or 0 if it is ill-formed. */
static size_t utf8_sequence(const uint8_t *text, size_t left)
{
    uint8_t first = text[0];
    size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (size == 1) {
        return 1;
    }
    if (first < 0xc2 || first > 0xf4 || size > left) {
        return 0; /* a continuation, an overlong form, above U+10FFFF, or cut short */
    }
    uint8_t lowest = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    uint8_t highest = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (text[1] < lowest || text[1] > highest) {
        return 0; /* overlong, a surrogate, or above U+10FFFF */
    }
    for (size_t i = 2; i < size; i++) {
        if (text[i] >> 6 != 2) {
            return 0;
        }
    }
    return size;
}

bool otakey_cbor_text(struct otakey_span value, size_t least, size_t most,
                      struct otakey_span *content)
{
    if (!string(value, TEXT, least, most, content)) {
        return false;
    }
    for (size_t at = 0; at < content->size;) {
        size_t size = utf8_sequence(content->data + at, content->size - at);
        if (size == 0) {
            return false;
        }
        at += size;
    }
    return true;
}
