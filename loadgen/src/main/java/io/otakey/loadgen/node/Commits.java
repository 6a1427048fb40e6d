package io.otakey.loadgen.node;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/**
 * Durable commits of a gateway since it was started, by its own metrics.
 *
 * @param batches transactions
 * @param devices that they committed, a repetition included
 */
public record Commits(double batches, double devices) {
  /** None, or a gateway that does not say. */
  public static final Commits NONE = new Commits(0, 0);

  private static final String SIZE = "otakey_batch_size_";
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE).build();

  /** The sum. */
  public Commits plus(Commits other) {
    return new Commits(batches + other.batches, devices + other.devices);
  }

  /** Devices in a batch since an earlier look, on average; 0: it cannot be said. */
  public double batchSince(Commits earlier) {
    double rise = batches - earlier.batches;
    return rise > 0 && devices >= earlier.devices ? (devices - earlier.devices) / rise : 0;
  }

  /** Of the node with this port of administration; {@link #NONE} if it does not answer. */
  static Commits of(int port) throws InterruptedException {
    try {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"))
              .timeout(PATIENCE)
              .build();
      return of(HTTP.send(request, HttpResponse.BodyHandlers.ofString()).body());
    } catch (IOException e) {
      return NONE;
    }
  }

  /** Of a page of metrics in Prometheus' text format. */
  static Commits of(String page) {
    return new Commits(sum(page, "count"), sum(page, "sum"));
  }

  private static double sum(String page, String of) {
    return page.lines()
        .filter(line -> line.startsWith(SIZE + of + "{"))
        .filter(line -> line.contains("batch=\"write\"") || line.contains("batch=\"counted\""))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }
}
