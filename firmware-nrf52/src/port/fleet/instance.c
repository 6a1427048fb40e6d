#define _POSIX_C_SOURCE 200809L
#include "instance.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <time.h>

#include "otakey/crypto.h"
#include "sim_limits.h"

#define DAY_MS UINT64_C(86400000)
#define LONGEST_WAIT_MS (400u * DAY_MS)

static jmp_buf power_gone;

uint64_t instance_clock(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000u + (uint64_t)time.tv_nsec / 1000u;
}

/* ---- its clock */

/* Microseconds that a millisecond of its clock takes. */
static double pace(const struct instance *instance)
{
    return instance->socket >= 0 ? 1000.0 : 1000.0 * instance->world->options->time_scale;
}

static uint64_t its_now(const struct instance *instance)
{
    double passed = (double)(instance->world->now - instance->since) / pace(instance);
    return instance->clock + (uint64_t)passed;
}

/* To be called before the pace changes. */
static void set_clock(struct instance *instance, uint64_t leap)
{
    instance->clock = its_now(instance) + leap;
    instance->since = instance->world->now;
}

static uint64_t real_time_of(const struct instance *instance, uint64_t time)
{
    uint64_t now = its_now(instance);
    uint64_t wait = time > now ? time - now : 0;
    wait = wait < LONGEST_WAIT_MS ? wait : LONGEST_WAIT_MS;
    return instance->world->now + (uint64_t)((double)wait * pace(instance)) + 1u;
}

/* ---- its stream */

static void hang_up(struct instance *instance, bool abruptly)
{
    if (instance->socket < 0) {
        return;
    }
    instance->world->tally.frames_out += instance->out.frames;
    instance->world->tally.frames_in += instance->in.frames;
    set_clock(instance, 0);
    dial_close(instance->socket, abruptly);
    instance->socket = -1;
}

static void close_stream(void *context)
{
    hang_up(context, false);
}

static int open_stream(void *context, unsigned address)
{
    struct instance *instance = context;
    struct world *world = instance->world;
    struct epoll_event wanted = {.events = EPOLLIN | EPOLLOUT | EPOLLET,
                                 .data.u32 = instance->number};
    close_stream(instance);
    int made = dial_open(&world->dial, address, instance->number);
    if (made < 0) {
        return -1;
    }
    set_clock(instance, 0);
    instance->socket = made;
    memset(&instance->out, 0, sizeof instance->out);
    memset(&instance->in, 0, sizeof instance->in);
    world->tally.connections++;
    return epoll_ctl(world->epoll, EPOLL_CTL_ADD, made, &wanted);
}

static int moved(ssize_t bytes, struct meter *meter, const uint8_t *data, uint64_t *total)
{
    if (bytes > 0) {
        meter_count(meter, data, (size_t)bytes);
        *total += (uint64_t)bytes;
        return (int)bytes;
    }
    return bytes < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOTCONN) ? 0 : -1;
}

static int write_stream(void *context, const uint8_t *bytes, size_t size)
{
    struct instance *instance = context;
    ssize_t sent = instance->socket < 0 ? 0 : send(instance->socket, bytes, size, MSG_NOSIGNAL);
    return moved(sent, &instance->out, bytes, &instance->world->tally.bytes_out);
}

static int read_stream(void *context, uint8_t *bytes, size_t size)
{
    struct instance *instance = context;
    ssize_t got = instance->socket < 0 ? 0 : recv(instance->socket, bytes, size, 0);
    return moved(got, &instance->in, bytes, &instance->world->tally.bytes_in);
}

/* Each packet of the device has one answer, since it neither pings nor uses QoS 1. */
static bool awaits_answer(const struct instance *instance)
{
    return instance->socket >= 0 && (instance->out.packets > instance->in.packets ||
                                     otakey_link_has_output(&instance->device.link));
}

/* ---- the rest of its board */

static int draw(void *context, uint8_t *out, size_t size)
{
    (void)context;
    return getrandom(out, size, 0) == (ssize_t)size ? 0 : -1;
}

/* Never called: without a scheme no connection is taken. */
static void log_in(void *context, const struct otakey_credential *credential)
{
    (void)context;
    (void)credential;
}

static void confirmed(struct instance *instance, uint32_t epoch)
{
    uint32_t last = instance->world->options->rotations + 1u;
    instance->epoch = epoch > instance->epoch ? epoch : instance->epoch;
    if (instance->enrolled_at == 0) {
        instance->enrolled_at = instance_clock();
    }
    instance->at_last_key = instance->epoch >= last;
    instance->wants_rotation = instance->epoch < last;
    instance->accepted = instance->world->proving;
}

static void on_event(void *context, const struct otakey_event *event)
{
    struct instance *instance = context;
    struct tally *tally = &instance->world->tally;
    switch (event->type) {
    case OTAKEY_EVENT_ENROLLED:
    case OTAKEY_EVENT_ROTATED:
    case OTAKEY_EVENT_POLLED:
        confirmed(instance, event->epoch);
        break;
    case OTAKEY_EVENT_REFUSED:
        tally->refused[event->code < INSTANCE_CODES ? event->code : 0]++;
        instance->turned_away =
            event->request == OTAKEY_ENROLL && event->code == OTAKEY_ALREADY_ENROLLED;
        break;
    case OTAKEY_EVENT_STORED:
        instance->had_grant = true;
        tally->grants++;
        break;
    case OTAKEY_EVENT_GAVE_UP: tally->gave_up++; break;
    case OTAKEY_EVENT_WIPED: tally->wiped++; break;
    case OTAKEY_EVENT_FAULT: tally->faults++; break;
    case OTAKEY_EVENT_MOVED: break;
    }
}

