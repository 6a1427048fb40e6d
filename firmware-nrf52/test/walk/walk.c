/*
 * The device for a random walk together with a gateway in another language: the client, with flash
 * whose power can be cut, a clock and a network that are whatever the other side says. One command
 * on a line, one line of answer; hexadecimal in lower case. Deterministic by its seed.
 *
 *   new SEED DEVICEID PRODUCTKEY GATEWAYKEYID GATEWAYKEY   a device never switched on (product "walk")
 *   cut AFTER TEAR      the power fails in the flash operation after so many others (enum sim_tear)
 *   on NOW MEMORY       power comes back; MEMORY 1: RAM survived
 *   step NOW            otakey_step()
 *   frame NOW FRAME     otakey_receive()
 *   login NOW RESULT    otakey_login_ended() (enum otakey_login)
 *   rotate NOW          the application's wish for another key, not only once a day; then a step
 *
 *   ok NEXT SETTLED LOGIN SENT RECORDS   or   cut RECORDS
 *
 * NEXT: when to step again. LOGIN: 1 if a login was begun. SENT: the request on its way, or "-".
 * RECORDS: for each way that words which waver may read, "|" and for each slot "-" or
 * EPOCH,CONFIRMED,TOKEN,DEVICEKEY. What cannot be obeyed ends the program with a message.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "otakey/client.h"
#include "record.h"
#include "sim_flash.h"
#include "sim_limits.h"

#define WORDS 160u
#define LINE (2u * OTAKEY_FRAME_MAX + 400u)

static struct {
    struct otakey_client client;
    struct sim_flash flash;
    struct otakey_firmware firmware;
    struct otakey_port port;
    char device_id[OTAKEY_DEVICE_ID_MAX + 1];
    uint8_t sent[OTAKEY_REQUEST_MAX];
    size_t sent_size;
    bool login_begun;
    uint64_t random;
} walk;

static jmp_buf power_gone;

static void fail(const char *why)
{
    fprintf(stderr, "walk: %s\n", why);
    exit(2);
}

/* ---- the port */

static int draw(void *context, uint8_t *out, size_t size)
{
    (void)context;
    for (size_t i = 0; i < size; i++) {
        walk.random = walk.random * UINT64_C(6364136223846793005) + 1442695040888963407u;
        out[i] = (uint8_t)(walk.random >> 56);
    }
    return 0;
}

static int send_frame(void *context, const uint8_t *frame, size_t size, unsigned address)
{
    (void)context;
    (void)address;
    memcpy(walk.sent, frame, size);
    walk.sent_size = size;
    return 0;
}

static void log_in(void *context, const struct otakey_credential *credential)
{
    (void)context;
    (void)credential;
    walk.login_begun = true;
}

/* ---- text */

