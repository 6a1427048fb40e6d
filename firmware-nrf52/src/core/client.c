/* The device as a whole: which mode it is in, and who gets what comes. */
#include "otakey/client.h"

#include <string.h>

#include "client_core.h"
#include "keys.h"
#include "names.h"
#include "otakey/crypto.h"

#define FIRST_FRAME 60u

/* ---- counters that outlive a reset */

static uint32_t kept_check(const struct otakey_kept *kept)
{
    const uint8_t *byte = (const uint8_t *)kept;
    uint32_t hash = 2166136261u; /* FNV-1a: against memory that nobody wrote, not against people */
    for (size_t i = 0; i < offsetof(struct otakey_kept, check); i++) {
        hash = (hash ^ byte[i]) * 16777619u;
    }
    return hash;
}

static uint64_t earlier(uint64_t one, uint64_t other)
{
    return one < other ? one : other;
}

/* The clock may have started anew: nothing is due later than if it had just happened. */
static void count_power_on(struct otakey_kept *kept, uint64_t now)
{
    kept->silent_since = now;
    kept->silent_power_ons++;
    kept->enroll_power_ons++;
    kept->last_grant_at = earlier(kept->last_grant_at, now);
    kept->extra_enroll_at = earlier(kept->extra_enroll_at, now + millis(DAY));
    kept->own_rotation_at = earlier(kept->own_rotation_at, now + millis(DAY));
    kept->notice_rotation_at = earlier(kept->notice_rotation_at, now + millis(HOUR));
}

/* ---- begin */

static bool is_sound(const struct otakey_firmware *firmware, const struct otakey_port *port)
{
    bool sound = otakey_is_product_id(firmware->ref.product_id) &&
                 otakey_is_device_id(firmware->ref.device_id) &&
                 firmware->version.size <= OTAKEY_VERSION_MAX && firmware->gateway_keys >= 1 &&
                 firmware->gateway_keys <= OTAKEY_GATEWAY_KEYS_MAX &&
                 firmware->gateway_addresses >= 1 &&
                 firmware->gateway_addresses <= OTAKEY_GATEWAYS_MAX &&
                 firmware->product_key_version != 0 && firmware->schemes != NULL &&
                 port->random != NULL && port->send != NULL && port->log_in != NULL;
    for (unsigned i = 0; sound && i < firmware->gateway_keys; i++) {
        sound = firmware->gateway_key[i].id != 0;
    }
    return sound;
}

int otakey_client_init(struct otakey_client *client, const struct otakey_firmware *firmware,
                       const struct otakey_port *port)
{
    struct otakey_kept kept = client->kept;
    if (!is_sound(firmware, port)) {
        return OTAKEY_E_ARGUMENT;
    }
    otakey_wipe(client, sizeof *client);
    if (kept_check(&kept) == kept.check) {
        client->kept = kept;
    }
    client->firmware = firmware;
    client->port = port;
    return otakey_store_init(&client->store, &port->flash);
}

int otakey_client_start(struct otakey_client *client, uint64_t now)
{
    struct otakey_survey survey;
    line_close(client);
    client->level = 0;
    count_power_on(&client->kept, now);
    int result = otakey_store_boot(&client->store);
    if (result != OTAKEY_OK) {
        report_fault(client, OTAKEY_FAULT_FLASH);
    }
    otakey_store_survey(&client->store, &survey);
    client->next_at = now + (survey.blank ? 0 : up_to(client, millis(FIRST_FRAME)));
    client->poll_at = client->next_at;
    resume(client);
    client->kept.check = kept_check(&client->kept);
    return result;
}

/* The mode follows from flash. */
void resume(struct otakey_client *client)
{
    struct otakey_survey survey;
    line_close(client);
    delivery_close(client);
    otakey_store_survey(&client->store, &survey);
    client->confirmed = (int8_t)survey.current;
    client->newest = (int8_t)survey.unfinished;
    client->other = (int8_t)survey.other;
    if (survey.unfinished != NONE) {
        client->mode = MODE_UPDATE;
        update_begin(client);
    } else if (survey.current != NONE) {
        client->mode = MODE_UPKEEP;
        upkeep_begin(client);
    } else {
        client->mode = MODE_BLANK;
        delivery_open(client, NONE);
    }
}

/* ---- no record: ENROLL */

