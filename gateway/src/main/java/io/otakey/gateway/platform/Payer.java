package io.otakey.gateway.platform;

import io.otakey.gateway.registry.DutyLoop;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does what platforms are owed. One event loop's. */
final class Payer {
  private static final Logger LOG = LoggerFactory.getLogger(Payer.class);
  private static final int ROUNDS = 20;

  private final PlatformLedger ledger;
  private final PlatformService service;

  Payer(PlatformLedger ledger, PlatformService service) {
    this.ledger = ledger;
    this.service = service;
  }

  /** Until nothing is due, the platform fails, or it was much. */
  Future<Void> pay(String platformId) {
    return service.connected(platformId).map(this::pay).orElse(Future.succeededFuture());
  }

  private Future<Void> pay(LivePlatform platform) {
    int limit = platform.maxBatch() * platform.lanes();
    return DutyLoop.repeat(ROUNDS, limit, () -> payOnce(platform, limit));
  }

  private Future<Integer> payOnce(LivePlatform platform, int limit) {
    return platform.isAway()
        ? Future.succeededFuture(0)
        : ledger
            .due(platform.platform().id(), limit)
            .compose(owed -> pay(platform, owed).map(owed.size()));
  }

  private Future<Void> pay(LivePlatform platform, List<Owed> owed) {
    List<Future<Void>> calls =
        chunks(owed, platform.maxBatch()).stream().map(chunk -> call(platform, chunk)).toList();
    return Future.join(calls).mapEmpty();
  }

  /** What has failed goes in ever smaller company, until whatever spoils a batch is alone. */
  private static List<List<Owed>> chunks(List<Owed> owed, int maxBatch) {
    List<List<Owed>> chunks = new ArrayList<>();
    Map<Owed.Work, List<Owed>> open = new EnumMap<>(Owed.Work.class);
    for (Owed item : owed) {
      int size = Math.max(1, maxBatch >> Math.min(item.tries(), 30));
      List<Owed> chunk = open.get(item.work());
      if (chunk == null || chunk.size() >= size) {
        chunk = new ArrayList<>();
        open.put(item.work(), chunk);
        chunks.add(chunk);
      }
      chunk.add(item);
    }
    return chunks;
  }

  private Future<Void> call(LivePlatform platform, List<Owed> chunk) {
    return (switch (chunk.get(0).work()) {
          case PREPARE -> Each.known(chunk, owed -> credential(platform, owed), platform::prepare);
          case RETIRE -> Each.known(chunk, this::login, platform::retire);
          case ROLL_BACK -> Each.known(chunk, this::login, platform::rollBack);
        })
        .transform(
            called ->
                called.succeeded()
                    ? note(platform, chunk, called.result())
                    : fail(platform, chunk, String.valueOf(called.cause().getMessage())));
  }

  private Optional<Credential> credential(LivePlatform platform, Owed owed) {
    return service.logins().credential(owed.key(), owed.connectionId(), platform.platform().id());
  }

  private Optional<Login> login(Owed owed) {
    return service.logins().login(owed.key(), owed.connectionId());
  }

  private Future<Void> note(LivePlatform platform, List<Owed> chunk, List<Outcome> outcomes) {
    List<Owed> done = new ArrayList<>();
    List<Owed> not = new ArrayList<>();
    String why = "";
    for (int i = 0; i < chunk.size(); i++) {
      if (outcomes.get(i) instanceof Outcome.Failed failed) {
        not.add(chunk.get(i));
        why = failed.why();
      } else {
        done.add(chunk.get(i));
      }
    }
    Future<Void> failed = not.isEmpty() ? Future.succeededFuture() : fail(platform, not, why);
    return failed.compose(
        v ->
            done.isEmpty()
                ? Future.succeededFuture()
                : ledger.done(platform.platform().id(), done));
  }

  private Future<Void> fail(LivePlatform platform, List<Owed> chunk, String why) {
    LOG.debug("platform {} owes {} logins: {}", platform.platform().id(), chunk.size(), why);
    return ledger.failed(platform.platform().id(), chunk, why);
  }
}
