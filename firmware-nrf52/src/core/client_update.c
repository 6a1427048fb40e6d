/*
 * A stored record that is not confirmed, beside a confirmed one, another stored one, or nothing:
 * verify it, confirm it, replace it, or give it up (rules 2, 3 and 6). What the device does and
 * what silence means; what answers mean is in client_verdict.c.
 */
#include "client_update.h"
#include "otakey/crypto.h"

#define REPLACE_TRIES 5u
#define DAYS_LONE 1u
#define DAYS_BOTH 7u
#define LOGINS 5u
#define LOGIN_PAUSE 225u /* five logins within 15 minutes */
#define LOGIN_WITHIN 60u

void update_stage_to(struct otakey_client *client, enum stage stage)
{
    client->stage = (uint8_t)stage;
    client->frame_held = false;
}

/* Without a confirmed key to give up under, a failed login would change nothing. */
static bool must_verify(const struct otakey_client *client)
{
    struct otakey_record record;
    bool must = otakey_store_get(&client->store, client->subject, &record) == OTAKEY_OK &&
                record.verify && client->confirmed != NONE && record.connection_size > 0 &&
                !otakey_store_is_verified(&client->store, client->subject);
    otakey_wipe(&record, sizeof record);
    return must;
}

void update_begin(struct otakey_client *client)
{
    client->subject = client->newest;
    client->probe = NOT_PROBED;
    client->logins = 0;
    client->unknown_abandons = 0;
    client->reason = OTAKEY_NOT_ACKNOWLEDGED;
    update_stage_to(client, must_verify(client) ? VERIFY : CONFIRM);
}

/* ---- leaving a stage */

void update_to_confirm(struct otakey_client *client)
{
    line_close(client);
    delivery_close(client);
    update_stage_to(client, CONFIRM);
}

void update_give_up(struct otakey_client *client, enum otakey_reason reason)
{
    if (client->confirmed == NONE) {
        update_stage_to(client, CONFIRM);
        return;
    }
    line_close(client);
    client->reason = (uint8_t)reason;
    note_error(client, reason);
    update_stage_to(client, ABANDON);
#ifdef SEEDED_BUG_WIPE_AT_GIVING_UP
    (void)otakey_store_wipe(&client->store, client->subject);
#endif
    tell(client, (struct otakey_event){.type = OTAKEY_EVENT_GAVE_UP, .code = (uint8_t)reason,
                                       .epoch = epoch_of(client, client->subject, NULL)});
}

void update_replace_by(struct otakey_client *client, int base)
{
    line_close(client);
    update_stage_to(client, REPLACE);
    delivery_open(client, base);
}

void update_replace_by_enrollment(struct otakey_client *client, uint64_t now)
{
    extra_enroll_sent(client, now);
    update_replace_by(client, NONE);
}

void update_alternate(struct otakey_client *client)
{
    if (client->other != NONE) {
        line_close(client); /* a late answer would be taken for the other record's */
        client->subject = client->subject == client->other ? client->newest : client->other;
    }
}

/* ---- acting */

static uint64_t log_in(struct otakey_client *client, uint64_t now)
{
    struct otakey_credential credential;
    line_close(client);
    client->awaiting = true;
    client->next_at = now + millis(ANSWER_WITHIN + LOGIN_WITHIN);
    if (credential_of(client, client->subject, &credential) == OTAKEY_OK) {
        client->port->log_in(client->port->context, &credential);
    } else {
        client->next_at = now; /* nowhere to log in: as unreachable */
    }
    otakey_wipe(&credential, sizeof credential);
    return client->next_at;
}

/* Sends what was built under this slot's key. */
static uint64_t send_built(struct otakey_client *client, uint64_t now, int built, int slot)
{
    if (built != OTAKEY_OK) {
        line_pause(client, now, HOUR, 0);
        return client->next_at;
    }
    return line_send(client, now, slot);
}

static uint64_t replace(struct otakey_client *client, uint64_t now)
{
    uint64_t granted_at = grant_at(client, now);
    return now < granted_at && client->tries == 0 ? granted_at : delivery_send(client, now);
}

uint64_t update_act(struct otakey_client *client, uint64_t now)
{
    struct otakey_token token;
    switch ((enum stage)client->stage) {
    case VERIFY:
        return log_in(client, now);
    case PROBE:
        return send_built(client, now,
                          client->frame_held ? OTAKEY_OK : build_poll(client, client->confirmed),
                          client->confirmed);
    case ABANDON:
        (void)epoch_of(client, client->subject, &token);
        return send_built(client, now,
                          build_abandon(client, client->confirmed, &token,
                                        (enum otakey_reason)client->reason),
                          client->confirmed);
    case REPLACE:
        return replace(client, now);
    case CONFIRM:
    default:
        return send_built(client, now, build_confirm(client, client->subject), client->subject);
    }
}

/* ---- rule 2 */

void update_logged_in(struct otakey_client *client, uint64_t now, enum otakey_login result)
{
    if (client->stage != VERIFY) {
        return;
    }
    line_close(client);
    client->next_at = now;
    client->logins++;
    if (result == OTAKEY_LOGIN_ACCEPTED) {
        if (otakey_store_verify(&client->store, client->subject) != OTAKEY_OK) {
            report_fault(client, OTAKEY_FAULT_FLASH);
        }
        update_stage_to(client, CONFIRM);
    } else if (client->logins < LOGINS) {
        client->next_at = now + millis(LOGIN_PAUSE);
    } else {
        bool refused = result == OTAKEY_LOGIN_REFUSED;
        update_give_up(client, refused ? OTAKEY_PLATFORM_REFUSED : OTAKEY_PLATFORM_UNREACHABLE);
    }
}

/* ---- no proven answer */

static void unconfirmed(struct otakey_client *client, uint64_t now)
{
    uint32_t days = client->other == NONE ? DAYS_LONE : DAYS_BOTH;
    bool silent = silence_lasts(client, now, days);
    if (silent && client->confirmed != NONE) {
        update_give_up(client, OTAKEY_NOT_ACKNOWLEDGED);
    } else if (silent && extra_enroll_is_due(client, now)) {
        update_replace_by_enrollment(client, now);
    } else {
        update_alternate(client);
    }
}

void update_leave_replace_if(struct otakey_client *client, bool answered)
{
    if (answered || client->tries >= REPLACE_TRIES) {
        update_to_confirm(client);
    }
}

void update_unanswered(struct otakey_client *client, uint64_t now, struct rebuff rebuff)
{
    if (client->stage == VERIFY) {
        update_logged_in(client, now, OTAKEY_LOGIN_UNREACHABLE);
        return;
    }
    client->kept.silent_tries++;
    line_rebuffed(client, now, rebuff);
    if (client->stage == CONFIRM) {
        unconfirmed(client, now);
    } else if (client->stage == PROBE) {
        update_to_confirm(client);
    } else if (client->stage == REPLACE) {
        update_leave_replace_if(client, rebuff.heard && delivery_enrolls(client));
    }
}

bool update_granted(struct otakey_client *client, uint64_t now, uint8_t *frame, size_t size)
{
    return client->delivering && delivery_take_plain(client, now, frame, size, client->newest);
}
