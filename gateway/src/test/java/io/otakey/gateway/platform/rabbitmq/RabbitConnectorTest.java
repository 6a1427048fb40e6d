package io.otakey.gateway.platform.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.BrokerNode;
import io.otakey.gateway.RabbitNode;
import io.otakey.gateway.platform.ConnectorContract;
import io.otakey.gateway.platform.ConnectorKind;
import io.otakey.gateway.platform.Credential;
import io.otakey.gateway.platform.Outcome;
import io.otakey.gateway.platform.Settings;
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

/** RabbitMQ's connector on a real RabbitMQ. */
class RabbitConnectorTest extends ConnectorContract {
  private RabbitNode rabbit;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    rabbit = RabbitNode.startWithManagement(folder);
  }

  @AfterAll
  void stop() {
    rabbit.close();
  }

  @Override
  protected ConnectorKind kind() {
    return new RabbitKind();
  }

  @Override
  protected Settings settings(int timeout) {
    return new Settings(
        Map.of(
            "url",
            "http://127.0.0.1:" + rabbit.managementPort() + "/",
            "user",
            RabbitNode.USER,
            "timeout",
            Integer.toString(timeout)),
        Map.of("password", RabbitNode.PASSWORD));
  }

  @Override
  protected BrokerNode node() {
    return rabbit;
  }

  /** RabbitMQ 3.10 knows nothing that binds them, but for an authentication back end that asks. */
  @Override
  protected boolean bindsClientIds() {
    return false;
  }

  @Test
  @Order(10)
  void check_namesWhatIsMissing() throws Exception {
    assertThat(failure(connector(with(Map.of(), "wrong")).check()))
        .hasMessageContaining("refuses the gateway's user gateway")
        .hasMessageNotContaining("wrong");
    assertThat(failure(connector(with(Map.of("vhost", "no/where"), RabbitNode.PASSWORD)).check()))
        .hasMessageContaining("no virtual host no/where");
    assertThat(failure(connector(with(Map.of("exchange", "mqtt"), RabbitNode.PASSWORD)).check()))
        .hasMessageContaining("no exchange mqtt");
    Settings elsewhere =
        with(Map.of("exchange", "amq.direct", "notify", "true"), RabbitNode.PASSWORD);
    assertThat(failure(connector(elsewhere).check())).hasMessageContaining("set_permissions");
    await(connector(with(Map.of("notify", "true"), RabbitNode.PASSWORD)).check());
    Credential device = credential("plain-user");
    prepare(device);
    Settings plain = with(Map.of("user", device.login().name()), device.secret());
    Throwable failure = failure(connector(plain).check());
    assertThat(failure).hasMessageContaining("administrator");
    secretFree(failure);
  }

  @Test
  @Order(11)
  void aThousandLogins_inOneCall_andTheirNamesOnPages() throws Exception {
    List<Credential> many = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      many.add(credential("many-" + i));
    }
    List<String> expected = many.stream().map(each -> each.login().name()).toList();
    Credential missing = many.get(500);
    assertThat(many).hasSize(connector().maxBatch());
    assertThat(await(connector().prepare(many))).hasSize(1000).containsOnly(Outcome.DONE);
    assertThat(names()).containsAll(expected).doesNotHaveDuplicates();
    connected(many.get(999)).disconnect();
    retire(missing);
    assertThat(await(connector().retire(many.stream().map(Credential::login).toList())))
        .hasSize(1000)
        .containsOnly(Outcome.DONE);
    assertThat(names()).doesNotContainAnyElementsOf(expected);
  }

  private Settings with(Map<String, String> changed, String password) {
    Map<String, String> open = new HashMap<>(settings().open());
    open.putAll(changed);
    return new Settings(open, Map.of("password", password));
  }
}
