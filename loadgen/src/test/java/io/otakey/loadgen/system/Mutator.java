package io.otakey.loadgen.system;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/** Makes damaged bytes from good ones; never gives back a good one. Not thread-safe. */
final class Mutator {
  private static final int MAX_RUN = 64;

  private final List<byte[]> originals;
  private final Set<ByteBuffer> good = new HashSet<>();
  private final SplittableRandom random;
  private final int maxLength;

  Mutator(List<byte[]> originals, int maxLength, long seed) {
    this.originals = List.copyOf(originals);
    this.maxLength = maxLength;
    this.random = new SplittableRandom(seed);
    originals.forEach(original -> good.add(ByteBuffer.wrap(original)));
  }

  byte[] next() {
    while (true) {
      byte[] mutant = mutate(pick());
      if (mutant.length <= maxLength && !good.contains(ByteBuffer.wrap(mutant))) {
        return mutant;
      }
    }
  }

  private byte[] pick() {
    return originals.get(random.nextInt(originals.size()));
  }

  private byte[] mutate(byte[] original) {
    int length = original.length;
    return switch (random.nextInt(7)) {
      case 0 -> flip(original.clone());
      case 1 -> Arrays.copyOf(original, random.nextInt(length)); // cut short
      case 2 -> concat(original, bytes(1 + random.nextInt(MAX_RUN)));
      case 3 -> overwrite(original.clone());
      case 4 -> { // spliced
        byte[] other = pick();
        byte[] head = Arrays.copyOf(original, random.nextInt(length));
        yield concat(head, Arrays.copyOfRange(other, random.nextInt(other.length), other.length));
      }
      case 5 -> bytes(random.nextInt(maxLength + 1));
      default -> { // a true beginning, then noise
        byte[] noise = bytes(1 + random.nextInt(maxLength));
        noise[0] = original[0];
        yield noise;
      }
    };
  }

  private byte[] flip(byte[] bytes) {
    for (int flips = 1 + random.nextInt(8); flips > 0; flips--) {
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return bytes;
  }

  private byte[] overwrite(byte[] bytes) {
    int from = random.nextInt(bytes.length);
    int to = Math.min(bytes.length, from + 1 + random.nextInt(MAX_RUN));
    byte[] noise = bytes(to - from);
    System.arraycopy(noise, 0, bytes, from, noise.length);
    return bytes;
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private static byte[] concat(byte[] head, byte[] tail) {
    byte[] both = Arrays.copyOf(head, head.length + tail.length);
    System.arraycopy(tail, 0, both, head.length, tail.length);
    return both;
  }
}
