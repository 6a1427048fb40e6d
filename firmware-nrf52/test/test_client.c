/*
 * The device's state machine (section 7) against a gateway in memory: a whole life, each rule of
 * its own, and the life again with a power cut in every flash operation. Argument 1 = every kind
 * of torn word at every cut.
 */
#include <setjmp.h>
#include <string.h>

#include "check.h"
#include "otakey/client.h"
#include "otakey/crypto.h"
#include "sim_flash.h"
#include "sim_gateway.h"

#define WORDS 160u
#define SECOND UINT64_C(1000)
#define DAY (86400 * SECOND)

static struct otakey_client client;
static struct sim_flash flash;
static struct sim_gateway gateway;
static struct otakey_firmware firmware;
static struct otakey_port port;
static uint64_t now;

/* What the world does with frames and logins. */
static uint8_t mail[OTAKEY_REQUEST_MAX];
static size_t mail_size;
static unsigned mail_address, sent, addresses_used;
static uint64_t last_sent_at;
static bool silent, deaf, unlinked, echo, lossy, standing_random, login_pending;
static enum otakey_login login;
static unsigned events[OTAKEY_EVENT_FAULT + 1];
static struct otakey_event last_event;
static struct otakey_credential shown;
static uint64_t random_state;

static const uint8_t mqtt[] = {0xa4, 1, 0x61, 'p', 2, 0x64, 'm', 'q', 't', 't',
                               3,    0x61, 'h', 4, 0x19, 7, 0x5b};
static const uint8_t moved[] = {0xa4, 1, 0x61, 'p', 2, 0x64, 'm', 'q', 't', 't',
                                3,    0x61, 'i', 4, 0x19, 7, 0x5b};
static const uint8_t mqtts[] = {0xa4, 1, 0x61, 'p', 2, 0x65, 'm', 'q', 't', 't', 's',
                                3,    0x61, 'h', 4, 0x19, 7, 0x5b};

/* ---- the port */

static int port_random(void *context, uint8_t *out, size_t size)
{
    (void)context;
    for (size_t i = 0; i < size; i++) {
        random_state = random_state * UINT64_C(6364136223846793005) + 1442695040888963407u;
        out[i] = standing_random ? 0x55 : (uint8_t)(random_state >> 56);
    }
    return 0;
}

static int port_send(void *context, const uint8_t *frame, size_t size, unsigned address)
{
    (void)context;
    CHECK(size <= sizeof mail && address < firmware.gateway_addresses);
    if (unlinked) {
        sent++;
        return -1;
    }
    memcpy(mail, frame, size);
    mail_size = size;
    mail_address = address;
    addresses_used |= 1u << address;
    last_sent_at = now;
    sent++;
    return 0;
}

static void port_log_in(void *context, const struct otakey_credential *credential)
{
    (void)context;
    login_pending = true;
    shown = *credential;
}

static void port_event(void *context, const struct otakey_event *event)
{
    (void)context;
    events[event->type]++;
    last_event = *event;
}

static void power_on(bool memory_survives)
{
    if (!memory_survives) {
        memset(&client, 0xa5, sizeof client);
    }
    mail_size = 0;
    login_pending = false;
    CHECK(otakey_client_init(&client, &firmware, &port) == OTAKEY_OK);
    CHECK(otakey_client_start(&client, now) == OTAKEY_OK);
}

static struct otakey_span text(const char *ascii)
{
    return (struct otakey_span){(const uint8_t *)ascii, strlen(ascii)};
}

