/*
 * The gateway's message by way of the platform: makes the device poll soon, once a minute, never
 * in a pause, and does no other harm; platforms that refuse the subscription, in either way, or
 * never answer it.
 */
#include <string.h>

#include "check.h"
#include "sim_life.h"
#include "sim_platform.h"

#define NOTIFY "t/lamp/1/otakey/notify"

/* On its platform, and has polled, so that the next POLL is days away. */
static void begin_at_rest(uint64_t seed)
{
    begin_enrolled(seed);
    run(120 * SECOND);
    CHECK(broker.subscribed == 1 && told[OTAKEY_PLATFORM_WILL_NOT_NOTIFY] == 0);
}

/* When the next POLL is served, after now. */
static uint64_t wait_for_poll(void)
{
    uint32_t before = world.gateway.polls_served;
    uint64_t from = world.now;
    while (world.gateway.polls_served == before) {
        CHECK(world.now - from < 2 * DAY);
        turn();
    }
    return world.now - from;
}

static void polls_within_five_seconds(void)
{
    uint64_t least = UINT64_MAX, most = 0;
    for (uint64_t seed = 100; seed < 140; seed++) {
        begin_at_rest(seed);
        broker_publishes(NOTIFY, 0);
        uint64_t took = wait_for_poll();
        CHECK(took <= 5 * SECOND + 100 && told[OTAKEY_PLATFORM_HAS_NOTIFIED] == 1);
        least = took < least ? took : least;
        most = took > most ? took : most;
    }
    CHECK(least < SECOND && most > 4 * SECOND); /* a fleet comes spread */
}

static void hears_of_a_rotation(void)
{
    begin_at_rest(150);
    world.gateway.connection.size = 0;
    world.gateway.action = OTAKEY_DO_ROTATE;
    broker_publishes(NOTIFY, 0);
    uint64_t at = world.now;
    while (!settled_at(2)) {
        turn();
        world.gateway.action = world.gateway.epoch == 2 ? OTAKEY_DO_NOTHING : OTAKEY_DO_ROTATE;
        CHECK(world.now - at < 15 * SECOND);
    }
    row_is_held();
    CHECK(broker.published > 0);
    run(60 * SECOND);
    CHECK(broker.subscribed == 1 && broker.accepts == 2); /* with the new key, too */
}

static void cry(void)
{
    static uint64_t at;
    if (broker.down_size == 0 && broker.host != 0 && (world.now < at || world.now >= at + 3000)) {
        broker_publishes(NOTIFY, 0);
        at = world.now;
    }
}

/* A platform that cries all the time costs one POLL a minute. */
static void once_a_minute(void)
{
    begin_at_rest(151);
    uint32_t before = world.gateway.polls_served;
    uint64_t last = 0;
    for (uint64_t end = world.now + 3600 * SECOND; world.now < end;) {
        uint32_t served = world.gateway.polls_served;
        cry();
        turn();
        if (world.gateway.polls_served != served) {
            CHECK(last == 0 || world.now - last >= 60 * SECOND);
            last = world.now;
        }
    }
    uint32_t polls = world.gateway.polls_served - before;
    CHECK(polls >= 54 && polls <= 60);
}

/* ERROR 8 with its pause. */
static void never_in_a_pause(void)
{
    begin_at_rest(152);
    world.gateway.error = OTAKEY_BUSY;
    world.gateway.seconds = 1000;
    broker_publishes(NOTIFY, 0);
    unsigned refused = world.events[OTAKEY_EVENT_REFUSED];
    while (world.events[OTAKEY_EVENT_REFUSED] == refused) {
        turn();
    }
    uint64_t at = world.now;
    unsigned sent = world.sent;
    world.gateway.error = 0;
    while (world.sent == sent) {
        cry();
        turn();
        CHECK(world.now - at < 1100 * SECOND);
    }
    CHECK(world.now - at >= 1000 * SECOND);
}

/* Nor while a stored key waits for its ACK: the client has more to do. */
static void not_while_it_updates(void)
{
    begin_at_rest(153);
    world.gateway.connection.size = 0;
    CHECK(otakey_rotate_now(&world.client, world.now));
    while (otakey_is_settled(&world.client)) {
        turn();
    }
    uint64_t rest = world.client.poll_at;
    CHECK(rest > world.now + DAY);
    otakey_poll_soon(&world.client, world.now);
    CHECK(world.client.poll_at == rest);
}

