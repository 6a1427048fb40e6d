package io.otakey.gateway.platform.rabbitmq;

import io.otakey.gateway.platform.Credential;
import io.otakey.gateway.platform.Each;
import io.otakey.gateway.platform.Login;
import io.otakey.gateway.platform.Outcome;
import io.otakey.gateway.platform.PlatformConnector;
import io.otakey.gateway.platform.PlatformException;
import io.otakey.gateway.platform.net.HttpLink;
import io.otakey.protocol.wire.Connection;
import io.vertx.core.CompositeFuture;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * Writes users. Deleting a user ends its connections at once, while open sessions outlive a changed
 * password: so nothing is ever changed, every login is a user of its own.
 */
final class RabbitConnector implements PlatformConnector {
  private static final int MAX_BATCH = 1000;
  private static final int PAGE = 2000;
  private static final Outcome COLON =
      new Outcome.Failed(
          "RabbitMQ takes what stands before a colon in a user name for a virtual host: give the"
              + " connection another user name");

  private static final Outcome NOBODY = new Outcome.Failed("the device is not there to hear");

  private final RabbitApi api;
  private final Rights rights;
  private final String vhost;
  private final String exchange;
  private final boolean notifies;
  private List<String> listed = List.of();

  RabbitConnector(RabbitApi api, String vhost, String exchange, boolean notifies) {
    this.api = api;
    this.rights = new Rights(vhost, exchange);
    this.vhost = vhost;
    this.exchange = exchange;
    this.notifies = notifies;
  }

  @Override
  public int maxBatch() {
    return MAX_BATCH;
  }

  @Override
  public int lanes() {
    return 2;
  }

  @Override
  public Future<List<Outcome>> prepare(List<Credential> credentials) {
    return Each.of(
        credentials.stream()
            .map(each -> Optional.of(each).filter(fit -> !each.login().name().contains(":")))
            .toList(),
        i -> COLON,
        this::write);
  }

  private Future<List<Outcome>> write(List<Credential> credentials) {
    return api.post("/definitions", rights.definitions(credentials))
        .compose(answer -> expect(answer, "the import of users"))
        .map(done -> Collections.nCopies(credentials.size(), Outcome.DONE));
  }

  @Override
  public Future<List<Outcome>> retire(List<Login> logins) {
    List<String> names = logins.stream().map(Login::name).toList();
    return api.post("/users/bulk-delete", new JsonObject().put("users", new JsonArray(names)))
        .compose(
            answer ->
                answer.status() == 400 // it stops at the first user that is gone already
                    ? deleteEach(names)
                    : expect(answer, "the deletion of users"))
        .map(done -> Collections.nCopies(logins.size(), Outcome.DONE));
  }

  /** As many at once as there are connections. */
  private Future<Void> deleteEach(List<String> names) {
    List<Future<Void>> lanes = new ArrayList<>();
    for (int lane = 0; lane < RabbitApi.LANES; lane++) {
      lanes.add(deleteFrom(names, lane));
    }
    return Future.all(lanes).mapEmpty();
  }

  private Future<Void> deleteFrom(List<String> names, int index) {
    if (index >= names.size()) {
      return Future.succeededFuture();
    }
    return api.delete("/users/" + HttpLink.segment(names.get(index)))
        .compose(
            answer ->
                answer.status() == 404
                    ? Future.<Void>succeededFuture()
                    : expect(answer, "the deletion of a user"))
        .compose(done -> deleteFrom(names, index + RabbitApi.LANES));
  }

  @Override
  public Future<List<Outcome>> notify(List<Login> logins) {
    return Future.all(logins.stream().map(login -> publish(login.noticeTopic())).toList())
        .map(CompositeFuture::list);
  }

