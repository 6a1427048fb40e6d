package io.otakey.gateway.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.otakey.gateway.metric.Metric;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BatcherTest {
  private static final Duration LONG = Duration.ofMinutes(1);

  private final Vertx vertx = Vertx.vertx();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final Work work = new Work();

  /** Hands every batch to the test, which answers it. */
  private static final class Work implements BatchWork<Integer, String> {
    record Batch(List<Integer> inputs, Promise<List<Optional<String>>> outcome) {
      void echo() {
        outcome.complete(inputs.stream().map(i -> Optional.of("<" + i + ">")).toList());
      }
    }

    final BlockingQueue<Batch> batches = new LinkedBlockingQueue<>();
    volatile OnFailure judgement = OnFailure.GIVE_UP;

    @Override
    public Future<List<Optional<String>>> run(List<Integer> inputs) {
      Batch batch = new Batch(List.copyOf(inputs), Promise.promise());
      batches.add(batch);
      return batch.outcome.future();
    }

    Batch next() throws InterruptedException {
      Batch batch = batches.poll(30, TimeUnit.SECONDS);
      assertThat(batch).as("a batch").isNotNull();
      return batch;
    }

    @Override
    public OnFailure onFailure(Throwable failure) {
      return judgement;
    }

    @Override
    public Throwable refusal(Refused why) {
      return new IllegalStateException(why.name());
    }

    @Override
    public Throwable failure(Throwable cause) {
      return new IllegalStateException("failed: " + cause.getMessage());
    }
  }

  @AfterEach
  void closeVertx() throws Exception {
    get(vertx.close());
  }

  private Batcher<Integer, String> batcher(int lanes, int maxBatch, int maxQueue, Duration age) {
    var config = new BatcherConfig(lanes, maxBatch, Duration.ofMillis(1), maxQueue, age, 3);
    return new Batcher<>(vertx, "test", config, i -> i, work, meters);
  }

  private static <T> T get(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  private static String failureOf(Future<?> future) throws Exception {
    return get(future.map("did not fail").otherwise(failure -> failure.getMessage()));
  }

  @Test
  void submit_toAnIdleLane_runsAtOnceAndAlone() throws Exception {
    var batcher = batcher(1, 10, 100, LONG);
    Future<String> first = batcher.submit(1);
    Work.Batch batch = work.next();
    assertThat(batch.inputs).containsExactly(1);
    batch.echo();
    assertThat(get(first)).isEqualTo("<1>");
  }

  @Test
  void submit_whileABatchIsInFlight_gathersInOrderUpToTheLimit() throws Exception {
    var batcher = batcher(1, 10, 100, LONG);
    batcher.submit(0).onFailure(AssertionError::new);
    Work.Batch first = work.next();
    List<Future<String>> rest = IntStream.rangeClosed(1, 25).mapToObj(batcher::submit).toList();
    first.echo();
    List<List<Integer>> sizes = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Work.Batch batch = work.next();
      assertThat(work.batches).as("never two at once").isEmpty();
      sizes.add(batch.inputs);
      batch.echo();
    }
    assertThat(sizes)
        .containsExactly(
            IntStream.rangeClosed(1, 10).boxed().toList(),
            IntStream.rangeClosed(11, 20).boxed().toList(),
            IntStream.rangeClosed(21, 25).boxed().toList());
    for (int i = 0; i < rest.size(); i++) {
      assertThat(get(rest.get(i))).isEqualTo("<" + (i + 1) + ">");
    }
    assertThat(meters.get(Metric.BATCH_SIZE.id()).summary().count()).isEqualTo(4);
    assertThat(meters.get(Metric.BATCH_SIZE.id()).summary().totalAmount()).isEqualTo(26);
    assertThat(meters.get(Metric.BATCH_EXECUTE.id()).timer().count()).isEqualTo(4);
    assertThat(meters.get(Metric.BATCH_WAIT.id()).timer().count()).isEqualTo(4);
  }

  @Test
  void submit_ofEqualShard_neverRunsInTwoLanesAtOnce() throws Exception {
    var batcher = batcher(2, 10, 100, LONG);
    batcher.submit(2).onFailure(AssertionError::new);
    Work.Batch even = work.next();
    Future<String> sameShard = batcher.submit(2);
    Future<String> otherShard = batcher.submit(1);
    Work.Batch odd = work.next();
    assertThat(odd.inputs).containsExactly(1);
    odd.echo();
    assertThat(get(otherShard)).isEqualTo("<1>");
    assertThat(work.batches).isEmpty();
    even.echo();
    work.next().echo();
    assertThat(get(sameShard)).isEqualTo("<2>");
  }

  @Test
  void submit_beyondTheQueue_isRefusedAtOnceAndCounted() throws Exception {
    var batcher = batcher(1, 2, 3, LONG);
    batcher.submit(0).onFailure(AssertionError::new);
    Work.Batch first = work.next();
    List<Future<String>> waiting = IntStream.rangeClosed(1, 3).mapToObj(batcher::submit).toList();
    assertThat(failureOf(batcher.submit(4))).isEqualTo("QUEUE_FULL");
    assertThat(meters.get(Metric.BATCH_REFUSED.id()).tag("reason", "full").counter().count())
        .isEqualTo(1);
    first.echo();
    work.next().echo();
    work.next().echo();
    assertThat(get(waiting.get(2))).isEqualTo("<3>");
    Future<String> later = batcher.submit(5);
    work.next().echo();
    assertThat(get(later)).isEqualTo("<5>");
  }

  @Test
  void inputs_tooOld_areGivenUpInFlightAndWaiting() throws Exception {
    var batcher = batcher(1, 10, 100, Duration.ofMillis(50));
    Future<String> inFlight = batcher.submit(0);
    Work.Batch stuck = work.next();
    Future<String> waiting = batcher.submit(1);
    assertThat(failureOf(inFlight)).isEqualTo("TOO_OLD");
    assertThat(failureOf(waiting)).isEqualTo("TOO_OLD");
    stuck.echo();
    Future<String> next = batcher.submit(2);
    work.next().echo();
    assertThat(get(next)).isEqualTo("<2>");
  }

  @Test
  void emptyOutcome_runsTheInputAgainAheadOfOthers() throws Exception {
    var batcher = batcher(1, 10, 100, LONG);
    Future<String> raced = batcher.submit(0);
    Work.Batch first = work.next();
    Future<String> later = batcher.submit(1);
    first.outcome.complete(List.of(Optional.empty()));
    Work.Batch second = work.next();
    assertThat(second.inputs).containsExactly(0, 1);
    second.echo();
    assertThat(get(raced)).isEqualTo("<0>");
    assertThat(get(later)).isEqualTo("<1>");
  }

  @Test
  void emptyOutcome_tooOften_isRefused() throws Exception {
    var batcher = batcher(1, 10, 100, LONG);
    Future<String> raced = batcher.submit(0);
    for (int i = 0; i < 3; i++) {
      work.next().outcome.complete(List.of(Optional.empty()));
    }
    assertThat(failureOf(raced)).isEqualTo("TOO_MANY_TRIES");
  }

  @Test
  void failure_judgedAgain_runsTheBatchAgain() throws Exception {
    work.judgement = BatchWork.OnFailure.AGAIN;
    var batcher = batcher(1, 10, 100, LONG);
    Future<String> answer = batcher.submit(0);
    work.next().outcome.fail("deadlock");
    work.next().echo();
    assertThat(get(answer)).isEqualTo("<0>");
  }

  @Test
  void failure_judgedAgainLater_lastsUntilTooOldAndNamesTheCause() throws Exception {
    work.judgement = BatchWork.OnFailure.AGAIN_LATER;
    var batcher = batcher(1, 10, 100, Duration.ofMillis(300));
    Future<String> answer = batcher.submit(0);
    int tries = 0;
    while (!answer.isComplete()) {
      Work.Batch batch = work.batches.poll(10, TimeUnit.MILLISECONDS);
      if (batch != null) {
        tries++;
        batch.outcome.fail("away");
      }
    }
    assertThat(failureOf(answer)).isEqualTo("failed: away");
    assertThat(tries).isBetween(2, 10);
  }

  @Test
  void failure_judgedGiveUp_failsTheBatchAndNotTheNext() throws Exception {
    var batcher = batcher(1, 10, 100, LONG);
    Future<String> answer = batcher.submit(0);
    work.next().outcome.fail("broken");
    assertThat(failureOf(answer)).isEqualTo("failed: broken");
    Future<String> next = batcher.submit(1);
    work.next().echo();
    assertThat(get(next)).isEqualTo("<1>");
  }

  @Test
  void outcome_arrivesOnTheSubmittersEventLoop() throws Exception {
    var batcher = batcher(1, 10, 100, LONG);
    Promise<Boolean> sameLoop = Promise.promise();
    Context submitter = vertx.getOrCreateContext();
    submitter.runOnContext(
        v -> {
          Thread thread = Thread.currentThread();
          batcher
              .submit(0)
              .onComplete(done -> sameLoop.complete(Thread.currentThread().equals(thread)));
        });
    work.next().echo();
    assertThat(get(sameLoop.future())).isTrue();
  }

  @Test
  void close_answersWhatWasAcceptedAndRefusesTheRest() throws Exception {
    var batcher = batcher(1, 10, 100, LONG);
    Future<String> inFlight = batcher.submit(0);
    Work.Batch first = work.next();
    Future<String> waiting = batcher.submit(1);
    Future<Void> closed = batcher.close();
    assertThat(failureOf(batcher.submit(2))).isEqualTo("CLOSED");
    first.echo();
    Work.Batch second = work.next();
    assertThat(closed.isComplete()).isFalse();
    second.echo();
    get(closed);
    assertThat(get(inFlight)).isEqualTo("<0>");
    assertThat(get(waiting)).isEqualTo("<1>");
  }

  @Test
  void submit_fromManyThreads_answersEveryInputOnce() throws Exception {
    var batcher = batcher(2, 50, 100_000, LONG);
    Thread echo =
        new Thread(
            () -> {
              try {
                while (!Thread.currentThread().isInterrupted()) {
                  work.batches.take().echo();
                }
              } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
              }
            });
    echo.start();
    int threads = 8;
    int each = 2000;
    List<Thread> submitters = new ArrayList<>();
    List<List<Future<String>>> answers = new ArrayList<>();
    for (int t = 0; t < threads; t++) {
      List<Future<String>> mine = new ArrayList<>();
      int base = t * each;
      answers.add(mine);
      submitters.add(
          new Thread(
              () -> IntStream.range(0, each).forEach(i -> mine.add(batcher.submit(base + i)))));
    }
    submitters.forEach(Thread::start);
    for (Thread submitter : submitters) {
      submitter.join();
    }
    for (int t = 0; t < threads; t++) {
      for (int i = 0; i < each; i++) {
        assertThat(get(answers.get(t).get(i))).isEqualTo("<" + (t * each + i) + ">");
      }
    }
    echo.interrupt();
    echo.join();
    assertThat(meters.get(Metric.BATCH_SIZE.id()).summary().totalAmount())
        .isEqualTo(threads * each);
  }

  @Test
  void validate_ofConfigOutOfRange_namesEveryProblem() {
    List<String> problems = new ArrayList<>();
    new BatcherConfig(0, 0, Duration.ofSeconds(1), -1, Duration.ZERO, 0).validate("x", problems);
    assertThat(problems).hasSize(6).allMatch(problem -> problem.startsWith("x."));
  }
}
