package io.otakey.loadgen.metric;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.loadgen.stats.Tally;
import io.otakey.protocol.WrittenFile;
import io.otakey.protocol.wire.Refusal;
import io.otakey.protocol.wire.RequestType;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What phases show, and the page that says so. */
class LoadMetersTest {
  private static final Pattern SERIES =
      Pattern.compile("^(otakey_[a-z_]+?)(_bucket|_sum|_count|_max)?(?:\\{(.*)\\})? ");

  private final LoadMeters meters = new LoadMeters();

  @AfterEach
  void close() {
    meters.close();
  }

  @Test
  void page_isTheCode() throws IOException {
    WrittenFile.assertHolds("docs/metrics-loadgen.md", LoadMetricsPage.text());
  }

  @Test
  void counters_goOnFromPhaseToPhase_andDevicesAreOfThePresentOne() throws Exception {
    meters.begins("enroll", 5);
    Tally enrolling = phase(3);
    meters.sees(enrolling.glimpse());
    meters.sees(enrolling.glimpse());
    meters.begins("rotate", 5);
    meters.sees(phase(2).glimpse());
    assertThat(lines())
        .contains(
            "otakey_loadgen_events_total{event=\"enrolled\"} 3.0",
            "otakey_loadgen_events_total{event=\"rotations\"} 2.0",
            "otakey_loadgen_devices{state=\"planned\"} 5.0",
            "otakey_loadgen_devices{state=\"started\"} 2.0",
            "otakey_loadgen_devices{state=\"done\"} 2.0",
            "otakey_loadgen_frames_total 5.0",
            "otakey_loadgen_failures_total{reason=\"error_8_busy\"} 5.0",
            "otakey_loadgen_failures_total{reason=\"connection_lost\"} 5.0",
            "otakey_loadgen_starts_late_total{why=\"held\"} 5.0",
            "otakey_loadgen_latency_seconds_bucket{of=\"enroll\",le=\"0.005\"} 3",
            "otakey_loadgen_latency_seconds_bucket{of=\"enroll\",le=\"0.002\"} 0");
  }

  @Test
  void whatIsExposed_isOnThePage() throws Exception {
    meters.begins("enroll", 1);
    meters.sees(phase(1).glimpse());
    Set<String> exposed = new TreeSet<>();
    for (String line : lines()) {
      Matcher series = SERIES.matcher(line);
      if (series.find()) {
        String labels = series.group(3) == null ? "" : series.group(3);
        exposed.add(
            series.group(1)
                + Arrays.stream(labels.split(",", -1))
                    .map(label -> label.replaceFirst("=.*", ""))
                    .filter(label -> !label.equals("le"))
                    .toList());
      }
    }
    assertThat(exposed)
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(LoadMeter.values())
                .filter(meter -> meter != LoadMeter.DEVICES_AT) // of a living fleet
                .map(meter -> meter.text() + meter.labels())
                .collect(Collectors.toCollection(TreeSet::new)));
  }

  /** So many devices that all went through the same: late, refused, cut off, and there in 3 ms. */
  private static Tally phase(int devices) {
    Tally tally = new Tally();
    for (int i = 0; i < devices; i++) {
      tally.started(60_000_000, true);
      tally.frames(RequestType.ENROLL).sent(10);
      tally.frames(RequestType.ENROLL).refused(Refusal.BUSY);
      tally.frames(RequestType.ENROLL).lost();
      tally.took(3_000_000, 2_000_000);
      tally.done();
    }
    return tally;
  }

  private List<String> lines() throws InterruptedException {
    return meters.scrape().lines().toList();
  }
}