static void new_world(uint64_t seed)
{
    static const char *const schemes[] = {"mqtt", NULL};
    sim_gateway_init(&gateway);
    gateway.seconds = 60;
    sim_flash_init(&flash, WORDS, UINT32_MAX, seed);
    memset(&firmware, 0, sizeof firmware);
    firmware.ref = (struct otakey_ref){text("lamp"), text("00000001")};
    firmware.version = text("1.0");
    firmware.product_key_version = 1;
    memcpy(firmware.product_key, gateway.product_key, OTAKEY_KEY_SIZE);
    firmware.gateway_keys = 1;
    firmware.gateway_addresses = 2;
    firmware.gateway_key[0] = gateway.public_key;
    firmware.schemes = schemes;
    port = (struct otakey_port){NULL, flash.port, port_random, port_send, port_log_in, port_event};
    silent = deaf = unlinked = echo = lossy = standing_random = false;
    login = OTAKEY_LOGIN_ACCEPTED;
    sent = addresses_used = 0;
    memset(events, 0, sizeof events);
    random_state = seed;
    now = 1000;
    memset(&client, 0xa5, sizeof client);
    power_on(false);
}

/* ---- time */

static void receive(const uint8_t *frame, size_t size)
{
    static uint8_t *copy; /* of its exact size; freed late, since power may fail inside */
    free(copy);
    copy = malloc(size > 0 ? size : 1);
    CHECK(copy != NULL);
    memcpy(copy, frame, size);
    (void)otakey_receive(&client, now, copy, size);
}

static void deliver(void)
{
    uint8_t request[OTAKEY_REQUEST_MAX];
    uint8_t answer[OTAKEY_FRAME_MAX];
    size_t size = mail_size;
    mail_size = 0;
    memcpy(request, mail, size);
    if (silent || (lossy && sent % 3 == 0)) {
        return;
    }
    size = sim_gateway_answer(&gateway, request, size, answer);
    now += 20;
    if (deaf || (lossy && sent % 3 == 1)) {
        return;
    }
    for (int copies = echo ? 3 : 1; copies > 0; copies--) {
        receive(answer, size);
    }
}

/* The step that is due; a request may then be in the mail. */
static void step(void)
{
    uint64_t next = otakey_step(&client, now);
    CHECK(next >= now);
    if (login_pending) {
        login_pending = false;
        (void)otakey_login_ended(&client, now, login);
    } else if (mail_size == 0) {
        now = next;
    }
}

static void turn(void)
{
    if (mail_size == 0) {
        step();
    }
    if (mail_size > 0) {
        deliver();
    }
}

static bool settled_at(uint32_t epoch)
{
    struct otakey_survey survey;
    struct otakey_record record;
    otakey_store_survey(&client.store, &survey);
    return otakey_is_settled(&client) && survey.unfinished == OTAKEY_STORE_NONE &&
           otakey_store_get(&client.store, survey.current, &record) == OTAKEY_OK &&
           record.epoch == epoch;
}

static void run_until_settled_at(uint32_t epoch)
{
    for (int turns = 0; !settled_at(epoch); turns++) {
        CHECK(turns < 5000);
        turn();
    }
}

static void run_for(uint64_t time)
{
    for (uint64_t end = now + time; now < end;) {
        turn();
    }
}

/* Until such a request is in the mail; any other is delivered. */
static void run_until_asked(uint8_t type)
{
    for (int turns = 0; mail_size == 0 || mail[0] != type; turns++) {
        CHECK(turns < 5000);
        if (mail_size > 0) {
            deliver();
        } else {
            step();
        }
    }
}

static void run_until_served(void)
{
    uint32_t before = gateway.polls_served;
    for (int turns = 0; gateway.polls_served == before; turns++) {
        CHECK(turns < 5000);
        turn();
    }
}

/* ---- a whole life; every part ends whatever happened before, so power may fail anywhere */

static void enrolls(void)
{
    run_until_settled_at(1);
}

static void rotates(void)
{
    gateway.action = OTAKEY_DO_ROTATE;
    run_until_settled_at(2);
    gateway.action = OTAKEY_DO_NOTHING;
}

static void moves(void)
{
    gateway.connection = (struct otakey_span){mqtt, sizeof mqtt};
    gateway.flags = OTAKEY_FLAG_VERIFY_LOGIN;
    gateway.action = OTAKEY_DO_ROTATE_AND_MOVE;
    run_until_settled_at(3);
    gateway.action = OTAKEY_DO_NOTHING;
}

