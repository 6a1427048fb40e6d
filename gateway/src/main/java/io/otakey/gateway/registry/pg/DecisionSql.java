package io.otakey.gateway.registry.pg;

import io.otakey.protocol.key.DecisionTable;
import io.otakey.protocol.key.DecisionTable.Asked;
import io.otakey.protocol.key.DecisionTable.Literal;
import io.otakey.protocol.key.DecisionTable.Row;
import io.otakey.protocol.key.Fact;
import io.otakey.protocol.key.GrantToken;
import io.otakey.protocol.key.Verdict;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The decision table as SQL. One statement decides a whole batch: {@code policy} reads (and, where
 * it will write, share-locks) the products, {@code seen} joins inputs with rows and products,
 * {@code ruled} finds the first row of the table that matches, {@code judged} its verdict, {@code
 * effect} the row as it will be. Writing, {@code written} puts it down where the row is still as
 * seen; where it is not, the input comes back to be decided again.
 *
 * <p>A quota is a part of the policy that the table cannot see alone, since one batch may ask for
 * more than is left: inputs that use it up are numbered in {@code judged}.
 */
final class DecisionSql {
  /** Verdicts by the code that stands for them in a statement. */
  private static final List<Verdict> VERDICTS = List.of(Verdict.values());

  private static final List<Asked> ASKED =
      List.of(Asked.CONFIRM, Asked.POLL_OR_ROTATE, Asked.ABANDON);

  /** The input was decided, and written if there was anything to write. */
  static final int DONE = 0;

  /** The row changed meanwhile: decide again. */
  static final int AGAIN = 1;

  /** The product has a quota that this device uses up: decide again under the product's lock. */
  static final int COUNT = 2;

  private enum Mode {
    READ,
    WRITE,
    WRITE_COUNTED
  }

  private final List<Row> table;

  DecisionSql(List<Row> table) {
    this.table = List.copyOf(table);
  }

  /** Locks products with a quota, so that {@link #writeCounted} may use it up. */
  static String lockProducts() {
    return "select id from product where id = any($1) order by id for update";
  }

  /** Decides and writes nothing. */
  String read() {
    return statement(Mode.READ) + output("0", "wanted_epoch, wanted_connection");
  }

  /** Decides and writes; what would use up a quota comes back as {@link #COUNT}. */
  String write() {
    return statement(Mode.WRITE)
        + written("claims")
        + output("case when claims then 2 " + RACED, NOTHING_WANTED);
  }

  /** Decides and writes, after {@link #lockProducts} in the same transaction. */
  String writeCounted() {
    return statement(Mode.WRITE_COUNTED)
        + written("false")
        + COUNTED
        + output("case " + RACED, NOTHING_WANTED);
  }

  static Verdict verdict(int code) {
    return VERDICTS.get(code);
  }

  static short code(Asked asked) {
    return (short) ASKED.indexOf(asked);
  }

  private static int code(Verdict verdict) {
    return VERDICTS.indexOf(verdict);
  }

  private String statement(Mode mode) {
    return "with"
        + POLICY.formatted(mode == Mode.READ ? "" : "order by p.id for share")
        + SEEN.formatted(mode == Mode.READ ? WANTED : "")
        + ", ruled as materialized (select s.*, case\n"
        + table.stream().map(DecisionSql::when).collect(Collectors.joining("\n"))
        + "\n end as rule from seen s)"
        + JUDGED.formatted(
            matrix(),
            table.size(),
            committing(),
            quotaLeft(mode),
            code(Verdict.FENCE),
            code(Verdict.CURRENT))
        + EFFECT.formatted(
            code(Verdict.FENCE),
            code(Verdict.REFUSED),
            code(Verdict.COMMIT),
            code(Verdict.COMMIT_RECOVERED),
            committing(),
            GrantToken.MAX_ATTEMPT,
            DecisionTable.MAX_ABANDON_LEAD,
            mode == Mode.READ ? "wanted_epoch, wanted_connection," : "");
  }

  private static String quotaLeft(Mode mode) {
    return switch (mode) {
      case READ -> "quota is null or ever_committed < quota";
      case WRITE -> "true";
      case WRITE_COUNTED ->
          "quota is null or ever_committed"
              + " + count(*) filter (where claims) over (partition by product_id order by n)"
              + " <= quota";
    };
  }

  private static String when(Row row) {
    return " when "
        + row.anyOf().stream()
            .map(
                all ->
                    all.isEmpty()
                        ? "true"
                        : all.stream().map(DecisionSql::sql).collect(Collectors.joining(" and ")))
            .collect(Collectors.joining("\n   or "))
        + " then "
        + row.number();
  }

