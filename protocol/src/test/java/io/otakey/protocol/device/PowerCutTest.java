package io.otakey.protocol.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The power is cut at every single flash operation of every kind of update. */
class PowerCutTest {
  private static final int SEEDS = 12;

  private record Scenario(String name, Consumer<Bench> before, Consumer<Bench> trigger) {}

  @TestFactory
  Stream<DynamicTest> cutAtEveryFlashOperation_leavesAKeyThatTheGatewayAccepts() {
    Consumer<Bench> rotate = bench -> bench.device.orderRotation(bench.now);
    return Stream.of(
            new Scenario("enroll", bench -> {}, bench -> {}),
            new Scenario("rotate", Bench::runToPeace, rotate),
            new Scenario(
                "rotate after a power-on",
                bench -> {
                  bench.runToPeace();
                  rotate.accept(bench);
                  bench.runToPeace();
                  bench.powerCycle();
                },
                rotate),
            new Scenario(
                "abandon an unreachable platform",
                bench -> {
                  bench.runToPeace();
                  bench.gateway.move(SimGateway.Moves.ALWAYS);
                  bench.login = LoginResult.UNREACHABLE;
                },
                rotate),
            new Scenario(
                "move and verify",
                bench -> {
                  bench.runToPeace();
                  bench.gateway.move(SimGateway.Moves.ALWAYS);
                },
                rotate))
        .map(
            scenario ->
                DynamicTest.dynamicTest(
                    scenario.name(),
                    () -> {
                      for (int seed = 0; seed < SEEDS; seed++) {
                        cutEverywhere(scenario, seed);
                      }
                    }));
  }

  private static void cutEverywhere(Scenario scenario, long seed) {
    int operations = run(scenario, seed, Integer.MAX_VALUE / 2);
    assertThat(operations).isGreaterThan(20);
    for (int cutAfter = 0; cutAfter < operations; cutAfter++) {
      run(scenario, seed, cutAfter);
    }
  }

  private static int run(Scenario scenario, long seed, int cutAfter) {
    Bench bench = new Bench(seed);
    scenario.before().accept(bench);
    bench.flash.watch(bench.invariants::neverBricked);
    int before = bench.flash.operations();
    bench.flash.cutAfter(cutAfter);
    try {
      scenario.trigger().accept(bench);
      bench.runToPeace();
    } catch (CutFlash.PowerCut e) {
      bench.invariants.neverBricked();
      bench.powerCycle();
      bench.invariants.neverBricked();
      bench.runToPeace();
    }
    assertThat(bench.isAtPeace()).isTrue();
    return bench.flash.operations() - before;
  }
}
