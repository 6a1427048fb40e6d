package io.otakey.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code otakey admin token}. */
@Command(
    name = "token",
    description = "Tokens of the administration API.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
final class TokenCommands extends AdminGroup {
  @Command(name = "list", description = "List all tokens.", mixinStandardHelpOptions = true)
  int list() {
    return call(
        session -> {
          JsonNode answer = session.api().get("/tokens");
          Table table = new Table("ID", "NAME", "ROLE", "PRODUCTS", "CREATED", "STATE");
          for (JsonNode token : answer.path("tokens")) {
            table.row(
                token.path("id").asText(),
                token.path("name").asText(),
                token.path("role").asText(),
                products(token),
                token.path("createdAt").asText(),
                state(token));
          }
          return session.output().show(answer, table);
        });
  }

  @Command(
      name = "create",
      description = "Make a token. It is shown this once.",
      mixinStandardHelpOptions = true)
  int create(
      @Parameters(paramLabel = "NAME", description = "Stands in the audit log.") String name,
      @Option(names = "--role", required = true, description = "viewer, operator or admin.")
          String role,
      @Option(
              names = "--product",
              paramLabel = "PRODUCT",
              description = "Limit it to this product; may be repeated.")
          @Nullable List<String> products,
      @Option(names = "--expires", paramLabel = "TIME") @Nullable String expires,
      @Option(
              names = {"-o", "--output"},
              paramLabel = "FILE",
              description = "File for the owner only; else the standard output.")
          @Nullable Path output) {
    return call(
        session -> {
          ObjectNode body = ApiConnection.JSON.createObjectNode();
          body.put("name", name).put("role", role);
          if (products != null) {
            ArrayNode limit = body.putArray("products");
            products.forEach(limit::add);
          }
          if (expires != null) {
            body.put("expiresAt", expires);
          }
          JsonNode made = session.api().send("POST", "/tokens", body);
          String token = made.path("token").asText();
          if (output == null) {
            return session.output().show(made, token);
          }
          Output.write(output, (token + "\n").getBytes(StandardCharsets.US_ASCII));
          return session.output().show(made.path("stored"), "token in " + output);
        });
  }

  @Command(
      name = "revoke",
      description = "Revoke a token for good.",
      mixinStandardHelpOptions = true)
  int revoke(@Parameters(paramLabel = "ID") long id) {
    return call(
        session -> {
          session.api().delete("/tokens/" + id);
          return 0;
        });
  }

  private static String products(JsonNode token) {
    List<String> ids = new ArrayList<>();
    token.path("products").forEach(id -> ids.add(id.asText()));
    return ids.isEmpty() ? "all" : String.join(",", ids);
  }

  private static String state(JsonNode token) {
    if (token.has("revokedAt")) {
      return "revoked " + token.path("revokedAt").asText();
    }
    return token.has("expiresAt") ? "expires " + token.path("expiresAt").asText() : "valid";
  }
}
