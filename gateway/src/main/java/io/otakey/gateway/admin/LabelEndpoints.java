package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.otakey.gateway.registry.DeviceFilter;
import io.otakey.gateway.registry.DeviceLabels;
import io.otakey.gateway.registry.LabelChange;
import io.otakey.gateway.registry.LabelCount;
import io.otakey.gateway.registry.Labeling;
import io.otakey.gateway.registry.Labels;
import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Labels: of devices that are named, of those of a filter, and which there are. */
final class LabelEndpoints {
  /** A name, an equals sign, a value. */
  private static final int MAX_TEXT = 2 * Labels.MAX_LENGTH + 1;

  private final DeviceLabels labels;

  LabelEndpoints(DeviceLabels labels) {
    this.labels = labels;
  }

  void addTo(Map<String, Endpoint> endpoints) {
    endpoints.put("labelDevices", this::label);
    endpoints.put("labelFoundDevices", this::labelFound);
    endpoints.put("listLabels", this::list);
  }

  private record Order(LabelChange change, Set<String> ids) {}

  private Future<Reply> label(Call call) {
    Order order = call.read(fields -> new Order(read(fields), DeviceEndpoints.readIds(fields)));
    return labels
        .change(call.caller().actor(), order.change, call.productId(), List.copyOf(order.ids))
        .map(done -> Reply.json(write(done)));
  }

  private static LabelChange read(Fields fields) {
    LabelChange change =
        new LabelChange(
            fields.textsByName("set", Labels.MOST).orElse(Map.of()),
            Set.copyOf(fields.texts("remove", Labels.MOST)));
    fields.faults(change.problems());
    return change;
  }

  private static ObjectNode write(Labeling done) {
    ObjectNode json = Json.object();
    put(json, "labeled", done.labeled());
    json.put("changed", done.changed());
    put(json, "unknown", done.unknown());
    put(json, "full", done.full());
    return json;
  }

  private static void put(ObjectNode json, String name, List<String> ids) {
    ArrayNode array = json.putArray(name);
    ids.forEach(array::add);
  }

  private Future<Reply> labelFound(Call call) {
    LabelChange change = call.read(LabelEndpoints::read);
    Query query = call.query();
    DeviceFilter filter = DeviceQuery.filter(query, call.caller());
    Optional<DeviceRef> after = DeviceQuery.after(query);
    int limit = query.limit();
    query.check();
    return labels
        .change(call.caller().actor(), change, filter, after, limit)
        .map(page -> Reply.json(write(page)));
  }

  private static ObjectNode write(DeviceLabels.Page page) {
    ObjectNode json = Json.object();
    json.put("labeled", page.done().values().stream().mapToInt(d -> d.labeled().size()).sum());
    json.put("changed", page.done().values().stream().mapToInt(Labeling::changed).sum());
    ArrayNode full = json.putArray("full");
    page.done().forEach((product, done) -> done.full().forEach(id -> full.add(product + "/" + id)));
    page.last()
        .ifPresentOrElse(
            last -> json.set("next", DeviceJson.next(last)), () -> json.putNull("next"));
    return json;
  }

  private Future<Reply> list(Call call) {
    Query query = call.query();
    Set<String> products = DeviceQuery.products(query, call.caller());
    String prefix = query.text("prefix", Labels.MAX_LENGTH).orElse("");
    Optional<LabelCount> after = query.text("after", MAX_TEXT).map(LabelEndpoints::after);
    int limit = query.limit();
    query.check();
    return labels
        .counts(products, prefix, after, limit)
        .map(
            page ->
                Reply.page(
                    "labels",
                    page,
                    limit,
                    LabelEndpoints::write,
                    last -> Json.text(last.key() + "=" + last.value())));
  }

  private static LabelCount after(String text) {
    int equals = text.indexOf('=');
    return equals < 0
        ? new LabelCount(text, "", 0)
        : new LabelCount(text.substring(0, equals), text.substring(equals + 1), 0);
  }

  private static ObjectNode write(LabelCount count) {
    return Json.object()
        .put("key", count.key())
        .put("value", count.value())
        .put("devices", count.devices());
  }
}
