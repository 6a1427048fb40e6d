/*
 * A modem that says anything and takes as little as it likes, and two users of its line: it is told
 * nothing but commands of the script, with the host that was dialled last; a user's bytes pass only
 * from the owner, after the prompt; no call waits for ever.
 */
#include "otakey/modem.h"

#include <string.h>

#include "check.h"
#include "fuzz.h"

#define CALLS 20000u
#define LONGEST_CALL 20000u /* ms to its end, good or bad */
#define USERS 2u

const unsigned long fuzz_executions = 20000;

enum { SAYS, TAKES, LATER, DIALS, ENDS, WRITES, READS, KINDS };

static const struct otakey_span gateways[OTAKEY_GATEWAYS_MAX] = {
    {(const uint8_t *)"gw.example.com", 14}, {(const uint8_t *)"10.0.0.2", 8}};

static uint64_t now;
static struct otakey_modem modem;
static struct otakey_modem_user user[USERS];
static struct otakey_stream stream[USERS];

static struct {
    const uint8_t *bytes; /* to be read */
    size_t size;
    size_t room; /* to be written */
    unsigned calls;
    char call[OTAKEY_HOST_MAX + 40]; /* the command for what was dialled last */
    char begun[OTAKEY_HOST_MAX + 40]; /* of a command */
    size_t begun_size;
    bool asked_for_prompt, prompted;
    uint8_t heard;
    const struct otakey_modem_user *owner, *passing; /* whose bytes are written just now */
} line;

/* ---- the serial line, and what it is told */

static const char *command(size_t which)
{
    static const char *const fixed[] = {"+++", "\r\n", "AT+CIPMODE=0\r\n", "AT+CIPCLOSE\r\n",
                                        "AT+CIPMODE=1\r\n", "AT+CIPSEND\r\n"};
    const size_t count = sizeof fixed / sizeof fixed[0];
    return which < count ? fixed[which] : which == count ? line.call : NULL;
}

static bool is_begun(void)
{
    for (size_t i = 0; command(i) != NULL; i++) {
        const char *whole = command(i);
        if (line.begun_size <= strlen(whole) &&
            memcmp(whole, line.begun, line.begun_size) == 0) {
            if (line.begun_size == strlen(whole)) {
                line.begun_size = 0;
                line.asked_for_prompt = strcmp(whole, "AT+CIPSEND\r\n") == 0;
            }
            return true;
        }
    }
    return false;
}

/*
 * One more byte of a command, or of another if patience with this one was over; that one may have
 * begun with bytes that went on with this one: AT+CIPST, which the line took no more of, and AT.
 */
static void told(uint8_t byte)
{
    line.prompted = line.asked_for_prompt = false;
    line.begun[line.begun_size++] = (char)byte;
    while (!is_begun()) {
        CHECK(line.begun_size > 1);
        memmove(line.begun, line.begun + 1, --line.begun_size);
    }
}

static int open_serial(void *context, unsigned address)
{
    (void)context;
    (void)address;
    CHECK(++line.calls < CALLS);
    line.size = 0;
    return 0;
}

static int write_serial(void *context, const uint8_t *bytes, size_t size)
{
    (void)context;
    CHECK(++line.calls < CALLS);
    size_t taken = size < line.room ? size : line.room;
    line.room -= taken;
    if (line.passing != NULL && size > 1) { /* commands are said byte by byte */
        CHECK(line.prompted && line.passing == line.owner);
        return (int)taken;
    }
    for (size_t i = 0; i < taken; i++) {
        told(bytes[i]);
    }
    return (int)taken;
}

static int read_serial(void *context, uint8_t *bytes, size_t size)
{
    (void)context;
    CHECK(++line.calls < CALLS);
    size_t given = size < line.size ? size : line.size;
    for (size_t i = 0; i < given; i++) {
        bytes[i] = line.bytes[i];
        line.prompted |= line.asked_for_prompt && line.heard == '\n' && bytes[i] == '>';
        line.heard = bytes[i];
    }
    if (given > 0) { /* no bytes may be nowhere */
        line.bytes += given;
    }
    line.size -= given;
    return (int)given;
}

static const struct otakey_stream serial = {NULL, open_serial, write_serial, read_serial, NULL};

static uint64_t time_now(void)
{
    return now;
}

/* ---- the users */

