#include "otakey/modem.h"

#include <string.h>

#define FOR_EVER UINT64_MAX

/* FAILED: the user does not know yet. */
enum state { UNKNOWN, HANGING_UP, IDLE, DIALLING, CARRYING, FAILED };
enum stage { QUIET, SAYING, LISTENING };

/* ---- the modems we know */

#define LINE(text) "\n" text "\r"

static const struct otakey_modem_step esp_hang_up[] = {
    {1000, "+++", NULL, 1000, true},
    {0, "\r\n", NULL, 100, true}, /* if it was no escape, but the beginning of a command */
    {0, "AT+CIPMODE=0\r\n", LINE("OK"), 500, true},
    {0, "AT+CIPCLOSE\r\n", LINE("OK"), 500, true}, /* ERROR if there is no connection */
};
static const struct otakey_modem_step esp_dial[] = {
    {0, "AT+CIPSTART=\"TCP\",\"%h\",%p\r\n", LINE("OK"), 9000, false},
    {0, "AT+CIPMODE=1\r\n", LINE("OK"), 500, false},
    {0, "AT+CIPSEND\r\n", "\n>", 500, false},
};
static const char *const esp_failures[] = {LINE("ERROR"), LINE("FAIL"), NULL};

#define STEPS(list) ((uint8_t)(sizeof(list) / sizeof((list)[0])))

const struct otakey_modem_script otakey_modem_esp_at = {
    esp_hang_up, esp_dial, STEPS(esp_hang_up), STEPS(esp_dial), esp_failures};

/* ---- steps */

static const struct otakey_modem_step *step_of(const struct otakey_modem *modem)
{
    const struct otakey_modem_script *script = modem->script;
    return (modem->state == DIALLING ? script->dial : script->hang_up) + modem->step;
}

static void begin_step(struct otakey_modem *modem)
{
    const struct otakey_modem_step *step = step_of(modem);
    modem->stage = QUIET;
    modem->due = modem->clock() + step->quiet;
    modem->say = step->say;
    modem->insert = "";
}

static void begin(struct otakey_modem *modem, enum state state)
{
    modem->state = (uint8_t)state;
    modem->step = 0;
    begin_step(modem);
}

static void hang_up(struct otakey_modem *modem)
{
    if (modem->state != IDLE && modem->state != HANGING_UP) {
        begin(modem, HANGING_UP);
    }
}

static void rest(struct otakey_modem *modem, enum state state)
{
    modem->state = (uint8_t)state;
    modem->due = FOR_EVER;
}

static void end_step(struct otakey_modem *modem, bool well)
{
    bool dialling = modem->state == DIALLING;
    if (!well && !step_of(modem)->may_fail) {
        rest(modem, FAILED);
        return;
    }
    modem->step++;
    if (modem->step < (dialling ? modem->script->dial_steps : modem->script->hang_up_steps)) {
        begin_step(modem);
    } else if (dialling) {
        rest(modem, CARRYING);
    } else if (modem->wanted) {
        modem->wanted = false;
        begin(modem, DIALLING);
    } else {
        rest(modem, IDLE);
    }
}

/* ---- saying */

static char next_to_say(struct otakey_modem *modem)
{
    if (*modem->insert != '\0') {
        return *modem->insert;
    }
    if (modem->say[0] == '%') {
        modem->insert = modem->say[1] == 'h' ? modem->host : modem->port;
        modem->say += 2;
        return *modem->insert;
    }
    return *modem->say;
}

/* Whether all of it was said. */
static bool say(struct otakey_modem *modem)
{
    const struct otakey_stream *serial = modem->serial;
    for (char next = next_to_say(modem); next != '\0'; next = next_to_say(modem)) {
        const uint8_t byte = (uint8_t)next;
        if (serial->write(serial->context, &byte, 1) != 1) {
            return false;
        }
        *(*modem->insert != '\0' ? &modem->insert : &modem->say) += 1;
    }
    return true;
}

/* ---- listening */

static bool ends_with(const struct otakey_modem *modem, const char *text)
{
    size_t size = strlen(text);
    return size <= sizeof modem->heard &&
           memcmp(modem->heard + sizeof modem->heard - size, text, size) == 0;
}

static void hear(struct otakey_modem *modem, char byte)
{
    const struct otakey_modem_step *step = step_of(modem);
    memmove(modem->heard, modem->heard + 1, sizeof modem->heard - 1);
    modem->heard[sizeof modem->heard - 1] = byte;
    if (step->expect == NULL) {
        return;
    }
    if (ends_with(modem, step->expect)) {
        end_step(modem, true);
        return;
    }
#ifndef SEEDED_BUG_MODEM_HEARS_NO_ERROR
    for (const char *const *failure = modem->script->failures; *failure != NULL; failure++) {
        if (ends_with(modem, *failure)) {
            end_step(modem, false);
            return;
        }
    }
#endif
}

static bool in_dialogue(const struct otakey_modem *modem)
{
    return modem->state == HANGING_UP || modem->state == DIALLING;
}

