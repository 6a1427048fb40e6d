package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.otakey.gateway.registry.AwaitingDevice;
import io.otakey.gateway.registry.DeviceRecord;
import io.otakey.gateway.registry.Labels;
import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.wire.DeviceRef;
import java.time.Instant;
import java.util.Optional;
import java.util.TreeMap;

/** Devices in JSON and CSV. The token of a row stays here: it is nobody's business. */
final class DeviceJson {
  static final String CSV_HEADER =
      "productId,deviceId,status,epoch,attempt,connectionId,createdAt,firstCommittedAt,"
          + "committedAt,lastSeen,firmware,lastError,wantedEpoch,wantedConnectionId,labels\n";

  private DeviceJson() {}

  /** How a request names the page after this device. */
  static JsonNode next(DeviceRef last) {
    return Json.text(last.productId() + "/" + last.deviceId());
  }

  static ObjectNode write(DeviceRecord device) {
    DeviceRow row = device.row();
    ObjectNode json = Json.object();
    json.put("productId", device.ref().productId());
    json.put("deviceId", device.ref().deviceId());
    json.put("status", Names.of(row.status()));
    device.returnsTo().ifPresent(status -> json.put("returnsTo", Names.of(status)));
    json.put("epoch", row.epoch());
    json.put("attempt", row.attempt());
    json.put("connectionId", row.connectionId());
    if (row.reEnrollApproved()) {
      json.put("reEnrollApproved", true);
    }
    if (row.recoveredIn() > 0) {
      json.put("recoveredIn", row.recoveredIn());
    }
    json.put("createdAt", device.createdAt().toString());
    device.firstCommittedAt().ifPresent(at -> json.put("firstCommittedAt", at.toString()));
    device.committedAt().ifPresent(at -> json.put("committedAt", at.toString()));
    device.lastSeen().ifPresent(at -> json.put("lastSeen", at.toString()));
    device.firmware().ifPresent(text -> json.put("firmware", text));
    device.lastError().ifPresent(code -> json.put("lastError", code));
    if (device.wanted().rotation(row)) {
      json.put("wantedEpoch", device.wanted().epoch());
    }
    if (device.wanted().move(row)) {
      json.put("wantedConnectionId", device.wanted().connectionId());
    }
    if (!device.labels().isEmpty()) {
      ObjectNode labels = json.putObject("labels");
      new TreeMap<>(device.labels()).forEach(labels::put);
    }
    return json;
  }

  /** One line of CSV, in the order of {@link #CSV_HEADER}. */
  static String csv(DeviceRecord device) {
    DeviceRow row = device.row();
    return device.ref().productId()
        + ','
        + device.ref().deviceId()
        + ','
        + Names.of(row.status())
        + ','
        + row.epoch()
        + ','
        + row.attempt()
        + ','
        + row.connectionId()
        + ','
        + device.createdAt()
        + ','
        + time(device.firstCommittedAt())
        + ','
        + time(device.committedAt())
        + ','
        + time(device.lastSeen())
        + ','
        + device.firmware().map(DeviceJson::cell).orElse("")
        + ','
        + (device.lastError().isPresent() ? device.lastError().getAsLong() : "")
        + ','
        + (device.wanted().rotation(row) ? device.wanted().epoch() : "")
        + ','
        + (device.wanted().move(row) ? device.wanted().connectionId() : "")
        + ','
        + Labels.text(device.labels())
        + '\n';
  }

  static ObjectNode write(AwaitingDevice device) {
    return Json.object()
        .put("deviceId", device.ref().deviceId())
        .put("reason", Names.of(device.reason()))
        .put("firstAsked", device.firstAsked().toString())
        .put("lastAsked", device.lastAsked().toString())
        .put("count", device.count());
  }

  /** A text that a device chose: quoted, and never a formula to a spreadsheet. */
  private static String cell(String text) {
    boolean formula = !text.isEmpty() && "=+-@\t\r".indexOf(text.charAt(0)) >= 0;
    return '"' + (formula ? "'" : "") + text.replace("\"", "\"\"") + '"';
  }

  private static String time(Optional<Instant> at) {
    return at.map(Instant::toString).orElse("");
  }
}
