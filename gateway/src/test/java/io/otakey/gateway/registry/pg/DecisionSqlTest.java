package io.otakey.gateway.registry.pg;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.registry.Decision;
import io.otakey.gateway.registry.pg.Situation.Market;
import io.otakey.protocol.key.DecisionTable;
import io.otakey.protocol.key.DecisionTable.Asked;
import io.otakey.protocol.key.DecisionTable.Row;
import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.key.Verdict;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.Token;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The statement against the table against the prose, over every combination there is, before and
 * after, on a real database.
 */
class DecisionSqlTest {
  private static final int CHUNK = 5000;

  private static final String INSERT_DEVICES =
      """
      insert into device (product_id, device_id, status, returns_to, epoch, token, attempt,
        connection_id, recovered_in, re_enroll_approved, first_committed_at)
      select p, d, s, case when s = 3 then 2 end, e, t, a, 5, r, f, case when e > 0 then now() end
      from unnest($1::text[], $2::text[], $3::int2[], $4::int8[], $5::bytea[], $6::int4[],
        $7::int2[], $8::bool[]) as x(p, d, s, e, t, a, r, f)
      """;

  private static final List<Situation> ALL = Situations.all();

  @SuppressWarnings("NullAway.Init")
  private static TestDatabase database;

  @BeforeAll
  static void write() {
    database = loaded();
  }

  private static TestDatabase loaded() {
    TestDatabase fresh = new TestDatabase();
    ALL.stream().map(Situation::market).distinct().forEach(market -> insert(fresh, market));
    List<Situation> rows = ALL.stream().filter(s -> !s.row().equals(DeviceRow.NONE)).toList();
    chunks(rows).forEach(chunk -> insertDevices(fresh, chunk));
    return fresh;
  }

  @AfterAll
  static void close() {
    database.close();
  }

  private static void insert(TestDatabase database, Market market) {
    database.sql(
        """
        insert into product (id, name, generation, in_recovery, allow_list, window_from,
          window_until, quota, ever_committed, re_enroll, re_enroll_until, active_keys)
        select $1, $1, $2, $3, g = 'ALLOW_LIST',
          case when g = 'NOT_YET' then now() + interval '1 hour' end,
          case when g = 'NO_LONGER' then now() - interval '1 hour' end,
          case g when 'QUOTA_SPENT' then 0 when 'QUOTA_LEFT' then 1000000 end,
          case when g like 'QUOTA%' then 0 end,
          case a when 'NEVER' then 0 when 'ON_APPROVAL' then 1 else 2 end,
          case a when 'OPEN' then now() + interval '1 hour'
            when 'OPEN_NO_LONGER' then now() - interval '1 hour' end,
          case when g = 'KEY_RETIRED' then '{2}'::int2[] else '{1,2}'::int2[] end
        from (select $4::text as g, $5::text as a) x
        """,
        market.id(),
        Situation.GENERATION,
        market.inRecovery(),
        market.gate().name(),
        market.again().name());
  }

  private static void insertDevices(TestDatabase database, List<Situation> chunk) {
    Tuple values =
        Tuple.tuple()
            .addArrayOfString(each(chunk, s -> s.use().key().ref().productId(), String[]::new))
            .addArrayOfString(each(chunk, s -> s.use().key().ref().deviceId(), String[]::new))
            .addArrayOfShort(each(chunk, s -> Codes.of(s.row().status()), Short[]::new))
            .addArrayOfLong(each(chunk, s -> s.row().epoch(), Long[]::new))
            .addArrayOfBuffer(
                chunk.stream()
                    .map(s -> s.row().token().map(Token::toBytes).map(Buffer::buffer).orElse(null))
                    .toArray(Buffer[]::new))
            .addArrayOfInteger(each(chunk, s -> s.row().attempt(), Integer[]::new))
            .addArrayOfShort(each(chunk, s -> (short) s.row().recoveredIn(), Short[]::new))
            .addArrayOfBoolean(each(chunk, s -> s.row().reEnrollApproved(), Boolean[]::new));
    Await.get(database.database().admin().preparedQuery(INSERT_DEVICES).execute(values));
  }

