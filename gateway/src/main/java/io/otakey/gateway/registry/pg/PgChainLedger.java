package io.otakey.gateway.registry.pg;

import io.otakey.gateway.audit.Chain;
import io.otakey.gateway.audit.Chain.Longer;
import io.otakey.gateway.audit.ChainLedger;
import io.otakey.gateway.audit.ChainLink;
import io.otakey.gateway.audit.ChainPage;
import io.otakey.gateway.audit.ChainPlace;
import io.otakey.gateway.audit.ChainState;
import io.otakey.gateway.audit.ChainWalk;
import io.otakey.gateway.registry.Lease;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The audit log's chain in PostgreSQL. */
final class PgChainLedger extends PgDutyLedger implements ChainLedger {
  /** Whether there is something to do; $1 the newest root secret. */
  private static final String IS_DUE =
      "select exists (select from audit_pending)"
          + " or not exists (select from audit_chain where root >= $1)";

  /**
   * Whoever wrote an entry may have done so twice, or put a linked one here again: once is once.
   */
  private static final String TAKE =
      """
      with taken as (
        select distinct audit_id from (
          select audit_id from audit_pending order by audit_id limit $1) p
      ), gone as (
        delete from audit_pending p using taken t where p.audit_id = t.audit_id
      )
      select t.audit_id, %s from taken t left join audit a on a.id = t.audit_id
      where not exists (select from audit_link l where l.audit_id = t.audit_id)
      order by t.audit_id
      """
          .formatted(AuditRows.WITH_SEAL);

  private static final String OLD =
      """
      select %s from audit_link l cross join audit_chain c
      where l.position > c.start_position and l.position <= c.start_position + $1
      order by l.position
      """
          .formatted(ChainRows.LINK);

  private static final String CAN_PRUNE =
      """
      select exists (select from audit_link l join audit_chain c
        on l.position = c.start_position + 1 and l.at < c.gone_before)
      """;

  private static final String LOOK =
      """
      select (select mac from audit_link where position = $1), h.mac, %s
      from (select 1) one left join audit_chain c on true
        left join audit_link h on h.position = c.head_position
      """
          .formatted(ChainRows.STATE);

  private static final String WAITING =
      "select count(*) from (select from audit_pending limit 100000) p";

  private final Chain chain;

  PgChainLedger(Admin admin, Chain chain) {
    super(admin, "audit", "true");
    this.chain = chain;
  }

  @Override
  public Future<Integer> extend(Lease lease, int most) {
    return isTrue(IS_DUE, Tuple.of(chain.newestRoot()))
        .compose(
            due ->
                due
                    ? admin.change(client -> extend(client, lease, most))
                    : Future.succeededFuture(0));
  }

  private Future<Boolean> isTrue(String question, Tuple values) {
    return admin.read(
        client ->
            client
                .preparedQuery(question)
                .mapping(row -> row.getBoolean(0))
                .execute(values)
                .map(rows -> rows.iterator().next()));
  }

  private Future<Integer> extend(SqlConnection client, Lease lease, int most) {
    return duty.hold(client, lease)
        .compose(held -> ChainRows.lock(client, chain))
        .compose(state -> state.map(Future::succeededFuture).orElseGet(() -> begin(client)))
        .compose(
            state ->
                client
                    .preparedQuery(TAKE)
                    .execute(Tuple.of(most))
                    .map(rows -> chain.extend(state, waiting(rows), Instant.now())))
        .compose(longer -> put(client, longer));
  }

  /** Where links are without a state, that was taken away: it is not begun anew over them. */
  private Future<ChainState> begin(SqlConnection client) {
    return client
        .query("select exists (select from audit_link)")
        .execute()
        .compose(
            rows ->
                rows.iterator().next().getBoolean(0)
                    ? Future.failedFuture(
                        new IllegalStateException("the audit log's chain has lost its end"))
                    : Future.succeededFuture(chain.begin(Instant.now())));
  }

  private static List<Chain.Waiting> waiting(RowSet<Row> rows) {
    Map<Long, Chain.Waiting> waiting = new LinkedHashMap<>();
    for (Row row : rows) {
      waiting.putIfAbsent(
          row.getLong(0), new Chain.Waiting(row.getLong(0), AuditRows.sealed(row, 1)));
    }
    return List.copyOf(waiting.values());
  }

  private static Future<Integer> put(SqlConnection client, Longer longer) {
    return ChainRows.insert(client, longer.links())
        .compose(v -> ChainRows.put(client, longer.state()))
        .map(longer.links().size());
  }

  @Override
  public Future<Integer> prune(Lease lease, int most) {
    return isTrue(CAN_PRUNE, Tuple.tuple())
        .compose(
            due ->
                due
                    ? admin.change(client -> prune(client, lease, most))
                    : Future.succeededFuture(0));
  }

  private Future<Integer> prune(SqlConnection client, Lease lease, int most) {
    return duty.hold(client, lease)
        .compose(held -> ChainRows.lock(client, chain))
        .compose(
            state ->
                client
                    .preparedQuery(OLD)
                    .mapping(ChainRows::link)
                    .execute(Tuple.of(most))
                    .compose(
                        rows -> {
                          ChainState was = state.orElseThrow();
                          return forget(client, was, proven(was, rows));
                        }));
  }

  /** A link's time counts only if a MAC behind it holds: else somebody could make it look old. */
  private ChainPlace proven(ChainState state, Iterable<ChainLink> links) {
    ChainWalk walk = new ChainWalk(chain, state, state.start());
    for (ChainLink link : links) {
      if (!link.at().isBefore(state.goneBefore()) || walk.step(link).isPresent()) {
        break;
      }
    }
    return walk.proven();
  }

  private Future<Integer> forget(SqlConnection client, ChainState state, ChainPlace upTo) {
    int forgotten = (int) (upTo.position() - state.start().position());
    return forgotten == 0
        ? Future.succeededFuture(0)
        : client
            .preparedQuery("delete from audit_link where position <= $1")
            .execute(Tuple.of(upTo.position()))
            .compose(v -> ChainRows.put(client, chain.sealed(state.from(upTo))))
            .map(forgotten);
  }

  @Override
  public Future<Look> look(long position) {
    return admin.read(
        client ->
            client
                .preparedQuery(LOOK)
                .mapping(PgChainLedger::look)
                .execute(Tuple.of(position))
                .map(rows -> rows.iterator().next()));
  }

  private static Look look(Row row) {
    Optional<ChainState> state =
        row.getValue(2) == null ? Optional.empty() : Optional.of(ChainRows.state(row, 2));
    return new Look(
        state,
        Optional.ofNullable(row.getBuffer(0)).map(Buffer::getBytes),
        Optional.ofNullable(row.getBuffer(1)).map(Buffer::getBytes));
  }

  @Override
  public Future<Long> waiting() {
    return admin.read(
        client ->
            client
                .query(WAITING)
                .mapping(row -> row.getLong(0))
                .execute()
                .map(rows -> rows.iterator().next()));
  }

  @Override
  public Future<Optional<ChainPage>> page(Optional<ChainPlace> after, int limit) {
    Admin.requirePage(limit, MAX_PAGE);
    return admin.change(client -> new ChainPageQuery(client, after, limit).run());
  }
}
