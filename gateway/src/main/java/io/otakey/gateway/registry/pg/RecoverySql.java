package io.otakey.gateway.registry.pg;

import io.otakey.gateway.registry.RecoveryOrder;
import io.otakey.gateway.registry.RecoveryStep;
import io.vertx.sqlclient.Row;
import java.util.List;
import java.util.Optional;

/** Statements of recovery, and the mapping of their rows. */
final class RecoverySql {
  private static final List<RecoveryStep> STEPS =
      List.of(
          RecoveryStep.GO_ON,
          RecoveryStep.RECOVER,
          RecoveryStep.START_AFRESH,
          RecoveryStep.OPEN,
          RecoveryStep.CLOSE);

  private static final List<RecoveryOrder.State> STATES =
      List.of(
          RecoveryOrder.State.WAITING_FOR_APPROVAL,
          RecoveryOrder.State.DONE,
          RecoveryOrder.State.DENIED);

  /** Ids of events are drawn by every commit, and a sequence never goes back in one history. */
  static final String HEIGHT =
      """
      select i.id, coalesce(pg_sequence_last_value(
          pg_get_serial_sequence('event', 'id')::regclass), 0)::int8, i.choice, i.held,
        array(select p.id from product p order by p.id),
        array(select p.generation from product p order by p.id)
      from installation i
      """;

  static final String HOLD = "update installation set held = $1 where held = ''";

  static final String CHOSEN =
      "update installation set held = '', choice = greatest(choice, $1) + 1";

  /** What was seen of products; those that are there take it over when they are raised. */
  static final String FLOORS =
      """
      insert into generation_floor (product_id, generation)
      select * from unnest($1::text[], $2::int2[])
      on conflict (product_id) do update
        set generation = greatest(generation_floor.generation, excluded.generation)
      """;

  private static final String NEXT =
      "greatest(p.generation, (select f.generation from generation_floor f"
          + " where f.product_id = p.id), %s) + 1";

  /** $1 product or null for all, $2 above, $3 in recovery. */
  static final String RAISE =
      "update product p set generation = "
          + NEXT.formatted("$2::int2")
          + ", in_recovery = $3, version = version + 1"
          + " where $1::text is null or p.id = $1"
          + " returning p.id, p.generation, p.in_recovery";

  /** A product that no generation is left for. */
  static final String SPENT =
      "select p.id from product p where ($1::text is null or p.id = $1) and "
          + NEXT.formatted("$2::int2")
          + " > 255 limit 1";

  static final String CLOSE =
      """
      update product p set in_recovery = false, version = version + 1
      where p.id = $1 and p.in_recovery returning p.id, p.generation, p.in_recovery
      """;

  static final String NOT_EMPTY = "select 1 from device where epoch > 0 limit 1";

  private static final String COLUMNS =
      "id, step, product_id, above, state, ordered_by, decided_by, ordered_at, decided_at";

  static final String ORDER =
      """
      insert into recovery_order (step, product_id, above, state, ordered_by, decided_by,
        decided_at)
      values ($1, $2, $3, $4::int2, $5::text, case when $4::int2 = 2 then $5::text end,
        case when $4::int2 = 2 then now() end)
      returning\s"""
          + COLUMNS;

  static final String WAITING =
      "select " + COLUMNS + " from recovery_order where id = $1 for update";

  static final String DECIDED =
      "update recovery_order set state = $2, decided_by = $3, decided_at = now() where id = $1"
          + " returning "
          + COLUMNS;

  static final String ORDERS =
      "select " + COLUMNS + " from recovery_order order by id desc limit $1";

  static final String PROGRESS =
      """
      select p.generation, p.in_recovery,
        count(*) filter (where d.status = 2),
        count(*) filter (where d.status = 2 and d.recovered_in = p.generation),
        count(*) filter (where d.status >= 3)
      from product p left join device d on d.product_id = p.id
      where p.id = $1 group by p.id
      """;

  static final String UNSEEN =
      DeviceSql.SELECT
          + """
          where product_id = $1 and device_id > $2 and status = 2
            and recovered_in <> (select generation from product where id = $1)
          order by product_id, device_id limit $3
          """;

  private RecoverySql() {}

  static short code(RecoveryStep step) {
    return (short) (STEPS.indexOf(step) + 1);
  }

  static short code(RecoveryOrder.State state) {
    return (short) (STATES.indexOf(state) + 1);
  }

  static RecoveryOrder order(Row row) {
    return new RecoveryOrder(
        row.getLong(0),
        STEPS.get(row.getInteger(1) - 1),
        Optional.ofNullable(row.getString(2)),
        row.getInteger(3),
        STATES.get(row.getInteger(4) - 1),
        row.getString(5),
        Optional.ofNullable(row.getString(6)),
        row.getOffsetDateTime(7).toInstant(),
        ProductSql.instant(row.getOffsetDateTime(8)));
  }
}
