package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.otakey.gateway.journal.JournalEntry;
import io.otakey.gateway.journal.JournalReader;
import io.otakey.gateway.recovery.Watch;
import io.otakey.gateway.registry.Change;
import io.otakey.gateway.registry.Height;
import io.otakey.gateway.registry.Recovery;
import io.otakey.gateway.registry.RecoveryOrder;
import io.otakey.gateway.registry.RecoveryOutcome;
import io.otakey.gateway.registry.RecoveryProgress;
import io.otakey.gateway.registry.RecoveryStep;
import io.otakey.gateway.registry.Replayed;
import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.Future;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What an operator does after a database was lost or restored. */
final class RecoveryEndpoints {
  private static final int ORDERS = 20;

  private final Recovery recovery;
  private final Watch watch;

  RecoveryEndpoints(Recovery recovery, Watch watch) {
    this.recovery = recovery;
    this.watch = watch;
  }

  void addTo(Map<String, Endpoint> endpoints) {
    endpoints.put("getRecovery", this::status);
    endpoints.put("chooseRecovery", call -> order(call, Optional.empty()));
    endpoints.put("decideRecovery", this::decide);
    endpoints.put("getProductRecovery", this::progress);
    endpoints.put("stepProductRecovery", call -> order(call, Optional.of(call.productId())));
    endpoints.put("listUnseenDevices", this::unseen);
    endpoints.put("replayJournal", this::replay);
  }

  private Future<Reply> status(Call call) {
    return recovery
        .height()
        .compose(height -> recovery.orders(ORDERS).map(orders -> status(height, orders)))
        .recover(
            failure ->
                failure instanceof IllegalStateException
                    ? Future.failedFuture(
                        Problem.of(Problem.Kind.CONFLICT, String.valueOf(failure.getMessage()))
                            .exception())
                    : Future.failedFuture(failure));
  }

  private Reply status(Height height, List<RecoveryOrder> orders) {
    ObjectNode json = Json.object();
    json.put("heldOff", watch.hold().isPresent());
    watch.hold().ifPresent(why -> json.put("why", why));
    json.put("commits", height.commits());
    json.put("commitsSeenHere", watch.commits());
    json.put("twoPersons", watch.twoPersons());
    ObjectNode generations = json.putObject("generations");
    height.generations().forEach(generations::put);
    ObjectNode seen = json.putObject("generationsSeenHere");
    watch.seen().generations().forEach(seen::put);
    ArrayNode array = json.putArray("orders");
    orders.forEach(order -> array.add(write(order)));
    return Reply.json(json);
  }

  private static ObjectNode write(RecoveryOrder order) {
    ObjectNode json = Json.object();
    json.put("id", order.id());
    json.put("step", Names.of(order.step()));
    order.productId().ifPresent(id -> json.put("productId", id));
    json.put("state", Names.of(order.state()));
    json.put("orderedBy", order.orderedBy());
    order.decidedBy().ifPresent(name -> json.put("decidedBy", name));
    json.put("orderedAt", order.orderedAt().toString());
    order.decidedAt().ifPresent(at -> json.put("decidedAt", at.toString()));
    return json;
  }

  private Future<Reply> order(Call call, Optional<String> productId) {
    RecoveryStep step =
        Names.find(RecoveryStep.class, call.path("step"))
            .filter(found -> found.ofProduct() == productId.isPresent())
            .orElseThrow(
                () ->
                    Problem.notFound("there is no such step: use one that the contract names")
                        .exception());
    Query query = call.query();
    boolean needsApproval = query.flag("needsApproval") || watch.twoPersons();
    int above = (int) query.integer("above", 1, 254).orElse(0);
    query.check();
    if (watch.hold().isPresent() && !step.ofProduct()) {
      return mine()
          .compose(
              v ->
                  recovery.order(
                      call.caller().actor(), step, productId, above, needsApproval, watch.seen()))
          .compose(this::reply);
    }
    return recovery
        .order(call.caller().actor(), step, productId, above, needsApproval, watch.seen())
        .compose(this::reply);
  }

