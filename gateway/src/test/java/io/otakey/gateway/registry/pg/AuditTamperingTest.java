package io.otakey.gateway.registry.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.otakey.gateway.audit.Chain;
import io.otakey.gateway.audit.ChainCheck;
import io.otakey.gateway.audit.ChainLink;
import io.otakey.gateway.audit.ChainPage;
import io.otakey.gateway.audit.ChainRow;
import io.otakey.gateway.audit.ChainState;
import io.otakey.gateway.audit.Seals;
import io.otakey.gateway.audit.Seals.Seal;
import io.otakey.gateway.registry.AuditLog.Entry;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Somebody owns the database and does not hold the vault. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AuditTamperingTest {
  private static final String COPY =
      "insert into audit (id, at, actor, address, action, product_id, device_id, detail, root, seal)"
          + " select %s, at, actor, address, action, product_id, device_id, detail, root, seal"
          + " from audit where detail = 'c'";

  private final ChainBed bed = new ChainBed();

  @BeforeEach
  void begin() {
    bed.anew();
    bed.chained("a", "b", "c", "d").chained("e");
  }

  @AfterAll
  void close() {
    bed.close();
  }

  private void expect(String detail, String why) {
    ChainBed.Found found = bed.verify();
    assertThat(found.why()).contains(why);
    assertThat(found.entry()).isEqualTo(bed.id(detail));
    assertThat(found.position()).isEqualTo(bed.position(detail));
  }

  @Test
  void whatNobodyTouched_holds() {
    ChainBed.Found found = bed.verify();
    assertThat(found.why()).isEqualTo("holds");
    assertThat(found.entries()).isEqualTo(5);
    assertThat(found.head().position()).isEqualTo(5);
    assertThat(found.unsealed()).isZero();
  }

  @Test
  void anEntryThatWasChanged_isNamed_whateverOfItWas() {
    for (String change :
        List.of(
            "actor = 'mallory'",
            "address = ''",
            "action = 'z'",
            "product_id = 'q'",
            "device_id = null",
            "at = at + interval '1 microsecond'",
            "seal = '\\x00'",
            "root = 2")) {
      bed.tamper("create table kept as select * from audit");
      bed.tamper("update audit set " + change + " where detail = 'b'");
      expect("b", "it was changed");
      bed.tamper("delete from audit; insert into audit select * from kept; drop table kept");
    }
    assertThat(bed.verify().why()).isEqualTo("holds");
  }

  /** All that can be computed without a key is: the digest, and MACs under a key of one's own. */
  @Test
  void anEntryThatWasChanged_withEverythingMadeAnew_isNamed() {
    Entry was = bed.entry("b");
    Chain mine = new Chain(new TestKeys(2, 1));
    ChainState state = bed.state();
    bed.tamper("update audit set actor = 'mallory', root = null, seal = null where detail = 'b'");
    Entry now = bed.entry("b");
    assertThat(now).isNotEqualTo(was);
    Buffer digest = Buffer.buffer(Seals.digest(now, Seal.NONE));
    bed.database.sql("update audit_link set digest = $1 where audit_id = $2", digest, was.id());
    expect("b", "was not made by a gateway");
    bed.put(mine.sealed(state));
    assertThat(bed.verify().why()).contains("begins and ends was not written by a gateway");
    bed.append("f");
    assertThatThrownBy(bed::extend).hasMessageContaining("no gateway wrote");
  }

  @Test
  void aChainMadeAnewUnderAnotherKey_isRefused() {
    Chain mine = new Chain(new TestKeys(2, 1));
    List<Chain.Waiting> all = Stream.of("a", "c", "d", "e").map(this::waiting).toList();
    Chain.Longer forged = mine.extend(mine.begin(Instant.now()), all, Instant.now());
    bed.tamper("delete from audit where detail = 'b'; delete from audit_link");
    Await.get(ChainRows.insert(bed.database.database().admin(), forged.links()));
    ChainState state = bed.state();
    assertThat(bed.verify().position()).as("the true state").isEqualTo(1);
    bed.put(forged.state());
    assertThat(bed.verify().why()).contains("begins and ends was not written by a gateway");
    assertThat(state.head().position()).isEqualTo(5);
  }

  private Chain.Waiting waiting(String detail) {
    Entry entry = bed.entry(detail);
    return new Chain.Waiting(entry.id(), Optional.of(new ChainRow(entry, Seal.NONE)));
  }

  /** A version that is not held hides nothing, neither an old nor a new one. */
  @Test
  void aRootSecretThatIsNotHeld_isNoExcuse() {
    bed.tamper("update audit_link set root = 9 where position = 2");
    expect("b", "was not made by a gateway");
    bed.tamper("update audit_link set root = 0 where position = 2");
    expect("b", "was not made by a gateway");
  }

  @Test
  void anEntryThatWasRemoved_isNamed() {
    long id = bed.id("b");
    bed.tamper("delete from audit where detail = 'b'");
    assertThat(bed.verify().why()).isEqualTo("it was removed");
    assertThat(bed.verify().entry()).isEqualTo(id);
    bed.tamper("delete from audit_link where audit_id = " + id);
    assertThat(bed.verify().position()).isEqualTo(2);
    assertThat(bed.verify().why()).contains("missing; the next one is of entry " + bed.id("c"));
    bed.tamper("update audit_link set position = position - 1 where position > 2");
    assertThat(bed.verify().entry()).isEqualTo(bed.id("c"));
    assertThat(bed.verify().why()).contains("was not made by a gateway");
  }

  @Test
  void anEntryThatWasPutIn_isNamed_evenIfAGatewayChainsIt() {
    bed.database.sql(
        "insert into audit (actor, address, action, detail) values ('a', '', 'x', 'forged')");
    assertThat(bed.verify().why()).as("waits").isEqualTo("holds");
    assertThat(bed.extend()).isEqualTo(1);
    expect("forged", "not written by a gateway");
  }

  @Test
  void anEntryThatWasPutInPastTheGateway_isNamed() {
    bed.tamper(
        "insert into audit (actor, address, action, detail) values ('a', '', 'x', 'forged')");
    bed.extend();
    assertThat(bed.verify().entry()).isEqualTo(bed.id("forged"));
    assertThat(bed.verify().why()).isEqualTo("it was put in past the gateway");
  }

  @Test
  void aCopyOfAnEntry_isNamed() {
    long id = bed.id("c");
    bed.database.sql(COPY.formatted("nextval('audit_id')"));
    bed.extend();
    assertThat(bed.verify().entry()).isGreaterThan(bed.id("e"));
    assertThat(bed.verify().why()).contains("not written by a gateway");
    bed.tamper("delete from audit where detail = 'c' and id <> " + id);
    bed.tamper("delete from audit_link where position = 6");
    assertThat(bed.verify().position()).isEqualTo(6);
  }

  @Test
  void anEntryThatIsThereTwice_isNamed_andIsChainedOnce() {
    bed.database.sql(COPY.formatted("id"));
    assertThat(bed.extend()).isZero();
    expect("c", "it is there 2 times");
  }

  @Test
  void entriesThatChangedPlaces_areNamed() {
    long b = bed.id("b");
    long d = bed.id("d");
    bed.tamper(
        "update audit set id = case id when %1$d then %2$d else %1$d end where id in (%1$d, %2$d)"
            .formatted(b, d));
    assertThat(bed.verify().entry()).isEqualTo(b);
    assertThat(bed.verify().why()).isEqualTo("it was changed");
  }

  @Test
  void linksThatChangedPlaces_areNamed() {
    bed.tamper(
        "update audit_link set position = -2 where position = 2;"
            + " update audit_link set position = 2 where position = 4;"
            + " update audit_link set position = 4 where position = -2");
    expect("d", "was not made by a gateway");
  }

  @Test
  void anEndThatWasCutOff_isNamed() {
    bed.tamper("delete from audit where detail in ('d', 'e')");
    assertThat(bed.verify().why()).isEqualTo("it was removed");
    bed.tamper("delete from audit_link where position > 3");
    assertThat(bed.verify().position()).isEqualTo(4);
    assertThat(bed.verify().why()).contains("and so is everything up to 5");
    bed.tamper("update audit_chain set head_position = 3");
    assertThat(bed.verify().why()).contains("begins and ends was not written by a gateway");
  }

  /** With a state that was right once: what no database can tell by itself. */
  @Test
  void anEndThatWasCutOff_withTheStateOfThen_isSeenByWhoSawMore() {
    ChainState then = bed.state();
    bed.chained("f", "g");
    String head = bed.verify().head().toString();
    bed.tamper(
        "delete from audit where detail in ('f', 'g'); delete from audit_link where position > 5");
    bed.put(then);
    assertThat(bed.verify().why()).isEqualTo("holds");
    assertThat(bed.verify().head().position()).as("--head and the metric tell").isEqualTo(5);
    assertThat(head).endsWith(":7");
    bed.chained("h", "i");
    assertThat(bed.verify().head().toString()).endsWith(":7").isNotEqualTo(head);
  }

  @Test
  void aStateThatWasTakenAway_isNotBegunAnew() {
    bed.tamper("delete from audit_chain");
    bed.append("f");
    assertThatThrownBy(bed::extend).hasMessageContaining("has lost its end");
    assertThat(bed.database.count("audit_chain")).isZero();
  }

  @Test
  void anEntryThatWasRemovedBeforeItHadALink_leavesOne() {
    bed.append("f");
    long id = bed.id("f");
    bed.tamper("delete from audit where detail = 'f'");
    assertThat(bed.extend()).isEqualTo(1);
    assertThat(bed.verify().entry()).isEqualTo(id);
    assertThat(bed.verify().why()).isEqualTo("it was removed");
  }

  /** So that nobody has the gateway itself forget entries that are too young to go. */
  @Test
  void linksMadeToLookOld_areNotForgotten() {
    bed.put(bed.chain.sealed(bed.state().without(Instant.now().minusSeconds(86_400))));
    bed.tamper("update audit_link set at = at - interval '2 days' where position < 4");
    assertThat(Await.get(bed.ledger.prune(bed.lease, 100))).isZero();
    assertThat(bed.database.count("audit_link")).isEqualTo(5);
    expect("a", "was not made by a gateway");
  }

  @Test
  void everyColumnOfTheState_isCovered() {
    ChainState state = bed.state();
    for (String change :
        List.of(
            "born_at = now()",
            "start_position = 1",
            "start_hash = sha256('')",
            "gone_before = now()",
            "head_position = 4",
            "head_hash = sha256('')",
            "root = 0",
            "mac = sha256('')")) {
      bed.tamper("update audit_chain set " + change);
      ChainPage page = Await.get(bed.ledger.page(Optional.empty(), 100)).orElseThrow();
      assertThat(bed.chain.proof(page.state())).as(change).isNotEqualTo(Chain.Proof.HOLDS);
      assertThat(ChainCheck.of(bed.chain, page).fault()).as(change).isPresent();
      bed.put(state);
    }
    assertThat(bed.verify().why()).isEqualTo("holds");
  }

  @Test
  void everyColumnOfALink_isCovered() {
    for (String change :
        List.of(
            "linked_at = linked_at + interval '1 microsecond'",
            "sealed = not sealed",
            "at = at - interval '1 microsecond'",
            "audit_id = audit_id + 1000",
            "mac = '\\x00'")) {
      Row was = bed.database.sql("select * from audit_link where position = 2").get(0);
      bed.tamper("update audit_link set " + change + " where position = 2");
      assertThat(bed.verify().position()).as(change).isEqualTo(2);
      bed.tamper("delete from audit_link where position = 2");
      ChainLink link = ChainRows.link(was);
      Await.get(ChainRows.insert(bed.database.database().admin(), List.of(link)));
      assertThat(HexFormat.of().formatHex(link.mac())).hasSize(64);
    }
    assertThat(bed.verify().why()).isEqualTo("holds");
  }
}
