package io.otakey.gateway.platform.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.otakey.gateway.platform.Credential;
import io.otakey.gateway.platform.Kinds;
import io.otakey.gateway.platform.Login;
import io.otakey.gateway.platform.Outcome;
import io.otakey.gateway.platform.PlatformConnector;
import io.otakey.gateway.platform.PlatformException;
import io.otakey.gateway.platform.Settings;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.Token;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The template's requests, on a strict simulation of EMQX's published interface. */
class RestConnectorTest {
  private static final List<String> HOSTILE =
      List.of(
          "../../admin",
          "a/b?is_superuser=true#c",
          "a\",\"is_superuser\":true,\"x\":\"",
          "a\r\nX-Evil: 1\r\n\r\nGET / HTTP/1.1",
          "${secret}$1\\",
          "a b+c%2F%é",
          "..");
  private static final String SECRET = "pK_test-only";

  private final Vertx vertx = Vertx.vertx();
  private final List<PlatformConnector> connectors = new ArrayList<>();
  private SimulatedEmqx emqx;

  @BeforeEach
  void start() throws Exception {
    emqx = new SimulatedEmqx(vertx);
  }

  @AfterEach
  void stop() throws Exception {
    for (PlatformConnector connector : connectors) {
      await(connector.close());
    }
    emqx.stop();
    await(vertx.close());
  }

  @Test
  void aLogin_comesAndGoes_andBothMayBeRepeated() throws Exception {
    PlatformConnector connector = connector(Map.of("preset", "emqx"));
    await(connector.check());
    Credential unit = credential("meter.x%2E1.00ff", "devices/meter/x%2E1/");
    Credential other = credential("meter.y.00ff", "devices/meter/y/");
    for (int i = 0; i < 2; i++) {
      done(connector.prepare(List.of(unit, other)), 2);
      assertThat(emqx.users.get(unit.login().name()))
          .isEqualTo(
              new JsonObject()
                  .put("user_id", "meter.x%2E1.00ff")
                  .put("password", SECRET)
                  .put("is_superuser", false));
      assertThat(emqx.rules.get("meter.x%2E1.00ff"))
          .hasToString(
              "{\"username\":\"meter.x%2E1.00ff\",\"rules\":[{\"topic\":\"devices/meter/x%2E1/#\","
                  + "\"permission\":\"allow\",\"action\":\"all\"}]}");
    }
    for (int i = 0; i < 2; i++) {
      done(connector.retire(List.of(unit.login())), 1);
      assertThat(emqx.users).containsOnlyKeys("meter.y.00ff");
      assertThat(emqx.rules).containsOnlyKeys("meter.y.00ff");
    }
    done(connector.rollback(List.of(other.login())), 1);
    assertThat(emqx.users).isEmpty();
  }

  @Test
  void rulesComeBeforeTheUser_andGoAfterIt() throws Exception {
    PlatformConnector connector = connector(Map.of("preset", "emqx"));
    Credential unit = credential("u.1", "d/");
    await(connector.prepare(List.of(unit)));
    await(connector.retire(List.of(unit.login())));
    assertThat(emqx.seen).hasSize(4);
    assertThat(emqx.seen.get(0)).startsWith("PUT /api/v5/authorization/");
    assertThat(emqx.seen.get(1)).startsWith("POST /api/v5/authentication/");
    assertThat(emqx.seen.get(2)).startsWith("DELETE /api/v5/authentication/");
    assertThat(emqx.seen.get(3)).startsWith("DELETE /api/v5/authorization/");
  }

  @Test
  void hostileNames_stayNames() throws Exception {
    PlatformConnector connector = connector(Map.of("preset", "emqx"));
    for (String name : HOSTILE) {
      Credential hostile = credential(name, "d/");
      done(connector.prepare(List.of(hostile)), 1);
      assertThat(emqx.users).containsOnlyKeys(name);
      assertThat(emqx.users.get(name)).asString().contains("\"is_superuser\":false}");
      assertThat(emqx.rules).containsOnlyKeys(name);
      done(connector.retire(List.of(hostile.login())), 1);
      assertThat(emqx.users).isEmpty();
      assertThat(emqx.rules).isEmpty();
    }
    for (String branch : List.of("d/+/", "#/", "${username}/")) {
      assertThat(await(connector.prepare(List.of(credential("n", branch)))).get(0))
          .isInstanceOf(Outcome.Failed.class);
    }
    assertThat(emqx.users).isEmpty();
  }

