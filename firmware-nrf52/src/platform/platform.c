#include "otakey/platform.h"

#include <string.h>

#include "client_core.h"
#include "otakey/crypto.h"
#include "stream.h"

#define CONNACK_UNAVAILABLE 3u
#define CHUNK 16u
#define CHUNKS 64u /* in one step: a platform that never stops must not stop the device */
#define DIGITS 10u

enum login { NO_LOGIN, LOGIN_UNDER_WAY, LOGIN_ENDED };

int otakey_platform_init(struct otakey_platform *platform, const struct otakey_platform_port *port,
                         struct otakey_client *client)
{
    memset(platform, 0, sizeof *platform);
    platform->port = port;
    platform->client = client;
    platform->changed = true;
    otakey_mqtt_init(&platform->mqtt, platform->in, sizeof platform->in, platform->out,
                     sizeof platform->out);
    bool sound = port->dial != NULL && port->seconds > 0 && port->topic.size > 0 &&
                 port->topic.size <= OTAKEY_PLATFORM_TOPIC_MAX &&
                 port->branch.size <= OTAKEY_PLATFORM_TOPIC_MAX;
    return sound ? OTAKEY_OK : OTAKEY_E_ARGUMENT;
}

static void tell_of(const struct otakey_platform *platform, enum otakey_platform_event event,
                    uint32_t number)
{
    if (platform->port->event != NULL) {
        platform->port->event(platform->port->context, event, number);
    }
}

static void shut(struct otakey_platform *platform)
{
    const struct otakey_stream *stream = &platform->port->stream;
    if (platform->is_open) {
        stream->close(stream->context);
    }
    platform->is_open = platform->accepted = false;
    platform->unacked = 0;
#ifdef SEEDED_BUG_PLATFORM_KEEPS_SECRET
    platform->mqtt.state = OTAKEY_MQTT_CLOSED;
    platform->mqtt.out_used = 0;
#endif
    otakey_mqtt_lost(&platform->mqtt); /* wipes what was not sent */
}

static bool give_output(struct otakey_platform *platform)
{
    return otakey_stream_give(&platform->port->stream, &platform->mqtt);
}

static void leave(struct otakey_platform *platform)
{
    if (platform->accepted) {
        otakey_mqtt_disconnect(&platform->mqtt);
        (void)give_output(platform);
    }
    shut(platform);
}

/* ---- how a connection ends */

static void retry(struct otakey_platform *platform, uint64_t now)
{
    platform->retry_at = now + backed_off(platform->client, &platform->level, HOUR);
}

static void end_login(struct otakey_platform *platform, enum otakey_login result)
{
    platform->login = LOGIN_ENDED;
    platform->result = (uint8_t)result;
}

static void failed(struct otakey_platform *platform, uint64_t now)
{
    enum otakey_platform_event event = platform->accepted ? OTAKEY_PLATFORM_IS_LOST
                                                          : OTAKEY_PLATFORM_IS_UNREACHABLE;
    uint8_t refusal = platform->refusal;
    bool refused = refusal != 0 && refusal != CONNACK_UNAVAILABLE;
    uint32_t number = refusal;
    if (platform->accepted) {
        number = platform->mute = platform->mqtt.subscribing;
    }
#ifdef SEEDED_BUG_PLATFORM_INSISTS
    platform->mute = false;
#endif
#ifdef SEEDED_BUG_PLATFORM_BUSY_IS_NO
    refused = refusal != 0;
#endif
    shut(platform);
    if (platform->login == LOGIN_UNDER_WAY) {
        end_login(platform, refused ? OTAKEY_LOGIN_REFUSED : OTAKEY_LOGIN_UNREACHABLE);
    }
    retry(platform, now);
    tell_of(platform, refused ? OTAKEY_PLATFORM_HAS_REFUSED : event, number);
}

/* ---- how it begins */

static bool is_mqtt(struct otakey_span scheme)
{
    return scheme.size == 4 && memcmp(scheme.data, "mqtt", 4) == 0;
}

static void keep_topics(struct otakey_platform *platform, struct otakey_span prefix)
{
    static const char end[] = "otakey/notify";
    const struct otakey_platform_port *port = platform->port;
    size_t size = prefix.size;
    if (size > 0) {
        memcpy(platform->topic, prefix.data, size);
    }
    memcpy(platform->topic + size, port->topic.data, port->topic.size);
    platform->topic_size = (uint8_t)(size + port->topic.size);
    memcpy(platform->notify, platform->topic, size);
    for (size_t i = 0; i < port->branch.size; i++) {
        platform->notify[size++] = port->branch.data[i];
    }
    memcpy(platform->notify + size, end, sizeof end - 1);
    platform->notify_size = (uint8_t)(size + sizeof end - 1);
}

