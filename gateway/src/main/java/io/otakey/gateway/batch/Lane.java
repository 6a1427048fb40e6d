package io.otakey.gateway.batch;

import io.otakey.gateway.batch.BatchWork.Refused;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One queue and at most one batch in flight. Submitters only touch the concurrent fields; the rest
 * belongs to the lane's event loop.
 */
final class Lane<I, O> {
  /** Pause before a batch is run again whose database was away. */
  private static final long PAUSE_MS = 50;

  private static final int SWEEPS_PER_AGE = 8;

  /** Inputs that share the cost of a statement and a commit so well that more would not help. */
  private static final int WORTH_A_TRIP = 100;

  private final Vertx vertx;
  private final BatcherConfig config;
  private final BatchWork<I, O> work;
  private final BatchMeters meters;
  private final ContextInternal loop;
  private final long maxAgeNanos;

  private final Queue<Waiting<I, O>> queue = new ConcurrentLinkedQueue<>();
  private final AtomicInteger queued = new AtomicInteger();
  private final AtomicBoolean awake = new AtomicBoolean();
  private volatile boolean closed;

  private final ArrayDeque<Waiting<I, O>> again = new ArrayDeque<>();
  private final Promise<Void> drained = Promise.promise();
  private final long sweeper;
  private List<Waiting<I, O>> inFlight = List.of();
  private boolean running;
  private int lastSize;

  /** Why the last batch could not run; null once one did. */
  private @Nullable Throwable away;

  Lane(Vertx vertx, BatcherConfig config, BatchWork<I, O> work, BatchMeters meters) {
    this.vertx = vertx;
    this.config = config;
    this.work = work;
    this.meters = meters;
    this.loop = ((VertxInternal) vertx).createEventLoopContext();
    this.maxAgeNanos = config.maxAge().toNanos();
    long every = Math.max(1, config.maxAge().toMillis() / SWEEPS_PER_AGE);
    this.sweeper = vertx.setPeriodic(every, id -> loop.runOnContext(v -> sweep()));
  }

  int queued() {
    return queued.get();
  }

  Future<O> submit(I input) {
    long now = System.nanoTime();
    Waiting<I, O> oldest = queue.peek();
    if (closed) {
      return refuse(Refused.CLOSED);
    }
    if (oldest != null && now - oldest.since > maxAgeNanos) {
      return refuse(Refused.TOO_OLD);
    }
    if (queued.incrementAndGet() > config.maxQueue()) {
      queued.decrementAndGet();
      return refuse(Refused.QUEUE_FULL);
    }
    Waiting<I, O> waiting = new Waiting<>(input, now);
    queue.add(waiting);
    wake();
    return waiting.promise.future();
  }

  Future<Void> close() {
    closed = true;
    loop.runOnContext(v -> turn());
    return drained.future();
  }

  private Future<O> refuse(Refused why) {
    meters.refused(why);
    return Future.failedFuture(work.refusal(why));
  }

  private void wake() {
    if (awake.compareAndSet(false, true)) {
      loop.runOnContext(v -> turn());
    }
  }

  /** Runs the next batch, or goes to sleep. While awake, submitters need not call. */
  private void turn() {
    if (running) {
      return;
    }
    List<Waiting<I, O>> batch = take();
    if (!batch.isEmpty()) {
      start(batch);
      return;
    }
    awake.set(false);
    if (!queue.isEmpty()) {
      wake();
    } else if (closed && queued.get() == 0 && drained.tryComplete()) {
      vertx.cancelTimer(sweeper);
    }
  }

  private List<Waiting<I, O>> take() {
    int size = Math.min(config.maxBatch(), queued.get());
    List<Waiting<I, O>> batch = new ArrayList<>(size);
    while (batch.size() < size) {
      Waiting<I, O> next = again.isEmpty() ? queue.poll() : again.poll();
      if (next == null) {
        break;
      }
      batch.add(next);
    }
    queued.addAndGet(-batch.size());
    return batch;
  }

  private void start(List<Waiting<I, O>> batch) {
    running = true;
    inFlight = batch;
    lastSize = batch.size();
    long begun = System.nanoTime();
    meters.started(lastSize, begun - batch.get(0).since);
    List<I> inputs = new ArrayList<>(lastSize);
    batch.forEach(waiting -> inputs.add(waiting.input));
    run(inputs).onComplete(result -> loop.runOnContext(v -> finish(batch, begun, result)));
  }

  private Future<List<Optional<O>>> run(List<I> inputs) {
    try {
      return work.run(inputs);
    } catch (RuntimeException bug) {
      return Future.failedFuture(bug);
    }
  }