  private static <T> T[] each(
      List<Situation> chunk, Function<Situation, T> field, IntFunction<T[]> array) {
    return chunk.stream().map(field).toArray(array);
  }

  private static List<List<Situation>> chunks(List<Situation> list) {
    return IntStream.rangeClosed(0, (list.size() - 1) / CHUNK)
        .mapToObj(i -> list.subList(i * CHUNK, Math.min(list.size(), (i + 1) * CHUNK)))
        .toList();
  }

  /** Reads with one statement and writes nothing. */
  private static List<Decision> read(DecisionSql sql, List<Situation> situations) {
    DecideWork work =
        new DecideWork(
            (inputs, products, results) ->
                database
                    .database()
                    .hot()
                    .preparedQuery(sql.read())
                    .collecting(results)
                    .execute(inputs));
    List<Decision> decisions = new ArrayList<>();
    for (List<Situation> chunk : chunks(situations)) {
      List<Ask> asks =
          chunk.stream().map(s -> new Ask(s.use(), s.asked(), s.abandoned(), 2)).toList();
      Await.get(work.run(asks)).forEach(d -> decisions.add(d.orElseThrow().decision()));
    }
    return decisions;
  }

  private static String differences(List<Situation> situations, List<Decision> decisions) {
    StringBuilder text = new StringBuilder();
    int found = 0;
    for (int i = 0; i < situations.size(); i++) {
      Situation s = situations.get(i);
      Prose.Outcome expected = Prose.of(s);
      Decision decision = decisions.get(i);
      boolean same =
          Prose.answer(s.asked(), decision.verdict()) == expected.answer()
              && decision.row().equals(expected.after())
              && decision.generation() == Situation.GENERATION
              && decision.inRecovery() == s.market().inRecovery();
      if (!same && found++ < 5) {
        text.append(s).append("\n expected ").append(expected);
        text.append("\n but was ").append(decision).append("\n\n");
      }
    }
    return found == 0 ? "" : found + " differences, among them\n" + text;
  }

  @Test
  void table_saysWhatTheProseSays() {
    for (Situation s : ALL) {
      Verdict verdict = DecisionTable.decide(s.facts()).verdict(s.asked());
      Prose.Outcome expected = Prose.of(s);
      boolean limited =
          expected.answer() == Prose.Answer.REFUSED_4
              && (s.asked() == Asked.ABANDON || verdict == Verdict.FENCE);
      assertThat(limited || Prose.answer(s.asked(), verdict) == expected.answer())
          .as("%s: %s, expected %s", s, verdict, expected)
          .isTrue();
    }
  }

  @Test
  void situations_meetEveryCellOfTheTable() {
    Map<Integer, Set<Asked>> met = new HashMap<>();
    for (Situation s : ALL) {
      int row = DecisionTable.decide(s.facts()).number();
      met.computeIfAbsent(row, r -> EnumSet.noneOf(Asked.class)).add(s.asked());
    }
    assertThat(ALL).hasSizeGreaterThan(50_000);
    assertThat(met).hasSize(DecisionTable.ROWS.size());
    assertThat(met.values()).allMatch(asked -> asked.size() == Asked.values().length);
  }

  @Test
  void readingStatement_saysWhatTheProseSays() {
    assertThat(differences(ALL, read(new DecisionSql(DecisionTable.ROWS), ALL))).isEmpty();
  }

  /** The test of the tests: whatever row is wrong, the comparison sees it. */
  @Test
  void readingStatement_madeFromAWrongTable_isCaught() {
    List<Situation> sample =
        IntStream.range(0, ALL.size()).filter(i -> i % 11 == 0).mapToObj(ALL::get).toList();
    assertThat(differences(sample, read(new DecisionSql(DecisionTable.ROWS), sample))).isEmpty();
    for (Row row : DecisionTable.ROWS) {
      for (Row wrong : List.of(wrongVerdicts(row), wrongCondition(row))) {
        List<Row> table =
            DecisionTable.ROWS.stream().map(r -> r.number() == row.number() ? wrong : r).toList();
        assertThat(differences(sample, read(new DecisionSql(table), sample)))
            .as("wrong row %s", wrong)
            .contains("differences");
      }
    }
  }

