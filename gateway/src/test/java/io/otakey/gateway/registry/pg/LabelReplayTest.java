package io.otakey.gateway.registry.pg;

import static io.otakey.gateway.registry.pg.Fixture.ALICE;
import static io.otakey.gateway.registry.pg.Fixture.OPEN;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.otakey.gateway.audit.AuditKeys;
import io.otakey.gateway.journal.Compaction;
import io.otakey.gateway.journal.JournalEntry;
import io.otakey.gateway.journal.JournalReader;
import io.otakey.gateway.registry.Change;
import io.otakey.gateway.registry.ChangeLog;
import io.otakey.gateway.registry.LabelChange;
import io.otakey.gateway.registry.OperatorAction;
import io.otakey.gateway.registry.Replayed;
import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Labels come back from journals, and no older word overwrites a later one. */
class LabelReplayTest {
  private final TestDatabase database = new TestDatabase();
  private final List<JournalEntry> journal = Collections.synchronizedList(new ArrayList<>());
  private final PgRegistry registry =
      Await.get(
          PgRegistry.open(
              database.vertx,
              database.endpoint,
              PgTuning.DEFAULT,
              this::keep,
              AuditKeys.NONE,
              new SimpleMeterRegistry()));
  private final DeviceRef ref = new DeviceRef("p", "a");

  private Future<Void> keep(List<? extends Change> changes) {
    changes.forEach(change -> journal.add(new JournalEntry(journal.size(), change)));
    return ChangeLog.NONE.keep(changes);
  }

  @BeforeEach
  void fleet() {
    Fixture.product(registry, "p", OPEN);
    Await.get(registry.administration().preRegister(ALICE, "p", List.of("a", "b")));
  }

  @AfterEach
  void close() {
    Await.get(registry.close());
    database.close();
  }

  private void label(LabelChange change, String... ids) {
    Await.get(registry.labels().change(ALICE, change, "p", List.of(ids)));
  }

  private void set(String key, String value, String... ids) {
    label(LabelChange.setting(Map.of(key, value)), ids);
  }

  private void act(OperatorAction action) {
    Await.get(registry.administration().act(ALICE, action, ref));
  }

  /** As the command line hands it over, part by part, through bytes. */
  private int replay(List<JournalEntry> entries) {
    Compaction history = new Compaction();
    entries.forEach(history::add);
    List<Integer> labeled = new ArrayList<>();
    history.parts(
        1,
        part -> {
          List<Change> changes =
              JournalReader.read(JournalReader.write(part)).orElseThrow().stream()
                  .map(JournalEntry::change)
                  .toList();
          Replayed done = Await.get(registry.recovery().replay(ALICE, changes, false));
          labeled.add(done.labeled());
        });
    return labeled.stream().mapToInt(Integer::intValue).sum();
  }

  private Map<String, String> labels(String id) {
    return Await.get(registry.administration().get(new DeviceRef("p", id))).orElseThrow().labels();
  }

  private void lose() {
    for (String table : List.of("device", "device_label", "device_labeled")) {
      database.sql("delete from " + table);
    }
  }

  @Test
  void aLostDatabase_hasThemBack_theLastOfEachDevice() {
    set("site", "paris", "a", "b");
    set("site", "lyon", "a");
    label(new LabelChange(Map.of("canary", ""), Set.of("site")), "b");
    lose();
    assertThat(replay(journal)).isEqualTo(2);
    assertThat(labels("a")).isEqualTo(Map.of("site", "lyon"));
    assertThat(labels("b")).isEqualTo(Map.of("canary", ""));
    assertThat(replay(journal)).as("repeated").isZero();
  }

  @Test
  void anOldJournal_overwritesNothingLater_andBringsNothingBackThatWasTakenAway() {
    set("site", "paris", "a", "b");
    List<JournalEntry> old = List.copyOf(journal);
    set("site", "lyon", "a");
    label(new LabelChange(Map.of(), Set.of("site")), "b");
    assertThat(replay(old)).isZero();
    assertThat(labels("a")).isEqualTo(Map.of("site", "lyon"));
    assertThat(labels("b")).isEmpty();
  }

  @Test
  void whoeverWasRemoved_getsNoneBack_reopenedOrNot() {
    set("site", "paris", "a");
    act(OperatorAction.REMOVE);
    List<JournalEntry> removed = List.copyOf(journal);
    act(OperatorAction.REOPEN);
    lose();
    replay(removed);
    assertThat(labels("a")).isEmpty();
    lose();
    replay(journal);
    assertThat(labels("a")).as("the next owner's").isEmpty();
  }

  /** A backup from before the removal still has them. */
  @Test
  void aRemovalThatComesBack_takesTheLabelsOfTheBackupAway() {
    set("site", "paris", "a");
    database.sql("create table kept as select * from device");
    database.sql("create table kept_label as select * from device_label");
    act(OperatorAction.REMOVE);
    lose();
    database.sql("insert into device select * from kept");
    database.sql("insert into device_label select * from kept_label");
    List<JournalEntry> rowsAlone =
        journal.stream().filter(entry -> entry.change() instanceof Change.Device).toList();
    replay(rowsAlone);
    assertThat(labels("a")).isEmpty();
  }
}
