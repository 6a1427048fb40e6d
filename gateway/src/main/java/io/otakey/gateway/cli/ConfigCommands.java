package io.otakey.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code otakey admin config}. */
@Command(
    name = "config",
    description = "Products, policies and connections as code.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
final class ConfigCommands extends AdminGroup {
  @Command(name = "export", description = "Get it as YAML.", mixinStandardHelpOptions = true)
  int export(
      @Option(
              names = {"-o", "--output"},
              paramLabel = "FILE",
              description = "Else the standard output.")
          @Nullable Path output) {
    return call(
        session -> {
          byte[] yaml = session.api().download("/config");
          if (output == null) {
            return session.output().say(new String(yaml, StandardCharsets.UTF_8).stripTrailing());
          }
          Output.write(output, yaml);
          return 0;
        });
  }

  @Command(
      name = "apply",
      description = "Make it so; what is so already stays untouched, nothing is deleted.",
      mixinStandardHelpOptions = true)
  int apply(
      @Parameters(paramLabel = "FILE", description = "YAML, or - for the standard input.")
          Path file,
      @Option(names = "--dry-run", description = "Only tell what would be changed.")
          boolean dryRun) {
    return call(
        session -> {
          byte[] yaml =
              file.toString().equals("-") ? System.in.readAllBytes() : Files.readAllBytes(file);
          JsonNode answer =
              session.api().upload("/config?dryRun=" + dryRun, "application/yaml", yaml);
          Table table = new Table(dryRun ? "WOULD" : "DID", "WHAT", "FIELD", "FROM", "TO");
          for (JsonNode change : answer.path("changes")) {
            rows(table, change);
          }
          if (answer.path("changes").isEmpty() && !session.output().json()) {
            return session.output().say("nothing to change");
          }
          return session.output().show(answer, table);
        });
  }

  private static void rows(Table table, JsonNode change) {
    String action = change.path("action").asText();
    String what = change.path("kind").asText() + " " + change.path("id").asText();
    if (action.equals("import")) {
      table.row("TO DO", what, "'otakey admin product key import'", "", "");
    }
    for (JsonNode field : change.path("fields")) {
      table.row(
          action,
          what,
          field.path("field").asText(),
          field.path("from").asText(),
          field.path("to").asText());
    }
  }
}
