package io.otakey.gateway.registry.pg;

import static io.otakey.gateway.registry.pg.Fixture.ALICE;
import static io.otakey.gateway.registry.pg.Fixture.OPEN;
import static io.otakey.gateway.registry.pg.Fixture.settings;
import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.registry.EnrollmentPolicy;
import io.otakey.gateway.registry.Product;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * How old another node's view of products and policies may be: counted in its ticks, half a second
 * each, since a busy machine's seconds say little.
 */
class CatalogTest {
  /** One to ask the connection, one to note that it did not answer, one for the reading. */
  private static final long TICKS = 3;

  private final TestDatabase database = new TestDatabase();
  private final PgRegistry registry = database.open();
  private final Catalog other =
      new Catalog(database.vertx, database.database().admin(), database.database().listenOptions());
  private Product made;

  @BeforeEach
  void start() {
    Await.get(other.start());
    made = Fixture.product(registry, "p", OPEN);
    awaitSight();
  }

  @AfterEach
  void close() {
    Await.get(other.close());
    database.close();
  }

  @Test
  void policyAndKeys_areKnownWithinASecond() {
    expectChangesInTime();
  }

  @Test
  void aConnectionThatIsSilent_isNoted_andReadAroundWithinASecond() throws Exception {
    ProcessHandle backend = listener();
    signal("STOP", backend); // as when a network drops its packets
    try {
      expectChangesInTime();
    } finally {
      signal("CONT", backend);
    }
    expectChangesInTime();
  }

  @Test
  void aConnectionThatIsCut_isReadAroundWithinASecond_andOpenedAgain() {
    long before = listener().pid();
    database.sql("select pg_terminate_backend($1)", (int) before);
    expectChangesInTime();
    Await.until("it listens again", () -> listener().pid() > 0 && listener().pid() != before);
    expectChangesInTime();
  }

  private void expectChangesInTime() {
    long since = other.ticks();
    made =
        Fixture.changed(
            Await.get(
                registry
                    .products()
                    .update(ALICE, "p", made.version(), settings(EnrollmentPolicy.DEFAULT))));
    awaitSight();
    made =
        Fixture.changed(
            Await.get(registry.products().addKey(ALICE, "p", OptionalInt.empty(), new byte[] {1})));
    awaitSight();
    assertThat(other.ticks() - since).as("ticks for two changes").isLessThanOrEqualTo(2 * TICKS);
  }

  private void awaitSight() {
    Await.until(
        "the other node knows",
        () -> Optional.of(made).equals(Optional.ofNullable(other.snapshot().products().get("p"))));
  }

  /** The one of the other node: it was opened last. */
  private ProcessHandle listener() {
    int pid =
        database
            .sql(
                "select pid from pg_stat_activity where datname = current_database()"
                    + " and application_name = 'otakey-listen' order by backend_start desc")
            .get(0)
            .getInteger(0);
    return ProcessHandle.of(pid).orElseThrow();
  }

  private static void signal(String name, ProcessHandle process)
      throws IOException, InterruptedException {
    var kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()));
    assertThat(kill.inheritIO().start().waitFor()).isZero();
  }
}