static uint64_t blank_act(struct otakey_client *client, uint64_t now)
{
    uint64_t granted_at = grant_at(client, now);
    return now < granted_at && client->tries == 0 ? granted_at : delivery_send(client, now);
}

/* ---- dispatch */

static void unanswered(struct otakey_client *client, uint64_t now, struct rebuff rebuff)
{
    client->awaiting = false;
    if (client->mode == MODE_UPDATE) {
        update_unanswered(client, now, rebuff);
    } else if (client->mode == MODE_UPKEEP) {
        upkeep_unanswered(client, now, rebuff);
    } else {
        line_rebuffed(client, now, rebuff);
    }
}

static uint64_t act(struct otakey_client *client, uint64_t now)
{
    switch (client->mode) {
    case MODE_UPDATE:
        return update_act(client, now);
    case MODE_UPKEEP:
        return upkeep_act(client, now);
    default:
        return blank_act(client, now);
    }
}

uint64_t otakey_step(struct otakey_client *client, uint64_t now)
{
    uint64_t next = client->next_at;
    if (now >= next && client->awaiting) {
        unanswered(client, now, (struct rebuff){false, false, 0}); /* a late answer still counts */
        next = client->next_at;
    }
    if (now >= next) {
        next = act(client, now);
    }
    client->kept.check = kept_check(&client->kept);
    return next > now ? next : now;
}

static bool granted(struct otakey_client *client, uint64_t now, uint8_t *frame, size_t size)
{
    switch (client->mode) {
    case MODE_UPDATE:
        return update_granted(client, now, frame, size);
    case MODE_UPKEEP:
        return upkeep_granted(client, now, frame, size);
    default:
        return delivery_take_plain(client, now, frame, size, NONE);
    }
}

/* An ERROR without valid mac changes nothing but the back-off (rule 5). */
static void refused(struct otakey_client *client, uint64_t now, const struct otakey_answer *error,
                    bool proven)
{
    if (client->asked == OTAKEY_NO_REQUEST || (!proven && !client->awaiting)) {
        return;
    }
    tell(client, (struct otakey_event){.type = OTAKEY_EVENT_REFUSED, .request = client->asked,
                                       .code = error->code, .proven = proven});
    if (!proven) {
        bool patient = client->asked == OTAKEY_ENROLL &&
                       (error->code == OTAKEY_REFUSED || error->code == OTAKEY_ALREADY_ENROLLED);
        uint32_t told =
            error->seconds < MAX_RETRY_UNPROVEN ? error->seconds : MAX_RETRY_UNPROVEN;
        unanswered(client, now, (struct rebuff){true, patient, told});
    }
}

/* A NOTICE that nobody asked for counts for the current epoch only (section 5). */
static bool is_valid_push(const struct otakey_client *client, const struct otakey_answer *answer,
                          struct otakey_span frame)
{
    static const uint8_t no_request[OTAKEY_MAC_SIZE];
    struct otakey_record record;
    if (answer->type != OTAKEY_NOTICE || client->mode != MODE_UPKEEP ||
        otakey_store_get(&client->store, client->confirmed, &record) != OTAKEY_OK) {
        return false;
    }
    bool valid = answer->epoch == record.epoch &&
                 otakey_key_proves(record.device_key, frame,
                                   (struct otakey_span){no_request, sizeof no_request});
    otakey_wipe(&record, sizeof record);
    return valid;
}

/* The request has its proven answer: what comes to it again is ignored, since the next request
 * may be of another kind (section 10). */
static bool answered(struct otakey_client *client, uint64_t now,
                     const struct otakey_answer *answer)
{
    enum otakey_request_type asked = client->asked;
    line_close(client);
    if (client->mode == MODE_UPDATE) {
        return update_answered(client, now, asked, answer);
    }
    if (client->mode == MODE_UPKEEP) {
        upkeep_answered(client, now, asked, answer);
    }
    return false;
}

/*
 * What nobody with the key has said: evidence of damage, of an attempt, or of a gateway that knows
 * another key. An ERROR to ENROLL never has a mac, so it is none.
 */
static void suspect(struct otakey_client *client, const struct otakey_answer *answer)
{
    bool asked = answer->type == OTAKEY_GRANT ? client->handshake.is_open
                                              : client->asked != OTAKEY_NO_REQUEST;
    if (answer->type != OTAKEY_ERROR || client->asked != OTAKEY_ENROLL) {
        report_fault(client, asked ? OTAKEY_FAULT_ANSWER : OTAKEY_FAULT_STRAY);
    }
}

