/*
 * The device's parsers and handshake, for comparison with those of another language: one command on
 * a line, one line of answer; hexadecimal in lower case, "-" for no bytes. Deterministic.
 *
 *   answer FRAME                  TYPE CODE HASMAC EPOCH SECONDS, or "refused"
 *   proves KEY ANSWER PROOF       1 or 0
 *   product TEXT, device TEXT     1 or 0: whether it is such an id
 *   enroll PRODUCT DEVICE VERSION KEY GATEWAYID GATEWAYKEY EPHEMERAL FIRMWARE ERROR
 *   rotate PRODUCT DEVICE EPOCH TOKEN KEY GATEWAYID GATEWAYKEY EPHEMERAL FIRMWARE ERROR
 *                                 the request; its handshake is open from now on. Or "refused"
 *   grant FRAME                   EPOCH KEY TOKEN FLAGS POLLAFTER CONNECTION, or "refused"
 *   confirm PRODUCT DEVICE EPOCH TOKEN KEY OUTCOME
 *   abandon PRODUCT DEVICE EPOCH TOKEN KEY GIVENUP REASON
 *   poll PRODUCT DEVICE EPOCH TOKEN KEY NONCE
 *                                 the request
 *
 * CONNECTION is "unchanged", "unfit", or eight fields with commas between them. What cannot be
 * obeyed ends the program with a message.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "handshake.h"
#include "keys.h"
#include "names.h"
#include "otakey/connection.h"

#define WORDS 11u
#define LINE (2u * OTAKEY_FRAME_MAX + 2048u)

static struct otakey_handshake handshake;
static char *word[WORDS];

/* Bytes of one word each, in memory of exactly their size. */
static struct otakey_span bytes[WORDS];

static void fail(const char *why)
{
    fprintf(stderr, "twin: %s\n", why);
    exit(2);
}

/* ---- text */

