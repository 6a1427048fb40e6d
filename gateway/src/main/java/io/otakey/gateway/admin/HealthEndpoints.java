package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Health, metrics and the contract itself: what needs no token. */
final class HealthEndpoints {
  private static final Logger LOG = LoggerFactory.getLogger(HealthEndpoints.class);
  private static final long CHECK_MILLIS = 2000;

  /** The version of the text format that a scraper gets when it does not ask for OpenMetrics. */
  private static final String METRICS = "text/plain; version=0.0.4; charset=utf-8";

  private final Vertx vertx;
  private final AdminServices services;
  private final Contract contract;
  private final ContractPage page;
  private @Nullable Future<Reply> running;

  HealthEndpoints(Vertx vertx, AdminServices services, Contract contract) {
    this.vertx = vertx;
    this.services = services;
    this.contract = contract;
    this.page = ContractPage.of(contract);
  }

  void addTo(Map<String, Endpoint> endpoints) {
    endpoints.put("showContract", call -> Future.succeededFuture(page.reply()));
    endpoints.put(
        "getContract",
        call -> Future.succeededFuture(Reply.of(200, "application/yaml", contract.text())));
    endpoints.put(
        "getLiveness",
        call -> Future.succeededFuture(Reply.json(Json.object().put("status", "up"))));
    endpoints.put("getReadiness", this::readiness);
    endpoints.put("getMetrics", this::metrics);
  }

  private record Check(String name, boolean up) {}

  /** Whoever asks while the checks run gets the same answer: nobody can pile them up. */
  private Future<Reply> readiness(Call call) {
    Future<Reply> now = running;
    if (now == null) {
      now = check();
      running = now;
      now.onComplete(done -> running = null);
    }
    return now;
  }

  private Future<Reply> check() {
    List<Future<Check>> checks = new ArrayList<>();
    services.readiness().forEach((name, check) -> checks.add(run(name, check)));
    services.advisory().forEach((name, check) -> checks.add(run(name, check)));
    return Future.all(checks)
        .map(
            done -> {
              Map<String, Boolean> states = new TreeMap<>();
              done.<Check>list().forEach(check -> states.put(check.name(), check.up()));
              return reply(states);
            });
  }

  private Future<Check> run(String name, Supplier<Future<Void>> check) {
    Context context = vertx.getOrCreateContext();
    Promise<Check> answer = Promise.promise();
    long timer =
        vertx.setTimer(
            CHECK_MILLIS, late -> fail(answer, name, "no answer within " + CHECK_MILLIS + " ms"));
    // A check may complete on a thread of its own.
    Future.succeededFuture()
        .compose(now -> check.get())
        .onComplete(
            result ->
                context.runOnContext(
                    here -> {
                      vertx.cancelTimer(timer);
                      if (result.succeeded()) {
                        answer.tryComplete(new Check(name, true));
                      } else {
                        fail(answer, name, String.valueOf(result.cause()));
                      }
                    }));
    return answer.future();
  }

  private static void fail(Promise<Check> answer, String name, String why) {
    // Why may name hosts: it is for the log, not for whoever asks.
    if (answer.tryComplete(new Check(name, false))) {
      LOG.info("readiness check {} failed: {}", name, why);
    }
  }

  private Reply reply(Map<String, Boolean> states) {
    ObjectNode checks = Json.object();
    states.forEach((name, up) -> checks.put(name, up ? "up" : "down"));
    List<String> down =
        states.entrySet().stream()
            .filter(state -> !state.getValue())
            .map(Map.Entry::getKey)
            .filter(services.readiness()::containsKey)
            .toList();
    if (down.isEmpty()) {
      ObjectNode json = Json.object().put("status", "up");
      json.set("checks", checks);
      return Reply.json(json);
    }
    return Problem.of(
            Problem.Kind.UNAVAILABLE,
            "not ready, for these checks fail: "
                + String.join(", ", down)
                + "; the gateway's log says why")
        .with(document -> document.set("checks", checks))
        .reply();
  }

  private Future<Reply> metrics(Call call) {
    // Thousands of lines: not on an event loop that answers frames, too.
    return vertx
        .executeBlocking(() -> services.meters().scrape().getBytes(StandardCharsets.UTF_8), false)
        .map(text -> Reply.of(200, METRICS, text));
  }
}
