package io.otakey.gateway.exchange;

import io.otakey.gateway.vault.Vault;
import io.otakey.protocol.crypto.Secret;
import io.otakey.protocol.crypto.X25519;
import io.otakey.protocol.handshake.GatewayHandshake;
import io.otakey.protocol.handshake.GrantPayload;
import io.otakey.protocol.handshake.HandshakeFailedException;
import io.otakey.protocol.handshake.OpeningPayload;
import io.otakey.protocol.key.GrantToken;
import io.otakey.protocol.key.PreSharedKey;
import io.otakey.protocol.key.ProductAllocation;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.Connection;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.MalformedFrameException;
import io.otakey.protocol.wire.Request;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Makes a new device key and seals it into a GRANT: the same for enrollment and rotation (protocol
 * sections 4 and 6.1). Stores nothing. Costs three X25519 operations on the calling thread.
 */
final class KeyDelivery {
  private final Vault vault;
  private final X25519 x25519;

  KeyDelivery(Vault vault, X25519 x25519) {
    this.vault = vault;
    this.x25519 = x25519;
  }

  /**
   * What to grant.
   *
   * @param epoch of the new key
   * @param pkVersion version of the product key for kind ENROLL, else 0
   * @param attempt the row's, 0..65535
   * @param connectionId 0 = unchanged
   * @param verify the device is to log in to its platform before it confirms
   */
  record Terms(
      long epoch,
      GrantToken.Kind kind,
      int pkVersion,
      int generation,
      int attempt,
      int connectionId,
      Optional<Connection> connection,
      boolean verify) {
    /** The connection is to be granted, and this node does not know it yet. */
    boolean lacksConnection() {
      return connectionId != 0 && connection.isEmpty();
    }
  }

  /** A sealed grant with the name of its key, and what the device said of itself. */
  record Delivered(Answer.Grant grant, KeyRef key, OpeningPayload said) {}

  /**
   * Opens the request's handshake and seals the grant.
   *
   * @param psk of the key that authenticated the request
   * @throws HandshakeFailedException if the Noise message does not belong to these keys
   * @throws MalformedFrameException if its payload is ill-formed
   */
  Delivered deliver(
      Request.Opening request, X25519.KeyPair gatewayStatic, PreSharedKey psk, Terms terms)
      throws HandshakeFailedException, MalformedFrameException {
    GatewayHandshake handshake = GatewayHandshake.open(request, gatewayStatic, psk);
    int allocationId = vault.grantingAllocationId();
    ProductAllocation allocation =
        vault.allocation(allocationId, request.ref().productId()).orElseThrow();
    GrantToken token =
        new GrantToken(
            allocationId,
            terms.kind(),
            terms.pkVersion(),
            terms.generation(),
            terms.attempt(),
            terms.connectionId(),
            allocation.salt(request.frame()));
    KeyRef key = new KeyRef(request.ref(), terms.epoch(), token.encode());
    X25519.KeyPair ephemeral = x25519.generate();
    try (Secret deviceKey = allocation.deviceKey(key)) {
      GrantPayload payload =
          new GrantPayload(
              key.epoch(),
              deviceKey,
              key.token(),
              offer(terms),
              terms.verify() ? GrantPayload.VERIFY_LOGIN : 0,
              OptionalLong.empty());
      return new Delivered(handshake.grant(payload, ephemeral), key, handshake.payload());
    } finally {
      ephemeral.wipe();
    }
  }

  /** Whether this very request would get the token that the row has: its own repetition. */
  boolean wouldGet(Request.Opening request, GrantToken token) {
    return vault
        .allocation(token.allocationSecretId(), request.ref().productId())
        .filter(a -> Secret.equal(a.salt(request.frame()), token.salt()))
        .isPresent();
  }

  private static GrantPayload.Offer offer(Terms terms) {
    return terms
        .connection()
        .<GrantPayload.Offer>map(GrantPayload.Offer.Given::new)
        .orElseGet(GrantPayload.Offer.Unchanged::new);
  }
}
