/* What proven answers mean to a stored record that is not confirmed (rules 2, 3, 5 and 6). */
#include <string.h>

#include "client_update.h"
#include "otakey/crypto.h"

#define UNKNOWN_ABANDONS 3u

static bool wipe(struct otakey_client *client, uint64_t now)
{
    uint32_t epoch = epoch_of(client, client->subject, NULL);
    if (otakey_store_wipe(&client->store, client->subject) != OTAKEY_OK) {
        report_fault(client, OTAKEY_FAULT_FLASH);
    }
    client->poll_at = now;
    tell(client, (struct otakey_event){.type = OTAKEY_EVENT_WIPED, .epoch = epoch});
    return true;
}

/* ---- to CONFIRM */

static void connection_hash(const struct otakey_client *client, int slot,
                            uint8_t out[OTAKEY_HASH_SIZE])
{
    uint8_t buffer[OTAKEY_STORE_CONNECTION_MAX];
    int size = otakey_store_connection(&client->store, slot, buffer, sizeof buffer);
    const struct otakey_span cbor = {buffer, size > 0 ? (size_t)size : 0};
    otakey_sha256(out, &cbor, 1);
}

static bool acknowledged(struct otakey_client *client, uint64_t now,
                         const struct otakey_answer *ack)
{
    uint8_t before[OTAKEY_HASH_SIZE];
    uint8_t after[OTAKEY_HASH_SIZE];
    connection_hash(client, client->confirmed, before);
    connection_hash(client, client->subject, after);
    client->kept.grants = 0;
    client->next_at = now;
#ifdef SEEDED_BUG_CONFIRM_HAMMERS
    client->level = 0;
#endif
    client->poll_at = now + line_poll_after(ack->seconds);
    if (otakey_store_confirm(&client->store, client->subject) != OTAKEY_OK) {
        report_fault(client, OTAKEY_FAULT_FLASH);
        if (!otakey_store_is_confirmed(&client->store, client->subject)) {
            line_pause(client, now, HOUR, 0); /* CONFIRM again: the next ACK says 1 */
            return true;
        }
    }
    client->level = 0; /* not before: flash that does not take the word is not tried all the time */
    bool first = client->confirmed == NONE;
    tell(client, (struct otakey_event){.epoch = ack->epoch, .type = first ? OTAKEY_EVENT_ENROLLED
                                                                          : OTAKEY_EVENT_ROTATED});
    if (memcmp(before, after, sizeof before) != 0) {
        tell(client, (struct otakey_event){.type = OTAKEY_EVENT_MOVED, .epoch = ack->epoch});
    }
    return true;
}

/* Valid 6: the gateway's row is behind the stored key (rule 6). */
static void confirm_unknown(struct otakey_client *client, uint64_t now)
{
    enum probe seen = (enum probe)client->probe;
    if (client->subject != client->newest) {
        update_alternate(client);
        return;
    }
    client->probe = NOT_PROBED;
    if (seen == GIVE_UP) {
        update_give_up(client, OTAKEY_NOT_ACKNOWLEDGED);
    } else if (seen == NOT_KNOWN) {
        update_replace_by(client, client->newest);
    } else if (client->confirmed == NONE) {
        client->probe = NOT_KNOWN; /* there is nothing to poll under: CONFIRM again */
        update_alternate(client);
    } else {
#ifndef SEEDED_BUG_LATE_PROBE
        update_stage_to(client, PROBE);
#endif
        client->next_at = now;
    }
}

static void pause_as_told(struct otakey_client *client, uint64_t now,
                          const struct otakey_answer *error, uint32_t most)
{
    line_pause(client, now, HOUR, error->seconds < most ? error->seconds : most);
}