static void is_refused_by_the_platform(void)
{
    uint32_t attempt = gateway.attempt;
    login = OTAKEY_LOGIN_REFUSED;
    gateway.connection = (struct otakey_span){moved, sizeof moved};
    gateway.action = OTAKEY_DO_ROTATE_AND_MOVE;
    for (int turns = 0; gateway.attempt == attempt; turns++) {
        CHECK(turns < 5000);
        turn();
    }
    gateway.action = OTAKEY_DO_NOTHING;
    gateway.flags = 0;
    run_until_settled_at(3);
    login = OTAKEY_LOGIN_ACCEPTED;
}

static void rotates_again(void)
{
    gateway.connection.size = 0;
    gateway.action = OTAKEY_DO_ROTATE;
    run_until_settled_at(4);
    gateway.action = OTAKEY_DO_NOTHING;
    run_until_served();
}

static void (*const life[])(void) = {enrolls, rotates, moves, is_refused_by_the_platform,
                                     rotates_again};

static void row_is_held(void)
{
    struct otakey_survey survey;
    struct otakey_record record;
    otakey_store_survey(&client.store, &survey);
    CHECK(otakey_store_get(&client.store, survey.current, &record) == OTAKEY_OK);
    CHECK(record.epoch == gateway.epoch && record.token.size == gateway.token.size);
    CHECK(memcmp(record.token.data, gateway.token.data, record.token.size) == 0);
    CHECK(gateway.unproven == 0);
}

static void live(void)
{
    for (size_t i = 0; i < sizeof life / sizeof life[0]; i++) {
        life[i]();
        row_is_held();
    }
}

static void a_whole_life(void)
{
    struct otakey_credential credential;
    new_world(1);
    CHECK(otakey_client_credential(&client, &credential) == OTAKEY_E_NO_RECORD);
    live();
    CHECK(events[OTAKEY_EVENT_ENROLLED] == 1 && events[OTAKEY_EVENT_ROTATED] == 3);
    CHECK(events[OTAKEY_EVENT_MOVED] == 1 && events[OTAKEY_EVENT_GAVE_UP] == 1);
    CHECK(events[OTAKEY_EVENT_WIPED] == 1 && events[OTAKEY_EVENT_FAULT] == 0);
    CHECK(otakey_client_credential(&client, &credential) == OTAKEY_OK);
    CHECK(credential.connection.port == 1883 && credential.login_name[0] == '.');
    CHECK(strlen(credential.secret) == 43 && strcmp(credential.secret, shown.secret) != 0);
    new_world(2);
    echo = true; /* every answer three times */
    live();
    CHECK(events[OTAKEY_EVENT_ROTATED] == 3 && events[OTAKEY_EVENT_WIPED] == 1);
    for (uint64_t seed = 3; seed < 10; seed++) {
        new_world(seed);
        lossy = true; /* one request of three, one answer of three get lost */
        echo = seed % 2 == 0;
        live();
    }
}

/* ---- power cuts */

static jmp_buf power_gone;
static unsigned cuts;
static bool erases_are_torn;

/* Without argument an erase is cut before it begins: what a torn one leaves is the store's test. */
static int erase_page(void *context, int slot)
{
    if (flash.operations == flash.cut_at && !erases_are_torn) {
        flash.tear = SIM_NOT_BEGUN;
    }
    return flash.port.erase_page(context, slot);
}

static bool life_with_cut(uint32_t at, enum sim_tear tear)
{
    static volatile size_t part;
    static volatile bool cut;
    part = 0;
    cut = false;
    new_world(at * SIM_TEARS + (uint32_t)tear + 1);
    port.flash.erase_page = erase_page;
    sim_flash_cut(&flash, at, tear, &power_gone);
    if (setjmp(power_gone) != 0) {
        cut = true;
        cuts++;
        sim_flash_power_on(&flash);
        power_on(at % 2 == 0);
    }
    for (; part < sizeof life / sizeof life[0]; part++) {
        life[part]();
        row_is_held();
    }
    return cut;
}

