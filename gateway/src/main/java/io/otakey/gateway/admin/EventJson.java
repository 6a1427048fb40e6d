package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.otakey.gateway.registry.Event;

/** Events as the API and webhooks show them. */
public final class EventJson {
  private EventJson() {}

  /** One event as text. */
  public static String text(Event event) {
    return write(event).toString();
  }

  static ObjectNode write(Event event) {
    ObjectNode json = Json.object();
    json.put("cursor", event.cursor().text());
    json.put("at", event.at().toString());
    json.put("kind", Names.of(event.kind()));
    event.productId().ifPresent(id -> json.put("productId", id));
    event.deviceId().ifPresent(id -> json.put("deviceId", id));
    event.epoch().ifPresent(epoch -> json.put("epoch", epoch));
    event.connectionId().ifPresent(id -> json.put("connectionId", id));
    event.reason().ifPresent(reason -> json.put("reason", Names.of(reason)));
    event.count().ifPresent(count -> json.put("count", count));
    event.actor().ifPresent(actor -> json.put("actor", actor));
    event.webhook().ifPresent(id -> json.put("webhook", id));
    return json;
  }
}
