package io.otakey.gateway.metric;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.config.MeterFilter;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Keeps labels that operators give values to from growing without end: what is new when there are
 * as many as allowed shares one value with all others of its kind. Thread-safe.
 */
final class BoundedLabels implements MeterFilter {
  private static final Map<String, Metric> METRICS =
      Arrays.stream(Metric.values()).collect(Collectors.toMap(Metric::id, Function.identity()));

  private final Map<Label, Set<String>> known = new EnumMap<>(Label.class);

  BoundedLabels() {
    for (Label label : Label.values()) {
      known.put(label, ConcurrentHashMap.newKeySet());
    }
  }

  @Override
  public Meter.Id map(Meter.Id id) {
    Metric metric = METRICS.get(id.getName());
    if (metric == null) {
      return id;
    }
    Meter.Id bounded = id;
    for (Label label : metric.labels()) {
      String value = id.getTag(label.key());
      if (value != null && !fits(label, value)) {
        bounded = bounded.replaceTags(replaced(bounded.getTags(), label));
      }
    }
    return bounded;
  }

  private static Iterable<Tag> replaced(Iterable<Tag> tags, Label label) {
    return Tags.of(tags).and(label.key(), Label.OTHER);
  }

  /** Two threads with two new values may both get the last place. */
  private boolean fits(Label label, String value) {
    Set<String> values = known.getOrDefault(label, Set.of());
    return values.contains(value) || (values.size() < label.most() && values.add(value));
  }
}
