/* The device's state machine (section 7) against a gateway in memory: a whole life, each rule. */
#include <string.h>

#include "check.h"
#include "sim_life.h"
#include "sim_world.h"

static void a_whole_life(void)
{
    struct otakey_credential credential;
    new_world(1);
    CHECK(otakey_client_credential(&world.client, &credential) == OTAKEY_E_NO_RECORD);
    live();
    CHECK(world.events[OTAKEY_EVENT_ENROLLED] == 1 && world.events[OTAKEY_EVENT_ROTATED] == 3);
    CHECK(world.events[OTAKEY_EVENT_MOVED] == 1 && world.events[OTAKEY_EVENT_GAVE_UP] == 1);
    CHECK(world.events[OTAKEY_EVENT_WIPED] == 1 && world.events[OTAKEY_EVENT_FAULT] == 0);
    CHECK(otakey_client_credential(&world.client, &credential) == OTAKEY_OK);
    CHECK(credential.connection.port == 1883 && credential.login_name[0] == '.');
    CHECK(strlen(credential.secret) == 43 && strcmp(credential.secret, world.shown.secret) != 0);
    new_world(2);
    world.echo = true; /* every answer three times */
    live();
    CHECK(world.events[OTAKEY_EVENT_ROTATED] == 3 && world.events[OTAKEY_EVENT_WIPED] == 1);
    for (uint64_t seed = 3; seed < 10; seed++) {
        new_world(seed);
        world.lossy = true; /* one request of three, one answer of three get lost */
        world.echo = seed % 2 == 0;
        live();
    }
}

static const uint8_t mqtts[] = {0xa4, 1, 0x61, 'p', 2, 0x65, 'm', 'q', 't', 't', 's',
                                3,    0x61, 'h', 4, 0x19, 7, 0x5b};

/* ---- rules one by one */

static void forged_errors_change_nothing(void)
{
    uint8_t forged[6 + OTAKEY_MAC_SIZE] = {OTAKEY_ERROR, OTAKEY_SUPERSEDED};
    new_world(20);
    enrolls();
    world.gateway.action = OTAKEY_DO_ROTATE;
    world.silent = false;
    while (world.client.mode != 1) { /* until the new key is stored */
        world_turn();
    }
    world.silent = true;
    for (int i = 0; i < 20; i++) {
        run_until_asked(OTAKEY_CONFIRM);
        world.mail_size = 0;
        forged[1] = i % 2 == 0 ? OTAKEY_SUPERSEDED : OTAKEY_UNKNOWN_DEVICE;
        world_receive(forged, i % 4 < 2 ? 6 : sizeof forged);
        CHECK(world.client.mode == 1);
    }
    CHECK(world.events[OTAKEY_EVENT_WIPED] == 0);
    world.silent = false;
    run_until_settled_at(2);
    world.gateway.action = OTAKEY_DO_NOTHING;
    world.gateway.epoch = 2;
    run_until_served();
}

static void superseded_key_is_wiped(void)
{
    new_world(21);
    enrolls();
    world.gateway.action = OTAKEY_DO_ROTATE;
    while (world.client.mode != 1) {
        world_turn();
    }
    world.gateway.action = OTAKEY_DO_NOTHING;
    world.gateway.attempt++; /* as after an ABANDON: table row 5 */
    run_until_settled_at(1);
    CHECK(world.events[OTAKEY_EVENT_WIPED] == 1);
    run_until_served();
    row_is_held();
}

static void lost_commit_heals(void)
{
    new_world(22);
    enrolls();
    struct otakey_token first = world.gateway.token;
    rotates();
    world.gateway.action = OTAKEY_DO_ROTATE;
    while (world.client.mode != 1) {
        world_turn();
    }
    world.gateway.action = OTAKEY_DO_NOTHING;
    world.gateway.epoch = 1; /* a fail-over lost the commit of epoch 2: CONFIRM of 3 gets 6 */
    world.gateway.token = first;
    run_until_settled_at(3);
    run_until_served();
    row_is_held();
}

/* CONFIRM arrives, its ACK never does: given up in vain, since 7 says that it was committed. */
static void given_up_but_committed(void)
{
    new_world(34);
    enrolls();
    world.gateway.action = OTAKEY_DO_ROTATE;
    while (world.client.mode != 1) {
        world_turn();
    }
    world.gateway.action = OTAKEY_DO_NOTHING;
    uint64_t stored_at = world.now;
    world.deaf = true;
    run_until_asked(OTAKEY_ABANDON);
    CHECK(world.now >= stored_at + DAY && world.gateway.epoch == 2);
    CHECK(world.mail[world.mail_size - OTAKEY_MAC_SIZE - 1] == OTAKEY_NOT_ACKNOWLEDGED);
    world.deaf = false;
    run_until_settled_at(2);
    CHECK(world.events[OTAKEY_EVENT_WIPED] == 0);
    run_until_served();
    row_is_held();
}