  @Test
  void aWord_goesToTheDevicesOwnTopic_andItsFailureIsTold() throws Exception {
    PlatformConnector connector = connector(Map.of("preset", "emqx", "notify", "true"));
    Login one = credential("meter.x%2E1.00ff", "devices/meter/x%2E1/").login();
    Login other = credential("meter.y.00ff", "devices/meter/y/").login();
    done(connector.notify(List.of(one, other)), 2);
    assertThat(emqx.published)
        .extracting(message -> message.getString("topic"))
        .containsExactlyInAnyOrder(
            "devices/meter/x%2E1/otakey/notify", "devices/meter/y/otakey/notify");
    assertThat(emqx.published)
        .allSatisfy(
            message -> {
              assertThat(message.getString("payload")).isEmpty();
              assertThat(message.getInteger("qos")).isZero();
              assertThat(message.getBoolean("retain")).isFalse();
            });
    assertThat(await(connector.notify(List.of(credential("n", "devices/+/").login()))).get(0))
        .isInstanceOf(Outcome.Failed.class);
    emqx.mood(Optional.of(new SimulatedEmqx.Mood(503, "", 10)), false);
    fails(connector.notify(List.of(one)), "status 503");
    assertThat(emqx.published).hasSize(2);
  }

  @Test
  void whatDoesNotFitIntoAHeader_isNotSent() throws Exception {
    String request =
        "[{\"method\":\"PUT\",\"path\":\"/d\",\"headers\":{\"X-Device\":\"${loginName}\"}}]";
    PlatformConnector connector =
        connector(Map.of("template", "{\"prepare\":" + request + ",\"retire\":" + request + "}"));
    List<Outcome> outcomes = await(connector.prepare(List.of(credential("a\r\nX-Evil: 1", "d/"))));
    assertThat(outcomes.get(0)).isInstanceOf(Outcome.Failed.class);
    assertThat(emqx.seen).isEmpty();
  }

  @Test
  void answers_areJudged_andNeverRepeated() throws Exception {
    PlatformConnector connector = connector(Map.of("preset", "emqx", "timeout", "1"));
    List<Credential> one = List.of(credential("u.1", "d/"));
    for (int status : List.of(400, 404, 422, 302)) {
      emqx.seen.clear();
      emqx.mood(Optional.of(new SimulatedEmqx.Mood(status, "/elsewhere", 10)), false);
      assertThat(await(connector.prepare(one)).get(0))
          .isInstanceOfSatisfying(
              Outcome.Failed.class,
              failed -> assertThat(failed.why()).contains("status " + status).doesNotContain("xx"));
      assertThat(emqx.seen).hasSize(1); // no redirect followed, nothing sent after the refusal
    }
    for (int status : List.of(401, 403, 408, 429, 500, 503)) {
      emqx.mood(Optional.of(new SimulatedEmqx.Mood(status, "", 10)), false);
      fails(connector.prepare(one), "status " + status);
    }
    emqx.mood(Optional.of(new SimulatedEmqx.Mood(200, "", 100_000)), false);
    fails(connector.prepare(one), "more than 65536 B");
    emqx.mood(Optional.empty(), true);
    fails(connector.prepare(one), "no answer within 1000 ms");
    emqx.mood(Optional.empty(), false);
    done(connector.prepare(one), 1);
    Settings wrong = settings(Map.of("preset", "emqx"), "wrong-key");
    PlatformConnector refused = new RestKind().connect(vertx, wrong);
    connectors.add(refused);
    fails(refused.check(), "mend the gateway's user, password or apiKey");
  }

