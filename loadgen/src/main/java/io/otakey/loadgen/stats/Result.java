package io.otakey.loadgen.stats;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that a run found out; terminal and JSON show the same.
 *
 * @param command the options that made it
 * @param crypto provider of X25519
 * @param devices how many there were to be
 * @param enrolled how many hold a confirmed key
 * @param failed how many never got one
 * @param proven how many the gateway accepted under their own key at the end; null if not asked
 * @param bricked of which the gateway serves no key at the end; null if not asked
 * @param unproven hold a key of which neither came out in time; null if not asked
 * @param pushed NOTICEs that came unasked to devices that stay; null if none
 * @param warnings what to think of when reading the figures
 */
public record Result(
    String command,
    String crypto,
    int devices,
    long enrolled,
    long failed,
    @Nullable Long proven,
    @Nullable Long bricked,
    @Nullable Long unproven,
    List<Phase> phases,
    Sockets sockets,
    Generator generator,
    @Nullable Pushed pushed,
    List<String> warnings) {

  /** Whether every device ended enrolled and reached the goal of every phase. */
  public boolean isPerfect() {
    return enrolled == devices && phases.stream().allMatch(phase -> phase.done() == devices);
  }

  /**
   * NOTICEs that came unasked.
   *
   * @param devices that got one under their own key
   * @param firstAt milliseconds since 1970
   * @param lastAt milliseconds since 1970
   */
  public record Pushed(long devices, long firstAt, long lastAt) {}

  /**
   * One pass over all devices.
   *
   * @param dropped never started before the timeout
   * @param late started over 50 ms after their time although there was room
   * @param held started late because too many were in flight
   * @param fromStart from the intended start to the end, milliseconds
   * @param fromFirstFrame from the first frame, milliseconds
   * @param frameBytesOut bytes of frames alone
   */
  public record Phase(
      String name,
      int devices,
      long done,
      long failed,
      long dropped,
      long late,
      long held,
      double maxLateMillis,
      double seconds,
      double perSecond,
      Quantiles fromStart,
      Quantiles fromFirstFrame,
      Map<String, Frames> frames,
      long frameBytesOut,
      long frameBytesIn) {}

  /**
   * The requests of one type.
   *
   * @param unanswered sent without an answer, repeated or given up
   * @param lost of these, because the connection went away
   */
  public record Frames(
      long sent,
      long answered,
      long unanswered,
      long lost,
      long bytesOut,
      long bytesIn,
      Map<String, Long> refusals,
      Quantiles latency) {}

  /** Milliseconds. */
  public record Quantiles(
      long count, double p50, double p90, double p99, double p999, double max) {}

  /** Bytes at the socket: frames and what MQTT or HTTP add, without TCP and IP. */
  public record Sockets(
      long connections,
      long connectFailures,
      long connectionsLost,
      long strangeAnswers,
      long bytesOut,
      long bytesIn) {}

  /**
   * The cost of the generator itself.
   *
   * @param cpuSeconds of the process, user and system
   * @param cpuMicrosPerDevice the same for each device
   * @param busiestLoop share of a core that the busiest event loop used while devices were enrolled
   */
  public record Generator(
      int processors, double cpuSeconds, double cpuMicrosPerDevice, double busiestLoop) {}
}
