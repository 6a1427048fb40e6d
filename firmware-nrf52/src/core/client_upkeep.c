/*
 * A confirmed record and no unfinished update: poll, rotate when told, and find back if the key is
 * not served any more (rules 7 and 8).
 */
#include "client_core.h"

#define ENROLL_TRIES 5u
#define NOTICE_ROTATION 600u
#define SOON 5u
#define SOON_AGAIN 60u

void upkeep_begin(struct otakey_client *client)
{
    client->served = true;
    client->rotate_at = NEVER;
    client->unusable.size = 0;
}

static void forget_poll(struct otakey_client *client)
{
    if (!client->delivering) {
        client->frame_held = false;
    }
}

static uint64_t send_poll(struct otakey_client *client, uint64_t now)
{
    if (!client->frame_held && build_poll(client, client->confirmed) != OTAKEY_OK) {
        line_pause(client, now, HOUR, 0);
        return client->next_at;
    }
    return line_send(client, now, client->confirmed);
}

static uint64_t give_up_grant(struct otakey_client *client, uint64_t now)
{
    if (build_abandon(client, client->confirmed, &client->unusable,
                      (enum otakey_reason)client->reason) != OTAKEY_OK) {
        line_pause(client, now, HOUR, 0);
        return client->next_at;
    }
    return line_send(client, now, client->confirmed);
}

uint64_t upkeep_act(struct otakey_client *client, uint64_t now)
{
    if (client->unusable.size > 0) {
        return give_up_grant(client, now);
    }
    if (client->delivering) {
        return delivery_send(client, now);
    }
    uint64_t granted_at = grant_at(client, now);
    if (now >= client->rotate_at && now >= granted_at) {
        client->rotate_at = NEVER;
        delivery_open(client, client->confirmed);
        return delivery_send(client, now);
    }
    if (!client->served && extra_enroll_is_due(client, now) && now >= granted_at) {
        extra_enroll_sent(client, now);
        delivery_open(client, NONE);
        return delivery_send(client, now);
    }
    if (now >= client->poll_at) {
        return send_poll(client, now);
    }
    uint64_t wanted = client->rotate_at;
    if (!client->served && client->kept.extra_enroll_at < wanted) {
        wanted = client->kept.extra_enroll_at;
    }
    wanted = wanted > granted_at ? wanted : granted_at;
    bool wants = client->rotate_at != NEVER || !client->served;
    return wants && wanted < client->poll_at ? wanted : client->poll_at;
}

void upkeep_rotate_at(struct otakey_client *client, uint64_t time)
{
    forget_poll(client);
    if (time < client->rotate_at) {
        client->rotate_at = time;
    }
}

/* A second message while the first waits finds soon_at behind that POLL: it does not draw again.
 * A pause holds all the same: nothing is said before next_at. */
void otakey_poll_soon(struct otakey_client *client, uint64_t now)
{
    uint64_t at = now > client->soon_at ? now : client->soon_at;
    at += up_to(client, millis(SOON));
#ifdef SEEDED_BUG_SOON_IN_PAUSE
    client->next_at = now;
#endif
    if (client->mode == MODE_UPKEEP && at < client->poll_at) {
        client->poll_at = at;
#ifndef SEEDED_BUG_SOON_ALWAYS
        client->soon_at = at + millis(SOON_AGAIN);
#endif
    }
}

/* The gateway does not serve the current key: keep it, poll on, and try ENROLL once a day. */
static void not_served(struct otakey_client *client, uint64_t now)
{
    delivery_close(client);
    client->rotate_at = NEVER;
    client->poll_at = now;
    client->served = false;
}

void upkeep_unanswered(struct otakey_client *client, uint64_t now, struct rebuff rebuff)
{
    client->kept.silent_tries++;
    line_rebuffed(client, now, rebuff);
    if (!client->delivering || !delivery_enrolls(client)) {
        if (silence_lasts(client, now, 1)) {
            not_served(client, now);
        }
    } else if (rebuff.heard || client->tries >= ENROLL_TRIES) {
        delivery_close(client); /* the next one is due in a day */
    }
}

