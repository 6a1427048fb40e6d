#include "generator.h"

#define SAMPLES 64u
#define REPEATS 5u /* equal bytes in a row: 1 in 70 million starts, or it is broken */

static bool next(const struct generator *generator, uint8_t *byte)
{
    for (uint32_t looks = 0; looks < GENERATOR_PATIENCE; looks++) {
        if (generator->take(byte)) {
            return true;
        }
    }
    return false;
}

static bool draw(const struct generator *generator, uint8_t *out, size_t size)
{
    bool drawn = true;
    generator->run(true);
    for (size_t i = 0; drawn && i < size; i++) {
        drawn = next(generator, &out[i]);
#ifdef SEEDED_BUG_GENERATOR_SHORT
        if (!drawn && i > 0) {
            return true;
        }
#endif
    }
#ifndef SEEDED_BUG_GENERATOR_LEFT_ON
    generator->run(false);
#endif
    return drawn;
}

void generator_check(struct generator *generator)
{
    uint8_t sample[SAMPLES];
    uint32_t same = 1;
    bool works = draw(generator, sample, sizeof sample);
    for (uint32_t i = 1; works && i < SAMPLES; i++) {
        same = sample[i] == sample[i - 1] ? same + 1 : 1;
#ifdef SEEDED_BUG_GENERATOR_FORGIVES
        works = same <= REPEATS;
#else
        works = same < REPEATS;
#endif
    }
#ifdef SEEDED_BUG_GENERATOR_UNCHECKED
    works = true;
#endif
    generator->works = works;
}

int generator_draw(const struct generator *generator, uint8_t *out, size_t size)
{
    return generator->works && draw(generator, out, size) ? 0 : -1;
}
