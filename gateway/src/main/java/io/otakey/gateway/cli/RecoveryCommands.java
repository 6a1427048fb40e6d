package io.otakey.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code otakey admin recovery}. */
@Command(
    name = "recovery",
    description = "After the database was lost, replaced or restored.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
final class RecoveryCommands extends AdminGroup {
  /** What all steps take. */
  static final class StepOptions {
    @Option(
        names = "--needs-approval",
        description = "Only order it; another admin has to approve.")
    private boolean needsApproval;

    @Option(
        names = "--above",
        paramLabel = "GENERATION",
        description = "Raise generations above this one, too, where no node remembers them.")
    private @Nullable Integer above;

    String query() {
      List<String> query = new ArrayList<>();
      query.add("needsApproval=" + needsApproval);
      DeviceFilterOptions.add(query, "above", above);
      return "?" + String.join("&", query);
    }
  }

  @Command(
      name = "status",
      description = "Whether devices are held off, and how far a product is.",
      mixinStandardHelpOptions = true)
  int status(
      @Option(names = "--product", paramLabel = "ID", description = "How far this one is.")
          @Nullable String product) {
    return call(
        session -> {
          if (product != null) {
            JsonNode progress = session.api().get(path(product));
            return session
                .output()
                .show(
                    progress,
                    new Table(
                            "PRODUCT",
                            "GENERATION",
                            "IN RECOVERY",
                            "ACTIVE",
                            "RECOVERED",
                            "NOT SEEN",
                            "BARRED")
                        .row(
                            progress.path("productId").asText(),
                            progress.path("generation").asText(),
                            progress.path("inRecovery").asText(),
                            progress.path("active").asText(),
                            progress.path("recovered").asText(),
                            progress.path("unseen").asText(),
                            progress.path("barred").asText()));
          }
          JsonNode status = session.api().get("/recovery");
          if (session.output().json()) {
            return session.output().show(status);
          }
          return show(session, status);
        });
  }

  private static int show(Session session, JsonNode status) {
    session
        .output()
        .say(
            status.path("heldOff").asBoolean()
                ? "DEVICES ARE HELD OFF: " + status.path("why").asText()
                : "devices are served");
    session
        .output()
        .say(
            "commits: "
                + status.path("commits").asText()
                + " in the database, "
                + status.path("commitsSeenHere").asText()
                + " seen by this node");
    Table table = new Table("ORDER", "STEP", "PRODUCT", "STATE", "ORDERED BY", "DECIDED BY", "AT");
    for (JsonNode order : status.path("orders")) {
      table.row(
          order.path("id").asText(),
          order.path("step").asText(),
          order.path("productId").asText(),
          order.path("state").asText(),
          order.path("orderedBy").asText(),
          order.path("decidedBy").asText(),
          order.path("orderedAt").asText());
    }
    table.print(session.output().out());
    session.output().out().flush();
    return 0;
  }

  @Command(
      name = "go-on",
      description = "Take the database as it is: small losses heal by themselves.",
      mixinStandardHelpOptions = true)
  int goOn(@Mixin StepOptions options) {
    return step("/recovery/go-on", options);
  }

  @Command(
      name = "recover",
      description = "Raise every product's generation; the fleet proves its keys back.",
      mixinStandardHelpOptions = true)
  int recover(@Mixin StepOptions options) {
    return step("/recovery/recover", options);
  }

  @Command(
      name = "start-afresh",
      description = "Raise every product's generation on an empty database; all enroll anew.",
      mixinStandardHelpOptions = true)
  int startAfresh(@Mixin StepOptions options) {
    return step("/recovery/start-afresh", options);
  }

  @Command(
      name = "open",
      description = "Raise one product's generation; its devices prove their keys back.",
      mixinStandardHelpOptions = true)
  int open(
      @Option(names = "--product", required = true, paramLabel = "ID") String product,
      @Mixin StepOptions options) {
    return step(path(product) + "/open", options);
  }

  @Command(
      name = "close",
      description = "End one product's recovery; look at 'report' first.",
      mixinStandardHelpOptions = true)
  int close(
      @Option(names = "--product", required = true, paramLabel = "ID") String product,
      @Mixin StepOptions options) {
    return step(path(product) + "/close", options);
  }

  @Command(name = "approve", description = "Agree to an order.", mixinStandardHelpOptions = true)
  int approve(@Parameters(paramLabel = "ORDER") long id) {
    return decide(id, "approve");
  }

  @Command(name = "deny", description = "Do not agree.", mixinStandardHelpOptions = true)
  int deny(@Parameters(paramLabel = "ORDER") long id) {
    return decide(id, "deny");
  }

  @Command(
      name = "report",
      description = "Devices that did not prove their key yet.",
      mixinStandardHelpOptions = true)
  int report(
      @Option(names = "--product", required = true, paramLabel = "ID") String product,
      @Option(names = "--limit", defaultValue = "100", description = "At most 1000.") int limit,
      @Option(names = "--after", paramLabel = "DEVICE", description = "The next page.")
          @Nullable String after) {
    return call(
        session -> {
          List<String> query = new ArrayList<>();
          query.add("limit=" + limit);
          DeviceFilterOptions.add(query, "after", after);
          JsonNode answer =
              session.api().get(path(product) + "/devices?" + String.join("&", query));
          Table table = new Table("DEVICE", "EPOCH", "COMMITTED", "LAST SEEN");
          for (JsonNode device : answer.path("devices")) {
            table.row(
                device.path("deviceId").asText(),
                device.path("epoch").asText(),
                device.path("committedAt").asText(),
                device.path("lastSeen").asText());
          }
          return session.output().showPage(answer, table, "--after");
        });
  }

  private int step(String path, StepOptions options) {
    return call(session -> tell(session, session.api().act(path + options.query())));
  }

  private int decide(long id, String verb) {
    return call(session -> tell(session, session.api().act("/recovery/orders/" + id + "/" + verb)));
  }

  private static int tell(Session session, JsonNode order) {
    return session
        .output()
        .show(
            order,
            "order "
                + order.path("id").asText()
                + ", "
                + order.path("step").asText()
                + ": "
                + order.path("state").asText());
  }

  private static String path(String product) {
    return "/products/" + ApiConnection.escape(product) + "/recovery";
  }
}
