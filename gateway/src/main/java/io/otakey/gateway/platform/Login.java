package io.otakey.gateway.platform;

import io.otakey.protocol.wire.Connection;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.Token;

/**
 * A device's login on a platform: one for each key, so that two epochs stand side by side.
 *
 * @param token of the key whose platform secret it takes
 * @param name what the device calls itself there, at most 129 ASCII characters (protocol section 5)
 * @param clientId the MQTT client id, the same for all logins of a device
 * @param branch the beginning of the device's own topics, ends with a slash: nothing else is its
 *     own to publish or to subscribe; a dot of its device id is written %2E (protocol section 9)
 */
public record Login(DeviceRef ref, Token token, String name, String clientId, String branch) {
  /** Where the device hears that something waits at the gateway (protocol section 9). */
  public String noticeTopic() {
    return branch + Connection.NOTICES;
  }
}
