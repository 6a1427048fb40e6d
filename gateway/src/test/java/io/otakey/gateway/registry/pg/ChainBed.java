package io.otakey.gateway.registry.pg;

import io.otakey.gateway.audit.Chain;
import io.otakey.gateway.audit.ChainBreak;
import io.otakey.gateway.audit.ChainCheck;
import io.otakey.gateway.audit.ChainLedger;
import io.otakey.gateway.audit.ChainPage;
import io.otakey.gateway.audit.ChainPlace;
import io.otakey.gateway.audit.ChainState;
import io.otakey.gateway.registry.AuditLog;
import io.otakey.gateway.registry.Lease;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** An audit log with its chain, begun before the day of the upgrade, and who holds the database. */
final class ChainBed implements AutoCloseable {
  static final UUID NODE = new UUID(1, 1);

  /** Small, so that every walk has several pages. */
  private static final int PAGE = 3;

  final TestDatabase database = new TestDatabase();
  final TestKeys keys = new TestKeys(1, 1);
  final Chain chain = new Chain(keys);
  final PgRegistry registry = database.open(keys);
  final ChainLedger ledger = registry.auditChain();
  final Lease lease = Await.get(ledger.lead(NODE)).orElseThrow();

  ChainBed() {
    anew();
  }

  /** An empty log, as after a start. */
  void anew() {
    tamper("delete from audit; delete from audit_link; delete from audit_pending");
    put(chain.begin(Instant.now().minus(Duration.ofDays(2))));
  }

  void put(ChainState state) {
    Await.get(ChainRows.put(database.database().admin(), state));
  }

  /** Writes entries as a node does. */
  void append(String... details) {
    append(registry, details);
  }

  static void append(PgRegistry node, String... details) {
    for (String detail : details) {
      Await.get(
          node.auditLog().append(Fixture.ALICE, "x.y", Optional.of("p"), Optional.of("d"), detail));
    }
  }

  int extend() {
    return Await.get(ledger.extend(lease, 1000));
  }

  /** Entries with these details, chained. */
  ChainBed chained(String... details) {
    append(details);
    extend();
    return this;
  }

  long id(String detail) {
    return database.sql("select id from audit where detail = $1", detail).get(0).getLong(0);
  }

  long position(String detail) {
    return database
        .sql("select position from audit_link where audit_id = $1", id(detail))
        .get(0)
        .getLong(0);
  }

  /** What whoever owns the database can do: no trigger is in the way. */
  void tamper(String sql) {
    Await.get(
        database
            .database()
            .admin()
            .query("begin; set local session_replication_role = replica; " + sql + "; commit")
            .execute());
  }

  ChainState state() {
    return Await.get(ledger.look(0)).state().orElseThrow();
  }

  /** The whole log, as 'audit verify' goes along it. */
  record Found(Optional<ChainBreak> fault, ChainPlace head, long entries, long unsealed) {
    String why() {
      return fault.map(ChainBreak::why).orElse("holds");
    }

    long entry() {
      return fault.orElseThrow().entryId().orElse(0);
    }

    long position() {
      return fault.orElseThrow().position();
    }
  }

  Found verify() {
    Optional<ChainPlace> place = Optional.empty();
    long entries = 0;
    long unsealed = 0;
    while (true) {
      ChainPage page = Await.get(ledger.page(place, PAGE)).orElseThrow();
      ChainCheck check = ChainCheck.of(chain, page);
      entries += check.present();
      unsealed += check.unsealed();
      if (page.last() || check.fault().isPresent()) {
        return new Found(check.fault(), page.state().head(), entries, unsealed);
      }
      place = Optional.of(check.to());
    }
  }

  List<String> order() {
    return database
        .sql(
            "select a.detail from audit_link l join audit a on a.id = l.audit_id"
                + " order by l.position")
        .stream()
        .map(row -> row.getString(0))
        .toList();
  }

  AuditLog.Entry entry(String detail) {
    return Await.get(registry.auditLog().page(AuditLog.Filter.ALL, 1000)).stream()
        .filter(entry -> entry.detail().equals(detail))
        .findFirst()
        .orElseThrow();
  }

  @Override
  public void close() {
    database.close();
  }
}
