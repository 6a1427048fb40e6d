package io.otakey.gateway.metric;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;

/** docs/metrics.md, from the code. */
final class MetricsPage {
  private static final String HEAD =
      """
      # Metrics

      What `/metrics` exposes, and all of it: a contract with dashboards, rules and whatever else
      reads it. Made from `gateway/src/main/java/io/otakey/gateway/metric/Metric.java`, through which
      alone the gateway measures; a test compares it with what a gateway under load exposes. After a
      change:
      `mvn test -pl protocol,gateway -Dtest='KeySourceTest,VectorTest,MetricsPageTest' -Dsurefire.failIfNoSpecifiedTests=false -Dotakey.write=true`.

      - A *histogram* has the series `_bucket` (with `le`), `_sum` and `_count`, a *summary* the last
        two; both have a gauge `_max`, the largest value of the last minutes.
      - Series of one node add up, unless their meaning says otherwise. Those under *Fleet* are of the
        whole installation and exposed by **one** node, which counts the fleet for all of them every
        `census.every` (60 s), or less often, so that counting takes the database no more than a
        fiftieth of the time; take `max` of them. While no node counts, they are absent.
      - Series appear when there is something to count: a refusal that has never happened has none.
      - No label has values without end: each has the values below, or a number of them beyond which
        all others are `_other`. No label names a device.
      - Rules of `grafana/prometheus/recording.yml` add series of their own, `otakey:WHAT:HOW`.

      """;

  private static final String LABELS =
      """
      ## Labels
      Every label's values, by its key and where it is used.

      | label | of | values |
      |---|---|---|
      """;

  private static final String RESOURCES =
      """

      ### Values of `resource`
      | resource | what is counted | limit |
      |---|---|---|
      """;

  private static final String PROCESS =
      """

      ## Process
      By Micrometer, of every node. Labels have a value for each memory pool, collector, cause and
      thread state that the JVM has.

      | metric | type | labels | what |
      |---|---|---|---|
      """;

  private MetricsPage() {}

  static String text() {
    return HEAD
        + Arrays.stream(Metric.Area.values())
            .map(MetricsPage::area)
            .collect(Collectors.joining("\n"))
        + resources()
        + process()
        + "\n"
        + buckets()
        + LABELS
        + Arrays.stream(Label.values()).map(MetricsPage::label).collect(Collectors.joining());
  }

  private static String area(Metric.Area area) {
    return "## %s\n| metric | type | labels | what |\n|---|---|---|---|\n".formatted(area.title())
        + Arrays.stream(Metric.values())
            .filter(metric -> metric.area() == area)
            .map(MetricsPage::line)
            .collect(Collectors.joining());
  }

  private static String line(Metric metric) {
    return row(
        code(metric.prometheusName()),
        type(metric.form()),
        keys(metric.labels().stream().map(Label::key).toList()),
        metric.meaning());
  }

  private static String type(Form form) {
    return switch (form) {
      case COUNTER -> "counter";
      case GAUGE, BYTES, SECONDS -> "gauge";
      case LATENCY, CALL, SIZE -> "histogram " + form.name();
      case TIME -> "summary";
    };
  }

  private static String resources() {
    return RESOURCES
        + Arrays.stream(Resource.values())
            .map(r -> row(code(r.label()), r.meaning(), r.limit()))
            .collect(Collectors.joining())
        + row(
            "`batch_platform_…`",
            "grants that wait for a platform, by its id",
            "platforms.maxWaiting in each of its lanes");
  }

  private static String process() {
    return PROCESS
        + ProcessMeters.BY_MICROMETER.stream()
            .map(m -> row(code(m.name()), m.type(), keys(m.labels()), m.meaning()))
            .collect(Collectors.joining());
  }

  private static String buckets() {
    return "## Buckets\n| histogram | upper bounds |\n|---|---|\n"
        + Arrays.stream(Form.values())
            .filter(Form::hasBuckets)
            .map(form -> row(form.name(), bounds(form)))
            .collect(Collectors.joining())
        + "\n";
  }

  private static String bounds(Form form) {
    String bounds =
        DoubleStream.of(form.bounds())
            .mapToObj(bound -> code(String.valueOf(bound)))
            .collect(Collectors.joining(", "));
    return bounds + (form.suffix().isEmpty() ? "" : " s");
  }

  private static String label(Label label) {
    String of =
        Arrays.stream(Metric.values())
            .filter(metric -> metric.labels().contains(label))
            .map(metric -> code(metric.prometheusName()))
            .collect(Collectors.joining(", "));
    String values =
        label.listed().isEmpty()
            ? label.bound() + "; at most " + label.most()
            : label.listed().stream().map(MetricsPage::code).collect(Collectors.joining(", "));
    return row(code(label.key()), of, values);
  }

  private static String keys(List<String> keys) {
    return keys.stream().map(MetricsPage::code).collect(Collectors.joining(", "));
  }

  private static String code(String text) {
    return "`" + text + "`";
  }

  private static String row(String... cells) {
    return "| " + String.join(" | ", cells) + " |\n";
  }
}
