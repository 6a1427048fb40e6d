package io.otakey.gateway.registry.pg;

import static io.otakey.gateway.registry.pg.Fixture.ALICE;
import static io.otakey.gateway.registry.pg.Fixture.OPEN;
import static io.otakey.gateway.registry.pg.Fixture.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.otakey.gateway.registry.ApiToken;
import io.otakey.gateway.registry.AuditLog;
import io.otakey.gateway.registry.Connection;
import io.otakey.gateway.registry.Connections;
import io.otakey.gateway.registry.EnrollmentPolicy;
import io.otakey.gateway.registry.Product;
import io.otakey.gateway.registry.ProductChange;
import io.otakey.gateway.registry.ProductKey;
import io.otakey.gateway.registry.ProductRegistry;
import io.otakey.gateway.registry.ProductSettings;
import io.otakey.gateway.registry.ReEnroll;
import io.otakey.gateway.registry.Role;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Products, connections, tokens and the audit log. */
class PgProductRegistryTest {
  private final TestDatabase database = new TestDatabase();
  private final PgRegistry registry = database.open();
  private final ProductRegistry products = registry.products();

  @AfterEach
  void close() {
    database.close();
  }

  private static byte[] hash(int fill) {
    byte[] hash = new byte[32];
    hash[0] = (byte) fill;
    return hash;
  }

  @Test
  void create_ofANewProduct_isInTheSnapshotAtOnceAndAudited() {
    Product made =
        Fixture.changed(Await.get(products.create(ALICE, "p", settings(EnrollmentPolicy.DEFAULT))));
    assertThat(products.product("p")).contains(made);
    assertThat(made.policy().allowList()).as("the default for new products").isTrue();
    assertThat(made.generation()).isEqualTo(1);
    assertThat(made.inRecovery()).isFalse();
    AuditLog.Entry entry = Await.get(registry.auditLog().page(AuditLog.Filter.ALL, 1)).get(0);
    assertThat(entry.action()).isEqualTo("product.create");
    assertThat(entry.productId()).contains("p");
  }

  @Test
  void create_ofATakenIdOrNonsense_isNamed() {
    Product made =
        Fixture.changed(Await.get(products.create(ALICE, "p", settings(EnrollmentPolicy.DEFAULT))));
    assertThat(Await.get(products.create(ALICE, "p", settings(OPEN))))
        .isEqualTo(new ProductChange.Conflict(made));
    var nonsense = new ProductSettings("", Fixture.quota(-1), 70_000);
    assertThat(Await.get(products.create(ALICE, "No Id", nonsense)))
        .isInstanceOfSatisfying(
            ProductChange.Invalid.class,
            invalid -> assertThat(invalid.why().split("; ")).hasSize(4));
  }

  @Test
  void update_keepsEverySetting() {
    Product made = Fixture.product(registry, "p", OPEN);
    Instant from = Instant.now().truncatedTo(ChronoUnit.MICROS);
    var policy =
        new EnrollmentPolicy(
            true,
            Optional.of(from),
            Optional.of(from.plus(Duration.ofDays(1))),
            OptionalLong.of(1000),
            OptionalInt.of(60),
            ReEnroll.until(from.plus(Duration.ofHours(1))));
    var wanted = new ProductSettings("new name", policy, 7);
    Product now = Fixture.changed(Await.get(products.update(ALICE, "p", made.version(), wanted)));
    assertThat(now.policy()).isEqualTo(policy);
    assertThat(now.name()).isEqualTo("new name");
    assertThat(now.connectionId()).isEqualTo(7);
    assertThat(now.version()).isGreaterThan(made.version());
    assertThat(products.product("p")).contains(now);
  }

  @Test
  void update_ofAProductThatSomebodyElseChanged_isAConflict() {
    Product made = Fixture.product(registry, "p", OPEN);
    Product now =
        Fixture.changed(Await.get(products.update(ALICE, "p", made.version(), settings(OPEN))));
    assertThat(Await.get(products.update(ALICE, "p", made.version(), settings(OPEN))))
        .isEqualTo(new ProductChange.Conflict(now));
    assertThat(Await.get(products.update(ALICE, "q", 1, settings(OPEN))))
        .isEqualTo(new ProductChange.NotFound("q"));
  }

