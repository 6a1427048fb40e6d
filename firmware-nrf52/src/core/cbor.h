/*
 * The CBOR subset of the protocol (section 3; RFC 8949): definite lengths, at most 4 levels (the
 * outermost map is level 1, a tag is a level), no duplicate keys anywhere. A document is checked
 * as a whole once; then values are looked up in it. Nothing is copied.
 */
#ifndef OTAKEY_CBOR_H
#define OTAKEY_CBOR_H

#include <stdbool.h>

#include "otakey/types.h"

/* Whether the bytes are exactly one well-formed map with unsigned keys, as receivers demand. */
bool otakey_cbor_is_document(struct otakey_span data);

/*
 * Whether a value of a checked document is a map with unsigned keys that all differ in value;
 * the check of the document compares keys of inner maps byte for byte only.
 */
bool otakey_cbor_is_map(struct otakey_span value);

/* The value of a key of such a map, all its bytes; false if there is none. */
bool otakey_cbor_get(struct otakey_span map, uint64_t key, struct otakey_span *value);

/* The value as an unsigned integer of at most `most`; false if it is anything else. */
bool otakey_cbor_unsigned(struct otakey_span value, uint32_t most, uint32_t *number);

/* The content of a byte string of `least` to `most` bytes; false if it is anything else. */
bool otakey_cbor_bytes(struct otakey_span value, size_t least, size_t most,
                       struct otakey_span *content);

/* The same of a text string, which has to be valid UTF-8. */
bool otakey_cbor_text(struct otakey_span value, size_t least, size_t most,
                      struct otakey_span *content);

#endif
