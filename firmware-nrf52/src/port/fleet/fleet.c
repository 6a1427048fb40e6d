#include "fleet.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#define READY_MOST 256
#define WAKES_MOST 16 /* in one round, so that those that talk are not kept waiting */

const char *fleet_init(struct fleet *fleet, const struct fleet_options *options)
{
    fleet->options = options;
    fleet->world.options = options;
    fleet->world.now = instance_clock();
    fleet->world.epoll = epoll_create1(EPOLL_CLOEXEC);
    fleet->instances = calloc(options->devices, sizeof *fleet->instances);
    fleet->queue = calloc(options->devices, sizeof *fleet->queue);
    if (!alarms_init(&fleet->alarms, options->devices) || fleet->instances == NULL ||
        fleet->queue == NULL) {
        return "not enough memory for so many devices";
    }
    for (uint32_t i = 0; i < options->devices; i++) {
        instance_init(&fleet->instances[i], &fleet->world, i);
    }
    return fleet->world.epoll >= 0 ? NULL : "the system gives no epoll";
}

void fleet_free(struct fleet *fleet)
{
    alarms_free(&fleet->alarms);
    free(fleet->instances);
    free(fleet->queue);
    (void)close(fleet->world.epoll);
}

static void turn(struct fleet *fleet, uint32_t number)
{
    struct instance *instance = &fleet->instances[number];
    bool had = instance->socket >= 0;
    bool done = instance_is_done(instance);
    fleet->world.now = instance_clock();
    uint64_t next = instance_turn(instance);
    bool has = instance->socket >= 0;
    alarms_set(&fleet->alarms, number, next);
    fleet->connected = fleet->connected + has - had;
    fleet->done += !done && instance_is_done(instance);
}

static void turns_of_the_ready(struct fleet *fleet, int timeout)
{
    struct epoll_event ready[READY_MOST];
    int count = epoll_wait(fleet->world.epoll, ready, READY_MOST, timeout);
    for (int i = 0; i < count; i++) {
        turn(fleet, ready[i].data.u32);
    }
}

static bool has_room(const struct fleet *fleet)
{
    return fleet->connected < fleet->options->at_once;
}

static uint32_t next_of_queue(struct fleet *fleet)
{
    uint32_t number = fleet->queue[fleet->queue_first];
    fleet->queue_first = (fleet->queue_first + 1u) % fleet->options->devices;
    fleet->queued--;
    return number;
}

/* Whoever has no connection may want one now. */
static void wake(struct fleet *fleet, uint32_t number)
{
    if (fleet->instances[number].socket >= 0 || (has_room(fleet) && fleet->queued == 0)) {
        turn(fleet, number);
    } else {
        fleet->queue[(fleet->queue_first + fleet->queued++) % fleet->options->devices] = number;
    }
}

static void turns_of_the_due(struct fleet *fleet)
{
    int woken = 0;
    for (; woken < WAKES_MOST && fleet->queued > 0 && has_room(fleet); woken++) {
        turn(fleet, next_of_queue(fleet));
    }
    for (; woken < WAKES_MOST && alarms_first(&fleet->alarms) <= fleet->world.now; woken++) {
        wake(fleet, alarms_take(&fleet->alarms));
    }
}

/* Milliseconds until something is due; rounded up, or it would be waited for by asking. */
static int until_due(const struct fleet *fleet, uint64_t end)
{
    uint64_t now = instance_clock();
    uint64_t first = alarms_first(&fleet->alarms);
    uint64_t next = first < end ? first : end;
    bool at_once = next <= now || (fleet->queued > 0 && has_room(fleet));
    return at_once ? 0 : (int)((next - now + 999u) / 1000u);
}

/* One part, which begins with power-ons at an even rate. Returns how long it took. */
static uint64_t part(struct fleet *fleet)
{
    uint64_t begin = instance_clock();
    uint64_t end = begin + (uint64_t)fleet->options->seconds * 1000000u;
    fleet->done = 0;
    for (uint32_t i = 0; i < fleet->options->devices; i++) {
        struct instance *instance = &fleet->instances[i];
        uint64_t due_at = begin + (uint64_t)((double)i * 1e6 / fleet->options->rate);
        instance->due_at = fleet->world.proving ? instance->due_at : due_at;
        bool done = instance_is_done(instance);
        fleet->done += done;
        alarms_set(&fleet->alarms, i, done ? ALARM_NEVER : due_at);
    }
    while (fleet->done < fleet->options->devices && instance_clock() < end) {
        turns_of_the_ready(fleet, until_due(fleet, end));
        fleet->world.now = instance_clock();
        turns_of_the_due(fleet);
    }
    return instance_clock() - begin;
}

static void switch_all_off(struct fleet *fleet)
{
    fleet->world.now = instance_clock();
    for (uint32_t i = 0; i < fleet->options->devices; i++) {
        instance_switch_off(&fleet->instances[i]);
    }
    fleet->connected = fleet->queued = 0;
}

void fleet_run(struct fleet *fleet)
{
    fleet->life = part(fleet);
    switch_all_off(fleet);
    fleet->world.proving = true;
    fleet->proof = part(fleet);
    switch_all_off(fleet);
}
