package io.otakey.gateway.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TurnsTest {
  private final Turns turns = new Turns(2);
  private final Map<String, Promise<String>> running = new LinkedHashMap<>();
  private final List<String> answered = new ArrayList<>();

  @Test
  void soManyRunAtOnce_andThoseThatDevicesWaitForComeFirst() {
    take("a", false);
    take("b", false);
    take("c", false);
    take("d", true);
    assertThat(running).containsOnlyKeys("a", "b");
    running.remove("a").complete("done");
    assertThat(running).containsOnlyKeys("b", "d");
    running.remove("b").fail("broken");
    assertThat(running).containsOnlyKeys("d", "c");
    assertThat(answered).containsExactly("a done", "b broken");
  }

  @Test
  void aCallThatIsAnsweredAtOnce_leavesItsTurn() {
    for (int i = 0; i < 5; i++) {
      assertThat(turns.take(false, () -> Future.succeededFuture("x")).result()).isEqualTo("x");
    }
    take("a", false);
    assertThat(running).containsOnlyKeys("a");
  }

  private void take(String name, boolean first) {
    turns
        .take(
            first,
            () -> {
              Promise<String> promise = Promise.promise();
              running.put(name, promise);
              return promise.future();
            })
        .onComplete(
            done ->
                answered.add(
                    name + " " + (done.succeeded() ? done.result() : done.cause().getMessage())));
  }
}