  private void finish(
      List<Waiting<I, O>> batch, long begun, AsyncResult<List<Optional<O>>> result) {
    meters.finished(System.nanoTime() - begun);
    running = false;
    inFlight = List.of();
    long pause = 0;
    if (result.succeeded()) {
      away = null;
      settle(batch, result.result());
    } else {
      pause = fail(batch, result.cause());
    }
    answer(batch);
    next(pause);
  }

  private void next(long pause) {
    boolean enough = lastSize == 1 || queued.get() >= Math.min(config.maxBatch(), WORTH_A_TRIP);
    long wait = Math.max(pause, enough || closed ? 0 : config.linger().toMillis());
    if (wait == 0) {
      turn();
    } else {
      vertx.setTimer(wait, id -> turn());
    }
  }

  private void settle(List<Waiting<I, O>> batch, List<Optional<O>> outcomes) {
    for (int i = batch.size() - 1; i >= 0; i--) {
      Waiting<I, O> waiting = batch.get(i);
      if (waiting.settled()) {
        continue;
      }
      Optional<O> outcome = outcomes.get(i);
      if (outcome.isPresent()) {
        waiting.succeed(outcome.get());
      } else {
        repeat(waiting);
      }
    }
  }

  /** Puts the input in front of the queue, where it was. */
  private void repeat(Waiting<I, O> waiting) {
    if (++waiting.tries >= config.maxTries()) {
      giveUp(waiting, Refused.TOO_MANY_TRIES);
    } else {
      again.addFirst(waiting);
      queued.incrementAndGet();
    }
  }

  private long fail(List<Waiting<I, O>> batch, Throwable cause) {
    BatchWork.OnFailure judged = work.onFailure(cause);
    away = judged == BatchWork.OnFailure.AGAIN_LATER ? cause : null;
    for (int i = batch.size() - 1; i >= 0; i--) {
      Waiting<I, O> waiting = batch.get(i);
      if (waiting.settled()) {
        continue;
      }
      switch (judged) {
        case AGAIN -> repeat(waiting);
        case AGAIN_LATER -> {
          if (expired(waiting)) {
            giveUp(waiting, cause);
          } else {
            again.addFirst(waiting);
            queued.incrementAndGet();
          }
        }
        case GIVE_UP -> giveUp(waiting, cause);
      }
    }
    return judged == BatchWork.OnFailure.AGAIN_LATER ? PAUSE_MS : 0;
  }

  private void giveUp(Waiting<I, O> waiting, Refused why) {
    meters.refused(why);
    waiting.fail(work.refusal(why));
  }

  private void giveUp(Waiting<I, O> waiting, Throwable cause) {
    meters.failed();
    waiting.fail(work.failure(cause));
  }

  /** Gives up what is too old, in flight or not; what it wrote or will write stays unknown. */
  private void sweep() {
    List<Waiting<I, O>> old = new ArrayList<>();
    for (Waiting<I, O> waiting : inFlight) {
      if (!waiting.settled() && expired(waiting)) {
        old.add(waiting);
      }
    }
    takeExpired(again, old);
    takeExpired(queue, old);
    Throwable cause = away;
    for (Waiting<I, O> waiting : old) {
      if (cause == null) {
        giveUp(waiting, Refused.TOO_OLD);
      } else {
        giveUp(waiting, cause);
      }
    }
    answer(old);
  }

  private void takeExpired(Queue<Waiting<I, O>> from, List<Waiting<I, O>> old) {
    for (Waiting<I, O> head = from.peek(); head != null && expired(head); head = from.peek()) {
      from.remove();
      queued.decrementAndGet();
      old.add(head);
    }
  }

  private boolean expired(Waiting<I, O> waiting) {
    return System.nanoTime() - waiting.since > maxAgeNanos;
  }

  /** Completes the settled promises with one hop per submitting event loop. */
  private void answer(List<Waiting<I, O>> batch) {
    Map<ContextInternal, List<Waiting<I, O>>> elsewhere = new HashMap<>();
    for (Waiting<I, O> waiting : batch) {
      if (!waiting.settled()) {
        continue;
      }
      ContextInternal submitter = waiting.submitter;
      if (submitter == null || submitter == loop) {
        waiting.answer();
      } else {
        elsewhere.computeIfAbsent(submitter, c -> new ArrayList<>()).add(waiting);
      }
    }
    elsewhere.forEach(
        (context, answered) -> context.runOnContext(v -> answered.forEach(Waiting::answer)));
  }
}