static size_t unhex(const char *text, uint8_t *out, size_t most)
{
    size_t size = strlen(text) / 2;
    if (size > most || strlen(text) % 2 != 0) {
        fail("hexadecimal of a wrong length");
    }
    for (size_t i = 0; i < size; i++) {
        char digits[3] = {text[2 * i], text[2 * i + 1], 0};
        out[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return size;
}

static void print_hex(const uint8_t *bytes, size_t size)
{
    static const char digit[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        putchar(digit[bytes[i] >> 4]);
        putchar(digit[bytes[i] & 15]);
    }
}

/* ---- what flash may read as */

static void print_view(const struct otakey_flash *flash)
{
    struct otakey_store store;
    struct otakey_record record;
    (void)otakey_store_init(&store, flash);
    putchar('|');
    for (int slot = 0; slot < OTAKEY_STORE_SLOTS; slot++) {
        if (slot > 0) {
            putchar(' ');
        }
        if (otakey_store_get(&store, slot, &record) != OTAKEY_OK) {
            putchar('-');
            continue;
        }
        printf("%" PRIu32 ",%d,", record.epoch, otakey_store_is_confirmed(&store, slot));
        print_hex(record.token.data, record.token.size);
        putchar(',');
        print_hex(record.device_key, sizeof record.device_key);
    }
}

static void print_records(void)
{
    static struct sim_flash view;
    print_view(&walk.flash.port);
    for (int how = 0; sim_flash_any_marginal(&walk.flash) && how < SIM_VIEWS; how++) {
        memset(&view, 0, sizeof view);
        sim_flash_view(&walk.flash, (enum sim_view)how, &view);
        print_view(&view.port);
    }
    putchar('\n');
}

/*
 * The second limit of marker words (protocol section 10): a third grant goes over the older of two
 * unconfirmed records, STORED is zero and STORED2 wavers.
 */
static void keep_half_wiped(void)
{
    struct otakey_store store;
    (void)otakey_store_init(&store, &walk.flash.port);
    for (int slot = 0; slot < OTAKEY_STORE_SLOTS; slot++) {
        uint32_t stored = record_markers(&walk.flash.port, slot);
        struct otakey_record other;
        if (stored != 0 && walk.flash.word[slot][stored].reads == 0 &&
            sim_flash_is_marginal(&walk.flash, slot, stored + MARKER_STORED2) &&
            !otakey_store_is_confirmed(&store, 1 - slot) &&
            otakey_store_get(&store, 1 - slot, &other) == OTAKEY_OK) {
            sim_flash_settle(&walk.flash, slot, stored + MARKER_STORED2);
        }
    }
}

/* ---- commands */

static void make_new(const char *seed, const char *id, const char *product_key,
                     const char *gateway_id, const char *gateway_key)
{
    static const char *const schemes[] = {"mqtt", NULL};
    static const char product[] = "walk", version[] = "walk 1";
    memset(&walk, 0, sizeof walk);
    memset(&walk.client, 0xa5, sizeof walk.client);
    walk.random = strtoull(seed, NULL, 10);
    sim_flash_init(&walk.flash, WORDS, RECORD_ERASED, walk.random);
    if (strlen(id) >= sizeof walk.device_id) {
        fail("device id too long");
    }
    strcpy(walk.device_id, id);
    walk.firmware.ref = (struct otakey_ref){
        {(const uint8_t *)product, strlen(product)},
        {(const uint8_t *)walk.device_id, strlen(walk.device_id)}};
    walk.firmware.version = (struct otakey_span){(const uint8_t *)version, strlen(version)};
    walk.firmware.product_key_version = 1;
    walk.firmware.gateway_keys = 1;
    walk.firmware.gateway_addresses = 2;
    walk.firmware.schemes = schemes;
    walk.firmware.gateway_key[0].id = (uint8_t)strtoul(gateway_id, NULL, 10);
    (void)unhex(product_key, walk.firmware.product_key, OTAKEY_KEY_SIZE);
    (void)unhex(gateway_key, walk.firmware.gateway_key[0].public_key, OTAKEY_KEY_SIZE);
    walk.port = (struct otakey_port){NULL, walk.flash.port, draw, send_frame, log_in, NULL};
}

static uint64_t power_on(uint64_t now, bool memory_survives)
{
    sim_flash_power_on(&walk.flash);
    if (!memory_survives) {
        memset(&walk.client, 0xa5, sizeof walk.client);
    }
    if (otakey_client_init(&walk.client, &walk.firmware, &walk.port) != OTAKEY_OK) {
        fail("the client refuses its firmware");
    }
    (void)otakey_client_start(&walk.client, now);
    return now;
}

static uint64_t obey(const char *command, uint64_t now, const char *argument)
{
    static uint8_t frame[OTAKEY_FRAME_MAX];
    if (strcmp(command, "on") == 0) {
        return power_on(now, argument[0] == '1');
    }
    if (strcmp(command, "step") == 0) {
        return otakey_step(&walk.client, now);
    }
    if (strcmp(command, "frame") == 0) {
        return otakey_receive(&walk.client, now, frame, unhex(argument, frame, sizeof frame));
    }
    if (strcmp(command, "login") == 0) {
        return otakey_login_ended(&walk.client, now, (enum otakey_login)atoi(argument));
    }
    if (strcmp(command, "rotate") == 0) {
        walk.client.kept.own_rotation_at = 0;
        if (otakey_rotate_now(&walk.client, now) && walk.client.next_at > now) {
            walk.client.next_at = now;
        }
        return otakey_step(&walk.client, now);
    }
    fail("no such command");
    return 0;
}

static void run(const char *command, uint64_t now, const char *argument)
{
    walk.sent_size = 0;
    walk.login_begun = false;
    if (setjmp(power_gone) != 0) {
        (void)sim_limits_keep(&walk.flash);
        keep_half_wiped();
        walk.flash.cut_at = UINT32_MAX;
        printf("cut ");
        print_records();
        return;
    }
    uint64_t next = obey(command, now, argument);
    printf("ok %" PRIu64 " %d %d ", next, otakey_is_settled(&walk.client), walk.login_begun);
    if (walk.sent_size == 0) {
        putchar('-');
    }
    print_hex(walk.sent, walk.sent_size);
    putchar(' ');
    print_records();
}

int main(void)
{
    static char line[LINE];
    while (fgets(line, sizeof line, stdin) != NULL) {
        char *word[6] = {"", "", "", "", "", ""};
        size_t words = 0;
        for (char *at = strtok(line, " \n"); at != NULL && words < 6; at = strtok(NULL, " \n")) {
            word[words++] = at;
        }
        if (strcmp(word[0], "new") == 0) {
            make_new(word[1], word[2], word[3], word[4], word[5]);
            printf("ok 0 0 0 - ");
            print_records();
        } else if (strcmp(word[0], "cut") == 0) {
            sim_flash_cut(&walk.flash, (uint32_t)strtoul(word[1], NULL, 10),
                          (enum sim_tear)atoi(word[2]), &power_gone);
            printf("ok 0 0 0 - ");
            print_records();
        } else {
            run(word[0], strtoull(word[1], NULL, 10), word[2]);
        }
        fflush(stdout);
    }
    return 0;
}
