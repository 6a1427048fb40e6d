package io.otakey.protocol.crypto;

import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bouncycastle.crypto.threshold.ShamirSecretSplitter;
import org.bouncycastle.crypto.threshold.ShamirSecretSplitter.Algorithm;
import org.bouncycastle.crypto.threshold.ShamirSecretSplitter.Mode;
import org.bouncycastle.crypto.threshold.ShamirSplitSecret;
import org.bouncycastle.crypto.threshold.ShamirSplitSecretShare;

/**
 * A fresh random secret of 32 bytes in shares, so many of which give it back and fewer say nothing
 * of it: Shamir's secret sharing over GF(256), by Bouncy Castle without look-up tables.
 */
public final class SplitSecret implements AutoCloseable {
  /** Most shares; the splitter has room for as many as the secret has bytes. */
  public static final int MAX_SHARES = 32;

  private static final int LENGTH = 32;

  private final Secret secret;
  private final List<Secret> shares;

  private SplitSecret(Secret secret, List<Secret> shares) {
    this.secret = secret;
    this.shares = List.copyOf(shares);
  }

  /**
   * Makes a secret and its shares.
   *
   * @param threshold shares that give it back, 2..{@code shares}
   * @param shares how many there are, up to {@link #MAX_SHARES}
   */
  public static SplitSecret make(int threshold, int shares) {
    if (threshold < 2 || threshold > shares || shares > MAX_SHARES) {
      throw new IllegalArgumentException("the threshold must be 2 to the number of shares");
    }
    ShamirSplitSecret split =
        new ShamirSecretSplitter(Algorithm.AES, Mode.Native, LENGTH, new SecureRandom())
            .split(threshold, shares);
    try {
      List<Secret> each = new ArrayList<>();
      Map<Integer, Secret> enough = new TreeMap<>();
      for (int i = 0; i < shares; i++) {
        each.add(Secret.adopt(split.getSecretShares()[i].getEncoded()));
        if (i < threshold) {
          enough.put(i + 1, each.get(i));
        }
      }
      return new SplitSecret(combine(enough), each);
    } catch (IOException e) {
      throw new IllegalStateException("a secret cannot be split", e);
    }
  }

  /**
   * The secret again. Wrong or too few shares give some other secret: seal with it, to see that.
   *
   * @param shares by their number, 1 for the first
   */
  public static Secret combine(Map<Integer, Secret> shares) {
    ShamirSplitSecretShare[] each =
        new TreeMap<>(shares)
            .entrySet().stream()
                .map(e -> new ShamirSplitSecretShare(e.getValue().expose().clone(), e.getKey()))
                .toArray(ShamirSplitSecretShare[]::new);
    try {
      return Secret.adopt(new ShamirSplitSecret(Algorithm.AES, Mode.Native, each).getSecret());
    } catch (IOException e) {
      throw new IllegalStateException("shares cannot be combined", e);
    } finally {
      wipe(each);
    }
  }

  private static void wipe(ShamirSplitSecretShare[] shares) {
    for (ShamirSplitSecretShare share : shares) {
      try {
        Arrays.fill(share.getEncoded(), (byte) 0);
      } catch (IOException e) {
        throw new IllegalStateException("a share has no bytes", e);
      }
    }
  }

  /** The secret; wiped with this. */
  public Secret secret() {
    return secret;
  }

  /** The shares, number 1 first; wiped with this. */
  public List<Secret> shares() {
    return shares;
  }

  @Override
  public void close() {
    secret.wipe();
    shares.forEach(Secret::wipe);
  }
}