/* Byte by byte, so that what follows the last answer is left for the user. */
static void listen(struct otakey_modem *modem)
{
    const struct otakey_stream *serial = modem->serial;
    uint8_t byte;
    while (in_dialogue(modem) && modem->stage == LISTENING &&
           serial->read(serial->context, &byte, 1) == 1) {
        hear(modem, (char)byte);
    }
}

/* Whether something changed that allows more. */
static bool advance(struct otakey_modem *modem)
{
    const struct otakey_modem_step *step = step_of(modem);
    uint64_t now = modem->clock();
    if (modem->stage == QUIET && now >= modem->due) {
        (void)modem->serial->open(modem->serial->context, 0); /* late answers to older questions */
        memset(modem->heard, 0, sizeof modem->heard);
        modem->stage = SAYING;
        modem->due = now + step->patience;
        return true;
    }
    if (modem->stage == SAYING && say(modem)) {
        modem->stage = LISTENING;
        modem->due = modem->clock() + step->patience;
        return true;
    }
    listen(modem);
    if (modem->stage != QUIET && in_dialogue(modem) && step == step_of(modem) &&
        now >= modem->due) {
#ifndef SEEDED_BUG_MODEM_WAITS
        end_step(modem, modem->stage == LISTENING && step->expect == NULL);
#endif
    }
    return in_dialogue(modem) && modem->stage == QUIET && now >= modem->due;
}

static void work(struct otakey_modem *modem)
{
    while (in_dialogue(modem) && advance(modem)) {
    }
}

void otakey_modem_init(struct otakey_modem *modem, const struct otakey_modem_script *script,
                       const struct otakey_stream *serial, uint64_t (*clock)(void))
{
    memset(modem, 0, sizeof *modem);
    modem->script = script;
    modem->serial = serial;
    modem->clock = clock;
    rest(modem, UNKNOWN);
}

uint64_t otakey_modem_run(struct otakey_modem *modem)
{
    work(modem);
    if (modem->state != CARRYING && !(in_dialogue(modem) && modem->stage == LISTENING)) {
        (void)modem->serial->open(modem->serial->context, 0); /* nobody listens */
    }
    return modem->due;
}

/* ---- users */

static bool has_line(const struct otakey_modem_user *user)
{
    return user->modem->user == user;
}

/* What could end a command, or begin another, never gets to the modem. */
static bool is_host(struct otakey_span host)
{
    bool sane = host.size >= 1 && host.size <= OTAKEY_HOST_MAX;
#ifndef SEEDED_BUG_MODEM_ANY_HOST
    for (size_t i = 0; sane && i < host.size; i++) {
        uint8_t byte = host.data[i];
        uint8_t letter = byte | 0x20u;
        sane = (letter >= 'a' && letter <= 'z') || (byte >= '-' && byte <= ':' && byte != '/') ||
               byte == '_';
    }
#endif
    return sane;
}

int otakey_modem_dial(void *context, struct otakey_span host, uint16_t port)
{
    struct otakey_modem_user *user = context;
    struct otakey_modem *modem = user->modem;
    if (!is_host(host)) {
        return -1;
    }
    modem->user = user;
    memcpy(modem->host, host.data, host.size);
    modem->host[host.size] = '\0';
    char *digit = modem->port + sizeof modem->port - 1;
    for (*digit = '\0'; port > 0 && digit > modem->port; port = (uint16_t)(port / 10u)) {
        *--digit = (char)('0' + port % 10u);
    }
    memmove(modem->port, digit, strlen(digit) + 1);
    if (modem->state == IDLE) {
        begin(modem, DIALLING);
    } else {
        modem->wanted = true;
        hang_up(modem);
    }
    work(modem);
    return 0;
}

static int open_gateway(void *context, unsigned address)
{
    const struct otakey_modem_user *user = context;
    return otakey_modem_dial(context, user->gateways[address], user->port);
}

/* Whether bytes can pass: 0 not yet, negative never. */
static int can_pass(const struct otakey_modem_user *user)
{
    struct otakey_modem *modem = user->modem;
#ifndef SEEDED_BUG_MODEM_SHARES
    if (!has_line(user)) {
        return -1;
    }
#endif
    work(modem);
    return modem->state == CARRYING ? 1 : modem->state == FAILED ? -1 : 0;
}

static int write_line(void *context, const uint8_t *bytes, size_t size)
{
    const struct otakey_modem_user *user = context;
    const struct otakey_stream *serial = user->modem->serial;
    int can = can_pass(user);
    return can == 1 ? serial->write(serial->context, bytes, size) : can;
}

static int read_line(void *context, uint8_t *bytes, size_t size)
{
    const struct otakey_modem_user *user = context;
    const struct otakey_stream *serial = user->modem->serial;
    int can = can_pass(user);
    return can == 1 ? serial->read(serial->context, bytes, size) : can;
}

static void close_line(void *context)
{
    const struct otakey_modem_user *user = context;
    struct otakey_modem *modem = user->modem;
    if (has_line(user)) {
        modem->user = NULL;
        modem->wanted = false;
        hang_up(modem);
        work(modem);
    }
}

struct otakey_stream otakey_modem_stream(struct otakey_modem_user *user)
{
    return (struct otakey_stream){user, open_gateway, write_line, read_line, close_line};
}
