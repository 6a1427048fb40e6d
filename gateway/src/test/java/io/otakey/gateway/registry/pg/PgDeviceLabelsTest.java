package io.otakey.gateway.registry.pg;

import static io.otakey.gateway.registry.pg.Fixture.ALICE;
import static io.otakey.gateway.registry.pg.Fixture.OPEN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.otakey.gateway.registry.AuditLog;
import io.otakey.gateway.registry.DeviceAdministration;
import io.otakey.gateway.registry.DeviceFilter;
import io.otakey.gateway.registry.DeviceLabels;
import io.otakey.gateway.registry.LabelChange;
import io.otakey.gateway.registry.LabelCount;
import io.otakey.gateway.registry.LabelFilter;
import io.otakey.gateway.registry.Labeling;
import io.otakey.gateway.registry.OperatorAction;
import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PgDeviceLabelsTest {
  private final TestDatabase database = new TestDatabase();
  private final PgRegistry registry = database.open();
  private final DeviceAdministration administration = registry.administration();
  private final DeviceLabels labels = registry.labels();

  @BeforeEach
  void fleet() {
    Fixture.product(registry, "p", OPEN);
    Fixture.product(registry, "q", OPEN);
    Await.get(administration.preRegister(ALICE, "p", List.of("a", "b", "c", "d")));
    Await.get(administration.preRegister(ALICE, "q", List.of("a", "z")));
  }

  @AfterEach
  void close() {
    database.close();
  }

  private Labeling set(String product, Map<String, String> wanted, String... ids) {
    return Await.get(labels.change(ALICE, LabelChange.setting(wanted), product, List.of(ids)));
  }

  private Labeling remove(String product, Set<String> keys, String... ids) {
    return Await.get(labels.change(ALICE, new LabelChange(Map.of(), keys), product, List.of(ids)));
  }

  private Map<String, String> of(String product, String id) {
    return Await.get(administration.get(new DeviceRef(product, id))).orElseThrow().labels();
  }

  private List<String> found(LabelFilter filter) {
    return Await.get(
            administration.list(DeviceFilter.ALL.withLabels(filter), Optional.empty(), 100))
        .stream()
        .map(device -> device.ref().productId() + "/" + device.ref().deviceId())
        .toList();
  }

  private List<String> found(String... conditions) {
    return found(LabelFilter.of(List.of(conditions), Set.of()));
  }

  private List<AuditLog.Entry> audit() {
    return Await.get(registry.auditLog().page(AuditLog.Filter.ALL, 100)).stream()
        .filter(entry -> entry.action().equals("device.label"))
        .toList();
  }

  @Test
  void labels_areSetChangedAndRemoved_andAuditedWhereTheyChange() {
    assertThat(set("p", Map.of("site", "paris", "canary", ""), "a", "b", "nobody"))
        .isEqualTo(new Labeling(List.of("a", "b"), 2, List.of("nobody"), List.of()));
    assertThat(of("p", "a")).isEqualTo(Map.of("site", "paris", "canary", ""));
    assertThat(of("q", "a")).as("of another product").isEmpty();
    assertThat(set("p", Map.of("site", "lyon"), "b", "c").changed()).isEqualTo(2);
    assertThat(of("p", "b")).isEqualTo(Map.of("site", "lyon", "canary", ""));
    assertThat(set("p", Map.of("site", "lyon"), "b", "c").changed()).as("repeated").isZero();
    assertThat(remove("p", Set.of("canary", "never"), "a", "b", "c").changed()).isEqualTo(2);
    assertThat(of("p", "b")).isEqualTo(Map.of("site", "lyon"));
    assertThat(audit().stream().map(entry -> entry.deviceId().orElseThrow() + " " + entry.detail()))
        .containsExactlyInAnyOrder(
            "a canary, site=paris",
            "b canary, site=paris",
            "b site=lyon",
            "c site=lyon",
            "a without canary, without never",
            "b without canary, without never");
  }

  @Test
  void aDevice_hasSixteenAtMost_whateverIsAskedAtOnce() {
    Map<String, String> many = new HashMap<>();
    for (int i = 0; i < 15; i++) {
      many.put("k" + i, "v");
    }
    set("p", many, "a");
    List<Future<Labeling>> all = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      LabelChange one = LabelChange.setting(Map.of("more" + i, ""));
      all.add(labels.change(ALICE, one, "p", List.of("b", "a")));
    }
    long fit = all.stream().filter(one -> Await.get(one).full().isEmpty()).count();
    assertThat(fit).isEqualTo(1);
    assertThat(of("p", "a")).hasSize(16);
    assertThat(of("p", "b")).as("the others got theirs").hasSize(8);
    assertThat(set("p", Map.of("k1", "w"), "a").full()).as("a new value is no new label").isEmpty();
    assertThatThrownBy(() -> set("p", Map.of("a b", ""), "a"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("name");
  }

  @Test
  void everyCondition_findsWhatMeetsIt() {
    set("p", Map.of("site", "paris", "group/canary", ""), "a");
    set("p", Map.of("site", "lyon", "group/slow", ""), "b");
    set("p", Map.of("ring", "1"), "c");
    set("q", Map.of("site", "paris"), "z");
    assertThat(found("site=paris")).containsExactly("p/a", "q/z");
    assertThat(found("site!=paris")).containsExactly("p/b", "p/c", "p/d", "q/a");
    assertThat(found("site in (paris,lyon)")).containsExactly("p/a", "p/b", "q/z");
    assertThat(found("site notin (paris,lyon)")).containsExactly("p/c", "p/d", "q/a");
    assertThat(found("site")).containsExactly("p/a", "p/b", "q/z");
    assertThat(found("!site")).containsExactly("p/c", "p/d", "q/a");
    assertThat(found("site", "site!=lyon")).as("both").containsExactly("p/a", "q/z");
    assertThat(found("site=")).as("an empty value is a value").isEmpty();
    assertThat(found(LabelFilter.of(List.of(), Set.of("canary", "slow"))))
        .as("any of the groups")
        .containsExactly("p/a", "p/b");
    assertThat(found(LabelFilter.of(List.of("site=lyon"), Set.of("canary", "slow"))))
        .containsExactly("p/b");
  }

  @Test
  void thoseOfAFilter_areLabeledPageByPage_eachOnce() {
    set("p", Map.of("ring", "1"), "a", "b", "c");
    set("q", Map.of("ring", "1"), "a");
    DeviceFilter filter =
        DeviceFilter.ALL.withLabels(LabelFilter.of(List.of("ring=1", "!done"), Set.of()));
    LabelChange change = new LabelChange(Map.of("done", "yes"), Set.of("ring"));
    List<Integer> pages = new ArrayList<>();
    Optional<DeviceRef> after = Optional.empty();
    do {
      DeviceLabels.Page page = Await.get(labels.change(ALICE, change, filter, after, 3));
      pages.add(page.done().values().stream().mapToInt(Labeling::changed).sum());
      after = page.last();
    } while (after.isPresent());
    assertThat(pages).containsExactly(3, 1);
    assertThat(found("done=yes")).containsExactly("p/a", "p/b", "p/c", "q/a");
    assertThat(found("ring")).isEmpty();
  }

  @Test
  void counts_areOfTheProductsThatAreAskedFor_inPages() {
    set("p", Map.of("site", "paris"), "a", "b");
    set("p", Map.of("site", "lyon", "group/canary", ""), "c");
    set("q", Map.of("site", "paris"), "z");
    assertThat(Await.get(labels.counts(Set.of(), "", Optional.empty(), 10)))
        .containsExactly(
            new LabelCount("group/canary", "", 1),
            new LabelCount("site", "lyon", 1),
            new LabelCount("site", "paris", 3));
    assertThat(Await.get(labels.counts(Set.of("p"), "si", Optional.empty(), 10)))
        .containsExactly(new LabelCount("site", "lyon", 1), new LabelCount("site", "paris", 2));
    LabelCount last = new LabelCount("site", "lyon", 1);
    assertThat(Await.get(labels.counts(Set.of(), "", Optional.of(last), 10)))
        .containsExactly(new LabelCount("site", "paris", 3));
  }

  @Test
  void whoeverIsRemoved_losesThem_andTheNextOwnerBeginsWithNone() {
    DeviceRef ref = new DeviceRef("p", "a");
    set("p", Map.of("site", "paris"), "a", "b");
    Await.get(administration.act(ALICE, OperatorAction.BLOCK, ref));
    assertThat(of("p", "a")).as("a block takes none away").hasSize(1);
    Await.get(administration.act(ALICE, OperatorAction.REMOVE, ref));
    assertThat(of("p", "a")).isEmpty();
    assertThat(set("p", Map.of("site", "lyon"), "a").unknown()).containsExactly("a");
    Await.get(administration.act(ALICE, OperatorAction.REOPEN, ref));
    assertThat(of("p", "a")).isEmpty();
    assertThat(of("p", "b")).hasSize(1);
  }
}
