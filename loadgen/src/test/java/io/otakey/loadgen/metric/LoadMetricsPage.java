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

  private static final String TAIL =
      """

      ## When a run looks wrong
      - *Late starts*, or a generator that uses more than half of the machine's cores: its latencies
        are its own. Lower `--rate`, or run it elsewhere; one process has `--loops` event loops.
      - *Held starts*: more devices are under way than `--in-flight` allows. The gateway is slower than
        the rate; that is a finding, not a fault of the generator.
      - *Failures*: `connection_lost` is the network, the gateway's limits per source or its end;
        `error_8_busy` is overload, or a gateway that holds devices off ([operations](operations.md#what-it-does-when-things-go-wrong)).
      - *Outages*: a device was without a credential that works. There must never be one: keep the
        result (`--json`) and the gateway's log, and report it.
      """;

  private LoadMetricsPage() {}

  static String text() {
    return HEAD
        + Arrays.stream(LoadMeter.values()).map(LoadMetricsPage::row).collect(Collectors.joining())
        + TAIL;
  }

  private static String row(LoadMeter meter) {
    String labels =
        meter.labels().stream().map(label -> "`" + label + "`").collect(Collectors.joining(", "));
    return "| `%s` | %s | %s | %s |\n"
        .formatted(
            meter.text(), meter.kind().name().toLowerCase(Locale.ROOT), labels, meter.about());
  }
}
