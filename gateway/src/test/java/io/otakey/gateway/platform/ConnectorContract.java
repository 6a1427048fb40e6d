package io.otakey.gateway.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt3.Mqtt3BlockingClient;
import com.hivemq.client.mqtt.mqtt3.exceptions.Mqtt3ConnAckException;
import com.hivemq.client.mqtt.mqtt3.message.publish.Mqtt3Publish;
import io.otakey.gateway.BrokerNode;
import io.otakey.protocol.wire.Connection;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.Token;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** What every connector must do, tried on the real platform with a real MQTT client. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
public abstract class ConnectorContract {
  private static final int LONG = 20;
  private static final int SHORT = 2;
  private static final int PATIENCE = 30;
  private static final String PREFIX = "devices/meter/";

  private final Vertx vertx = Vertx.vertx();
  private final Context loop = vertx.getOrCreateContext();
  private final List<PlatformConnector> connectors = new ArrayList<>();
  private @Nullable PlatformConnector connector;
  private int tokens;

  /** The kind under test. */
  protected abstract ConnectorKind kind();

  /**
   * Settings that are right for the platform.
   *
   * @param timeout the connector's own, in seconds
   */
  protected abstract Settings settings(int timeout);

  /** Settings whose time-out leaves a busy machine time. */
  protected Settings settings() {
    return settings(LONG);
  }

  /** Where devices connect, and what goes wrong. */
  protected abstract BrokerNode node();

  /** Whether a login holds under its own client id alone, so that no other ends its session. */
  protected abstract boolean bindsClientIds();

  @AfterAll
  void close() throws Exception {
    for (PlatformConnector each : connectors) {
      await(each.close());
    }
    await(vertx.close());
  }

  /** A new connector, closed after the tests. */
  protected PlatformConnector connector(Settings settings) {
    List<String> problems = new Kinds(List.of(kind())).problems(kind().name(), settings);
    assertThat(problems).isEmpty();
    PlatformConnector made = new OnLoop(kind().connect(vertx, settings));
    connectors.add(made);
    return made;
  }

  @Test
  @Order(1)
  void check_findsNothingMissing() throws Exception {
    await(connector().check());
  }

  @Test
  @Order(2)
  void aLogin_takesItsSecretAndNoOther() throws Exception {
    Credential unit = credential("Unit:1.a");
    assertThatThrownBy(() -> client(unit).connect()).isInstanceOf(Mqtt3ConnAckException.class);
    prepare(unit);
    connected(unit).disconnect();
    refused(new Credential(unit.login(), unit.secret() + "x"));
    refused(new Credential(unit.login(), ""));
  }

  @Test
  @Order(3)
  void aLogin_hasItsOwnBranchAndNoOther() throws Exception {
    Credential unit = credential("x.1");
    Credential longer = credential("x.12");
    prepare(unit, longer);
    String own = unit.login().branch();
    assertThat(own).isEqualTo(PREFIX + "x%2E1/");
    speaks(unit, own + "up");
    speaks(longer, longer.login().branch() + "deep/er/up");
    for (String other :
        List.of(
            longer.login().branch() + "up",
            PREFIX + "x/1/up",
            PREFIX + "up",
            "devices/another/x%2E1/up",
            "a/" + own + "up")) {
      silent(unit, own, other);
    }
    for (String filter :
        List.of("#", PREFIX + "+/up", PREFIX + "#", longer.login().branch() + "#")) {
      assertThatThrownBy(() -> subscribeOnce(unit, filter))
          .as(filter)
          .isInstanceOf(RuntimeException.class);
    }
  }

