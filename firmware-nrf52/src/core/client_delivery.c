/* One open handshake, an ENROLL or a ROTATE, and how its grant gets into flash (rule 1). */
#include <string.h>

#include "client_core.h"
#include "otakey/crypto.h"

void delivery_open(struct otakey_client *client, int base)
{
    delivery_close(client);
    client->delivering = true;
    client->base = (int8_t)base;
    client->tries = 0;
}

void delivery_close(struct otakey_client *client)
{
    otakey_handshake_close(&client->handshake);
    client->frame_held = false;
    client->delivering = false;
}

bool delivery_enrolls(const struct otakey_client *client)
{
    return client->base == NONE;
}

static int open_handshake(struct otakey_client *client, const struct otakey_gateway_key *gateway)
{
    const struct otakey_firmware *firmware = client->firmware;
    const struct otakey_opening opening = {firmware->version, client->kept.last_error};
    struct otakey_record record;
    uint8_t ephemeral[OTAKEY_KEY_SIZE];
    int result = draw(client, ephemeral, sizeof ephemeral);
    if (result == OTAKEY_OK && delivery_enrolls(client)) {
        result = otakey_handshake_enroll(&client->handshake, &client->frame, &firmware->ref,
                                         firmware->product_key_version, firmware->product_key,
                                         gateway, ephemeral, &opening);
    } else if (result == OTAKEY_OK) {
        result = otakey_store_get(&client->store, client->base, &record);
        if (result == OTAKEY_OK) {
            const struct otakey_key_name name = {&firmware->ref, record.epoch, &record.token};
            result = otakey_handshake_rotate(&client->handshake, &client->frame, &name,
                                             record.device_key, gateway, ephemeral, &opening);
        }
        otakey_wipe(&record, sizeof record);
    }
    otakey_wipe(ephemeral, sizeof ephemeral);
    return result;
}

/* The same bytes again, or anew if another gateway key has its turn. */
uint64_t delivery_send(struct otakey_client *client, uint64_t now)
{
    const struct otakey_gateway_key *gateway = line_gateway_key(client);
    if (!client->frame_held || client->gateway_id != gateway->id) {
        int result = open_handshake(client, gateway);
        client->frame_held = result == OTAKEY_OK;
        client->gateway_id = gateway->id;
        if (result != OTAKEY_OK) { /* a gateway key of no use, or no random numbers */
            line_next_gateway(client);
            line_pause(client, now, HOUR, 0);
            return client->next_at;
        }
    }
    client->tries++;
    return line_send(client, now, client->base);
}

static bool serves(const struct otakey_client *client, struct otakey_span cbor)
{
    struct otakey_connection connection;
    if (otakey_connection_read(&connection, cbor) != OTAKEY_OK) {
        return false;
    }
    for (const char *const *scheme = client->firmware->schemes; *scheme != NULL; scheme++) {
        if (strlen(*scheme) == connection.scheme.size &&
            memcmp(*scheme, connection.scheme.data, connection.scheme.size) == 0) {
            return true;
        }
    }
    return false;
}

/* A slot, or why the grant cannot be used. */
static int store(struct otakey_client *client, const struct otakey_grant *grant, int copy_from,
                 bool choosy)
{
    struct otakey_record record = {.epoch = grant->epoch, .token = grant->token};
    uint8_t present[OTAKEY_STORE_CONNECTION_MAX];
    int size = otakey_store_connection(&client->store, copy_from, present, sizeof present);
    const struct otakey_span unchanged = {present, size > 0 ? (size_t)size : 0};
    int slot = OTAKEY_E_SPACE;
    record.verify = !delivery_enrolls(client) && (grant->flags & OTAKEY_FLAG_VERIFY_LOGIN) != 0;
    memcpy(record.device_key, grant->device_key, sizeof record.device_key);
    if (grant->offer == OTAKEY_UNCHANGED) {
        slot = otakey_store_put(&client->store, &record, unchanged);
    } else if (grant->offer == OTAKEY_GIVEN && serves(client, grant->connection)) {
        slot = otakey_store_put(&client->store, &record, grant->connection);
    }
    if (slot == OTAKEY_E_SPACE) {
        note_error(client, OTAKEY_CONNECTION_NOT_SUPPORTED);
        if (!choosy) {
            slot = otakey_store_put(&client->store, &record, unchanged);
        }
    }
    otakey_wipe(&record, sizeof record);
    return slot;
}

/* For a rotation the next epoch; the handshake stays open for a grant that is another. */
static bool belongs(const struct otakey_client *client, const struct otakey_grant *grant)
{
#ifdef SEEDED_BUG_ANY_EPOCH
    return true;
#endif
    return delivery_enrolls(client) || grant->epoch == epoch_of(client, client->base, NULL) + 1;
}

enum kept delivery_take(struct otakey_client *client, uint64_t now, uint8_t *frame, size_t size,
                        int copy_from, bool choosy, struct otakey_token *token,
                        enum otakey_reason *reason)
{
    struct otakey_grant grant;
    enum kept kept = FOREIGN;
    if (otakey_handshake_open(&client->handshake, &grant, frame, size) == OTAKEY_OK &&
        belongs(client, &grant)) {
        client->kept.grants++;
        client->kept.last_grant_at = now;
        otakey_handshake_close(&client->handshake);
        client->frame_held = false;
        int slot = store(client, &grant, copy_from, choosy);
        kept = slot >= 0 ? KEPT : UNUSABLE;
        *token = grant.token;
        *reason = slot == OTAKEY_E_SPACE ? OTAKEY_CONNECTION_NOT_SUPPORTED : OTAKEY_STORAGE_FAILED;
        if (slot == OTAKEY_E_FLASH) {
            report_fault(client, OTAKEY_FAULT_FLASH);
        }
        if (kept == KEPT) {
            silence_broken(client, now);
            client->level = 0;
            tell(client, (struct otakey_event){.type = OTAKEY_EVENT_STORED, .epoch = grant.epoch});
        }
    }
    otakey_wipe(&grant, sizeof grant);
    return kept;
}

bool delivery_take_plain(struct otakey_client *client, uint64_t now, uint8_t *frame, size_t size,
                         int copy_from)
{
    struct otakey_token token;
    enum otakey_reason reason;
    enum kept kept =
        delivery_take(client, now, frame, size, copy_from, false, &token, &reason);
    if (kept == FOREIGN) {
        return false;
    }
    client->next_at = now;
    if (kept == UNUSABLE) {
        note_error(client, reason);
        line_pause(client, now, HOUR, 0);
    }
    return true;
}
