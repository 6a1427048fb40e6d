package io.otakey.gateway.exchange;

import io.otakey.gateway.registry.Connections;
import io.otakey.gateway.registry.DeviceRegistry;
import io.otakey.gateway.registry.EnrollAnswer;
import io.otakey.gateway.registry.Product;
import io.otakey.gateway.registry.ProductRegistry;
import io.otakey.gateway.registry.RegistryBusyException;
import io.otakey.gateway.vault.Vault;
import io.otakey.protocol.crypto.X25519;
import io.otakey.protocol.handshake.HandshakeFailedException;
import io.otakey.protocol.key.FrameKey;
import io.otakey.protocol.key.GrantToken;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.EnrollRequest;
import io.otakey.protocol.wire.MalformedFrameException;
import io.otakey.protocol.wire.Refusal;
import io.vertx.core.Future;
import java.util.Optional;

/**
 * ENROLL: a device that holds nothing but the product key gets a key of its own (protocol sections
 * 6.3 and 6.4). Guard first, then memory and limits, then policy and row, then curve work.
 */
final class Enroll {
  private final Vault vault;
  private final ProductRegistry products;
  private final Connections connections;
  private final DeviceRegistry devices;
  private final KeyDelivery delivery;
  private final GrantMemory memory;
  private final GrantLimit limit;
  private final EnrollRate rate;
  private final Waiting waiting;
  private final Evidence evidence;
  private final Product decoy;
  private final FrameKey dummy = FrameKey.shareable(DeviceAuth.random());

  Enroll(
      Vault vault,
      ProductRegistry products,
      Connections connections,
      DeviceRegistry devices,
      KeyDelivery delivery,
      GrantMemory memory,
      GrantLimit limit,
      EnrollRate rate,
      Waiting waiting,
      Evidence evidence) {
    this.vault = vault;
    this.decoy = Decoy.of(vault);
    this.products = products;
    this.connections = connections;
    this.devices = devices;
    this.delivery = delivery;
    this.memory = memory;
    this.limit = limit;
    this.rate = rate;
    this.waiting = waiting;
    this.evidence = evidence;
  }

  /** What an authentic ENROLL was authenticated by. */
  private record Keys(Product product, FrameKey productKey, X25519.KeyPair gatewayKey) {}

  Future<Reply> handle(EnrollRequest request) {
    Optional<Keys> keys = authenticate(request);
    if (keys.isEmpty()) {
      return done(refuse(Refusal.NOT_RECOGNISED, "unknown product or key, or wrong guard"));
    }
    Optional<Answer.Grant> known = memory.recall(request);
    if (known.isPresent()) {
      return done(Reply.grant(known.get(), request.ref(), true));
    }
    if (!limit.admit(request.ref(), request.proof())) {
      return done(refuse(request, Refusal.BUSY, "too many grants for this device"));
    }
    if (!rate.admit(keys.get().product())) {
      return done(refuse(request, Refusal.BUSY, "the product's enrollments per minute"));
    }
    return devices
        .enroll(request.ref(), request.pkVersion())
        .map(answer -> answer(request, keys.get(), answer))
        .recover(failure -> done(failed(request, failure)));
  }

  /** Looks everything up, and checks a guard whatever was found. */
  private Optional<Keys> authenticate(EnrollRequest request) {
    Optional<Product> product = products.product(request.ref().productId());
    Optional<FrameKey> productKey = productKey(product.orElse(decoy), request.pkVersion());
    Optional<X25519.KeyPair> gatewayKey = vault.gatewayKey(request.gatewayKeyId());
    boolean right = productKey.orElse(dummy).authenticates(request);
    return right && product.isPresent() && productKey.isPresent() && gatewayKey.isPresent()
        ? Optional.of(new Keys(product.get(), productKey.get(), gatewayKey.get()))
        : Optional.empty();
  }

  private Optional<FrameKey> productKey(Product product, int version) {
    return product
        .key(version)
        .flatMap(key -> vault.productKey(product.id(), version, key.source()));
  }

  private Reply answer(EnrollRequest request, Keys keys, EnrollAnswer answer) {
    return switch (answer.outcome()) {
      case GRANT -> grant(request, keys, answer);
      case UNKNOWN_PRODUCT -> refuse(Refusal.NOT_RECOGNISED, "the product is gone");
      case RECOVERING -> refuse(request, Refusal.BUSY, "the product is in recovery");
      case BARRED -> refuse(request, answer, "blocked, revoked or removed");
      case KEY_VERSION -> refuse(request, answer, "retired product key version");
      case WINDOW -> refuse(request, answer, "outside the enrollment window");
      case ALLOW_LIST -> refuse(request, answer, "not on the allow-list");
      case QUOTA -> refuse(request, answer, "the product's quota is used up");
      case EPOCHS_SPENT -> refuse(request, answer, "no epoch is left");
      case ALREADY_ENROLLED -> {
        noteDuplicate(request, answer);
        yield refuse(request, Refusal.ALREADY_ENROLLED, "the device has a key");
      }
    };
  }

  private Reply grant(EnrollRequest request, Keys keys, EnrollAnswer answer) {
    KeyDelivery.Terms terms =
        new KeyDelivery.Terms(
            answer.row().epoch() + 1,
            GrantToken.Kind.ENROLL,
            request.pkVersion(),
            answer.generation(),
            answer.row().attempt(),
            answer.connectionId(),
            Offers.find(connections, request.ref(), answer.connectionId()),
            false); // never at enrollment: it has no other key to go on with
    if (terms.lacksConnection()) {
      return refuse(request, Refusal.BUSY, "the product's connection is not loaded yet");
    }
    try {
      KeyDelivery.Delivered delivered =
          delivery.deliver(request, keys.gatewayKey(), keys.productKey().psk(), terms);
      memory.remember(request, delivered.grant());
      devices.observe(request.ref(), Observations.of(delivered.said()));
      return Reply.grant(delivered.grant(), request.ref(), false);
    } catch (HandshakeFailedException e) {
      return refuse(Refusal.NOT_RECOGNISED, "the handshake fails under a right guard");
    } catch (MalformedFrameException e) {
      return refuse(Refusal.MALFORMED, "handshake payload: " + e.getMessage());
    }
  }

  private void noteDuplicate(EnrollRequest request, EnrollAnswer answer) {
    boolean itsOwn =
        answer
            .row()
            .token()
            .flatMap(GrantToken::decode)
            .filter(token -> delivery.wouldGet(request, token))
            .isPresent();
    if (!itsOwn) {
      evidence.duplicateDevice(request);
    }
  }

  private Reply failed(EnrollRequest request, Throwable failure) {
    return failure instanceof RegistryBusyException
        ? refuse(request, Refusal.BUSY, String.valueOf(failure.getMessage()))
        : refuse(request, Refusal.INTERNAL, String.valueOf(failure.getMessage()));
  }

  private Reply refuse(EnrollRequest request, EnrollAnswer answer, String why) {
    evidence.refused(request, answer.outcome());
    return refuse(request, Refusal.REFUSED, why);
  }

  private Reply refuse(EnrollRequest authentic, Refusal refusal, String why) {
    return refuse(refusal, why).by(authentic.ref());
  }

  private Reply refuse(Refusal refusal, String why) {
    return Reply.refused(refusal, waiting.retryAfter(refusal), why);
  }

  private static Future<Reply> done(Reply reply) {
    return Future.succeededFuture(reply);
  }
}