static bool on_grant(struct otakey_client *client, uint64_t now,
                     const struct otakey_answer *answer, uint8_t *frame, size_t size)
{
    uint32_t grants = client->kept.grants;
    bool changed = granted(client, now, frame, size);
    if (!changed && client->kept.grants == grants) {
        suspect(client, answer);
    }
    return changed;
}

static bool on_answer(struct otakey_client *client, uint64_t now,
                      const struct otakey_answer *answer, struct otakey_span frame)
{
    bool proven = answer->has_mac && line_is_proven(client, frame);
#ifdef SEEDED_BUG_UNPROVEN_ERROR
    proven |= answer->type == OTAKEY_ERROR && client->asked == OTAKEY_CONFIRM;
#endif
    if (!proven && is_valid_push(client, answer, frame)) {
        upkeep_pushed(client, now, answer);
        return false;
    }
    if (!proven) {
        suspect(client, answer);
    }
    if (answer->type == OTAKEY_ERROR) {
        refused(client, now, answer, proven);
    }
    return proven && answered(client, now, answer);
}

uint64_t otakey_receive(struct otakey_client *client, uint64_t now, uint8_t *frame, size_t size)
{
    struct otakey_answer answer;
    const struct otakey_span span = {frame, size};
    bool changed = false;
    if (otakey_answer_decode(&answer, span) != OTAKEY_OK) {
        report_fault(client, OTAKEY_FAULT_ANSWER);
    } else if (answer.type == OTAKEY_GRANT) {
        changed = on_grant(client, now, &answer, frame, size);
    } else {
        changed = on_answer(client, now, &answer, span);
    }
    if (changed) {
        resume(client);
    }
    otakey_wipe(frame, size);
    return otakey_step(client, now);
}

uint64_t otakey_link_lost(struct otakey_client *client, uint64_t now)
{
    if (client->awaiting && client->asked != OTAKEY_NO_REQUEST) {
        client->next_at = now;
    }
    return otakey_step(client, now);
}

uint64_t otakey_login_ended(struct otakey_client *client, uint64_t now, enum otakey_login result)
{
    bool timed_out = !client->awaiting; /* and counted as a failure then */
#ifdef SEEDED_BUG_LOGIN_COUNTED_TWICE
    timed_out = false;
#endif
    if (client->mode == MODE_UPDATE && (!timed_out || result == OTAKEY_LOGIN_ACCEPTED)) {
        update_logged_in(client, now, result);
    }
    return otakey_step(client, now);
}

void otakey_client_fault(struct otakey_client *client, enum otakey_fault fault)
{
    report_fault(client, fault);
    client->kept.check = kept_check(&client->kept);
}

bool otakey_rotate_now(struct otakey_client *client, uint64_t now)
{
    bool allowed = client->mode == MODE_UPKEEP && now >= client->kept.own_rotation_at;
    if (allowed) {
        client->kept.own_rotation_at = now + millis(DAY);
        upkeep_rotate_at(client, now);
        client->kept.check = kept_check(&client->kept);
    }
    return allowed;
}

bool otakey_is_settled(const struct otakey_client *client)
{
    return client->mode == MODE_UPKEEP;
}

/* ---- the credential for the platform */

int credential_of(const struct otakey_client *client, int slot,
                  struct otakey_credential *credential)
{
    struct otakey_record record;
    memset(credential, 0, sizeof *credential);
    int result = otakey_store_get(&client->store, slot, &record);
    int size = otakey_store_connection(&client->store, slot, credential->cbor,
                                       sizeof credential->cbor);
    if (result == OTAKEY_OK && size > 0) {
        const struct otakey_span cbor = {credential->cbor, (size_t)size};
        result = otakey_connection_read(&credential->connection, cbor);
    } else {
        result = OTAKEY_E_NO_RECORD;
    }
    if (result == OTAKEY_OK) {
        otakey_login_name(credential->login_name, &credential->connection, &record.token);
        otakey_platform_secret(credential->secret, record.device_key,
                               credential->connection.platform_id);
    }
    otakey_wipe(&record, sizeof record);
    return result;
}

int otakey_client_credential(const struct otakey_client *client,
                             struct otakey_credential *credential)
{
    struct otakey_survey survey;
    otakey_store_survey(&client->store, &survey);
    return credential_of(client, survey.current, credential);
}
