package io.otakey.gateway.registry.pg;

import io.otakey.gateway.registry.KeyUse;
import io.otakey.protocol.key.GrantToken;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import java.nio.ByteBuffer;

/** Makes keys as the gateway grants them, without the cryptography. */
final class Keys {
  private Keys() {}

  static GrantToken grant(GrantToken.Kind kind, int attempt, int salt) {
    int pkVersion = kind == GrantToken.Kind.ENROLL ? 1 : 0;
    return new GrantToken(1, kind, pkVersion, 1, attempt, 0, salt(salt));
  }

  static KeyUse use(DeviceRef ref, long epoch, GrantToken grant) {
    return new KeyUse(new KeyRef(ref, epoch, grant.encode()), grant);
  }

  /** A key granted at first enrollment. */
  static KeyUse enrolled(DeviceRef ref) {
    return use(ref, 1, grant(GrantToken.Kind.ENROLL, 0, 0));
  }

  static byte[] salt(int number) {
    return ByteBuffer.allocate(GrantToken.SALT_LENGTH).putInt(number).array();
  }
}
