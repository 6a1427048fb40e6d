package io.otakey.loadgen.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.otakey.loadgen.stats.Latency;
import io.otakey.loadgen.stats.Result;
import io.otakey.loadgen.stats.Trial;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.HdrHistogram.HistogramLogReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reports of a run that is made up here. */
class TrialFilesTest {
  @TempDir private Path folder;

  private static Trial trial(double p99) {
    Latency latency = new Latency();
    for (int i = 1; i <= 1000; i++) {
      latency.record(i * 1_000_000L);
    }
    List<Trial.Point> points = new ArrayList<>();
    for (double value : new double[] {0, 0.5}) {
      Result.Phase load =
          new Result.Phase(
              "enroll",
              1000,
              999,
              1,
              0,
              0,
              0,
              0,
              2.5,
              400,
              latency.summary(),
              latency.summary(),
              Map.of(),
              141_000,
              130_000);
      points.add(
          new Trial.Point(
              value,
              "loss " + value,
              List.of(
                  new Trial.Phase(
                      "enroll",
                      "enroll",
                      0,
                      load,
                      List.of(load, named(load, "others")),
                      List.of(new double[] {0, 1}, new double[] {99.9, 5000}),
                      Map.of("ERROR 8 busy", 7L),
                      new Trial.Cost(1.5, 0.7, 1, 300_000_000, 12.5))),
              List.of(sample(0.5), sample(1)),
              List.of(new Trial.Event(0.7, "gateway kill <&>")),
              Map.of("bricked", value, "p50", 500.0, "p99", p99, "rate", 400.0),
              List.of(),
              List.of(scheme("otakey-rotate-mqtt", true, 1115), scheme("est", false, 3807))));
    }
    return new Trial(
        "made-up",
        "a <script> & a \"quote\"",
        "tiny",
        1,
        "./otakey loadgen run x.yaml",
        "2026-01-01T00:00:00Z",
        5,
        new Trial.Environment("a processor", 2, 1, "Linux", "Java 17", "c", "a proxy", "abc", 1),
        "loss",
        points,
        List.of(new Trial.Verdict("bricked == 0", "loss 0.5", false, "bricked is 0.5")),
        List.of("something to think of"));
  }

  private static Result.Phase named(Result.Phase load, String name) {
    return new Result.Phase(
        name,
        load.devices(),
        load.done(),
        load.failed(),
        0,
        0,
        0,
        0,
        load.seconds(),
        load.perSecond(),
        load.fromStart(),
        load.fromFirstFrame(),
        Map.of(),
        0,
        0);
  }

  private static Trial.Scheme scheme(String id, boolean own, double bytes) {
    return new Trial.Scheme(
        id,
        id,
        own,
        true,
        false,
        371,
        bytes,
        4,
        1.5,
        2000,
        List.of(new Trial.Time("ble", 540, 600), new Trial.Time("nb-iot", 6230, 9000)),
        List.of("same", "orphaned"),
        "yes");
  }

  private static Trial.Sample sample(double at) {
    return new Trial.Sample(
        at, "enroll", 10, 5, 10, 3.0, 900.0, 0.5, 0.2, 0.3, 300_000_000, Map.of("lost", 1L));
  }

  @Test
  void page_needsNothingButItself_andNothingIsMixedUp() throws Exception {
    TrialFiles.write(trial(1000), folder);
    String page = Files.readString(folder.resolve("report.html"));
    assertThat(page).doesNotContain("<script", "src=", "href=\"http", "@import", "rgb(1,2,3)");
    assertThat(page).contains("a &lt;script&gt; &amp; a &quot;quote&quot;", "kill &lt;&amp;&gt;");
    assertThat(page).contains("0 of 1 assertions held", "FAILED", "ERROR 8 busy", "seed");
    assertThat(page).contains("var(--s0)", "var(--s1)", "var(--ink-2)", "prefers-color-scheme");
    assertThat(page)
        .contains("Time of an update, nb-iot", "<td class=\"l wrap\">est</td>", "3,807");
    assertThat(page).contains("same, orphaned", "<td class=\"l wrap\">others</td>");
    assertThat(page.split("<svg", -1)).as("wide and narrow ones").hasSizeGreaterThan(16);
    Set<String> ids = new HashSet<>();
    Matcher id = Pattern.compile(" id=\"([^\"]*)\"").matcher(page);
    while (id.find()) {
      assertThat(ids.add(id.group(1))).as("%s is there once", id.group(1)).isTrue();
    }
    Matcher used = Pattern.compile("url\\(#([^)]*)\\)").matcher(page);
    while (used.find()) {
      assertThat(ids).contains(used.group(1));
    }
  }

