/*
 * A device of OTA-Key/1: enrolls, keeps its keys in two flash slots, rotates, moves (section 7).
 *
 * The application gives it time and frames, and is told what happened; nothing blocks, nothing is
 * allocated. One thread, no calls from interrupts, and no calls from inside a port call.
 *
 *     otakey_client_init(&client, &firmware, &port);
 *     otakey_client_start(&client, now());
 *     for (;;) {
 *         uint64_t next = otakey_step(&client, now());
 *         wait until `next`, or a frame came: otakey_receive(&client, now(), frame, size)
 *     }
 *
 * Times are milliseconds on one 64-bit clock that runs from 0 or anywhere at every boot and never
 * goes back.
 */
#ifndef OTAKEY_CLIENT_H
#define OTAKEY_CLIENT_H

#include <stdbool.h>

#include "frame.h"
#include "handshake.h"
#include "otakey/connection.h"
#include "otakey/types.h"
#include "store.h"

#define OTAKEY_GATEWAY_KEYS_MAX 4u
#define OTAKEY_GATEWAYS_MAX 2u

/* The image that all devices of a product share. Stays the application's, as all it points to. */
struct otakey_firmware {
    struct otakey_ref ref;       /* product id; device id of this very chip */
    struct otakey_span version;  /* told to the gateway: up to 32 bytes of UTF-8 */
    uint8_t product_key_version; /* 1..255 */
    uint8_t product_key[OTAKEY_KEY_SIZE];
    uint8_t gateway_keys;      /* 1..4 */
    uint8_t gateway_addresses; /* 1..2: what send() calls address 0 and 1 */
    struct otakey_gateway_key gateway_key[OTAKEY_GATEWAY_KEYS_MAX];
    const char *const *schemes; /* of connections it can serve, NULL at the end */
};

enum otakey_event_type {
    OTAKEY_EVENT_STORED,   /* a granted key is in flash and waits for its ACK: epoch */
    OTAKEY_EVENT_ENROLLED, /* the first key was acknowledged: epoch */
    OTAKEY_EVENT_ROTATED,  /* a key was acknowledged, the one before is gone: epoch */
    OTAKEY_EVENT_MOVED,    /* with it came another connection: otakey_client_credential() */
    OTAKEY_EVENT_POLLED,   /* a POLL was answered: epoch, code = enum otakey_action */
    OTAKEY_EVENT_REFUSED,  /* an ERROR: request, code = enum otakey_error_code, proven */
    OTAKEY_EVENT_GAVE_UP,  /* a grant is not used: epoch, code = enum otakey_reason */
    OTAKEY_EVENT_WIPED,    /* a stored, never acknowledged key is gone: epoch */
    OTAKEY_EVENT_FAULT     /* here, or in what came: code = enum otakey_fault */
};

/*
 * Codes of "last error" beside those of enum otakey_reason. The last three anybody on the way can
 * cause: they never hide what the device has to say of itself.
 */
enum otakey_fault {
    OTAKEY_FAULT_FLASH = 16,
    OTAKEY_FAULT_RANDOM = 17,
    OTAKEY_FAULT_ANSWER = 18, /* an answer that is malformed, or not proven by the key that asked */
    OTAKEY_FAULT_STRAY = 19,  /* one to nothing that was asked: late, repeated, replayed */
    OTAKEY_FAULT_LINK = 20    /* the stream said what is no MQTT */
};

/* Holds no secret. */
struct otakey_event {
    enum otakey_event_type type;
    enum otakey_request_type request;
    uint32_t epoch;
    uint8_t code;
    bool proven;
};

enum otakey_login { OTAKEY_LOGIN_ACCEPTED, OTAKEY_LOGIN_REFUSED, OTAKEY_LOGIN_UNREACHABLE };

/* A connection with its credential. Secret: wipe it after use. */
struct otakey_credential {
    struct otakey_connection connection; /* points into `cbor` */
    char login_name[OTAKEY_LOGIN_NAME_SIZE];
    char secret[OTAKEY_PLATFORM_SECRET_SIZE];
    uint8_t cbor[OTAKEY_STORE_CONNECTION_MAX];
};

/* What a board provides. All calls get `context`; none may call the client. */
struct otakey_port {
    void *context;
    struct otakey_flash flash; /* erase page, write word, read: see store.h */

    /* Random bytes from hardware. Returns 0, or anything else if there are none. */
    int (*random)(void *context, uint8_t *out, size_t size);

    /*
     * Sends a frame to gateway address 0 or 1, or takes a copy to send it soon. Returns anything
     * but 0 if there is no link: as if no answer came.
     */
    int (*send)(void *context, const uint8_t *frame, size_t size, unsigned address);

    /* Begins a login to a platform (rule 2); its end goes to otakey_login_ended(). The credential
     * is gone when the call returns. */
    void (*log_in)(void *context, const struct otakey_credential *credential);

    /* Something happened. May be NULL. */
    void (*event)(void *context, const struct otakey_event *event);
};

