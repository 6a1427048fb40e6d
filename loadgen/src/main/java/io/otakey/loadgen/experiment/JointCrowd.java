package io.otakey.loadgen.experiment;

import io.otakey.loadgen.node.NodeException;
import io.otakey.loadgen.stats.Glimpse;
import io.otakey.loadgen.stats.LiveResult;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Several crowds through the same phases at the same time: processes, kinds of devices. */
final class JointCrowd implements Crowd {
  private final List<Crowd> crowds;

  /** Of these, at least one; they are closed with it. */
  JointCrowd(List<Crowd> crowds) {
    this.crowds = List.copyOf(crowds);
  }

  @Override
  public void begin(Phase phase) throws NodeException, InterruptedException {
    for (Crowd crowd : crowds) {
      crowd.begin(phase);
    }
  }

  @Override
  public boolean await(long millis) throws NodeException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    for (Crowd crowd : crowds) {
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (!crowd.await(Math.max(1, left))) {
        return false;
      }
    }
    return true;
  }

  @Override
  public long done() throws NodeException, InterruptedException {
    long sum = 0;
    for (Crowd crowd : crowds) {
      sum += crowd.done();
    }
    return sum;
  }

  @Override
  public Glimpse glimpse() throws NodeException, InterruptedException {
    Glimpse sum = new Glimpse();
    for (Crowd crowd : crowds) {
      sum.add(crowd.glimpse());
    }
    return sum;
  }

  @Override
  public double cpuElsewhere() {
    return crowds.stream().mapToDouble(Crowd::cpuElsewhere).sum();
  }

  @Override
  public void stop() throws NodeException {
    for (Crowd crowd : crowds) {
      crowd.stop();
    }
  }

  @Override
  public Outcome outcome() throws NodeException, InterruptedException {
    List<Part> parts = new ArrayList<>();
    double seconds = 0;
    for (Crowd crowd : crowds) {
      Outcome outcome = crowd.outcome();
      parts.addAll(outcome.parts());
      seconds = Math.max(seconds, outcome.seconds());
    }
    return new Outcome(parts, seconds);
  }

  @Override
  public Ending ending() throws NodeException, InterruptedException {
    Map<Figure, Double> figures = new EnumMap<>(Figure.class);
    Map<String, Map<Figure, Double>> groups = new LinkedHashMap<>();
    List<LiveResult.Check> proof = new ArrayList<>();
    List<String> faults = new ArrayList<>();
    List<String> warnings = new ArrayList<>();
    String crypto = "";
    for (Crowd crowd : crowds) {
      Ending ending = crowd.ending();
      merge(figures, ending.figures());
      ending
          .groups()
          .forEach(
              (name, own) ->
                  merge(groups.computeIfAbsent(name, n -> new EnumMap<>(Figure.class)), own));
      proof.addAll(ending.proof());
      faults.addAll(ending.faults());
      warnings.addAll(ending.warnings());
      crypto = crypto.isEmpty() ? ending.crypto() : crypto;
    }
    return new Ending(figures, groups, proof, faults, warnings, crypto);
  }

  private static void merge(Map<Figure, Double> into, Map<Figure, Double> more) {
    more.forEach((figure, value) -> into.merge(figure, value, figure::merged));
  }

  @Override
  public void close() {
    crowds.forEach(Crowd::close);
  }
}
