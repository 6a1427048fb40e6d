package io.otakey.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.registry.Event;
import io.otakey.gateway.registry.EventCursor;
import io.otakey.gateway.registry.EventFilter;
import io.otakey.gateway.registry.EventKind;
import io.otakey.gateway.registry.EventLog;
import io.otakey.gateway.registry.EventTail;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How a stream passes its time: with nothing to tell, with nobody who listens, and in the end. */
class EventStreamTest {
  private static final long LONG = 120_000;

  private final Vertx vertx = Vertx.vertx();
  private final CompletableFuture<EventStream> ended = new CompletableFuture<>();

  /** Events without end, or none; counts the pages that were asked for. */
  private static final class Log implements EventLog {
    final AtomicLong pages = new AtomicLong();
    final boolean endless;

    Log(boolean endless) {
      this.endless = endless;
    }

    @Override
    public Future<Page> page(Optional<EventCursor> after, EventFilter filter, int limit) {
      EventCursor from = after.orElse(EventCursor.START);
      if (!endless) {
        return Future.succeededFuture(new Page(List.of(), from, true));
      }
      pages.incrementAndGet();
      List<Event> events = new ArrayList<>();
      for (int i = 1; i <= limit; i++) {
        events.add(event(new EventCursor(1, from.id() + i)));
      }
      return Future.succeededFuture(new Page(events, new EventCursor(1, from.id() + limit), false));
    }

    @Override
    public Future<Page> pageBack(Optional<EventCursor> before, EventFilter filter, int limit) {
      return Future.failedFuture("streams go forward");
    }

    @Override
    public Future<EventCursor> end() {
      return Future.failedFuture("the tail stays empty, so that streams read their own pages");
    }

    private static Event event(EventCursor cursor) {
      return new Event(
          cursor,
          Instant.EPOCH,
          EventKind.ROTATED,
          Optional.of("product"),
          Optional.of("device-" + cursor.id()),
          OptionalLong.of(2),
          OptionalInt.empty(),
          Optional.empty(),
          OptionalLong.empty(),
          Optional.empty(),
          Optional.empty());
    }
  }

  @AfterEach
  void stop() throws Exception {
    vertx.close().await(30, TimeUnit.SECONDS);
  }

  @Test
  void withNothingToTell_itTellsItsPlaceNowAndThen() throws Exception {
    try (Socket socket = open(new Log(false), new EventStream.Timing(50, LONG, LONG))) {
      BufferedReader lines = lines(socket);
      for (int beats = 0; beats < 3; ) {
        String line = lines.readLine();
        if (line.equals(": still here")) {
          assertThat(lines.readLine()).isEqualTo("id: 0-0");
          beats++;
        }
      }
    }
    ended.get(30, TimeUnit.SECONDS);
  }

  @Test
  void whoTakesNothing_isCutOff_andNoMoreThanAFewPagesWaitedForIt() throws Exception {
    Log log = new Log(true);
    try (Socket socket = open(log, new EventStream.Timing(50, 500, LONG))) {
      ended.get(30, TimeUnit.SECONDS);
      assertThat(socket.isClosed()).isFalse();
      // What the two kernels hold of it, and a page; without a bound there would be no end.
      assertThat(log.pages.get()).isBetween(1L, 2_000L);
      long after = log.pages.get();
      vertx.timer(200, TimeUnit.MILLISECONDS).await();
      assertThat(log.pages.get()).as("it is over").isEqualTo(after);
    }
  }

  @Test
  void afterItsLife_itEndsAsAWhole() throws Exception {
    try (Socket socket = open(new Log(false), new EventStream.Timing(LONG, LONG, 100))) {
      BufferedReader lines = lines(socket);
      String line = lines.readLine();
      while (!line.equals("0")) { // the last chunk
        line = lines.readLine();
      }
    }
    ended.get(30, TimeUnit.SECONDS);
  }

  private Socket open(EventLog log, EventStream.Timing timing) throws Exception {
    EventTail tail = new EventTail(vertx, log);
    EventFilter all = new EventFilter(Set.of(), Optional.empty(), Set.of());
    HttpServer server =
        vertx
            .createHttpServer()
            .requestHandler(
                request ->
                    new EventStream(
                            vertx,
                            timing,
                            tail,
                            request.response(),
                            all,
                            EventCursor.START,
                            "test",
                            ended::complete)
                        .begin())
            .listen(0, "127.0.0.1")
            .await(30, TimeUnit.SECONDS);
    Socket socket = new Socket("127.0.0.1", server.actualPort());
    socket.setSoTimeout(30_000);
    socket
        .getOutputStream()
        .write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  private static BufferedReader lines(Socket socket) throws Exception {
    return new BufferedReader(
        new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
  }
}
