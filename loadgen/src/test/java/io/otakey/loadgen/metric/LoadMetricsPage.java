package io.otakey.loadgen.metric;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** docs/metrics-loadgen.md, from the code. */
final class LoadMetricsPage {
  private static final String HEAD =
      """
      # Metrics of the load generator

      What `./otakey loadgen enroll` and `loadgen live` show at `/metrics` when they are given
      `--metrics-port`, so that a run can be watched beside the gateway under it. Made from
      `loadgen/src/main/java/io/otakey/loadgen/metric/LoadMeter.java`, and compared with what a run
      exposes. After a change:
      `mvn test -pl protocol,gateway,loadgen -Dtest='KeySourceTest,VectorTest,LoadMetersTest' -Dsurefire.failIfNoSpecifiedTests=false -Dotakey.write=true`.

      Beside these, `jvm_…`, `process_…` and `system_…` as the gateway has them ([metrics](metrics.md)).
      Every label has few values, none names a device.

      | metric | type | labels | what |
      |---|---|---|---|
      """;

  private LoadMetricsPage() {}

  static String text() {
    return HEAD
        + Arrays.stream(LoadMeter.values())
            .map(LoadMetricsPage::row)
            .collect(Collectors.joining());
  }

  private static String row(LoadMeter meter) {
    String labels =
        meter.labels().stream().map(label -> "`" + label + "`").collect(Collectors.joining(", "));
    return "| `%s` | %s | %s | %s |\n"
        .formatted(
            meter.text(), meter.kind().name().toLowerCase(Locale.ROOT), labels, meter.about());
  }
}
