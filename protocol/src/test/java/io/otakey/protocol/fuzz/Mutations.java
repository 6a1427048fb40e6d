package io.otakey.protocol.fuzz;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Inputs made of others: bytes changed, removed, inserted, repeated, and parts of two put together.
 */
public final class Mutations {
  private static final int MAX_LENGTH = 4096;
  private static final int MAX_PIECE = 64;
  private static final byte[] EDGES = {
    0,
    1,
    2,
    0x0f,
    0x10,
    0x1f,
    0x20,
    0x21,
    0x22,
    '0',
    '9',
    ':',
    '[',
    '{',
    '}',
    ',',
    '-',
    '.',
    '%',
    0x3f,
    0x40,
    0x41,
    0x58,
    0x5f,
    0x7f,
    (byte) 0x80,
    (byte) 0xa1,
    (byte) 0xbf,
    (byte) 0xfe,
    -1
  };
  private static final List<byte[]> WORDS =
      FuzzTarget.texts(
          "null",
          "true",
          "18446744073709551617",
          "-1",
          "1e999",
          "9223372036854775807",
          "99999999999999999999999999999999999",
          "\"\"",
          "{}",
          "[]",
          "\\u0000",
          "\\ud800",
          "\r\n",
          "..",
          "%",
          "&a",
          "*a",
          "0x",
          "NaN",
          "\u00ff",
          "\ufeff");

  private final List<byte[]> seeds;
  private final SplittableRandom random;

  /** Always the same from the same seed. */
  public Mutations(List<byte[]> seeds, long seed) {
    this.seeds = seeds.isEmpty() ? List.of(new byte[0]) : List.copyOf(seeds);
    this.random = new SplittableRandom(seed);
  }

  /** The next input. */
  public byte[] next() {
    byte[] input = pick();
    for (int times = 1 << random.nextInt(5); times > 0; times--) {
      input = change(input);
    }
    return input.length > MAX_LENGTH ? Arrays.copyOf(input, MAX_LENGTH) : input;
  }

  private byte[] pick() {
    return seeds.get(random.nextInt(seeds.size()));
  }

  private byte[] change(byte[] input) {
    if (input.length == 0) {
      return bytes(1 + random.nextInt(MAX_PIECE));
    }
    int at = random.nextInt(input.length);
    byte[] changed = input.clone();
    switch (random.nextInt(10)) {
      case 0 -> changed[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> changed[at] = (byte) random.nextInt(256);
      case 2 -> changed[at] += (byte) (random.nextInt(9) - 4);
      case 3 -> changed[at] = EDGES[random.nextInt(EDGES.length)];
      case 4 -> changed = cut(input, at, piece(input.length - at));
      case 5 -> changed = join(input, at, bytes(piece(MAX_PIECE)), at);
      case 6 -> changed = join(input, at, part(pick()), at);
      case 7 -> changed = join(input, at, WORDS.get(random.nextInt(WORDS.size())), at);
      case 8 -> changed = join(input, at, part(input), at);
      default -> {
        byte[] other = pick();
        int from = Math.min(other.length, at);
        changed = join(input, at, Arrays.copyOfRange(other, from, other.length), input.length);
      }
    }
    return changed;
  }

  /** Mostly short. */
  private int piece(int most) {
    int limit = random.nextInt(4) == 0 ? most : Math.min(most, 8);
    return 1 + random.nextInt(Math.max(1, limit));
  }

  private byte[] part(byte[] of) {
    if (of.length == 0) {
      return of;
    }
    int from = random.nextInt(of.length);
    return Arrays.copyOfRange(of, from, from + Math.min(of.length - from, piece(MAX_PIECE)));
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    if (random.nextInt(3) == 0) {
      Arrays.fill(bytes, (byte) random.nextInt(256));
    } else {
      random.nextBytes(bytes);
    }
    return bytes;
  }

  private static byte[] cut(byte[] bytes, int from, int length) {
    return join(bytes, from, new byte[0], Math.min(bytes.length, from + length));
  }

  private static byte[] join(byte[] bytes, int end, byte[] piece, int rest) {
    byte[] joined = Arrays.copyOf(bytes, end + piece.length + bytes.length - rest);
    System.arraycopy(piece, 0, joined, end, piece.length);
    System.arraycopy(bytes, rest, joined, end + piece.length, bytes.length - rest);
    return joined;
  }
}
