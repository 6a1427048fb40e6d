/** Connections to a gateway over MQTT and HTTP. */
@org.jspecify.annotations.NullMarked
package io.otakey.loadgen.link;
