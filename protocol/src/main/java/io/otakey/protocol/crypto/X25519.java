package io.otakey.protocol.crypto;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * X25519 (RFC 7748) by the fastest provider that works here. An all-zero result is a failure, other
 * inputs are as the RFC has them. Implementations are thread-safe.
 */
public interface X25519 {
  /** Bytes of keys and of results. */
  int LENGTH = 32;

  /** Name and version of the provider, for the start-up report. */
  String provider();

  /** A fresh key pair from the provider's secure random source. */
  KeyPair generate();

  /** The key pair of a given private key. */
  KeyPair of(Secret privateKey);

  /** A private key, ready for use. */
  interface KeyPair {
    /** A copy of the 32 bytes of the public key. */
    byte[] publicKey();

    /** The shared secret with a peer's public key; empty if it would be all zero. */
    Optional<Secret> agree(byte[] peerPublicKey);

    /** Makes the private key unusable as far as the provider lets us. */
    void wipe();
  }

  /** What was chosen, and why not something faster. */
  record Choice(X25519 x25519, List<String> notes) {}

  /** Conscrypt where its native library loads and answers right, else Bouncy Castle. */
  static Choice choose() {
    List<String> notes = new ArrayList<>();
    for (Supplier<X25519> candidate :
        List.<Supplier<X25519>>of(ConscryptX25519::new, BouncyCastleX25519::new)) {
      try {
        X25519 x25519 = candidate.get();
        if (answersRight(x25519)) {
          return new Choice(x25519, List.copyOf(notes));
        }
        notes.add(x25519.provider() + " fails the test of RFC 7748");
      } catch (RuntimeException | LinkageError e) {
        notes.add("Conscrypt is not available: " + e.getMessage());
      }
    }
    throw new IllegalStateException("no provider of X25519 works here: " + notes);
  }

  /** The pure Java provider, whatever else there is. */
  static X25519 bouncyCastle() {
    return new BouncyCastleX25519();
  }

  private static boolean answersRight(X25519 x25519) {
    byte[] nine = new byte[LENGTH];
    nine[0] = 9;
    byte[] expected = // RFC 7748, 5.2, after one iteration
        HexFormat.of().parseHex("422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
    KeyPair pair = x25519.of(Secret.copyOf(nine));
    return Arrays.equals(pair.publicKey(), expected)
        && pair.agree(nine).equals(Optional.of(Secret.adopt(expected)))
        && pair.agree(new byte[LENGTH]).isEmpty();
  }
}
