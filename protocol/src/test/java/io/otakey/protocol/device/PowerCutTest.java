package io.otakey.protocol.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.otakey.protocol.device.MarkerLimits.Limit;
import io.otakey.protocol.wire.RequestType;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.ObjIntConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The power is cut at every single flash operation of every kind of update; and at every one that
 * decides something, and then a second time at every such one in the boot or later.
 */
class PowerCutTest {
  private static final int SEEDS = Boolean.getBoolean("otakey.full") ? 12 : 1;
  private static final int SEEDS_UNTIL_FOUND = 60;

  /** Seeds that find what is rare, where the search for it begins. */
  private static final Map<String, Integer> FINDERS =
      Map.of(
          Seeded.BLANK_BELIEVED.name(), 5,
          Seeded.STORED2_UNFINISHED.name(), 2,
          Limit.BOTH_WAVER.name(), 1);

  private record Scenario(String name, Consumer<Bench> before, Consumer<Bench> trigger) {}

  private static final List<Scenario> SCENARIOS =
      List.of(
          new Scenario("enroll", bench -> {}, bench -> {}),
          new Scenario("rotate", Bench::runToPeace, PowerCutTest::rotate),
          new Scenario(
              "rotate after a power-on",
              bench -> {
                bench.runToPeace();
                rotate(bench);
                bench.runToPeace();
                bench.powerCycle();
              },
              PowerCutTest::rotate),
          new Scenario(
              "abandon an unreachable platform",
              bench -> {
                bench.runToPeace();
                bench.gateway.move(SimGateway.Moves.ALWAYS);
                bench.login = LoginResult.UNREACHABLE;
              },
              PowerCutTest::rotate),
          new Scenario(
              "move and verify",
              bench -> {
                bench.runToPeace();
                bench.gateway.move(SimGateway.Moves.ALWAYS);
              },
              PowerCutTest::rotate),
          new Scenario("two lone keys", bench -> confirmOnlyAfter(bench, 2), bench -> {}),
          new Scenario(
              "another key over the older of two",
              bench -> confirmOnlyAfter(bench, 4),
              bench -> {}));

  private static void rotate(Bench bench) {
    bench.device.orderRotation(bench.now);
  }

  /** No CONFIRM arrives until so many keys were granted; then every other one, by chance. */
  private static void confirmOnlyAfter(Bench bench, int grants) {
    Random random = new Random(grants);
    bench.network =
        (request, gateway) -> {
          boolean confirm = request.type() == RequestType.CONFIRM;
          boolean early = bench.gateway.granted.size() < grants;
          return confirm && (early || random.nextBoolean())
              ? Optional.empty()
              : Optional.of(gateway.get());
        };
  }

  @TestFactory
  Stream<DynamicTest> cutsAtFlashOperations_leaveAKeyThatTheGatewayAccepts() {
    return SCENARIOS.stream()
        .map(
            scenario ->
                DynamicTest.dynamicTest(
                    scenario.name(),
                    () -> {
                      for (int seed = 0; seed < SEEDS; seed++) {
                        cutEverywhere(scenario, seed);
                        cutTwice(scenario, seed, Seeded.NOTHING, Set.of());
                      }
                    }));
  }

  /** One cut, at every operation. */
  private static void cutEverywhere(Scenario scenario, long seed) {
    int operations = -1;
    boolean cut = true;
    while (cut) {
      operations++;
      Run run = new Run(scenario, seed, Seeded.NOTHING);
      cut = run.isCut(operations, CutFlash::cutAfter);
      run.settle();
    }
    assertThat(operations).isGreaterThan(20);
  }

  /** Two cuts, at every two operations that decide something. */
  private static void cutTwice(Scenario scenario, long seed, Seeded seeded, Set<Limit> lifted) {
    boolean cut = true;
    for (int first = 0; cut; first++) {
      boolean cutAgain = true;
      for (int second = 0; cut && cutAgain; second++) {
        Run run = new Run(scenario, seed, seeded);
        lifted.forEach(run.bench.limits::lift);
        cut = run.isCut(first, CutFlash::cutAtDecision);
        cutAgain = cut && run.isCutAgain(second);
        run.settle();
      }
    }
  }

