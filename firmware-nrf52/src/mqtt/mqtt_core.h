/* What the two halves of the codec share: mqtt_input.c reads packets, mqtt.c writes them. */
#ifndef OTAKEY_MQTT_CORE_H
#define OTAKEY_MQTT_CORE_H

#include "mqtt.h"

/* First bytes: packet type and the flags that it must have (2.2). */
#define CONNECT 0x10u
#define CONNACK 0x20u
#define PUBLISH 0x30u
#define PUBACK 0x40u
#define SUBSCRIBE 0x82u
#define SUBACK 0x90u
#define PINGREQ 0xc0u
#define PINGRESP 0xd0u
#define DISCONNECT 0xe0u

/* The packet id of SUBSCRIBE; those of PUBLISH end below. */
#define SUBSCRIPTION 0xffffu

#define FLAG_DUPLICATE 0x08u
#define FLAG_QOS 0x06u

/* Bytes that are free in the output. */
size_t mqtt_room(const struct otakey_mqtt *mqtt);

/* The fixed header, if the packet fits and leaves so many bytes free. Remaining length: 2.2.3. */
bool mqtt_begin(struct otakey_mqtt *mqtt, unsigned header, size_t length, size_t keep_free);

void mqtt_put_short(struct otakey_mqtt *mqtt, size_t value);
void mqtt_shut(struct otakey_mqtt *mqtt);
/* Whether a PUBLISH may have this topic. */
bool mqtt_is_topic(struct otakey_span topic);

#endif
