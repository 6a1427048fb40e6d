package io.otakey.gateway.platform.mosquitto;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.BrokerNode;
import io.otakey.gateway.MosquittoNode;
import io.otakey.gateway.platform.ConnectorContract;
import io.otakey.gateway.platform.ConnectorKind;
import io.otakey.gateway.platform.Credential;
import io.otakey.gateway.platform.Login;
import io.otakey.gateway.platform.Outcome;
import io.otakey.gateway.platform.PlatformConnector;
import io.otakey.gateway.platform.Settings;
import io.otakey.gateway.platform.net.Address;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mosquitto's connector on a real mosquitto. */
class MosquittoConnectorTest extends ConnectorContract {
  private MosquittoNode mosquitto;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    mosquitto = MosquittoNode.start(folder);
  }

  @AfterAll
  void stop() {
    mosquitto.close();
  }

  @Override
  protected ConnectorKind kind() {
    return new MosquittoKind();
  }

  @Override
  protected Settings settings(int timeout) {
    return new Settings(
        Map.of(
            "url",
            "mqtt://127.0.0.1:" + mosquitto.mqttPort(),
            "user",
            MosquittoNode.USER,
            "timeout",
            Integer.toString(timeout)),
        Map.of("password", MosquittoNode.PASSWORD));
  }

  @Override
  protected BrokerNode node() {
    return mosquitto;
  }

  @Override
  protected boolean bindsClientIds() {
    return true;
  }

  @Test
  @Order(10)
  void check_namesWhatIsMissing() throws Exception {
    assertThat(failure(connector(with("gateway", "wrong")).check()))
        .hasMessageContaining("refuses the gateway's client gateway")
        .hasMessageNotContaining("wrong");
    Credential device = credential("plain-user");
    mosquitto.control("createClient", "powerless", "-p", "test-only-too");
    Throwable failure = failure(connector(with("powerless", "test-only-too")).check());
    assertThat(failure).hasMessageContaining("use dynamic security");
    allowByDefault("subscribe", true); // mosquitto_ctrl 2.0.11 accepts this and does nothing
    assertThat(failure(connector().check())).hasMessageContaining("deny subscribe");
    allowByDefault("subscribe", false);
    await(connector().check());
    prepare(device);
    retire(device);
  }

  private void allowByDefault(String type, boolean allow) throws Exception {
    ControlLink link =
        new ControlLink(
            vertx(),
            Address.of(settings(), Address.Schemes.MQTT),
            MosquittoNode.USER,
            MosquittoNode.PASSWORD);
    JsonObject acl = new JsonObject().put("acltype", type).put("allow", allow);
    JsonObject command =
        new JsonObject()
            .put("command", "setDefaultACLAccess")
            .put("acls", new JsonArray().add(acl));
    await(onLoop(() -> link.send(List.of(command))));
    await(onLoop(link::close));
  }

  @Test
  @Order(11)
  void manyCallsAtOnce_getTheirOwnAnswers() throws Exception {
    List<Credential> many = new ArrayList<>();
    List<Future<List<Outcome>>> calls = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      List<Credential> batch = new ArrayList<>();
      for (int j = 0; j < connector().maxBatch(); j++) {
        batch.add(credential("many-" + i + "-" + j));
      }
      many.addAll(batch);
      calls.add(connector().prepare(batch));
    }
    Login patterned =
        new Login(
            many.get(0).login().ref(),
            many.get(0).login().token(),
            "patterned",
            "patterned",
            "devices/+/x/");
    List<Outcome> mixed =
        await(
            connector().prepare(List.of(new Credential(patterned, "pK_never-sent"), many.get(0))));
    assertThat(mixed.get(0)).isInstanceOf(Outcome.Failed.class);
    assertThat(mixed.get(1)).isEqualTo(Outcome.DONE);
    for (Future<List<Outcome>> call : calls) {
      assertThat(await(call)).hasSize(connector().maxBatch()).containsOnly(Outcome.DONE);
    }
    assertThat(names())
        .containsAll(many.stream().map(each -> each.login().name()).toList())
        .doesNotContain("patterned");
    connected(many.get(49)).disconnect();
    PlatformConnector again = connector(settings());
    for (int i = 0; i < many.size(); i += 10) {
      List<Login> batch = many.subList(i, i + 10).stream().map(Credential::login).toList();
      assertThat(await(again.retire(batch))).hasSize(10).containsOnly(Outcome.DONE);
    }
    refused(many.get(49));
  }

  private Settings with(String user, String password) {
    Map<String, String> open = new HashMap<>(settings().open());
    open.put("user", user);
    return new Settings(open, Map.of("password", password));
  }
}
