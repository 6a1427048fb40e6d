package io.otakey.loadgen.live;

import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.link.Trust;
import io.otakey.loadgen.scenario.IdRange;
import io.otakey.protocol.device.Firmware;
import io.otakey.protocol.device.Timing;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a living fleet is to do.
 *
 * @param rate devices that are switched on per second
 * @param gateways MQTT listeners of the nodes, at least one; connections go to them in turn
 * @param connections to the gateway, which the devices share
 * @param loginsInFlight logins to platforms under way at a time
 * @param sources local addresses in turn
 * @param stays whether devices hold their platform session, or only log in with each new key
 * @param listens whether its sessions listen for word that something waits at the gateway
 * @param probeRate logins per second that only see whether a device's credential works
 */
public record LivePlan(
    Firmware firmware,
    IdRange ids,
    int devices,
    double rate,
    List<Endpoint> gateways,
    Optional<Trust> tls,
    int qos,
    int connections,
    int loginsInFlight,
    int loops,
    List<String> sources,
    boolean stays,
    boolean listens,
    double probeRate,
    Timing timing,
    long seed) {
  /** The image of devices that speak plain MQTT to platforms, and give other connections up. */
  public static Firmware onPlainPlatforms(Firmware image) {
    return new Firmware(
        image.productId(),
        image.productKeyVersion(),
        image.productKey(),
        image.gatewayKeys(),
        image.gatewayAddresses(),
        image.version(),
        Set.of("mqtt"));
  }
}