static bool confirm_answered(struct otakey_client *client, uint64_t now,
                             const struct otakey_answer *answer)
{
    if (answer->type == OTAKEY_ACK && answer->code != OTAKEY_ABANDONED &&
        answer->epoch == epoch_of(client, client->subject, NULL)) {
        return acknowledged(client, now, answer);
    }
    if (answer->type == OTAKEY_ERROR) {
        pause_as_told(client, now, answer, MAX_RETRY_CONFIRM);
        switch (rejection_of(answer)) {
        case SUPERSEDED:
            return wipe(client, now);
        case UNKNOWN:
            confirm_unknown(client, now);
            break;
        case BARRED:
        case UNSUPPORTED:
        case LATER:
            update_alternate(client);
            break;
        }
    }
    return false;
}

/* ---- to the others */

static void probe_answered(struct otakey_client *client, uint64_t now,
                           const struct otakey_answer *answer)
{
    update_to_confirm(client);
    if (answer->type == OTAKEY_NOTICE) {
        client->probe = GIVE_UP;
        line_pause(client, now, HOUR, 0);
    } else if (answer->type == OTAKEY_ERROR) {
        enum rejection rejection = rejection_of(answer);
        pause_as_told(client, now, answer, MAX_RETRY);
        client->probe = rejection == SUPERSEDED ? GIVE_UP
                        : rejection == UNKNOWN  ? NOT_KNOWN
                                                : NOT_PROBED;
    }
}

/*
 * One 6 changes nothing. Several say that the gateway lost the confirmed key for good, and without
 * a way from here to rule 6 the device would ask for ever (section 10.4).
 */
static void abandon_unknown(struct otakey_client *client)
{
    client->unknown_abandons++;
    if (client->unknown_abandons >= UNKNOWN_ABANDONS) {
        client->unknown_abandons = 0;
        client->probe = NOT_KNOWN;
        update_to_confirm(client);
    }
}

static bool abandon_answered(struct otakey_client *client, uint64_t now,
                             const struct otakey_answer *answer)
{
    if (answer->type == OTAKEY_ACK && answer->code == OTAKEY_ABANDONED &&
        answer->epoch == epoch_of(client, client->confirmed, NULL)) {
        client->level = 0;
        (void)wipe(client, now);
        client->next_at = now;
        client->poll_at = now + line_poll_after(answer->seconds);
        return true;
    }
    if (answer->type == OTAKEY_ERROR) {
        enum rejection rejection = rejection_of(answer);
        pause_as_told(client, now, answer, MAX_RETRY);
        if (rejection == SUPERSEDED) {
            update_to_confirm(client); /* the stored key was committed */
        } else if (rejection == UNKNOWN) {
            abandon_unknown(client);
        }
    }
    return false;
}

/* A proven ERROR to ROTATE under the newest record. */
static void rotation_refused(struct otakey_client *client, uint64_t now,
                             const struct otakey_answer *answer)
{
    pause_as_told(client, now, answer, MAX_RETRY);
    switch (rejection_of(answer)) {
    case UNKNOWN:
    case SUPERSEDED:
        update_to_confirm(client);
        if (extra_enroll_is_due(client, now)) {
            update_replace_by_enrollment(client, now);
        }
        break;
    case BARRED:
        update_to_confirm(client);
        break;
    case UNSUPPORTED:
        line_next_gateway(client);
        break;
    case LATER:
        update_leave_replace_if(client, false);
        break;
    }
}

bool update_answered(struct otakey_client *client, uint64_t now, enum otakey_request_type asked,
                     const struct otakey_answer *answer)
{
    silence_broken(client, now);
    switch (asked) {
    case OTAKEY_CONFIRM:
        return confirm_answered(client, now, answer);
    case OTAKEY_ABANDON:
        return abandon_answered(client, now, answer);
    case OTAKEY_POLL:
        probe_answered(client, now, answer);
        return false;
    case OTAKEY_ROTATE:
        if (answer->type == OTAKEY_ERROR) {
            rotation_refused(client, now, answer);
        }
        return false;
    default:
        return false;
    }
}
