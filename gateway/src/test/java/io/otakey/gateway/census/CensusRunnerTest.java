package io.otakey.gateway.census;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.otakey.gateway.registry.FreeDuty;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Pauses between counts. */
class CensusRunnerTest {
  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void stop() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  /** The first takes a second: 49 s would be rested after it. */
  @Test
  void aCountThatStarved_doesNotKeepTheNextBack() throws Exception {
    CountDownLatch counts = new CountDownLatch(3);
    class Starved extends FreeDuty implements CensusLedger {
      @Override
      public Future<List<Reading>> count() {
        boolean first = counts.getCount() == 3;
        counts.countDown();
        return first
            ? vertx.timer(1, TimeUnit.SECONDS).map(List.of())
            : Future.succeededFuture(List.of());
      }
    }
    CensusConfig often = new CensusConfig(Duration.ofSeconds(1));
    vertx.deployVerticle(new CensusRunner(often, new Starved(), new SimpleMeterRegistry()));
    assertThat(counts.await(30, TimeUnit.SECONDS)).isTrue();
  }
}
