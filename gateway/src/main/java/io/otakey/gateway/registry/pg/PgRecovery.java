package io.otakey.gateway.registry.pg;

import io.otakey.gateway.registry.Actor;
import io.otakey.gateway.registry.Change;
import io.otakey.gateway.registry.ChangeLog;
import io.otakey.gateway.registry.DeviceRecord;
import io.otakey.gateway.registry.Height;
import io.otakey.gateway.registry.Recovery;
import io.otakey.gateway.registry.RecoveryOrder;
import io.otakey.gateway.registry.RecoveryOrder.State;
import io.otakey.gateway.registry.RecoveryOutcome;
import io.otakey.gateway.registry.RecoveryOutcome.NotAllowed;
import io.otakey.gateway.registry.RecoveryOutcome.NotFound;
import io.otakey.gateway.registry.RecoveryOutcome.Ordered;
import io.otakey.gateway.registry.RecoveryProgress;
import io.otakey.gateway.registry.RecoveryStep;
import io.otakey.gateway.registry.Replayed;
import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Recovery in PostgreSQL; each step in one transaction with its entry in the audit log. */
final class PgRecovery implements Recovery {
  private static final int MAX_PAGE = 1000;

  /** No such table; no such schema: a database that was made anew under a running node. */
  private static final List<String> NO_REGISTRY = List.of("42P01", "3F000");

  private final Admin admin;
  private final Catalog catalog;
  private final ChangeLog changes;

  PgRecovery(Admin admin, Catalog catalog, ChangeLog changes) {
    this.admin = admin;
    this.catalog = catalog;
    this.changes = changes;
  }

  @Override
  public Future<Height> height() {
    return admin.read(
        client ->
            client
                .query(RecoverySql.HEIGHT)
                .mapping(PgRecovery::height)
                .execute()
                .recover(failure -> Future.failedFuture(noRegistry(failure)))
                .compose(
                    rows ->
                        Admin.first(rows)
                            .map(Future::succeededFuture)
                            .orElseGet(() -> Future.failedFuture(empty()))));
  }

  private static Throwable noRegistry(Throwable failure) {
    return failure instanceof PgException known && NO_REGISTRY.contains(known.getSqlState())
        ? empty()
        : failure;
  }

  private static IllegalStateException empty() {
    return new IllegalStateException(
        "the database holds no registry: restore it, or start this node again on the new one");
  }

  private static Height height(Row row) {
    Map<String, Integer> generations = new HashMap<>();
    String[] products = row.getArrayOfStrings(4);
    Short[] numbers = row.getArrayOfShorts(5);
    for (int i = 0; i < products.length; i++) {
      generations.put(products[i], (int) numbers[i]);
    }
    return new Height(
        row.getUUID(0), row.getLong(1), row.getLong(2), row.getString(3), generations);
  }

  @Override
  public Future<Void> hold(String why) {
    return admin.read(
        client -> client.preparedQuery(RecoverySql.HOLD).execute(Tuple.of(why)).mapEmpty());
  }

  /** What a step came to, and which products it changed. */
  private record Done(RecoveryOutcome outcome, List<Change> changed) {}

  @Override
  public Future<RecoveryOutcome> order(
      Actor actor,
      RecoveryStep step,
      Optional<String> productId,
      int above,
      boolean needsApproval,
      Seen seen) {
    State state = needsApproval ? State.WAITING_FOR_APPROVAL : State.DONE;
    Tuple values =
        Tuple.of(RecoverySql.code(step))
            .addValue(productId.orElse(null))
            .addInteger(above)
            .addShort(RecoverySql.code(state))
            .addString(actor.name());
    return step(
        connection ->
            connection
                .preparedQuery(RecoverySql.ORDER)
                .mapping(RecoverySql::order)
                .execute(values)
                .map(rows -> rows.iterator().next())
                .compose(
                    order ->
                        needsApproval
                            ? note(connection, actor, order, "order")
                                .map(new Done(new Ordered(order), List.of()))
                            : run(connection, actor, order, seen)));
  }

