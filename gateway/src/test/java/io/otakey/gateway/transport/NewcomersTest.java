package io.otakey.gateway.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class NewcomersTest {
  private final List<String> closed = new ArrayList<>();
  private final List<Newcomers.Newcomer> open = new ArrayList<>();
  private double fill;
  private long now = -3;
  private int counted;
  private final Newcomers newcomers =
      new Newcomers(Duration.ofSeconds(30), () -> fill, () -> now, () -> counted++);

  private Newcomers.Newcomer come(String name) {
    Newcomers.Newcomer[] newcomer = new Newcomers.Newcomer[1];
    newcomer[0] =
        newcomers.watch(
            () -> {
              closed.add(name);
              newcomer[0].closed(); // as a socket does, at once
            });
    open.add(newcomer[0]);
    return newcomer[0];
  }

  private void after(double seconds) {
    now += (long) (seconds * TimeUnit.SECONDS.toNanos(1));
    newcomers.look();
  }

  @Test
  void withRoom_onlyTheSilentGo_andAfterAllTheirTime() {
    come("silent");
    come("stranger").spoke(false);
    come("known").spoke(true);
    come("gone").closed();
    after(29.9);
    assertThat(closed).isEmpty();
    after(0.1);
    assertThat(closed).containsExactly("silent");
    after(3600);
    assertThat(closed).containsExactly("silent");
    assertThat(counted).isEqualTo(1);
  }

  @Test
  void crowded_strangersGo_theKnownStay() {
    come("stranger").spoke(false);
    come("known").spoke(true);
    Newcomers.Newcomer late = come("known late");
    late.spoke(false);
    late.spoke(true);
    late.spoke(false); // as a device of the same connection that nobody knows
    fill = 0.75;
    after(14.9);
    assertThat(closed).isEmpty();
    after(0.1);
    assertThat(closed).containsExactly("stranger");
    fill = 1;
    after(3600);
    assertThat(closed).containsExactly("stranger");
  }

  @Test
  void full_theOldestGoFirst_andEveryoneHasASecond() {
    come("first");
    after(0.5);
    come("second");
    fill = 1;
    after(0.4);
    assertThat(closed).isEmpty();
    after(0.1);
    assertThat(closed).containsExactly("first");
    after(0.5);
    assertThat(closed).containsExactly("first", "second");
  }

  @Test
  void ofAThousandNewOnesASecond_manyPlacesStayFree() {
    int places = 18_000;
    int refused = 0;
    for (int tick = 0; tick < 240; tick++) { // two minutes
      int inUse = open.size() - closed.size();
      for (int i = 0; i < 500; i++) {
        if (inUse < places) {
          Newcomers.Newcomer occupier = come("occupier");
          if (i % 2 == 0) {
            occupier.spoke(false);
          }
          inUse++;
        } else {
          refused++;
        }
      }
      fill = (double) inUse / places;
      after(0.5);
    }
    assertThat(refused).isZero();
    assertThat(open.size() - closed.size()).isLessThan(places * 9 / 10);
  }
}
