package io.otakey.gateway.registry.pg;

import static io.otakey.gateway.registry.pg.Fixture.ALICE;
import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.registry.AwaitingDevice;
import io.otakey.gateway.registry.DeviceChange;
import io.otakey.gateway.registry.EnrollAnswer.Outcome;
import io.otakey.gateway.registry.KeyUse;
import io.otakey.gateway.registry.OperatorAction;
import io.otakey.protocol.key.Verdict;
import io.otakey.protocol.wire.DeviceRef;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

/** One device in a registry of its own, and what is asked about it. */
abstract class OneDevice {
  final TestDatabase database = new TestDatabase();
  final PgRegistry registry = database.open();
  final DeviceRef ref = new DeviceRef("p", "d");

  @AfterEach
  void close() {
    database.close();
  }

  final Verdict confirm(KeyUse use) {
    return Await.get(registry.devices().confirm(use)).verdict();
  }

  final Outcome enroll() {
    return Await.get(registry.devices().enroll(ref, 1)).outcome();
  }

  final void act(OperatorAction action) {
    assertThat(Await.get(registry.administration().act(ALICE, action, ref)))
        .isInstanceOf(DeviceChange.Changed.class);
  }

  final List<AwaitingDevice> awaiting(AwaitingDevice.Reason reason) {
    return Await.get(registry.administration().awaiting("p", reason, "", 10));
  }
}