static void connect(struct otakey_platform *platform, const struct otakey_credential *credential,
                    uint64_t now)
{
    const struct otakey_platform_port *port = platform->port;
    const struct otakey_connection *to = &credential->connection;
    uint8_t id[OTAKEY_NAME_MAX];
    const struct otakey_mqtt_login login = {
        .client_id = otakey_client_id(id, to, &platform->client->firmware->ref),
        .user_name = {(const uint8_t *)credential->login_name, strlen(credential->login_name)},
        .password = {(const uint8_t *)credential->secret, OTAKEY_PLATFORM_SECRET_SIZE - 1},
        .keep_alive = port->keep_alive};
    platform->refusal = 0;
    keep_topics(platform, to->topic_prefix);
    platform->is_open = is_mqtt(to->scheme) &&
                        port->dial(port->stream.context, to->host, to->port) == 0;
    if (!platform->is_open || otakey_mqtt_connect(&platform->mqtt, &login, now) != OTAKEY_OK) {
        failed(platform, now);
    }
}

void otakey_platform_log_in(struct otakey_platform *platform,
                            const struct otakey_credential *credential, uint64_t now)
{
    leave(platform);
    platform->login = LOGIN_UNDER_WAY;
    connect(platform, credential, now);
}

void otakey_platform_changed(struct otakey_platform *platform)
{
    platform->changed = true;
#ifdef SEEDED_BUG_PLATFORM_STAYS
    platform->changed = !platform->is_open;
#endif
}

void otakey_platform_yield(struct otakey_platform *platform, uint64_t now)
{
    if (platform->login == LOGIN_UNDER_WAY) {
        end_login(platform, OTAKEY_LOGIN_UNREACHABLE);
    }
    if (platform->is_open) {
        shut(platform);
        platform->retry_at = now;
    }
}

static void begin(struct otakey_platform *platform, uint64_t now)
{
    struct otakey_credential credential;
    if (otakey_client_credential(platform->client, &credential) == OTAKEY_OK) {
        connect(platform, &credential, now);
    } else {
        platform->retry_at = NEVER; /* until there is one */
    }
    otakey_wipe(&credential, sizeof credential);
}

/* ---- while it lives */

static void subscribe(struct otakey_platform *platform, uint64_t now)
{
    if (platform->login == NO_LOGIN && platform->port->branch.size > 0 && !platform->mute) {
        const struct otakey_span topic = {platform->notify, platform->notify_size};
        otakey_mqtt_subscribe(&platform->mqtt, topic, now);
    }
}

/* It says nothing but that it came: any payload will do. */
static void on_message(struct otakey_platform *platform, struct otakey_span topic, uint64_t now)
{
    bool own = topic.size == platform->notify_size &&
               memcmp(topic.data, platform->notify, topic.size) == 0;
#ifdef SEEDED_BUG_PLATFORM_ANY_TOPIC
    own = true;
#endif
    if (!own) {
        return;
    }
    otakey_poll_soon(platform->client, now);
    platform->again = true;
    tell_of(platform, OTAKEY_PLATFORM_HAS_NOTIFIED, 0);
}

static void publish(struct otakey_platform *platform, uint64_t now)
{
    uint8_t text[DIGITS];
    size_t at = sizeof text;
    uint32_t number = platform->counter + 1;
    for (; number > 0 && at > 0; number /= 10) {
        text[--at] = (uint8_t)('0' + number % 10);
    }
    const struct otakey_span topic = {platform->topic, platform->topic_size};
    int id = otakey_mqtt_publish(&platform->mqtt, topic,
                                 (struct otakey_span){text + at, sizeof text - at}, 1, now);
    if (id > 0) {
        platform->counter++;
        platform->unacked = (uint16_t)id;
    }
    platform->publish_at = now + millis(platform->port->seconds);
}

