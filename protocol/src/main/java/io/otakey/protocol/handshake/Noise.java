package io.otakey.protocol.handshake;

import io.otakey.protocol.crypto.Secret;
import io.otakey.protocol.crypto.X25519;
import io.otakey.protocol.key.PreSharedKey;
import java.util.Arrays;

/**
 * {@code Noise_NKpsk0_25519_ChaChaPoly_SHA256} (Noise rev 34; protocol section 4): {@code <- s … ->
 * psk, e, es … <- e, ee}. Both roles as pure objects: no I/O, no clock, no randomness of their own.
 * Not thread-safe.
 */
final class Noise {
  private Noise() {}

  /** The device's side. */
  static final class Initiator {
    private final SymmetricState state;
    private final X25519.KeyPair ephemeral;
    private final byte[] responderStatic;

    Initiator(byte[] prologue, byte[] responderStatic, PreSharedKey psk, X25519.KeyPair ephemeral) {
      this.state = new SymmetricState(prologue, responderStatic, psk);
      this.responderStatic = responderStatic;
      this.ephemeral = ephemeral;
    }

    /** Message 1; fails only if the responder's static key is unusable. */
    byte[] write(byte[] payload) throws HandshakeFailedException {
      byte[] e = ephemeral.publicKey();
      state.mixEphemeral(e);
      mix(state, ephemeral, responderStatic);
      return join(e, state.encryptAndHash(payload));
    }

    /** The payload of message 2. A message that does not belong here changes nothing. */
    byte[] read(byte[] message) throws HandshakeFailedException {
      SymmetricState attempt = state.copy();
      try {
        byte[] re = Arrays.copyOf(message, X25519.LENGTH);
        attempt.mixEphemeral(re);
        mix(attempt, ephemeral, re);
        return attempt.decryptAndHash(message, X25519.LENGTH);
      } finally {
        attempt.wipe();
      }
    }

    void wipe() {
      state.wipe();
      ephemeral.wipe();
    }
  }

  /** The gateway's side. */
  static final class Responder {
    private final SymmetricState state;
    private final X25519.KeyPair responderStatic;
    private byte[] re = new byte[0];

    Responder(byte[] prologue, X25519.KeyPair responderStatic, PreSharedKey psk) {
      this.state = new SymmetricState(prologue, responderStatic.publicKey(), psk);
      this.responderStatic = responderStatic;
    }

    /** The payload of message 1. */
    byte[] read(byte[] message) throws HandshakeFailedException {
      re = Arrays.copyOf(message, X25519.LENGTH);
      state.mixEphemeral(re);
      mix(state, responderStatic, re);
      return state.decryptAndHash(message, X25519.LENGTH);
    }

    /** Message 2; the state is of no use afterwards. */
    byte[] write(byte[] payload, X25519.KeyPair ephemeral) throws HandshakeFailedException {
      byte[] e = ephemeral.publicKey();
      state.mixEphemeral(e);
      mix(state, ephemeral, re);
      byte[] message = join(e, state.encryptAndHash(payload));
      state.wipe();
      return message;
    }

    byte[] hash() {
      return state.hash();
    }

    void wipe() {
      state.wipe();
    }
  }

  private static void mix(SymmetricState state, X25519.KeyPair own, byte[] peer)
      throws HandshakeFailedException {
    try (Secret shared =
        own.agree(peer)
            .orElseThrow(() -> new HandshakeFailedException("the X25519 result is all zero"))) {
      state.mixKey(shared);
    }
  }

  private static byte[] join(byte[] head, byte[] tail) {
    byte[] joined = Arrays.copyOf(head, head.length + tail.length);
    System.arraycopy(tail, 0, joined, head.length, tail.length);
    return joined;
  }
}
