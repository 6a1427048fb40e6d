/* The one open request, who may answer it, when the device may speak again (rule 8); counters. */
#include <string.h>

#include "client_core.h"
#include "keys.h"
#include "otakey/crypto.h"

#define LEVELS 31u
#define SILENT_TRIES 10u
#define POWER_ONS_PER_DAY 5u
#define GRANTS_IN_A_ROW 8u

enum rejection rejection_of(const struct otakey_answer *answer)
{
    switch (answer->code) {
    case OTAKEY_SUPERSEDED:
        return SUPERSEDED;
    case OTAKEY_UNKNOWN_DEVICE:
        return UNKNOWN;
    case OTAKEY_REFUSED:
        return BARRED;
    case OTAKEY_UNSUPPORTED:
        return UNSUPPORTED;
    default:
        return LATER;
    }
}

void line_close(struct otakey_client *client)
{
    client->asked = OTAKEY_NO_REQUEST;
    client->proof_slot = NONE;
    client->awaiting = false;
}

bool line_is_proven(const struct otakey_client *client, struct otakey_span answer)
{
    struct otakey_record record;
    if (client->asked == OTAKEY_NO_REQUEST || client->proof_slot == NONE ||
        otakey_store_get(&client->store, client->proof_slot, &record) != OTAKEY_OK) {
        return false;
    }
    bool proven = otakey_key_proves(record.device_key, answer, otakey_proof(&client->frame));
    otakey_wipe(&record, sizeof record);
    return proven;
}

uint64_t line_send(struct otakey_client *client, uint64_t now, int slot)
{
    const struct otakey_port *port = client->port;
    client->asked = (enum otakey_request_type)client->frame.data[0];
    client->proof_slot = (int8_t)slot;
    client->awaiting = true;
    client->next_at = now + millis(ANSWER_WITHIN);
    unsigned address = client->kept.turn % client->firmware->gateway_addresses;
    if (port->send(port->context, client->frame.data, client->frame.size, address) != 0) {
        client->next_at = now; /* no answer will come */
    }
    return client->next_at;
}

uint64_t backed_off(struct otakey_client *client, uint8_t *level, uint32_t cap)
{
    uint32_t ceiling = (uint32_t)1 << *level;
    ceiling = ceiling < cap ? ceiling : cap;
#ifndef SEEDED_BUG_NO_BACKOFF
    if (*level < LEVELS) {
        ++*level;
    }
#endif
    return up_to(client, millis(ceiling));
}

void line_pause(struct otakey_client *client, uint64_t now, uint32_t cap, uint32_t told)
{
    uint64_t wait = backed_off(client, &client->level, cap);
    client->next_at = now + (wait > millis(told) ? wait : millis(told));
    client->awaiting = false;
}

void line_rebuffed(struct otakey_client *client, uint64_t now, struct rebuff rebuff)
{
    line_next_gateway(client);
    line_pause(client, now, rebuff.patient ? DAY : HOUR, rebuff.retry_after);
}

uint64_t line_poll_after(uint32_t seconds)
{
    return millis(seconds == 0 ? DAY : seconds < MAX_RETRY ? seconds : MAX_RETRY);
}

/* Every address is tried before the next key. */
void line_next_gateway(struct otakey_client *client)
{
    uint32_t turns =
        (uint32_t)client->firmware->gateway_keys * client->firmware->gateway_addresses;
    client->kept.turn = (client->kept.turn + 1) % turns;
}

const struct otakey_gateway_key *line_gateway_key(const struct otakey_client *client)
{
    const struct otakey_firmware *firmware = client->firmware;
    uint32_t key = client->kept.turn / firmware->gateway_addresses % firmware->gateway_keys;
    return &firmware->gateway_key[key];
}

/* ---- counters */

void silence_broken(struct otakey_client *client, uint64_t now)
{
    client->kept.silent_since = now;
    client->kept.silent_tries = 0;
    client->kept.silent_power_ons = 0;
}

/* Five power-ons count as a day (section 7), since nobody knows how long the power was off. */
bool silence_lasts(const struct otakey_client *client, uint64_t now, uint32_t days)
{
    bool long_enough = now - client->kept.silent_since >= millis((uint64_t)days * DAY);
    bool often = client->kept.silent_power_ons >= POWER_ONS_PER_DAY * days;
    return client->kept.silent_tries >= SILENT_TRIES && (long_enough || often);
}

uint64_t grant_at(const struct otakey_client *client, uint64_t now)
{
    return client->kept.grants < GRANTS_IN_A_ROW ? now : client->kept.last_grant_at + millis(HOUR);
}

bool extra_enroll_is_due(const struct otakey_client *client, uint64_t now)
{
    return now >= client->kept.extra_enroll_at ||
           client->kept.enroll_power_ons >= POWER_ONS_PER_DAY;
}