static void only_its_own_topic(void)
{
    static const char *const topics[] = {
        "t/lamp/2/otakey/notify", "t/lamp/1/otakey/notifx", "t/lamp/1/otakey/notif",
        "t/lamp/1/otakey/notify/", "lamp/1/otakey/notify", "otakey/1", "t",
        "t/lamp/1/otakey/notify/and/so/on/for/longer/than/the/whole/buffer/of/the/platform/which/"
        "is/to/hold/a/topic/of/the/longest/prefix/and/the/longest/branch/there/may/be"};
    begin_at_rest(154);
    uint32_t before = world.gateway.polls_served;
    for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++) {
        broker_publishes(topics[i], i * 40);
        run(20 * SECOND);
    }
    CHECK(broker.connects == 1 && told[OTAKEY_PLATFORM_HAS_NOTIFIED] == 0);
    CHECK(world.gateway.polls_served == before);
}

/* Any length is taken, and none is kept. */
static void any_length(void)
{
    static const size_t sizes[] = {0, 1, 100, 134, 135, 136, 137, 138, 500, 570};
    begin_at_rest(155);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        broker_publishes(NOTIFY, sizes[i]);
        run(70 * SECOND);
        CHECK(told[OTAKEY_PLATFORM_HAS_NOTIFIED] == i + 1);
    }
    CHECK(broker.connects == 1 && told[OTAKEY_PLATFORM_IS_LOST] == 0);
}

/* A message that never ends: the device goes on, and gives the connection up at its PINGREQ. */
static void a_flood(void)
{
    static const uint8_t head[] = {0x30, 0xff, 0xff, 0xff, 0x7f, 0, 1, 't'};
    begin_at_rest(156);
    broker.floods = true;
    memcpy(broker.down, head, sizeof head);
    broker.down_size = sizeof head;
    for (unsigned i = 0; i < 1000; i++) { /* each of them has to return */
        broker.reads = 0;
        (void)otakey_platform_step(&platform, world.now);
    }
    for (int i = 0; i < 2; i++) {
        world.now += 60 * SECOND;
        broker.reads = 0;
        (void)otakey_platform_step(&platform, world.now);
    }
    CHECK(told[OTAKEY_PLATFORM_IS_LOST] == 1);
    broker.floods = false;
    unsigned published = told[OTAKEY_PLATFORM_HAS_PUBLISHED];
    broker.published = platform.counter;
    run(60 * SECOND);
    CHECK(told[OTAKEY_PLATFORM_HAS_PUBLISHED] > published);
}

static void publishes_all_the_same(void)
{
    unsigned published = broker.published;
    run(600 * SECOND);
    CHECK(broker.published >= published + 59 && told[OTAKEY_PLATFORM_HAS_NOTIFIED] == 0);
}

static void refused_by_suback(void)
{
    begin(157);
    broker.suback = 0x80;
    world.gateway.connection = here;
    run_until_settled(1);
    run_until_accepted(1);
    run(10 * SECOND);
    CHECK(told[OTAKEY_PLATFORM_WILL_NOT_NOTIFY] == 1 && broker.connects == 1);
    publishes_all_the_same();
    CHECK(broker.connects == 1);
}

static void never_answered(void)
{
    begin(158);
    broker.forgets_subscribers = true;
    world.gateway.connection = here;
    run_until_settled(1);
    run_until_accepted(1);
    publishes_all_the_same();
    CHECK(broker.connects == 1 && told[OTAKEY_PLATFORM_WILL_NOT_NOTIFY] == 0);
}

/* Then it goes without, and asks once more after the next loss. */
static void refused_by_the_end_of_the_connection(void)
{
    begin(159);
    broker.cuts_subscribers = true;
    world.gateway.connection = here;
    run_until_settled(1);
    run_until_accepted(2);
    broker.published = platform.counter;
    run(10 * SECOND);
    CHECK(broker.connects == 2 && broker.subscriptions == 1 && told[OTAKEY_PLATFORM_IS_LOST] == 1);
    publishes_all_the_same();
    CHECK(broker.connects == 2);
    broker.cuts_subscribers = false;
    broker.is_cut = true; /* for another reason */
    run(20 * SECOND);
    CHECK(broker.subscribed == 1 && broker.subscriptions == 2 && broker.connects == 3);
    broker_publishes(NOTIFY, 0);
    CHECK(wait_for_poll() <= 5 * SECOND + 100);
}

int main(void)
{
    polls_within_five_seconds();
    hears_of_a_rotation();
    once_a_minute();
    never_in_a_pause();
    not_while_it_updates();
    only_its_own_topic();
    any_length();
    a_flood();
    refused_by_suback();
    never_answered();
    refused_by_the_end_of_the_connection();
    return finish("notices");
}
