package io.otakey.gateway.registry.pg;

import io.otakey.gateway.audit.Chain;
import io.otakey.gateway.registry.Lease;
import io.otakey.gateway.registry.RetentionConfig;
import io.otakey.gateway.registry.RetentionLedger;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;

/** Periods of events and of the audit log, as partitions. */
final class PgRetention extends PgDutyLedger implements RetentionLedger {
  /** Whoever writes waits behind what waits for a lock. */
  private static final String BRIEFLY = "set local lock_timeout = '200ms'";

  private static final String MAKE = "select make_periods_ahead()";

  /**
   * $1, $2 seconds that events and audit entries are kept, $3 that events are held longer; audit
   * entries are held for the chain however long that takes.
   */
  private static final String OLD =
      """
      select p.name, coalesce(p.to_at <= now() - make_interval(secs => k.kept + k.longer), false),
        case when p.parent = 'audit' then p.to_at end
      from period p
      join (values ('event', $1::float8, $3::float8), ('audit', $2::float8, null))
        as k(parent, kept, longer) on k.parent = p.parent
      where p.to_at <= now() - make_interval(secs => k.kept)
      order by p.to_at, p.name
      """;

  private static final String UNLINKED =
      """
      select exists (
        select from audit_pending p join audit a on a.id = p.audit_id where a.at < $1)
      """;

  private static final Optional<String> CHAIN = Optional.of("the audit log's chain");

  private final Chain chain;

  PgRetention(Admin admin, Chain chain) {
    super(admin, "retention", "true");
    this.chain = chain;
  }

  @Override
  public Future<Integer> makeAhead(Lease lease) {
    return admin.change(
        client ->
            begin(client, lease)
                .compose(v -> client.query(MAKE).mapping(row -> row.getInteger(0)).execute())
                .map(rows -> rows.iterator().next()));
  }

  @Override
  public Future<List<Old>> old(RetentionConfig config) {
    Tuple values =
        Tuple.of(
            (double) config.events().toSeconds(),
            (double) config.audit().toSeconds(),
            (double) config.heldLonger().toSeconds());
    return admin.read(
        client ->
            client
                .preparedQuery(OLD)
                .mapping(PgRetention::old)
                .execute(values)
                .map(rows -> rows.stream().filter(old -> isOld(old, config)).toList()));
  }

  private static Old old(Row row) {
    return new Old(
        row.getString(0),
        row.getBoolean(1),
        Optional.ofNullable(row.getOffsetDateTime(2)).map(OffsetDateTime::toInstant));
  }

  /** By this node's clock, too: whoever has the database could set the other one. */
  private static boolean isOld(Old old, RetentionConfig config) {
    return old.audit().map(to -> !to.isAfter(Instant.now().minus(config.audit()))).orElse(true);
  }

  @Override
  public Future<Optional<String>> drop(Lease lease, Old period) {
    return admin.change(
        client ->
            begin(client, lease)
                .compose(v -> letGo(client, period))
                .compose(
                    held ->
                        held.isPresent() ? Future.succeededFuture(held) : drop(client, period)));
  }

  private static Future<Optional<String>> drop(SqlConnection client, Old period) {
    return client
        .preparedQuery("select drop_old_period($1, $2)")
        .mapping(row -> Optional.ofNullable(row.getString(0)))
        .execute(Tuple.of(period.name(), period.overdue()))
        .map(rows -> rows.iterator().next());
  }

  /** Has the chain say that these entries may be gone; or who holds them. */
  private Future<Optional<String>> letGo(SqlConnection client, Old period) {
    if (period.audit().isEmpty()) {
      return Future.succeededFuture(Optional.empty());
    }
    Instant to = period.audit().get();
    return ChainRows.lock(client, chain)
        .compose(
            state ->
                client
                    .preparedQuery(UNLINKED)
                    .execute(Tuple.of(ChainRows.time(to)))
                    .compose(
                        rows ->
                            state.isEmpty() || rows.iterator().next().getBoolean(0)
                                ? Future.succeededFuture(CHAIN)
                                : ChainRows.put(client, chain.sealed(state.get().without(to)))
                                    .map(Optional.<String>empty())))
        .recover(
            failure ->
                failure instanceof IllegalStateException
                    ? Future.succeededFuture(CHAIN)
                    : Future.failedFuture(failure));
  }

  private Future<Void> begin(SqlConnection client, Lease lease) {
    return duty.hold(client, lease).compose(held -> client.query(BRIEFLY).execute().mapEmpty());
  }
}
