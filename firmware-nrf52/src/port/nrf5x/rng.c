/* The hardware's random numbers, with bias correction; switched on only while they are drawn. */
#include "board.h"
#include "regs.h"

#define SAMPLES 64u
#define REPEATS 5u        /* equal bytes in a row: 1 in 70 million starts, or it is broken */
#define PATIENCE 1000000u /* polls for one byte, which takes about 0.1 ms */

static bool works;

static bool next(uint8_t *byte)
{
    uint32_t polls = 0;
    while (RNG_VALRDY == 0) {
        if (++polls == PATIENCE) {
            return false;
        }
    }
    RNG_VALRDY = 0;
    *byte = (uint8_t)RNG_VALUE;
    return true;
}

static bool draw(uint8_t *out, size_t size)
{
    bool drawn = true;
    RNG_VALRDY = 0;
    RNG_START = 1;
    for (size_t i = 0; drawn && i < size; i++) {
        drawn = next(&out[i]);
    }
    RNG_STOP = 1;
    return drawn;
}

void rng_init(void)
{
    uint8_t sample[SAMPLES];
    uint32_t same = 1;
    RNG_CONFIG = 1;
    works = draw(sample, sizeof sample);
    for (uint32_t i = 1; works && i < SAMPLES; i++) {
        same = sample[i] == sample[i - 1] ? same + 1 : 1;
        works = same < REPEATS;
    }
}

int rng_draw(void *context, uint8_t *out, size_t size)
{
    (void)context;
    return works && draw(out, size) ? 0 : -1;
}
