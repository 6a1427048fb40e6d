#include "alarms.h"

#include <stdlib.h>
#include <string.h>

#define NOWHERE UINT32_MAX

bool alarms_init(struct alarms *alarms, uint32_t sleepers)
{
    alarms->at = calloc(sleepers, sizeof *alarms->at);
    alarms->place = calloc(sleepers, sizeof *alarms->place);
    alarms->heap = calloc(sleepers, sizeof *alarms->heap);
    alarms->count = 0;
    if (alarms->at == NULL || alarms->place == NULL || alarms->heap == NULL) {
        return false;
    }
    memset(alarms->place, 0xff, sleepers * sizeof *alarms->place);
    return true;
}

void alarms_free(struct alarms *alarms)
{
    free(alarms->at);
    free(alarms->place);
    free(alarms->heap);
}

static uint64_t time_at(const struct alarms *alarms, uint32_t place)
{
    return alarms->at[alarms->heap[place]];
}

static void put(struct alarms *alarms, uint32_t place, uint32_t sleeper)
{
    alarms->heap[place] = sleeper;
    alarms->place[sleeper] = place;
}

static void swap(struct alarms *alarms, uint32_t one, uint32_t other)
{
    uint32_t sleeper = alarms->heap[one];
    put(alarms, one, alarms->heap[other]);
    put(alarms, other, sleeper);
}

static void settle(struct alarms *alarms, uint32_t place)
{
#ifndef SEEDED_BUG_ALARMS_SINK_ONLY
    while (place > 0 && time_at(alarms, place) < time_at(alarms, (place - 1) / 2)) {
        swap(alarms, place, (place - 1) / 2);
        place = (place - 1) / 2;
    }
#endif
    for (uint32_t child; (child = 2 * place + 1) < alarms->count; place = child) {
#ifndef SEEDED_BUG_ALARMS_LEFT_CHILD
        if (child + 1 < alarms->count && time_at(alarms, child + 1) < time_at(alarms, child)) {
            child++;
        }
#endif
        if (time_at(alarms, place) <= time_at(alarms, child)) {
            return;
        }
        swap(alarms, place, child);
    }
}

static void take_away(struct alarms *alarms, uint32_t place)
{
#ifndef SEEDED_BUG_ALARMS_KEEPS_PLACE
    alarms->place[alarms->heap[place]] = NOWHERE;
#endif
    alarms->count--;
    if (place < alarms->count) {
        put(alarms, place, alarms->heap[alarms->count]);
        settle(alarms, place);
    }
}

void alarms_set(struct alarms *alarms, uint32_t sleeper, uint64_t at)
{
    uint32_t place = alarms->place[sleeper];
    if (at == ALARM_NEVER) {
        if (place != NOWHERE) {
            take_away(alarms, place);
        }
        return;
    }
    alarms->at[sleeper] = at;
    if (place == NOWHERE) {
        place = alarms->count++;
        put(alarms, place, sleeper);
    }
    settle(alarms, place);
}

uint64_t alarms_first(const struct alarms *alarms)
{
    return alarms->count > 0 ? time_at(alarms, 0) : ALARM_NEVER;
}

uint32_t alarms_take(struct alarms *alarms)
{
    uint32_t sleeper = alarms->heap[0];
    take_away(alarms, 0);
    return sleeper;
}
