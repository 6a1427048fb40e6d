package io.otakey.gateway.exchange;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.otakey.gateway.platform.Platforms;
import io.otakey.gateway.registry.Actor;
import io.otakey.gateway.registry.Connection;
import io.otakey.gateway.registry.Connections;
import io.otakey.gateway.registry.EnrollmentPolicy;
import io.otakey.gateway.registry.Product;
import io.otakey.gateway.registry.ProductChange;
import io.otakey.gateway.registry.ProductKey;
import io.otakey.gateway.registry.ProductRegistry;
import io.otakey.gateway.registry.ProductSettings;
import io.otakey.gateway.vault.Vault;
import io.otakey.protocol.crypto.X25519;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.function.LongSupplier;

/** A gateway's node in a walk: the real exchange over the registry in memory; may be restarted. */
final class WalkNode {
  static final String PRODUCT = "walk";

  /** The connections that there are, by id from 1; the last one no device can serve. */
  static final int CONNECTIONS = 4;

  private static final ExchangeConfig CONFIG =
      new ExchangeConfig(
          Duration.ofHours(24),
          Duration.ofHours(1),
          Duration.ofSeconds(5),
          8192,
          12,
          65_536,
          Duration.ofMinutes(3));

  private final Vault vault;
  private final X25519 curve;
  private final WalkRegistry registry;
  private final LongSupplier nanoTime;
  private final Random random;
  private final byte[] source;
  private FrameHandler frames = frame -> Future.failedFuture("not started");

  WalkNode(
      Vault vault,
      X25519 curve,
      byte[] source,
      WalkRegistry registry,
      LongSupplier nanoTime,
      Random random) {
    this.vault = vault;
    this.curve = curve;
    this.source = source;
    this.registry = registry;
    this.nanoTime = nanoTime;
    this.random = random;
    open(true);
    restart();
  }

  /** A new process: nothing is left but the registry. */
  void restart() {
    frames =
        new FrameService(
                CONFIG,
                vault,
                curve,
                products(),
                connections(),
                registry,
                Platforms.NONE,
                Optional::empty,
                new SimpleMeterRegistry(),
                nanoTime,
                () -> random)
            .handlerFor("walk");
  }

  byte[] answer(byte[] frame) {
    return frames.handle(frame.clone()).result().frame();
  }

  /** Whether anybody may enroll just now. */
  void open(boolean open) {
    EnrollmentPolicy policy =
        new EnrollmentPolicy(
            false,
            open ? Optional.empty() : Optional.of(Instant.MAX),
            Optional.empty(),
            EnrollmentPolicy.DEFAULT.quota(),
            OptionalInt.empty(),
            EnrollmentPolicy.DEFAULT.reEnroll());
    List<ProductKey> keys = List.of(new ProductKey(1, false, source));
    registry.put(new Product(PRODUCT, PRODUCT, policy, 1, false, keys, 0, 1));
  }

  ProductRegistry products() {
    return new ProductRegistry() {
      @Override
      public Optional<Product> product(String id) {
        return registry.product(id);
      }

      @Override
      public List<Product> products() {
        return registry.product(PRODUCT).stream().toList();
      }

      @Override
      public boolean inCampaign(String id) {
        return false;
      }

      @Override
      public Future<ProductChange> create(Actor actor, String id, ProductSettings settings) {
        throw new UnsupportedOperationException();
      }

      @Override
      public Future<ProductChange> update(
          Actor actor, String id, long seenVersion, ProductSettings settings) {
        throw new UnsupportedOperationException();
      }

      @Override
      public Future<ProductChange> addKey(
          Actor actor, String id, OptionalInt version, byte[] keySource) {
        throw new UnsupportedOperationException();
      }

      @Override
      public Future<ProductChange> setKeyRetired(
          Actor actor, String id, int version, boolean retired) {
        throw new UnsupportedOperationException();
      }

      @Override
      public Future<Void> refresh() {
        return Future.succeededFuture();
      }
    };
  }

  static Connections connections() {
    return new Connections() {
      @Override
      public Optional<Connection> connection(int id) {
        return Optional.of(
            new Connection(
                "cloud",
                id == CONNECTIONS ? "carrier" : "mqtt",
                "cloud" + id + ".example",
                1883,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty()));
      }

      @Override
      public Future<Stored> create(Actor actor, Connection connection) {
        throw new UnsupportedOperationException();
      }

      @Override
      public Future<List<Stored>> list() {
        throw new UnsupportedOperationException();
      }
    };
  }
}
