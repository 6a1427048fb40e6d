package io.otakey.protocol.handshake;

import io.otakey.protocol.crypto.Secret;
import io.otakey.protocol.wire.CborReader;
import io.otakey.protocol.wire.CborWriter;
import io.otakey.protocol.wire.Connection;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.MalformedFrameException;
import io.otakey.protocol.wire.Token;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What a GRANT carries under its seal (protocol section 5).
 *
 * @param epoch 1..4294967294
 * @param deviceKey 32 bytes; whoever holds the payload wipes it
 * @param token names the key
 * @param connection absent: unchanged
 * @param flags bit 0: verify the platform login before confirming; others are ignored
 * @param pollAfter seconds until the first POLL, unsigned 32 bits; absent or 0 means 24 hours
 */
public record GrantPayload(
    long epoch,
    Secret deviceKey,
    Token token,
    Offer connection,
    long flags,
    OptionalLong pollAfter) {
  /** Bit 0 of the flags. */
  public static final long VERIFY_LOGIN = 1;

  private static final int KEY_LENGTH = 32;

  /** The connection that a grant offers. */
  public sealed interface Offer {
    /** No connection in the grant: the present one stays. */
    record Unchanged() implements Offer {}

    /** A connection to take over. */
    record Given(Connection connection) implements Offer {}

    /** A connection that is ill-formed or larger than the protocol allows: ABANDON reason 5. */
    record Unfit() implements Offer {}
  }

  /** The CBOR that goes into the second Noise message; the caller wipes it. */
  public byte[] encode() {
    Optional<Connection> given =
        connection instanceof Offer.Given offer
            ? Optional.of(offer.connection())
            : Optional.empty();
    int entries = 3 + (given.isPresent() ? 1 : 0) + (flags != 0 ? 1 : 0);
    CborWriter out = new CborWriter().map(entries + (pollAfter.isPresent() ? 1 : 0));
    out.unsigned(1).unsigned(epoch).unsigned(2).bytes(deviceKey.expose());
    out.unsigned(3).bytes(token.toBytes());
    given.ifPresent(connection -> connection.write(out.unsigned(4)));
    if (flags != 0) {
      out.unsigned(5).unsigned(flags);
    }
    pollAfter.ifPresent(seconds -> out.unsigned(6).unsigned(seconds));
    return out.toBytes();
  }

  static GrantPayload decode(byte[] cbor) throws MalformedFrameException {
    Fields fields = new Fields();
    CborReader.document(cbor, fields);
    if (fields.epoch < 1
        || fields.epoch > KeyRef.MAX_EPOCH
        || fields.deviceKey == null
        || fields.token == null) {
      throw new MalformedFrameException("grant: epoch, key or token is missing");
    }
    return new GrantPayload(
        fields.epoch,
        fields.deviceKey,
        fields.token,
        fields.connection,
        fields.flags,
        fields.pollAfter);
  }

  private static Offer offer(byte[] cbor) {
    try {
      CborReader in = new CborReader(cbor);
      return new Offer.Given(Connection.read(in));
    } catch (MalformedFrameException e) {
      return new Offer.Unfit();
    }
  }

  private static final class Fields implements CborReader.Entry {
    private long epoch;
    private @Nullable Secret deviceKey;
    private @Nullable Token token;
    private Offer connection = new Offer.Unchanged();
    private long flags;
    private OptionalLong pollAfter = OptionalLong.empty();

    @Override
    public void read(long key, CborReader in) throws MalformedFrameException {
      switch (CborReader.smallKey(key)) {
        case 1 -> epoch = in.unsigned(0xffff_ffffL);
        case 2 -> deviceKey = Secret.adopt(in.bytes(KEY_LENGTH, KEY_LENGTH));
        case 3 -> token = Token.of(in.bytes(1, Token.MAX_LENGTH));
        case 4 -> connection = offer(in.slice());
        case 5 -> flags = in.unsigned(0xffff_ffffL);
        case 6 -> pollAfter = OptionalLong.of(in.unsigned(0xffff_ffffL));
        default -> in.skip();
      }
    }
  }
}
