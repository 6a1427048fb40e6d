package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.otakey.gateway.registry.Announcer;
import io.otakey.gateway.registry.AwaitingDevice;
import io.otakey.gateway.registry.Connection;
import io.otakey.gateway.registry.Connections;
import io.otakey.gateway.registry.DeviceAdministration;
import io.otakey.gateway.registry.DeviceChange;
import io.otakey.gateway.registry.DeviceFilter;
import io.otakey.gateway.registry.DeviceRecord;
import io.otakey.gateway.registry.OperatorAction;
import io.otakey.gateway.registry.ProductRegistry;
import io.otakey.gateway.registry.Wish;
import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.Future;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Finding devices and acting on them. */
final class DeviceEndpoints {
  private final DeviceAdministration devices;
  private final Announcer announcer;
  private final ConnectionCheck connections;

  DeviceEndpoints(
      DeviceAdministration devices,
      Announcer announcer,
      ProductRegistry products,
      Connections connections) {
    this.devices = devices;
    this.announcer = announcer;
    this.connections = new ConnectionCheck(products, connections);
  }

  void addTo(Map<String, Endpoint> endpoints) {
    endpoints.put("getDevice", this::get);
    endpoints.put("listDevices", this::list);
    endpoints.put("actOnDevice", this::act);
    endpoints.put("listAwaiting", this::awaiting);
    endpoints.put("approveDevices", this::approve);
    endpoints.put("wantOfDevices", this::want);
  }

  private Future<Reply> get(Call call) {
    DeviceRef ref = call.device();
    return devices
        .get(ref)
        .map(
            found ->
                Reply.json(DeviceJson.write(found.orElseThrow(() -> noDevice(ref).exception()))));
  }

  private Future<Reply> list(Call call) {
    Query query = call.query();
    DeviceFilter filter = DeviceQuery.filter(query, call.caller());
    Optional<DeviceRef> after = DeviceQuery.after(query);
    int limit = query.limit();
    query.check();
    return devices
        .list(filter, after, limit)
        .map(
            page ->
                Reply.page(
                    "devices",
                    page,
                    limit,
                    DeviceJson::write,
                    last -> DeviceJson.next(last.ref())));
  }

  private Future<Reply> act(Call call) {
    OperatorAction action =
        Names.find(OperatorAction.class, call.path("action"))
            .orElseThrow(
                () ->
                    Problem.notFound(
                            "there is no such action: use one of "
                                + Names.all(OperatorAction.class))
                        .exception());
    return devices
        .act(call.caller().actor(), action, call.device())
        .map(change -> Reply.json(DeviceJson.write(changed(change))));
  }

  private static DeviceRecord changed(DeviceChange change) {
    if (change instanceof DeviceChange.Changed done) {
      return done.now();
    }
    if (change instanceof DeviceChange.NotAllowed refused) {
      throw Problem.of(Problem.Kind.CONFLICT, refused.why()).exception();
    }
    throw noDevice(((DeviceChange.NotFound) change).ref()).exception();
  }

  private Future<Reply> awaiting(Call call) {
    Query query = call.query();
    AwaitingDevice.Reason reason =
        query
            .choice("reason", AwaitingDevice.Reason.class)
            .orElse(AwaitingDevice.Reason.RE_ENROLLMENT);
    String after = query.text("after", DeviceRef.MAX_DEVICE_ID).orElse("");
    int limit = query.limit();
    query.check();
    return devices
        .awaiting(call.productId(), reason, after, limit)
        .map(
            page ->
                Reply.page(
                    "awaiting",
                    page,
                    limit,
                    DeviceJson::write,
                    last -> Json.text(last.ref().deviceId())));
  }

  private Future<Reply> approve(Call call) {
    Set<String> ids = call.read(DeviceEndpoints::readIds);
    return devices
        .approve(call.caller().actor(), call.productId(), List.copyOf(ids))
        .map(done -> Reply.json(split(ids, done, "approved", "notApproved")));
  }

  private record Wanting(Wish wish, Set<String> ids) {}

  private Future<Reply> want(Call call) {
    Wanting wanting =
        call.read(fields -> new Wanting(readWish(fields), DeviceEndpoints.readIds(fields)));
    int connection = wanting.wish instanceof Wish.Move move ? move.connectionId() : 0;
    return connections
        .check(call.caller(), connection)
        .compose(
            v ->
                devices.want(
                    call.caller().actor(),
                    wanting.wish,
                    call.productId(),
                    List.copyOf(wanting.ids)))
        .map(
            asked -> {
              announcer.announce(asked);
              List<String> wanted = asked.stream().map(device -> device.ref().deviceId()).toList();
              return Reply.json(split(wanting.ids, wanted, "wanted", "notWanted"));
            });
  }

  private static Wish readWish(Fields fields) {
    int connection = (int) fields.optionalInteger("connectionId", 1, Connection.MAX_ID).orElse(0);
    String wish = fields.text("wish");
    if ((connection > 0) != wish.equals("move")) {
      fields.fault("connectionId", "belongs to the wish 'move', and only to that");
    }
    return switch (wish) {
      case "rotate" -> new Wish.Rotate();
      case "move" -> new Wish.Move(connection);
      case "nothing" -> new Wish.Nothing();
      default -> {
        fields.fault("wish", "must be rotate, move or nothing");
        yield new Wish.Nothing();
      }
    };
  }

  private static ObjectNode split(Set<String> ids, List<String> done, String yes, String no) {
    Set<String> taken = new HashSet<>(done);
    ObjectNode json = Json.object();
    ArrayNode with = json.putArray(yes);
    ArrayNode without = json.putArray(no);
    ids.forEach(id -> (taken.contains(id) ? with : without).add(id));
    return json;
  }

  static Set<String> readIds(Fields fields) {
    List<String> ids = fields.texts("deviceIds", DeviceAdministration.MAX_CHUNK);
    if (ids.isEmpty()) {
      fields.fault("deviceIds", "is missing or empty: name at least one device");
    }
    if (!ids.stream().allMatch(DeviceRef::isDeviceId)) {
      fields.fault(
          "deviceIds", "must hold device ids, of the form [A-Za-z0-9][A-Za-z0-9._:-]{0,63}");
    }
    return new LinkedHashSet<>(ids);
  }

  private static Problem noDevice(DeviceRef ref) {
    return Problem.notFound(
        "product '"
            + ref.productId()
            + "' has no device '"
            + ref.deviceId()
            + "': check the id, or register the device");
  }
}