static bool may_be_called(struct otakey_span host)
{
    static const char good[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:_";
    for (size_t i = 0; i < host.size; i++) {
        if (memchr(good, host.data[i], sizeof good - 1) == NULL) {
            return false;
        }
    }
    return host.size > 0 && host.size <= OTAKEY_HOST_MAX;
}

static void dial(unsigned who, const uint8_t *body, size_t size)
{
    bool by_name = size > 3;
    struct otakey_span host = by_name ? (struct otakey_span){body + 3, size - 3} : gateways[who];
    uint16_t port = by_name ? (uint16_t)((unsigned)body[1] << 8 | body[2]) : user[who].port;
    if (may_be_called(host)) {
        (void)snprintf(line.call, sizeof line.call, "AT+CIPSTART=\"TCP\",\"%.*s\",%.0u\r\n",
                       (int)host.size, (const char *)host.data, port);
    }
    int result = by_name ? otakey_modem_dial(&user[who], host, port)
                         : stream[who].open(&user[who], who);
    CHECK((result == 0) == may_be_called(host));
    line.owner = result == 0 ? &user[who] : line.owner;
}

static void pass(unsigned who, size_t size, bool writes)
{
    uint8_t bytes[260] = "a user's";
    line.passing = &user[who];
    int passed = writes ? stream[who].write(&user[who], bytes, size + 2)
                        : stream[who].read(&user[who], bytes, size + 1);
    line.passing = NULL;
    CHECK(passed <= (int)size + 2 && (passed < 0 || line.owner == &user[who]));
    CHECK(passed <= 0 || line.prompted);
}

static void act(unsigned kind, const uint8_t *body, size_t size)
{
    uint8_t first = (uint8_t)(size > 0 ? body[0] : 0);
    unsigned who = first % USERS;
    switch (kind) {
    case SAYS:
        line.bytes = body;
        line.size = size;
        break;
    case TAKES: line.room = first; break;
    case LATER: now += first * UINT64_C(16); break;
    case DIALS: dial(who, body, size); break;
    case ENDS:
        stream[who].close(&user[who]);
        line.owner = line.owner == &user[who] ? NULL : line.owner;
        break;
    default: pass(who, first, kind == WRITES); break;
    }
}

/* A modem that says no more: the end is told in time. */
static void comes_to_an_end(void)
{
    uint64_t begun = now;
    line.room = SIZE_MAX;
    for (uint64_t next = otakey_modem_run(&modem); next != UINT64_MAX;
         next = otakey_modem_run(&modem)) {
        CHECK(next > now);
        now = next;
        CHECK(now - begun < LONGEST_CALL);
    }
}

void fuzz_begin(void)
{
    static const uint8_t call[] = {
        TAKES, 1, 255, DIALS, 1, 0, LATER, 1, 70, LATER, 1, 70, LATER, 1, 10,
        SAYS, 6, '\r', '\n', 'O', 'K', '\r', '\n', SAYS, 4, '\n', 'O', 'K', '\r',
        SAYS, 4, '\n', 'O', 'K', '\r', SAYS, 4, '\n', 'O', 'K', '\r',
        SAYS, 8, '\n', 'O', 'K', '\r', '\n', '\n', '>', '!', READS, 1, 0, WRITES, 1, 0,
        DIALS, 5, 1, 7, 91, 'h', '2', READS, 1, 0, ENDS, 1, 1, LATER, 1, 255};
    static const uint8_t fails[] = {
        TAKES, 1, 255, DIALS, 4, 0, 0, 9, 'x', LATER, 1, 255, SAYS, 7, '\n', 'E', 'R', 'R', 'O',
        'R', '\r', DIALS, 5, 0, 0, 9, 'a', '"', WRITES, 1, 0};
    static const uint8_t stalls[] = {
        TAKES, 1, 40, DIALS, 1, 0, LATER, 1, 63, LATER, 1, 63, LATER, 1, 7, LATER, 1, 32,
        LATER, 1, 32, DIALS, 1, 1, LATER, 1, 63, LATER, 1, 63, LATER, 1, 7, TAKES, 1, 255};
    fuzz_seed(call, sizeof call);
    fuzz_seed(fails, sizeof fails);
    fuzz_seed(stalls, sizeof stalls);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    now = 1000;
    memset(&line, 0, sizeof line);
    otakey_modem_init(&modem, &otakey_modem_esp_at, &serial, time_now);
    for (unsigned i = 0; i < USERS; i++) {
        user[i] = (struct otakey_modem_user){&modem, gateways, 1883};
        stream[i] = otakey_modem_stream(&user[i]);
    }
    for (size_t at = 0; at + 2 <= size;) {
        size_t body = data[at + 1] < size - at - 2 ? data[at + 1] : size - at - 2;
        act(data[at] % KINDS, data + at + 2, body);
        line.calls = 0;
        uint64_t next = otakey_modem_run(&modem);
        CHECK(next > now);
        at += 2 + body;
    }
    comes_to_an_end();
    return 0;
}