  /** Nothing is decided about a database that is not this installation's. */
  private Future<Void> mine() {
    return recovery
        .height()
        .map(
            height -> {
              if (!watch.isMine(height)) {
                throw Problem.of(
                        Problem.Kind.CONFLICT,
                        "the database belongs to another installation: point the gateway to its own")
                    .exception();
              }
              return null;
            });
  }

  private Future<Reply> decide(Call call) {
    long id = call.number("orderId", 1, Long.MAX_VALUE);
    boolean approve =
        switch (call.path("verb").toLowerCase(Locale.ROOT)) {
          case "approve" -> true;
          case "deny" -> false;
          default -> throw Problem.notFound("there is no such verb: approve or deny").exception();
        };
    return recovery.decide(call.caller().actor(), id, approve, watch.seen()).compose(this::reply);
  }

  /** This node looks at once; others do within a second. */
  private Future<Reply> reply(RecoveryOutcome outcome) {
    if (outcome instanceof RecoveryOutcome.Ordered ordered) {
      return watch.look().otherwiseEmpty().map(v -> Reply.json(write(ordered.now())));
    }
    if (outcome instanceof RecoveryOutcome.NotAllowed refused) {
      throw Problem.of(Problem.Kind.CONFLICT, refused.why()).exception();
    }
    String what = ((RecoveryOutcome.NotFound) outcome).what();
    throw Problem.notFound("there is no " + what).exception();
  }

  private Future<Reply> progress(Call call) {
    return recovery
        .progress(call.productId())
        .map(
            found ->
                Reply.json(
                    write(
                        found.orElseThrow(() -> Problem.noProduct(call.productId()).exception()))));
  }

  private static ObjectNode write(RecoveryProgress progress) {
    return Json.object()
        .put("productId", progress.productId())
        .put("generation", progress.generation())
        .put("inRecovery", progress.inRecovery())
        .put("active", progress.active())
        .put("recovered", progress.recovered())
        .put("unseen", progress.unseen())
        .put("barred", progress.barred());
  }

  private Future<Reply> unseen(Call call) {
    Query query = call.query();
    String after = query.text("after", DeviceRef.MAX_DEVICE_ID).orElse("");
    int limit = query.limit();
    query.check();
    return recovery
        .unseen(call.productId(), after, limit)
        .map(
            page ->
                Reply.page(
                    "devices",
                    page,
                    limit,
                    DeviceJson::write,
                    last -> Json.text(last.ref().deviceId())));
  }

  private Future<Reply> replay(Call call) {
    Query query = call.query();
    boolean dryRun = query.flag("dryRun");
    query.check();
    List<Change> changes =
        JournalReader.read(call.body().getBytes())
            .orElseThrow(
                () ->
                    Problem.of(
                            Problem.Kind.BAD_REQUEST,
                            "the body is no part of a journal: use 'otakey admin journal replay'")
                        .exception())
            .stream()
            .map(JournalEntry::change)
            .toList();
    return recovery
        .replay(call.caller().actor(), changes, dryRun)
        .map(done -> Reply.json(write(done, dryRun)));
  }

  private static ObjectNode write(Replayed done, boolean dryRun) {
    ObjectNode json = Json.object().put("dryRun", dryRun);
    ObjectNode devices = json.putObject("devices");
    done.effects().forEach((effect, count) -> devices.put(Names.of(effect), count));
    ArrayNode products = json.putArray("generationsRaised");
    done.products().forEach(products::add);
    ArrayNode connections = json.putArray("connections");
    done.connections().forEach(connections::add);
    json.put("labeled", done.labeled());
    ArrayNode conflicts = json.putArray("conflicts");
    done.conflicts().forEach(conflicts::add);
    return json;
  }
}
