package io.otakey.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.otakey.gateway.journal.Compaction;
import io.otakey.gateway.journal.JournalEntry;
import io.otakey.gateway.journal.JournalReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code otakey admin journal}. */
@Command(
    name = "journal",
    description = "What nodes wrote down, to bring back what the fleet does not know.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
final class JournalCommands extends AdminGroup {
  /** Devices of one request. */
  private static final int PART = 400;

  @Command(
      name = "replay",
      description = {
        "Bring the rows forward to what the journals of ALL nodes say, as one history.",
        "Tells what it would do, and does it with --apply. May be repeated."
      },
      mixinStandardHelpOptions = true)
  int replay(
      @Parameters(
              paramLabel = "FOLDER",
              arity = "1..*",
              description = "Journals, or files of them.")
          List<Path> paths,
      @Option(names = "--apply", description = "Do it.") boolean apply) {
    return call(
        session -> {
          Compaction history = new Compaction();
          read(session, paths, history);
          Sum sum = new Sum();
          history.parts(PART, part -> sum.add(send(session, part, apply)));
          return sum.show(session, history.size(), apply);
        });
  }

  private static void read(Session session, List<Path> paths, Compaction history)
      throws IOException {
    Set<UUID> installations = new LinkedHashSet<>();
    Set<UUID> nodes = new LinkedHashSet<>();
    long records = 0;
    for (Path file : files(paths)) {
      Optional<JournalReader.Summary> summary = JournalReader.read(file, history::add);
      if (summary.isEmpty()) {
        session.output().note(file + " is not a file of a journal: left out");
        continue;
      }
      installations.add(summary.get().installation());
      nodes.add(summary.get().node());
      records += summary.get().records();
      if (summary.get().damagedBytes() > 0) {
        session.output().note(file + ": " + summary.get().damagedBytes() + " bytes are damaged");
      }
    }
    if (installations.size() > 1) {
      throw new CommandException("these journals belong to different installations");
    }
    session.output().note(records + " records of " + nodes.size() + " nodes");
  }

  private static List<Path> files(List<Path> paths) throws IOException {
    List<Path> files = new ArrayList<>();
    for (Path path : paths) {
      if (Files.isDirectory(path)) {
        try (Stream<Path> inside = Files.list(path)) {
          files.addAll(
              inside.filter(file -> file.toString().endsWith(".journal")).sorted().toList());
        }
      } else {
        files.add(path);
      }
    }
    return files;
  }

  private static JsonNode send(Session session, List<JournalEntry> part, boolean apply) {
    try {
      return session
          .api()
          .upload(
              "/journal?dryRun=" + !apply, "application/octet-stream", JournalReader.write(part));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What all parts came to. */
  private static final class Sum {
    private final Map<String, Long> devices = new TreeMap<>();
    private long labeled;
    private final Set<String> raised = new TreeSet<>();
    private final Set<String> connections = new LinkedHashSet<>();
    private final Set<String> conflicts = new LinkedHashSet<>();

    private void add(JsonNode answer) {
      answer
          .path("devices")
          .properties()
          .forEach(entry -> devices.merge(entry.getKey(), entry.getValue().asLong(), Long::sum));
      answer.path("generationsRaised").forEach(id -> raised.add(id.asText()));
      answer.path("connections").forEach(id -> connections.add(id.asText()));
      labeled += answer.path("labeled").asLong();
      answer.path("conflicts").forEach(what -> conflicts.add(what.asText()));
    }

    private int show(Session session, int known, boolean apply) {
      Output output = session.output();
      if (output.json()) {
        return output.show(ApiConnection.JSON.valueToTree(asMap(apply)));
      }
      Table table = new Table(apply ? "DID" : "WOULD", "DEVICES");
      devices.forEach((effect, count) -> table.row(effect, count.toString()));
      table.print(output.out());
      output.say(known + " devices in the journals");
      raised.forEach(id -> output.say("generation of product " + id + " raised"));
      connections.forEach(id -> output.say("connection " + id + " is there again"));
      if (labeled > 0) {
        output.say("labels of " + labeled + " devices are there again");
      }
      conflicts.forEach(what -> output.note("LEFT ALONE: " + what));
      if (!apply) {
        output.note("nothing was changed: --apply does it");
      }
      return 0;
    }

    private Map<String, Object> asMap(boolean apply) {
      return Map.of(
          "dryRun",
          !apply,
          "devices",
          devices,
          "generationsRaised",
          raised,
          "connections",
          connections,
          "labeled",
          labeled,
          "conflicts",
          conflicts);
    }
  }
}
