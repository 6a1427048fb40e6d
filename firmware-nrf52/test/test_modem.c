/*
 * The dialler against a modem as ESP-AT is: echo, answers in any pieces, late or not at all,
 * errors, garbage, a connection that ends; and two users of one line.
 */
#include "otakey/modem.h"

#include <string.h>

#include "check.h"

#define GUARD 1000u /* ms of silence around "+++" */
#define SPAN(text) ((struct otakey_span){(const uint8_t *)(text), sizeof(text) - 1u})

static uint64_t now;

static struct {
    /* How it is. */
    unsigned piece;     /* bytes that a read gives at the most, a write takes at the most */
    bool dead;          /* says nothing */
    bool stuck;         /* takes nothing */
    bool no_host;       /* cannot connect */
    bool garbage;       /* says nonsense around every answer */
    const char *greets; /* what the other side says at once */

    /* Its state. */
    bool connected, transparent, carries;
    unsigned pluses, dials, hang_ups;
    uint64_t last_in;
    char line[200];
    size_t line_size;
    char peer[OTAKEY_HOST_MAX + 8];
    char sent[200]; /* to the peer */
    size_t sent_size;
    char out[600];
    size_t out_size;
} fake;

static struct otakey_modem modem;
static const struct otakey_span gateways[OTAKEY_GATEWAYS_MAX] = {
    {(const uint8_t *)"gw.example.com", 14}, {(const uint8_t *)"10.0.0.2", 8}};
static struct otakey_modem_user gateway = {&modem, gateways, 1883};
static struct otakey_modem_user platform = {&modem, NULL, 0};
static struct otakey_stream to_gateway, to_platform;

/* ---- the modem */

static void answer(const char *text)
{
    size_t size = strlen(text);
    if (!fake.dead) {
        CHECK(fake.out_size + size <= sizeof fake.out);
        memcpy(fake.out + fake.out_size, text, size);
        fake.out_size += size;
    }
}

static void on_command(void)
{
    const char *start = strstr(fake.line, "AT+CIPSTART=\"TCP\",\"");
    if (fake.garbage) {
        answer("\r\nWIFI GOT IP\r\n\x80\xffOK\r\r\nOKAY\r\n");
    }
    if (strcmp(fake.line, "\r\n") == 0) {
        return;
    }
    if (start == fake.line) {
        char *quote = strchr(fake.line + 19, '"');
        CHECK(quote != NULL && quote[1] == ',');
        memmove(quote, quote + 2, strlen(quote + 2) + 1);
        fake.connected = !fake.no_host;
        fake.dials++;
        *strchr(quote, '\r') = '\0';
        memmove(quote + 1, quote, strlen(quote) + 1);
        *quote = ' ';
        (void)snprintf(fake.peer, sizeof fake.peer, "%.130s", fake.line + 19);
        answer(fake.connected ? "CONNECT\r\n\r\nOK\r\n" : "CLOSED\r\n\r\nERROR\r\n");
    } else if (strncmp(fake.line, "AT+CIPMODE=", 11) == 0) {
        fake.transparent = fake.line[11] == '1';
        answer("\r\nOK\r\n");
    } else if (strcmp(fake.line, "AT+CIPCLOSE\r\n") == 0) {
        answer(fake.connected ? "CLOSED\r\n\r\nOK\r\n" : "\r\nERROR\r\n");
        fake.hang_ups += fake.connected;
        fake.connected = false;
    } else if (strcmp(fake.line, "AT+CIPSEND\r\n") == 0 && fake.connected && fake.transparent) {
        answer("\r\nOK\r\n\r\n>");
        answer(fake.greets != NULL ? fake.greets : "");
        fake.carries = true;
    } else {
        answer("\r\nERROR\r\n");
    }
}

static void take_command(char byte)
{
    CHECK(fake.line_size + 1 < sizeof fake.line);
    fake.line[fake.line_size++] = byte;
    answer((const char[]){byte, '\0'}); /* echo */
    if (byte == '\n') {
        fake.line[fake.line_size] = '\0';
        fake.line_size = 0;
        on_command();
    }
}

static void take(char byte)
{
    uint64_t silence = now - fake.last_in;
    fake.last_in = now;
    if (fake.carries && fake.pluses == 3 && silence >= GUARD) {
        fake.carries = false;
    }
    if (!fake.carries) {
        fake.pluses = 0;
        take_command(byte);
        return;
    }
    CHECK(fake.sent_size < sizeof fake.sent);
    bool escapes = byte == '+' && (fake.pluses > 0 || silence >= GUARD);
    fake.pluses = escapes ? fake.pluses + 1 : 0;
    if (!escapes) {
        fake.sent[fake.sent_size++] = byte;
    }
}

/* ---- the serial line, the clock */

static int open_serial(void *context, unsigned address)
{
    (void)context;
    (void)address;
    fake.out_size = 0;
    return 0;
}

