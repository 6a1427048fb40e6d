package io.otakey.gateway.registry.pg;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A dump that is restored brings the transaction numbers of its events into a cluster whose own
 * begin anew. Until these had passed them, nobody would be told of an event. So all that a dump
 * brought comes before whatever happens here, in the order of ids; cursors of duties go to its end.
 * What they miss they find by themselves: campaigns when devices have to answer, platforms by the
 * comparison that is ordered here. Webhooks go on where they were, or before.
 */
final class NewCluster {
  private static final Logger LOG = LoggerFactory.getLogger(NewCluster.class);

  /** Nodes that start together wait for each other. */
  private static final String LOCK = "lock table installation in share row exclusive mode";

  private static final String FROM_ELSEWHERE =
      """
      with now as (select pg_snapshot_xmax(pg_current_snapshot()) as next)
      select 1 from now
      where exists (select 1 from duty where seen_tx > next)
        or exists (select 1 from webhook where seen_tx > next)
        or (select tx from event_gone) > next
        or (select tx from event order by tx desc, id desc limit 1) > next
      """;

  /** Number 3 is the first that a cluster gives out, to make itself. */
  private static final String SETTLE =
      """
      update webhook w set seen_tx = '3', sending_tx = null, sending_id = null, seen_id = coalesce(
        (select min(e.id) - 1 from event e where (e.tx, e.id) > (w.seen_tx, w.seen_id)),
        (select max(id) from event), 0);
      alter table event disable trigger event_append_only;
      update event set tx = '3';
      alter table event enable trigger event_append_only;
      update event_gone set tx = '3' where id > 0;
      update duty set seen_tx = '3', seen_id = (select coalesce(max(id), 0) from event);
      insert into reconciliation (platform_id) select id from platform where pushes
        on conflict (platform_id) do update set asked_at = now(), ended_at = null, why = '';
      """;

  private NewCluster() {}

  /** Once, before anything is read; costs a look at the newest event. */
  static Future<Void> settle(Pool pool) {
    return pool.withTransaction(
        connection ->
            connection
                .query(FROM_ELSEWHERE)
                .execute()
                .compose(
                    found ->
                        found.size() == 0
                            ? Future.<Void>succeededFuture()
                            : connection
                                .query(LOCK)
                                .execute()
                                .compose(locked -> connection.query(FROM_ELSEWHERE).execute())
                                .compose(
                                    still ->
                                        still.size() == 0
                                            ? Future.<Void>succeededFuture()
                                            : settle(connection))));
  }

  private static Future<Void> settle(SqlConnection connection) {
    LOG.warn(
        "the database was restored from a dump into another cluster: its events are put before all"
            + " that come, which takes some seconds for each million");
    return connection
        .query(SETTLE)
        .execute()
        .<Void>mapEmpty()
        .recover(
            failure ->
                Future.failedFuture(
                    Failures.isRefusal(failure)
                        ? new DatabaseStartException(
                            "only the owner of the tables can put a restored dump in order: run"
                                + " 'otakey database migrate' as that role")
                        : failure));
  }
}
