package io.otakey.loadgen.live;

import io.otakey.loadgen.link.Platform;
import java.util.Optional;

/**
 * Where a device is.
 *
 * @param platform empty: on none
 * @param epoch of its confirmed key; 0: it has none
 */
public record Place(Optional<Platform> platform, long epoch) implements Comparable<Place> {
  @Override
  public int compareTo(Place other) {
    int byName = name().compareTo(other.name());
    return byName != 0 ? byName : Long.compare(epoch, other.epoch);
  }

  private String name() {
    return platform.map(Platform::toString).orElse("");
  }

  @Override
  public String toString() {
    if (epoch == 0) {
      return "not enrolled";
    }
    return platform.map(Platform::id).orElse("no platform") + ", epoch " + epoch;
  }
}