static int write_serial(void *context, const uint8_t *bytes, size_t size)
{
    (void)context;
    size_t taken = fake.stuck ? 0 : size < fake.piece ? size : fake.piece;
    for (size_t i = 0; i < taken; i++) {
        take((char)bytes[i]);
    }
    return (int)taken;
}

static int read_serial(void *context, uint8_t *bytes, size_t size)
{
    (void)context;
    static bool pause;
    pause = !pause;
    size_t given = size < fake.piece ? size : fake.piece;
    given = given < fake.out_size ? given : fake.out_size;
    if (fake.piece == 1 && pause) { /* it comes in drops */
        return 0;
    }
    memcpy(bytes, fake.out, given);
    fake.out_size -= given;
    memmove(fake.out, fake.out + given, fake.out_size);
    return (int)given;
}

static const struct otakey_stream serial = {NULL, open_serial, write_serial, read_serial, NULL};

static uint64_t time_now(void)
{
    return now;
}

static void begin(unsigned piece)
{
    memset(&fake, 0, sizeof fake);
    fake.piece = piece;
    now += 100000;
    fake.last_in = now - 5 * GUARD;
    otakey_modem_init(&modem, &otakey_modem_esp_at, &serial, time_now);
    to_gateway = otakey_modem_stream(&gateway);
    to_platform = otakey_modem_stream(&platform);
    CHECK(otakey_modem_run(&modem) == UINT64_MAX); /* nobody wants anything */
}

/* Until the stream carries or is gone; how long that took. */
static int settle(const struct otakey_stream *stream, uint64_t *took)
{
    uint8_t none = 0;
    uint64_t begun = now;
    int state = 0;
    while (now < begun + 60000) {
        uint64_t next = otakey_modem_run(&modem);
        state = stream->write(stream->context, &none, 0);
        if (state < 0 || (fake.carries && next == UINT64_MAX && fake.pluses == 0)) {
            break;
        }
        now += next > now && fake.out_size == 0 && next - now < 100 ? next - now : 10;
    }
    *took = now - begun;
    return state;
}

static void carries(const struct otakey_stream *stream, const char *peer)
{
    static const char words[] = "\x10 bytes, +++ and all\xff";
    char back[sizeof words] = "";
    size_t sent = 0;
    size_t got = 0;
    CHECK(strcmp(fake.peer, peer) == 0 && fake.carries);
    fake.sent_size = 0;
    while (sent < sizeof words) {
        int taken = stream->write(stream->context, (const uint8_t *)words + sent,
                                  sizeof words - sent);
        CHECK(taken > 0);
        sent += (size_t)taken;
    }
    CHECK(fake.sent_size == sizeof words && memcmp(fake.sent, words, sizeof words) == 0);
    fake.out_size = 0;
    memcpy(fake.out, words, sizeof words);
    fake.out_size = sizeof words;
    for (int reads = 0; got < sizeof words; reads++) {
        int more = stream->read(stream->context, (uint8_t *)back + got, sizeof back - got);
        CHECK(more >= 0 && reads < 100);
        got += (size_t)more;
    }
    CHECK(memcmp(back, words, sizeof words) == 0);
}

/* ---- cases */

static void dials_and_hangs_up(unsigned piece, bool garbage)
{
    uint64_t took;
    begin(piece);
    fake.garbage = garbage;
    CHECK(to_gateway.open(to_gateway.context, 0) == 0);
    CHECK(settle(&to_gateway, &took) == 0 && took >= 2 * GUARD && took < 4 * GUARD);
    carries(&to_gateway, "gw.example.com 1883");
    now += 50;
    to_gateway.close(to_gateway.context);
    for (uint64_t end = now + 4 * GUARD; now < end; now += 10) {
        (void)otakey_modem_run(&modem);
    }
    CHECK(!fake.connected && fake.hang_ups == 1 && !fake.carries);
    CHECK(to_gateway.open(to_gateway.context, 1) == 0);
    CHECK(settle(&to_gateway, &took) == 0 && took < GUARD); /* it is hung up already */
    carries(&to_gateway, "10.0.0.2 1883");
}

/* The chip was reset, the modem was not. */
static void is_found_carrying(void)
{
    uint64_t took;
    begin(8);
    fake.connected = fake.transparent = fake.carries = true;
    fake.last_in = now;
    CHECK(to_gateway.open(to_gateway.context, 0) == 0);
    CHECK(settle(&to_gateway, &took) == 0);
    CHECK(fake.hang_ups == 1 && fake.dials == 1 && fake.sent_size == 0);
    carries(&to_gateway, "gw.example.com 1883");
}

static void what_comes_at_once_is_kept(unsigned piece)
{
    uint64_t took;
    char heard[6] = "";
    begin(piece);
    fake.greets = "hello";
    CHECK(to_gateway.open(to_gateway.context, 0) == 0);
    (void)settle(&to_gateway, &took);
    for (size_t got = 0; got < 5;) {
        int more = to_gateway.read(to_gateway.context, (uint8_t *)heard + got, 5 - got);
        CHECK(more >= 0);
        got += (size_t)more;
        now += more == 0;
        CHECK(took + now < UINT64_MAX && otakey_modem_run(&modem) == UINT64_MAX);
    }
    CHECK(strcmp(heard, "hello") == 0);
}

