package io.otakey.protocol.handshake;

/** A Noise message that does not belong to this handshake. Carries no stack trace. */
public final class HandshakeFailedException extends Exception {
  private static final long serialVersionUID = 1L;

  HandshakeFailedException(String detail) {
    super(detail, null, false, false);
  }
}
