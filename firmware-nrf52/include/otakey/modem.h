/*
 * A dialler for modems that are told by AT commands whom to connect to, and then carry bytes
 * transparently: one serial line, one connection at a time, in turn for gateway and platform.
 *
 * Nothing blocks: commands leave and answers come as read() and write() of a user are called, who
 * get 0 bytes meanwhile. The user who opened last has the line; the others find their stream gone.
 * What the commands are stands in a script: otakey_modem_esp_at, or one for another modem.
 */
#ifndef OTAKEY_MODEM_H
#define OTAKEY_MODEM_H

#include "otakey/connection.h"
#include "otakey/link.h"

#define OTAKEY_MODEM_EXPECT_MAX 12u /* bytes of what a step or a failure expects */

/* Says something and waits for an answer. */
struct otakey_modem_step {
    /* Silence before it, ms: a guard time. */
    uint16_t quiet;
    /* "%h" stands for the host, "%p" for the port. */
    const char *say;
    /* 1..OTAKEY_MODEM_EXPECT_MAX bytes that end the step, anywhere in what comes; best with a
     * line's end before and behind, since modems echo. NULL: the time that passes. */
    const char *expect;
    uint16_t patience; /* ms */
    bool may_fail;     /* the script goes on all the same */
};

struct otakey_modem_script {
    const struct otakey_modem_step *hang_up; /* from any state, transparent or not */
    const struct otakey_modem_step *dial;    /* until bytes are carried */
    uint8_t hang_up_steps, dial_steps;
    const char *const *failures; /* answers that mean no, to any step; NULL at the end */
};

/* ESP-AT of Espressif (ESP8266, ESP32), one connection, transparent. Hanging up takes 2 seconds.
 * Wi-Fi and its password are the modem's own business (AT+CWJAP, kept by it). */
extern const struct otakey_modem_script otakey_modem_esp_at;

/* A modem; its fields are its own. The application provides the memory, 0.2 KB. */
struct otakey_modem {
    const struct otakey_modem_script *script;
    const struct otakey_stream *serial; /* open() drops what came; close() is not called */
    uint64_t (*clock)(void);            /* milliseconds, never back */
    const void *user;                   /* who has the line; NULL: nobody */
    const char *say, *insert;           /* what is left of the command, of its host or port */
    uint64_t due;
    uint8_t state, step, stage;
    bool wanted; /* to dial once hung up */
    char port[6];
    char host[OTAKEY_HOST_MAX + 1];
    char heard[OTAKEY_MODEM_EXPECT_MAX];
};

/* A modem in a state that nobody knows: it is hung up before the first call. */
void otakey_modem_init(struct otakey_modem *modem, const struct otakey_modem_script *script,
                       const struct otakey_stream *serial, uint64_t (*clock)(void));

/* Does what is due. Returns when to call again at the latest, UINT64_MAX: never; call at once when
 * the serial line has bytes. Users' calls do the same. */
uint64_t otakey_modem_run(struct otakey_modem *modem);

/* Somebody who uses the line: a context for streams. */
struct otakey_modem_user {
    struct otakey_modem *modem;
    const struct otakey_span *gateways; /* for open(): names, as of struct otakey_device */
    uint16_t port;                      /* of the gateways */
};

/* The user's stream: open() dials a gateway. */
struct otakey_stream otakey_modem_stream(struct otakey_modem_user *user);

/*
 * Begins to dial; `context` is a user. The host is copied. Returns 0, or -1 if it is no name that
 * may stand in a command: 1..OTAKEY_HOST_MAX letters, digits, '.', '-', ':', '_'.
 */
int otakey_modem_dial(void *context, struct otakey_span host, uint16_t port);

#endif
