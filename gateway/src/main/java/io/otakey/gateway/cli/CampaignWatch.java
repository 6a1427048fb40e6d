package io.otakey.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** A campaign live: a line each time that something changed. */
final class CampaignWatch {
  private static final Set<String> OVER = Set.of("denied", "stopped", "finished");
  private static final int WIDTH = 30;

  private final Session session;
  private final String path;
  private final int seconds;

  CampaignWatch(Session session, String path, int seconds) {
    this.session = session;
    this.path = path;
    this.seconds = seconds;
  }

  static long failures(JsonNode devices) {
    return devices.path("failed").asLong()
        + devices.path("rejected").asLong()
        + devices.path("timed-out").asLong();
  }

  /** Until it is over. */
  int run() throws IOException {
    String last = "";
    while (true) {
      JsonNode campaign = session.api().get(path);
      String line = line(campaign);
      if (!line.equals(last) && !session.output().json()) {
        session.output().say(line);
      }
      last = line;
      if (OVER.contains(campaign.path("state").asText())) {
        if (session.output().json()) {
          session.output().show(campaign);
        }
        return complete(campaign) ? 0 : 1;
      }
      pause();
    }
  }

  private static boolean complete(JsonNode campaign) {
    JsonNode devices = campaign.path("devices");
    return campaign.path("state").asText().equals("finished") && failures(devices) == 0;
  }

  private static String line(JsonNode campaign) {
    JsonNode devices = campaign.path("devices");
    long confirmed = devices.path("confirmed").asLong();
    long all = 0;
    for (JsonNode count : devices) {
      all += count.asLong();
    }
    int filled = all == 0 ? 0 : (int) (confirmed * WIDTH / all);
    String why = campaign.path("why").asText();
    return String.format(
        Locale.ROOT,
        "[%s%s] %,d of %,d confirmed, %,d asked, %,d failed; wave %d of %d, %s%s",
        "#".repeat(filled),
        ".".repeat(WIDTH - filled),
        confirmed,
        all,
        devices.path("notified").asLong(),
        failures(devices),
        campaign.path("openWave").asInt(),
        campaign.path("wavesSoFar").size(),
        campaign.path("state").asText(),
        why.isEmpty() ? "" : ": " + why);
  }

  private void pause() {
    try {
      TimeUnit.SECONDS.sleep(seconds);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandException("interrupted");
    }
  }
}
