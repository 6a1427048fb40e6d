package io.otakey.loadgen.baseline.scheme;

import io.netty.channel.EventLoop;
import io.otakey.loadgen.baseline.Scheme;
import io.otakey.loadgen.device.VirtualDevice.Goal;
import io.otakey.loadgen.link.Transport;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Every scheme there is, by id, in the order in which they are shown; none runs yet. */
public final class Schemes {
  private final Map<String, Start> starts = new LinkedHashMap<>();

  /** Starts a scheme's server. */
  @FunctionalInterface
  public interface Start {
    /** Starts it; its user closes it. */
    Scheme start() throws IOException;
  }

  /**
   * OTA-Key where there is a gateway, and the others.
   *
   * @param loop for what is not measured
   */
  public Schemes(Optional<GatewayUnderTest> gateway, EventLoop loop) {
    gateway.ifPresent(to -> addOtaKey(to, loop));
    starts.put("est", EstScheme::new);
    starts.put("claim", ClaimScheme::new);
    starts.put("dps", DpsScheme::new);
    starts.put("alibaba-tls", () -> new AlibabaScheme(true));
    starts.put("alibaba-plain", () -> new AlibabaScheme(false));
    starts.put("thingsboard-tls", () -> new ThingsBoardScheme(true));
    starts.put("thingsboard-plain", () -> new ThingsBoardScheme(false));
    addFirmware();
  }

  private void addOtaKey(GatewayUnderTest gateway, EventLoop loop) {
    for (Goal goal : List.of(Goal.ENROLL, Goal.ROTATE)) {
      for (Transport transport : Transport.values()) {
        for (boolean tls : new boolean[] {false, true}) {
          if (gateway.endpoint(transport, tls).isPresent()) {
            starts.put(
                OtaKeyScheme.id(transport, tls, goal),
                () -> new OtaKeyScheme(gateway, transport, tls, goal, loop));
          }
        }
      }
    }
  }

  private void addFirmware() {
    for (boolean whole : new boolean[] {true, false}) {
      for (Transport transport : Transport.values()) {
        for (int kilobytes : new int[] {256, 512}) {
          starts.put(
              FirmwareScheme.id(transport, kilobytes, whole),
              () -> new FirmwareScheme(transport, kilobytes, whole));
        }
      }
    }
  }

  /** All of them. */
  public Map<String, Start> all() {
    return Map.copyOf(starts);
  }

  /** Their ids, in order. */
  public List<String> ids() {
    return List.copyOf(starts.keySet());
  }
}
