package io.otakey.protocol.wire;

/**
 * Names one device key: the {@code keyref} of protocol section 3.
 *
 * @param ref whose key it is
 * @param epoch 1 to 4294967294 for keys that are granted; any unsigned 32-bit number on the wire
 * @param token the token that came with the key
 */
public record KeyRef(DeviceRef ref, long epoch, Token token) {
  /** The last epoch that is ever granted. */
  public static final long MAX_EPOCH = 0xffff_fffeL;

  /** Refuses an epoch that does not fit 32 bits. */
  public KeyRef {
    if (epoch < 0 || epoch > 0xffff_ffffL) {
      throw new IllegalArgumentException("epoch outside 0..4294967295");
    }
  }
}