/* Counters that outlive a reset where RAM does; their loss makes nothing unsafe. */
struct otakey_kept {
    uint64_t silent_since;
    uint64_t last_grant_at;
    uint64_t extra_enroll_at;
    uint64_t notice_rotation_at;
    uint64_t own_rotation_at;
    uint32_t silent_tries;
    uint32_t silent_power_ons;
    uint32_t enroll_power_ons; /* power-ons since the last extra ENROLL */
    uint32_t grants;           /* in a row that ended without ACK */
    uint32_t turn;             /* which gateway key and address */
    uint32_t last_error;
    uint32_t faults; /* all that "last error" could have said */
    uint32_t drawn;  /* of the random numbers drawn last: a hash */
    uint32_t check; /* over all fields before it */
};

/* The client; its fields are its own. The application provides the memory, best not zeroed at a
 * reset. 0.6 KB. Secret: never log or dump it. */
struct otakey_client {
    struct otakey_kept kept;
    const struct otakey_firmware *firmware;
    const struct otakey_port *port;
    struct otakey_store store;

    /* The one open request. */
    struct otakey_request frame;
    bool frame_held;                /* a POLL, ENROLL or ROTATE that may be sent again */
    bool awaiting;
    uint8_t level;                  /* of the back-off */
    int8_t proof_slot;              /* whose key proves answers */
    enum otakey_request_type asked; /* OTAKEY_NO_REQUEST once it has its proven answer */
    uint64_t next_at;               /* nothing is said before */
    uint64_t poll_at;
    uint64_t soon_at;               /* no message makes it poll before */

    /* The one open handshake (rule 1). */
    struct otakey_handshake handshake;
    bool delivering;
    int8_t base;          /* slot of the key that asks, or OTAKEY_STORE_NONE to enroll */
    uint8_t gateway_id;   /* whom the handshake is for */
    uint32_t tries;

    /* What the slots held when the present mode began. */
    uint8_t mode;
    int8_t confirmed, newest, other;
    /* Update: a stored record that is not confirmed (rules 2, 3, 6). */
    int8_t subject;
    uint8_t stage, probe, logins, unknown_abandons, reason;
    /* Upkeep: a confirmed record (rules 7, 8). */
    bool served;
    uint64_t rotate_at;
    struct otakey_token unusable; /* of a grant to give up; size 0: none */
};

/*
 * Checks what the application says; touches no flash. The client's memory may hold anything: what
 * survived of its counters is kept, all else is made anew. OTAKEY_E_ARGUMENT if firmware or port
 * are not as described; the client must not be used then.
 */
int otakey_client_init(struct otakey_client *client, const struct otakey_firmware *firmware,
                       const struct otakey_port *port);

/*
 * Once after every boot: puts flash in order (rule 4) and starts from what it holds. Call
 * otakey_crypto_selftest() before. OTAKEY_E_FLASH if flash does not obey: go on all the same, the
 * gateway is told.
 */
int otakey_client_start(struct otakey_client *client, uint64_t now);

/* Does what is due. Returns when to call again at the latest; never before `now`. */
uint64_t otakey_step(struct otakey_client *client, uint64_t now);

/*
 * A frame from the gateway, whatever it is; zeros afterwards, since it may have held a key. Then
 * as otakey_step().
 */
uint64_t otakey_receive(struct otakey_client *client, uint64_t now, uint8_t *frame, size_t size);

/* The link is gone, so the open request gets no answer; then as otakey_step(). */
uint64_t otakey_link_lost(struct otakey_client *client, uint64_t now);

/* How the login that log_in() began has ended; then as otakey_step(). Too late: no effect. */
uint64_t otakey_login_ended(struct otakey_client *client, uint64_t now, enum otakey_login result);

/* What went wrong below the client, to be counted and told to the gateway; sends nothing. */
void otakey_client_fault(struct otakey_client *client, enum otakey_fault fault);

/*
 * The application's wish for another key, as after a suspicion. Whether it is heard: once a day,
 * and only while nothing else is under way. Call otakey_step() then.
 */
bool otakey_rotate_now(struct otakey_client *client, uint64_t now);

/*
 * Somebody without authority, such as the platform, says that the gateway has something for the
 * device: with a confirmed key and no unfinished update it polls within 5 seconds, at random; at
 * most once a minute for that reason, and never before a pause is over that rule 8 or the gateway
 * (ERROR 8) has set. Call otakey_step() then.
 */
void otakey_poll_soon(struct otakey_client *client, uint64_t now);

/* Whether the device holds a confirmed key and no unfinished update. */
bool otakey_is_settled(const struct otakey_client *client);

/*
 * Connection and credential of the confirmed key. OTAKEY_E_NO_RECORD if there is no key or no
 * connection. The password changes with the key: fetch it anew after every event.
 */
int otakey_client_credential(const struct otakey_client *client,
                             struct otakey_credential *credential);

#endif
