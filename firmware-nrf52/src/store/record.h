/*
 * The words of one record (store.h has the layout): pure reading and building, and the zeros.
 * Internal to the store.
 */
#ifndef OTAKEY_RECORD_H
#define OTAKEY_RECORD_H

#include "store.h"

#define RECORD_ERASED UINT32_C(0xffffffff) /* what a blank word reads as */

/* Marker words, counted from the first. */
enum record_marker { MARKER_STORED, MARKER_STORED2, MARKER_VERIFIED, MARKER_CONFIRMED };

#define RECORD_MARKERS 4u
#define RECORD_IMAGE_MAX ((OTAKEY_STORE_RECORD_WORDS_MAX - RECORD_MARKERS) * 4u) /* bytes */

/* The magic of a marker: "STO1", "STO2", "VERI", "CONF". */
uint32_t record_magic(enum record_marker marker);

/*
 * Builds a record up to and with its check value. Returns its words; 0 if token or connection are
 * too long or the token is empty. The image holds the key: the caller wipes it.
 */
uint32_t record_build(uint8_t image[RECORD_IMAGE_MAX], const struct otakey_record *record,
                      struct otakey_span connection);

/* One word of an image. */
uint32_t record_word(const uint8_t *image, uint32_t word);

/* Where markers stand if the header and the lengths are those of a record; else 0. No check. */
uint32_t record_markers(const struct otakey_flash *flash, int slot);

/* As record_markers(), and the check value holds; else 0. */
uint32_t record_checked(const struct otakey_flash *flash, int slot);

uint32_t record_sequence(const struct otakey_flash *flash, int slot);

/* Reads a record that was checked. */
void record_read(const struct otakey_flash *flash, int slot, struct otakey_record *record);

/* Reads so many bytes of the connection of a record that was checked. */
void record_read_connection(const struct otakey_flash *flash, int slot, uint8_t *buffer,
                            size_t size);

/* Zeros over device key and token, whatever stands there. Returns 0 or OTAKEY_E_FLASH. */
int record_zeroise(const struct otakey_flash *flash, int slot);

/* Programs a word and reads it back. Returns 0, or OTAKEY_E_FLASH if it is not `value` then. */
int record_program(const struct otakey_flash *flash, int slot, uint32_t word, uint32_t value);

#endif
