package io.otakey.protocol.device;

import io.otakey.protocol.crypto.X25519;
import io.otakey.protocol.handshake.DeviceHandshake;
import io.otakey.protocol.handshake.DeviceHandshake.GatewayKey;
import io.otakey.protocol.handshake.GrantPayload;
import io.otakey.protocol.handshake.GrantPayload.Offer;
import io.otakey.protocol.handshake.HandshakeFailedException;
import io.otakey.protocol.key.FrameKey;
import io.otakey.protocol.wire.AbandonRequest.Reason;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.Connection;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.RequestType;
import io.otakey.protocol.wire.Token;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One open handshake: an ENROLL, or a ROTATE under a record, and how its grant gets into flash
 * (protocol rule 1).
 */
final class Delivery {
  private final Core core;
  private final int base;
  private final int target;
  private @Nullable DeviceHandshake handshake;
  private int gatewayKeyId;
  private int tries;

  /**
   * @param base slot of the record to rotate, or {@link Slots#NONE} to enroll
   * @param target slot that the grant goes to, whatever stands there
   */
  Delivery(Core core, int base, int target) {
    this.core = core;
    this.base = base;
    this.target = target;
  }

  RequestType type() {
    return base == Slots.NONE ? RequestType.ENROLL : RequestType.ROTATE;
  }

  /** How often the request was sent. */
  int tries() {
    return tries;
  }

  /** Sends the request: the same bytes again, or anew if another gateway key has its turn. */
  Step send(long now) {
    GatewayKey gateway = core.firmware.gatewayKey(core.turn());
    if (handshake == null || gatewayKeyId != gateway.id()) {
      close();
      try {
        handshake = open(gateway);
        gatewayKeyId = gateway.id();
      } catch (HandshakeFailedException e) { // a gateway key of no use: on to the next
        core.nextGateway();
        core.pause(now);
        return new Step.WaitUntil(core.line.nextAt());
      }
    }
    tries++;
    return core.send(now, type(), handshake.request(), base);
  }

  private DeviceHandshake open(GatewayKey gateway) throws HandshakeFailedException {
    X25519.KeyPair ephemeral = core.environment.x25519().generate();
    Firmware firmware = core.firmware;
    if (base == Slots.NONE) {
      return DeviceHandshake.enroll(
          core.ref,
          firmware.productKeyVersion(),
          firmware.productKey(),
          gateway,
          ephemeral,
          core.opening());
    }
    KeyRecord record = core.slots.read(base);
    try (FrameKey key = record.frameKey()) {
      return DeviceHandshake.rotate(record.key(core.ref), key, gateway, ephemeral, core.opening());
    }
  }

  /** What became of a grant. */
  sealed interface Kept {
    /** It does not belong to this handshake; the handshake stays open. */
    record Foreign() implements Kept {}

    /** It is in flash. */
    record Stored() implements Kept {}

    /** It cannot be used. */
    record Unusable(Token token, Reason reason) implements Kept {}
  }

  /**
   * Takes a grant.
   *
   * @param copyFrom record whose connection stays where the grant names none, or {@link Slots#NONE}
   * @param choosy whether an unfit connection is a reason to give the grant up: not if there is no
   *     confirmed key to say so under
   */
  Kept take(long now, Answer.Grant grant, int copyFrom, boolean choosy) {
    Optional<GrantPayload> opened =
        handshake == null ? Optional.empty() : handshake.open(grant).filter(this::belongs);
    if (opened.isEmpty()) {
      return new Kept.Foreign();
    }
    GrantPayload payload = opened.get();
    core.granted(now);
    close();
    byte[] present = core.slots.connection(copyFrom);
    byte[] connection =
        payload.connection() instanceof Offer.Unchanged ? present : serviceable(payload);
    Optional<int[]> words = connection == null ? Optional.empty() : fit(payload, connection);
    if (words.isEmpty()) {
      core.report(Reason.CONNECTION_NOT_SUPPORTED.code());
      if (choosy) {
        payload.deviceKey().wipe();
        return new Kept.Unusable(payload.token(), Reason.CONNECTION_NOT_SUPPORTED);
      }
      words = fit(payload, present);
    }
    boolean stored = core.slots.store(target, words.orElseThrow());
    payload.deviceKey().wipe();
    if (!stored) {
      core.report(Reason.STORAGE_FAILED.code());
      return new Kept.Unusable(payload.token(), Reason.STORAGE_FAILED);
    }
    core.silence.broken(now);
    core.line.relax();
    core.listener.on(
        new DeviceEvent.Stored(new KeyRef(core.ref, payload.epoch(), payload.token())));
    return new Kept.Stored();
  }

  /** Wipes the handshake. */
  void close() {
    if (handshake != null) {
      handshake.close();
      handshake = null;
    }
  }

  private boolean belongs(GrantPayload payload) {
    if (base == Slots.NONE) {
      return true;
    }
    try (KeyRecord record = core.slots.read(base)) {
      return payload.epoch() == record.epoch() + 1;
    }
  }

  /** The offered connection's bytes, or null if this device cannot serve it. */
  private byte @Nullable [] serviceable(GrantPayload payload) {
    if (payload.connection() instanceof Offer.Given given) {
      Connection connection = given.connection();
      return core.firmware.serves(connection) ? KeyRecord.encode(connection) : null;
    }
    return null;
  }

  private Optional<int[]> fit(GrantPayload payload, byte[] connection) {
    boolean verify = base != Slots.NONE && (payload.flags() & GrantPayload.VERIFY_LOGIN) != 0;
    return core.slots.fit(
        new KeyRecord(
            core.slots.nextSequence(),
            payload.epoch(),
            payload.deviceKey(),
            payload.token(),
            connection,
            verify));
  }
}
