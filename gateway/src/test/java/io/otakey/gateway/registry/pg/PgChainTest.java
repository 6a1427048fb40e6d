package io.otakey.gateway.registry.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.otakey.gateway.audit.ChainCheck;
import io.otakey.gateway.audit.ChainLedger;
import io.otakey.gateway.audit.ChainRunner;
import io.otakey.gateway.audit.ChainState;
import io.otakey.gateway.metric.Metric;
import io.otakey.gateway.registry.Lease;
import io.otakey.gateway.registry.LeaseLostException;
import io.otakey.gateway.registry.RetentionConfig;
import io.otakey.gateway.registry.RetentionLedger;
import io.otakey.gateway.registry.RetentionLedger.Old;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Transaction;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The audit log's chain through what happens to a database: nodes, restarts, time, new roots. */
class PgChainTest {
  /** So that the present period is too old. */
  private static final RetentionConfig SHORT =
      new RetentionConfig(Duration.ofDays(90), Duration.ofDays(-29), Duration.ZERO);

  private final ChainBed bed = new ChainBed();

  @AfterEach
  void close() {
    bed.close();
  }

  private void holds(long links) {
    ChainBed.Found found = bed.verify();
    assertThat(found.why()).isEqualTo("holds");
    assertThat(found.head().position()).isEqualTo(links);
  }

