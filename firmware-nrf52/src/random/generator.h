/*
 * The check of a hardware generator of random bytes, without its registers: once at the start, and
 * a limit of patience for every byte after that. One thread.
 */
#ifndef GENERATOR_H
#define GENERATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GENERATOR_PATIENCE UINT32_C(1000000) /* looks at one byte, which takes about 0.1 ms */

struct generator {
    /* Of the port. It is on only while bytes are drawn. */
    void (*run)(bool on);
    /* Takes the next byte if it is there; false: not yet. */
    bool (*take)(uint8_t *byte);

    bool works; /* what generator_check() found */
};

/* Draws a sample and looks whether bytes come, and not the same again and again. If not, no byte is
 * given out until another check. */
void generator_check(struct generator *generator);

/* Fills `out`: 0, or -1 if the check failed or a byte does not come; `out` is then of no use. */
int generator_draw(const struct generator *generator, uint8_t *out, size_t size);

#endif
