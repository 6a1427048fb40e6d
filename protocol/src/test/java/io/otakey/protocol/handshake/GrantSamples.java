package io.otakey.protocol.handshake;

import io.otakey.protocol.crypto.Secret;
import io.otakey.protocol.wire.Connection;
import io.otakey.protocol.wire.Token;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Payloads of grants, for others to change. */
final class GrantSamples {
  private GrantSamples() {}

  /** With a connection and without. */
  static List<byte[]> all() {
    Connection cloud =
        new Connection(
            "cloud",
            "mqtt",
            "broker.example",
            1883,
            Optional.of("client"),
            Optional.empty(),
            Optional.of("prefix/"),
            Optional.of(new byte[32]));
    return List.of(
        grant(new GrantPayload.Offer.Given(cloud), 1, OptionalLong.of(3600)),
        grant(new GrantPayload.Offer.Unchanged(), 0, OptionalLong.empty()),
        deep(grant(new GrantPayload.Offer.Unchanged(), 0, OptionalLong.empty()), 3),
        deep(grant(new GrantPayload.Offer.Unchanged(), 0, OptionalLong.empty()), 4));
  }

  private static byte[] grant(GrantPayload.Offer offer, long flags, OptionalLong pollAfter) {
    Secret key = Secret.adopt(new byte[32]);
    Token token = Token.of(new byte[15]);
    return new GrantPayload(7, key, token, offer, flags, pollAfter).encode();
  }

  /** With an unknown key whose value is so many arrays, one in the other; 3 are allowed. */
  private static byte[] deep(byte[] grant, int arrays) {
    byte[] deep = Arrays.copyOf(grant, grant.length + 1 + arrays + 1);
    deep[0]++;
    deep[grant.length] = 9;
    Arrays.fill(deep, grant.length + 1, grant.length + 1 + arrays, (byte) 0x81);
    return deep;
  }
}
