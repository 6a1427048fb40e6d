#include "stream.h"

bool otakey_stream_give(const struct otakey_stream *stream, struct otakey_mqtt *mqtt)
{
    struct otakey_span output;
    while ((output = otakey_mqtt_output(mqtt)).size > 0) {
        int taken = stream->write(stream->context, output.data, output.size);
        if (taken <= 0) {
            return taken == 0;
        }
        otakey_mqtt_sent(mqtt, (size_t)taken);
    }
    return true;
}