  @Test
  @Order(4)
  void twoEpochs_standSideBySide_andRetiringOneEndsItsSession() throws Exception {
    Credential first = credential("epochs");
    Credential second = credential("epochs");
    prepare(first);
    Mqtt3BlockingClient old = connected(first);
    prepare(second);
    assertThat(old.getState().isConnected()).isTrue();
    Mqtt3BlockingClient young = connected(second);
    awaitEnd(old);
    Mqtt3BlockingClient back = connected(first);
    awaitEnd(young);
    retire(first);
    awaitEnd(back);
    refused(first);
    speaks(second, second.login().branch() + "up");
    Mqtt3BlockingClient stays = connected(second);
    retire(first);
    assertThat(stays.getState().isConnected()).isTrue();
    assertThat(await(connector().rollback(List.of(second.login())))).containsExactly(Outcome.DONE);
    awaitEnd(stays);
    refused(second);
  }

  @Test
  @Order(5)
  void everythingMayBeDoneAgain_alsoByAnotherNode() throws Exception {
    Credential unit = credential("again");
    Credential other = credential("again-too");
    prepare(unit);
    Mqtt3BlockingClient session = connected(unit);
    PlatformConnector node = connector(settings());
    assertThat(await(node.prepare(List.of(unit, other)))).containsOnly(Outcome.DONE).hasSize(2);
    prepare(unit);
    assertThat(session.getState().isConnected()).isTrue();
    speaks(other, other.login().branch() + "up");
    retire(unit);
    assertThat(await(node.retire(List.of(unit.login(), other.login()))))
        .containsOnly(Outcome.DONE)
        .hasSize(2);
    refused(unit);
    refused(other);
    prepare(unit);
    connected(unit).disconnect();
    retire(unit);
  }

  @Test
  @Order(6)
  void aClientIdWithSpecialCharacters_works() throws Exception {
    Credential bay = credential("bay", Optional.of("bay (7.+{client_id}|"));
    prepare(bay);
    speaks(bay, bay.login().branch() + "up");
    retire(bay);
    refused(bay);
  }

  @Test
  @Order(7)
  void anotherDevicesClientId_opensNothing() throws Exception {
    Credential victim = credential("victim");
    Credential thief = credential("thief");
    prepare(victim, thief);
    Mqtt3BlockingClient session = connected(victim);
    String topic = victim.login().branch() + "up";
    for (boolean clean : List.of(true, false)) {
      Mqtt3BlockingClient stolen = client(thief, victim.login().clientId());
      try {
        stolen.connectWith().cleanSession(clean).send();
      } catch (Mqtt3ConnAckException refused) {
        continue;
      }
      assertThat(bindsClientIds()).isFalse();
      CompletableFuture<?> heard = stolen.toAsync().subscribeWith().topicFilter(topic).send();
      awaitEnd(stolen);
      assertThat(heard.isDone() && !heard.isCompletedExceptionally()).isFalse();
    }
    if (bindsClientIds()) {
      assertThat(session.getState().isConnected()).isTrue();
    }
    connected(victim).disconnect();
  }

  @Test
  @Order(8)
  void list_findsNames() throws Exception {
    if (!connector().lists()) {
      return;
    }
    Credential there = credential("listed");
    prepare(there);
    assertThat(names()).contains(there.login().name()).doesNotHaveDuplicates();
    retire(there);
    assertThat(names()).doesNotContain(there.login().name());
  }

