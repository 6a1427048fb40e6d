package io.otakey.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code otakey admin platform}. */
@Command(
    name = "platform",
    description = "How logins come to exist on the platforms that connections lead to.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
final class PlatformCommands extends AdminGroup {
  @Command(
      name = "kinds",
      description = "Every kind of platform, with its settings.",
      mixinStandardHelpOptions = true)
  int kinds() {
    return call(
        session -> {
          JsonNode answer = session.api().get("/platform-kinds");
          Table table = new Table("KIND", "SETTING", "", "MEANING");
          for (JsonNode kind : answer.path("kinds")) {
            String name = kind.path("name").asText();
            String what = kind.path("pushes").asBoolean() ? "logins are written" : "writes nothing";
            table.row(name, "", "", what);
            for (JsonNode setting : kind.path("settings")) {
              String use = setting.path("required").asBoolean() ? "required" : "";
              table.row(
                  "",
                  setting.path("name").asText(),
                  setting.path("secret").asBoolean() ? (use + " secret").strip() : use,
                  setting.path("doc").asText());
            }
          }
          return session.output().show(answer, table);
        });
  }

  @Command(
      name = "list",
      description = "Registered platforms, and what they are owed.",
      mixinStandardHelpOptions = true)
  int list() {
    return call(
        session -> {
          JsonNode answer = session.api().get("/platforms");
          Table table = table();
          answer.path("platforms").forEach(platform -> row(table, platform));
          return session.output().show(answer, table);
        });
  }

  @Command(name = "show", description = "Show one.", mixinStandardHelpOptions = true)
  int show(@Parameters(paramLabel = "ID") String id) {
    return call(
        session -> {
          JsonNode platform = session.api().get(path(id));
          Table table = new Table("NAME", "VALUE");
          table.row("kind", platform.path("kind").asText());
          platform
              .path("settings")
              .properties()
              .forEach(setting -> table.row(setting.getKey(), setting.getValue().asText()));
          platform.path("secrets").forEach(name -> table.row(name.asText(), "***"));
          JsonNode logins = platform.path("logins");
          logins
              .properties()
              .forEach(count -> table.row("logins." + count.getKey(), count.getValue().asText()));
          return session.output().show(platform, table);
        });
  }

  private static Table table() {
    return new Table(
        "ID", "KIND", "THERE", "GRANTED", "TO PREPARE", "TO RETIRE", "AWAY", "LAST FAILURE");
  }

  private static void row(Table table, JsonNode platform) {
    JsonNode logins = platform.path("logins");
    JsonNode lastFailure = logins.has("why") ? logins.path("why") : platform.path("why");
    table.row(
        platform.path("id").asText(),
        platform.path("kind").asText(),
        logins.path("there").asText("-"),
        logins.path("granted").asText("-"),
        logins.path("toPrepare").asText("-"),
        logins.path("toRetire").asText("-"),
        platform.path("away").asBoolean() ? "yes" : "",
        lastFailure.asText());
  }

  @Command(
      name = "put",
      description = "Register a platform, or change it: all its settings anew.",
      mixinStandardHelpOptions = true,
      sortOptions = false)
  int put(
      @Parameters(paramLabel = "ID", description = "As connections name it.") String id,
      @Option(names = "--kind", required = true, description = "See 'platform kinds'.") String kind,
      @Option(names = "--set", paramLabel = "NAME=VALUE", description = "A setting.")
          @Nullable Map<String, String> settings,
      @Option(
              names = "--secret",
              paramLabel = "NAME=FILE",
              description =
                  "A secret setting: the file's text without the end of its last line. Without any,"
                      + " those that are stored stay.")
          @Nullable Map<String, Path> secrets,
      @Option(names = "--no-secrets", description = "Take all stored secrets away.")
          boolean noSecrets) {
    return call(
        session -> {
          ObjectNode body = ApiConnection.JSON.createObjectNode().put("kind", kind);
          ObjectNode open = body.putObject("settings");
          if (settings != null) {
            settings.forEach(open::put);
          }
          if (secrets != null || noSecrets) {
            put(body.putObject("secrets"), secrets == null ? Map.of() : secrets);
          }
          JsonNode now = session.api().send("PUT", path(id), body);
          return session
              .output()
              .show(now, "platform " + id + " is of kind " + now.path("kind").asText());
        });
  }

  private static void put(ObjectNode secrets, Map<String, Path> files) throws IOException {
    for (Map.Entry<String, Path> file : files.entrySet()) {
      try {
        secrets.put(file.getKey(), Files.readString(file.getValue()).stripTrailing());
      } catch (NoSuchFileException e) {
        throw new CommandException(
            "file " + file.getValue() + " does not exist: mend --secret " + file.getKey());
      }
    }
  }

  @Command(
      name = "check",
      description = "Whether it answers with these settings; changes nothing there.",
      mixinStandardHelpOptions = true)
  int check(@Parameters(paramLabel = "ID") String id) {
    return call(
        session -> {
          session.api().act(path(id) + "/check");
          return session.output().say("platform " + id + " answers");
        });
  }

  @Command(
      name = "reconcile",
      description = "Compare it with the registry, and mend what differs.",
      mixinStandardHelpOptions = true)
  int reconcile(
      @Parameters(paramLabel = "ID") String id,
      @Option(names = "--no-wait", description = "Only ask for it.") boolean noWait) {
    return call(
        session -> {
          JsonNode run = session.api().act(path(id) + "/reconciliation");
          while (!noWait && !run.has("endedAt")) {
            if (run.has("why")) {
              session.output().note("not yet: " + run.path("why").asText());
            }
            pause();
            run = session.api().get(path(id) + "/reconciliation");
          }
          Table table =
              new Table("NAMES", "NOT OURS", "MISSING", "NEEDED BY NOBODY", "COMPARED AT");
          table.row(
              run.path("listed").asBoolean() ? run.path("names").asText() : "cannot be listed",
              run.path("foreign").asText(),
              run.path("missing").asText(),
              run.path("extra").asText(),
              run.path("endedAt").asText("-"));
          return session.output().show(run, table);
        });
  }

  private static void pause() {
    try {
      TimeUnit.SECONDS.sleep(1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandException("interrupted; the comparison goes on");
    }
  }

  @Command(
      name = "delete",
      description = "Forget it; from now on it is treated as one that asks.",
      mixinStandardHelpOptions = true)
  int delete(
      @Parameters(paramLabel = "ID") String id,
      @Option(
              names = "--abandon",
              description = "Also if it has logins, which stay there as they are.")
          boolean abandon) {
    return call(
        session -> {
          session.api().delete(path(id) + "?abandon=" + abandon);
          return session.output().say("platform " + id + " is forgotten");
        });
  }

  private static String path(String id) {
    return "/platforms/" + ApiConnection.escape(id);
  }
}
