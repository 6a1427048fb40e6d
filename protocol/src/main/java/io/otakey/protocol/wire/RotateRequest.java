package io.otakey.protocol.wire;

/**
 * ROTATE: a device asks for the key of the next epoch under its present one.
 *
 * @param gatewayKeyId which static key of the gateway the handshake is for, 0..255
 */
public record RotateRequest(byte[] frame, KeyRef key, int gatewayKeyId, int prologueLength)
    implements Request.Opening, Request.Keyed {

  static RotateRequest decode(byte[] frame) throws MalformedFrameException {
    FrameReader reader = new FrameReader(frame, 1);
    KeyRef key = reader.keyRef();
    int gatewayKeyId = reader.u8();
    if (reader.remaining() < Frames.MIN_NOISE_MESSAGE_1 + Frames.GUARD_LENGTH) {
      throw new MalformedFrameException("Noise message too short");
    }
    return new RotateRequest(frame, key, gatewayKeyId, reader.position());
  }

  /** The bytes before the Noise message. */
  public static byte[] prologue(KeyRef key, int gatewayKeyId) {
    return new FrameWriter().u8(RequestType.ROTATE.code()).keyRef(key).u8(gatewayKeyId).bytes();
  }

  @Override
  public RequestType type() {
    return RequestType.ROTATE;
  }

  @Override
  public int proofLength() {
    return Frames.GUARD_LENGTH;
  }
}