static void a_grant_of_another_epoch_is_ignored(void)
{
    new_world(35);
    enrolls();
    world.gateway.skew = 1;
    world.gateway.action = OTAKEY_DO_ROTATE;
    for (int i = 0; i < 5; i++) {
        run_until_asked(OTAKEY_ROTATE);
        world_deliver();
        CHECK(world.client.mode != 1 && world.events[OTAKEY_EVENT_STORED] == 1);
    }
    world.gateway.skew = 0;
    run_until_settled_at(2);
    row_is_held();
}

static void a_lost_row_is_enrolled_anew(void)
{
    new_world(23);
    enrolls();
    rotates();
    world.gateway.status = SIM_NO_ROW;
    world.gateway.epoch = 0;
    run_until_settled_at(1);
    run_until_served();
    row_is_held();
}

static void a_superseded_device_keeps_its_key(void)
{
    new_world(24);
    enrolls();
    world.gateway.epoch = 9; /* somebody else went on */
    run_for(3 * DAY);
    CHECK(settled_at(1)); /* 7 to POLL wipes nothing */
    world.gateway.re_enroll = true;
    run_until_settled_at(10);
    row_is_held();
}

static void silence_as_told(void)
{
    new_world(25);
    enrolls();
    world.gateway.error = OTAKEY_REFUSED;
    world.gateway.seconds = 5000;
    run_until_asked(OTAKEY_POLL);
    world_turn();
    uint64_t refused_at = world.now;
    run_until_asked(OTAKEY_POLL);
    CHECK(world.now >= refused_at + 5000 * SECOND && world.now < refused_at + 5100 * SECOND);
    CHECK(settled_at(1));
}

static void backs_off(void)
{
    new_world(26);
    world.silent = true;
    uint64_t longest = 0;
    for (int i = 0; i < 60; i++) {
        uint64_t before = world.last_sent_at;
        run_until_asked(OTAKEY_ENROLL);
        world.mail_size = 0;
        uint64_t ceiling = (i > 12 ? 3600 : UINT64_C(1) << (i > 0 ? i - 1 : 0)) * SECOND;
        if (i > 0) {
            uint64_t waited = world.last_sent_at - before;
            CHECK(waited >= 5 * SECOND && waited <= 5 * SECOND + ceiling);
            longest = waited > longest ? waited : longest;
        }
    }
    CHECK(longest > 1800 * SECOND && world.addresses_used == 3);
    world.silent = false;
    enrolls();
}

static void first_frame_after_power_on(void)
{
    uint64_t latest = 0;
    new_world(36);
    world_step();
    CHECK(world.mail_size > 0 && world.now == 1000); /* at once, as long as both slots are blank */
    enrolls();
    for (int i = 0; i < 50; i++) {
        uint64_t at = world.now;
        world_power_on(true);
        run_until_asked(OTAKEY_POLL);
        CHECK(world.now - at <= 60 * SECOND);
        latest = world.now - at > latest ? world.now - at : latest;
        world_deliver();
    }
    CHECK(latest > 30 * SECOND);
}

static void every_gateway_key_has_its_turn(void)
{
    new_world(37);
    world.firmware.gateway_keys = 3;
    world.firmware.gateway_key[0] = (struct otakey_gateway_key){.id = 7}; /* zeros: of no use */
    world.firmware.gateway_key[1] = (struct otakey_gateway_key){.id = 8, .public_key = {9}};
    world.firmware.gateway_key[2] = world.gateway.public_key;
    world_power_on(false);
    enrolls(); /* under 8 the gateway cannot read the handshake: 2, without a mac */
    CHECK(world.client.gateway_id == 1);
    world.gateway.action = OTAKEY_DO_ROTATE;
    world.client.kept.turn = 2; /* a valid 2 to ROTATE turns as well */
    run_until_settled_at(2);
    CHECK(world.client.gateway_id == 1 && world.gateway.unproven == 0);
}

static void no_link(void)
{
    new_world(38);
    world.unlinked = true;
    run_for(3600 * SECOND);
    CHECK(world.sent >= 5 && world.sent < 40); /* it backs off as in silence */
    world.unlinked = false;
    enrolls();
    run_until_asked(OTAKEY_POLL);
    world.mail_size = 0;
    uint64_t at = world.now;
    (void)otakey_link_lost(&world.client, world.now);
    run_until_asked(OTAKEY_POLL);
    CHECK(world.now - at <= 2 * SECOND); /* does not wait for an answer that cannot come */
}

