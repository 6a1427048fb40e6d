package io.otakey.loadgen.stats;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that an experiment found out; terminal, HTML, CSV and JSON show the same. Times are
 * milliseconds where nothing else is said.
 *
 * @param scale how large it was
 * @param command what was typed
 * @param started in UTC
 * @param varied what was varied; null: nothing
 * @param points one for each value of that
 * @param warnings what to think of when reading the figures
 */
public record Trial(
    String experiment,
    String about,
    String scale,
    long seed,
    String command,
    String started,
    double seconds,
    Environment environment,
    @Nullable String varied,
    List<Point> points,
    List<Verdict> verdicts,
    List<String> warnings) {

  /** Whether everything held that was asserted. */
  public boolean isPassed() {
    return verdicts.stream().allMatch(Verdict::holds);
  }

  /**
   * Where it ran.
   *
   * @param networks how they were played; null: devices named none
   */
  public record Environment(
      String processor,
      int cores,
      long memoryBytes,
      String system,
      String java,
      String crypto,
      @Nullable String networks,
      String commit,
      double loadAverage) {}

  /**
   * All phases, once.
   *
   * @param value of what is varied; null: nothing is
   * @param label the same for people
   * @param figures by the names that assertions use
   * @param proof what was tried at platforms at the end; empty: there were none
   * @param schemes other ways of giving devices keys, and OTA-Key in the same harness; empty: none
   *     were wanted
   */
  public record Point(
      @Nullable Double value,
      String label,
      List<Phase> phases,
      List<Sample> samples,
      List<Event> events,
      Map<String, Double> figures,
      List<LiveResult.Check> proof,
      List<Scheme> schemes) {}

  /**
   * One phase.
   *
   * @param act what devices did
   * @param groups each group of devices by itself
   * @param curve latencies from the intended start: percentile and milliseconds
   * @param failures by reason; devices try again
   */
  public record Phase(
      String name,
      String act,
      double startedAt,
      Result.Phase load,
      List<Result.Phase> groups,
      List<double[]> curve,
      Map<String, Long> failures,
      Cost cost) {}

  /**
   * What a phase took of the machine, in seconds of CPU and bytes at most.
   *
   * @param commitBatch devices in a durable commit, on average; 0: not known
   */
  public record Cost(
      double gatewayCpu,
      double databaseCpu,
      double generatorCpu,
      long gatewayMemory,
      double commitBatch) {}

  /**
   * How it was at a moment.
   *
   * @param at seconds after the first start
   * @param perSecond devices through since the sample before
   * @param p50 of these, null if there was none
   * @param gatewayCpu cores, as the others
   * @param failures so far in the phase
   */
  public record Sample(
      double at,
      String phase,
      long started,
      long done,
      double perSecond,
      @Nullable Double p50,
      @Nullable Double p99,
      double gatewayCpu,
      double databaseCpu,
      double generatorCpu,
      long gatewayMemory,
      Map<String, Long> failures) {}

  /**
   * Something that was done to the gateway or a platform, so many seconds after the first start.
   */
  public record Event(double at, String what) {}

  /**
   * A way of giving a device a key, for each device.
   *
   * @param next whether it is the next key and not the first; others than OTA-Key make no
   *     difference
   * @param own whether it is OTA-Key
   * @param clear whether the key is sent for everybody to read
   * @param applicationBytes of MQTT or HTTP, both ways
   * @param wireBytes with TLS, TCP and IP, both ways
   * @param hereMillis measured here without any network
   * @param serverMicros CPU of the server's threads that serve
   * @param times on networks, computed by a model
   * @param losses what came of each answer that was lost, in order
   * @param secrecy whether a recorded exchange stays secret when what devices share leaks later
   */
  public record Scheme(
      String id,
      String name,
      boolean own,
      boolean next,
      boolean clear,
      double applicationBytes,
      double wireBytes,
      double roundTrips,
      double hereMillis,
      double serverMicros,
      List<Time> times,
      List<String> losses,
      String secrecy) {}

  /** Computed milliseconds on a network: mean, and 95 % of the runs. */
  public record Time(String network, double mean, double p95) {}

  /**
   * Whether something held.
   *
   * @param where the point, or empty if it is about all
   * @param found the values compared
   */
  public record Verdict(String text, String where, boolean holds, String found) {}
}