static bool obey(struct otakey_client *client, uint64_t now, uint8_t action)
{
    if (action == OTAKEY_DO_NOTHING || client->rotate_at != NEVER || client->delivering) {
        return false;
    }
    uint64_t at = now > client->kept.notice_rotation_at ? now : client->kept.notice_rotation_at;
    client->kept.notice_rotation_at = at + millis(NOTICE_ROTATION);
    upkeep_rotate_at(client, at);
    return at <= now;
}

static void quiet(struct otakey_client *client, uint64_t now, uint32_t poll_after)
{
    client->level = 0;
    client->next_at = now;
    client->poll_at = now + line_poll_after(poll_after);
}

static void polled(struct otakey_client *client, uint64_t now, const struct otakey_answer *notice)
{
    if (notice->epoch != epoch_of(client, client->confirmed, NULL)) {
        return;
    }
    tell(client, (struct otakey_event){.type = OTAKEY_EVENT_POLLED, .epoch = notice->epoch,
                                       .code = notice->code});
    forget_poll(client);
    client->served = true;
    quiet(client, now, notice->seconds);
    (void)obey(client, now, notice->code);
}

/* It can make the device rotate, never wait: a recorded one may come again at any time. */
void upkeep_pushed(struct otakey_client *client, uint64_t now, const struct otakey_answer *notice)
{
    if (obey(client, now, notice->code) && client->next_at > now) {
        client->next_at = now;
    }
}

/* A proven ERROR to POLL, ROTATE or ABANDON under the current key (rule 7). */
static void refused(struct otakey_client *client, uint64_t now, bool rotating,
                    const struct otakey_answer *error)
{
    forget_poll(client);
    client->poll_at = now;
    switch (rejection_of(error)) {
    case UNKNOWN:
        client->unusable.size = 0; /* nobody could commit it: it is in no flash */
        if (rotating) {
            not_served(client, now);
        } else {
            upkeep_rotate_at(client, now);
        }
        break;
    case SUPERSEDED:
        client->unusable.size = 0;
        not_served(client, now);
        break;
    case UNSUPPORTED:
        line_next_gateway(client);
        break;
    case BARRED:
        delivery_close(client);
        client->rotate_at = NEVER;
        break;
    case LATER:
        break;
    }
    uint32_t told = error->seconds < MAX_RETRY ? error->seconds : MAX_RETRY;
    line_pause(client, now, HOUR, told);
}

void upkeep_answered(struct otakey_client *client, uint64_t now, enum otakey_request_type asked,
                     const struct otakey_answer *answer)
{
    silence_broken(client, now);
    if (answer->type == OTAKEY_NOTICE && asked == OTAKEY_POLL) {
        polled(client, now, answer);
    } else if (answer->type == OTAKEY_ACK && client->unusable.size > 0) {
        if (answer->code == OTAKEY_ABANDONED &&
            answer->epoch == epoch_of(client, client->confirmed, NULL)) {
            client->unusable.size = 0;
            quiet(client, now, answer->seconds);
        }
    } else if (answer->type == OTAKEY_ERROR) {
        refused(client, now, asked == OTAKEY_ROTATE, answer);
    }
}

bool upkeep_granted(struct otakey_client *client, uint64_t now, uint8_t *frame, size_t size)
{
    struct otakey_token token;
    enum otakey_reason reason;
    if (!client->delivering) {
        return false;
    }
    bool rotation = !delivery_enrolls(client);
    enum kept kept =
        delivery_take(client, now, frame, size, client->confirmed, true, &token, &reason);
    if (kept == FOREIGN) {
        return false;
    }
    delivery_close(client);
    client->next_at = now;
    if (kept == KEPT) {
        return true;
    }
    line_close(client);
    if (rotation) { /* only under the key that asked can it be given up */
        client->unusable = token;
        client->reason = (uint8_t)reason;
        note_error(client, reason);
        tell(client, (struct otakey_event){.type = OTAKEY_EVENT_GAVE_UP, .code = (uint8_t)reason});
    } else {
        line_pause(client, now, HOUR, 0);
    }
    return false;
}