  @Test
  void aTemplate_isCheckedBeforeItIsUsed() {
    String request = "[{\"method\":\"PUT\",\"path\":\"/d/${loginName}\"}]";
    assertThat(problems("{\"prepare\":" + request + ",\"retire\":" + request + "}")).isEmpty();
    assertThat(problems("nonsense")).hasSize(1);
    assertThat(problems("{\"prepare\":" + request + "}")).anyMatch(p -> p.contains("at least one"));
    for (String bad :
        List.of(
            "[{\"method\":\"TRACE\",\"path\":\"/d\"}]",
            "[{\"method\":\"PUT\",\"path\":\"d\"}]",
            "[{\"method\":\"PUT\",\"path\":\"/d/${secret}\"}]",
            "[{\"method\":\"PUT\",\"path\":\"/d?k=${basic}\"}]",
            "[{\"method\":\"PUT\",\"path\":\"/d\",\"body\":{\"x\":[\"${nothing}\"]}}]",
            "[{\"method\":\"PUT\",\"path\":\"/d\",\"body\":\"${apiKey}\"}]",
            "[{\"method\":\"PUT\",\"path\":\"/d\",\"done\":[500]}]",
            "[{\"method\":\"PUT\",\"path\":\"/d\",\"last\":[500]}]",
            "[{\"method\":\"GET\",\"path\":\"/d\",\"take\":{\"secret\":\"/id\"}}]",
            "[{\"method\":\"GET\",\"path\":\"/d\",\"take\":{\"id\":\"id\"}}]",
            "[{\"method\":\"GET\",\"path\":\"/d/${id}\",\"take\":{\"id\":\"/id\"}}]",
            "[{\"method\":\"PUT\",\"path\":\"/d\",\"headers\":{\"A:\":\"b\"}}]",
            "[{\"method\":\"PUT\",\"path\":\"/d\",\"statuses\":[409]}]")) {
      assertThat(problems("{\"prepare\":" + bad + ",\"retire\":" + request + "}"))
          .as(bad)
          .hasSize(1);
    }
    String secret = "[{\"method\":\"PUT\",\"path\":\"/d\",\"body\":\"${secret}\"}]";
    assertThat(problems("{\"prepare\":" + secret + ",\"retire\":" + secret + "}")).hasSize(1);
    Kinds kinds = new Kinds(List.of(new RestKind()));
    assertThat(kinds.problems("rest", settings(Map.of(), "s"))).hasSize(1);
    assertThat(kinds.problems("rest", settings(Map.of("preset", "other"), "s"))).hasSize(1);
  }

  private List<String> problems(String template) {
    return new Kinds(List.of(new RestKind()))
        .problems("rest", settings(Map.of("template", template), "s"));
  }

  private PlatformConnector connector(Map<String, String> more) {
    Settings settings = settings(more, SimulatedEmqx.SECRET);
    assertThat(new Kinds(List.of(new RestKind())).problems("rest", settings)).isEmpty();
    PlatformConnector connector = new RestKind().connect(vertx, settings);
    connectors.add(connector);
    return connector;
  }

  private Settings settings(Map<String, String> more, String password) {
    Map<String, String> open = new HashMap<>(more);
    open.put("url", "http://127.0.0.1:" + emqx.port());
    open.put("user", SimulatedEmqx.KEY);
    return new Settings(open, Map.of("password", password));
  }

  private static Credential credential(String name, String branch) {
    Token token = Token.ofHex("00ff");
    return new Credential(
        new Login(new DeviceRef("meter", "x.1"), token, name, "meter.x.1", branch), SECRET);
  }

  private static void done(Future<List<Outcome>> future, int count) throws Exception {
    assertThat(await(future)).hasSize(count).containsOnly(Outcome.DONE);
  }

  private static void fails(Future<?> future, String why) {
    assertThatThrownBy(() -> await(future))
        .isInstanceOf(PlatformException.class)
        .hasMessageContaining(why)
        .hasMessageNotContaining(SECRET)
        .hasMessageNotContaining("wrong-key");
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.await(30, TimeUnit.SECONDS);
  }
}
