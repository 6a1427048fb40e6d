package io.otakey.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code otakey admin campaign}. */
@Command(
    name = "campaign",
    description = "Rotate, move or revoke many devices, wave by wave.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
final class CampaignCommands extends AdminGroup {
  @Command(
      name = "create",
      description = "Order a campaign; 'start' begins it, or --start.",
      mixinStandardHelpOptions = true,
      sortOptions = false)
  int create(
      @Parameters(paramLabel = "NAME") String name,
      @Mixin CampaignOrderOptions options,
      @Option(names = "--dry-run", description = "Only say what it would do.") boolean dryRun) {
    return call(
        session -> {
          JsonNode order = options.order(name);
          if (dryRun) {
            JsonNode answer = session.api().send("POST", "/campaigns/forecast", order);
            return session.output().show(answer, forecast(answer));
          }
          JsonNode made = session.api().send("POST", "/campaigns", order);
          return session
              .output()
              .show(
                  made,
                  "campaign " + made.path("id").asText() + " is " + made.path("state").asText());
        });
  }

  private static Table forecast(JsonNode answer) {
    List<String> waves = new ArrayList<>();
    answer.path("waves").forEach(wave -> waves.add(wave.asText()));
    return new Table("DEVICES", "WAVES", "PER SECOND", "AT LEAST", "LEFT OUT, IN OTHER CAMPAIGNS")
        .row(
            answer.path("devices").asText(),
            String.join(" ", waves),
            answer.path("perSecond").asText(),
            answer.path("leastSeconds").asText() + " s",
            answer.path("busy").asText());
  }

  @Command(name = "list", description = "Newest first.", mixinStandardHelpOptions = true)
  int list(
      @Option(names = "--limit", defaultValue = "100", description = "At most 1000.") int limit,
      @Option(names = "--before", paramLabel = "ID", description = "The next page.")
          @Nullable Long before) {
    return call(
        session -> {
          String page = before == null ? "" : "&before=" + before;
          JsonNode answer = session.api().get("/campaigns?limit=" + limit + page);
          Table table = table();
          answer.path("campaigns").forEach(campaign -> row(table, campaign));
          return session.output().showPage(answer, table, "--before");
        });
  }

  private static Table table() {
    return new Table(
        "ID", "NAME", "GOAL", "STATE", "WAVE", "QUEUED", "NOTIFIED", "CONFIRMED", "FAILED", "WHY");
  }

  private static void row(Table table, JsonNode campaign) {
    JsonNode devices = campaign.path("devices");
    table.row(
        campaign.path("id").asText(),
        campaign.path("name").asText(),
        campaign.path("goal").asText(),
        campaign.path("state").asText(),
        campaign.path("openWave").asText() + "/" + campaign.path("wavesSoFar").size(),
        devices.path("queued").asText(),
        devices.path("notified").asText(),
        devices.path("confirmed").asText(),
        String.valueOf(CampaignWatch.failures(devices)),
        campaign.path("why").asText());
  }

  @Command(name = "show", description = "Show one, wave by wave.", mixinStandardHelpOptions = true)
  int show(@Parameters(paramLabel = "ID") long id) {
    return call(
        session -> {
          JsonNode campaign = session.api().get(path(id));
          Table table = table();
          row(table, campaign);
          session.output().show(campaign, table);
          if (!session.output().json()) {
            session.output().say("");
            Table waves =
                new Table(
                    "WAVE",
                    "QUEUED",
                    "NOTIFIED",
                    "CONFIRMED",
                    "FAILED",
                    "REJECTED",
                    "TIMED OUT",
                    "CANCELED");
            int number = 1;
            for (JsonNode wave : campaign.path("wavesSoFar")) {
              waves.row(
                  String.valueOf(number++),
                  wave.path("queued").asText(),
                  wave.path("notified").asText(),
                  wave.path("confirmed").asText(),
                  wave.path("failed").asText(),
                  wave.path("rejected").asText(),
                  wave.path("timed-out").asText(),
                  wave.path("canceled").asText());
            }
            waves.print(session.output().out());
            session.output().out().flush();
          }
          return 0;
        });
  }

  @Command(name = "devices", description = "Its devices.", mixinStandardHelpOptions = true)
  int devices(
      @Parameters(paramLabel = "ID") long id,
      @Option(names = "--state", description = "Only those in this state, as failed.")
          @Nullable String state,
      @Option(names = "--limit", defaultValue = "100", description = "At most 1000.") int limit,
      @Option(names = "--after", paramLabel = "PRODUCT/DEVICE", description = "The next page.")
          @Nullable String after) {
    return call(
        session -> {
          List<String> query = new ArrayList<>();
          query.add("limit=" + limit);
          DeviceFilterOptions.add(query, "state", state);
          DeviceFilterOptions.add(query, "after", after);
          JsonNode answer = session.api().get(path(id) + "/devices?" + String.join("&", query));
          Table table = new Table("PRODUCT", "DEVICE", "STATE", "WAVE", "TRIES", "SINCE", "REASON");
          for (JsonNode device : answer.path("devices")) {
            table.row(
                device.path("productId").asText(),
                device.path("deviceId").asText(),
                device.path("state").asText(),
                device.path("wave").asText(),
                device.path("tries").asText(),
                device.path("since").asText(),
                device.path("reason").asText());
          }
          return session.output().showPage(answer, table, "--after");
        });
  }

  @Command(
      name = "watch",
      description = "Show it live until it is over; exit code 0 if every device did it.",
      mixinStandardHelpOptions = true)
  int watch(
      @Parameters(paramLabel = "ID") long id,
      @Option(
              names = "--every",
              defaultValue = "1",
              paramLabel = "SECONDS",
              description = "Look so often (default: ${DEFAULT-VALUE}).")
          int seconds) {
    if (seconds < 1) {
      throw AdminCommand.usage(spec(), "--every must be at least 1");
    }
    return call(session -> new CampaignWatch(session, path(id), seconds).run());
  }

  @Command(name = "approve", description = "Agree to it.", mixinStandardHelpOptions = true)
  int approve(@Parameters(paramLabel = "ID") long id) {
    return act(id, "approve");
  }

  @Command(name = "deny", description = "Do not agree.", mixinStandardHelpOptions = true)
  int deny(@Parameters(paramLabel = "ID") long id) {
    return act(id, "deny");
  }

  @Command(name = "start", description = "Begin.", mixinStandardHelpOptions = true)
  int start(@Parameters(paramLabel = "ID") long id) {
    return act(id, "start");
  }

  @Command(
      name = "pause",
      description = "Ask no further device; those that were asked go on.",
      mixinStandardHelpOptions = true)
  int pause(@Parameters(paramLabel = "ID") long id) {
    return act(id, "pause");
  }

  @Command(name = "resume", description = "Go on.", mixinStandardHelpOptions = true)
  int resume(@Parameters(paramLabel = "ID") long id) {
    return act(id, "resume");
  }

  @Command(
      name = "next-wave",
      description = "Open the next wave whatever became of this one.",
      mixinStandardHelpOptions = true)
  int nextWave(@Parameters(paramLabel = "ID") long id) {
    return act(id, "next-wave");
  }

  @Command(
      name = "retry-failed",
      description = "Ask those again that failed, were rejected or too late.",
      mixinStandardHelpOptions = true)
  int retryFailed(@Parameters(paramLabel = "ID") long id) {
    return act(id, "retry-failed");
  }

  @Command(
      name = "abort",
      description = "End it, and take back what has not happened yet.",
      mixinStandardHelpOptions = true)
  int abort(@Parameters(paramLabel = "ID") long id) {
    return act(id, "abort");
  }

  private int act(long id, String verb) {
    return call(
        session -> {
          JsonNode now = session.api().act(path(id) + "/" + verb);
          return session.output().show(now, "campaign " + id + " is " + now.path("state").asText());
        });
  }

  private static String path(long id) {
    return "/campaigns/" + id;
  }
}
