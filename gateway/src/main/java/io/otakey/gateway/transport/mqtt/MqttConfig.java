package io.otakey.gateway.transport.mqtt;

/**
 * One MQTT listener.
 *
 * @param enabled whether it listens
 * @param host address to bind
 * @param port 0 = any free one
 * @param tls whether it speaks TLS
 * @param proxyProtocol every connection begins with a PROXY protocol header (v1 or v2)
 */
public record MqttConfig(
    boolean enabled, String host, int port, boolean tls, boolean proxyProtocol) {}
