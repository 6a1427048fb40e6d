#include "otakey/link.h"

#include <string.h>

#include "otakey/crypto.h"
#include "stream.h"

#define UNANSWERED_MOST 2u

static const uint8_t topic[] = {'o', 't', 'a', 'k', 'e', 'y', '/', '1'};

void otakey_link_init(struct otakey_link *link, const struct otakey_stream *stream,
                      struct otakey_client *client, struct otakey_span client_id,
                      uint16_t keep_alive)
{
    memset(link, 0, sizeof *link);
    link->stream = stream;
    link->client = client;
    link->client_id = client_id;
    link->keep_alive = keep_alive;
    otakey_mqtt_init(&link->mqtt, link->in, sizeof link->in, link->out, sizeof link->out);
}

static void shut(struct otakey_link *link)
{
    if (link->is_open) {
        link->stream->close(link->stream->context);
    }
    link->is_open = false;
    link->unanswered = 0;
    link->held_size = 0;
    link->chunk_used = link->chunk_size = 0;
    otakey_mqtt_lost(&link->mqtt);
}

static int open_to(struct otakey_link *link, unsigned address)
{
    const struct otakey_mqtt_login login = {.client_id = link->client_id,
                                            .keep_alive = link->keep_alive};
    shut(link);
    if (link->stream->open(link->stream->context, address) != 0) {
        return OTAKEY_E_CLOSED;
    }
    link->is_open = true;
    link->address = (uint8_t)address;
    return otakey_mqtt_connect(&link->mqtt, &login, link->now);
}

int otakey_link_send(struct otakey_link *link, const uint8_t *frame, size_t size,
                     unsigned address)
{
    int result = OTAKEY_OK;
    bool deaf = link->unanswered >= UNANSWERED_MOST;
#ifdef SEEDED_BUG_LINK_TRUSTS
    deaf = false;
#endif
    if (!link->is_open || deaf || address != link->address) {
        result = open_to(link, address);
    }
    if (result == OTAKEY_OK && size <= sizeof link->held) {
        memcpy(link->held, frame, size);
        link->held_size = (uint16_t)size;
        link->unanswered++;
    }
    return result;
}

/* The client decides when it is tried again. Whether it waits for an answer only itself knows: what
 * the stream said may have been anything. */
static void lost(struct otakey_link *link)
{
    shut(link);
#ifndef SEEDED_BUG_LINK_UNTOLD
    (void)otakey_link_lost(link->client, link->now);
#endif
}

static void publish_held(struct otakey_link *link)
{
    const struct otakey_span to = {topic, sizeof topic};
    const struct otakey_span frame = {link->held, link->held_size};
    if (link->held_size > 0 && otakey_mqtt_publish(&link->mqtt, to, frame, 0, link->now) == 0) {
        link->held_size = 0;
    }
}

static void on_message(struct otakey_link *link, const struct otakey_mqtt_event *event)
{
    if (event->topic.size == sizeof topic && memcmp(event->topic.data, topic, sizeof topic) == 0) {
        size_t at = (size_t)(event->payload.data - link->in);
        link->unanswered = 0;
        (void)otakey_receive(link->client, link->now, link->in + at, event->payload.size);
    }
}

/* Gives the codec what came in. Whether the connection lives on. */
static bool digest(struct otakey_link *link)
{
    while (link->chunk_used < link->chunk_size) {
        struct otakey_mqtt_event event;
        size_t used;
        const struct otakey_span bytes = {link->chunk + link->chunk_used,
                                          (size_t)link->chunk_size - link->chunk_used};
        int result = otakey_mqtt_input(&link->mqtt, bytes, link->now, &used, &event);
        link->chunk_used = (uint8_t)(link->chunk_used + used);
        if (result == OTAKEY_E_SPACE) {
            return true; /* the rest once output has left */
        }
        if (result == OTAKEY_E_MALFORMED) {
            otakey_client_fault(link->client, OTAKEY_FAULT_LINK);
        }
        if (result != OTAKEY_OK || event.kind == OTAKEY_MQTT_REFUSED) {
            return false;
        }
        if (event.kind == OTAKEY_MQTT_MESSAGE) {
            on_message(link, &event);
        }
    }
    link->chunk_used = link->chunk_size = 0;
    return true;
}

/* Bytes in. Whether the stream lives on. */
static bool take_input(struct otakey_link *link)
{
    const struct otakey_stream *stream = link->stream;
    int got = 1;
    while (link->is_open && got > 0 && digest(link) && link->chunk_size == 0) {
        got = stream->read(stream->context, link->chunk, sizeof link->chunk);
        link->chunk_size = got > 0 ? (uint8_t)got : 0;
    }
    return got >= 0 && link->mqtt.state != OTAKEY_MQTT_CLOSED;
}

/* A frame that finds no room goes behind what had to leave first. */
static bool give_output(struct otakey_link *link)
{
    publish_held(link);
    bool alive = otakey_stream_give(link->stream, &link->mqtt);
    publish_held(link);
    return alive && otakey_stream_give(link->stream, &link->mqtt);
}

static bool is_alive(struct otakey_link *link)
{
    return take_input(link) && give_output(link) &&
           otakey_mqtt_tick(&link->mqtt, link->now) == OTAKEY_OK;
}

uint64_t otakey_link_step(struct otakey_link *link, uint64_t now)
{
    link->now = now;
    if (link->is_open && !is_alive(link)) {
        lost(link);
    }
    uint64_t next = otakey_step(link->client, now);
    if (link->is_open && !give_output(link)) {
        lost(link);
        next = otakey_step(link->client, now);
    }
    uint64_t upkeep = otakey_mqtt_next(&link->mqtt);
    return upkeep < next ? upkeep : next;
}

void otakey_link_close(struct otakey_link *link)
{
    shut(link);
}

bool otakey_link_is_open(const struct otakey_link *link)
{
    return link->is_open;
}

bool otakey_link_has_output(const struct otakey_link *link)
{
    return otakey_mqtt_output(&link->mqtt).size > 0;
}
