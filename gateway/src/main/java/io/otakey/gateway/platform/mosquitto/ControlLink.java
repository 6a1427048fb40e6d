package io.otakey.gateway.platform.mosquitto;

import io.netty.handler.codec.mqtt.MqttQoS;
import io.otakey.gateway.platform.PlatformException;
import io.otakey.gateway.platform.net.Address;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.mqtt.MqttClient;
import io.vertx.mqtt.MqttClientOptions;
import io.vertx.mqtt.MqttConnectionException;
import io.vertx.mqtt.messages.MqttPublishMessage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Commands to the plugin and its answers, over one MQTT connection that is opened when it is needed
 * and given up with the first call that gets no answer. How often to try again is the caller's.
 * Correlation data is all that matches an answer to its command. One event loop's.
 */
final class ControlLink {
  private static final String TOPIC = "$CONTROL/dynamic-security/v1";
  private static final String ANSWERS = TOPIC + "/response";
  private static final int SUBSCRIPTION_REFUSED = 0x80;
  private static final int MAX_MESSAGE = 1 << 20;
  private static final int MAX_PENDING = 64;

  private final Vertx vertx;
  private final Address address;
  private final String user;
  private final String password;
  private final Map<Long, Pending> pending = new HashMap<>();
  private Optional<Session> session = Optional.empty();
  private long calls;

  ControlLink(Vertx vertx, Address address, String user, String password) {
    this.vertx = vertx;
    this.address = address;
    this.user = user;
    this.password = password;
  }

  /** A connection, and when it is ready. */
  private record Session(MqttClient client, Future<Void> ready) {}

  /** A call whose answers are awaited; each command has one. */
  private record Pending(Session session, Promise<List<JsonObject>> promise, JsonObject[] answers) {
    boolean complete() {
      for (JsonObject answer : answers) {
        if (answer == null) {
          return false;
        }
      }
      return true;
    }
  }

  /** One answer for each command, in order; those that the plugin refuses have an "error". */
  Future<List<JsonObject>> send(List<JsonObject> commands) {
    if (pending.size() >= MAX_PENDING) {
      return Future.failedFuture(new PlatformException(address + ": too many calls at once"));
    }
    Session used = session.orElseGet(this::open);
    long call = ++calls;
    Pending waiting = new Pending(used, Promise.promise(), new JsonObject[commands.size()]);
    pending.put(call, waiting);
    return used.ready()
        .compose(ready -> publish(used, call, commands))
        .compose(published -> waiting.promise().future())
        .timeout(address.timeout().toMillis(), TimeUnit.MILLISECONDS)
        .onComplete(done -> pending.remove(call))
        .onFailure(failure -> giveUp(used))
        .recover(failure -> Future.failedFuture(explained(failure)));
  }

  /** An empty message on each of these topics, once, to whoever listens now. */
  Future<Void> tell(List<String> topics) {
    Session used = session.orElseGet(this::open);
    return used.ready()
        .compose(ready -> Future.all(topics.stream().map(topic -> tell(used, topic)).toList()))
        .<Void>mapEmpty()
        .timeout(address.timeout().toMillis(), TimeUnit.MILLISECONDS)
        .onFailure(failure -> giveUp(used))
        .recover(failure -> Future.failedFuture(explained(failure)));
  }

  private static Future<Integer> tell(Session used, String topic) {
    return used.client().publish(topic, Buffer.buffer(), MqttQoS.AT_MOST_ONCE, false, false);
  }

  Future<Void> close() {
    session.ifPresent(this::giveUp);
    return Future.succeededFuture();
  }

  private Session open() {
    MqttClientOptions options =
        new MqttClientOptions().setUsername(user).setPassword(password).setSsl(address.tls());
    options.setMaxMessageSize(MAX_MESSAGE);
    options.setHostnameVerificationAlgorithm("HTTPS");
    options.setConnectTimeout(Math.toIntExact(address.timeout().toMillis()));
    address.trust().ifPresent(options::setTrustOptions);
    MqttClient client = MqttClient.create(vertx, options);
    Promise<Void> ready = Promise.promise();
    Session opened = new Session(client, ready.future());
    session = Optional.of(opened);
    client.publishHandler(message -> heard(message));
    client.closeHandler(closed -> giveUp(opened));
    client.exceptionHandler(failure -> giveUp(opened));
    client.subscribeCompletionHandler(
        answer -> {
          if (answer.grantedQoSLevels().contains(SUBSCRIPTION_REFUSED)) {
            ready.tryFail(new PlatformException(unauthorised()));
          } else {
            ready.tryComplete();
          }
        });
    client
        .connect(address.port(), address.host())
        .compose(connected -> client.subscribe(ANSWERS, MqttQoS.AT_LEAST_ONCE.value()))
        .onFailure(ready::tryFail);
    return opened;
  }

  private Future<Integer> publish(Session used, long call, List<JsonObject> commands) {
    JsonArray array = new JsonArray();
    for (int i = 0; i < commands.size(); i++) {
      array.add(commands.get(i).copy().put("correlationData", call + "." + i));
    }
    return used.client()
        .publish(
            TOPIC,
            new JsonObject().put("commands", array).toBuffer(),
            MqttQoS.AT_LEAST_ONCE,
            false,
            false);
  }

  private void heard(MqttPublishMessage message) {
    try {
      JsonArray answers = message.payload().toJsonObject().getJsonArray("responses");
      for (int i = 0; answers != null && i < answers.size(); i++) {
        place(answers.getJsonObject(i));
      }
    } catch (DecodeException | ClassCastException notOurs) {
      // Whoever may write there; the call without an answer runs into its time-out.
    }
  }

  private void place(JsonObject answer) {
    String[] correlation = answer.getString("correlationData", "").split("\\.", -1);
    if (correlation.length != 2
        || !correlation[0].matches("\\d{1,18}")
        || !correlation[1].matches("\\d{1,9}")) {
      return;
    }
    Pending waiting = pending.get(Long.parseLong(correlation[0]));
    int index = Integer.parseInt(correlation[1]);
    if (waiting != null && index < waiting.answers().length) {
      waiting.answers()[index] = answer;
      if (waiting.complete()) {
        waiting.promise().tryComplete(List.of(waiting.answers()));
      }
    }
  }

  /** The next call opens another connection; calls that wait for this one's answers fail. */
  private void giveUp(Session lost) {
    if (session.filter(lost::equals).isPresent()) {
      session = Optional.empty();
      lost.client().disconnect();
    }
    List<Pending> waiting = new ArrayList<>(pending.values());
    waiting.stream()
        .filter(each -> each.session().equals(lost))
        .forEach(each -> each.promise().tryFail(new PlatformException("the connection was lost")));
  }

  private String unauthorised() {
    return "mosquitto does not let the gateway's client "
        + user
        + " use dynamic security: give its role $CONTROL/dynamic-security/#";
  }

  private PlatformException explained(Throwable failure) {
    if (failure instanceof TimeoutException) {
      return new PlatformException(
          address
              + ": no answer within "
              + address.timeout().toMillis()
              + " ms; if the broker is well, "
              + unauthorised());
    }
    if (failure instanceof MqttConnectionException refused) {
      return new PlatformException(
          address
              + ": mosquitto refuses the gateway's client "
              + user
              + " ("
              + refused.code()
              + "): mend user or password");
    }
    return new PlatformException(address + ": " + failure.getMessage());
  }
}
