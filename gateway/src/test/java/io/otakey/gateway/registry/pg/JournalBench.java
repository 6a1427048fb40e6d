package io.otakey.gateway.registry.pg;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.otakey.gateway.audit.AuditKeys;
import io.otakey.gateway.journal.Journal;
import io.otakey.gateway.journal.JournalConfig;
import io.otakey.gateway.registry.ChangeLog;
import io.otakey.gateway.registry.Decision;
import io.otakey.protocol.key.Verdict;
import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.Vertx;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What a journal costs a CONFIRM: first enrollments with one and without, by turns, on the embedded
 * database, everything durable.
 *
 * <p>Arguments: directory for the data (fresh), directory of the server's program, rows of a turn,
 * turns.
 */
public final class JournalBench {
  private static final int OUTSTANDING = 2000;

  private int next;

  /** What one way of keeping came to. */
  private static final class Sum {
    private double seconds;
    private double cpuMicros;
    private long rows;
  }

  /** Runs all turns and prints a line for each way. */
  public static void main(String[] arguments) throws Exception {
    Path directory = Path.of(arguments[0]);
    int rows = Integer.parseInt(arguments[2]);
    int turns = Integer.parseInt(arguments[3]);
    Files.createDirectories(directory);
    var config = new EmbeddedDatabaseConfig(directory, Path.of(arguments[1]), 512, 100);
    try (EmbeddedDatabase server = EmbeddedDatabase.start(config)) {
      new JournalBench().run(server, directory, rows, turns);
    }
  }

  private void run(EmbeddedDatabase server, Path directory, int rows, int turns) throws Exception {
    Vertx vertx = Vertx.vertx();
    var meters = new SimpleMeterRegistry();
    Journal ack = journal(vertx, directory, JournalConfig.Sync.ACK);
    Journal second = journal(vertx, directory, JournalConfig.Sync.SECOND);
    ChangeLog[] logs = {ChangeLog.NONE, ack, second};
    String[] names = {"without a journal", "on disk before the ACK", "at most a second later"};
    PgRegistry[] registries = new PgRegistry[3];
    Sum[] sums = {new Sum(), new Sum(), new Sum()};
    for (int i = 0; i < 3; i++) {
      registries[i] =
          Await.get(
              PgRegistry.open(
                  vertx, server.endpoint(), PgTuning.DEFAULT, logs[i], AuditKeys.NONE, meters));
    }
    Fixture.product(registries[0], "p", Fixture.OPEN);
    for (int i = 0; i < 3; i++) {
      Await.get(registries[i].products().refresh());
      turn(registries[i], rows, new Sum());
    }
    for (int t = 0; t < turns; t++) {
      for (int i = 0; i < 3; i++) {
        turn(registries[(t + i) % 3], rows, sums[(t + i) % 3]);
      }
    }
    for (int i = 0; i < 3; i++) {
      System.out.printf(
          Locale.ROOT,
          "CONFIRM %-26s %8.0f rows/s   client CPU %6.1f us/row%n",
          names[i],
          sums[i].rows / sums[i].seconds,
          sums[i].cpuMicros / sums[i].rows);
    }
    for (PgRegistry registry : registries) {
      Await.get(registry.close());
    }
    Await.get(ack.close());
    Await.get(second.close());
    Await.get(vertx.close());
  }

  private static Journal journal(Vertx vertx, Path directory, JournalConfig.Sync sync)
      throws Exception {
    Path folder = directory.resolve("journal-" + sync);
    JournalConfig config = new JournalConfig(sync, folder, 64L << 20, Duration.ofDays(1));
    return Journal.open(vertx, config, UUID.randomUUID(), new SimpleMeterRegistry());
  }

  private void turn(PgRegistry registry, int rows, Sum sum) throws InterruptedException {
    Semaphore free = new Semaphore(OUTSTANDING);
    AtomicInteger wrong = new AtomicInteger();
    long cpu = cpu();
    long begun = System.nanoTime();
    for (int i = 0; i < rows; i++) {
      free.acquire();
      DeviceRef ref = new DeviceRef("p", Long.toHexString(next++ * 0x9E3779B97F4A7C15L));
      registry
          .devices()
          .confirm(Keys.enrolled(ref))
          .onComplete(
              done -> {
                if (done.failed() || verdict(done.result()) != Verdict.COMMIT) {
                  wrong.incrementAndGet();
                }
                free.release();
              });
    }
    free.acquire(OUTSTANDING);
    if (wrong.get() > 0) {
      throw new IllegalStateException(wrong + " CONFIRMs did not commit");
    }
    sum.seconds += (System.nanoTime() - begun) / 1e9;
    sum.cpuMicros += (cpu() - cpu) / 1e3;
    sum.rows += rows;
  }

  private static Verdict verdict(Decision decision) {
    return decision.verdict();
  }

  private static long cpu() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }
}