static void power_cuts(bool full)
{
    bool cut = true;
    erases_are_torn = full;
    for (uint32_t at = 0; cut; at++) {
        for (int tear = 0; tear < (full ? SIM_TEARS : 1); tear++) {
            cut = life_with_cut(at, (enum sim_tear)((at + (uint32_t)tear) % SIM_TEARS));
        }
    }
    CHECK(cuts > 100);
}

/* ---- rules one by one */

static void forged_errors_change_nothing(void)
{
    uint8_t forged[6 + OTAKEY_MAC_SIZE] = {OTAKEY_ERROR, OTAKEY_SUPERSEDED};
    new_world(20);
    enrolls();
    gateway.action = OTAKEY_DO_ROTATE;
    silent = false;
    while (client.mode != 1) { /* until the new key is stored */
        turn();
    }
    silent = true;
    for (int i = 0; i < 20; i++) {
        run_until_asked(OTAKEY_CONFIRM);
        mail_size = 0;
        forged[1] = i % 2 == 0 ? OTAKEY_SUPERSEDED : OTAKEY_UNKNOWN_DEVICE;
        receive(forged, i % 4 < 2 ? 6 : sizeof forged);
        CHECK(client.mode == 1);
    }
    CHECK(events[OTAKEY_EVENT_WIPED] == 0);
    silent = false;
    run_until_settled_at(2);
    gateway.action = OTAKEY_DO_NOTHING;
    gateway.epoch = 2;
    run_until_served();
}

static void superseded_key_is_wiped(void)
{
    new_world(21);
    enrolls();
    gateway.action = OTAKEY_DO_ROTATE;
    while (client.mode != 1) {
        turn();
    }
    gateway.action = OTAKEY_DO_NOTHING;
    gateway.attempt++; /* as after an ABANDON: table row 5 */
    run_until_settled_at(1);
    CHECK(events[OTAKEY_EVENT_WIPED] == 1);
    run_until_served();
    row_is_held();
}

static void lost_commit_heals(void)
{
    new_world(22);
    enrolls();
    struct otakey_token first = gateway.token;
    rotates();
    gateway.action = OTAKEY_DO_ROTATE;
    while (client.mode != 1) {
        turn();
    }
    gateway.action = OTAKEY_DO_NOTHING;
    gateway.epoch = 1; /* a fail-over lost the commit of epoch 2: CONFIRM of 3 gets 6 */
    gateway.token = first;
    run_until_settled_at(3);
    run_until_served();
    row_is_held();
}

/* CONFIRM arrives, its ACK never does: given up in vain, since 7 says that it was committed. */
static void given_up_but_committed(void)
{
    new_world(34);
    enrolls();
    gateway.action = OTAKEY_DO_ROTATE;
    while (client.mode != 1) {
        turn();
    }
    gateway.action = OTAKEY_DO_NOTHING;
    uint64_t stored_at = now;
    deaf = true;
    run_until_asked(OTAKEY_ABANDON);
    CHECK(now >= stored_at + DAY && gateway.epoch == 2);
    CHECK(mail[mail_size - OTAKEY_MAC_SIZE - 1] == OTAKEY_NOT_ACKNOWLEDGED);
    deaf = false;
    run_until_settled_at(2);
    CHECK(events[OTAKEY_EVENT_WIPED] == 0);
    run_until_served();
    row_is_held();
}

static void a_grant_of_another_epoch_is_ignored(void)
{
    new_world(35);
    enrolls();
    gateway.skew = 1;
    gateway.action = OTAKEY_DO_ROTATE;
    for (int i = 0; i < 5; i++) {
        run_until_asked(OTAKEY_ROTATE);
        deliver();
        CHECK(client.mode != 1 && events[OTAKEY_EVENT_STORED] == 1);
    }
    gateway.skew = 0;
    run_until_settled_at(2);
    row_is_held();
}