  @Test
  void entriesOfManyNodes_areAllChained_whileTheyAreWritten() {
    List<PgRegistry> nodes = List.of(bed.database.open(bed.keys), bed.database.open(bed.keys));
    List<Future<Void>> writes = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      String detail = "entry " + i;
      writes.add(
          nodes
              .get(i % 2)
              .auditLog()
              .append(Fixture.ALICE, "x.y", Optional.empty(), Optional.empty(), detail));
    }
    int chained = 0;
    while (chained < 100) {
      chained += Await.get(bed.ledger.extend(bed.lease, 7));
    }
    Await.get(Future.all(writes));
    holds(100);
    assertThat(bed.extend()).isZero();
    assertThat(bed.verify().unsealed()).isZero();
  }

  @Test
  void whoCommitsLate_isLinkedLate() {
    SqlConnection slow = Await.get(bed.database.database().admin().getConnection());
    Await.get(slow.query("begin").execute());
    Await.get(
        new AuditWriter(bed.keys)
            .write(slow, Fixture.ALICE, "x.y", List.of(new AuditWriter.Of("p", null)), "late"));
    bed.chained("early");
    Await.get(slow.query("commit").execute());
    Await.get(slow.close());
    assertThat(bed.id("late")).isLessThan(bed.id("early"));
    assertThat(bed.extend()).isEqualTo(1);
    assertThat(bed.order()).containsExactly("early", "late");
    holds(2);
  }

  @Test
  void whatWasRolledBack_leavesNothing() {
    SqlConnection dead = Await.get(bed.database.database().admin().getConnection());
    Await.get(dead.query("begin").execute());
    Await.get(
        new AuditWriter(bed.keys)
            .write(dead, Fixture.ALICE, "x", List.of(new AuditWriter.Of("p", null)), "gone"));
    Await.get(dead.query("rollback").execute());
    Await.get(dead.close());
    bed.chained("a");
    holds(1);
  }

  /** It dies with links written and the state not: the next one finds neither. */
  @Test
  void aNodeThatDiesInBetween_leavesItToTheNext() {
    bed.append("a", "b");
    SqlConnection dying = Await.get(bed.database.database().admin().getConnection());
    Await.get(
        dying
            .query("begin; delete from audit_pending; select from audit_chain for update")
            .execute());
    Await.get(
        dying
            .query(
                "insert into audit_link select 1, id, at, now(), true, '', 1, '' from audit limit 1")
            .execute());
    Await.get(bed.ledger.resign(ChainBed.NODE));
    Lease next = Await.get(bed.ledger.lead(new UUID(2, 2))).orElseThrow();
    Future<Integer> second = bed.ledger.extend(next, 1000);
    Await.get(
        dying.query("select pg_terminate_backend(pg_backend_pid())").execute().otherwiseEmpty());
    assertThat(Await.get(second)).isEqualTo(2);
    holds(2);
    bed.append("c");
    assertThatThrownBy(bed::extend).isInstanceOf(LeaseLostException.class);
    assertThat(Await.get(bed.ledger.extend(next, 1000))).isEqualTo(1);
    holds(3);
  }

  /** The log of before the upgrade is chained as it is, and nodes of before go on for a day. */
  @Test
  void entriesOfBeforeTheUpgrade_areTakenOn_andCounted() {
    bed.tamper("delete from audit_chain");
    bed.database.sql("insert into audit (actor, address, action) values ('old', '', 'x')");
    assertThat(bed.extend()).isEqualTo(1);
    bed.database.sql("insert into audit (actor, address, action) values ('old', '', 'y')");
    bed.chained("new");
    holds(3);
    assertThat(bed.verify().unsealed()).isEqualTo(2);
    assertThat(bed.state().bornAt()).isBetween(Instant.now().minusSeconds(60), Instant.now());
  }

  @Test
  void aNewRootSecret_takesOver_andTheOldOneMayGo() {
    bed.chained("a", "b");
    bed.keys.hold(1, 2);
    assertThat(bed.state().root()).isEqualTo(1);
    assertThat(bed.extend()).as("no entry, but the end").isZero();
    assertThat(bed.state().root()).isEqualTo(2);
    bed.keys.hold(2);
    holds(2);
    bed.chained("c");
    holds(3);
    bed.tamper("update audit set actor = 'mallory' where detail = 'a'");
    assertThat(bed.verify().entry()).isEqualTo(bed.id("a"));
    bed.tamper("update audit_link set digest = '\\x00' where position = 1");
    assertThat(bed.verify().why()).as("digest").isEqualTo("it was changed");
  }

  /** Without the root secret a link's own MAC says nothing; the next one that is held does. */
  @Test
  void whatIsUnderAnOldRootSecret_isProvenByWhatComesAfter() {
    bed.chained("a", "b");
    bed.keys.hold(1, 2);
    bed.chained("c");
    bed.keys.hold(2);
    bed.tamper("update audit_link set linked_at = linked_at + interval '1 s' where position = 1");
    assertThat(bed.verify().position()).isEqualTo(3);
    assertThat(bed.verify().why()).endsWith("at the earliest behind position 0");
  }

  @Test
  void aNodeWithAnotherVault_neitherChainsNorVerifies() {
    bed.chained("a");
    bed.keys.hold(1, 2);
    bed.chained("b");
    bed.keys.hold(1);
    bed.append("c");
    assertThatThrownBy(bed::extend).hasMessageContaining("root secret 2, which is not held");
    assertThat(
            ChainCheck.isPossible(
                bed.chain, Await.get(bed.ledger.page(Optional.empty(), 10)).orElseThrow()))
        .isFalse();
    bed.keys.hold(1, 2);
    assertThat(bed.extend()).isEqualTo(1);
    holds(3);
  }

  @Test
  void retention_movesTheBeginning() {
    bed.append("a", "b", "c");
    RetentionLedger retention = bed.registry.retention();
    Lease lease = Await.get(retention.lead(ChainBed.NODE)).orElseThrow();
    bed.database.sql("update period set to_at = now() where name = 'audit_first'");
    Old old = Await.get(retention.old(SHORT)).get(0);
    assertThat(old.name()).isEqualTo("audit_first");
    assertThat(Await.get(retention.drop(lease, old)))
        .as("not linked")
        .contains("the audit log's chain");
    bed.extend();
    bed.database.sql("select drop_period('audit_first', true)");
    assertThat(bed.database.count("audit")).as("a node of before drops none").isEqualTo(3);
    assertThat(Await.get(retention.drop(lease, old))).isEmpty();
    assertThat(bed.database.count("audit")).isZero();
    holds(3);
    Await.get(retention.makeAhead(lease));
    assertThat(Await.get(bed.ledger.prune(bed.lease, 2))).isEqualTo(2);
    holds(3);
    assertThat(Await.get(bed.ledger.prune(bed.lease, 2))).isEqualTo(1);
    assertThat(bed.database.count("audit_link")).isZero();
    assertThat(bed.state().start().is(bed.state().head())).isTrue();
    holds(3);
  }

  /** Whoever makes the period look old has the gateway drop it, which shows all the same. */
  @Test
  void aPeriodMadeToLookOld_isMissed() {
    bed.chained("a", "b");
    bed.database.sql(
        "update period set to_at = now() - interval '1000 days' where name = 'audit_first'");
    RetentionLedger retention = bed.registry.retention();
    Lease lease = Await.get(retention.lead(ChainBed.NODE)).orElseThrow();
    Old old = Await.get(retention.old(RetentionConfig.DEFAULT)).get(0);
    assertThat(Await.get(retention.drop(lease, old))).isEmpty();
    assertThat(bed.database.count("audit")).isZero();
    assertThat(bed.verify().position()).isEqualTo(1);
    assertThat(bed.verify().why()).isEqualTo("it was removed");
    assertThat(Await.get(bed.ledger.prune(bed.lease, 100))).isZero();
  }

  /** Nothing proves the time of a link whose root secret is gone before one behind it counts. */
  @Test
  void aLinkMadeToLookOld_isNotForgotten() {
    bed.chained("a");
    bed.keys.hold(1, 2);
    bed.chained("b");
    bed.keys.hold(2);
    bed.put(bed.chain.sealed(bed.state().without(Instant.now().minus(Duration.ofDays(400)))));
    bed.tamper("update audit_link set at = at - interval '500 days' where position = 1");
    assertThat(Await.get(bed.ledger.prune(bed.lease, 100))).isZero();
    assertThat(bed.verify().why()).contains("something before it was changed");
  }

  /** Whoever chains waits for retention that moves the beginning, and goes on from there. */
  @Test
  void whoChains_waitsForWhoRetains() {
    bed.append("a");
    SqlConnection retention = Await.get(bed.database.database().admin().getConnection());
    Transaction transaction = Await.get(retention.begin());
    ChainState before = Await.get(ChainRows.lock(retention, bed.chain)).orElseThrow();
    Future<Integer> chained = bed.ledger.extend(bed.lease, 1000);
    Await.until("it waits", () -> bed.database.count(TestDatabase.LOCK_AWAITED) == 1);
    Instant gone = Instant.now().minus(Duration.ofDays(1)).truncatedTo(ChronoUnit.MICROS);
    Await.get(ChainRows.put(retention, bed.chain.sealed(before.without(gone))));
    Await.get(transaction.commit());
    Await.get(retention.close());
    assertThat(Await.get(chained)).isEqualTo(1);
    assertThat(bed.state().goneBefore()).isEqualTo(gone);
    holds(1);
  }

  /** As the runbook says, after the log was found broken; the heads of before tell it. */
  @Test
  void aChainIsBegunAnew_byWhoeverTakesAllOfItAway() {
    bed.chained("a", "b");
    String head = bed.verify().head().toString();
    bed.tamper("update audit set actor = 'mallory' where detail = 'a'");
    bed.database.sql("truncate audit_chain, audit_link");
    bed.database.sql("insert into audit_pending select id from audit");
    assertThat(bed.extend()).isEqualTo(2);
    holds(2);
    assertThat(bed.verify().unsealed()).as("what was changed is told apart").isEqualTo(1);
    assertThat(bed.verify().head().toString()).isNotEqualTo(head);
  }

  @Test
  void anOldEntryThatComesAgain_isNamed() {
    bed.chained("a");
    bed.tamper("create table kept as select * from audit; delete from audit");
    bed.put(bed.chain.sealed(bed.state().without(Instant.now())));
    holds(1);
    assertThat(Await.get(bed.ledger.prune(bed.lease, 100))).isEqualTo(1);
    bed.database.sql("insert into audit select * from kept");
    assertThat(bed.extend()).isEqualTo(1);
    assertThat(bed.verify().why()).contains("not written by a gateway");
  }

  /** Whoever replays the state of then with the end cut off is seen by nodes that saw more. */
  @Test
  void runners_chain_andRemember() {
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    Await.get(bed.ledger.resign(ChainBed.NODE));
    ChainLedger other = bed.database.open(bed.keys).auditChain();
    String first = deploy(bed.ledger, meters);
    String second = deploy(other, new SimpleMeterRegistry());
    bed.append("a", "b");
    Await.until("chained", () -> gauge(meters, Metric.AUDIT_CHAINED) == 2);
    ChainState then = bed.state();
    bed.append("c");
    Await.until("chained", () -> gauge(meters, Metric.AUDIT_CHAINED) == 3);
    holds(3);
    assertThat(gauge(meters, Metric.AUDIT_BROKEN)).isZero();
    bed.tamper("delete from audit where detail = 'c'; delete from audit_link where position = 3");
    bed.put(then);
    Await.until("missed", () -> gauge(meters, Metric.AUDIT_BROKEN) == 1);
    Await.until("shown", () -> gauge(meters, Metric.AUDIT_CHAINED) == 2);
    assertThat(bed.verify().why()).as("nothing else tells").isEqualTo("holds");
    Await.get(bed.database.vertx.undeploy(first));
    Await.get(bed.database.vertx.undeploy(second));
  }

  /** As by a transaction that an operator left open: nothing is linked, nor looked at. */
  @Test
  void whileTheChainIsLocked_entriesAreSeenToWait() {
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    Await.get(bed.ledger.resign(ChainBed.NODE));
    String runner = deploy(bed.ledger, meters);
    bed.append("a");
    Await.until("chained", () -> gauge(meters, Metric.AUDIT_CHAINED) == 1);
    SqlConnection operator = Await.get(bed.database.database().admin().getConnection());
    Await.get(
        operator
            .query(
                "begin; set local idle_in_transaction_session_timeout = 0;"
                    + " lock table audit_chain, audit_link")
            .execute());
    bed.append("b", "c");
    Await.until("seen to wait", () -> gauge(meters, Metric.AUDIT_WAITING) == 2);
    Await.get(operator.query("rollback").execute());
    Await.get(operator.close());
    Await.until("linked", () -> gauge(meters, Metric.AUDIT_WAITING) == 0);
    holds(3);
    Await.get(bed.database.vertx.undeploy(runner));
  }

  private String deploy(ChainLedger ledger, SimpleMeterRegistry meters) {
    return Await.get(
        bed.database.vertx.deployVerticle(
            new ChainRunner(bed.chain, ledger, Duration.ofMillis(20), meters)));
  }

  private static double gauge(SimpleMeterRegistry meters, Metric metric) {
    return meters.get(metric.id()).gauge().value();
  }
}
