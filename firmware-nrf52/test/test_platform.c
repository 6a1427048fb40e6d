/*
 * The example's platform: logs in under each key in turn, publishes one number at a time, notices a
 * dead connection, gives the line up, shows no password without TLS.
 */
#include <string.h>

#include "check.h"
#include "sim_life.h"
#include "sim_platform.h"

/* The same platform over TLS. */
static const uint8_t tls[] = {0xa4, 1, 0x61, 'p', 2, 0x65, 'm', 'q', 't', 't', 's',
                              3,    0x61, 'h', 4, 0x19, 7, 0x5b};

static void nothing_without_a_connection(void)
{
    begin(1);
    run_until_settled(1);
    run(600 * SECOND);
    CHECK(broker.dials == 0);
}

static void logs_in_and_publishes(void)
{
    begin_enrolled(2);
    uint64_t at = world.now;
    run_until_accepted(1);
    CHECK(world.now - at < SECOND && broker.host == 'h');
    is_current();
    run(100 * SECOND);
    CHECK(broker.published >= 10 && broker.published <= 11 && broker.connects == 1);
    CHECK(broker.published - told[OTAKEY_PLATFORM_HAS_PUBLISHED] <= 1); /* one is on its way */
    CHECK(!holds(&platform, sizeof platform, broker.password));
    run(DAY);
    CHECK(broker.connects == 1 && broker.published > 8600);
}

static void a_rotated_key_logs_in_anew(void)
{
    begin_enrolled(3);
    run(30 * SECOND);
    char before[OTAKEY_PLATFORM_SECRET_SIZE];
    memcpy(before, broker.password, sizeof before);
    world.gateway.connection.size = 0; /* unchanged */
    CHECK(otakey_rotate_now(&world.client, world.now));
    run_until_settled(2);
    run(5 * SECOND);
    is_current();
    CHECK(strcmp(before, broker.password) != 0 && broker.leaves == 1 && broker.accepts == 2);
    unsigned published = broker.published;
    run(30 * SECOND);
    CHECK(broker.published > published);
}

/* It dies later, and does not say so. */
static void a_dead_connection_is_noticed(void)
{
    begin_enrolled(41);
    run(30 * SECOND);
    broker.manner = SILENT;
    run(100 * SECOND);
    CHECK(told[OTAKEY_PLATFORM_IS_LOST] == 1);
    broker.manner = ANSWERS;
    broker.published = platform.counter;
    run(60 * SECOND);
    CHECK(broker.host == 'h' && told[OTAKEY_PLATFORM_HAS_ACCEPTED] >= 2);
}

/* One number at a time: what is not acknowledged is waited for. */
static void waits_for_puback(void)
{
    begin(42);
    broker.acks_nothing = true;
    world.gateway.connection = here;
    run_until_settled(1);
    run(600 * SECOND);
    CHECK(broker.published == 1 && broker.connects == 1);
    CHECK(told[OTAKEY_PLATFORM_HAS_PUBLISHED] == 0);
}

static void somebody_else_has_the_line(void)
{
    begin_enrolled(43);
    run(30 * SECOND);
    otakey_platform_yield(&platform, world.now);
    CHECK(broker.host == 0);
    run(SECOND);
    CHECK(broker.host == 'h' && told[OTAKEY_PLATFORM_IS_LOST] == 0);
}

/* Without TLS the password is not shown to a platform that wants it. */
static void no_password_without_tls(void)
{
    static const char *const more[] = {"mqtt", "mqtts", NULL};
    begin(44);
    world.firmware.schemes = more;
    world.gateway.connection = (struct otakey_span){tls, sizeof tls};
    run_until_settled(1);
    run(3600 * SECOND);
    CHECK(broker.dials == 0 && broker.connects == 0);
}

int main(void)
{
    nothing_without_a_connection();
    logs_in_and_publishes();
    a_rotated_key_logs_in_anew();
    a_dead_connection_is_noticed();
    waits_for_puback();
    somebody_else_has_the_line();
    no_password_without_tls();
    return finish("platform");
}
