package io.otakey.gateway.registry.pg;

import io.otakey.gateway.registry.KeyUse;
import io.otakey.protocol.key.DecisionTable.Asked;
import io.otakey.protocol.wire.DeviceRef;
import java.util.OptionalInt;

/**
 * One question to the decision table.
 *
 * @param abandoned attempt of the abandoned token; empty if nothing is abandoned
 * @param reason why it is abandoned, as on the wire; 0 if nothing is
 */
record Ask(KeyUse use, Asked asked, OptionalInt abandoned, int reason) {
  /** Nothing is abandoned. */
  Ask(KeyUse use, Asked asked) {
    this(use, asked, OptionalInt.empty(), 0);
  }

  DeviceRef ref() {
    return use.key().ref();
  }
}
