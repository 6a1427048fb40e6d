package io.otakey.gateway.registry.pg;

import io.otakey.gateway.registry.KeyUse;
import io.otakey.protocol.key.DecisionTable.Asked;
import io.otakey.protocol.wire.DeviceRef;
import java.util.OptionalInt;

/**
 * One question to the decision table.
 *
 * @param abandoned attempt of the abandoned token; empty if nothing is abandoned
 */
record Ask(KeyUse use, Asked asked, OptionalInt abandoned) {
  DeviceRef ref() {
    return use.key().ref();
  }
}