  @Test
  void tables_haveTheRun() throws Exception {
    TrialFiles.write(trial(1000), folder);
    List<String> phases = Files.readAllLines(folder.resolve("phases.csv"));
    assertThat(phases).hasSize(3);
    assertThat(phases.get(1)).startsWith("0.00000,enroll,1000,999,1,0,0,0,2.500,500.");
    for (String file : List.of("phases.csv", "samples.csv")) {
      List<String> lines = Files.readAllLines(folder.resolve(file));
      int columns = lines.get(0).split(",", -1).length;
      assertThat(lines).allMatch(line -> line.split(",", -1).length == columns);
    }
    assertThat(Files.readAllLines(folder.resolve("samples.csv"))).hasSize(5);
    assertThat(Files.readAllLines(folder.resolve("figures.csv")))
        .contains("value,figure,number", "0.500000,p50,500", "0.500000,bricked,0.500000");
  }

  @Test
  void twoRuns_sideBySide() throws Exception {
    Path a = Files.createDirectory(folder.resolve("a"));
    Path b = Files.createDirectory(folder.resolve("b"));
    TrialFiles.write(trial(1000), a);
    TrialFiles.write(trial(2500), b);
    Comparison comparison = Comparison.of(a, b.resolve("result.json"));
    assertThat(comparison.rows())
        .filteredOn(row -> row.figure().equals("p99"))
        .hasSize(2)
        .allMatch(row -> row.ratio().orElseThrow() == 2.5)
        .allMatch(row -> row.text(row.b()).equals("2.5 s"));
    assertThat(comparison.page()).contains("2.50 ×", "made-up", "scale tiny");
    assertThat(comparison.notes())
        .as("what is asserted in both")
        .containsExactly("A: 1 of 1 assertions did not hold", "B: 1 of 1 assertions did not hold");
  }

  @Test
  void unlikeRuns_areToldFromEachOther() throws Exception {
    Trial one = trial(1000);
    Path a = Files.createDirectory(folder.resolve("a"));
    Path b = Files.createDirectory(folder.resolve("b"));
    TrialFiles.write(one, a);
    TrialFiles.write(
        new Trial(
            "other",
            one.about(),
            "small",
            one.seed(),
            one.command(),
            one.started(),
            one.seconds(),
            new Trial.Environment(
                "another processor", 64, 1, "Linux", "Java 17", "c", "netem of it", "abc", 1),
            null,
            List.of(alone(one.points().get(0))),
            List.of(),
            List.of()),
        b);
    Comparison comparison = Comparison.of(a, b);
    assertThat(comparison.notes())
        .hasSize(6)
        .anyMatch(note -> note.contains("had the kernel's netem, the other a proxy"))
        .anyMatch(note -> note.startsWith("A is made-up and B is other: figures of one name"))
        .anyMatch(note -> note.startsWith("A is of scale tiny and B of scale small"))
        .anyMatch(note -> note.equals("A and B ran on different machines"))
        .anyMatch(note -> note.startsWith("A and B have no value of what they vary in common"))
        .anyMatch(note -> note.startsWith("A: 1 of 1 assertions"));
    assertThat(comparison.page()).contains("Compare with care", "ran on different machines");
  }

  /** Samples end at one second, so a letter is 40 ms wide. */
  @Test
  void eventsThatAreCloseToEachOther_shareALabel() {
    Trial.Point point = trial(1000).points().get(0);
    List<Trial.Event> events =
        Stream.of(0.1, 0.2, 0.205, 0.25, 0.35, 0.4).map(at -> new Trial.Event(at, "e")).toList();
    assertThat(PointCharts.marks(with(point, events)))
        .extracting(Chart.Mark::letters)
        .containsExactly("A", "BCD", "", "", "E", "F");
  }

