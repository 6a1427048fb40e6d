package io.otakey.loadgen.live;

import io.otakey.loadgen.stats.LiveCount;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** Counters of a whole fleet, and the first of its faults in words; for any thread. */
final class Tally {
  private static final int FAULTS = 20;

  private final Map<LiveCount, AtomicLong> counts = new EnumMap<>(LiveCount.class);
  private final List<String> faults = new ArrayList<>();

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
