package io.otakey.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code otakey admin connection}. */
@Command(
    name = "connection",
    description = "Cloud connections. They never change and are never deleted.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
final class ConnectionCommands extends AdminGroup {
  private static final String UNTOLD =
      "warning: login names on this connection do not tell the device: a platform that asks the"
          + " gateway refuses them";
  private static final String ONE_DEVICE =
      "warning: two devices on this connection have one client id and end each other's sessions";

  @Command(name = "list", description = "List all of them.", mixinStandardHelpOptions = true)
  int list() {
    return call(
        session -> {
          JsonNode answer = session.api().get("/connections");
          Table table = new Table("ID", "PLATFORM", "ADDRESS", "CREATED");
          for (JsonNode connection : answer.path("connections")) {
            table.row(
                connection.path("id").asText(),
                connection.path("platformId").asText(),
                address(connection),
                connection.path("createdAt").asText());
          }
          return session.output().show(answer, table);
        });
  }

  @Command(
      name = "create",
      description = "Store one under the next id.",
      mixinStandardHelpOptions = true)
  int create(
      @Option(names = "--platform", required = true, description = "Platform id.") String platform,
      @Option(names = "--scheme", required = true, description = "As mqtts.") String scheme,
      @Option(names = "--host", required = true) String host,
      @Option(names = "--port", required = true) int port,
      @Option(
              names = "--client-id",
              description =
                  "MQTT client id: for a connection that one device uses. Without it each device"
                      + " has its own, PRODUCT.DEVICE.")
          @Nullable String clientId,
      @Option(
              names = "--user-name",
              description =
                  "What login names begin with, instead of PRODUCT.DEVICE. Not for a platform that"
                      + " asks the gateway: it could not tell which device it is.")
          @Nullable String userName,
      @Option(names = "--topic-prefix") @Nullable String topicPrefix,
      @Option(
              names = "--spki-sha256",
              paramLabel = "HEX",
              description = "Hash of a public key in the platform's chain.")
          @Nullable String spki) {
    return call(
        session -> {
          ObjectNode body = ApiConnection.JSON.createObjectNode();
          body.put("platformId", platform).put("scheme", scheme);
          body.put("host", host).put("port", port);
          put(body, "clientId", clientId);
          put(body, "userName", userName);
          put(body, "topicPrefix", topicPrefix);
          put(body, "spkiSha256", spki);
          JsonNode made = session.api().send("POST", "/connections", body);
          if (userName != null) {
            session.output().note(UNTOLD);
          }
          if (clientId != null) {
            session.output().note(ONE_DEVICE);
          }
          return session
              .output()
              .show(made, "connection " + made.path("id").asText() + ": " + address(made));
        });
  }

  private static void put(ObjectNode body, String name, @Nullable String value) {
    if (value != null) {
      body.put(name, value);
    }
  }

  private static String address(JsonNode connection) {
    return connection.path("scheme").asText()
        + "://"
        + connection.path("host").asText()
        + ":"
        + connection.path("port").asText();
  }
}