  /** To whoever is subscribed now; RabbitMQ says whether somebody is. */
  private Future<Outcome> publish(String topic) {
    JsonObject message =
        new JsonObject()
            .put("properties", new JsonObject().put("delivery_mode", 1))
            .put("routing_key", topic.replace('/', '.'))
            .put("payload", "")
            .put("payload_encoding", "string");
    String path =
        "/exchanges/" + HttpLink.segment(vhost) + "/" + HttpLink.segment(exchange) + "/publish";
    return api.post(path, message)
        .map(
            answer ->
                answer.status() != 200
                    ? new Outcome.Failed("RabbitMQ refuses a message: " + RabbitApi.reason(answer))
                    : RabbitApi.object(answer).getBoolean("routed", false) ? Outcome.DONE : NOBODY);
  }

  @Override
  public boolean lists() {
    return true;
  }

  /** RabbitMQ knows no pages of users: all of them are read at once and given page by page. */
  @Override
  public Future<Names> list(Optional<String> page) {
    if (page.isPresent() && !listed.isEmpty()) {
      return Future.succeededFuture(page(Integer.parseInt(page.get())));
    }
    return api.get("/users?columns=name")
        .compose(answer -> expect(answer, "the list of users").map(done -> names(answer)))
        .map(
            names -> {
              listed = names;
              return page(page.map(Integer::parseInt).orElse(0));
            });
  }

  private static List<String> names(HttpLink.Answer answer) {
    JsonArray users = RabbitApi.array(answer);
    List<String> names = new ArrayList<>(users.size());
    for (int i = 0; i < users.size(); i++) {
      names.add(users.getJsonObject(i).getString("name"));
    }
    return names;
  }

  private Names page(int from) {
    int start = Math.min(from, listed.size());
    int end = Math.min(start + PAGE, listed.size());
    List<String> names = List.copyOf(listed.subList(start, end));
    if (end < listed.size()) {
      return new Names(names, Optional.of(Integer.toString(end)));
    }
    listed = List.of();
    return new Names(names, Optional.empty());
  }

  @Override
  public Future<Void> check() {
    String host = HttpLink.segment(vhost);
    return api.get("/whoami")
        .compose(
            answer -> expect(answer, "the question who the gateway is").map(done -> tags(answer)))
        .compose(
            tags ->
                tags.contains("administrator")
                    ? api.get("/vhosts/" + host + "?columns=name")
                    : Future.failedFuture(
                        new PlatformException(
                            "the gateway's user on RabbitMQ lacks the tag administrator, without"
                                + " which users cannot be written: rabbitmqctl set_user_tags USER"
                                + " administrator")))
        .compose(answer -> exists(answer, "virtual host " + vhost + " (setting vhost)"))
        .compose(
            done ->
                api.get("/exchanges/" + host + "/" + HttpLink.segment(exchange) + "?columns=name"))
        .compose(answer -> exists(answer, "exchange " + exchange + " (setting exchange)"))
        .compose(there -> notifies ? mayPublish() : Future.succeededFuture());
  }

  /** To a topic that no device has. */
  private Future<Void> mayPublish() {
    return publish(Connection.NOTICES)
        .compose(
            outcome ->
                outcome instanceof Outcome.Failed failed && !outcome.equals(NOBODY)
                    ? Future.failedFuture(
                        new PlatformException(
                            failed.why()
                                + ": rabbitmqctl set_permissions -p VHOST USER '' 'EXCHANGE' '',"
                                + " or set notify to false"))
                    : Future.succeededFuture());
  }

  /** A list in RabbitMQ since 3.9, text with commas before. */
  private static List<String> tags(HttpLink.Answer answer) {
    Object tags = RabbitApi.object(answer).getValue("tags");
    return tags instanceof JsonArray array
        ? array.stream().map(String::valueOf).toList()
        : List.of(String.valueOf(tags).split(",", -1));
  }

  private static Future<Void> exists(HttpLink.Answer answer, String what) {
    return answer.status() == 404
        ? Future.failedFuture(new PlatformException("RabbitMQ has no " + what))
        : expect(answer, "the look-up of " + what);
  }

  private static Future<Void> expect(HttpLink.Answer answer, String what) {
    return answer.status() / 100 == 2
        ? Future.succeededFuture()
        : Future.failedFuture(
            new PlatformException("RabbitMQ refuses " + what + ": " + RabbitApi.reason(answer)));
  }

  @Override
  public Future<Void> close() {
    return api.close();
  }
}
