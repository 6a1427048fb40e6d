package io.otakey.gateway.platform.rabbitmq;

import io.otakey.gateway.platform.Credential;
import io.otakey.gateway.platform.Each;
import io.otakey.gateway.platform.Login;
import io.otakey.gateway.platform.Outcome;
import io.otakey.gateway.platform.PlatformConnector;
import io.otakey.gateway.platform.PlatformException;
import io.otakey.gateway.platform.net.HttpLink;
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

  private final RabbitApi api;
  private final Rights rights;
  private final String vhost;
  private final String exchange;
  private List<String> listed = List.of();

  RabbitConnector(RabbitApi api, String vhost, String exchange) {
    this.api = api;
    this.rights = new Rights(vhost, exchange);
    this.vhost = vhost;
    this.exchange = exchange;
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
        .compose(answer -> exists(answer, "exchange " + exchange + " (setting exchange)"));
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
