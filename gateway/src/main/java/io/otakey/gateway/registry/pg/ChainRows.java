package io.otakey.gateway.registry.pg;

import io.otakey.gateway.audit.Chain;
import io.otakey.gateway.audit.ChainLink;
import io.otakey.gateway.audit.ChainPlace;
import io.otakey.gateway.audit.ChainState;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Links and the chain's state as the database has them. */
final class ChainRows {
  static final String STATE =
      "c.born_at, c.start_position, c.start_hash, c.gone_before, c.head_position, c.head_hash,"
          + " c.root, c.mac";

  static final String LINK =
      "l.position, l.audit_id, l.at, l.linked_at, l.sealed, l.digest, l.root, l.mac";

  private static final String LOCK = "select " + STATE + " from audit_chain c for update";

  private static final String PUT =
      """
      insert into audit_chain (born_at, start_position, start_hash, gone_before, head_position,
        head_hash, root, mac)
      values ($1, $2, $3, $4, $5, $6, $7, $8)
      on conflict (only_one) do update set born_at = excluded.born_at,
        start_position = excluded.start_position, start_hash = excluded.start_hash,
        gone_before = excluded.gone_before, head_position = excluded.head_position,
        head_hash = excluded.head_hash, root = excluded.root, mac = excluded.mac
      """;

  private static final String LINKS =
      """
      insert into audit_link (position, audit_id, at, linked_at, sealed, digest, root, mac)
      select n.position, n.audit_id, n.at, $1, n.sealed, n.digest, $2, n.mac
      from unnest($3::int8[], $4::int8[], $5::timestamptz[], $6::boolean[], $7::bytea[],
        $8::bytea[]) as n(position, audit_id, at, sealed, digest, mac)
      """;

  private ChainRows() {}

  /** The state, if there is one and this vault made it; fails if it is not so. */
  static Future<Optional<ChainState>> lock(SqlClient client, Chain chain) {
    return client
        .query(LOCK)
        .mapping(row -> state(row, 0))
        .execute()
        .map(Admin::first)
        .compose(
            state ->
                state
                    .flatMap(found -> fault(chain, found))
                    .map(IllegalStateException::new)
                    .map(Future::<Optional<ChainState>>failedFuture)
                    .orElseGet(() -> Future.succeededFuture(state)));
  }

  private static Optional<String> fault(Chain chain, ChainState state) {
    return switch (chain.proof(state)) {
      case HOLDS -> Optional.empty();
      case UNKNOWN ->
          Optional.of(
              "the audit log's chain needs root secret " + state.root() + ", which is not held");
      case FORGED -> Optional.of("the audit log's chain has an end that no gateway wrote");
    };
  }

  static Future<Void> put(SqlClient client, ChainState state) {
    Tuple values =
        Tuple.of(time(state.bornAt()))
            .addLong(state.start().position())
            .addBuffer(Buffer.buffer(state.start().hash()))
            .addOffsetDateTime(time(state.goneBefore()))
            .addLong(state.head().position())
            .addBuffer(Buffer.buffer(state.head().hash()))
            .addInteger(state.root())
            .addBuffer(Buffer.buffer(state.mac()));
    return Admin.run(client, PUT, values);
  }

  /** Links that were made together. */
  static Future<Void> insert(SqlClient client, List<ChainLink> links) {
    if (links.isEmpty()) {
      return Future.succeededFuture();
    }
    ChainLink any = links.get(0);
    Tuple values =
        Tuple.of(time(any.linkedAt()), any.root())
            .addArrayOfLong(array(links, ChainLink::position).toArray(Long[]::new))
            .addArrayOfLong(array(links, ChainLink::entryId).toArray(Long[]::new))
            .addArrayOfOffsetDateTime(
                array(links, link -> time(link.at())).toArray(OffsetDateTime[]::new))
            .addArrayOfBoolean(array(links, ChainLink::sealed).toArray(Boolean[]::new))
            .addArrayOfBuffer(
                array(links, link -> Buffer.buffer(link.digest())).toArray(Buffer[]::new))
            .addArrayOfBuffer(
                array(links, link -> Buffer.buffer(link.mac())).toArray(Buffer[]::new));
    return Admin.run(client, LINKS, values);
  }

  private static <T> List<T> array(List<ChainLink> links, Function<ChainLink, T> value) {
    return links.stream().map(value).toList();
  }

  static ChainState state(Row row, int from) {
    return new ChainState(
        time(row, from),
        new ChainPlace(row.getLong(from + 1), bytes(row, from + 2)),
        time(row, from + 3),
        new ChainPlace(row.getLong(from + 4), bytes(row, from + 5)),
        row.getInteger(from + 6),
        bytes(row, from + 7));
  }

  static ChainLink link(Row row) {
    return new ChainLink(
        row.getLong(0),
        row.getLong(1),
        time(row, 2),
        time(row, 3),
        row.getBoolean(4),
        bytes(row, 5),
        row.getInteger(6),
        bytes(row, 7));
  }

  static byte[] bytes(Row row, int column) {
    return row.getBuffer(column).getBytes();
  }

  private static Instant time(Row row, int column) {
    return row.getOffsetDateTime(column).toInstant();
  }

  static OffsetDateTime time(Instant time) {
    return time.atOffset(ZoneOffset.UTC);
  }
}
