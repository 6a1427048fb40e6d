package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.otakey.gateway.metric.Resource;
import io.otakey.gateway.registry.EventCursor;
import io.otakey.gateway.registry.EventFilter;
import io.otakey.gateway.registry.EventKind;
import io.otakey.gateway.registry.EventLog;
import io.otakey.gateway.registry.EventTail;
import io.otakey.gateway.registry.EventsGoneException;
import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Events, as pages and as a stream. A token that is limited to products sees theirs alone. */
final class EventEndpoints {
  /** Streams at a time on this node. */
  static final int MAX_STREAMS = 100;

  private final Vertx vertx;
  private final EventLog log;
  private final EventTail tail;
  private final Counter refused;
  private final Set<EventStream> streams = new HashSet<>();

  EventEndpoints(Vertx vertx, EventLog log, MeterRegistry meters) {
    this.vertx = vertx;
    this.log = log;
    this.tail = new EventTail(vertx, log);
    Resource.EVENT_STREAMS.show(meters, tail, EventTail::readers, MAX_STREAMS);
    refused = Resource.EVENT_STREAMS.refused(meters);
  }

  void addTo(Map<String, Endpoint> endpoints) {
    endpoints.put("listEvents", this::list);
    endpoints.put("listNewestEvents", this::newest);
  }

  /** Ends all streams; their readers go on elsewhere. */
  void close() {
    List.copyOf(streams).forEach(EventStream::end);
  }

  private Future<Reply> list(Call call) {
    Query query = call.query();
    EventFilter filter = filter(query, call.caller());
    Optional<EventCursor> after = cursor(query, "after", query.text("after", 40));
    int limit = query.limit();
    boolean stream = wantsStream(call);
    Optional<EventCursor> last =
        stream
            ? cursor(
                query,
                "Last-Event-ID",
                Optional.ofNullable(call.request().getHeader("Last-Event-ID")))
            : Optional.empty();
    query.check();
    return (stream ? stream(call, filter, last.or(() -> after)) : page(after, filter, limit))
        .recover(failure -> Future.failedFuture(known(failure)));
  }

  private Future<Reply> newest(Call call) {
    Query query = call.query();
    EventFilter filter = filter(query, call.caller());
    Optional<EventCursor> before = cursor(query, "before", query.text("before", 40));
    int limit = query.limit();
    query.check();
    return log.pageBack(before, filter, limit)
        .map(
            page -> {
              ObjectNode json = events(page);
              return Reply.json(
                  page.atEnd() ? json.putNull("next") : json.put("next", page.end().text()));
            });
  }

  private static EventFilter filter(Query query, Caller caller) {
    return new EventFilter(
        DeviceQuery.products(query, caller),
        query.text("device", DeviceRef.MAX_DEVICE_ID),
        kinds(query));
  }

  private static Set<EventKind> kinds(Query query) {
    return query
        .all(
            "kind",
            WebhookJson.KINDS.size(),
            WebhookJson.KINDS::contains,
            "be one of " + WebhookJson.KINDS.stream().sorted().toList())
        .stream()
        .flatMap(text -> Names.find(EventKind.class, text).stream())
        .collect(Collectors.toUnmodifiableSet());
  }

  private static Optional<EventCursor> cursor(Query query, String name, Optional<String> text) {
    Optional<EventCursor> cursor = text.flatMap(EventCursor::parse);
    if (text.isPresent() && cursor.isEmpty()) {
      query.fault(name + " must be the cursor of an event, or the 'next' of a page");
    }
    return cursor;
  }

  private static boolean wantsStream(Call call) {
    String accept = call.request().getHeader(HttpHeaders.ACCEPT);
    return accept != null && accept.contains("text/event-stream");
  }

  private static Throwable known(Throwable failure) {
    return failure instanceof EventsGoneException
        ? Problem.of(Problem.Kind.GONE, String.valueOf(failure.getMessage())).exception()
        : failure;
  }

  private Future<Reply> page(Optional<EventCursor> after, EventFilter filter, int limit) {
    return log.page(after, filter, limit)
        .map(
            page ->
                Reply.json(events(page).put("next", page.end().text()).put("atEnd", page.atEnd())));
  }

  private static ObjectNode events(EventLog.Page page) {
    ObjectNode json = Json.object();
    ArrayNode array = json.putArray("events");
    page.events().forEach(event -> array.add(EventJson.write(event)));
    return json;
  }

  private Future<Reply> stream(Call call, EventFilter filter, Optional<EventCursor> after) {
    if (streams.size() >= MAX_STREAMS) {
      refused.increment();
      throw Problem.of(
              Problem.Kind.UNAVAILABLE,
              MAX_STREAMS + " event streams are open on this node: try again, or another node")
          .header("Retry-After", "10")
          .exception();
    }
    Future<EventCursor> begin =
        after.isEmpty() ? log.end() : log.page(after, filter, 1).map(after.get());
    return begin.map(
        cursor -> {
          call.request().resume();
          EventStream stream =
              new EventStream(
                  vertx,
                  EventStream.Timing.DEFAULT,
                  tail,
                  call.request().response(),
                  filter,
                  cursor,
                  call.caller().name(),
                  streams::remove);
          streams.add(stream);
          stream.begin();
          return Reply.streamed();
        });
  }
}
