package io.otakey.protocol.crypto;

import java.security.SecureRandom;
import java.util.Optional;

/** X25519 in pure Java. */
final class BouncyCastleX25519 implements X25519 {
  private static final SecureRandom RANDOM = new SecureRandom();

  @Override
  public String provider() {
    return "Bouncy Castle (pure Java)";
  }

  @Override
  public KeyPair generate() {
    byte[] scalar = new byte[LENGTH];
    RANDOM.nextBytes(scalar);
    return new Pair(Secret.adopt(scalar));
  }

  @Override
  public KeyPair of(Secret privateKey) {
    return new Pair(privateKey.copy());
  }

  private static final class Pair implements KeyPair {
    private final Secret scalar;
    private final byte[] publicKey = new byte[LENGTH];

    Pair(Secret scalar) {
      this.scalar = scalar;
      org.bouncycastle.math.ec.rfc7748.X25519.scalarMultBase(scalar.expose(), 0, publicKey, 0);
    }

    @Override
    public byte[] publicKey() {
      return publicKey.clone();
    }

    @Override
    public Optional<Secret> agree(byte[] peerPublicKey) {
      byte[] shared = new byte[LENGTH];
      boolean nonZero =
          org.bouncycastle.math.ec.rfc7748.X25519.calculateAgreement(
              scalar.expose(), 0, peerPublicKey, 0, shared, 0);
      return nonZero ? Optional.of(Secret.adopt(shared)) : Optional.empty();
    }

    @Override
    public void wipe() {
      scalar.wipe();
    }
  }
}
