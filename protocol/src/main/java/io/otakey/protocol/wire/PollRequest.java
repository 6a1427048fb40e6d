package io.otakey.protocol.wire;

/**
 * POLL: is there anything to do? Authenticated by the device key it names.
 *
 * @param key the key in use
 */
public record PollRequest(byte[] frame, KeyRef key) implements Request.Keyed {
  /** Bytes of the nonce that makes each poll's answer its own. */
  public static final int NONCE_LENGTH = 8;

  static PollRequest decode(byte[] frame) throws MalformedFrameException {
    FrameReader reader = new FrameReader(frame, 1);
    KeyRef key = reader.keyRef();
    reader.skip(NONCE_LENGTH + Frames.MAC_LENGTH);
    reader.end();
    return new PollRequest(frame, key);
  }

  /** The bytes that the mac covers. */
  public static byte[] covered(KeyRef key, byte[] nonce) {
    if (nonce.length != NONCE_LENGTH) {
      throw new IllegalArgumentException("a poll nonce has 8 bytes");
    }
    return new FrameWriter().u8(RequestType.POLL.code()).keyRef(key).raw(nonce).bytes();
  }

  @Override
  public RequestType type() {
    return RequestType.POLL;
  }
}
