#include "sim_world.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"

#define WORDS 160u

struct sim_world world;

/* ---- the port */

int world_random(void *context, uint8_t *out, size_t size)
{
    (void)context;
    if (world.repeating_random) {
        world.random_state = 1;
    }
    for (size_t i = 0; i < size; i++) {
        world.random_state =
            world.random_state * UINT64_C(6364136223846793005) + 1442695040888963407u;
        out[i] = world.standing_random ? 0x55 : (uint8_t)(world.random_state >> 56);
    }
    return 0;
}

/* Invariant I2: once a key is committed and the device knows, none before it speaks again. */
static void check_is_not_older(const uint8_t *frame)
{
    if (!world.forward_only || frame[0] == OTAKEY_ENROLL) {
        return;
    }
    size_t at = 2u + frame[1];
    at += 1u + frame[at];
    uint32_t epoch = 0;
    for (int i = 0; i < 4; i++) {
        epoch = epoch << 8 | frame[at++];
    }
    CHECK(epoch >= world.acknowledged);
}

static int port_send(void *context, const uint8_t *frame, size_t size, unsigned address)
{
    (void)context;
    CHECK(size <= sizeof world.mail && address < world.firmware.gateway_addresses);
    check_is_not_older(frame);
    if (world.unlinked) {
        world.sent++;
        return -1;
    }
    memcpy(world.mail, frame, size);
    world.mail_size = size;
    world.mail_address = address;
    world.addresses_used |= 1u << address;
    world.last_sent_at = world.now;
    world.sent++;
    return 0;
}

static void port_log_in(void *context, const struct otakey_credential *credential)
{
    (void)context;
    world.login_pending = true;
    world.shown = *credential;
}

static void port_event(void *context, const struct otakey_event *event)
{
    (void)context;
    world.events[event->type]++;
    world.last_event = *event;
    if (event->type == OTAKEY_EVENT_ENROLLED || event->type == OTAKEY_EVENT_ROTATED) {
        world.acknowledged = event->epoch;
    }
}

void world_power_on(bool memory_survives)
{
    if (!memory_survives) {
        memset(&world.client, 0xa5, sizeof world.client);
    }
    world.mail_size = 0;
    world.login_pending = false;
    CHECK(otakey_client_init(&world.client, &world.firmware, &world.port) == OTAKEY_OK);
    CHECK(otakey_client_start(&world.client, world.now) == OTAKEY_OK);
}

static struct otakey_span text(const char *ascii)
{
    return (struct otakey_span){(const uint8_t *)ascii, strlen(ascii)};
}

void new_world(uint64_t seed)
{
    static const char *const schemes[] = {"mqtt", NULL};
    memset(&world, 0, sizeof world);
    sim_gateway_init(&world.gateway);
    world.gateway.seconds = 60;
    sim_flash_init(&world.flash, WORDS, UINT32_MAX, seed);
    world.firmware.ref = (struct otakey_ref){text("lamp"), text("00000001")};
    world.firmware.version = text("1.0");
    world.firmware.product_key_version = 1;
    memcpy(world.firmware.product_key, world.gateway.product_key, OTAKEY_KEY_SIZE);
    world.firmware.gateway_keys = 1;
    world.firmware.gateway_addresses = 2;
    world.firmware.gateway_key[0] = world.gateway.public_key;
    world.firmware.schemes = schemes;
    world.port = (struct otakey_port){
        NULL, world.flash.port, world_random, port_send, port_log_in, port_event};
    world.login = OTAKEY_LOGIN_ACCEPTED;
    world.random_state = seed;
    world.now = 1000;
    world_power_on(false);
}

/* ---- time */

void world_receive(const uint8_t *frame, size_t size)
{
    static uint8_t *copy; /* of its exact size; freed late, since power may fail inside */
    free(copy);
    copy = malloc(size > 0 ? size : 1);
    CHECK(copy != NULL);
    memcpy(copy, frame, size);
    (void)otakey_receive(&world.client, world.now, copy, size);
}

void world_deliver(void)
{
    uint8_t request[OTAKEY_REQUEST_MAX];
    uint8_t answer[OTAKEY_FRAME_MAX];
    size_t size = world.mail_size;
    world.mail_size = 0;
    memcpy(request, world.mail, size);
    if (world.silent || (world.lossy && world.sent % 3 == 0)) {
        return;
    }
    size = sim_gateway_answer(&world.gateway, request, size, answer);
    world.now += 20;
    if (world.deaf || (world.lossy && world.sent % 3 == 1)) {
        return;
    }
    for (int copies = world.echo ? 3 : 1; copies > 0; copies--) {
        world_receive(answer, size);
    }
}

void world_step(void)
{
    uint64_t next = otakey_step(&world.client, world.now);
    CHECK(next >= world.now);
    if (world.login_pending && !world.dumb_platform) {
        world.login_pending = false;
        (void)otakey_login_ended(&world.client, world.now, world.login);
    } else if (world.mail_size == 0) {
        world.now = next;
    }
}

void world_turn(void)
{
    if (world.mail_size == 0) {
        world_step();
    }
    if (world.mail_size > 0) {
        world_deliver();
    }
}

bool settled_at(uint32_t epoch)
{
    struct otakey_survey survey;
    struct otakey_record record;
    otakey_store_survey(&world.client.store, &survey);
    return otakey_is_settled(&world.client) && survey.unfinished == OTAKEY_STORE_NONE &&
           otakey_store_get(&world.client.store, survey.current, &record) == OTAKEY_OK &&
           record.epoch == epoch;
}

void run_until_settled_at(uint32_t epoch)
{
    for (int turns = 0; !settled_at(epoch); turns++) {
        CHECK(turns < 5000);
        world_turn();
    }
}

void run_for(uint64_t time)
{
    for (uint64_t end = world.now + time; world.now < end;) {
        world_turn();
    }
}

void run_until_asked(uint8_t type)
{
    for (int turns = 0; world.mail_size == 0 || world.mail[0] != type; turns++) {
        CHECK(turns < 5000);
        if (world.mail_size > 0) {
            world_deliver();
        } else {
            world_step();
        }
    }
}

void run_until_served(void)
{
    uint32_t before = world.gateway.polls_served;
    for (int turns = 0; world.gateway.polls_served == before; turns++) {
        CHECK(turns < 5000);
        world_turn();
    }
}