static void a_lost_row_is_enrolled_anew(void)
{
    new_world(23);
    enrolls();
    rotates();
    gateway.status = SIM_NO_ROW;
    gateway.epoch = 0;
    run_until_settled_at(1);
    run_until_served();
    row_is_held();
}

static void a_superseded_device_keeps_its_key(void)
{
    new_world(24);
    enrolls();
    gateway.epoch = 9; /* somebody else went on */
    run_for(3 * DAY);
    CHECK(settled_at(1)); /* 7 to POLL wipes nothing */
    gateway.re_enroll = true;
    run_until_settled_at(10);
    row_is_held();
}

static void silence_as_told(void)
{
    new_world(25);
    enrolls();
    gateway.error = OTAKEY_REFUSED;
    gateway.seconds = 5000;
    run_until_asked(OTAKEY_POLL);
    turn();
    uint64_t refused_at = now;
    run_until_asked(OTAKEY_POLL);
    CHECK(now >= refused_at + 5000 * SECOND && now < refused_at + 5100 * SECOND);
    CHECK(settled_at(1));
}

static void backs_off(void)
{
    new_world(26);
    silent = true;
    uint64_t longest = 0;
    for (int i = 0; i < 60; i++) {
        uint64_t before = last_sent_at;
        run_until_asked(OTAKEY_ENROLL);
        mail_size = 0;
        uint64_t ceiling = (i > 12 ? 3600 : UINT64_C(1) << (i > 0 ? i - 1 : 0)) * SECOND;
        if (i > 0) {
            uint64_t waited = last_sent_at - before;
            CHECK(waited >= 5 * SECOND && waited <= 5 * SECOND + ceiling);
            longest = waited > longest ? waited : longest;
        }
    }
    CHECK(longest > 1800 * SECOND && addresses_used == 3);
    silent = false;
    enrolls();
}

static void first_frame_after_power_on(void)
{
    uint64_t latest = 0;
    new_world(36);
    step();
    CHECK(mail_size > 0 && now == 1000); /* at once, as long as both slots are blank */
    enrolls();
    for (int i = 0; i < 50; i++) {
        uint64_t at = now;
        power_on(true);
        run_until_asked(OTAKEY_POLL);
        CHECK(now - at <= 60 * SECOND);
        latest = now - at > latest ? now - at : latest;
        deliver();
    }
    CHECK(latest > 30 * SECOND);
}

static void every_gateway_key_has_its_turn(void)
{
    new_world(37);
    firmware.gateway_keys = 3;
    firmware.gateway_key[0] = (struct otakey_gateway_key){.id = 7}; /* zeros: of no use */
    firmware.gateway_key[1] = (struct otakey_gateway_key){.id = 8, .public_key = {9}};
    firmware.gateway_key[2] = gateway.public_key;
    power_on(false);
    enrolls(); /* under 8 the gateway cannot read the handshake: 2, without a mac */
    CHECK(client.gateway_id == 1);
    gateway.action = OTAKEY_DO_ROTATE;
    client.kept.turn = 2; /* a valid 2 to ROTATE turns as well */
    run_until_settled_at(2);
    CHECK(client.gateway_id == 1 && gateway.unproven == 0);
}

static void no_link(void)
{
    new_world(38);
    unlinked = true;
    run_for(3600 * SECOND);
    CHECK(sent >= 5 && sent < 40); /* it backs off as in silence */
    unlinked = false;
    enrolls();
    run_until_asked(OTAKEY_POLL);
    mail_size = 0;
    uint64_t at = now;
    (void)otakey_link_lost(&client, now);
    run_until_asked(OTAKEY_POLL);
    CHECK(now - at <= 2 * SECOND); /* does not wait for an answer that cannot come */
}

static void eight_grants_without_ack(void)
{
    new_world(27);
    flash.fault = SIM_WRITE_WEAK;
    flash.fault_at = 0;
    port.flash = flash.port;
    run_for(10 * DAY / 24);
    CHECK(gateway.grants >= 8 && gateway.grants <= 8 + 10);
    CHECK(events[OTAKEY_EVENT_FAULT] > 0 && client.kept.last_error != 0);
    flash.fault = SIM_OBEYS;
    enrolls();
}