  @Test
  void keys_areNumberedRetiredAndNeverUsedAgain() {
    Fixture.product(registry, "p", OPEN);
    byte[] source = {1, 2, 3};
    Fixture.changed(Await.get(products.addKey(ALICE, "p", OptionalInt.of(9), source)));
    Fixture.changed(Await.get(products.addKey(ALICE, "p", OptionalInt.empty(), new byte[] {1})));
    Product now = Fixture.changed(Await.get(products.setKeyRetired(ALICE, "p", 1, true)));
    assertThat(now.keys().stream().map(ProductKey::version)).containsExactly(1, 9, 10);
    assertThat(now.key(1).orElseThrow().retired()).isTrue();
    assertThat(now.key(9).orElseThrow().source()).isEqualTo(source);
    for (OptionalInt version : List.of(OptionalInt.of(1), OptionalInt.of(0), OptionalInt.of(256))) {
      assertThat(Await.get(products.addKey(ALICE, "p", version, new byte[] {1})))
          .isInstanceOf(ProductChange.Invalid.class);
    }
    assertThat(Await.get(products.setKeyRetired(ALICE, "p", 5, true)))
        .isInstanceOf(ProductChange.Invalid.class);
  }

  @Test
  void change_onOneNode_reachesTheOthersSnapshot() {
    PgRegistry other = database.open();
    Product made = Fixture.product(registry, "p", OPEN);
    long begun = System.nanoTime();
    Await.until(
        "the other node knows", () -> other.products().product("p").equals(Optional.of(made)));
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(5));
    assertThat(other.products().products()).containsExactly(made);
  }

  private static Connection connection(String host) {
    return new Connection(
        "cloud",
        "mqtts",
        host,
        8883,
        Optional.of("client"),
        Optional.empty(),
        Optional.of("t/"),
        Optional.of(hash(5)));
  }

  @Test
  void connections_getTheNextIdAndAreKeptAsTheyAre() {
    Connections connections = registry.connections();
    var first = Await.get(connections.create(ALICE, connection("a.example")));
    var second = Await.get(connections.create(ALICE, connection("b.example")));
    assertThat(first.id()).isEqualTo(1);
    assertThat(second.id()).isEqualTo(2);
    assertThat(connections.connection(2).orElseThrow().host()).isEqualTo("b.example");
    assertThat(Await.get(connections.list())).hasSize(2);
    assertThatThrownBy(() -> database.sql("delete from connection"))
        .hasMessageContaining("append-only");
    assertThatThrownBy(
            () ->
                Await.get(
                    connections.create(
                        ALICE,
                        new Connection(
                            "No Platform",
                            "",
                            "",
                            0,
                            Optional.of(""),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.of(new byte[3])))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("platform")
        .hasMessageContaining("port");
  }

  @Test
  void tokens_authenticateUntilTheyExpireOrAreRevoked() {
    var tokens = registry.apiTokens();
    Instant soon = Instant.now().plus(Duration.ofHours(1)).truncatedTo(ChronoUnit.MICROS);
    ApiToken made =
        Await.get(
                tokens.create(
                    ALICE, "ci", hash(1), Role.OPERATOR, Set.of("p", "q"), Optional.of(soon)))
            .orElseThrow();
    assertThat(Await.get(tokens.authenticate(hash(1)))).contains(made);
    assertThat(made.products()).containsExactlyInAnyOrder("p", "q");
    assertThat(made.expiresAt()).contains(soon);
    assertThat(Await.get(tokens.authenticate(hash(2)))).isEmpty();
    assertThat(
            Await.get(tokens.create(ALICE, "ci", hash(3), Role.VIEWER, Set.of(), Optional.empty())))
        .as("a name stands for one token at a time")
        .isEmpty();
    assertThat(Await.get(tokens.revoke(ALICE, made.id()))).isTrue();
    assertThat(Await.get(tokens.revoke(ALICE, made.id()))).isFalse();
    assertThat(Await.get(tokens.authenticate(hash(1)))).isEmpty();
    Await.get(
        tokens.create(
            ALICE,
            "old",
            hash(4),
            Role.ADMIN,
            Set.of(),
            Optional.of(Instant.now().minus(Duration.ofHours(1)))));
    assertThat(Await.get(tokens.authenticate(hash(4)))).isEmpty();
    assertThat(Await.get(tokens.list())).hasSize(2);
  }

  @Test
  void audit_isPagedNewestFirstAndFiltered() {
    AuditLog log = registry.auditLog();
    for (int i = 0; i < 5; i++) {
      Await.get(log.append(ALICE, "test", Optional.of("p"), Optional.of("d" + i % 2), "no " + i));
    }
    var newest = Await.get(log.page(AuditLog.Filter.ALL, 2));
    assertThat(newest.stream().map(AuditLog.Entry::detail)).containsExactly("no 4", "no 3");
    var rest =
        Await.get(
            log.page(
                new AuditLog.Filter(
                    OptionalLong.of(newest.get(1).id()),
                    Optional.of("alice"),
                    Set.of("p"),
                    Optional.of("d0")),
                10));
    assertThat(rest.stream().map(AuditLog.Entry::detail)).containsExactly("no 2", "no 0");
  }
}
