package io.otakey.loadgen.experiment;

import io.otakey.loadgen.node.NodeException;
import io.otakey.loadgen.stats.Glimpse;
import io.otakey.loadgen.stats.LiveResult;
import io.otakey.loadgen.stats.Result;
import io.otakey.loadgen.stats.Tally;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Devices of an experiment, taken from phase to phase by one thread. */
interface Crowd extends AutoCloseable {
  /** Begins a phase; the one before is over. */
  void begin(Phase phase) throws NodeException, InterruptedException;

  /** Waits; says whether the phase is over. */
  boolean await(long millis) throws NodeException, InterruptedException;

  /** Devices that are through the phase; cheap. */
  long done() throws NodeException, InterruptedException;

  /** How the phase is now. */
  Glimpse glimpse() throws NodeException, InterruptedException;

  /** CPU of other processes that devices are in, in seconds; as of the last glimpse. */
  default double cpuElsewhere() {
    return 0;
  }

  /** Ends the phase; who is not through has failed. */
  void stop() throws NodeException;

  /** What came of the phase, which is over. */
  Outcome outcome() throws NodeException, InterruptedException;

  /** The proof at the end; no phase comes after it. */
  Ending ending() throws NodeException, InterruptedException;

  @Override
  void close();

  /**
   * Devices of one group.
   *
   * @param devices how many the phase was for
   */
  record Part(String group, int devices, Tally tally) {}

  /** A phase. */
  record Outcome(List<Part> parts, double seconds) {
    /** All devices together. */
    Tally all() {
      Tally sum = new Tally();
      parts.forEach(part -> sum.add(part.tally()));
      return sum;
    }

    /** All devices together, in figures. */
    Result.Phase load(String name) {
      return all().summary(name, parts.stream().mapToInt(Part::devices).sum(), seconds);
    }

    /** Each group by itself, those of one name together. */
    List<Result.Phase> groups() {
      Map<String, Part> byName = new LinkedHashMap<>();
      for (Part part : parts) {
        Part before = byName.get(part.group());
        Tally sum = new Tally();
        sum.add(part.tally());
        if (before != null) {
          sum.add(before.tally());
        }
        int devices = part.devices() + (before == null ? 0 : before.devices());
        byName.put(part.group(), new Part(part.group(), devices, sum));
      }
      return byName.values().stream()
          .map(part -> part.tally().summary(part.group(), part.devices(), seconds))
          .toList();
    }
  }

  /**
   * The end.
   *
   * @param figures that are not about phases
   * @param groups the same of each group by itself
   * @param proof what was tried at platforms
   * @param faults in words
   */
  record Ending(
      Map<Figure, Double> figures,
      Map<String, Map<Figure, Double>> groups,
      List<LiveResult.Check> proof,
      List<String> faults,
      List<String> warnings,
      String crypto) {}
}
