package io.otakey.gateway.registry.pg;

import static io.otakey.gateway.registry.pg.Fixture.ALICE;

import io.otakey.gateway.registry.DeviceRecord;
import io.otakey.gateway.registry.DeviceRegistry;
import io.otakey.gateway.registry.EnrollmentPolicy;
import io.otakey.gateway.registry.OperatorAction;
import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.wire.DeviceRef;

/** PostgreSQL keeps the contract. */
class PgRegistryContractTest extends RegistryContract {
  @Override
  Bed bed() {
    return new Bed() {
      private final TestDatabase database = new TestDatabase();
      private final PgRegistry registry = database.open();

      @Override
      public DeviceRegistry devices() {
        return registry.devices();
      }

      @Override
      public void product(EnrollmentPolicy policy) {
        if (database.count("product") == 0) {
          Fixture.product(registry, "p", policy);
        } else {
          Fixture.update(registry, "p", policy);
        }
      }

      @Override
      public void retireKey(boolean retired) {
        Await.get(registry.products().setKeyRetired(ALICE, "p", 1, retired));
      }

      @Override
      public void recovery(boolean on) {
        database.sql("update product set in_recovery = $1", on);
      }

      @Override
      public void act(OperatorAction action) {
        Await.get(registry.administration().act(ALICE, action, new DeviceRef("p", "d")));
      }

      @Override
      public DeviceRow row() {
        return Await.get(registry.administration().get(new DeviceRef("p", "d")))
            .map(DeviceRecord::row)
            .orElse(DeviceRow.NONE);
      }

      @Override
      public void close() {
        database.close();
      }
    };
  }
}
