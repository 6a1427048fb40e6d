package io.otakey.loadgen.baseline;

import io.otakey.loadgen.network.TimeModel;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one scheme takes for one device; bytes and CPU are means over the devices.
 *
 * @param devices that were counted
 * @param application bytes of MQTT or HTTP, before TLS
 * @param socket bytes of the TCP streams, as counted at the sockets
 * @param wire the same with TCP's and IP's headers, by the model of {@code Headers}
 * @param roundTrips times that the device waits, TCP's and TLS's handshakes included
 * @param packets on the wire both ways, by the same model
 * @param loopbackMillis measured here without any network, mean
 * @param cpu of the server
 * @param cpuRatio serving CPU beside that of the first OTA-Key scheme of the same run; null if none
 *     ran
 * @param times for each network; computed, not measured
 * @param losses what came of each answer that was lost, in order
 */
public record SchemeResult(
    String id,
    String name,
    boolean tls,
    int devices,
    Bytes application,
    Bytes socket,
    Bytes wire,
    double roundTrips,
    double packets,
    double loopbackMillis,
    Cpu cpu,
    @Nullable Double cpuRatio,
    List<TimeModel.Computed> times,
    List<Loss> losses,
    Scheme.Secrecy secrecy,
    String secrecyReason) {

  /** Bytes from and to the device. */
  public record Bytes(double up, double down) {
    /** Both ways. */
    public double total() {
      return up + down;
    }
  }

  /**
   * Microseconds of CPU for each device.
   *
   * @param serving of the threads that serve connections
   * @param process null where the server shares this process
   * @param database null where there is none
   */
  public record Cpu(double serving, @Nullable Double process, @Nullable Double database) {}

  /**
   * One answer was taken from the device, which then tried again.
   *
   * @param answer its number in the exchange, from 1; the last one ends the exchange
   */
  public record Loss(int answer, boolean last, Outcome outcome, int issued, int valid) {}

  /** What a lost answer led to. */
  public enum Outcome {
    /** There was one credential at all times, and the device has it. */
    SAME,
    /** The device has another one; the first is void. */
    REPLACED,
    /** The device has another one; the first stays valid, and nobody has it. */
    ORPHANED,
    /** The device has none, and gets none without an operator. */
    WITHOUT
  }

  /** The same results with ratios to the first whose id begins so, if there is one. */
  public static List<SchemeResult> besideFirst(List<SchemeResult> results, String prefix) {
    return results.stream()
        .filter(result -> result.id().startsWith(prefix))
        .findFirst()
        .map(first -> results.stream().map(result -> result.beside(first)).toList())
        .orElse(results);
  }

  private SchemeResult beside(SchemeResult reference) {
    return new SchemeResult(
        id,
        name,
        tls,
        devices,
        application,
        socket,
        wire,
        roundTrips,
        packets,
        loopbackMillis,
        cpu,
        cpu.serving() / reference.cpu.serving(),
        times,
        losses,
        secrecy,
        secrecyReason);
  }
}
