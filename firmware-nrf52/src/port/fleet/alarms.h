/* When each of many has to be woken: a binary heap. One alarm each. */
#ifndef FLEET_ALARMS_H
#define FLEET_ALARMS_H

#include <stdbool.h>
#include <stdint.h>

#define ALARM_NEVER UINT64_MAX

struct alarms {
    uint64_t *at;    /* by sleeper */
    uint32_t *place; /* in the heap, by sleeper; UINT32_MAX: no alarm */
    uint32_t *heap;  /* sleepers, the first to be woken first */
    uint32_t count;
};

/* For sleepers 0 to `sleepers` - 1, none with an alarm. False without memory for that. */
bool alarms_init(struct alarms *alarms, uint32_t sleepers);
void alarms_free(struct alarms *alarms);

/* Sets or moves the alarm of one; ALARM_NEVER takes it away. */
void alarms_set(struct alarms *alarms, uint32_t sleeper, uint64_t at);

/* Time of the first alarm, ALARM_NEVER if there is none. */
uint64_t alarms_first(const struct alarms *alarms);

/* Whose alarm is the first, which is taken away. There has to be one. */
uint32_t alarms_take(struct alarms *alarms);

#endif