  private static String sql(Literal literal) {
    String fact = sql(literal.fact());
    return literal.negated() ? "not (" + fact + ")" : fact;
  }

  /** A fact over the columns of {@code seen}; never null. */
  private static String sql(Fact fact) {
    return switch (fact) {
      case EPOCH_EQUAL -> "epoch = e";
      case EPOCH_NEXT -> "epoch = e - 1";
      case EPOCH_BEHIND -> "epoch < e";
      case EPOCH_AHEAD -> "epoch > e";
      case TOKEN_EQUAL -> "token is not distinct from t";
      case HAS_TOKEN -> "token is not null";
      case NO_ROW -> "status = " + Codes.NONE;
      case EXPECTED -> "status = " + Codes.EXPECTED;
      case ACTIVE -> "status = " + Codes.ACTIVE;
      case BARRED -> "status >= " + Codes.FIRST_BARRED;
      case KIND_ENROLL -> "kind = " + GrantToken.Kind.ENROLL.code();
      case KIND_ROTATE -> "kind = " + GrantToken.Kind.ROTATE.code();
      case KIND_RECOVER -> "kind = " + GrantToken.Kind.RECOVER.code();
      case GENERATION_PRESENT -> "g = generation";
      case GENERATION_OLDER -> "g < generation";
      case ATTEMPT_LIVE -> "a >= attempt";
      case RE_ENROLL_ALLOWED -> "re_enroll_allowed";
      case POLICY_ALLOWS -> "policy_allows";
      case IN_RECOVERY -> "in_recovery";
      case RECOVERED_IN_PRESENT -> "recovered_in = generation";
    };
  }

  /** Verdicts of all rows, for one question after the other. */
  private String matrix() {
    return ASKED.stream()
        .flatMap(asked -> table.stream().map(row -> row.verdict(asked)))
        .map(verdict -> Integer.toString(code(verdict)))
        .collect(Collectors.joining(",", "'{", "}'::int2[]"));
  }

  private static String committing() {
    return VERDICTS.stream()
        .filter(Verdict::commits)
        .map(verdict -> Integer.toString(code(verdict)))
        .collect(Collectors.joining(",", "(", ")"));
  }

  /** Whoever waits for the lock sees the product as it is then, and the clock after the wait. */
  private static final String POLICY =
      """
       policy as materialized (
        select p.id, p.generation, p.in_recovery, p.allow_list, p.active_keys, p.quota,
          p.ever_committed, p.window_from, p.window_until, p.re_enroll, p.re_enroll_until
        from product p where p.id = any($7) %s
      ), rules as materialized (
        select p.*,
          coalesce(clock_timestamp() >= window_from, true)
            and coalesce(clock_timestamp() < window_until, true) as open,
          coalesce(clock_timestamp() < re_enroll_until, false) as re_enroll_open
        from policy p
      )""";

  /**
   * Epoch 0 stands for the one that the token is for. The lateral join keeps the planner on the
   * primary key, whatever it believes of the table.
   */
  private static final String SEEN =
      """
      , seen as materialized (
        select i.n, i.product_id, i.device_id, i.t, i.asked, i.abandoned, i.reason,
          case when i.e > 0 then i.e when d.token = i.t then d.epoch
            else coalesce(d.epoch, 0) + 1 end as e,
          get_byte(i.t, 1) as kind, get_byte(i.t, 3) as g,
          get_byte(i.t, 4) * 256 + get_byte(i.t, 5) as a,
          get_byte(i.t, 6) * 256 + get_byte(i.t, 7) as granted_connection,
          coalesce(d.status, 0) as status, coalesce(d.epoch, 0) as epoch, d.token,
          coalesce(d.attempt, 0) as attempt, coalesce(d.connection_id, 0) as connection_id,
          coalesce(d.recovered_in, 0) as recovered_in,
          coalesce(d.re_enroll_approved, false) as approved,
          coalesce(d.version, 0) as version, d.first_committed_at,
          %s
          coalesce(r.generation, 0) as generation, coalesce(r.in_recovery, false) as in_recovery,
          r.quota, r.ever_committed,
          coalesce(d.re_enroll_approved and r.re_enroll <> 0 or r.re_enroll_open, false)
            as re_enroll_allowed,
          coalesce(r.open and (not r.allow_list or d.status is not null)
            and get_byte(i.t, 2) = any(r.active_keys), false) as policy_allows
        from unnest($1::text[], $2::text[], $3::int8[], $4::bytea[], $5::int2[], $6::int4[],
            $8::int2[])
          with ordinality as i(product_id, device_id, e, t, asked, abandoned, reason, n)
        left join rules r on r.id = i.product_id
        left join lateral (select * from device x
          where x.product_id = i.product_id and x.device_id = i.device_id offset 0) d on true
      )""";