static void random_numbers_stand_still(void)
{
    new_world(28);
    standing_random = true;
    run_for(DAY);
    CHECK(sent == 0 && events[OTAKEY_EVENT_FAULT] > 0);
    standing_random = false;
    enrolls();
}

static void connection_of_another_scheme(void)
{
    new_world(29);
    gateway.connection = (struct otakey_span){mqtts, sizeof mqtts};
    enrolls(); /* confirmed all the same (rule 1) */
    CHECK(client.kept.last_error == OTAKEY_CONNECTION_NOT_SUPPORTED);
    gateway.action = OTAKEY_DO_ROTATE;
    run_until_asked(OTAKEY_ABANDON);
    CHECK(mail[mail_size - OTAKEY_MAC_SIZE - 1] == OTAKEY_CONNECTION_NOT_SUPPORTED);
    turn();
    CHECK(gateway.attempt == 1);
    CHECK(settled_at(1));
}

static void garbage_changes_nothing(void)
{
    static const uint8_t types[] = {OTAKEY_GRANT, OTAKEY_ACK, OTAKEY_NOTICE, OTAKEY_ERROR, 0, 0x11};
    static const size_t sizes[] = {0, 1, 6, 22, 26, 49, 50, 120, 1024, 1025};
    uint8_t frame[1025];
    new_world(30);
    enrolls();
    uint32_t operations = flash.operations;
    unsigned frames = sent;
    for (int i = 0; i < 3000; i++) {
        port_random(NULL, frame, sizeof frame);
        frame[0] = types[i % 6];
        receive(frame, sizes[i / 6 % 10]);
    }
    CHECK(flash.operations == operations && settled_at(1) && sent <= frames + 1);
    mail_size = 0;
    run_until_served();
}

static void pushed_notices(void)
{
    uint8_t push[OTAKEY_FRAME_MAX];
    new_world(31);
    gateway.seconds = 50000;
    enrolls();
    run_until_served();
    size_t size = sim_gateway_push(&gateway, &firmware.ref, OTAKEY_DO_ROTATE, push);
    uint64_t at = now;
    receive(push, size);
    run_until_settled_at(2);
    CHECK(now < at + 10 * SECOND);
    run_until_served();
    receive(push, size); /* of an older epoch */
    run_for(3600 * SECOND);
    CHECK(settled_at(2));
    size = sim_gateway_push(&gateway, &firmware.ref, OTAKEY_DO_ROTATE, push);
    push[size - 1] ^= 1;
    receive(push, size);
    run_for(3600 * SECOND);
    CHECK(settled_at(2));
}

static void at_its_own_wish(void)
{
    new_world(32);
    CHECK(!otakey_rotate_now(&client, now));
    enrolls();
    CHECK(otakey_rotate_now(&client, now));
    run_until_settled_at(2);
    CHECK(!otakey_rotate_now(&client, now));
    run_for(DAY + SECOND);
    CHECK(otakey_rotate_now(&client, now));
    run_until_settled_at(3);
}

static void a_lone_record_in_silence(void)
{
    new_world(33);
    while (client.mode != 1) {
        turn();
    }
    silent = true;
    mail_size = 0;
    run_until_asked(OTAKEY_ENROLL); /* not before 24 h and 10 tries */
    CHECK(now >= DAY && client.kept.silent_tries >= 10);
    for (int i = 0; i < 100; i++) {
        turn();
        CHECK(!otakey_is_settled(&client));
    }
    silent = false;
    run_until_settled_at(1);
    run_until_served();
    row_is_held();
}

int main(int argc, char **argv)
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
    power_cuts(argc > 1 && strcmp(argv[1], "1") == 0);
    printf("client     %u lives with a power cut, each ended with a key that is served\n", cuts);
    return finish("client");
}
