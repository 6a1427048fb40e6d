/** Frames over MQTT 3.1.1 and 5 (protocol section 8): bytes in, bytes out, nothing decided. */
@org.jspecify.annotations.NullMarked
package io.otakey.gateway.transport.mqtt;
