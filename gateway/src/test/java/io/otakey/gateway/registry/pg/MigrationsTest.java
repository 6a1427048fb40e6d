package io.otakey.gateway.registry.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.otakey.gateway.registry.Installation;
import io.vertx.core.Future;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MigrationsTest {
  private final TestDatabase database = new TestDatabase();

  @AfterEach
  void close() {
    database.close();
  }

  private Future<PgRegistry> open() {
    return PgRegistry.open(
        database.vertx, database.endpoint, PgTuning.DEFAULT, new SimpleMeterRegistry());
  }

  @Test
  void open_onASchemaOfANewerGateway_isRefusedWithTheRemedy() {
    database.sql("insert into schema_version (version, name, checksum) values (99, 'new', 0)");
    assertThatThrownBy(() -> Await.get(open()))
        .isInstanceOf(NewerSchemaException.class)
        .hasMessageContaining("99")
        .hasMessageContaining("start a gateway at least as new");
  }

  @Test
  void open_onAMigrationOfOtherWording_isRefused() {
    database.sql("update schema_version set checksum = checksum + 1");
    assertThatThrownBy(() -> Await.get(open()))
        .isInstanceOf(DatabaseStartException.class)
        .hasMessageContaining("V001__registry.sql");
  }

  @Test
  void open_byTwoNodesAtOnce_appliesEachMigrationOnce() {
    database.sql("drop schema public cascade");
    database.sql("create schema public");
    Future<PgRegistry> first = open();
    Future<PgRegistry> second = open();
    Await.get(Await.get(first).close());
    Await.get(Await.get(second).close());
    assertThat(database.count("schema_version")).isEqualTo(Migrations.FILES.size());
  }

  @Test
  void open_onTheSchemaOfAnyEarlierGateway_bringsItUpToDateAndKeepsItsDevices() {
    for (int version = 1; version < Migrations.FILES.size(); version++) {
      database.sql("drop schema public cascade");
      database.sql("create schema public");
      Await.get(Migrations.apply(database.database().admin(), version));
      database.sql(
          "insert into event (epoch, kind, product_id, device_id, token)"
              + " values (1, 1, 'p', 'old', '\\x00')");
      database.sql("insert into device (product_id, device_id, status) values ('p', 'old', 1)");
      Await.get(Await.get(open()).close());
      assertThat(database.count("device where wanted_epoch = 0 and wanted_connection = 0"))
          .as("from version " + version)
          .isEqualTo(1);
      assertThat(database.count("event where device_id = 'old' and tx is not null")).isEqualTo(1);
      assertThat(database.count("duty where name = 'campaigns'")).isEqualTo(1);
    }
  }

  @Test
  void open_withoutSynchronousCommit_isRefused() {
    database.sql("alter role otakey set synchronous_commit = off");
    try {
      assertThatThrownBy(() -> Await.get(open()))
          .isInstanceOf(DatabaseStartException.class)
          .hasMessageContaining("switch on synchronous_commit");
    } finally {
      database.sql("alter role otakey reset synchronous_commit");
    }
  }

  @Test
  void installation_isWrittenOnceAndKept() {
    UUID mine = new UUID(1, 2);
    PgRegistry registry = database.open();
    assertThat(Await.get(registry.installation(mine))).isEqualTo(new Installation(mine, true));
    assertThat(Await.get(registry.installation(new UUID(3, 4))))
        .isEqualTo(new Installation(mine, false));
  }
}
