package io.otakey.loadgen.live;

import io.otakey.loadgen.stats.Latency;
import io.otakey.loadgen.stats.LiveCount;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Recorder;

/** Counters of a whole fleet, and the first of its faults in words; for any thread. */
final class Tally {
  private static final int FAULTS = 20;
  private static final long LONGEST_MICROS = 3_600_000_000L;
  private static final int DIGITS = 3;

  private final Map<LiveCount, AtomicLong> counts = new EnumMap<>(LiveCount.class);
  private final List<String> faults = new ArrayList<>();
  private final Recorder answers = new Recorder(LONGEST_MICROS, DIGITS);

  Tally() {
    for (LiveCount what : LiveCount.values()) {
      counts.put(what, new AtomicLong());
    }
  }

  void count(LiveCount what) {
    counter(what).incrementAndGet();
  }

  long of(LiveCount what) {
    return counter(what).get();
  }

  Map<LiveCount, Long> all() {
    Map<LiveCount, Long> all = new EnumMap<>(LiveCount.class);
    for (LiveCount what : LiveCount.values()) {
      all.put(what, of(what));
    }
    return all;
  }

  /** A frame was answered. */
  void answered(long nanos) {
    answers.recordValue(Math.min(Math.max(nanos / 1000, 0), LONGEST_MICROS));
  }

  /** How long answers took since the last question. */
  Latency recentAnswers() {
    return Latency.of(answers.getIntervalHistogram());
  }

  /** Something that should not have happened; the first few are kept. */
  synchronized void fault(String text) {
    if (faults.size() < FAULTS) {
      faults.add(text);
    }
  }

  synchronized List<String> faults() {
    return List.copyOf(faults);
  }

  private AtomicLong counter(LiveCount what) {
    AtomicLong counter = counts.get(what);
    if (counter == null) {
      throw new IllegalStateException("no count of " + what);
    }
    return counter;
  }
}
