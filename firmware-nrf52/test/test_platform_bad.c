/*
 * Platforms that refuse, are busy, accept TCP and never answer, take no byte, babble, or keep
 * nobody: the key is untouched, tries grow apart, and no secret stays in memory.
 */
#include <string.h>

#include "check.h"
#include "sim_life.h"
#include "sim_platform.h"

/* The key is untouched, whatever a platform says. */
static void is_refused(uint8_t code, enum otakey_platform_event event)
{
    begin(20u + code);
    broker.connack = code;
    world.gateway.connection = here;
    run_until_settled(1);
    run(6 * 3600 * SECOND);
    CHECK(broker.connects >= 12 && broker.connects < 60); /* rule 8: up to an hour apart */
    CHECK(told[event] == broker.connects && told[OTAKEY_PLATFORM_HAS_ACCEPTED] == 0);
    CHECK(settled_at(1) && broker.published == 0);
    broker.connack = 0;
    run_until_accepted(1);
}

static void never_gets_through(uint64_t seed, enum manner manner)
{
    begin(seed);
    broker.manner = manner;
    world.gateway.connection = here;
    run_until_settled(1);
    run(SECOND);
    struct otakey_credential credential;
    CHECK(otakey_client_credential(&world.client, &credential) == OTAKEY_OK);
    run(6 * 3600 * SECOND);
    CHECK(broker.dials >= 10 && broker.dials < 60);
    while (platform.is_open) {
        turn();
    }
    CHECK(!holds(&platform, sizeof platform, credential.secret));
    CHECK(told[OTAKEY_PLATFORM_IS_UNREACHABLE] == broker.dials && settled_at(1));
    broker.manner = ANSWERS;
    run_until_accepted(1);
    is_current();
}

/* Accepts everybody, and drops everybody at once. */
static void keeps_nobody(void)
{
    begin(40);
    broker.manner = KEEPS_NOBODY;
    world.gateway.connection = here;
    run_until_settled(1);
    run(6 * 3600 * SECOND);
    CHECK(broker.accepts >= 10 && broker.accepts < 60);
    CHECK(told[OTAKEY_PLATFORM_IS_LOST] + told[OTAKEY_PLATFORM_IS_UNREACHABLE] == broker.dials);
}

int main(void)
{
    for (uint8_t code = 1; code <= 5; code++) {
        is_refused(code, code == 3 ? OTAKEY_PLATFORM_IS_UNREACHABLE : OTAKEY_PLATFORM_HAS_REFUSED);
    }
    never_gets_through(30, NOBODY);
    never_gets_through(31, TAKES_NOTHING);
    never_gets_through(32, SILENT);
    never_gets_through(33, BABBLES);
    keeps_nobody();
    return finish("platforms");
}
