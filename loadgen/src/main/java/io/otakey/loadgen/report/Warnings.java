package io.otakey.loadgen.report;

import io.otakey.loadgen.stats.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What the generator has against its own figures, each with what to do about it. */
public final class Warnings {
  private static final double BUSY = 0.9;
  private static final double LATE_SHARE = 0.01;

  private Warnings() {}

  /** All that apply. */
  public static List<String> of(List<Result.Phase> phases, Result.Generator generator) {
    List<String> warnings = new ArrayList<>();
    if (generator.busiestLoop() > BUSY) {
      warnings.add(
          text(
              "The generator was the bottleneck: its busiest event loop used %.0f %% of a core."
                  + " Lower the rate, or give it more loops or another machine.",
              100 * generator.busiestLoop()));
    }
    for (Result.Phase phase : phases) {
      if (phase.late() > LATE_SHARE * phase.devices()) {
        warnings.add(
            text(
                "%s: %,d devices started late by up to %.0f ms although there was room: the"
                    + " generator did not keep up with the rate.",
                phase.name(), phase.late(), phase.maxLateMillis()));
      }
      if (phase.held() > 0) {
        warnings.add(
            text(
                "%s: %,d devices were held back because too many were in flight; latencies count"
                    + " from the intended start. The rate is above what gateway and generator can"
                    + " do together, or too few may be in flight.",
                phase.name(), phase.held()));
      }
      if (phase.dropped() > 0) {
        warnings.add(
            text(
                "%s: %,d devices never started: the phase was given up before.",
                phase.name(), phase.dropped()));
      }
    }
    return warnings;
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
