package io.otakey.gateway.registry.pg;

import io.otakey.gateway.registry.Actor;
import io.otakey.gateway.registry.EnrollmentPolicy;
import io.otakey.gateway.registry.Product;
import io.otakey.gateway.registry.ProductChange;
import io.otakey.gateway.registry.ProductSettings;
import io.otakey.gateway.registry.ReEnroll;
import io.otakey.protocol.wire.DeviceRef;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/** Products and devices for tests. */
final class Fixture {
  static final Actor ALICE = new Actor("alice", "192.0.2.1");

  /** Anybody may enroll. */
  static final EnrollmentPolicy OPEN = EnrollmentPolicy.DEFAULT.withAllowList(false);

  private Fixture() {}

  /** A product with key version 1. */
  static Product product(PgRegistry registry, String id, EnrollmentPolicy policy) {
    changed(Await.get(registry.products().create(ALICE, id, settings(policy))));
    return changed(
        Await.get(registry.products().addKey(ALICE, id, OptionalInt.empty(), new byte[] {1})));
  }

  static Product update(PgRegistry registry, String id, EnrollmentPolicy policy) {
    Await.get(registry.products().refresh());
    long version = registry.products().product(id).orElseThrow().version();
    return changed(Await.get(registry.products().update(ALICE, id, version, settings(policy))));
  }

  static ProductSettings settings(EnrollmentPolicy policy) {
    return new ProductSettings("a product", policy, 0);
  }

  static Product changed(ProductChange change) {
    if (change instanceof ProductChange.Changed changed) {
      return changed.now();
    }
    throw new AssertionError("not changed: " + change);
  }

  static EnrollmentPolicy quota(long devices) {
    return new EnrollmentPolicy(
        false,
        Optional.empty(),
        Optional.empty(),
        OptionalLong.of(devices),
        OptionalInt.empty(),
        ReEnroll.ON_APPROVAL);
  }

  static EnrollmentPolicy window(Instant from, Instant until) {
    return new EnrollmentPolicy(
        false,
        Optional.of(from),
        Optional.of(until),
        OptionalLong.empty(),
        OptionalInt.empty(),
        ReEnroll.ON_APPROVAL);
  }

  static EnrollmentPolicy reEnroll(ReEnroll reEnroll) {
    return new EnrollmentPolicy(
        false,
        Optional.empty(),
        Optional.empty(),
        OptionalLong.empty(),
        OptionalInt.empty(),
        reEnroll);
  }

  static List<DeviceRef> devices(String product, int count) {
    return IntStream.range(0, count).mapToObj(i -> new DeviceRef(product, "dev-" + i)).toList();
  }
}
