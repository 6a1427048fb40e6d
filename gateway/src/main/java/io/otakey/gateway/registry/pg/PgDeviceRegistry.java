package io.otakey.gateway.registry.pg;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.otakey.gateway.batch.Batcher;
import io.otakey.gateway.batch.BatcherConfig;
import io.otakey.gateway.metric.Metric;
import io.otakey.gateway.registry.AwaitingDevice;
import io.otakey.gateway.registry.Change;
import io.otakey.gateway.registry.ChangeLog;
import io.otakey.gateway.registry.Decision;
import io.otakey.gateway.registry.DeviceRegistry;
import io.otakey.gateway.registry.EnrollAnswer;
import io.otakey.gateway.registry.KeyUse;
import io.otakey.gateway.registry.Observation;
import io.otakey.gateway.registry.Product;
import io.otakey.gateway.registry.SecurityEvent;
import io.otakey.protocol.key.DecisionTable;
import io.otakey.protocol.key.DecisionTable.Asked;
import io.otakey.protocol.key.GrantToken;
import io.otakey.protocol.key.RowStatus;
import io.otakey.protocol.key.Verdict;
import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * The hot path. Reads and writes go through batchers; a device's writes on this node never run side
 * by side, and between nodes the statement notices a race and decides again.
 */
final class PgDeviceRegistry implements DeviceRegistry {
  private final Function<String, Optional<Product>> products;
  private final WriteBehind writeBehind;
  private final SecurityWriter evidence;
  private final ChangeLog changes;
  private final MeterRegistry meters;

  /** By product that exists and kind of grant: looking a counter up costs more than counting. */
  private final Map<String, Map<GrantToken.Kind, Counter>> committed = new ConcurrentHashMap<>();

  private final Batcher<EnrollWork.Ask, EnrollWork.Read> enrolls;
  private final Batcher<Ask, Decided> reads;
  private final Batcher<Ask, Decided> writes;
  private final Batcher<Ask, Decided> counted;

  /**
   * A registry that is ready at once.
   *
   * @param products the cached snapshot; that it may be old costs a detour and nothing else
   */
  PgDeviceRegistry(
      Vertx vertx,
      Pool pool,
      PgTuning tuning,
      DecisionSql sql,
      Function<String, Optional<Product>> products,
      WriteBehind writeBehind,
      SecurityWriter evidence,
      ChangeLog changes,
      MeterRegistry meters) {
    this.products = products;
    this.writeBehind = writeBehind;
    this.evidence = evidence;
    this.changes = changes;
    this.meters = meters;
    this.enrolls =
        new Batcher<>(
            vertx,
            "enroll",
            tuning.reads(),
            ask -> ask.ref().hashCode(),
            new EnrollWork(pool),
            meters);
    this.reads = decider(vertx, "read", tuning.reads(), single(pool, sql.read()), meters);
    this.writes = decider(vertx, "write", tuning.writes(), single(pool, sql.write()), meters);
    this.counted =
        decider(
            vertx,
            "counted",
            tuning.counted(),
            transaction(pool, DecisionSql.lockProducts(), sql.writeCounted()),
            meters);
  }

  private static Batcher<Ask, Decided> decider(
      Vertx vertx,
      String name,
      BatcherConfig config,
      DecideWork.Statement statement,
      MeterRegistry meters) {
    return new Batcher<>(
        vertx, name, config, ask -> ask.ref().hashCode(), new DecideWork(statement), meters);
  }

  private static DecideWork.Statement single(Pool pool, String sql) {
    return (inputs, productIds, results) ->
        pool.preparedQuery(sql).collecting(results).execute(inputs);
  }

  /** Locks and decides in one transaction whose four steps travel together. */
  private static DecideWork.Statement transaction(Pool pool, String lock, String sql) {
    return (inputs, productIds, results) ->
        pool.withConnection(
            connection -> {
              Database.quiet(connection);
              Future<?> begun = connection.query("begin").execute();
              Future<?> locked =
                  connection
                      .preparedQuery(lock)
                      .execute(Tuple.tuple().addArrayOfString(productIds));
              Future<?> decided = connection.preparedQuery(sql).collecting(results).execute(inputs);
              Future<?> committed = connection.query("commit").execute();
              return Future.join(begun, locked, decided, committed);
            });
  }

  @Override
  public Future<EnrollAnswer> enroll(DeviceRef ref, int pkVersion) {
    return enrolls
        .submit(new EnrollWork.Ask(ref, pkVersion))
        .map(
            read -> {
              if (read.approvable()) {
                writeBehind.await(ref, AwaitingDevice.Reason.RE_ENROLLMENT);
              }
              return read.answer();
            });
  }

  @Override
  public Future<Decision> confirm(KeyUse use) {
    return write(new Ask(use, Asked.CONFIRM))
        .compose(decision -> kept(use, decision, Change.Cause.COMMITTED));
  }

