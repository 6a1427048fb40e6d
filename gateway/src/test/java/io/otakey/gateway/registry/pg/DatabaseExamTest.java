package io.otakey.gateway.registry.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.otakey.gateway.registry.pg.DatabaseExam.Standing;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatabaseExamTest {
  private final TestDatabase database = new TestDatabase();

  @TempDir private Path folder;

  @AfterEach
  void close() {
    database.close();
  }

  private DatabaseExam exam() {
    return Await.get(DatabaseExam.of(database.vertx, database.endpoint));
  }

  @Test
  void whatADatabaseHolds_isSeen_andNothingIsWritten() {
    UUID mine = new UUID(1, 2);
    PgRegistry registry = database.open();
    Await.get(registry.installation(mine));
    Await.get(registry.vaultMark().put("mark"));
    DatabaseExam exam = exam();
    assertThat(exam.version()).isGreaterThanOrEqualTo(170_000);
    assertThat(exam.schema()).isEqualTo(Migrations.FILES.size()).isEqualTo(exam.knownSchema());
    assertThat(exam.installation()).contains(mine);
    assertThat(exam.vaultMark()).contains("mark");
    assertThat(exam.ahead().abs()).isLessThan(Duration.ofSeconds(1));
    assertThat(exam.mayUpgrade()).isTrue();
    assertThat(exam.standing()).isEqualTo(Standing.SUPERUSER);
    assertThat(exam.lacking()).isEmpty();
    assertThat(exam.notDurable()).isEmpty();
    assertThat(exam.freeConnections()).isBetween(1, 200);
    assertThat(exam.standby()).isFalse();

    database.sql("insert into schema_version (version, name, checksum) values (99, 'new', 0)");
    assertThat(exam().schema()).isEqualTo(99);

    database.sql("drop schema public cascade");
    database.sql("create schema public");
    assertThat(exam().schema()).isZero();
    assertThat(database.count("pg_class where relname = 'schema_version'")).isZero();
  }

  @Test
  void aStranger_seesWhatHeLacks_andAMemberOfTheOwnersRoleThatHeOwns() {
    String name = database.endpoint.database() + "_stranger";
    database.sql("create role " + name + " login password 'guest' connection limit 3");
    try {
      PgEndpoint guest =
          PgEndpoint.local(database.endpoint.port(), database.endpoint.database(), name, "guest");
      database.sql("grant select on schema_version, installation to " + name);
      DatabaseExam exam = Await.get(DatabaseExam.of(database.vertx, guest));
      assertThat(exam.mayUpgrade()).isFalse();
      assertThat(exam.standing()).isEqualTo(Standing.GUEST);
      assertThat(exam.lacking())
          .contains("insert on table audit", "usage on sequence event_id")
          .contains("execute on function make_periods_ahead()")
          .doesNotContain("select on table schema_version");
      assertThat(exam.freeConnections()).isEqualTo(2);
      database.sql("grant " + database.endpoint.user() + " to " + name);
      exam = Await.get(DatabaseExam.of(database.vertx, guest));
      assertThat(exam.standing()).isEqualTo(Standing.OWNER);
      assertThat(exam.lacking()).isEmpty();
    } finally {
      database.sql("drop owned by " + name);
      database.sql("drop role " + name);
    }
  }

  @Test
  void aLoginThatIsRefused_aDatabaseThatIsNone_andAHostThatIsNone_haveARemedyEach() {
    PgEndpoint right = database.endpoint;
    assertRemedy(
        PgEndpoint.local(right.port(), right.database(), right.user(), "hunter2"),
        "check database.user and OTAKEY_DATABASE_PASSWORD");
    assertRemedy(right.withDatabase("nowhere"), "createdb -O otakey nowhere");
    assertRemedy(
        new PgEndpoint(
            "no.such.invalid",
            right.port(),
            "otakey",
            "otakey",
            "hunter2",
            right.sslMode(),
            right.caFile()),
        "check database.host, or the resolver");
  }

  private void assertRemedy(PgEndpoint endpoint, String remedy) {
    assertThatThrownBy(() -> Await.get(DatabaseExam.of(database.vertx, endpoint)))
        .isInstanceOf(DatabaseStartException.class)
        .hasMessageContaining(remedy)
        .hasMessageNotContaining("hunter2");
  }

  @Test
  void anEmbeddedDatabaseThatIsNotThere_isNotMade() {
    Path data = folder.resolve("database");
    EmbeddedExam exam = EmbeddedExam.of(EmbeddedDatabaseConfig.in(data));
    assertThat(exam.made()).isFalse();
    assertThat(exam.serving()).isEmpty();
    assertThat(data).doesNotExist();
  }

  @Test
  void anEmbeddedDatabaseThatRuns_isFoundWithItsPort() {
    Path data = Path.of("target", "test-database-" + ProcessHandle.current().pid());
    EmbeddedExam exam = EmbeddedExam.of(EmbeddedDatabaseConfig.in(data));
    assertThat(exam.serving().map(PgEndpoint::port)).contains(database.endpoint.port());
    assertThat(exam.version()).isEqualTo("17");
  }
}
