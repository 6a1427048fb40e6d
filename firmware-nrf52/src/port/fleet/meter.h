/* Counts the packets of one direction of an MQTT connection, from its bytes in any pieces. */
#ifndef FLEET_METER_H
#define FLEET_METER_H

#include <stddef.h>
#include <stdint.h>

/* All zeros where a connection begins. */
struct meter {
    uint32_t left;    /* bytes of the packet that are still to come, as far as known */
    uint32_t packets; /* whole ones */
    uint32_t frames;  /* those that are PUBLISHes */
    uint8_t header;   /* first byte of the packet; 0: none yet */
    uint8_t shift;    /* of the next byte of its length */
    uint8_t in_body;
};

void meter_count(struct meter *meter, const uint8_t *bytes, size_t size);

#endif