  @Override
  public Future<Decision> poll(KeyUse use) {
    return readThenWrite(use);
  }

  @Override
  public Future<Decision> rotate(KeyUse use) {
    return readThenWrite(use);
  }

  @Override
  public Future<Decision> abandon(KeyUse use, int abandonedAttempt, int reason) {
    return write(new Ask(use, Asked.ABANDON, OptionalInt.of(abandonedAttempt), reason))
        .compose(decision -> kept(use, decision, Change.Cause.RAISED))
        .map(
            decision -> {
              if (asksTooMuch(decision, abandonedAttempt)) {
                writeBehind.await(use.key().ref(), AwaitingDevice.Reason.ABANDON);
              }
              return decision;
            });
  }

  @Override
  public Future<Decision> login(KeyUse use) {
    return reads.submit(new Ask(use, Asked.CONFIRM)).map(Decided::decision);
  }

  @Override
  public void observe(DeviceRef ref, Observation observation) {
    writeBehind.observe(ref, observation);
  }

  @Override
  public void note(SecurityEvent event) {
    evidence.note(event);
  }

  /** Answers what was accepted, then stops. */
  Future<Void> close() {
    return Future.join(enrolls.close(), reads.close(), writes.close(), counted.close()).mapEmpty();
  }

  /** Nearly every POLL and ROTATE only reads; one that would write is decided anew, writing. */
  private Future<Decision> readThenWrite(KeyUse use) {
    Ask ask = new Ask(use, Asked.POLL_OR_ROTATE);
    return reads
        .submit(ask)
        .compose(
            read ->
                read.decision().verdict().writes()
                    ? write(ask).compose(decision -> keptIfWritten(use, decision))
                    : Future.succeededFuture(read.decision()));
  }

  /** Where another node committed meanwhile, that node keeps it. */
  private Future<Decision> keptIfWritten(KeyUse use, Decision decision) {
    return decision.verdict().writes()
        ? kept(use, decision, Change.Cause.COMMITTED)
        : Future.succeededFuture(decision);
  }

  /**
   * Keeps what is about to be acknowledged. A CONFIRM or ABANDON that finds its work done is kept,
   * too: whoever did it may have died before it could.
   */
  private Future<Decision> kept(KeyUse use, Decision decision, Change.Cause unlessCommitted) {
    Optional<Change.Cause> cause =
        switch (decision.verdict()) {
          case COMMIT, COMMIT_RECOVERED, COMMIT_EXPECTED -> Optional.of(Change.Cause.COMMITTED);
          case CURRENT -> Optional.of(unlessCommitted);
          case FENCE -> Optional.of(Change.Cause.RAISED);
          case REFUSED, UNKNOWN, SUPERSEDED -> Optional.empty();
        };
    if (cause.isEmpty()) {
      return Future.succeededFuture(decision);
    }
    count(use, decision.verdict());
    Change change =
        new Change.Device(cause.get(), use.key().ref(), decision.row(), Optional.empty());
    return changes.keep(List.of(change)).map(decision);
  }

  private void count(KeyUse use, Verdict verdict) {
    if (verdict == Verdict.COMMIT || verdict == Verdict.COMMIT_RECOVERED) {
      committed
          .computeIfAbsent(use.key().ref().productId(), product -> new ConcurrentHashMap<>())
          .computeIfAbsent(use.grant().kind(), kind -> counter(use.key().ref().productId(), kind))
          .increment();
    }
  }

  private Counter counter(String productId, GrantToken.Kind kind) {
    String label =
        switch (kind) {
          case ENROLL -> "enrolled";
          case ROTATE -> "rotated";
          case RECOVER -> "recovered";
        };
    return Metric.KEYS_COMMITTED.counter(meters, productId, label);
  }

  private Future<Decision> write(Ask ask) {
    if (mayUseUpQuota(ask)) {
      return counted.submit(ask).map(Decided::decision);
    }
    return writes
        .submit(ask)
        .compose(
            decided ->
                decided.uncounted()
                    ? counted.submit(ask).map(Decided::decision)
                    : Future.succeededFuture(decided.decision()));
  }

  private boolean mayUseUpQuota(Ask ask) {
    return ask.use().grant().kind() != GrantToken.Kind.ROTATE
        && products
            .apply(ask.ref().productId())
            .map(product -> product.policy().quota().isPresent())
            .orElse(false);
  }

  private static boolean asksTooMuch(Decision decision, int abandonedAttempt) {
    int attempt = decision.row().attempt();
    RowStatus status = decision.row().status();
    return decision.verdict() == Verdict.REFUSED
        && (status == RowStatus.ACTIVE || status == RowStatus.EXPECTED)
        && DecisionTable.attemptAfterAbandon(attempt, abandonedAttempt) < 0;
  }
}
