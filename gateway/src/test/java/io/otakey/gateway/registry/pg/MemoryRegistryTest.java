package io.otakey.gateway.registry.pg;

import io.otakey.gateway.registry.Decision;
import io.otakey.gateway.registry.DeviceRegistry;
import io.otakey.gateway.registry.EnrollmentPolicy;
import io.otakey.gateway.registry.MemoryRegistry;
import io.otakey.gateway.registry.OperatorAction;
import io.otakey.gateway.registry.Product;
import io.otakey.gateway.registry.ProductKey;
import io.otakey.gateway.registry.ReEnroll;
import io.otakey.gateway.registry.Wanted;
import io.otakey.gateway.registry.pg.Situation.Again;
import io.otakey.gateway.registry.pg.Situation.Gate;
import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.key.RowStatus;
import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** The registry in memory keeps the contract, and decides every situation as PostgreSQL does. */
class MemoryRegistryTest extends RegistryContract {
  private static final Duration HOUR = Duration.ofHours(1);

  @Override
  Bed bed() {
    return new MemoryBed();
  }

  private static Product product(String id, EnrollmentPolicy policy, int generation, boolean r) {
    return new Product(
        id, id, policy, generation, r, List.of(new ProductKey(1, false, new byte[1])), 0, 1);
  }

  private static final class MemoryBed implements Bed {
    private final MemoryRegistry registry = new MemoryRegistry(InstantSource.system());
    private final DeviceRef device = new DeviceRef("p", "d");

    @Override
    public DeviceRegistry devices() {
      return registry;
    }

    @Override
    public void product(EnrollmentPolicy policy) {
      registry.put(MemoryRegistryTest.product("p", policy, 1, false));
    }

    @Override
    public void retireKey(boolean retired) {
      Product p = registry.product("p").orElseThrow();
      List<ProductKey> keys = List.of(new ProductKey(1, retired, new byte[1]));
      registry.put(
          new Product(p.id(), p.name(), p.policy(), p.generation(), false, keys, 0, p.version()));
    }

    @Override
    public void recovery(boolean on) {
      registry.put(
          MemoryRegistryTest.product("p", registry.product("p").orElseThrow().policy(), 1, on));
    }

    @Override
    public void act(OperatorAction action) {
      registry.act(action, device);
    }

    @Override
    public DeviceRow row() {
      return registry.row(device);
    }

    @Override
    public void close() {}
  }

  @Test
  void everySituation_isDecidedAndWrittenAsTheProseSays() {
    MemoryRegistry registry = new MemoryRegistry(InstantSource.system());
    for (Situation s : Situations.all()) {
      load(registry, s);
      Prose.Outcome expected = Prose.of(s);
      Decision decision = Await.get(ask(registry, s));
      if (Prose.answer(s.asked(), decision.verdict()) != expected.answer()
          || !decision.row().equals(expected.after())
          || !registry.row(s.use().key().ref()).equals(expected.after())) {
        throw new AssertionError(s + ": expected " + expected + ", was " + decision);
      }
    }
  }

  private static Future<Decision> ask(DeviceRegistry registry, Situation s) {
    return switch (s.asked()) {
      case CONFIRM -> registry.confirm(s.use());
      case POLL_OR_ROTATE -> registry.poll(s.use());
      case ABANDON -> registry.abandon(s.use(), s.abandoned().orElseThrow(), 2);
    };
  }

  private static void load(MemoryRegistry registry, Situation s) {
    Situation.Market market = s.market();
    if (registry.product(market.id()).isEmpty()) {
      Product open =
          product(market.id(), policy(market), Situation.GENERATION, market.inRecovery());
      int version = market.gate() == Gate.KEY_RETIRED ? 2 : 1;
      List<ProductKey> keys = List.of(new ProductKey(version, false, new byte[1]));
      registry.put(
          new Product(
              open.id(),
              open.name(),
              open.policy(),
              open.generation(),
              open.inRecovery(),
              keys,
              0,
              1));
    }
    if (s.row().status() != RowStatus.NONE) {
      boolean blocked = s.row().status() == RowStatus.BLOCKED;
      registry.put(
          s.use().key().ref(),
          new OperatorAction.State(
              s.row(), blocked ? Optional.of(RowStatus.ACTIVE) : Optional.empty(), Wanted.NOTHING));
    }
  }

  private static EnrollmentPolicy policy(Situation.Market market) {
    Instant now = Instant.now();
    Gate gate = market.gate();
    OptionalLong quota =
        switch (gate) {
          case QUOTA_SPENT -> OptionalLong.of(0);
          case QUOTA_LEFT -> OptionalLong.of(1_000_000);
          case OPEN, NOT_YET, NO_LONGER, KEY_RETIRED, ALLOW_LIST -> OptionalLong.empty();
        };
    return new EnrollmentPolicy(
        gate == Gate.ALLOW_LIST,
        gate == Gate.NOT_YET ? Optional.of(now.plus(HOUR)) : Optional.empty(),
        gate == Gate.NO_LONGER ? Optional.of(now.minus(HOUR)) : Optional.empty(),
        quota,
        OptionalInt.empty(),
        reEnroll(market.again(), now));
  }

  private static ReEnroll reEnroll(Again again, Instant now) {
    return switch (again) {
      case NEVER -> ReEnroll.NEVER;
      case ON_APPROVAL -> ReEnroll.ON_APPROVAL;
      case OPEN -> ReEnroll.until(now.plus(HOUR));
      case OPEN_NO_LONGER -> ReEnroll.until(now.minus(HOUR));
    };
  }
}
