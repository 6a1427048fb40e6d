package io.otakey.protocol.wire;

import java.util.Arrays;

/**
 * A frame from the gateway (protocol section 5). A decoded answer keeps the bytes it came from, for
 * its mac; nobody may change that array.
 */
public sealed interface Answer {
  /** The whole frame. */
  byte[] frame();

  /** Bytes of the answer mac at the end: 16, or 0 where there is none. */
  int macLength();

  /** The answer's bytes before its mac. */
  default byte[] covered() {
    return Arrays.copyOf(frame(), frame().length - macLength());
  }

  /** The answer mac; empty where there is none. */
  default byte[] mac() {
    return Arrays.copyOfRange(frame(), frame().length - macLength(), frame().length);
  }

  /** Type byte of GRANT. */
  int GRANT = 0x21;

  /** Type byte of ACK. */
  int ACK = 0x22;

  /** Type byte of NOTICE. */
  int NOTICE = 0x23;

  /** Type byte of ERROR. */
  int ERROR = 0x2f;

  /**
   * A new key, sealed.
   *
   * @param frame type byte and second Noise message
   */
  record Grant(byte[] frame) implements Answer {
    /** The frame around a second Noise message. */
    public static Grant of(byte[] noiseMessage) {
      return new Grant(new FrameWriter().u8(GRANT).raw(noiseMessage).bytes());
    }

    /** The second Noise message. */
    public byte[] noiseMessage() {
      return Arrays.copyOfRange(frame, 1, frame.length);
    }

    @Override
    public int macLength() {
      return 0;
    }
  }

  /**
   * A CONFIRM or ABANDON is durable.
   *
   * @param epoch the new key's, or for ABANDONED the confirmed key's
   * @param pollAfter seconds until the next POLL, unsigned 32 bits; 0 means 24 hours
   */
  record Ack(byte[] frame, long epoch, AckStatus status, long pollAfter) implements Answer {
    /** The bytes that the answer mac covers, before the request's proof. */
    public static byte[] covered(long epoch, AckStatus status, long pollAfter) {
      return new FrameWriter().u8(ACK).u32(epoch).u8(status.code()).u32(pollAfter).bytes();
    }

    @Override
    public int macLength() {
      return Frames.MAC_LENGTH;
    }
  }

  /** What an ACK acknowledges. */
  enum AckStatus {
    /** This CONFIRM committed the key. */
    COMMITTED(0),
    /** The key was committed before. */
    WAS_COMMITTED(1),
    /** The grant is given up. */
    ABANDONED(2);

    private final int code;

    AckStatus(int code) {
      this.code = code;
    }

    /** The code on the wire. */
    public int code() {
      return code;
    }
  }

  /**
   * The answer to POLL, or a push.
   *
   * @param epoch epoch of the polled key
   * @param pollAfter seconds until the next POLL, unsigned 32 bits; 0 means 24 hours
   */
  record Notice(byte[] frame, long epoch, Action action, long pollAfter) implements Answer {
    /** The bytes that the answer mac covers, before the request's proof. */
    public static byte[] covered(long epoch, Action action, long pollAfter) {
      return new FrameWriter().u8(NOTICE).u32(epoch).u8(action.code()).u32(pollAfter).bytes();
    }

    @Override
    public int macLength() {
      return Frames.MAC_LENGTH;
    }
  }

  /** What a NOTICE asks of the device. */
  enum Action {
    /** Nothing to do. */
    NONE(0),
    /** Rotate now. */
    ROTATE(1),
    /** Rotate now and expect a new connection. */
    ROTATE_AND_MOVE(2);

    private final int code;

    Action(int code) {
      this.code = code;
    }

    /**
     * The action with this code.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Action of(int code) {
      for (Action action : values()) {
        if (action.code == code) {
          return action;
        }
      }
      throw new IllegalArgumentException("no action has code " + code);
    }

    /** The code on the wire. */
    public int code() {
      return code;
    }
  }

  /**
   * A refusal.
   *
   * @param retryAfter seconds to wait at least, unsigned 32 bits
   * @param macLength 16 if the request was authenticated by a device key, else 0
   */
  record Refused(byte[] frame, Refusal code, long retryAfter, int macLength) implements Answer {
    /** The bytes before the answer mac; the whole frame where there is none. */
    public static byte[] covered(Refusal code, long retryAfter) {
      return new FrameWriter().u8(ERROR).u8(code.code()).u32(retryAfter).bytes();
    }
  }

  /**
   * Decodes a frame from the gateway; a GRANT is only framed here, the handshake opens it.
   *
   * @throws MalformedFrameException if the bytes are not exactly one well-formed answer
   */
  static Answer decode(byte[] frame) throws MalformedFrameException {
    if (frame.length == 0 || frame.length > Frames.MAX_LENGTH) {
      throw new MalformedFrameException("length outside 1..1024");
    }
    FrameReader reader = new FrameReader(frame, 1);
    return switch (frame[0]) {
      case GRANT -> {
        if (reader.remaining() < Frames.MIN_NOISE_MESSAGE_2) {
          throw new MalformedFrameException("Noise message too short");
        }
        yield new Grant(frame);
      }
      case ACK -> {
        long epoch = reader.u32();
        AckStatus status = pick(AckStatus.values(), reader.u8());
        yield new Ack(frame, epoch, status, lastField(reader));
      }
      case NOTICE -> {
        long epoch = reader.u32();
        Action action = pick(Action.values(), reader.u8());
        yield new Notice(frame, epoch, action, lastField(reader));
      }
      case ERROR -> {
        Refusal code = Refusal.ofCode(reader.u8());
        long retryAfter = reader.u32();
        int mac = reader.remaining();
        if (mac != 0 && mac != Frames.MAC_LENGTH) {
          throw new MalformedFrameException("wrong length");
        }
        yield new Refused(frame, code, retryAfter, mac);
      }
      default -> throw new MalformedFrameException("unknown frame type");
    };
  }

  private static long lastField(FrameReader reader) throws MalformedFrameException {
    long seconds = reader.u32();
    reader.skip(Frames.MAC_LENGTH);
    reader.end();
    return seconds;
  }

  private static <T> T pick(T[] values, int code) throws MalformedFrameException {
    if (code >= values.length) {
      throw new MalformedFrameException("unknown status or action");
    }
    return values[code];
  }
}
