/*
 * When each of many is woken, beside a plain table of times: set, moved either way, taken away, in
 * any order, equal times included.
 */
#include "fleet/alarms.h"

#include <string.h>

#include "check.h"

#define SLEEPERS_MOST 40u

static uint64_t random_state = 1;

static uint32_t pick(uint32_t below)
{
    random_state = random_state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % below;
}

static uint64_t first_of(const uint64_t *table, uint32_t sleepers)
{
    uint64_t first = ALARM_NEVER;
    for (uint32_t i = 0; i < sleepers; i++) {
        first = table[i] < first ? table[i] : first;
    }
    return first;
}

/* Whoever is taken has an alarm, and nobody's is earlier. */
static void take(struct alarms *alarms, uint64_t *table, uint32_t sleepers)
{
    uint64_t first = first_of(table, sleepers);
    uint32_t sleeper = alarms_take(alarms);
    CHECK(sleeper < sleepers && table[sleeper] == first);
    table[sleeper] = ALARM_NEVER;
}

static void any_order(uint32_t sleepers, uint32_t times)
{
    struct alarms alarms;
    uint64_t table[SLEEPERS_MOST];
    CHECK(alarms_init(&alarms, sleepers));
    memset(table, 0xff, sizeof table); /* ALARM_NEVER */
    for (int round = 0; round < 4000; round++) {
        uint32_t sleeper = pick(sleepers);
        uint32_t what = pick(8);
        CHECK(alarms_first(&alarms) == first_of(table, sleepers));
        if (what == 0 && alarms_first(&alarms) != ALARM_NEVER) {
            take(&alarms, table, sleepers);
        } else {
            table[sleeper] = what <= 2 ? ALARM_NEVER : pick(times);
            alarms_set(&alarms, sleeper, table[sleeper]);
        }
    }
    while (alarms_first(&alarms) != ALARM_NEVER) {
        take(&alarms, table, sleepers);
    }
    CHECK(first_of(table, sleepers) == ALARM_NEVER && alarms.count == 0);
    alarms_free(&alarms);
}

/* Times of 64 bits, up to the last that is a time. */
static void far_away(void)
{
    struct alarms alarms;
    CHECK(alarms_init(&alarms, 3) && alarms_first(&alarms) == ALARM_NEVER);
    alarms_set(&alarms, 0, ALARM_NEVER - 1);
    alarms_set(&alarms, 1, UINT64_C(0x100000000));
    alarms_set(&alarms, 2, 0xffffffffu);
    CHECK(alarms_take(&alarms) == 2 && alarms_take(&alarms) == 1);
    CHECK(alarms_first(&alarms) == ALARM_NEVER - 1 && alarms_take(&alarms) == 0);
    CHECK(alarms_first(&alarms) == ALARM_NEVER);
    alarms_free(&alarms);
}

int main(void)
{
    for (uint32_t sleepers = 1; sleepers <= SLEEPERS_MOST; sleepers++) {
        any_order(sleepers, sleepers * 2);
    }
    any_order(SLEEPERS_MOST, 3);
    far_away();
    return finish("alarms");
}
