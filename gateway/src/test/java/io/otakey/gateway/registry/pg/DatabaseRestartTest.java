package io.otakey.gateway.registry.pg;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.otakey.gateway.registry.RegistryBusyException;
import io.otakey.gateway.registry.RegistryUnavailableException;
import io.otakey.protocol.key.Verdict;
import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The database stops, dies and comes back while devices enroll. */
class DatabaseRestartTest {
  private static final int DEVICES_AT_ONCE = 100;

  @TempDir Path directory;

  private final Vertx vertx = Vertx.vertx();
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicBoolean enough = new AtomicBoolean();
  private final AtomicInteger running = new AtomicInteger();
  private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
  private final Queue<Throwable> unexpected = new ConcurrentLinkedQueue<>();

  @Test
  void registry_survivesRestartAndCrashOfTheDatabase_andLosesNothingAcknowledged()
      throws IOException {
    var config = new EmbeddedDatabaseConfig(directory, TestDatabase.BINARIES, 64, 60);
    try (EmbeddedDatabase server = EmbeddedDatabase.start(config)) {
      PgRegistry registry =
          Await.get(
              PgRegistry.open(
                  vertx, server.endpoint(), PgTuning.DEFAULT, new SimpleMeterRegistry()));
      Fixture.product(registry, "p", Fixture.OPEN);
      Fixture.product(registry, "q", Fixture.quota(1_000_000));
      for (int i = 0; i < DEVICES_AT_ONCE; i++) {
        running.incrementAndGet();
        enroll(registry);
      }
      moreAcknowledged();
      server.stop();
      server.start();
      moreAcknowledged();
      long killed = server.process().orElseThrow().pid();
      ProcessHandle.of(killed).orElseThrow().destroyForcibly();
      Await.until("another server runs", () -> runs(server, killed));
      moreAcknowledged();
      enough.set(true);
      Await.until("every request is answered", () -> running.get() == 0);
      assertThat(unexpected).isEmpty();
      assertThat(missing(registry)).isEmpty();
      Await.get(registry.close());
    } finally {
      Await.get(vertx.close());
    }
  }

  private static boolean runs(EmbeddedDatabase server, long butNot) {
    try {
      return server.process().filter(process -> process.pid() != butNot).isPresent();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void moreAcknowledged() {
    int before = acknowledged.size();
    Await.until("devices enroll", () -> acknowledged.size() > before + 500);
  }

  /** One device after the other, each until it is acknowledged. */
  private void enroll(PgRegistry registry) {
    if (enough.get()) {
      running.decrementAndGet();
      return;
    }
    int number = next.incrementAndGet();
    confirm(registry, new DeviceRef(number % 4 == 0 ? "q" : "p", "dev-" + number));
  }

  private void confirm(PgRegistry registry, DeviceRef device) {
    registry
        .devices()
        .confirm(Keys.enrolled(device))
        .onSuccess(
            decision -> {
              if (decision.verdict() == Verdict.COMMIT || decision.verdict() == Verdict.CURRENT) {
                acknowledged.add(device.productId() + "/" + device.deviceId());
              } else {
                unexpected.add(new AssertionError(device + ": " + decision));
              }
              enroll(registry);
            })
        .onFailure(
            failure -> {
              boolean known =
                  failure instanceof RegistryBusyException
                      || failure instanceof RegistryUnavailableException;
              if (!known) {
                unexpected.add(failure);
              }
              vertx.setTimer(20, id -> confirm(registry, device));
            });
  }

  private List<String> missing(PgRegistry registry) {
    List<String> missing = new ArrayList<>();
    for (String name : acknowledged) {
      String[] parts = name.split("/", 2);
      var use = Keys.enrolled(new DeviceRef(parts[0], parts[1]));
      if (Await.get(registry.devices().poll(use)).verdict() != Verdict.CURRENT) {
        missing.add(name);
      }
    }
    return missing;
  }
}
