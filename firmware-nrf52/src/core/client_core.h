/*
 * What the parts of the client share. Modes follow from flash: a mode never changes flash and goes
 * on, it resumes, and the next mode follows from flash as it does at boot.
 */
#ifndef OTAKEY_CLIENT_CORE_H
#define OTAKEY_CLIENT_CORE_H

#include "otakey/client.h"

#define NONE OTAKEY_STORE_NONE
#define NEVER UINT64_MAX

/* Seconds (rules 6 to 8). */
#define HOUR 3600u
#define DAY (24u * HOUR)
#define MAX_RETRY_UNPROVEN 300u
#define MAX_RETRY_CONFIRM DAY
#define MAX_RETRY (30u * DAY)
#define ANSWER_WITHIN 5u /* how long an answer is awaited before the wait for a repetition begins */

enum mode { MODE_BLANK, MODE_UPDATE, MODE_UPKEEP };

/* Why there is no proven answer. */
struct rebuff {
    bool heard;           /* an ERROR without valid mac came, rather than nothing */
    bool patient;         /* the back-off may go up to a day (ENROLL answered 4 or 5) */
    uint32_t retry_after; /* seconds to wait at least, as far as an unproven ERROR may say so */
};

/* What a proven ERROR means, whatever was asked. */
enum rejection { SUPERSEDED, UNKNOWN, BARRED, UNSUPPORTED, LATER };
enum rejection rejection_of(const struct otakey_answer *answer);

/* ---- client_line.c: the open request, waiting, counters */

static inline uint64_t millis(uint64_t seconds)
{
    return seconds * 1000u;
}

void line_close(struct otakey_client *client);
bool line_is_proven(const struct otakey_client *client, struct otakey_span answer);
/* Sends client->frame; answers are proven by the key of this slot. */
uint64_t line_send(struct otakey_client *client, uint64_t now, int slot);
/* A wait with full jitter over 1 s, doubling with each call to the cap in seconds (rule 8). */
uint64_t backed_off(struct otakey_client *client, uint8_t *level, uint32_t cap);
/* Waits with full jitter over 1 s doubling to the cap, and at least as told; both in seconds. */
void line_pause(struct otakey_client *client, uint64_t now, uint32_t cap, uint32_t told);
void line_rebuffed(struct otakey_client *client, uint64_t now, struct rebuff rebuff);
uint64_t line_poll_after(uint32_t seconds);
void line_next_gateway(struct otakey_client *client);
const struct otakey_gateway_key *line_gateway_key(const struct otakey_client *client);

void silence_broken(struct otakey_client *client, uint64_t now);
bool silence_lasts(const struct otakey_client *client, uint64_t now, uint32_t days);
/* When the next grant may be asked for: at once, or an hour after the last of too many. */
uint64_t grant_at(const struct otakey_client *client, uint64_t now);
/* Whether a device that holds a record may send an ENROLL, once a day. */
bool extra_enroll_is_due(const struct otakey_client *client, uint64_t now);
void extra_enroll_sent(struct otakey_client *client, uint64_t now);

int draw(struct otakey_client *client, uint8_t *out, size_t size);
/* A random time of 0 to so many milliseconds; the longest if there are no random numbers. */
uint64_t up_to(struct otakey_client *client, uint64_t most);
/* Counts it, and tells the gateway at the next handshake: enum otakey_reason or otakey_fault. */
void note_error(struct otakey_client *client, uint32_t code);
void report_fault(struct otakey_client *client, enum otakey_fault fault);
void tell(const struct otakey_client *client, struct otakey_event event);

/*
 * Requests under the key of a slot, into client->frame. Only POLL is held there, to be repeated
 * byte for byte: the others come out the same again. OTAKEY_E_NO_RECORD, OTAKEY_E_RANDOM.
 */
int build_confirm(struct otakey_client *client, int slot);
int build_poll(struct otakey_client *client, int slot);
int build_abandon(struct otakey_client *client, int slot, const struct otakey_token *given_up,
                  enum otakey_reason reason);
/* The epoch of a slot's record, 0 if there is none; its token too, unless NULL. */
uint32_t epoch_of(const struct otakey_client *client, int slot, struct otakey_token *token);

/* ---- client_delivery.c: an open handshake, and how its grant gets into flash (rule 1) */

enum kept { FOREIGN, KEPT, UNUSABLE };
void delivery_open(struct otakey_client *client, int base);
void delivery_close(struct otakey_client *client);
bool delivery_enrolls(const struct otakey_client *client);
uint64_t delivery_send(struct otakey_client *client, uint64_t now);
/* `choosy`: an unfit connection is a reason to give the grant up. Token and reason if UNUSABLE. */
enum kept delivery_take(struct otakey_client *client, uint64_t now, uint8_t *frame, size_t size,
                        int copy_from, bool choosy, struct otakey_token *token,
                        enum otakey_reason *reason);
/* Where no confirmed key could give the grant up: kept, or asked for anew after a pause. Whether it
 * was a grant of the open handshake, so that the mode is to be resumed. */
bool delivery_take_plain(struct otakey_client *client, uint64_t now, uint8_t *frame, size_t size,
                         int copy_from);

/* ---- client.c */

void resume(struct otakey_client *client);

/* ---- the modes; the bool says whether flash changed, so that the mode is to be resumed */

void update_begin(struct otakey_client *client);
uint64_t update_act(struct otakey_client *client, uint64_t now);
void update_unanswered(struct otakey_client *client, uint64_t now, struct rebuff rebuff);
bool update_granted(struct otakey_client *client, uint64_t now, uint8_t *frame, size_t size);
bool update_answered(struct otakey_client *client, uint64_t now, enum otakey_request_type asked,
                     const struct otakey_answer *answer);
void update_logged_in(struct otakey_client *client, uint64_t now, enum otakey_login result);

void upkeep_begin(struct otakey_client *client);
uint64_t upkeep_act(struct otakey_client *client, uint64_t now);
void upkeep_unanswered(struct otakey_client *client, uint64_t now, struct rebuff rebuff);
bool upkeep_granted(struct otakey_client *client, uint64_t now, uint8_t *frame, size_t size);
void upkeep_answered(struct otakey_client *client, uint64_t now, enum otakey_request_type asked,
                     const struct otakey_answer *answer);
void upkeep_pushed(struct otakey_client *client, uint64_t now, const struct otakey_answer *notice);
void upkeep_rotate_at(struct otakey_client *client, uint64_t time);

/* Fills `credential` from a slot's record. OTAKEY_E_NO_RECORD without record or connection. */
int credential_of(const struct otakey_client *client, int slot,
                  struct otakey_credential *credential);

#endif
