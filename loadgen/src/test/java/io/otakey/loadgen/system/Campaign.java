package io.otakey.loadgen.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Orders campaigns over the whole product "demo", as an operator does. */
record Campaign(GatewayProcess gateway, int perSecond, Duration timeout, Duration patience) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String ORDER =
      """
      {"name": "test", "target": {"products": ["demo"]}, "pace": {"perSecond": %d},
       "retries": 0, "timeoutSeconds": %d, "start": true, %s}
      """;

  long order(String what) throws Exception {
    String order = ORDER.formatted(perSecond, timeout.toSeconds(), what);
    return JSON.readTree(gateway.call("POST", "/campaigns", order)).get("id").asLong();
  }

  void act(long id, String verb) throws Exception {
    gateway.call("POST", "/campaigns/" + id + "/" + verb, "");
  }

  /** Waits for a state; with every device confirmed, if so many are given. */
  JsonNode awaitState(long id, String state, long confirmed) throws Exception {
    long deadline = System.nanoTime() + patience.toNanos();
    JsonNode campaign = get(id);
    while (!campaign.get("state").asText().equals(state)) {
      assertThat(System.nanoTime()).as("%s", campaign).isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(100);
      campaign = get(id);
    }
    if (confirmed >= 0) {
      assertThat(campaign.at("/devices/confirmed").asLong()).isEqualTo(confirmed);
    }
    return campaign;
  }

  /** Waits until it is known of every device that was asked what became of it. */
  void awaitAnswers(long id) throws Exception {
    long deadline = System.nanoTime() + patience.toNanos();
    while (get(id).at("/devices/notified").asLong() > 0) {
      assertThat(System.nanoTime()).as("%s", get(id)).isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(100);
    }
  }

  /**
   * What an operator does who wants it finished, once no answer is awaited any more: asks those
   * again that failed or were late, or goes on. A device that was refused for long waits longer
   * between two requests than a short time-out lasts.
   */
  void pursue(long id) throws Exception {
    JsonNode campaign = get(id);
    JsonNode devices = campaign.get("devices");
    boolean paused = campaign.get("state").asText().equals("paused");
    long failures = devices.get("failed").asLong() + devices.get("timed-out").asLong();
    boolean goesOn = !paused && (devices.get("queued").asLong() > 0 || failures == 0);
    if (devices.get("notified").asLong() > 0 || goesOn) {
      return;
    }
    try {
      act(id, failures > 0 ? "retry-failed" : "resume");
    } catch (AssertionError refused) {
      if (get(id).get("devices").equals(devices)) { // else the last one answered meanwhile
        throw refused;
      }
    }
  }

  boolean isFinished(long id) throws Exception {
    return get(id).get("state").asText().equals("finished");
  }

  private JsonNode get(long id) throws Exception {
    return JSON.readTree(gateway.call("GET", "/campaigns/" + id, ""));
  }
}