/* ---- power */

static uint32_t random_below(struct instance *instance, uint32_t limit)
{
    instance->random = instance->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(instance->random >> 33) % limit;
}

/* Each flash operation that follows is cut with the same chance. */
static void plan_cut(struct instance *instance)
{
    uint32_t after = 0;
    while (random_below(instance, instance->world->options->cut_every) != 0) {
        after++;
    }
    sim_flash_cut(&instance->flash, after,
                  (enum sim_tear)random_below(instance, (uint32_t)SIM_TEARS), &power_gone);
}

static void switch_on(struct instance *instance)
{
    struct world *world = instance->world;
    sim_flash_power_on(&instance->flash);
    if (world->options->cut_every > 0 && !world->proving) {
        plan_cut(instance);
    }
    instance->powered = true;
    world->tally.boots++;
    int result = otakey_device_start(&instance->device, &instance->board, its_now(instance));
    if (result != OTAKEY_OK && result != OTAKEY_E_FLASH) {
        fprintf(stderr, "otakey-fleet: %s cannot start: %d\n", instance->id, result);
        exit(1);
    }
}

static void forget(struct instance *instance)
{
    otakey_wipe(&instance->device, sizeof instance->device);
    instance->powered = false;
    instance->wants_rotation = instance->turned_away = false;
}

static void lose_power(struct instance *instance)
{
    instance->world->tally.cuts++;
    instance->world->tally.limits += sim_limits_keep(&instance->flash);
    hang_up(instance, true);
    forget(instance);
}

void instance_switch_off(struct instance *instance)
{
    hang_up(instance, false);
    forget(instance);
}

/* ---- life */

/* A device rotates by itself once a day only (rule 8): its day passes at once. */
static void rotate(struct instance *instance)
{
    struct otakey_client *client = &instance->device.client;
    bool heard = otakey_rotate_now(client, its_now(instance));
    if (!heard) {
        set_clock(instance, DAY_MS);
        heard = otakey_rotate_now(client, its_now(instance));
    }
    instance->wants_rotation = !heard;
}

/* Refused as enrolled already is only what a device hears that lost its keys, or its id. */
static void look_for_keys(struct instance *instance)
{
    struct otakey_survey survey;
    instance->turned_away = false;
    otakey_store_survey(&instance->device.client.store, &survey);
    if (survey.current == OTAKEY_STORE_NONE && survey.unfinished == OTAKEY_STORE_NONE) {
        instance->bricked = instance->had_grant || instance->enrolled_at != 0;
        instance->taken = !instance->bricked;
    }
}

bool instance_is_done(const struct instance *instance)
{
    return instance->bricked || instance->taken ||
           (instance->world->proving ? instance->accepted : instance->at_last_key);
}

static uint64_t live(struct instance *instance)
{
    if (!instance->powered) {
        switch_on(instance);
    }
    uint64_t next = otakey_device_step(&instance->device, its_now(instance));
    if (instance->wants_rotation && !instance->world->proving) {
        rotate(instance);
        next = otakey_device_step(&instance->device, its_now(instance));
    }
    if (instance->turned_away) {
        look_for_keys(instance);
    }
    if (instance_is_done(instance)) {
        hang_up(instance, false);
        return UINT64_MAX;
    }
    if (instance->socket >= 0 && !awaits_answer(instance) && next > its_now(instance)) {
        hang_up(instance, false);
        next = otakey_device_step(&instance->device, its_now(instance)); /* the link notices */
    }
    return real_time_of(instance, next);
}

uint64_t instance_turn(struct instance *instance)
{
    if (setjmp(power_gone) != 0) {
        lose_power(instance);
        return instance->world->now;
    }
    return live(instance);
}

void instance_init(struct instance *instance, struct world *world, uint32_t number)
{
    static const char *const schemes[] = {NULL};
    uint64_t seed = world->options->seed * UINT64_C(1000003) + number;
    int size = snprintf(instance->id, sizeof instance->id, "%s-%06u", world->options->prefix,
                        (unsigned)number);
    instance->world = world;
    instance->number = number;
    instance->socket = -1;
    instance->since = world->now;
    instance->random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1u;
    sim_flash_init(&instance->flash, OTAKEY_STORE_RECORD_WORDS_MAX, UINT32_MAX, seed);
    instance->board = (struct otakey_board){
        .context = instance,
        .bundle = world->bundle,
        .bundle_address = world->bundle_address,
        .device_id = {(const uint8_t *)instance->id, (size_t)size},
        .version = {(const uint8_t *)OTAKEY_FIRMWARE_VERSION, sizeof OTAKEY_FIRMWARE_VERSION - 1},
        .flash = instance->flash.port,
        .stream = {instance, open_stream, write_stream, read_stream, close_stream},
        .streams = OTAKEY_GATEWAYS_MAX,
        .keep_alive = 0,
        .schemes = schemes,
        .random = draw,
        .log_in = log_in,
        .event = on_event};
}
