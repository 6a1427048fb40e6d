package io.otakey.protocol.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * I1 to I5 under loss, duplication, reordering, delay, replay, crashes, power cuts and operators.
 */
class InvariantsTest {
  private static final int ACTIONS = 80;
  private static final int WALKS_UNTIL_FOUND = 4000;

  /** Walks that find what is rare, with which the search for it begins. */
  private static final Map<Seeded, Integer> FINDERS =
      Map.of(
          Seeded.BEHIND_SAYS_SUPERSEDED, 1078,
          Seeded.EXPECTED_DISOWNS_ITS_KEY, 582,
          Seeded.ABANDON_KEEPS_ATTEMPT, 119,
          Seeded.BARRED_SAYS_SUPERSEDED, 113);

  /** As many walks as jqwik tries by default; {@code ./otakey test --full} says how many. */
  @Property(shrinking = ShrinkingMode.OFF)
  void randomWalk_keepsEveryInvariantAndCalmsDown(@ForAll long seed) {
    World world = new World(seed, Seeded.NOTHING);
    world.walk(ACTIONS);
    world.calmDown();
  }

  @Test
  void randomWalks_comeEverywhere() {
    Map<Class<?>, Integer> events = new HashMap<>();
    for (int seed = 0; seed < 300; seed++) {
      World world = new World(seed, Seeded.NOTHING);
      world.walk(ACTIONS);
      world.events().forEach((event, count) -> events.merge(event, count, Integer::sum));
    }
    assertThat(events.keySet()).contains(DeviceEvent.class.getPermittedSubclasses());
    assertThat(events.values()).allMatch(count -> count > 30);
  }

  /** Each seeded fault is found, by the invariant that it breaks; some by {@link PowerCutTest}. */
  @TestFactory
  Stream<DynamicTest> seededFault_isFound() {
    return Stream.of(Seeded.values())
        .filter(seeded -> seeded != Seeded.NOTHING && !Seeded.OF_TWO_CUTS.contains(seeded))
        .map(seeded -> DynamicTest.dynamicTest(seeded.name(), () -> assertFound(seeded)));
  }

  private static void assertFound(Seeded seeded) {
    long[] seeds = new Random(1).longs(WALKS_UNTIL_FOUND).toArray();
    int first = FINDERS.getOrDefault(seeded, 0);
    for (int tried = 0; tried < WALKS_UNTIL_FOUND; tried++) {
      World world = new World(seeds[(first + tried) % WALKS_UNTIL_FOUND], seeded);
      try {
        world.walk(ACTIONS);
        world.calmDown();
      } catch (AssertionError e) {
        assertThat(e).hasMessageStartingWith(seeded.breaks());
        return;
      }
    }
    throw new AssertionError("not found in " + WALKS_UNTIL_FOUND + " walks");
  }
}