void extra_enroll_sent(struct otakey_client *client, uint64_t now)
{
    client->kept.extra_enroll_at = now + millis(DAY);
    client->kept.enroll_power_ons = 0;
}

/* ---- random numbers, reports */

/* All bytes alike, or those of the draw before, maybe before a reset: a broken generator. */
static bool stands_still(struct otakey_client *client, const uint8_t *drawn, size_t size)
{
    const struct otakey_span head = {drawn, OTAKEY_POLL_NONCE_SIZE};
    uint8_t hash[OTAKEY_HASH_SIZE];
    uint32_t before = client->kept.drawn;
    bool alike = true;
    for (size_t i = 1; i < size; i++) {
        alike = alike && drawn[i] == drawn[0];
    }
    otakey_sha256(hash, &head, 1);
    memcpy(&client->kept.drawn, hash, sizeof client->kept.drawn);
#ifdef SEEDED_BUG_RANDOM_REPEATS
    return alike;
#endif
    return alike || client->kept.drawn == before;
}

int draw(struct otakey_client *client, uint8_t *out, size_t size)
{
    const struct otakey_port *port = client->port;
    if (port->random(port->context, out, size) != 0 || stands_still(client, out, size)) {
        report_fault(client, OTAKEY_FAULT_RANDOM);
        return OTAKEY_E_RANDOM;
    }
    return OTAKEY_OK;
}

uint64_t up_to(struct otakey_client *client, uint64_t most)
{
    uint8_t bytes[4];
    const struct otakey_port *port = client->port;
    if (port->random(port->context, bytes, sizeof bytes) != 0) {
        return most;
    }
    uint32_t value = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
                     (uint32_t)bytes[2] << 8 | bytes[3];
    return (most + 1) * value >> 32; /* `most` is at most a day: no overflow */
}

void note_error(struct otakey_client *client, uint32_t code)
{
    struct otakey_kept *kept = &client->kept;
    bool own = code < OTAKEY_FAULT_ANSWER;
    kept->faults++;
#ifdef SEEDED_BUG_FAULT_HIDDEN
    own = true;
#endif
    if (own || kept->last_error == 0 || kept->last_error >= OTAKEY_FAULT_ANSWER) {
        kept->last_error = code;
    }
}

void report_fault(struct otakey_client *client, enum otakey_fault fault)
{
    note_error(client, (uint32_t)fault);
    tell(client, (struct otakey_event){.type = OTAKEY_EVENT_FAULT, .code = (uint8_t)fault});
}

void tell(const struct otakey_client *client, struct otakey_event event)
{
    if (client->port->event != NULL) {
        client->port->event(client->port->context, &event);
    }
}

/* ---- requests under the key of a slot */

uint32_t epoch_of(const struct otakey_client *client, int slot, struct otakey_token *token)
{
    struct otakey_record record;
    uint32_t epoch = 0;
    if (otakey_store_get(&client->store, slot, &record) == OTAKEY_OK) {
        epoch = record.epoch;
        if (token != NULL) {
            *token = record.token;
        }
    }
    otakey_wipe(&record, sizeof record);
    return epoch;
}

int build_confirm(struct otakey_client *client, int slot)
{
    struct otakey_record record;
    client->frame_held = false;
    int result = otakey_store_get(&client->store, slot, &record);
    if (result == OTAKEY_OK) {
        bool verified = otakey_store_is_verified(&client->store, slot);
        const struct otakey_key_name name = {&client->firmware->ref, record.epoch, &record.token};
        result = otakey_confirm(&client->frame, &name, record.device_key,
                                verified ? OTAKEY_STORED_AND_VERIFIED : OTAKEY_STORED);
    }
    otakey_wipe(&record, sizeof record);
    return result;
}

int build_poll(struct otakey_client *client, int slot)
{
    struct otakey_record record;
    uint8_t nonce[OTAKEY_POLL_NONCE_SIZE];
    client->frame_held = false;
    int result = draw(client, nonce, sizeof nonce);
    if (result != OTAKEY_OK) {
        return result;
    }
    result = otakey_store_get(&client->store, slot, &record);
    if (result == OTAKEY_OK) {
        const struct otakey_key_name name = {&client->firmware->ref, record.epoch, &record.token};
        result = otakey_poll(&client->frame, &name, record.device_key, nonce);
    }
    client->frame_held = result == OTAKEY_OK;
    otakey_wipe(&record, sizeof record);
    return result;
}

int build_abandon(struct otakey_client *client, int slot, const struct otakey_token *given_up,
                  enum otakey_reason reason)
{
    struct otakey_record record;
    client->frame_held = false;
    int result = otakey_store_get(&client->store, slot, &record);
    if (result == OTAKEY_OK) {
        const struct otakey_key_name name = {&client->firmware->ref, record.epoch, &record.token};
        result = otakey_abandon(&client->frame, &name, record.device_key, given_up, reason);
    }
    otakey_wipe(&record, sizeof record);
    return result;
}
