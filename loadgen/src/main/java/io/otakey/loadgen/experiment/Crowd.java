package io.otakey.loadgen.experiment;

import io.otakey.loadgen.node.NodeException;
import io.otakey.loadgen.stats.Glimpse;
import io.otakey.loadgen.stats.Latency;
import io.otakey.loadgen.stats.LiveResult;
import io.otakey.loadgen.stats.Result;
import java.util.List;
import java.util.Map;

/** All devices of an experiment, taken from phase to phase by one thread. */
interface Crowd extends AutoCloseable {
  /** Begins a phase; the one before is over. */
  void begin(Phase phase) throws NodeException, InterruptedException;

  /** Waits; says whether the phase is over. */
  boolean await(long millis) throws InterruptedException;

  /** Devices that are through the phase; cheap. */
  long done() throws InterruptedException;

  /** How the phase is now. */
  Glimpse glimpse() throws InterruptedException;

  /** Ends the phase; who is not through has failed. */
  void stop();

  /** What came of the phase, which is over. */
  Outcome outcome() throws InterruptedException;

  /** The proof at the end; no phase comes after it. */
  Ending ending() throws InterruptedException;

  @Override
  void close();

  /** A phase: its figures, and every latency. */
  record Outcome(Result.Phase load, Latency fromStart) {}

  /**
   * The end.
   *
   * @param figures that are not about phases
   * @param proof what was tried at platforms
   * @param faults in words
   */
  record Ending(
      Map<Figure, Double> figures,
      List<LiveResult.Check> proof,
      List<String> faults,
      List<String> warnings,
      String crypto) {}
}