/* Whether the connection goes on. */
static bool on_event(struct otakey_platform *platform, const struct otakey_mqtt_event *event,
                     uint64_t now)
{
    if (event->kind == OTAKEY_MQTT_REFUSED) {
        platform->refusal = event->code;
        return false;
    }
    if (event->kind == OTAKEY_MQTT_CONNECTED) {
        platform->accepted = true;
        platform->publish_at = now;
        tell_of(platform, OTAKEY_PLATFORM_HAS_ACCEPTED, 0);
        subscribe(platform, now);
#ifdef SEEDED_BUG_PLATFORM_HASTE
        platform->level = 0;
#endif
    } else if (event->kind == OTAKEY_MQTT_ACKED && event->packet_id == platform->unacked) {
        platform->unacked = 0;
        platform->level = 0; /* not before: a platform may accept everybody and keep nobody */
        tell_of(platform, OTAKEY_PLATFORM_HAS_PUBLISHED, platform->counter);
    } else if (event->kind == OTAKEY_MQTT_MESSAGE) {
        on_message(platform, event->topic, now);
    } else if (event->kind == OTAKEY_MQTT_SUBSCRIBED && event->code != 0) {
        tell_of(platform, OTAKEY_PLATFORM_WILL_NOT_NOTIFY, 0);
    }
    return true;
}

static bool digest(struct otakey_platform *platform, struct otakey_span bytes, uint64_t now)
{
    while (bytes.size > 0) {
        struct otakey_mqtt_event event;
        size_t used;
        if (otakey_mqtt_input(&platform->mqtt, bytes, now, &used, &event) != OTAKEY_OK ||
            !on_event(platform, &event, now)) {
            return false;
        }
        bytes.data += used;
        bytes.size -= used;
    }
    return true;
}

static bool is_alive(struct otakey_platform *platform, uint64_t now)
{
    const struct otakey_stream *stream = &platform->port->stream;
    uint8_t chunk[CHUNK];
    int got = 1;
    for (unsigned i = 0; i < CHUNKS && got > 0; i++) {
        got = stream->read(stream->context, chunk, sizeof chunk);
#ifdef SEEDED_BUG_PLATFORM_DROWNS
        i = 0;
#endif
        if (got < 0 ||
            (got > 0 && !digest(platform, (struct otakey_span){chunk, (size_t)got}, now))) {
            return false;
        }
    }
    platform->again |= got > 0;
    if (!give_output(platform)) {
        return false; /* a SUBSCRIBE leaves, to make room for a PUBLISH */
    }
    bool due = platform->accepted && platform->login == NO_LOGIN && platform->unacked == 0;
    if (due && now >= platform->publish_at) {
        publish(platform, now);
    }
    return otakey_mqtt_tick(&platform->mqtt, now) == OTAKEY_OK && give_output(platform);
}

/* A login for rule 2 is only shown; the key is not confirmed yet. */
static void finish_login(struct otakey_platform *platform, uint64_t now)
{
    leave(platform);
    platform->login = NO_LOGIN;
    platform->level = 0;
    retry(platform, now);
    (void)otakey_login_ended(platform->client, now, (enum otakey_login)platform->result);
}

static uint64_t next(const struct otakey_platform *platform)
{
    if (!platform->is_open) {
        return platform->retry_at;
    }
    uint64_t upkeep = otakey_mqtt_next(&platform->mqtt);
    bool waits = platform->accepted && platform->unacked == 0;
    return waits && platform->publish_at < upkeep ? platform->publish_at : upkeep;
}

uint64_t otakey_platform_step(struct otakey_platform *platform, uint64_t now)
{
    platform->again = false;
    if (platform->is_open && !is_alive(platform, now)) {
        failed(platform, now);
    }
    if (platform->login == LOGIN_UNDER_WAY && platform->accepted) {
        end_login(platform, OTAKEY_LOGIN_ACCEPTED);
    }
    if (platform->login == LOGIN_ENDED) {
        finish_login(platform, now);
        return now;
    }
    if (platform->changed && platform->login == NO_LOGIN) {
        platform->changed = platform->mute = false;
        leave(platform);
        platform->level = 0;
        platform->retry_at = now;
    }
    if (!platform->is_open && now >= platform->retry_at) {
        begin(platform, now);
        if (platform->is_open && !give_output(platform)) {
            failed(platform, now);
        }
    }
    return platform->again ? now : next(platform);
}

bool otakey_platform_has_output(const struct otakey_platform *platform)
{
    return otakey_mqtt_output(&platform->mqtt).size > 0;
}

const char *otakey_platform_event_name(enum otakey_platform_event event)
{
    static const char *const names[] = {"accepted",  "refused",  "unreachable", "lost",
                                        "published", "notified", "deaf"};
    _Static_assert(OTAKEY_PLATFORM_EVENTS == sizeof names / sizeof names[0], "one each");
    return names[event];
}
