package io.otakey.gateway.registry.pg;

import io.otakey.gateway.registry.Lease;
import io.otakey.gateway.registry.LeaseLostException;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one node at a time does, for ten seconds at a time by the database's clock; and how far it
 * has read the events.
 */
final class Duty {
  private static final String RESIGN =
      "update duty set expires_at = now() where name = $1 and holder = $2";

  private static final String HOLD = "select 1 from duty where name = $1 and fence = $2 for share";

  /** Behind what is gone, if that was not read. */
  private static final String CURSOR =
      """
      select greatest(d.seen_tx, g.tx)::text,
        case when g.tx > d.seen_tx then g.id when g.tx = d.seen_tx then greatest(d.seen_id, g.id)
          else d.seen_id end,
        (d.seen_tx, d.seen_id) < (g.tx, g.id)
      from duty d cross join event_gone g where d.name = $1 and d.fence = $2 for update of d
      """;

  private static final String SEEN =
      "update duty set seen_tx = $2::text::xid8, seen_id = $3 where name = $1";

  private static final Logger LOG = LoggerFactory.getLogger(Duty.class);

  private final Admin admin;
  private final String name;
  private final String lead;

  /**
   * The last event that was read, in the order of commits.
   *
   * @param missed events before it are gone that were not read
   */
  record Cursor(String tx, long id, boolean missed) {
    Cursor(String tx, long id) {
      this(tx, id, false);
    }
  }

  /**
   * @param idle a condition: while it holds nothing waits for events, and the cursor goes along
   *     with them
   */
  Duty(Admin admin, String name, String idle) {
    this.admin = admin;
    this.name = name;
    this.lead =
        """
        update duty set expires_at = now() + interval '10 s',
          fence = case when holder = $2 and expires_at > now() then fence else fence + 1 end,
          holder = $2,
          seen_id = case when idle then 0 else seen_id end,
          seen_tx = case when idle then greatest(seen_tx, horizon) else seen_tx end
        from (select %s as idle, pg_snapshot_xmin(pg_current_snapshot()) as horizon) now
        where name = $1 and (holder = $2 or holder is null or expires_at <= now())
        returning fence
        """
            .formatted(idle);
  }

  /** Takes or keeps it; empty while another node has it. */
  Future<Optional<Lease>> lead(UUID node) {
    return admin.read(
        client ->
            client
                .preparedQuery(lead)
                .mapping(row -> new Lease(row.getLong(0)))
                .execute(Tuple.of(name, node))
                .map(Admin::first));
  }

  /** Gives it back, so that another node need not wait for its end. */
  Future<Void> resign(UUID node) {
    return admin.read(
        client -> client.preparedQuery(RESIGN).execute(Tuple.of(name, node)).mapEmpty());
  }

  /** Nobody else takes it before the transaction ends; fails if somebody has. */
  Future<Void> hold(SqlConnection client, Lease lease) {
    return client
        .preparedQuery(HOLD)
        .execute(Tuple.of(name, lease.fence()))
        .compose(rows -> rows.rowCount() == 1 ? Future.succeededFuture() : lost());
  }

  /** As {@link #hold}, with the cursor, locked. */
  Future<Cursor> cursor(SqlConnection client, Lease lease) {
    return client
        .preparedQuery(CURSOR)
        .mapping(row -> new Cursor(row.getString(0), row.getLong(1), row.getBoolean(2)))
        .execute(Tuple.of(name, lease.fence()))
        .map(Admin::first)
        .compose(cursor -> cursor.map(Future::succeededFuture).orElseGet(this::lost))
        .compose(cursor -> cursor.missed() ? goOn(client, cursor) : Future.succeededFuture(cursor));
  }

  private Future<Cursor> goOn(SqlConnection client, Cursor cursor) {
    LOG.error("events that the {} had not read are gone: go on behind them", name);
    return seen(client, cursor).map(cursor);
  }

  /** Moves the cursor on. */
  Future<Void> seen(SqlConnection client, Cursor cursor) {
    return client.preparedQuery(SEEN).execute(Tuple.of(name, cursor.tx(), cursor.id())).mapEmpty();
  }

  private <T> Future<T> lost() {
    return Future.failedFuture(new LeaseLostException(name));
  }
}
