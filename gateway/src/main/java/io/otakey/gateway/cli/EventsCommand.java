package io.otakey.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code otakey admin events}. */
@Command(
    name = "events",
    description = {
      "What happened to devices, in the order of commits: from the oldest event kept, or after a",
      "cursor. With --follow it goes on as events come, by default from now on; with --json one",
      "event a line, whose cursor leads on."
    },
    mixinStandardHelpOptions = true)
final class EventsCommand extends AdminGroup implements Callable<Integer> {
  private static final long AGAIN_MS = 1000;

  @Option(names = "--product", paramLabel = "PRODUCT")
  private @Nullable List<String> products;

  @Option(names = "--device", paramLabel = "DEVICE")
  private @Nullable String device;

  @Option(names = "--kind", paramLabel = "KIND", description = "As rotated, stale-key; repeatable.")
  private @Nullable List<String> kinds;

  @Option(names = "--after", paramLabel = "CURSOR", description = "Only what came after it.")
  private @Nullable String after;

  @Option(names = "--follow", description = "Go on as events come.")
  private boolean follow;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "End after so many events. Default 100; with --follow none.")
  private long limit;

  private long shown;

  @Override
  public Integer call() {
    return call(
        session -> {
          String filter = String.join("&", filter());
          return follow ? follow(session, filter) : pages(session, filter);
        });
  }

  private List<String> filter() {
    List<String> query = new ArrayList<>();
    if (products != null) {
      products.forEach(id -> query.add("product=" + ApiConnection.escape(id)));
    }
    if (kinds != null) {
      kinds.forEach(kind -> query.add("kind=" + ApiConnection.escape(kind)));
    }
    if (device != null) {
      query.add("device=" + ApiConnection.escape(device));
    }
    return query;
  }

  private int pages(Session session, String filter) throws IOException {
    long most = limit > 0 ? limit : 100;
    boolean atEnd = false;
    while (!atEnd && shown < most) {
      String query = "/events?limit=" + Math.min(1000, most - shown) + "&" + filter;
      JsonNode page = session.api().get(query + place());
      page.path("events").forEach(event -> show(session, event));
      after = page.path("next").asText();
      atEnd = page.path("atEnd").asBoolean();
    }
    if (!session.output().json()) {
      session.output().note((atEnd ? "later: " : "more: ") + "--after " + after);
    }
    return 0;
  }

  private String place() {
    return after == null ? "" : "&after=" + ApiConnection.escape(after);
  }

  /** Comes back with the last cursor whenever the stream ends or breaks. */
  private int follow(Session session, String filter) throws IOException {
    while (true) {
      try (InputStream in = session.api().events("/events?" + filter + place())) {
        if (read(session, in)) {
          return 0;
        }
      } catch (UnreachableException e) {
        if (after == null) {
          throw e;
        }
        session.output().note("again in a second: " + e.getMessage());
      }
      pause();
    }
  }

  /** Whether as many as wanted were shown. */
  private boolean read(Session session, InputStream in) {
    String id = null;
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("data: ")) {
          show(session, ApiConnection.JSON.readTree(line.substring(6)));
          if (limit > 0 && shown == limit) {
            return true;
          }
        } else if (line.startsWith("id: ")) {
          id = line.substring(4);
        } else if (line.isEmpty() && id != null) {
          after = id; // now that what it names was shown
        }
      }
    } catch (IOException e) {
      session.output().note("the stream broke: " + e.getMessage());
    }
    return false;
  }

  private void show(Session session, JsonNode event) {
    shown++;
    after = event.path("cursor").asText();
    session.output().say(session.output().json() ? event.toString() : line(event));
  }

  private static String line(JsonNode event) {
    StringBuilder line = new StringBuilder();
    line.append(event.path("at").asText()).append("  ");
    line.append(event.path("kind").asText()).append("  ");
    line.append(event.path(event.has("webhook") ? "webhook" : "productId").asText());
    if (event.has("deviceId")) {
      line.append('/').append(event.path("deviceId").asText());
    }
    for (String detail : List.of("epoch", "connectionId", "reason", "count", "actor")) {
      if (event.has(detail)) {
        line.append("  ").append(detail).append(' ').append(event.path(detail).asText());
      }
    }
    return line.toString().replaceAll("\\p{Cntrl}", "?");
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(AGAIN_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandException("interrupted");
    }
  }
}
