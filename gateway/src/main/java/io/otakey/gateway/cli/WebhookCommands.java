package io.otakey.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code otakey admin webhook}. */
@Command(
    name = "webhook",
    description = "Where events are posted to: signed, in order, at least once.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
final class WebhookCommands extends AdminGroup {
  @Command(name = "list", description = "All webhooks.", mixinStandardHelpOptions = true)
  int list() {
    return call(
        session -> {
          JsonNode answer = session.api().get("/webhooks");
          Table table = new Table("ID", "STATE", "DELIVERED", "LAST", "URL", "LAST FAILURE");
          for (JsonNode webhook : answer.path("webhooks")) {
            table.row(
                webhook.path("id").asText(),
                webhook.path("state").asText(),
                webhook.path("delivered").asText(),
                webhook.path("deliveredAt").asText("-"),
                webhook.path("url").asText(),
                webhook.path("why").asText());
          }
          return session.output().show(answer, table);
        });
  }

  @Command(
      name = "show",
      description = "One webhook, and how many events wait for it.",
      mixinStandardHelpOptions = true)
  int show(@Parameters(paramLabel = "ID") String id) {
    return call(session -> shown(session, session.api().get(path(id))));
  }

  private static int shown(Session session, JsonNode webhook) {
    Table table = new Table("NAME", "VALUE");
    for (String name :
        List.of(
            "id",
            "url",
            "state",
            "waiting",
            "delivered",
            "deliveredAt",
            "failingSince",
            "pausedAt",
            "why",
            "formerSecretUntil")) {
      if (webhook.has(name)) {
        table.row(name, webhook.path(name).asText());
      }
    }
    table.row("kinds", texts(webhook.path("kinds")));
    table.row("products", texts(webhook.path("products")));
    return session.output().show(webhook, table);
  }

  private static String texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(text -> texts.add(text.asText()));
    return texts.isEmpty() ? "all" : String.join(",", texts);
  }

  @Command(
      name = "put",
      description = {
        "Make a webhook, which begins with the events from now on, or change all of one. A new one's",
        "secret is shown this once."
      },
      mixinStandardHelpOptions = true,
      sortOptions = false)
  int put(
      @Parameters(paramLabel = "ID") String id,
      @Option(
              names = "--to",
              paramLabel = "URL",
              required = true,
              description = "https://HOST[:PORT]/PATH")
          String url,
      @Option(
              names = "--kind",
              paramLabel = "KIND",
              description = "Events of this kind, as rotated; may be repeated. Default all.")
          @Nullable List<String> kinds,
      @Option(
              names = "--product",
              paramLabel = "PRODUCT",
              description = "Events of this product; may be repeated. Default all.")
          @Nullable List<String> products,
      @Option(
              names = "--trust",
              paramLabel = "FILE",
              description = "PEM, trusted for this webhook.")
          @Nullable Path ca,
      @Option(names = "--insecure", description = "Allow http: the network can read the events.")
          boolean insecure,
      @Option(
              names = {"-o", "--output"},
              paramLabel = "FILE",
              description = "The secret into a file for the owner only.")
          @Nullable Path output) {
    return call(
        session -> {
          ObjectNode body = ApiConnection.JSON.createObjectNode();
          body.put("url", url).put("insecure", insecure);
          if (ca != null) {
            body.put("ca", read(ca));
          }
          put(body.putArray("kinds"), kinds);
          put(body.putArray("products"), products);
          JsonNode now = session.api().send("PUT", path(id), body);
          return now.has("secret")
              ? secret(session, now, output)
              : session.output().show(now, "webhook " + id + " is changed");
        });
  }

  private static void put(ArrayNode array, @Nullable List<String> texts) {
    if (texts != null) {
      texts.forEach(array::add);
    }
  }

  private static String read(Path file) throws IOException {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new CommandException("file " + file + " does not exist: mend --trust");
    }
  }

  private static int secret(Session session, JsonNode webhook, @Nullable Path output)
      throws IOException {
    String secret = webhook.path("secret").asText();
    if (output == null) {
      return session.output().show(webhook, secret);
    }
    Output.write(output, (secret + "\n").getBytes(StandardCharsets.US_ASCII));
    ObjectNode rest = webhook.deepCopy();
    rest.remove("secret");
    return session.output().show(rest, "secret in " + output);
  }

  @Command(
      name = "new-secret",
      description = "Make a new secret, shown this once; the former one signs too for a day.",
      mixinStandardHelpOptions = true)
  int newSecret(
      @Parameters(paramLabel = "ID") String id,
      @Option(
              names = {"-o", "--output"},
              paramLabel = "FILE",
              description = "File for the owner only; else the standard output.")
          @Nullable Path output) {
    return call(session -> secret(session, session.api().act(path(id) + "/secret"), output));
  }

  @Command(
      name = "test",
      description = "Post a signed request without events, now.",
      mixinStandardHelpOptions = true)
  int test(@Parameters(paramLabel = "ID") String id) {
    return call(
        session -> {
          session.api().act(path(id) + "/test");
          return session.output().say("webhook " + id + " took it");
        });
  }

  @Command(
      name = "resume",
      description = "Try again at once, paused or not, where it stopped.",
      mixinStandardHelpOptions = true)
  int resume(@Parameters(paramLabel = "ID") String id) {
    return call(session -> shown(session, session.api().act(path(id) + "/resume")));
  }

  @Command(
      name = "delete",
      description = "Forget it, with what waits for it.",
      mixinStandardHelpOptions = true)
  int delete(@Parameters(paramLabel = "ID") String id) {
    return call(
        session -> {
          session.api().delete(path(id));
          return session.output().say("webhook " + id + " is forgotten");
        });
  }

  private static String path(String id) {
    return "/webhooks/" + ApiConnection.escape(id);
  }
}
