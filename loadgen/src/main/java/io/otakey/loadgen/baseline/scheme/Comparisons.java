package io.otakey.loadgen.baseline.scheme;

import io.otakey.loadgen.baseline.Comparison;
import io.otakey.loadgen.baseline.Measurement;
import io.otakey.loadgen.baseline.Scheme;
import io.otakey.loadgen.baseline.SchemeResult;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Measures schemes one after the other, each with its server running alone. */
public final class Comparisons {
  private static final String REFERENCE = "otakey-enroll";

  private final Schemes schemes;
  private final Measurement measurement;
  private final Consumer<String> progress;

  /**
   * @param progress told in a few words what is measured now
   */
  public Comparisons(Schemes schemes, Measurement measurement, Consumer<String> progress) {
    this.schemes = schemes;
    this.measurement = measurement;
    this.progress = progress;
  }

  /**
   * Measures schemes.
   *
   * @param command what to call this run
   * @param ids of the schemes, in order
   * @param withGateway whether OTA-Key could be among them
   * @throws IOException if a scheme fails a device
   */
  public Comparison run(String command, List<String> ids, boolean withGateway) throws IOException {
    String started = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    Map<String, Schemes.Start> starts = schemes.all();
    List<SchemeResult> results = new ArrayList<>();
    for (String id : ids) {
      progress.accept(id + " ...");
      Schemes.Start start = starts.get(id);
      if (start == null) {
        throw new IllegalArgumentException("no scheme " + id);
      }
      try (Scheme scheme = start.start()) {
        results.add(measurement.measure(scheme));
      }
    }
    return new Comparison(
        command,
        started,
        System.getProperty("java.version"),
        Runtime.getRuntime().availableProcessors(),
        load,
        SchemeResult.besideFirst(results, REFERENCE),
        notes(withGateway));
  }

  private static List<String> notes(boolean withGateway) {
    List<String> notes = new ArrayList<>();
    notes.add("times on networks are computed by a model, without what either side thinks about");
    if (withGateway) {
      notes.add(
          "only the gateway commits to a database and is a process of its own; the other servers"
              + " keep what they know in memory, which favours them");
    } else {
      notes.add("OTA-Key is left out, since no gateway was given: ./otakey bench baselines");
    }
    return notes;
  }
}
