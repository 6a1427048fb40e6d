package io.otakey.gateway.registry.pg;

import io.otakey.gateway.registry.Lease;
import io.otakey.gateway.registry.RetentionConfig;
import io.otakey.gateway.registry.RetentionLedger;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Optional;

/** Periods of events and of the audit log, as partitions. */
final class PgRetention extends PgDutyLedger implements RetentionLedger {
  /** Whoever writes waits behind what waits for a lock. */
  private static final String BRIEFLY = "set local lock_timeout = '200ms'";

  /** As the migration made the first ones. */
  private static final String MAKE =
      "select make_periods('event', 7, 4) + make_periods('audit', 28, 2)";

  /** $1, $2 seconds that events and audit entries are kept, $3 that events are held longer. */
  private static final String OLD =
      """
      select p.name, p.to_at <= now() - make_interval(secs => k.kept + k.longer)
      from period p
      join (values ('event', $1::float8, $3::float8), ('audit', $2::float8, 0::float8))
        as k(parent, kept, longer) on k.parent = p.parent
      where p.to_at <= now() - make_interval(secs => k.kept)
      order by p.to_at, p.name
      """;

  PgRetention(Admin admin) {
    super(admin, "retention", "true");
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
                .mapping(row -> new Old(row.getString(0), row.getBoolean(1)))
                .execute(values)
                .map(rows -> rows.stream().toList()));
  }

  @Override
  public Future<Optional<String>> drop(Lease lease, Old period) {
    return admin.change(
        client ->
            begin(client, lease)
                .compose(
                    v ->
                        client
                            .preparedQuery("select drop_period($1, $2)")
                            .mapping(row -> Optional.ofNullable(row.getString(0)))
                            .execute(Tuple.of(period.name(), period.overdue())))
                .map(rows -> rows.iterator().next()));
  }

  private Future<Void> begin(SqlConnection client, Lease lease) {
    return duty.hold(client, lease).compose(held -> client.query(BRIEFLY).execute().mapEmpty());
  }
}
