#include "meter.h"

#define PUBLISH 3u
#define SHIFT_MOST 21u

static void end_packet(struct meter *meter)
{
    meter->packets++;
    meter->frames += meter->header >> 4 == PUBLISH;
    meter->header = meter->in_body = 0;
#ifndef SEEDED_BUG_METER_KEEPS_SHIFT
    meter->shift = 0;
#endif
}

static void length_byte(struct meter *meter, uint8_t byte)
{
    meter->left |= (uint32_t)(byte & 0x7fu) << meter->shift;
    meter->in_body = (byte & 0x80u) == 0 || meter->shift == SHIFT_MOST;
    meter->shift = (uint8_t)(meter->shift + 7u);
#ifndef SEEDED_BUG_METER_EMPTY_BODY
    if (meter->in_body && meter->left == 0) {
        end_packet(meter);
    }
#endif
}

void meter_count(struct meter *meter, const uint8_t *bytes, size_t size)
{
    for (size_t at = 0; at < size;) {
        if (meter->in_body) {
            size_t part = size - at < meter->left ? size - at : meter->left;
            at += part;
            meter->left -= (uint32_t)part;
            if (meter->left == 0) {
                end_packet(meter);
            }
        } else if (meter->header == 0) {
            meter->header = bytes[at++];
            meter->left = 0;
        } else {
            length_byte(meter, bytes[at++]);
        }
    }
}
