package io.otakey.gateway.webhook;

import io.otakey.gateway.registry.Event;
import io.otakey.gateway.registry.EventCursor;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * One request to a webhook. The same events have the same id and the same body, however often they
 * are sent.
 *
 * @param id for receivers that tell repetitions by it
 * @param upTo the last place in it
 * @param events how many there are
 */
record Delivery(String id, EventCursor upTo, int events, byte[] body) {
  /** These events, oldest first, at least one. */
  static Delivery of(String webhookId, List<Event> events, Function<Event, String> json) {
    EventCursor first = events.get(0).cursor();
    EventCursor last = events.get(events.size() - 1).cursor();
    String all = events.stream().map(json).collect(Collectors.joining(","));
    String id = webhookId + "_" + first.text() + "_" + last.text();
    return new Delivery(id, last, events.size(), body(webhookId, "", all));
  }

  /** Events in between are gone. */
  static Delivery gap(String webhookId, EventCursor after, EventCursor last) {
    JsonObject gap =
        new JsonObject().put("cursor", last.text()).put("kind", "gap").put("after", after.text());
    String id = webhookId + "_gap_" + after.text() + "_" + last.text();
    return new Delivery(id, last, 0, body(webhookId, "", gap.encode()));
  }

  /** No events: to see whether it arrives. */
  static Delivery test(String webhookId) {
    String id = webhookId + "_test_" + UUID.randomUUID();
    return new Delivery(id, EventCursor.START, 0, body(webhookId, "\"test\":true,", ""));
  }

  private static byte[] body(String webhookId, String more, String events) {
    String text = "{\"webhook\":\"" + webhookId + "\"," + more + "\"events\":[" + events + "]}";
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
