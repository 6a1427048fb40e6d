package io.otakey.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code otakey admin devices}. */
@Command(
    name = "devices",
    description = "Devices: register, find, and act on them.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
final class DeviceCommands extends AdminGroup {
  private static final int APPROVE_PAGE = 1000;

  @Command(
      name = "import",
      description =
          "Register devices from a file, with their labels, so that an allow-list lets them enroll.",
      mixinStandardHelpOptions = true)
  int importDevices(
      @Parameters(paramLabel = "PRODUCT") String product,
      @Parameters(paramLabel = "FILE", description = "CSV or NDJSON, or - for standard input.")
          Path file,
      @Option(names = "--format", description = "csv or ndjson; else by the file's name.")
          @Nullable String format,
      @Option(
              names = "--from-line",
              defaultValue = "1",
              paramLabel = "N",
              description = "Go on from this line.")
          long fromLine,
      @Option(
              names = "--max-errors",
              defaultValue = "1000",
              paramLabel = "N",
              description = "Lines in error that are printed; the rest is counted.")
          int maxErrors,
      @Option(names = "--progress", negatable = true, description = "Else on a terminal only.")
          @Nullable Boolean progress) {
    if (fromLine < 1) {
      throw AdminCommand.usage(spec(), "--from-line begins at 1");
    }
    FileFormat form = FileFormat.of(spec(), format, file);
    return call(
        session ->
            new ImportRun(session, product, file, form, fromLine, maxErrors)
                .run(Progress.wanted(session.output(), progress)));
  }

  @Command(
      name = "export",
      description = "Write all devices of a filter, one a line.",
      mixinStandardHelpOptions = true)
  int export(
      @Mixin DeviceFilterOptions filter,
      @Option(names = "--format", description = "ndjson or csv; else by the file's name.")
          @Nullable String format,
      @Option(
              names = {"-o", "--output"},
              paramLabel = "FILE",
              description = "Else the standard output.")
          @Nullable Path output,
      @Option(names = "--progress", negatable = true, description = "Else on a terminal only.")
          @Nullable Boolean progress) {
    FileFormat form = FileFormat.of(spec(), format, output == null ? Path.of("-") : output);
    return call(
        session -> {
          List<String> query = filter.query();
          query.add("format=" + form.parameter());
          return new ExportRun(session, String.join("&", query), output)
              .run(Progress.wanted(session.output(), progress));
        });
  }

  @Command(name = "list", description = "Find devices.", mixinStandardHelpOptions = true)
  int list(
      @Mixin DeviceFilterOptions filter,
      @Option(names = "--limit", defaultValue = "100", description = "At most 1000.") int limit,
      @Option(names = "--after", paramLabel = "PRODUCT/DEVICE", description = "The next page.")
          @Nullable String after) {
    return call(
        session -> {
          List<String> query = filter.query();
          query.add("limit=" + limit);
          DeviceFilterOptions.add(query, "after", after);
          JsonNode answer = session.api().get("/devices?" + String.join("&", query));
          Table table =
              new Table("PRODUCT", "DEVICE", "STATUS", "EPOCH", "FIRMWARE", "COMMITTED", "SEEN");
          for (JsonNode device : answer.path("devices")) {
            table.row(
                device.path("productId").asText(),
                device.path("deviceId").asText(),
                device.path("status").asText(),
                device.path("epoch").asText(),
                device.path("firmware").asText(),
                device.path("committedAt").asText(),
                device.path("lastSeen").asText());
          }
          return session.output().showPage(answer, table, "--after");
        });
  }

  @Command(name = "show", description = "Show one device.", mixinStandardHelpOptions = true)
  int show(
      @Parameters(paramLabel = "PRODUCT") String product,
      @Parameters(paramLabel = "DEVICE") String device) {
    return call(
        session -> {
          JsonNode answer = session.api().get(path(product, device));
          Table table = new Table("DEVICE", product + "/" + device);
          answer.properties().forEach(field -> table.row(field.getKey(), text(field.getValue())));
          return session.output().show(answer, table);
        });
  }

  private static String text(JsonNode value) {
    if (!value.isObject()) {
      return value.asText();
    }
    List<String> texts = new ArrayList<>();
    value
        .properties()
        .forEach(
            label ->
                texts.add(
                    label.getValue().asText().isEmpty()
                        ? label.getKey()
                        : label.getKey() + "=" + label.getValue().asText()));
    return String.join(" ", texts);
  }

  @Command(
      name = "awaiting",
      description = "Devices that wait for an operator.",
      mixinStandardHelpOptions = true)
  int awaiting(
      @Parameters(paramLabel = "PRODUCT") String product,
      @Option(
              names = "--reason",
              defaultValue = "re-enrollment",
              description = "re-enrollment (approve it) or abandon (reset it).")
          String reason,
      @Option(names = "--limit", defaultValue = "100", description = "At most 1000.") int limit,
      @Option(names = "--after", paramLabel = "DEVICE", description = "The next page.")
          @Nullable String after) {
    return call(
        session -> {
          List<String> query = new ArrayList<>();
          query.add("limit=" + limit);
          DeviceFilterOptions.add(query, "reason", reason);
          DeviceFilterOptions.add(query, "after", after);
          JsonNode answer =
              session.api().get(awaitingPath(product) + "?" + String.join("&", query));
          Table table = new Table("DEVICE", "REASON", "FIRST ASKED", "LAST ASKED", "TIMES");
          for (JsonNode device : answer.path("awaiting")) {
            table.row(
                device.path("deviceId").asText(),
                device.path("reason").asText(),
                device.path("firstAsked").asText(),
                device.path("lastAsked").asText(),
                device.path("count").asText());
          }
          return session.output().showPage(answer, table, "--after");
        });
  }

  @Command(
      name = "approve",
      description = "Let active devices enroll again, each once.",
      mixinStandardHelpOptions = true)
  int approve(
      @Parameters(paramLabel = "PRODUCT") String product,
      @Parameters(paramLabel = "DEVICE", arity = "0..*") @Nullable List<String> devices,
      @Option(names = "--all", description = "All that wait for it.") boolean all) {
    if ((devices == null) != all) {
      throw AdminCommand.usage(spec(), "name devices, or give --all");
    }
    return call(
        session ->
            devices != null
                ? approved(session, approve(session, product, devices))
                : approveAll(session, product));
  }

  @Command(
      name = "reset",
      description = "Active devices may enroll again; their keys are kept until then.",
      mixinStandardHelpOptions = true)
  int reset(
      @Parameters(paramLabel = "PRODUCT") String product,
      @Parameters(paramLabel = "DEVICE", arity = "1..*") List<String> devices) {
    return act("reset", product, devices);
  }

  @Command(
      name = "withdraw-reset",
      description = "Take a reset back: the key is served again.",
      mixinStandardHelpOptions = true)
  int withdrawReset(
      @Parameters(paramLabel = "PRODUCT") String product,
      @Parameters(paramLabel = "DEVICE", arity = "1..*") List<String> devices) {
    return act("withdraw-reset", product, devices);
  }

  @Command(
      name = "block",
      description = "No service until they are unblocked.",
      mixinStandardHelpOptions = true)
  int block(
      @Parameters(paramLabel = "PRODUCT") String product,
      @Parameters(paramLabel = "DEVICE", arity = "1..*") List<String> devices) {
    return act("block", product, devices);
  }

  @Command(
      name = "unblock",
      aliases = "reinstate",
      description = "Back to what they were before.",
      mixinStandardHelpOptions = true)
  int unblock(
      @Parameters(paramLabel = "PRODUCT") String product,
      @Parameters(paramLabel = "DEVICE", arity = "1..*") List<String> devices) {
    return act("unblock", product, devices);
  }

  @Command(name = "revoke", description = "No service, for good.", mixinStandardHelpOptions = true)
  int revoke(
      @Parameters(paramLabel = "PRODUCT") String product,
      @Parameters(paramLabel = "DEVICE", arity = "1..*") List<String> devices) {
    return act("revoke", product, devices);
  }

  @Command(
      name = "remove",
      description = "For good; the row keeps the identity but drops the key.",
      mixinStandardHelpOptions = true)
  int remove(
      @Parameters(paramLabel = "PRODUCT") String product,
      @Parameters(paramLabel = "DEVICE", arity = "1..*") List<String> devices) {
    return act("remove", product, devices);
  }

  @Command(
      name = "reopen",
      description = "Removed devices may enroll for a new owner.",
      mixinStandardHelpOptions = true)
  int reopen(
      @Parameters(paramLabel = "PRODUCT") String product,
      @Parameters(paramLabel = "DEVICE", arity = "1..*") List<String> devices) {
    return act("reopen", product, devices);
  }

  @Command(
      name = "rotate",
      description = "Active devices get a new key at their next POLL.",
      mixinStandardHelpOptions = true)
  int rotate(
      @Parameters(paramLabel = "PRODUCT") String product,
      @Parameters(paramLabel = "DEVICE", arity = "1..*") List<String> devices) {
    return want(product, devices, "rotate", 0);
  }

  @Command(
      name = "move",
      description = "Active devices go to another connection, with a new key, at their next POLL.",
      mixinStandardHelpOptions = true)
  int move(
      @Parameters(paramLabel = "PRODUCT") String product,
      @Option(
              names = "--connection",
              required = true,
              paramLabel = "ID",
              description = "See 'connection list'.")
          int connection,
      @Parameters(paramLabel = "DEVICE", arity = "1..*") List<String> devices) {
    if (connection < 1) {
      throw AdminCommand.usage(spec(), "--connection must be at least 1");
    }
    return want(product, devices, "move", connection);
  }

  @Command(
      name = "let-be",
      description = "Take back a rotation or a move that has not happened yet.",
      mixinStandardHelpOptions = true)
  int letBe(
      @Parameters(paramLabel = "PRODUCT") String product,
      @Parameters(paramLabel = "DEVICE", arity = "1..*") List<String> devices) {
    return want(product, devices, "nothing", 0);
  }

  private int want(String product, List<String> devices, String wish, int connection) {
    return call(
        session -> {
          ObjectNode body = ids(devices).put("wish", wish);
          if (connection != 0) {
            body.put("connectionId", connection);
          }
          JsonNode answer =
              session.api().send("POST", ProductCommands.path(product) + "/wanted", body);
          noteEach(session, answer.path("notWanted"), "left alone, for it is not active");
          session.output().show(answer, answer.path("wanted").size() + " asked");
          return answer.path("notWanted").isEmpty() ? 0 : 1;
        });
  }

  /** Goes on after a refusal, and tells of it by the exit code. */
  private int act(String action, String product, List<String> devices) {
    return call(
        session -> {
          ArrayNode done = ApiConnection.JSON.createArrayNode();
          Table table = new Table("DEVICE", "STATUS", "EPOCH");
          int refused = 0;
          for (String device : devices) {
            try {
              JsonNode now = session.api().act(path(product, device) + "/" + action);
              done.add(now);
              table.row(device, now.path("status").asText(), now.path("epoch").asText());
            } catch (RefusedException e) {
              refused++;
              session.output().note(device + ": " + e.getMessage());
            }
          }
          if (!done.isEmpty()) {
            session.output().show(done, table);
          }
          return refused == 0 ? 0 : 1;
        });
  }

  private static JsonNode approve(Session session, String product, List<String> devices)
      throws IOException {
    return session.api().send("POST", awaitingPath(product) + "/approve", ids(devices));
  }

  private static ObjectNode ids(List<String> devices) {
    ObjectNode body = ApiConnection.JSON.createObjectNode();
    ArrayNode ids = body.putArray("deviceIds");
    devices.forEach(ids::add);
    return body;
  }

  private static void noteEach(Session session, JsonNode devices, String what) {
    devices.forEach(id -> session.output().note(id.asText() + ": " + what));
  }

  private static int approved(Session session, JsonNode answer) {
    noteEach(
        session, answer.path("notApproved"), "not approved, for it is not active or never may");
    session.output().show(answer, answer.path("approved").size() + " approved");
    return answer.path("notApproved").isEmpty() ? 0 : 1;
  }

  private static int approveAll(Session session, String product) throws IOException {
    ObjectNode total = ApiConnection.JSON.createObjectNode();
    ArrayNode approved = total.putArray("approved");
    ArrayNode notApproved = total.putArray("notApproved");
    String after = "";
    do {
      JsonNode page =
          session
              .api()
              .get(
                  awaitingPath(product)
                      + "?limit="
                      + APPROVE_PAGE
                      + "&after="
                      + ApiConnection.escape(after));
      List<String> ids = new ArrayList<>();
      page.path("awaiting").forEach(device -> ids.add(device.path("deviceId").asText()));
      if (!ids.isEmpty()) {
        JsonNode answer = approve(session, product, ids);
        answer.path("approved").forEach(approved::add);
        answer.path("notApproved").forEach(notApproved::add);
      }
      after = page.path("next").asText("");
    } while (!after.isEmpty() && !after.equals("null"));
    return approved(session, total);
  }

  private static String path(String product, String device) {
    return ProductCommands.path(product) + "/devices/" + ApiConnection.escape(device);
  }

  private static String awaitingPath(String product) {
    return ProductCommands.path(product) + "/awaiting";
  }
}
