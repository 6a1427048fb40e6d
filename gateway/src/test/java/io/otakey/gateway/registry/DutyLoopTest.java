package io.otakey.gateway.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A turn that hangs is not shown as a duty that is done. */
class DutyLoopTest {
  private final Vertx vertx = Vertx.vertx();
  private final AtomicLong clock = new AtomicLong();

  @AfterEach
  void stop() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  @Test
  void whileATurnHangs_theDutyIsLedUntilItsLeaseEnds() throws Exception {
    Promise<Void> hangs = Promise.promise();
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch again = new CountDownLatch(2);
    DutyLoop loop =
        new DutyLoop(
            "test",
            new FreeDuty(),
            lease -> {
              begun.countDown();
              again.countDown();
              return hangs.future();
            },
            clock::get);
    assertThat(loop.leads()).isZero();
    loop.start(vertx, Duration.ofMillis(5));
    assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(loop.leads()).isOne();
    clock.addAndGet(Duration.ofSeconds(9).toNanos());
    assertThat(loop.leads()).isOne();
    clock.addAndGet(Duration.ofSeconds(1).toNanos());
    assertThat(loop.leads()).isZero();
    assertThat(loop.isLed()).isTrue();
    hangs.complete();
    assertThat(again.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(loop.leads()).isOne();
  }
}