  @Override
  public Future<RecoveryOutcome> decide(Actor actor, long orderId, boolean approve, Seen seen) {
    return step(
        connection ->
            connection
                .preparedQuery(RecoverySql.WAITING)
                .mapping(RecoverySql::order)
                .execute(Tuple.of(orderId))
                .map(Admin::first)
                .compose(
                    found ->
                        found.isEmpty()
                            ? Future.succeededFuture(
                                new Done(new NotFound("order " + orderId), List.of()))
                            : decide(connection, actor, found.get(), approve, seen)));
  }

  private Future<Done> decide(
      SqlConnection connection, Actor actor, RecoveryOrder order, boolean approve, Seen seen) {
    if (order.state() != State.WAITING_FOR_APPROVAL) {
      return refused("the order is decided already: look at the status");
    }
    if (approve && order.orderedBy().equals(actor.name())) {
      return refused("whoever ordered it cannot approve it: ask somebody else");
    }
    State state = approve ? State.DONE : State.DENIED;
    return connection
        .preparedQuery(RecoverySql.DECIDED)
        .mapping(RecoverySql::order)
        .execute(Tuple.of(order.id(), RecoverySql.code(state), actor.name()))
        .map(rows -> rows.iterator().next())
        .compose(
            now ->
                approve
                    ? run(connection, actor, now, seen)
                    : note(connection, actor, now, "deny")
                        .map(new Done(new Ordered(now), List.of())));
  }

  /** What was refused leaves nothing behind, not even its order. */
  private static final class RefusedException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final transient RecoveryOutcome outcome;