  @Test
  @Order(9)
  void word_reachesItsDeviceAlone_andIsNotKept() throws Exception {
    Credential unit = credential("word.1");
    Credential other = credential("word.12");
    prepare(unit, other);
    await(connector().notify(List.of(unit.login()))); // to nobody
    Mqtt3BlockingClient bystander = connected(other);
    Mqtt3BlockingClient client = connected(unit);
    try (Mqtt3BlockingClient.Mqtt3Publishes heard = client.publishes(MqttGlobalPublishFilter.ALL);
        Mqtt3BlockingClient.Mqtt3Publishes others =
            bystander.publishes(MqttGlobalPublishFilter.ALL)) {
      client
          .subscribeWith()
          .topicFilter(unit.login().noticeTopic())
          .qos(MqttQos.AT_MOST_ONCE)
          .send();
      bystander
          .subscribeWith()
          .topicFilter(other.login().branch() + "#")
          .qos(MqttQos.AT_MOST_ONCE)
          .send();
      assertThat(heard.receive(300, TimeUnit.MILLISECONDS)).as("not kept").isEmpty();
      assertThat(await(connector().notify(List.of(unit.login())))).containsExactly(Outcome.DONE);
      Mqtt3Publish word = heard.receive(PATIENCE, TimeUnit.SECONDS).orElseThrow();
      assertThat(word.getTopic().toString()).isEqualTo(PREFIX + "word%2E1/otakey/notify");
      assertThat(word.getPayloadAsBytes()).isEmpty();
      assertThat(await(connector().notify(List.of(unit.login(), other.login()))))
          .containsExactly(Outcome.DONE, Outcome.DONE);
      assertThat(others.receive(PATIENCE, TimeUnit.SECONDS).orElseThrow().getTopic().toString())
          .as("nothing before its own")
          .isEqualTo(other.login().noticeTopic());
      assertThat(heard.receive(PATIENCE, TimeUnit.SECONDS)).isPresent();
    }
    client.disconnect();
    bystander.disconnect();
    retire(unit);
    retire(other);
  }

