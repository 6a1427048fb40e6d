package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.otakey.gateway.registry.Connection;
import io.otakey.gateway.registry.Connections;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** Connections in JSON and YAML. */
final class ConnectionJson {
  private ConnectionJson() {}

  /** A connection with its id. */
  static ObjectNode write(Connections.Stored stored) {
    Connection connection = stored.connection();
    ObjectNode json = Json.object();
    json.put("id", stored.id());
    json.put("platformId", connection.platformId());
    json.put("scheme", connection.scheme());
    json.put("host", connection.host());
    json.put("port", connection.port());
    connection.clientId().ifPresent(text -> json.put("clientId", text));
    connection.userName().ifPresent(text -> json.put("userName", text));
    connection.topicPrefix().ifPresent(text -> json.put("topicPrefix", text));
    connection
        .spkiSha256()
        .ifPresent(hash -> json.put("spkiSha256", HexFormat.of().formatHex(hash)));
    return json;
  }

  static Connection read(Fields fields) {
    int before = fields.faults().size();
    Connection connection =
        new Connection(
            fields.text("platformId"),
            fields.text("scheme"),
            fields.text("host"),
            (int) fields.integer("port", 1, 65_535),
            fields.optionalText("clientId"),
            fields.optionalText("userName"),
            fields.optionalText("topicPrefix"),
            readHash(fields));
    if (fields.faults().size() == before) {
      List<String> problems = new ArrayList<>();
      connection.validate(problems);
      fields.faults(problems);
    }
    return connection;
  }

  private static Optional<byte[]> readHash(Fields fields) {
    Optional<String> hex = fields.optionalText("spkiSha256");
    if (hex.isPresent() && !hex.get().matches("[0-9A-Fa-f]{64}")) {
      fields.fault("spkiSha256", "must have 64 hex digits");
      return Optional.empty();
    }
    return hex.map(HexFormat.of()::parseHex);
  }
}
