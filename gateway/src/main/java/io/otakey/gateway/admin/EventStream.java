package io.otakey.gateway.admin;

import io.otakey.gateway.registry.Event;
import io.otakey.gateway.registry.EventCursor;
import io.otakey.gateway.registry.EventFilter;
import io.otakey.gateway.registry.EventLog.Page;
import io.otakey.gateway.registry.EventTail;
import io.otakey.gateway.registry.EventsGoneException;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Server-sent events to one reader. It pulls: the next page is read when the one before has left,
 * so that no more than a page waits in memory, and who takes nothing for a minute is cut off. One
 * event loop.
 */
final class EventStream {
  /**
   * In milliseconds.
   *
   * @param patience with a reader that takes nothing
   * @param life a revoked token reads no longer than that
   */
  record Timing(long heartbeat, long patience, long life) {
    static final Timing DEFAULT = new Timing(15_000, 60_000, 600_000);
  }

  private static final Logger LOG = LoggerFactory.getLogger(EventStream.class);
  private static final int PAGE = 100;
  private static final String HELLO = "retry: 1000\n\n";

  private final Vertx vertx;
  private final Timing timing;
  private final EventTail tail;
  private final HttpServerResponse response;
  private final EventFilter filter;
  private final String reader;
  private final Consumer<EventStream> ended;
  private final Runnable news = this::pump;
  private final long heartbeat;
  private final long life;
  private EventCursor cursor;
  private long patience = -1;
  private boolean busy;
  private boolean over;

  /**
   * Begins at once.
   *
   * @param ended called once, however it ends
   */
  EventStream(
      Vertx vertx,
      Timing timing,
      EventTail tail,
      HttpServerResponse response,
      EventFilter filter,
      EventCursor after,
      String reader,
      Consumer<EventStream> ended) {
    this.vertx = vertx;
    this.timing = timing;
    this.tail = tail;
    this.response = response;
    this.filter = filter;
    this.cursor = after;
    this.reader = reader;
    this.ended = ended;
    this.heartbeat = vertx.setPeriodic(timing.heartbeat(), id -> beat());
    this.life = vertx.setTimer(timing.life(), id -> end());
  }

  void begin() {
    response.closeHandler(closed -> stop());
    response.exceptionHandler(failure -> stop());
    response.setChunked(true).putHeader("Content-Type", "text/event-stream");
    response.putHeader("X-Accel-Buffering", "no"); // proxies that hold answers back
    response.write(HELLO + place());
    tail.join(news);
    pump();
  }

  /** Ends the answer as whole; the reader comes back with its cursor. */
  void end() {
    if (!over) {
      stop();
      response.end();
    }
  }

  private void pump() {
    if (busy || over || patience >= 0) {
      return;
    }
    busy = true;
    tail.page(cursor, filter, PAGE).onSuccess(this::send).onFailure(this::failed);
  }

  /**
   * What is gone does not come back: the reader is told when it asks anew. Else this tries again.
   */
  private void failed(Throwable failure) {
    busy = false;
    LOG.debug("events for {}: {}", reader, failure.getMessage());
    if (failure instanceof EventsGoneException) {
      end();
    }
  }

  private void send(Page page) {
    busy = false;
    if (over) {
      return;
    }
    cursor = page.end();
    if (!page.events().isEmpty()) {
      Buffer block = Buffer.buffer();
      page.events().forEach(event -> write(block, event));
      response.write(block);
    }
    if (response.writeQueueFull()) {
      waitForReader();
    } else if (!page.atEnd()) {
      vertx.runOnContext(v -> pump());
    }
  }

  private static void write(Buffer block, Event event) {
    block
        .appendString("id: " + event.cursor().text() + "\nevent: " + Names.of(event.kind()))
        .appendString("\ndata: ")
        .appendBytes(Json.bytes(EventJson.write(event)))
        .appendString("\n\n");
  }

  private void waitForReader() {
    patience = vertx.setTimer(timing.patience(), id -> cut());
    response.drainHandler(
        drained -> {
          vertx.cancelTimer(patience);
          patience = -1;
          pump();
        });
  }

  private void cut() {
    LOG.info(
        "event stream of {} cut off: it took nothing for {} s", reader, timing.patience() / 1000);
    stop();
    response.reset();
  }

  /** Tells how far the stream is, though nothing happened that its filter lets through. */
  private void beat() {
    if (!response.writeQueueFull()) {
      response.write(": still here\n" + place());
    }
  }

  private String place() {
    return "id: " + cursor.text() + "\n\n";
  }

  private void stop() {
    if (!over) {
      over = true;
      vertx.cancelTimer(heartbeat);
      vertx.cancelTimer(life);
      vertx.cancelTimer(patience);
      tail.leave(news);
      ended.accept(this);
    }
  }
}
