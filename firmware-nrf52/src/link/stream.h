/* What gateway's and platform's connection share: from the MQTT codec to the stream. */
#ifndef OTAKEY_LINK_STREAM_H
#define OTAKEY_LINK_STREAM_H

#include "otakey/link.h"

/* Writes what the codec has to say, as far as the stream takes it now. False: the stream is gone. */
bool otakey_stream_give(const struct otakey_stream *stream, struct otakey_mqtt *mqtt);

#endif