  @Test
  @Order(20)
  void aPlatformThatHangs_failsTheCall_andGoesOnAfterwards() throws Exception {
    Credential unit = credential("hangs");
    prepare(unit);
    PlatformConnector impatient = connector(settings(SHORT));
    eventually(impatient::check);
    node().freeze();
    long start = System.nanoTime();
    Throwable failure;
    try {
      failure = failure(impatient.prepare(List.of(credential("while-it-hangs"))));
      secretFree(failure(connector(settings(SHORT)).check())); // it is not even let in
    } finally {
      node().thaw();
    }
    assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(6 * SHORT));
    assertThat(failure).isInstanceOf(PlatformException.class).hasMessageContaining("no answer");
    secretFree(failure);
    eventually(() -> impatient.prepare(List.of(unit)));
    connected(unit).disconnect();
  }

  @Test
  @Order(21)
  void aPlatformThatIsAway_failsTheCall_andKnowsItsLoginsAfterwards() throws Exception {
    Credential before = credential("before");
    Credential gone = credential("gone");
    prepare(before, gone);
    retire(gone);
    node().stop();
    Throwable failure = failure(connector().prepare(List.of(credential("while-it-is-away"))));
    assertThat(failure).isInstanceOf(PlatformException.class);
    secretFree(failure);
    secretFree(failure(connector().retire(List.of(before.login()))));
    secretFree(failure(connector().check()));
    node().start();
    eventually(() -> connector().check());
    connected(before).disconnect();
    refused(gone);
    assertThat(await(connector().retire(List.of(before.login())))).containsExactly(Outcome.DONE);
    refused(before);
  }

  /** Names of all pages. */
  protected List<String> names() throws Exception {
    List<String> all = new ArrayList<>();
    Optional<String> page = Optional.empty();
    do {
      PlatformConnector.Names names = await(connector().list(page));
      all.addAll(names.names());
      page = names.next();
    } while (page.isPresent());
    return all;
  }

  /** Calls on the event loop that all connectors under test have. */
  protected <T> Future<T> onLoop(Supplier<Future<T>> call) {
    Promise<T> promise = Promise.promise();
    loop.runOnContext(v -> call.get().onComplete(promise));
    return promise.future();
  }

  /** Where connectors run. */
  protected Vertx vertx() {
    return vertx;
  }

  /** The connector under test. */
  protected PlatformConnector connector() {
    if (connector == null) {
      connector = connector(settings());
    }
    return connector;
  }

  /** Another login of this device, with a secret of its own. */
  protected Credential credential(String deviceId) {
    return credential(deviceId, Optional.empty());
  }

  private Credential credential(String deviceId, Optional<String> clientId) {
    DeviceRef ref = new DeviceRef("meter", deviceId);
    Token token = Token.of(ByteBuffer.allocate(15).putInt(11, ++tokens).array());
    Connection connection =
        new Connection(
            "cloud",
            "mqtt",
            "localhost",
            1883,
            clientId,
            Optional.of(Connection.defaultUserName(ref)),
            Optional.of(PREFIX),
            Optional.empty());
    String branch = PREFIX + deviceId.replace(".", "%2E") + "/";
    Login login =
        new Login(ref, token, connection.loginName(token), connection.clientIdOf(ref), branch);
    return new Credential(login, "pK_test-only-" + tokens + "-" + "s".repeat(28));
  }

  /** Makes these logins; none may fail. */
  protected void prepare(Credential... credentials) throws Exception {
    assertThat(await(connector().prepare(List.of(credentials))))
        .isEqualTo(Collections.nCopies(credentials.length, Outcome.DONE));
  }

  /** Takes this login back. */
  protected void retire(Credential credential) throws Exception {
    assertThat(await(connector().retire(List.of(credential.login()))))
        .containsExactly(Outcome.DONE);
  }

  /** The device's client under this login. */
  protected Mqtt3BlockingClient client(Credential credential) {
    return client(credential, credential.login().clientId());
  }

  /** A client under this login with any client id. */
  protected Mqtt3BlockingClient client(Credential credential, String clientId) {
    return MqttClient.builder()
        .useMqttVersion3()
        .identifier(clientId)
        .serverHost("127.0.0.1")
        .serverPort(node().mqttPort())
        .simpleAuth()
        .username(credential.login().name())
        .password(credential.secret().getBytes(StandardCharsets.UTF_8))
        .applySimpleAuth()
        .buildBlocking();
  }

  /** Logged in. */
  protected Mqtt3BlockingClient connected(Credential credential) {
    Mqtt3BlockingClient client = client(credential);
    client.connect();
    return client;
  }

  /** The platform refuses this login. */
  protected void refused(Credential credential) {
    assertThatThrownBy(() -> client(credential).connect())
        .isInstanceOf(Mqtt3ConnAckException.class);
  }

  /** The device publishes to its topic and hears it, with either quality of service. */
  private void speaks(Credential credential, String topic) throws Exception {
    Mqtt3BlockingClient client = connected(credential);
    for (MqttQos qos : List.of(MqttQos.AT_MOST_ONCE, MqttQos.AT_LEAST_ONCE)) {
      try (Mqtt3BlockingClient.Mqtt3Publishes heard =
          client.publishes(MqttGlobalPublishFilter.ALL)) {
        client.subscribeWith().topicFilter(topic).qos(qos).send();
        publish(client, topic);
        assertThat(heard.receive(PATIENCE, TimeUnit.SECONDS)).as(topic).isPresent();
      }
    }
    client.disconnect();
  }

  /** Whoever listens where the device must not publish hears nothing of it. */
  private void silent(Credential credential, String own, String topic) throws Exception {
    Credential witness = witness(topic);
    Mqtt3BlockingClient listener = connected(witness);
    try (Mqtt3BlockingClient.Mqtt3Publishes heard =
        listener.publishes(MqttGlobalPublishFilter.ALL)) {
      listener.subscribeWith().topicFilter(topic).qos(MqttQos.AT_LEAST_ONCE).send();
      tryPublish(credential, topic);
      publish(listener, topic, (byte) 2); // what came first would be heard first
      assertThat(heard.receive(PATIENCE, TimeUnit.SECONDS).orElseThrow().getPayloadAsBytes())
          .as(own + " publishes to " + topic)
          .containsExactly(2);
    }
    listener.disconnect();
    retire(witness);
  }

  /** A device whose branch has this topic. */
  private Credential witness(String topic) throws Exception {
    Credential made = credential("witness");
    String branch = topic.substring(0, topic.lastIndexOf('/') + 1);
    Login login =
        new Login(made.login().ref(), made.login().token(), made.login().name(), "witness", branch);
    Credential witness = new Credential(login, made.secret());
    prepare(witness);
    return witness;
  }

  /** Brokers say no in silence, or by ending the connection. */
  private void tryPublish(Credential credential, String topic) {
    Mqtt3BlockingClient client = connected(credential);
    try {
      publish(client, topic);
      client.disconnect();
    } catch (RuntimeException refused) {
      awaitEnd(client);
    }
  }

  private void subscribeOnce(Credential credential, String filter) {
    Mqtt3BlockingClient client = connected(credential);
    try {
      client.subscribeWith().topicFilter(filter).qos(MqttQos.AT_LEAST_ONCE).send();
    } finally {
      if (client.getState().isConnected()) {
        client.disconnect();
      }
    }
  }

  private static void publish(Mqtt3BlockingClient client, String topic) {
    publish(client, topic, (byte) 1);
  }

  private static void publish(Mqtt3BlockingClient client, String topic, byte payload) {
    client
        .publishWith()
        .topic(topic)
        .qos(MqttQos.AT_LEAST_ONCE)
        .payload(new byte[] {payload})
        .send();
  }

  /** The platform ends this session. */
  protected static void awaitEnd(Mqtt3BlockingClient client) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE);
    while (client.getState().isConnected()) {
      assertThat(System.nanoTime()).as("the session ends").isLessThan(deadline);
      LockSupport.parkNanos(5_000_000);
    }
  }

  /** Repeats a call until it succeeds. */
  protected static <T> T eventually(Supplier<Future<T>> call) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE);
    while (true) {
      try {
        return await(call.get());
      } catch (PlatformException e) {
        assertThat(System.nanoTime()).as(e.getMessage()).isLessThan(deadline);
        LockSupport.parkNanos(100_000_000);
      }
    }
  }

  /** A connector called as the gateway calls it. */
  private final class OnLoop implements PlatformConnector {
    private final PlatformConnector real;

    OnLoop(PlatformConnector real) {
      this.real = real;
    }

    @Override
    public int maxBatch() {
      return real.maxBatch();
    }

    @Override
    public int lanes() {
      return real.lanes();
    }

    @Override
    public Future<List<Outcome>> prepare(List<Credential> credentials) {
      return onLoop(() -> real.prepare(credentials));
    }

    @Override
    public Future<List<Outcome>> retire(List<Login> logins) {
      return onLoop(() -> real.retire(logins));
    }

    @Override
    public Future<List<Outcome>> rollback(List<Login> logins) {
      return onLoop(() -> real.rollback(logins));
    }

    @Override
    public Future<List<Outcome>> notify(List<Login> logins) {
      return onLoop(() -> real.notify(logins));
    }

    @Override
    public boolean lists() {
      return real.lists();
    }

    @Override
    public Future<Names> list(Optional<String> page) {
      return onLoop(() -> real.list(page));
    }

    @Override
    public Future<Void> check() {
      return onLoop(real::check);
    }

    @Override
    public Future<Void> close() {
      return onLoop(real::close);
    }
  }

  /** What the future fails with. */
  protected static Throwable failure(Future<?> future) throws Exception {
    try {
      return new AssertionError("it did not fail but said " + await(future));
    } catch (PlatformException e) {
      return e;
    }
  }

  /** No part of any secret. */
  protected void secretFree(Throwable failure) {
    assertThat(failure).isInstanceOf(PlatformException.class);
    assertThat(failure.toString()).doesNotContain("pK_").doesNotContain("sssss");
    settings().secret().values().forEach(own -> assertThat(failure.toString()).doesNotContain(own));
  }

  /** The future's value; its failure thrown. */
  protected static <T> T await(Future<T> future) throws Exception {
    return future.await(PATIENCE, TimeUnit.SECONDS);
  }
}