  private static Trial.Point with(Trial.Point point, List<Trial.Event> events) {
    return new Trial.Point(
        point.value(),
        point.label(),
        point.phases(),
        point.samples(),
        events,
        point.figures(),
        point.proof(),
        point.schemes());
  }

  private static Trial.Point alone(Trial.Point point) {
    return new Trial.Point(
        null,
        "",
        point.phases(),
        point.samples(),
        point.events(),
        Map.of("bricked", 0.0, "unproven", 3.0),
        point.proof(),
        point.schemes());
  }

  @Test
  void whatIsNoRun_isNamed() throws Exception {
    TrialFiles.write(trial(1000), folder);
    Path none = folder.resolve("nowhere");
    Path other = Files.writeString(folder.resolve("other.json"), "{\"devices\": 5}");
    Path cut = Files.writeString(folder.resolve("cut.json"), "{\"experiment\": \"e");
    assertThatThrownBy(() -> Comparison.of(folder, none))
        .hasMessage(none + " is not there; A and B are folders that ./otakey loadgen run wrote");
    for (Path wrong : List.of(other, cut)) {
      assertThatThrownBy(() -> Comparison.of(wrong, folder))
          .hasMessage(wrong + " is no result of ./otakey loadgen run");
    }
  }

  /** Each stands for itself: whoever opens one sees what it is, in colours that it has itself. */
  @Test
  void charts_areFilesOfTheirOwn() throws Exception {
    Path charts = Files.createDirectories(folder.resolve("charts"));
    Files.writeString(charts.resolve("of-an-earlier-run.svg"), "");
    TrialFiles.write(trial(2000), folder);
    try (Stream<Path> files = Files.list(charts)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .contains("latency.svg", "bricked-devices.svg", "data-of-an-update.svg")
          .doesNotContain("of-an-earlier-run.svg");
    }
    String latency = Files.readString(charts.resolve("latency.svg"));
    assertThat(latency)
        .contains(">Latency<", "the slowest phase", ">p50<", ">p99<", "prefers-color-scheme: dark");
    Matcher colour = Pattern.compile("var\\((--[a-z0-9-]+)\\)").matcher(latency);
    while (colour.find()) {
      assertThat(latency).contains(colour.group(1) + ": #");
    }
    var parsed =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(charts.resolve("data-of-an-update.svg").toFile());
    assertThat(parsed.getElementsByTagName("svg").getLength()).as("one in the other").isEqualTo(2);
  }

  @Test
  void unprovenDevices_haveATile_onlyIfThereAreAny() {
    Trial one = trial(1000);
    assertThat(TrialPage.of(one)).doesNotContain("devices unproven");
    Trial other =
        new Trial(
            one.experiment(),
            one.about(),
            one.scale(),
            one.seed(),
            one.command(),
            one.started(),
            one.seconds(),
            one.environment(),
            null,
            List.of(alone(one.points().get(0))),
            one.verdicts(),
            List.of());
    assertThat(TrialPage.of(other)).contains("<b>3</b><span>devices unproven, all runs</span>");
  }

  @Test
  void latencies_areInTheLog() throws Exception {
    Path file = folder.resolve("latency.hlog");
    try (LatencyLog log = new LatencyLog(file, 1_000_000)) {
      Latency latency = new Latency();
      latency.record(5_000_000);
      latency.record(7_000_000);
      log.add("loss 0/enroll", 1_000_500, 1_001_000, latency);
      log.add("empty", 1_001_000, 1_001_500, new Latency());
    }
    HistogramLogReader reader = new HistogramLogReader(file.toFile());
    var interval = (org.HdrHistogram.Histogram) reader.nextIntervalHistogram();
    assertThat(interval.getTotalCount()).isEqualTo(2);
    assertThat(interval.getTag()).isEqualTo("loss_0/enroll");
    assertThat(interval.getMaxValue()).isBetween(6990L, 7010L);
    assertThat(reader.hasNext()).isFalse();
    reader.close();
  }
}
