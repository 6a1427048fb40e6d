#include "sim_life.h"

#include <string.h>

#include "check.h"
#include "sim_world.h"

static const uint8_t mqtt[] = {0xa4, 1, 0x61, 'p', 2, 0x64, 'm', 'q', 't', 't',
                               3,    0x61, 'h', 4, 0x19, 7, 0x5b};
static const uint8_t moved[] = {0xa4, 1, 0x61, 'p', 2, 0x64, 'm', 'q', 't', 't',
                                3,    0x61, 'i', 4, 0x19, 7, 0x5b};

void enrolls(void)
{
    run_until_settled_at(1);
}

void rotates(void)
{
    world.gateway.action = OTAKEY_DO_ROTATE;
    run_until_settled_at(2);
    world.gateway.action = OTAKEY_DO_NOTHING;
}

static void moves(void)
{
    world.gateway.connection = (struct otakey_span){mqtt, sizeof mqtt};
    world.gateway.flags = OTAKEY_FLAG_VERIFY_LOGIN;
    world.gateway.action = OTAKEY_DO_ROTATE_AND_MOVE;
    run_until_settled_at(3);
    world.gateway.action = OTAKEY_DO_NOTHING;
}

static void is_refused_by_the_platform(void)
{
    uint32_t attempt = world.gateway.attempt;
    world.login = OTAKEY_LOGIN_REFUSED;
    world.gateway.connection = (struct otakey_span){moved, sizeof moved};
    world.gateway.action = OTAKEY_DO_ROTATE_AND_MOVE;
    for (int turns = 0; world.gateway.attempt == attempt; turns++) {
        CHECK(turns < 5000);
        world_turn();
    }
    world.gateway.action = OTAKEY_DO_NOTHING;
    world.gateway.flags = 0;
    run_until_settled_at(3);
    world.login = OTAKEY_LOGIN_ACCEPTED;
}

static void rotates_again(void)
{
    world.gateway.connection.size = 0;
    world.gateway.action = OTAKEY_DO_ROTATE;
    run_until_settled_at(4);
    world.gateway.action = OTAKEY_DO_NOTHING;
    run_until_served();
}

void (*const life[LIFE_PARTS])(void) = {enrolls, rotates, moves, is_refused_by_the_platform,
                                        rotates_again};

void row_is_held(void)
{
    struct otakey_survey survey;
    struct otakey_record record;
    otakey_store_survey(&world.client.store, &survey);
    CHECK(otakey_store_get(&world.client.store, survey.current, &record) == OTAKEY_OK);
    CHECK(record.epoch == world.gateway.epoch && record.token.size == world.gateway.token.size);
    CHECK(memcmp(record.token.data, world.gateway.token.data, record.token.size) == 0);
    CHECK(world.gateway.unproven == 0);
}

void live(void)
{
    world.forward_only = true;
    for (size_t i = 0; i < LIFE_PARTS; i++) {
        life[i]();
        row_is_held();
    }
}
