/*
 * A fuzz target is one file: the entry that libFuzzer and the like call, and inputs to begin with.
 * It CHECKs what holds of every input; the driver finds inputs that reach new edges of the code.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

#define FUZZ_INPUT_MAX 1536u /* bytes of the longest input */

/* The target. The bytes stand in memory of exactly their size. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The target's own set-up, once before the first input; and its seeds, by fuzz_seed(). */
void fuzz_begin(void);

/* How many inputs the bounded run has: what takes less than a second. */
extern const unsigned long fuzz_executions;

/* The driver's: one more input to begin with. */
void fuzz_seed(const void *bytes, size_t size);

#endif
