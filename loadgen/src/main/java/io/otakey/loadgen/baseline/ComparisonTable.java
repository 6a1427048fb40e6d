package io.otakey.loadgen.baseline;

import io.otakey.loadgen.network.TimeModel;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A comparison for people: what it takes, how long that would last, what a lost answer does. */
public final class ComparisonTable {
  private final PrintWriter out;

  /** A table on this writer. */
  public ComparisonTable(PrintWriter out) {
    this.out = out;
  }

  /** Prints everything. */
  public void print(Comparison comparison) {
    List<SchemeResult> schemes = comparison.schemes();
    taken(schemes);
    times(schemes);
    losses(schemes);
    comparison.notes().forEach(note -> out.println("note: " + note));
    out.flush();
  }

  private void taken(List<SchemeResult> schemes) {
    line(
        "%-34s %17s %17s %17s %6s %10s %9s %7s",
        "for each device",
        "application",
        "socket",
        "with TCP/IP",
        "round",
        "here",
        "server",
        "to OTA-");
    line(
        "%-34s %17s %17s %17s %6s %10s %9s %7s",
        "", "up / down", "up / down", "up / down", "trips", "ms", "CPU us", "Key");
    for (SchemeResult scheme : schemes) {
      line(
          "%-34s %17s %17s %17s %6.1f %10.2f %9.0f %7s",
          scheme.id(),
          bytes(scheme.application()),
          bytes(scheme.socket()),
          bytes(scheme.wire()),
          scheme.roundTrips(),
          scheme.loopbackMillis(),
          scheme.cpu().serving(),
          ratio(scheme.cpuRatio()));
    }
    out.println();
    for (SchemeResult scheme : schemes) {
      if (scheme.cpu().process() != null) {
        line(
            "%-34s process with compiler and collector %.0f us, database %s us",
            scheme.id(),
            scheme.cpu().process(),
            scheme.cpu().database() == null ? "?" : number(scheme.cpu().database()));
      }
    }
    out.println();
  }

  private void times(List<SchemeResult> schemes) {
    String networks =
        schemes.stream()
            .limit(1)
            .flatMap(scheme -> scheme.times().stream())
            .map(time -> String.format(Locale.ROOT, "%18s", time.network()))
            .collect(Collectors.joining());
    line("%-34s%s", "computed seconds, mean / p95", networks);
    for (SchemeResult scheme : schemes) {
      String times =
          scheme.times().stream().map(ComparisonTable::seconds).collect(Collectors.joining());
      line("%-34s%s", scheme.id(), times);
    }
    out.println();
  }

  private void losses(List<SchemeResult> schemes) {
    line(
        "%-34s %-30s %s", "an answer is lost, then a retry", "outcome, answer by answer", "secret");
    for (SchemeResult scheme : schemes) {
      String outcomes =
          scheme.losses().stream()
              .map(loss -> loss.outcome().name().toLowerCase(Locale.ROOT))
              .collect(Collectors.joining(", "));
      line(
          "%-34s %-30s %s: %s",
          scheme.id(),
          outcomes,
          scheme.secrecy().name().toLowerCase(Locale.ROOT).replace('_', ' '),
          scheme.secrecyReason());
    }
    out.println();
  }

  private static String seconds(TimeModel.Computed time) {
    return String.format(
        Locale.ROOT,
        "%18s",
        number(time.millis() / 1000) + " / " + number(time.p95Millis() / 1000));
  }

  private static String bytes(SchemeResult.Bytes bytes) {
    return String.format(Locale.ROOT, "%,.0f / %,.0f", bytes.up(), bytes.down());
  }

  private static String ratio(@Nullable Double ratio) {
    return ratio == null ? "-" : String.format(Locale.ROOT, "%.2f", ratio);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, value < 100 ? "%.2f" : "%,.0f", value);
  }

  private void line(String format, Object... values) {
    out.println(String.format(Locale.ROOT, format, values).stripTrailing());
  }
}
