/*
 * A move is verified by a login before it is confirmed, or given up after five (rule 2): platforms
 * that refuse, are busy, accept TCP and never answer, or cannot be reached.
 */
#include <string.h>

#include "check.h"
#include "sim_life.h"
#include "sim_platform.h"

/* A grant of another connection whose login is to be verified first. */
static void offer_move(void)
{
    world.gateway.connection = there;
    world.gateway.flags = OTAKEY_FLAG_VERIFY_LOGIN;
    CHECK(otakey_rotate_now(&world.client, world.now));
}

static void a_move_is_verified_first(void)
{
    begin_enrolled(4);
    run(30 * SECOND);
    offer_move();
    run_until_accepted(1);
    CHECK(broker.shown_to == 'i' && broker.row_epoch == 1); /* verified before it is confirmed */
    CHECK(strcmp(broker.password, world.shown.secret) == 0);
    run_until_settled(2);
    CHECK(world.events[OTAKEY_EVENT_MOVED] == 2); /* the first connection counts, too */
    run(5 * SECOND);
    CHECK(broker.host == 'i');
    is_current();
}

/*
 * A platform that does not want the new credential: the device stays where it is (rule 2). `late`:
 * the device sleeps through each login until client and platform's connection have timed out.
 */
static void fails_to_move(uint64_t seed, enum manner manner, uint8_t code, uint8_t reason,
                          bool late)
{
    begin_enrolled(seed);
    run(30 * SECOND);
    offer_move();
    uint64_t at = world.now;
    broker.manner_there = manner;
    broker.connack_there = code;
    while (world.events[OTAKEY_EVENT_GAVE_UP] == 0) {
        turn();
        world.now += late && broker.host == 'i' ? 70 * SECOND : 0;
        CHECK(world.now - at < 3600 * SECOND);
    }
    CHECK(gave_up == reason && broker.dials_there == 5);
    CHECK(world.now - at >= 4 * 225 * SECOND && world.now - at < (late ? 1500 : 1000) * SECOND);
    world.gateway.flags = 0;
    world.gateway.connection.size = 0;
    run_until_settled(1);
    CHECK(world.gateway.epoch == 1 && world.events[OTAKEY_EVENT_WIPED] == 1);
    run(4000 * SECOND);
    CHECK(broker.host == 'h');
    is_current();
}

int main(void)
{
    a_move_is_verified_first();
    fails_to_move(10, ANSWERS, 5, OTAKEY_PLATFORM_REFUSED, false);
    fails_to_move(11, ANSWERS, 3, OTAKEY_PLATFORM_UNREACHABLE, false);
    fails_to_move(12, SILENT, 0, OTAKEY_PLATFORM_UNREACHABLE, false);
    fails_to_move(13, NOBODY, 0, OTAKEY_PLATFORM_UNREACHABLE, false);
    fails_to_move(14, SILENT, 0, OTAKEY_PLATFORM_UNREACHABLE, true);
    return finish("moves");
}
