package io.otakey.gateway.registry.pg;

import io.otakey.gateway.registry.EnrollAnswer;
import io.otakey.gateway.registry.EnrollAnswer.Outcome;
import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.key.RowStatus;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Answers batches of ENROLLs by one reading statement each. */
final class EnrollWork implements SqlWork<EnrollWork.Ask, EnrollWork.Read> {
  /** Who wants to enroll, under which version of the product key. */
  record Ask(DeviceRef ref, int pkVersion) {}

  /**
   * What was read.
   *
   * @param approvable refused only for want of an operator's approval
   */
  record Read(EnrollAnswer answer, boolean approvable) {}

  /** What the product's policy says to one device, by the database's clock. */
  private record Policy(
      boolean keyActive,
      boolean open,
      boolean listed,
      boolean quotaLeft,
      boolean reEnrollAllowed,
      boolean inRecovery) {}

  private static final String SQL =
      """
      select i.n::int4,
        coalesce(d.status, 0), coalesce(d.epoch, 0), d.token, coalesce(d.attempt, 0),
        coalesce(d.connection_id, 0), coalesce(d.recovered_in, 0),
        coalesce(d.re_enroll_approved, false),
        coalesce(p.generation, 0),
        coalesce(nullif(p.connection_id, 0), d.connection_id, 0), p.re_enroll = 1,
        coalesce(i.pk_version = any(p.active_keys), false),
        coalesce(now() >= p.window_from, true) and coalesce(now() < p.window_until, true),
        d.status is not null or not p.allow_list,
        d.first_committed_at is not null or coalesce(p.ever_committed < p.quota, true),
        coalesce(d.re_enroll_approved and p.re_enroll <> 0 or now() < p.re_enroll_until, false),
        coalesce(p.in_recovery, false)
      from unnest($1::text[], $2::text[], $3::int2[])
        with ordinality as i(product_id, device_id, pk_version, n)
      left join product p on p.id = i.product_id
      left join lateral (select * from device x
        where x.product_id = i.product_id and x.device_id = i.device_id offset 0) d on true
      """;

  private final Pool pool;

  EnrollWork(Pool pool) {
    this.pool = pool;
  }

  @Override
  public Future<List<Optional<Read>>> run(List<Ask> asks) {
    int size = asks.size();
    String[] productIds = new String[size];
    String[] deviceIds = new String[size];
    Short[] versions = new Short[size];
    for (int i = 0; i < size; i++) {
      Ask ask = asks.get(i);
      productIds[i] = ask.ref.productId();
      deviceIds[i] = ask.ref.deviceId();
      versions[i] = (short) ask.pkVersion;
    }
    List<Optional<Read>> answers = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      answers.add(Optional.empty());
    }
    return pool.preparedQuery(SQL)
        .execute(Tuple.of(productIds, deviceIds, versions))
        .map(
            rows -> {
              rows.forEach(row -> answers.set(row.getInteger(0) - 1, Optional.of(read(row))));
              return answers;
            });
  }

  private static Read read(Row row) {
    DeviceRow device = Rows.deviceRow(row, 1);
    int generation = row.getInteger(8);
    if (generation == 0) {
      return new Read(new EnrollAnswer(Outcome.UNKNOWN_PRODUCT, device, 0, 0), false);
    }
    Policy policy =
        new Policy(
            row.getBoolean(11),
            row.getBoolean(12),
            row.getBoolean(13),
            row.getBoolean(14),
            row.getBoolean(15),
            row.getBoolean(16));
    Outcome outcome = outcome(device, policy);
    boolean onApproval = row.getBoolean(10);
    return new Read(
        new EnrollAnswer(outcome, device, generation, row.getInteger(9)),
        outcome == Outcome.ALREADY_ENROLLED && onApproval);
  }

  /** Policy before existence (protocol section 6.4), a bar and a recovery before both. */
  private static Outcome outcome(DeviceRow row, Policy policy) {
    boolean barred =
        switch (row.status()) {
          case BLOCKED, REVOKED, REMOVED -> true;
          case NONE, EXPECTED, ACTIVE -> false;
        };
    boolean reset = row.status() == RowStatus.EXPECTED && row.epoch() > 0;
    if (barred) {
      return Outcome.BARRED;
    } else if (policy.inRecovery && !reset) {
      return Outcome.RECOVERING;
    } else if (!policy.keyActive) {
      return Outcome.KEY_VERSION;
    } else if (!policy.open) {
      return Outcome.WINDOW;
    } else if (!policy.listed) {
      return Outcome.ALLOW_LIST;
    } else if (!policy.quotaLeft) {
      return Outcome.QUOTA;
    } else if (row.epoch() >= KeyRef.MAX_EPOCH) {
      return Outcome.EPOCHS_SPENT;
    } else if (row.status() == RowStatus.ACTIVE && !policy.reEnrollAllowed) {
      return Outcome.ALREADY_ENROLLED;
    }
    return Outcome.GRANT;
  }
}
