package io.otakey.protocol.wire;

/**
 * ENROLL: a device without a key asks for its first one.
 *
 * @param pkVersion version of the product key that the guard is keyed by, 0..255
 * @param gatewayKeyId which static key of the gateway the handshake is for, 0..255
 */
public record EnrollRequest(
    byte[] frame, DeviceRef ref, int pkVersion, int gatewayKeyId, int prologueLength)
    implements Request.Opening {

  static EnrollRequest decode(byte[] frame) throws MalformedFrameException {
    FrameReader reader = new FrameReader(frame, 1);
    DeviceRef ref = reader.ref();
    int pkVersion = reader.u8();
    int gatewayKeyId = reader.u8();
    if (reader.remaining() < Frames.MIN_NOISE_MESSAGE_1 + Frames.GUARD_LENGTH) {
      throw new MalformedFrameException("Noise message too short");
    }
    return new EnrollRequest(frame, ref, pkVersion, gatewayKeyId, reader.position());
  }

  /** The bytes before the Noise message. */
  public static byte[] prologue(DeviceRef ref, int pkVersion, int gatewayKeyId) {
    return new FrameWriter()
        .u8(RequestType.ENROLL.code())
        .ref(ref)
        .u8(pkVersion)
        .u8(gatewayKeyId)
        .bytes();
  }

  @Override
  public RequestType type() {
    return RequestType.ENROLL;
  }
}