    RefusedException(RecoveryOutcome outcome) {
      super(outcome.toString(), null, false, false);
      this.outcome = outcome;
    }
  }

  private static Future<Done> refused(String why) {
    return Future.failedFuture(
        new IllegalStateException(new RefusedException(new NotAllowed(why))));
  }

  private Future<RecoveryOutcome> step(Function<SqlConnection, Future<Done>> steps) {
    return admin
        .change(changes, steps, Done::changed)
        .compose(done -> catalog.refresh().otherwiseEmpty().map(v -> done.outcome()))
        .recover(
            failure ->
                failure.getCause() instanceof RefusedException known
                    ? Future.succeededFuture(known.outcome)
                    : Future.failedFuture(failure));
  }

  private Future<Done> run(SqlConnection connection, Actor actor, RecoveryOrder order, Seen seen) {
    Future<List<Change>> done =
        switch (order.step()) {
          case GO_ON -> floors(connection, seen).map(List.of());
          case RECOVER -> floors(connection, seen).compose(v -> raise(connection, order, true));
          case OPEN -> floors(connection, seen).compose(v -> raise(connection, order, true));
          case START_AFRESH ->
              floors(connection, seen)
                  .compose(v -> requireEmpty(connection))
                  .compose(v -> raise(connection, order, false));
          case CLOSE -> close(connection, order);
        };
    return done.compose(
        changed ->
            chosen(connection, order, seen)
                .compose(v -> note(connection, actor, order, "do"))
                .map(new Done(new Ordered(order), changed)));
  }

  private static Future<Void> floors(SqlConnection connection, Seen seen) {
    List<String> products = new ArrayList<>(seen.generations().keySet());
    Short[] generations =
        products.stream()
            .map(id -> seen.generations().getOrDefault(id, 1).shortValue())
            .toArray(Short[]::new);
    return connection
        .preparedQuery(RecoverySql.FLOORS)
        .execute(
            Tuple.tuple()
                .addArrayOfString(products.toArray(String[]::new))
                .addArrayOfShort(generations))
        .mapEmpty();
  }

  private static Future<List<Change>> raise(
      SqlConnection connection, RecoveryOrder order, boolean inRecovery) {
    Tuple which = Tuple.tuple().addValue(order.productId().orElse(null)).addInteger(order.above());
    return connection
        .preparedQuery(RecoverySql.SPENT)
        .mapping(row -> row.getString(0))
        .execute(which)
        .compose(
            spent ->
                spent.size() > 0
                    ? Future.failedFuture(
                        new IllegalStateException(
                            new RefusedException(
                                new NotAllowed(spent(spent.iterator().next(), order)))))
                    : connection
                        .preparedQuery(RecoverySql.RAISE)
                        .execute(
                            Tuple.tuple()
                                .addValue(order.productId().orElse(null))
                                .addInteger(order.above())
                                .addBoolean(inRecovery)))
        .compose(rows -> changed(order, rows));
  }

  /** It stands in nobody else's way. */
  private static String spent(String product, RecoveryOrder order) {
    return "no generation is left for product "
        + product
        + ": its devices need a new product"
        + (order.productId().isPresent() ? "" : "; open the other products one by one, then go-on");
  }

  private static Future<List<Change>> close(SqlConnection connection, RecoveryOrder order) {
    return connection
        .preparedQuery(RecoverySql.CLOSE)
        .execute(Tuple.of(order.productId().orElseThrow()))
        .compose(
            rows ->
                rows.size() == 0
                    ? refused("the product is not in recovery").map(List.of())
                    : changed(order, rows));
  }

  private static Future<List<Change>> changed(RecoveryOrder order, RowSet<Row> rows) {
    List<Change> changed = new ArrayList<>();
    for (Row row : rows) {
      changed.add(new Change.Generation(row.getString(0), row.getInteger(1), row.getBoolean(2)));
    }
    return changed.isEmpty() && order.productId().isPresent()
        ? Future.failedFuture(
            new IllegalStateException(
                new RefusedException(new NotFound("product " + order.productId().get()))))
        : Future.succeededFuture(changed);
  }

  private static Future<Void> requireEmpty(SqlConnection connection) {
    return connection
        .query(RecoverySql.NOT_EMPTY)
        .execute()
        .compose(
            rows ->
                rows.size() == 0
                    ? Future.succeededFuture()
                    : refused("there are devices with keys in this database: recover instead")
                        .mapEmpty());
  }

  /** A step of one product does not decide whether devices are served. */
  private static Future<Void> chosen(SqlConnection connection, RecoveryOrder order, Seen seen) {
    return order.step().ofProduct()
        ? Future.succeededFuture()
        : connection.preparedQuery(RecoverySql.CHOSEN).execute(Tuple.of(seen.choice())).mapEmpty();
  }

  private Future<Void> note(
      SqlConnection connection, Actor actor, RecoveryOrder order, String verb) {
    String step = order.step().name().toLowerCase(Locale.ROOT).replace('_', '-');
    return admin.audit(
        connection,
        actor,
        "recovery." + step,
        order.productId().orElse(null),
        null,
        verb + ", order " + order.id() + " of " + order.orderedBy());
  }

  @Override
  public Future<List<RecoveryOrder>> orders(int limit) {
    Admin.requirePage(limit, MAX_PAGE);
    return admin.read(
        client ->
            client
                .preparedQuery(RecoverySql.ORDERS)
                .mapping(RecoverySql::order)
                .execute(Tuple.of(limit))
                .map(rows -> rows.stream().toList()));
  }

  @Override
  public Future<Optional<RecoveryProgress>> progress(String productId) {
    return admin.read(
        client ->
            client
                .preparedQuery(RecoverySql.PROGRESS)
                .mapping(
                    row ->
                        new RecoveryProgress(
                            productId,
                            row.getInteger(0),
                            row.getBoolean(1),
                            row.getLong(2),
                            row.getLong(3),
                            row.getLong(4)))
                .execute(Tuple.of(productId))
                .map(Admin::first));
  }

  @Override
  public Future<List<DeviceRecord>> unseen(String productId, String after, int limit) {
    Admin.requirePage(limit, MAX_PAGE);
    return admin.read(
        client ->
            client
                .preparedQuery(RecoverySql.UNSEEN)
                .mapping(DeviceSql::record)
                .execute(Tuple.of(productId, after, limit))
                .map(rows -> rows.stream().toList()));
  }

  @Override
  public Future<Replayed> replay(Actor actor, List<Change> journal, boolean dryRun) {
    return new Replay(admin, actor, journal, dryRun)
        .run()
        .compose(done -> catalog.refresh().otherwiseEmpty().map(v -> done));
  }
}
