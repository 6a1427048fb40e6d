package io.otakey.loadgen.live;

import io.otakey.loadgen.stats.LiveCount;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How a living fleet is at one moment.
 *
 * @param places how many devices are where, those left out that were not switched on yet
 * @param settled how many have no update under way and are logged in where they should be
 */
public record LiveStatus(
    int devices,
    double seconds,
    Map<Place, Long> places,
    long settled,
    Map<LiveCount, Long> counts) {

  /** What one lane adds. */
  record OfLane(Map<Place, Long> places, long settled) {}

  static OfLane of(LiveLane lane) {
    Map<Place, Long> places = new TreeMap<>();
    long settled = 0;
    for (Resident resident : lane.residents()) {
      Place place = resident.place();
      places.merge(place, 1L, Long::sum);
      boolean rests = place.epoch() > 0 && resident.isSettled() && resident.seat().isTaken();
      settled += rests ? 1 : 0;
    }
    return new OfLane(places, settled);
  }

  /** A count so far. */
  public long count(LiveCount what) {
    return counts.getOrDefault(what, 0L);
  }

  /**
   * How many devices have got there.
   *
   * @param platformId empty: anywhere
   * @param epoch or a later one
   */
  public long there(Optional<String> platformId, long epoch) {
    return places.entrySet().stream()
        .filter(entry -> entry.getKey().epoch() >= epoch)
        .filter(
            entry ->
                platformId.isEmpty()
                    || entry.getKey().platform().map(p -> p.id()).equals(platformId))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  /** Whether every device has got there, and is settled. */
  public boolean allThere(Optional<String> platformId, long epoch) {
    return settled == devices && there(platformId, epoch) == devices;
  }
}