  private static final String WANTED =
      "coalesce(d.wanted_epoch, 0) as wanted_epoch,"
          + " coalesce(d.wanted_connection, 0) as wanted_connection,";

  /** A statement that writes does not carry along what only a POLL or ROTATE that reads needs. */
  private static final String NOTHING_WANTED = "0::int8, 0::int4";

  /**
   * The table's verdict; whether it uses up a quota, and if so whether some is left; the row's
   * attempt after commit or fence; whether an ABANDON is served.
   */
  private static final String JUDGED =
      """
      , judged as materialized (
        select j.*, kind <> 1 or not claims or (%4$s) as quota_left,
          case when told in %3$s then greatest(attempt, a)
               when told = %5$d then a + 1 else attempt end as reached,
          asked = 2 and (told = %6$d or told in %3$s) as abandons
        from (select k.*, told in %3$s and first_committed_at is null and quota is not null
                as claims
              from (select r.*, (%1$s)[asked * %2$d + rule] as told from ruled r offset 0) k
              offset 0) j
      )""";

  /**
   * What leaves: a raise of the attempt that is too large, or beyond what fits a token, is refused
   * and changes nothing, be it a fence or an ABANDON (with the commit that it would have made up).
   */
  private static final String EFFECT =
      """
      , effect as materialized (
        select f.n, f.product_id, f.device_id, f.kind, f.e, f.t, f.verdict, f.claims,
          f.generation, f.in_recovery, f.version, f.first_committed_at, f.reason,
          f.abandons and f.raised > f.reached as gives_up,
          %8$s
          f.verdict in %5$s as commits,
          f.verdict in %5$s or f.raised <> f.attempt and f.verdict <> %2$d as writes,
          case when f.verdict in (%3$d, %4$d) then 2 else f.status end as status,
          case when f.verdict in %5$s then f.e else f.epoch end as epoch,
          case when f.verdict in %5$s then f.t else f.token end as token,
          case when f.verdict = %2$d then f.attempt else f.raised end as attempt,
          case when f.verdict in %5$s and granted_connection > 0 then granted_connection
               else f.connection_id end as connection_id,
          case when f.verdict = %4$d then f.generation else f.recovered_in end as recovered_in,
          f.approved and not f.verdict in %5$s as approved
        from (
          select h.*, case when not quota_left or raised > %6$d
              or abandons and coalesce(abandoned, reached) - reached > %7$d
              then %2$d else told end as verdict
          from (
            select j.*, case when abandons then greatest(reached, coalesce(abandoned, reached) + 1)
              else reached end as raised
            from judged j offset 0) h
          offset 0) f
      )""";

  /** An existing row is replaced only if nobody changed it since it was seen. */
  private static String written(String unless) {
    return WRITTEN.formatted(unless);
  }

  private static final String WRITTEN =
      """
      , written as (
        insert into device as d (product_id, device_id, status, epoch, token, attempt,
          connection_id, recovered_in, re_enroll_approved, version, first_committed_at,
          committed_at)
        select product_id, device_id, status, epoch, token, attempt, connection_id, recovered_in,
          approved, version + 1,
          case when commits then coalesce(first_committed_at, now()) else first_committed_at end,
          case when commits then now() end
        from effect where writes and not %s
        on conflict (product_id, device_id) do update set status = excluded.status,
          epoch = excluded.epoch, token = excluded.token, attempt = excluded.attempt,
          connection_id = excluded.connection_id, recovered_in = excluded.recovered_in,
          re_enroll_approved = excluded.re_enroll_approved, version = excluded.version,
          first_committed_at = excluded.first_committed_at,
          committed_at = coalesce(excluded.committed_at, d.committed_at)
        where d.version = excluded.version - 1
        returning product_id, device_id
      ), applied as materialized (
        select f.* from effect f join written w
          on w.product_id = f.product_id and w.device_id = f.device_id
      ), noted as (
        insert into event (kind, epoch, product_id, device_id, token, reason)
        select case when commits then kind else 4 end, epoch, product_id, device_id, token,
          case when commits then null else reason end
        from applied where commits or gives_up
      )""";

  private static final String COUNTED =
      """
      , counted as (
        update product p set ever_committed = p.ever_committed + c.fresh
        from (select product_id, count(*) as fresh from applied where claims
              group by product_id) c
        where p.id = c.product_id
      )""";

  private static final String RACED =
      "when writes and n not in (select n from applied) then 1 else 0 end";

  private static String output(String outcome, String wanted) {
    return "\nselect n::int4, "
        + outcome
        + ", verdict, status, epoch, token, attempt, connection_id, recovered_in, approved,"
        + " generation, in_recovery, "
        + wanted
        + " from effect";
  }
}
