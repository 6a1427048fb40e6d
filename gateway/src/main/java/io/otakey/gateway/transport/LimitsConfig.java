package io.otakey.gateway.transport;

import java.time.Duration;
import java.util.List;

/**
 * What a node takes on.
 *
 * @param maxConnections open connections of devices, all transports together
 * @param maxConnectionsPerSource of one source address (IPv6: of one /64)
 * @param connectionsPerSecondPerSource new ones, with bursts of ten seconds' worth
 * @param framesPerSecondPerSource with bursts of ten seconds' worth; more get ERROR 8
 * @param trustedSources no limit per source here: a factory line, a load balancer without PROXY
 * @param firstFrame a connection without a well-formed frame by then is closed
 * @param refusalPause an MQTT connection is not read for so long after a frame that no key
 *     authenticates; zero: it is read at once
 */
public record LimitsConfig(
    int maxConnections,
    int maxConnectionsPerSource,
    int connectionsPerSecondPerSource,
    int framesPerSecondPerSource,
    List<AddressRange> trustedSources,
    Duration firstFrame,
    Duration refusalPause) {
  /** What the gateway starts with unless told otherwise. */
  public static final LimitsConfig DEFAULT =
      new LimitsConfig(
          18_000,
          1000,
          100,
          200,
          List.of(
              AddressRange.parse("127.0.0.0/8").orElseThrow(),
              AddressRange.parse("::1").orElseThrow()),
          Duration.ofSeconds(30),
          Duration.ofMillis(10));

  /** Copies the list. */
  public LimitsConfig {
    trustedSources = List.copyOf(trustedSources);
  }
}