  private static Row wrongVerdicts(Row row) {
    Verdict wrong = row.confirm() == Verdict.UNKNOWN ? Verdict.SUPERSEDED : Verdict.UNKNOWN;
    return new Row(row.number(), row.specified(), row.anyOf(), wrong, wrong, wrong);
  }

  /**
   * Drops the last fact of the first alternative; the last row has none and gets a wrong verdict.
   */
  private static Row wrongCondition(Row row) {
    List<List<DecisionTable.Literal>> anyOf = new ArrayList<>(row.anyOf());
    List<DecisionTable.Literal> first = anyOf.get(0);
    if (first.isEmpty()) {
      return wrongVerdicts(row);
    }
    List<DecisionTable.Literal> turned = new ArrayList<>(first);
    DecisionTable.Literal last = turned.remove(turned.size() - 1);
    turned.add(new DecisionTable.Literal(last.fact(), !last.negated()));
    anyOf.set(0, turned);
    return new Row(
        row.number(), row.specified(), anyOf, row.confirm(), row.pollOrRotate(), row.abandon());
  }

  @Test
  void registry_decidesWritesAndTellsWhatTheProseSays() {
    try (TestDatabase own = loaded()) {
      registryDecides(own);
    }
  }

  private static void registryDecides(TestDatabase own) {
    PgRegistry registry = own.open();
    List<Decision> decisions = new ArrayList<>();
    for (List<Situation> chunk : chunks(ALL)) {
      List<Future<Decision>> answers = chunk.stream().map(s -> ask(registry, s)).toList();
      answers.forEach(answer -> decisions.add(Await.get(answer)));
    }
    assertThat(differences(ALL, decisions)).isEmpty();
    Map<DeviceRef, DeviceRow> rows = rows(own);
    for (Situation s : ALL) {
      assertThat(rows.getOrDefault(s.use().key().ref(), DeviceRow.NONE))
          .as("row after %s", s)
          .isEqualTo(Prose.of(s).after());
    }
    long commits = ALL.stream().filter(s -> Prose.of(s).after().epoch() != s.row().epoch()).count();
    long givenUp = ALL.stream().filter(DecisionSqlTest::givesUp).count();
    assertThat(own.count("event where kind <> 4")).isEqualTo(commits);
    assertThat(own.count("event where kind = 4 and reason = 2"))
        .as("served ABANDONs that raised the attempt")
        .isEqualTo(givenUp)
        .isPositive();
    assertThat(
            own.count(
                "event e join device d using (product_id, device_id)"
                    + " where e.kind <> 4 and e.epoch = d.epoch and e.token = d.token"
                    + " and e.kind = get_byte(d.token, 1) and d.committed_at is not null"
                    + " and d.first_committed_at is not null"))
        .isEqualTo(commits);
  }

  private static Future<Decision> ask(PgRegistry registry, Situation s) {
    return switch (s.asked()) {
      case CONFIRM -> registry.devices().confirm(s.use());
      case POLL_OR_ROTATE ->
          s.use().key().epoch() % 2 == 0
              ? registry.devices().poll(s.use())
              : registry.devices().rotate(s.use());
      case ABANDON -> registry.devices().abandon(s.use(), s.abandoned().orElseThrow(), 2);
    };
  }

  private static Map<DeviceRef, DeviceRow> rows(TestDatabase own) {
    return own
        .sql(
            "select product_id, device_id, status, epoch, token, attempt, connection_id,"
                + " recovered_in, re_enroll_approved from device")
        .stream()
        .collect(
            Collectors.toMap(
                row -> new DeviceRef(row.getString(0), row.getString(1)),
                row -> Rows.deviceRow(row, 2)));
  }

  private static boolean givesUp(Situation s) {
    DeviceRow after = Prose.of(s).after();
    return s.asked() == Asked.ABANDON
        && after.epoch() == s.row().epoch()
        && after.attempt() > s.row().attempt();
  }
}
