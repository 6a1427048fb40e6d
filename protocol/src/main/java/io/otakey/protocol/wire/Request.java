package io.otakey.protocol.wire;

import java.util.Arrays;

/**
 * A frame from a device, decoded but not yet authenticated (protocol section 5). Every request
 * keeps the exact bytes it came from, because guards, macs and the handshake's prologue cover them;
 * nobody may change those arrays.
 */
public sealed interface Request permits Request.Opening, Request.Keyed {

  /** What is asked. */
  RequestType type();

  /** Who says it is asking. */
  DeviceRef ref();

  /** The whole frame. */
  byte[] frame();

  /** Bytes of the guard or mac at the end of the frame. */
  int proofLength();

  /** What guard or mac cover: all bytes before them. */
  default byte[] covered() {
    return Arrays.copyOf(frame(), frame().length - proofLength());
  }

  /** The guard or mac itself. */
  default byte[] proof() {
    return Arrays.copyOfRange(frame(), frame().length - proofLength(), frame().length);
  }

  /**
   * Decodes a frame from a device.
   *
   * @throws MalformedFrameException if the bytes are not exactly one well-formed request
   */
  static Request decode(byte[] frame) throws MalformedFrameException {
    if (frame.length == 0 || frame.length > Frames.MAX_LENGTH) {
      throw new MalformedFrameException("length outside 1..1024");
    }
    return switch (frame[0]) {
      case 0x11 -> EnrollRequest.decode(frame);
      case 0x12 -> RotateRequest.decode(frame);
      case 0x13 -> ConfirmRequest.decode(frame);
      case 0x14 -> AbandonRequest.decode(frame);
      case 0x15 -> PollRequest.decode(frame);
      default -> throw new MalformedFrameException("unknown frame type");
    };
  }

  /** A request that opens a handshake: ENROLL or ROTATE. */
  sealed interface Opening extends Request permits EnrollRequest, RotateRequest {
    /** Which of the gateway's static keys the device used, 0..255. */
    int gatewayKeyId();

    /** Bytes before the Noise message: the prologue. */
    int prologueLength();

    /** The Noise prologue: every byte before the Noise message (protocol section 4). */
    default byte[] prologue() {
      return Arrays.copyOf(frame(), prologueLength());
    }

    /** The first Noise message. */
    default byte[] noiseMessage() {
      return Arrays.copyOfRange(frame(), prologueLength(), frame().length - proofLength());
    }

    @Override
    default int proofLength() {
      return Frames.GUARD_LENGTH;
    }
  }

  /** A request under a device key: all but ENROLL. */
  sealed interface Keyed extends Request
      permits RotateRequest, ConfirmRequest, AbandonRequest, PollRequest {
    /** The key that the request claims to be authenticated by. */
    KeyRef key();

    @Override
    default DeviceRef ref() {
      return key().ref();
    }

    @Override
    default int proofLength() {
      return Frames.MAC_LENGTH;
    }
  }
}
