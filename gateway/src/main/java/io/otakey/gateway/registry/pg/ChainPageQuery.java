package io.otakey.gateway.registry.pg;

import io.otakey.gateway.audit.ChainLink;
import io.otakey.gateway.audit.ChainPage;
import io.otakey.gateway.audit.ChainPage.Linked;
import io.otakey.gateway.audit.ChainPlace;
import io.otakey.gateway.audit.ChainRow;
import io.otakey.gateway.audit.ChainState;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** One page of the chain with its entries, all as one moment shows them. */
final class ChainPageQuery {
  /** So that a link and its entry are of one moment, while others write. */
  private static final String ONE_MOMENT =
      "set transaction isolation level repeatable read, read only";

  private static final String STATE = "select " + ChainRows.STATE + " from audit_chain c";

  /** By id alone: an entry whose time was changed is found, too. */
  private static final String LINKS =
      """
      select %s, %s from (
        select * from audit_link where position > $1 order by position limit $2
      ) l left join audit a on a.id = l.audit_id order by l.position
      """
          .formatted(ChainRows.LINK, AuditRows.WITH_SEAL);

  private static final String LOOSE =
      """
      select (select a.id from audit a
        where not exists (select from audit_link l where l.audit_id = a.id)
          and not exists (select from audit_pending p where p.audit_id = a.id)
        order by a.id limit 1), (select count(*) from audit_pending)
      """;

  private final SqlConnection client;
  private final Optional<ChainPlace> after;
  private final int limit;

  ChainPageQuery(SqlConnection client, Optional<ChainPlace> after, int limit) {
    this.client = client;
    this.after = after;
    this.limit = limit;
  }

  Future<Optional<ChainPage>> run() {
    return client
        .query(ONE_MOMENT)
        .execute()
        .compose(v -> client.query(STATE).mapping(row -> ChainRows.state(row, 0)).execute())
        .map(Admin::first)
        .compose(
            state ->
                state.isEmpty()
                    ? Future.succeededFuture(Optional.empty())
                    : page(state.get()).map(Optional::of));
  }

  private Future<ChainPage> page(ChainState state) {
    ChainPlace from =
        after.filter(place -> place.position() >= state.start().position()).orElse(state.start());
    return client
        .preparedQuery(LINKS)
        .execute(Tuple.of(from.position(), limit))
        .map(ChainPageQuery::linked)
        .compose(
            links ->
                links.size() == limit
                    ? Future.succeededFuture(
                        new ChainPage(state, from, links, false, OptionalLong.empty(), 0))
                    : last(state, from, links));
  }

  private Future<ChainPage> last(ChainState state, ChainPlace from, List<Linked> links) {
    return client
        .query(LOOSE)
        .execute()
        .map(
            rows -> {
              Row row = rows.iterator().next();
              Long loose = row.getLong(0);
              return new ChainPage(
                  state,
                  from,
                  links,
                  true,
                  loose == null ? OptionalLong.empty() : OptionalLong.of(loose),
                  row.getLong(1));
            });
  }

  /** An id that is there several times makes several rows of one link. */
  private static List<Linked> linked(RowSet<Row> rows) {
    List<Linked> all = new ArrayList<>();
    for (Row row : rows) {
      ChainLink link = ChainRows.link(row);
      List<ChainRow> entries = new ArrayList<>();
      AuditRows.sealed(row, 8).ifPresent(entries::add);
      int before = all.size() - 1;
      if (before >= 0 && isSame(all.get(before).link(), link)) {
        entries.addAll(all.remove(before).rows());
      }
      all.add(new Linked(link, entries));
    }
    return all;
  }

  private static boolean isSame(ChainLink one, ChainLink other) {
    return one.position() == other.position() && Arrays.equals(one.mac(), other.mac());
  }
}
