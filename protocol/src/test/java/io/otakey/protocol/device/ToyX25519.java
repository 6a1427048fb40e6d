package io.otakey.protocol.device;

import io.otakey.protocol.crypto.Secret;
import io.otakey.protocol.crypto.X25519;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Random;

/**
 * A group in the place of X25519 that is fast, reproducible and worthless: powers modulo 2^61 - 1.
 * Random walks need the rules, not the curve.
 */
final class ToyX25519 implements X25519 {
  private static final long P = (1L << 61) - 1;
  private static final long G = 37;

  private final Random random;

  ToyX25519(long seed) {
    this.random = new Random(seed);
  }

  @Override
  public String provider() {
    return "toy";
  }

  @Override
  public KeyPair generate() {
    return new Pair(random.nextLong() >>> 4);
  }

  @Override
  public KeyPair of(Secret privateKey) {
    return new Pair(ByteBuffer.wrap(privateKey.expose()).getLong() >>> 4);
  }

  private record Pair(long exponent) implements KeyPair {
    @Override
    public byte[] publicKey() {
      return bytes(power(G, exponent));
    }

    @Override
    public Optional<Secret> agree(byte[] peerPublicKey) {
      return Optional.of(
          Secret.adopt(bytes(power(ByteBuffer.wrap(peerPublicKey).getLong() & P, exponent))));
    }

    @Override
    public void wipe() {}
  }

  private static byte[] bytes(long number) {
    return ByteBuffer.allocate(LENGTH).putLong(number).array();
  }

  private static long power(long base, long exponent) {
    long result = 1;
    long square = base;
    for (long rest = exponent; rest != 0; rest >>>= 1) {
      if ((rest & 1) == 1) {
        result = times(result, square);
      }
      square = times(square, square);
    }
    return result;
  }

  private static long times(long a, long b) {
    long high = Math.multiplyHigh(a, b);
    long low = a * b;
    long sum = (low & P) + ((low >>> 61) | (high << 3));
    return sum >= P ? sum - P : sum;
  }
}
