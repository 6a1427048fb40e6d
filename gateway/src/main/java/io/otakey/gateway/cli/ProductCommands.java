package io.otakey.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code otakey admin product}. */
@Command(
    name = "product",
    description = "Products, their policies, keys and bundles.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = KeyCommands.class)
final class ProductCommands extends AdminGroup {
  @Command(name = "list", description = "List all products.", mixinStandardHelpOptions = true)
  int list() {
    return call(
        session -> {
          JsonNode answer = session.api().get("/products");
          Table table = new Table("ID", "NAME", "ALLOW-LIST", "RE-ENROLL", "KEYS", "CONNECTION");
          for (JsonNode product : answer.path("products")) {
            JsonNode policy = product.path("policy");
            String reEnroll = policy.path("reEnroll").path("mode").asText();
            table.row(
                product.path("id").asText(),
                product.path("name").asText(),
                policy.path("allowList").asText(),
                product.path("unprotected").asBoolean() ? "UNPROTECTED" : reEnroll,
                keys(product),
                connection(product));
          }
          return session.output().show(answer, table);
        });
  }

  @Command(name = "show", description = "Show one product.", mixinStandardHelpOptions = true)
  int show(@Parameters(paramLabel = "PRODUCT") String id) {
    return call(session -> show(session, session.api().get(path(id))));
  }

  @Command(
      name = "create",
      description = "Create a product; add a key next.",
      mixinStandardHelpOptions = true)
  int create(
      @Parameters(paramLabel = "PRODUCT", description = "[a-z0-9][a-z0-9-]{0,31}") String id,
      @Option(names = "--name", required = true, description = "For people.") String name,
      @Option(names = "--connection", description = "What enrollments are granted; 0 = none.")
          @Nullable Integer connection,
      @Mixin PolicyOptions policy) {
    return call(
        session -> {
          ObjectNode body = ApiConnection.JSON.createObjectNode();
          body.put("id", id).put("name", name);
          policy.applyTo(body.putObject("policy"));
          if (connection != null) {
            body.put("connectionId", connection);
          }
          return show(session, session.api().send("POST", "/products", body));
        });
  }

  @Command(
      name = "update",
      description = "Change a product; what is not given stays as it is.",
      mixinStandardHelpOptions = true)
  int update(
      @Parameters(paramLabel = "PRODUCT") String id,
      @Option(names = "--name", description = "For people.") @Nullable String name,
      @Option(names = "--connection", description = "What enrollments are granted; 0 = none.")
          @Nullable Integer connection,
      @Mixin PolicyOptions policy) {
    return call(
        session -> {
          JsonNode now = session.api().get(path(id));
          ObjectNode body = ApiConnection.JSON.createObjectNode();
          body.put("version", now.path("version").asLong());
          body.put("name", name == null ? now.path("name").asText() : name);
          int wanted = connection == null ? now.path("connectionId").asInt() : connection;
          body.put("connectionId", wanted);
          ObjectNode merged = now.path("policy").deepCopy();
          policy.applyTo(merged);
          body.set("policy", merged);
          return show(session, session.api().send("PUT", path(id), body));
        });
  }

  @Command(
      name = "bundle",
      description = "Get what the factory puts into the firmware. It holds the product key.",
      mixinStandardHelpOptions = true)
  int bundle(
      @Parameters(paramLabel = "PRODUCT") String id,
      @Option(names = "--format", defaultValue = "json", description = "json, c or hex.")
          String format,
      @Option(names = "--key-version", description = "Else the newest that is not retired.")
          @Nullable Integer version,
      @Option(
              names = "--gateway-address",
              paramLabel = "HOST",
              description = "Where devices find the gateway; at most two.")
          @Nullable List<String> addresses,
      @Option(
              names = "--address",
              paramLabel = "ADDRESS",
              description = "Flash address of the hex page, as 0x0007F000.")
          @Nullable String page,
      @Option(
              names = {"-o", "--output"},
              paramLabel = "FILE",
              description = "File for the owner only; else the standard output.")
          @Nullable Path output) {
    return call(
        session -> {
          List<String> query = new ArrayList<>();
          query.add("format=" + ApiConnection.escape(format));
          if (version != null) {
            query.add("keyVersion=" + version);
          }
          if (page != null) {
            query.add("pageAddress=" + ApiConnection.escape(page));
          }
          Optional.ofNullable(addresses)
              .orElse(List.of())
              .forEach(host -> query.add("gatewayAddress=" + ApiConnection.escape(host)));
          byte[] bundle = session.api().download(path(id) + "/bundle?" + String.join("&", query));
          if (output == null) {
            return session.output().say(new String(bundle, StandardCharsets.UTF_8).stripTrailing());
          }
          Output.write(output, bundle);
          session.output().note(output + " holds the product key: keep it as you keep the key");
          return 0;
        });
  }

  static int show(Session session, JsonNode product) {
    Table table = new Table("PRODUCT", product.path("id").asText());
    table.row("name", product.path("name").asText());
    JsonNode policy = product.path("policy");
    table.row("allow-list", policy.path("allowList").asText());
    for (String field : List.of("from", "until", "quota", "perMinute")) {
      if (policy.has(field)) {
        table.row(field, policy.path(field).asText());
      }
    }
    JsonNode reEnroll = policy.path("reEnroll");
    String end = reEnroll.path("until").asText();
    table.row("re-enroll", (reEnroll.path("mode").asText() + " " + end).strip());
    if (product.path("unprotected").asBoolean()) {
      table.row("UNPROTECTED", "whoever has the product key can enroll active devices anew");
    }
    table.row("connection", connection(product));
    table.row("keys", keys(product));
    table.row("version", product.path("version").asText());
    return session.output().show(product, table);
  }

  static String path(String id) {
    return "/products/" + ApiConnection.escape(id);
  }

  private static String connection(JsonNode product) {
    int id = product.path("connectionId").asInt();
    return id == 0 ? "none" : Integer.toString(id);
  }

  private static String keys(JsonNode product) {
    List<String> keys = new ArrayList<>();
    for (JsonNode key : product.path("keys")) {
      String marks =
          (key.path("imported").asBoolean() ? " imported" : "")
              + (key.path("retired").asBoolean() ? " retired" : "");
      keys.add(key.path("version").asText() + (marks.isEmpty() ? "" : " (" + marks.strip() + ")"));
    }
    return keys.isEmpty() ? "none: add one with 'product key add'" : String.join(", ", keys);
  }
}