  /**
   * Were it left wavering, it could read as blank when a rotation is under way; the device would
   * hold two unconfirmed records then, and let a third grant go over the key that the row has.
   */
  @Test
  void confirmedWordOfTheFirstKey_isMadeSureAtBoot() {
    int believed = 0;
    for (int seed = 0; seed < SEEDS_UNTIL_FOUND; seed++) {
      Bench bench = new Bench(seed);
      bench.flash.cutAtDecision(3); // after the erase, the first word and STORED: CONFIRMED
      assertThatThrownBy(bench::runToPeace).isInstanceOf(CutFlash.PowerCut.class);
      assertThat(bench.gateway.row(Bench.REF).epoch()).isEqualTo(1);
      bench.powerCycle();
      if (bench.device.isSettled()) {
        believed++;
        assertThat(bench.flash.readings()).as("nothing wavers").containsExactly(bench.flash);
      }
    }
    assertThat(believed).isPositive();
  }

  /** Each fault in how flash is treated is found by the invariant that it breaks. */
  @TestFactory
  Stream<DynamicTest> seededFault_isFound() {
    return Seeded.OF_FLASH.stream()
        .map(
            seeded ->
                DynamicTest.dynamicTest(
                    seeded.name(), () -> assertFound(seeded, Set.of(), seeded.breaks())));
  }

  /** What {@link MarkerLimits} makes easier cannot be left out. */
  @TestFactory
  Stream<DynamicTest> limitOfMarkerWords_isReal() {
    return Stream.of(Limit.values())
        .map(
            limit ->
                DynamicTest.dynamicTest(
                    limit.name(), () -> assertFound(Seeded.NOTHING, Set.of(limit), "I1")));
  }

  private static void assertFound(Seeded seeded, Set<Limit> lifted, String breaks) {
    String fault = lifted.stream().map(Limit::name).findFirst().orElse(seeded.name());
    int first = FINDERS.getOrDefault(fault, 0);
    for (int tried = 0; tried < SEEDS_UNTIL_FOUND; tried++) {
      int seed = (first + tried) % SEEDS_UNTIL_FOUND;
      for (Scenario scenario : SCENARIOS) {
        try {
          cutTwice(scenario, seed, seeded, lifted);
        } catch (AssertionError e) {
          assertThat(e).hasMessageStartingWith(breaks);
          return;
        }
      }
    }
    throw new AssertionError("not found with " + SEEDS_UNTIL_FOUND + " seeds");
  }

  /** One life with up to two cuts. */
  private static final class Run {
    private final Bench bench;
    private final Scenario scenario;

    Run(Scenario scenario, long seed, Seeded seeded) {
      this.scenario = scenario;
      bench = new Bench(seed, seeded);
    }

    /** The first cut; false if the device was at peace before. */
    boolean isCut(int after, ObjIntConsumer<CutFlash> plan) {
      scenario.before().accept(bench);
      bench.flash.watch(this::check);
      plan.accept(bench.flash, after);
      return isCut(() -> scenario.trigger().accept(bench));
    }

    /** The second cut, from the boot on. */
    boolean isCutAgain(int decisions) {
      bench.flash.powerOn();
      bench.flash.cutAtDecision(decisions);
      return isCut(() -> bench.device.powerOn(bench.now));
    }

    private boolean isCut(Runnable start) {
      try {
        start.run();
        bench.runToPeace();
        return false;
      } catch (CutFlash.PowerCut e) {
        return true;
      } finally {
        bench.flash.cutNoMore();
      }
    }

    /** Wavering words get more readings; nothing may depend on them any more. */
    void settle() {
      for (int i = 0; i < 3; i++) {
        bench.powerCycle();
        check();
        bench.runToPeace();
      }
    }

    private void check() {
      bench.invariants.neverBricked();
      bench.presented.check();
    }
  }
}
