package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads server-sent events as a browser would. */
final class EventReader implements AutoCloseable {
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final HttpResponse<InputStream> response;
  private final BufferedReader lines;
  private String last = "";

  EventReader(String url, String token, String query, String lastEventId) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url + "/events" + query))
            .header("Authorization", "Bearer " + token)
            .header("Accept", "text/event-stream");
    if (!lastEventId.isEmpty()) {
      request.header("Last-Event-ID", lastEventId);
    }
    response = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
  }

  int status() {
    return response.statusCode();
  }

  /** All of it, of an answer that ends. */
  String text() throws IOException {
    return String.join("\n", lines.lines().toList());
  }

  /** The last id that the stream told. */
  String last() {
    return last;
  }

  /** The next event; waits for it. */
  JsonNode next() throws IOException {
    List<JsonNode> data = new ArrayList<>();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.startsWith("id: ")) {
        last = line.substring(4);
      } else if (line.startsWith("data: ")) {
        data.add(ApiClient.parse(line.substring(6)));
      } else if (line.isEmpty() && !data.isEmpty()) {
        return data.get(0);
      }
    }
    throw new IOException("the stream ended");
  }

  /** The cursor that the stream begins with. */
  String begin() throws IOException {
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.startsWith("id: ")) {
        last = line.substring(4);
        return last;
      }
    }
    throw new IOException("the stream ended");
  }

  @Override
  public void close() throws IOException {
    response.body().close();
  }
}
