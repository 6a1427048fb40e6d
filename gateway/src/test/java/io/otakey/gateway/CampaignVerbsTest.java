package io.otakey.gateway;

import static io.otakey.gateway.TestGateway.PRODUCT;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.otakey.protocol.wire.Answer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * A campaign whose every step an operator takes by hand, on a gateway that runs it: ordered by one
 * admin, denied and approved by another, wave by wave, paused and resumed, with a device that fails
 * and is asked again. Once by the command line, once by the REST API.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CampaignVerbsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int FLEET = 8;

  private final HttpClient http = HttpClient.newHttpClient();
  private TestGateway gateway;
  private Path first;
  private Path second;

  /** How an operator orders and acts. */
  private interface Operator {
    /** A rotation in waves of 2, 2 and 4 that pauses after each and needs approval; its id. */
    long order(String prefix) throws Exception;

    /** The state that it says the campaign is in then. */
    String act(Path token, long id, String verb) throws Exception;

    /** Why it cannot be. */
    String refused(Path token, long id, String verb) throws Exception;
  }

  @BeforeAll
  void start(@TempDir Path folder) {
    gateway =
        TestGateway.start(folder, Map.of("OTAKEY_CAMPAIGNS_TICKMILLIS", "50")).withOpenProduct();
    first = folder.resolve("admin-token");
    second = folder.resolve("second-token");
    AdminLine.run(
        gateway, first, 0, "token", "create", "second", "--role=admin", "-o", second.toString());
  }

  @AfterAll
  void stop() {
    gateway.close();
  }

  @Test
  void byTheCommandLine() throws Exception {
    story("c", new ByCommand());
  }

  @Test
  void byRest() throws Exception {
    story("r", new ByRest());
  }

  private void story(String prefix, Operator operator) throws Exception {
    Map<TestDevice, TestDevice.Held> fleet = fleet(prefix);
    long denied = operator.order(prefix);
    await(denied, "waiting-for-approval");
    assertThat(operator.act(second, denied, "deny")).isEqualTo("denied");
    assertThat(operator.refused(second, denied, "approve")).contains("is denied");

    long id = operator.order(prefix);
    await(id, "waiting-for-approval");
    assertThat(operator.refused(first, id, "approve")).contains("ask somebody else");
    assertThat(operator.refused(first, id, "start")).contains("waiting for approval");
    assertThat(operator.act(second, id, "approve")).isEqualTo("ready");
    assertThat(operator.act(first, id, "start")).isEqualTo("running");
    until(id, notified(2));
    assertThat(operator.act(first, id, "pause")).isEqualTo("paused");
    assertThat(operator.refused(first, id, "retry-failed")).contains("no device failed");
    assertThat(operator.act(first, id, "resume")).isEqualTo("running");
    everybodyPolls(fleet, true);
    assertThat(await(id, "paused").path("why").asText())
        .isEqualTo("wave 1 is done: resume opens wave 2");
    assertThat(operator.act(first, id, "resume")).isEqualTo("running");
    until(id, notified(2));
    assertThat(operator.act(first, id, "next-wave")).isEqualTo("running");
    until(id, notified(6));
    assertThat(operator.refused(first, id, "next-wave")).contains("the last wave is open");
    everybodyPolls(fleet, false);
    JsonNode failed = await(id, "finished").path("devices");
    assertThat(failed.path("failed").asInt()).isEqualTo(6);
    assertThat(failed.path("confirmed").asInt()).isEqualTo(2);
    assertThat(operator.act(first, id, "retry-failed")).isEqualTo("running");
    until(id, notified(6));
    everybodyPolls(fleet, true);
    assertThat(await(id, "finished").path("devices").path("confirmed").asInt()).isEqualTo(FLEET);
    assertThat(operator.refused(first, id, "abort")).contains("is finished");
    assertThat(fleet.values()).allMatch(held -> held.key().epoch() == 2);
    assertThat(audited(id))
        .containsExactly(
            "bootstrap campaign.create",
            "second campaign.approve",
            "bootstrap campaign.start",
            "bootstrap campaign.pause",
            "bootstrap campaign.resume",
            "bootstrap campaign.resume",
            "bootstrap campaign.next-wave",
            "bootstrap campaign.retry-failed");
  }

  private Map<TestDevice, TestDevice.Held> fleet(String prefix) throws Exception {
    Map<TestDevice, TestDevice.Held> fleet = new LinkedHashMap<>();
    for (int i = 0; i < FLEET; i++) {
      TestDevice device = gateway.device(prefix + i);
      fleet.put(device, gateway.enroll(device));
    }
    return fleet;
  }

  /** Who is told to rotate confirms the new key, or gives it up. */
  private void everybodyPolls(Map<TestDevice, TestDevice.Held> fleet, boolean confirm)
      throws Exception {
    for (Map.Entry<TestDevice, TestDevice.Held> unit : fleet.entrySet()) {
      TestDevice device = unit.getKey();
      TestDevice.Held held = unit.getValue();
      var notice = (Answer.Notice) gateway.ask(held, device.poll(held));
      if (notice.action() == Answer.Action.NONE) {
        continue;
      }
      TestDevice.Held given = gateway.rotate(device, held);
      if (confirm) {
        gateway.commit(device, given);
        unit.setValue(given);
      } else {
        gateway.ask(held, device.abandon(held, given.key().token()));
      }
    }
  }

  private JsonNode await(long id, String state) throws Exception {
    return until(id, campaign -> campaign.path("state").asText().equals(state));
  }

  private static Predicate<JsonNode> notified(int devices) {
    return campaign -> campaign.path("devices").path("notified").asInt() == devices;
  }

  private JsonNode until(long id, Predicate<JsonNode> condition) throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    JsonNode now = JSON.readTree(rest(first, "GET", "/campaigns/" + id, 200, ""));
    while (!condition.test(now)) {
      assertThat(System.nanoTime()).as("in time: " + now).isLessThan(end);
      Thread.sleep(20);
      now = JSON.readTree(rest(first, "GET", "/campaigns/" + id, 200, ""));
    }
    return now;
  }

  /** Who did what to it, oldest first. */
  private List<String> audited(long id) throws Exception {
    List<String> entries = new ArrayList<>();
    String page = rest(first, "GET", "/audit?limit=200&product=" + PRODUCT, 200, "");
    for (JsonNode entry : JSON.readTree(page).path("entries")) {
      if (entry.path("detail").asText().startsWith("campaign " + id + ",")) {
        entries.add(0, entry.path("actor").asText() + " " + entry.path("action").asText());
      }
    }
    return entries;
  }

  private String rest(Path token, String method, String path, int status, String body)
      throws IOException, InterruptedException {
    HttpResponse<String> answer =
        http.send(
            HttpRequest.newBuilder(URI.create(AdminLine.url(gateway) + path))
                .header("Authorization", "Bearer " + Files.readString(token).strip())
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode())
        .as(method + " " + path + ": " + answer.body())
        .isEqualTo(status);
    return answer.body();
  }

  private final class ByCommand implements Operator {
    @Override
    public long order(String prefix) throws IOException {
      String made =
          AdminLine.run(
              gateway,
              first,
              0,
              ("campaign create by-hand --rotate --product thermo --waves 25,25 --success 100"
                      + " --pause-after-wave --needs-approval --timeout 1h --retries 0"
                      + " --stop any:abort:100%:100 --json --id-prefix "
                      + prefix)
                  .split(" ", -1));
      return JSON.readTree(made).path("id").asLong();
    }

    @Override
    public String act(Path token, long id, String verb) {
      String said = AdminLine.run(gateway, token, 0, "campaign", verb, Long.toString(id));
      return said.strip().replaceAll("^campaign \\d+ is ", "");
    }

    @Override
    public String refused(Path token, long id, String verb) {
      return AdminLine.run(gateway, token, 1, "campaign", verb, Long.toString(id));
    }
  }

  private final class ByRest implements Operator {
    @Override
    public long order(String prefix) throws Exception {
      String order =
          """
          {"name": "by-hand", "goal": "rotate", "waves": [25, 25], "successPercent": 100,
           "target": {"products": ["thermo"], "idPrefix": "%s"},
           "pauseAfterWave": true, "needsApproval": true, "retries": 0, "timeoutSeconds": 3600,
           "stopRules": [{"failure": "any", "action": "abort", "percent": 100, "minimum": 100}]}
          """
              .formatted(prefix);
      return JSON.readTree(rest(first, "POST", "/campaigns", 201, order)).path("id").asLong();
    }

    @Override
    public String act(Path token, long id, String verb) throws Exception {
      String now = rest(token, "POST", "/campaigns/" + id + "/" + verb, 200, "");
      return JSON.readTree(now).path("state").asText();
    }

    @Override
    public String refused(Path token, long id, String verb) throws Exception {
      return rest(token, "POST", "/campaigns/" + id + "/" + verb, 409, "");
    }
  }
}