static struct otakey_span unhex(const char *text)
{
    size_t size = strcmp(text, "-") == 0 ? 0 : strlen(text) / 2;
    uint8_t *out = malloc(size > 0 ? size : 1);
    if (out == NULL) {
        fail("no memory");
    }
    for (size_t i = 0; i < size; i++) {
        const char digits[3] = {text[2 * i], text[2 * i + 1], 0};
        out[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return (struct otakey_span){out, size};
}

static void print_hex(const uint8_t *data, size_t size)
{
    static const char digit[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        putchar(digit[data[i] >> 4]);
        putchar(digit[data[i] & 15]);
    }
    if (size == 0) {
        putchar('-');
    }
}

static void print_field(struct otakey_span field)
{
    putchar(',');
    print_hex(field.data, field.size);
}

static uint32_t number(size_t at)
{
    return (uint32_t)strtoul(word[at], NULL, 10);
}

static const uint8_t *key(size_t at)
{
    if (bytes[at].size != OTAKEY_KEY_SIZE) {
        fail("a key has 32 bytes");
    }
    return bytes[at].data;
}

static struct otakey_token token(size_t at)
{
    struct otakey_token read = {(uint8_t)bytes[at].size, {0}};
    if (bytes[at].size > sizeof read.data) {
        fail("token too long");
    }
    memcpy(read.data, bytes[at].data, bytes[at].size);
    return read;
}

/* ---- commands */

static void answer(void)
{
    struct otakey_answer read;
    if (otakey_answer_decode(&read, bytes[1]) != OTAKEY_OK) {
        printf("refused");
        return;
    }
    printf("%d %d %d %" PRIu32 " %" PRIu32, (int)read.type, read.code, read.has_mac, read.epoch,
           read.seconds);
}

static void print_request(const struct otakey_request *request, int result)
{
    if (result != OTAKEY_OK) {
        printf("refused");
        return;
    }
    print_hex(request->data, request->size);
}

/* The words from `at` on: key, gateway's id and key, ephemeral key, firmware version, last error. */
static void open_handshake(bool is_rotation, size_t at)
{
    struct otakey_request request;
    struct otakey_gateway_key gateway = {(uint8_t)number(at + 1), {0}};
    const struct otakey_ref ref = {bytes[1], bytes[2]};
    const struct otakey_token name_token = is_rotation ? token(4) : (struct otakey_token){0, {0}};
    const struct otakey_key_name name = {&ref, number(3), &name_token};
    struct otakey_opening opening = {bytes[at + 4], number(at + 5)};
    memcpy(gateway.public_key, key(at + 2), OTAKEY_KEY_SIZE);
    if (strcmp(word[at + 4], "-") == 0) {
        opening.firmware_version.data = NULL;
    }
    int result = is_rotation ? otakey_handshake_rotate(&handshake, &request, &name, key(at),
                                                       &gateway, key(at + 3), &opening)
                             : otakey_handshake_enroll(&handshake, &request, &ref,
                                                       (uint8_t)number(3), key(at), &gateway,
                                                       key(at + 3), &opening);
    print_request(&request, result);
}

static void print_connection(const struct otakey_grant *grant)
{
    struct otakey_connection read;
    if (grant->offer != OTAKEY_GIVEN) {
        printf(grant->offer == OTAKEY_UNCHANGED ? "unchanged" : "unfit");
        return;
    }
    if (otakey_connection_read(&read, grant->connection) != OTAKEY_OK) {
        fail("a given connection cannot be read");
    }
    printf("%d", read.port);
    print_field(read.platform_id);
    print_field(read.scheme);
    print_field(read.host);
    print_field(read.client_id);
    print_field(read.user_name);
    print_field(read.topic_prefix);
    print_field(read.spki_hash);
}

static void grant(void)
{
    struct otakey_grant read;
    uint8_t frame[OTAKEY_FRAME_MAX];
    struct otakey_answer framed;
    if (otakey_answer_decode(&framed, bytes[1]) != OTAKEY_OK || framed.type != OTAKEY_GRANT) {
        printf("refused");
        return;
    }
    memcpy(frame, bytes[1].data, bytes[1].size);
    if (otakey_handshake_open(&handshake, &read, frame, bytes[1].size) != OTAKEY_OK) {
        printf("refused");
        return;
    }
    printf("%" PRIu32 " ", read.epoch);
    print_hex(read.device_key, sizeof read.device_key);
    putchar(' ');
    print_hex(read.token.data, read.token.size);
    printf(" %" PRIu32 " %" PRIu32 " ", read.flags, read.poll_after);
    print_connection(&read);
}

static void keyed(void)
{
    struct otakey_request request;
    const struct otakey_ref ref = {bytes[1], bytes[2]};
    const struct otakey_token name_token = token(4);
    const struct otakey_key_name name = {&ref, number(3), &name_token};
    int result = OTAKEY_E_ARGUMENT;
    if (strcmp(word[0], "confirm") == 0) {
        result = otakey_confirm(&request, &name, key(5), (enum otakey_outcome)number(6));
    } else if (strcmp(word[0], "abandon") == 0) {
        const struct otakey_token given_up = token(6);
        result = otakey_abandon(&request, &name, key(5), &given_up,
                                (enum otakey_reason)number(7));
    } else if (strcmp(word[0], "poll") == 0 && bytes[6].size == OTAKEY_POLL_NONCE_SIZE) {
        result = otakey_poll(&request, &name, key(5), bytes[6].data);
    } else {
        fail("no such command");
    }
    print_request(&request, result);
}

static void obey(void)
{
    if (strcmp(word[0], "answer") == 0) {
        answer();
    } else if (strcmp(word[0], "proves") == 0) {
        bool long_enough = bytes[2].size >= OTAKEY_MAC_SIZE;
        printf("%d", long_enough && otakey_key_proves(key(1), bytes[2], bytes[3]));
    } else if (strcmp(word[0], "product") == 0) {
        printf("%d", otakey_is_product_id(bytes[1]));
    } else if (strcmp(word[0], "device") == 0) {
        printf("%d", otakey_is_device_id(bytes[1]));
    } else if (strcmp(word[0], "enroll") == 0) {
        open_handshake(false, 4);
    } else if (strcmp(word[0], "rotate") == 0) {
        open_handshake(true, 5);
    } else if (strcmp(word[0], "grant") == 0) {
        grant();
    } else {
        keyed();
    }
    putchar('\n');
}

int main(void)
{
    static char line[LINE];
    static char nothing[] = "-";
    while (fgets(line, sizeof line, stdin) != NULL) {
        size_t words = 0;
        for (char *at = strtok(line, " \n"); at != NULL && words < WORDS; at = strtok(NULL, " \n")) {
            word[words++] = at;
        }
        for (size_t i = words; i < WORDS; i++) {
            word[i] = nothing;
        }
        for (size_t i = 0; i < WORDS; i++) {
            bytes[i] = unhex(word[i]);
        }
        obey();
        for (size_t i = 0; i < WORDS; i++) {
            free((void *)(uintptr_t)bytes[i].data);
        }
        fflush(stdout);
    }
    return 0;
}
