package io.otakey.loadgen.file;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/**
 * How large a run is. Where a file has a value it may have one for each scale; one that is left out
 * takes the next larger one's.
 */
public enum Scale {
  /** For a test. */
  TINY,
  /** A few minutes for all experiments on two cores. */
  SMALL,
  /** What documentation quotes. */
  FULL;

  /** Its key in files. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  static boolean isKey(String key) {
    return List.of(values()).stream().anyMatch(scale -> scale.key().equals(key));
  }

  /** The value of this scale, given those that are there. */
  <T> Optional<T> choose(Function<String, Optional<T>> byKey) {
    for (Scale scale : EnumSet.range(this, FULL)) {
      Optional<T> value = byKey.apply(scale.key());
      if (value.isPresent()) {
        return value;
      }
    }
    return Optional.empty();
  }
}
