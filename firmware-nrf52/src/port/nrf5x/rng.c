/* The hardware's random numbers, with bias correction; switched on only while they are drawn. */
#include "board.h"
#include "generator.h"
#include "regs.h"

static void run(bool on)
{
    if (on) {
        RNG_VALRDY = 0;
        RNG_START = 1;
    } else {
        RNG_STOP = 1;
    }
}

static bool take(uint8_t *byte)
{
    if (RNG_VALRDY == 0) {
        return false;
    }
    RNG_VALRDY = 0;
    *byte = (uint8_t)RNG_VALUE;
    return true;
}

static struct generator rng = {.run = run, .take = take};

void rng_init(void)
{
    RNG_CONFIG = 1;
    generator_check(&rng);
}

int rng_draw(void *context, uint8_t *out, size_t size)
{
    (void)context;
    return generator_draw(&rng, out, size);
}