static void works_again(void)
{
    uint64_t took;
    fake.dead = fake.stuck = fake.no_host = false;
    to_gateway.close(to_gateway.context);
    CHECK(to_gateway.read(to_gateway.context, (uint8_t *)fake.sent, 1) < 0);
    CHECK(to_gateway.open(to_gateway.context, 0) == 0);
    CHECK(settle(&to_gateway, &took) == 0);
    carries(&to_gateway, "gw.example.com 1883");
}

static void failures(void)
{
    uint64_t took;
    begin(4);
    fake.no_host = true;
    CHECK(to_gateway.open(to_gateway.context, 0) == 0);
    CHECK(settle(&to_gateway, &took) < 0 && took < 4 * GUARD); /* at once, not after 9 s */
    works_again();

    begin(4);
    fake.dead = true;
    CHECK(to_gateway.open(to_gateway.context, 0) == 0);
    CHECK(settle(&to_gateway, &took) < 0 && took >= 11 * GUARD && took < 15 * GUARD);
    works_again();

    begin(4);
    fake.stuck = true;
    CHECK(to_gateway.open(to_gateway.context, 0) == 0);
    CHECK(settle(&to_gateway, &took) < 0 && took < 15 * GUARD);
    works_again();
}

/* Back in command mode without being asked: what it says is data to the user, who hangs up. */
static void it_closes(void)
{
    uint64_t took;
    char heard[11] = "";
    begin(100);
    CHECK(to_gateway.open(to_gateway.context, 0) == 0);
    CHECK(settle(&to_gateway, &took) == 0);
    fake.carries = fake.connected = false;
    answer("\r\nCLOSED\r\n");
    CHECK(to_gateway.read(to_gateway.context, (uint8_t *)heard, 10) == 10);
    CHECK(strcmp(heard, "\r\nCLOSED\r\n") == 0);
    works_again();
}

static void two_users(void)
{
    uint64_t took;
    uint8_t byte = 0;
    begin(8);
    CHECK(to_platform.read(to_platform.context, &byte, 1) < 0); /* it has no line yet */
    CHECK(to_gateway.open(to_gateway.context, 0) == 0);
    CHECK(settle(&to_gateway, &took) == 0);
    CHECK(otakey_modem_dial(&platform, SPAN("mqtt.example.com"), 65535) == 0);
    CHECK(to_gateway.read(to_gateway.context, &byte, 1) < 0);
    CHECK(to_gateway.write(to_gateway.context, &byte, 1) < 0);
    to_gateway.close(to_gateway.context); /* not its line any more */
    CHECK(settle(&to_platform, &took) == 0 && fake.hang_ups == 1);
    carries(&to_platform, "mqtt.example.com 65535");
    CHECK(to_gateway.read(to_gateway.context, &byte, 1) < 0);
    CHECK(to_gateway.open(to_gateway.context, 1) == 0); /* and back, in the middle of a call */
    CHECK(otakey_modem_dial(&platform, SPAN("a"), 1) == 0);
    CHECK(settle(&to_platform, &took) == 0);
    carries(&to_platform, "a 1");
}

static void hosts(void)
{
    char longest[OTAKEY_HOST_MAX + 2];
    uint64_t took;
    memset(longest, 'h', sizeof longest);
    begin(64);
    const uint8_t *host = (const uint8_t *)longest;
    CHECK(otakey_modem_dial(&platform, (struct otakey_span){host, OTAKEY_HOST_MAX + 1}, 1) < 0);
    CHECK(otakey_modem_dial(&platform, (struct otakey_span){host, 0}, 1) < 0);
    static const char bad[] = "\"\r\n ,\\%/;@\x7f\x80\0";
    for (size_t i = 0; i < sizeof bad; i++) {
        char name[] = "ab";
        name[1] = bad[i];
        CHECK(otakey_modem_dial(&platform, SPAN(name), 1) < 0);
    }
    CHECK(fake.dials == 0 && otakey_modem_run(&modem) == UINT64_MAX);
    CHECK(otakey_modem_dial(&platform, (struct otakey_span){host, OTAKEY_HOST_MAX}, 65535) == 0);
    CHECK(settle(&to_platform, &took) == 0 && strlen(fake.peer) == OTAKEY_HOST_MAX + 2);
    CHECK(otakey_modem_dial(&platform, SPAN("A-z_0.9:x"), 80) == 0);
    CHECK(settle(&to_platform, &took) == 0);
    carries(&to_platform, "A-z_0.9:x 80");
}

int main(void)
{
    for (unsigned piece = 1; piece < 40; piece += 3) {
        dials_and_hangs_up(piece, false);
        dials_and_hangs_up(piece, true);
        what_comes_at_once_is_kept(piece);
    }
    is_found_carrying();
    failures();
    it_closes();
    two_users();
    hosts();
    return finish("modem");
}