static void eight_grants_without_ack(void)
{
    new_world(27);
    world.flash.fault = SIM_WRITE_WEAK;
    world.flash.fault_at = 0;
    world.port.flash = world.flash.port;
    run_for(10 * DAY / 24);
    CHECK(world.gateway.grants >= 8 && world.gateway.grants <= 8 + 10);
    CHECK(world.events[OTAKEY_EVENT_FAULT] > 0 && world.client.kept.last_error != 0);
    world.flash.fault = SIM_OBEYS;
    enrolls();
}

static void random_numbers_stand_still(void)
{
    new_world(28);
    world.standing_random = true;
    run_for(DAY);
    CHECK(world.sent == 0 && world.events[OTAKEY_EVENT_FAULT] > 0);
    world.standing_random = false;
    enrolls();
}

static void connection_of_another_scheme(void)
{
    new_world(29);
    world.gateway.connection = (struct otakey_span){mqtts, sizeof mqtts};
    enrolls(); /* confirmed all the same (rule 1) */
    CHECK(world.client.kept.last_error == OTAKEY_CONNECTION_NOT_SUPPORTED);
    world.gateway.action = OTAKEY_DO_ROTATE;
    run_until_asked(OTAKEY_ABANDON);
    CHECK(world.mail[world.mail_size - OTAKEY_MAC_SIZE - 1] == OTAKEY_CONNECTION_NOT_SUPPORTED);
    world_turn();
    CHECK(world.gateway.attempt == 1);
    CHECK(settled_at(1));
}

static void garbage_changes_nothing(void)
{
    static const uint8_t types[] = {OTAKEY_GRANT, OTAKEY_ACK, OTAKEY_NOTICE, OTAKEY_ERROR, 0, 0x11};
    static const size_t sizes[] = {0, 1, 6, 22, 26, 49, 50, 120, 1024, 1025};
    uint8_t frame[1025];
    new_world(30);
    enrolls();
    uint32_t operations = world.flash.operations;
    unsigned frames = world.sent;
    for (int i = 0; i < 3000; i++) {
        world_random(NULL, frame, sizeof frame);
        frame[0] = types[i % 6];
        world_receive(frame, sizes[i / 6 % 10]);
    }
    CHECK(world.flash.operations == operations && settled_at(1) && world.sent <= frames + 1);
    world.mail_size = 0;
    run_until_served();
}

static void pushed_notices(void)
{
    uint8_t push[OTAKEY_FRAME_MAX];
    new_world(31);
    world.gateway.seconds = 50000;
    enrolls();
    run_until_served();
    size_t size = sim_gateway_push(&world.gateway, &world.firmware.ref, OTAKEY_DO_ROTATE, push);
    uint64_t at = world.now;
    world_receive(push, size);
    run_until_settled_at(2);
    CHECK(world.now < at + 10 * SECOND);
    run_until_served();
    world_receive(push, size); /* of an older epoch */
    run_for(3600 * SECOND);
    CHECK(settled_at(2));
    size = sim_gateway_push(&world.gateway, &world.firmware.ref, OTAKEY_DO_ROTATE, push);
    push[size - 1] ^= 1;
    world_receive(push, size);
    run_for(3600 * SECOND);
    CHECK(settled_at(2));
}

static void at_its_own_wish(void)
{
    new_world(32);
    CHECK(!otakey_rotate_now(&world.client, world.now));
    enrolls();
    CHECK(otakey_rotate_now(&world.client, world.now));
    run_until_settled_at(2);
    CHECK(!otakey_rotate_now(&world.client, world.now));
    run_for(DAY + SECOND);
    CHECK(otakey_rotate_now(&world.client, world.now));
    run_until_settled_at(3);
}

static void a_lone_record_in_silence(void)
{
    new_world(33);
    while (world.client.mode != 1) {
        world_turn();
    }
    world.silent = true;
    world.mail_size = 0;
    run_until_asked(OTAKEY_ENROLL); /* not before 24 h and 10 tries */
    CHECK(world.now >= DAY && world.client.kept.silent_tries >= 10);
    for (int i = 0; i < 100; i++) {
        world_turn();
        CHECK(!otakey_is_settled(&world.client));
    }
    world.silent = false;
    run_until_settled_at(1);
    run_until_served();
    row_is_held();
}

int main(void)
{
    a_whole_life();
    forged_errors_change_nothing();
    superseded_key_is_wiped();
    lost_commit_heals();
    given_up_but_committed();
    a_grant_of_another_epoch_is_ignored();
    a_lost_row_is_enrolled_anew();
    a_superseded_device_keeps_its_key();
    silence_as_told();
    backs_off();
    first_frame_after_power_on();
    every_gateway_key_has_its_turn();
    no_link();
    eight_grants_without_ack();
    random_numbers_stand_still();
    connection_of_another_scheme();
    garbage_changes_nothing();
    pushed_notices();
    at_its_own_wish();
    a_lone_record_in_silence();
    return finish("client");
}
