package io.otakey.gateway.journal;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.otakey.gateway.batch.BatchWork;
import io.otakey.gateway.batch.Batcher;
import io.otakey.gateway.batch.BatcherConfig;
import io.otakey.gateway.metric.Metric;
import io.otakey.gateway.registry.Change;
import io.otakey.gateway.registry.ChangeLog;
import io.otakey.gateway.registry.RegistryBusyException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's journal. Changes gather while the disk is busy and share one sync; one thread of its
 * own writes. A disk that fails fails everything that waits; once a second it is tried again.
 */
public final class Journal implements ChangeLog {
  private static final Logger LOG = LoggerFactory.getLogger(Journal.class);
  private static final long RETRY_MS = 1000;

  /** Lingers as writes to the database do: what it sets free comes back to those in its batches. */
  private static final BatcherConfig BATCHES =
      new BatcherConfig(1, 2000, Duration.ofMillis(4), 50_000, Duration.ofSeconds(3), 1);

  private final Vertx vertx;
  private final boolean waits;
  private final JournalFiles files;
  private final ExecutorService writer;
  private final Batcher<byte[], Boolean> batcher;
  private final Timer written;
  private final long timer;
  private volatile String fault = "";
  private boolean unsynced;

  private Journal(
      Vertx vertx, boolean waits, JournalFiles files, BatcherConfig batches, MeterRegistry meters) {
    this.vertx = vertx;
    this.waits = waits;
    this.files = files;
    this.writer =
        Executors.newSingleThreadExecutor(
            work -> {
              Thread thread = new Thread(work, "otakey-journal");
              thread.setDaemon(true);
              return thread;
            });
    this.written = Metric.JOURNAL_WRITES.timer(meters);
    this.batcher = new Batcher<>(vertx, "journal", batches, record -> 0, new Work(), meters);
    this.timer = vertx.setPeriodic(RETRY_MS, id -> writer.execute(this::look));
  }

  /**
   * Opens the journal in its folder, or one that keeps nothing.
   *
   * @throws IOException with a message that names what is wrong with the folder
   */
  public static Journal open(
      Vertx vertx, JournalConfig config, UUID installation, MeterRegistry meters)
      throws IOException {
    return open(vertx, config, installation, Disk.real(), BATCHES, meters);
  }

  static Journal open(
      Vertx vertx,
      JournalConfig config,
      UUID installation,
      Disk disk,
      BatcherConfig batches,
      MeterRegistry meters)
      throws IOException {
    return new Journal(
        vertx,
        config.sync() == JournalConfig.Sync.ACK,
        JournalFiles.open(config, disk, installation),
        batches,
        meters);
  }

  @Override
  public Future<Void> keep(List<? extends Change> changes) {
    if (changes.isEmpty()) {
      return Future.succeededFuture();
    }
    if (!fault.isEmpty()) {
      return Future.failedFuture(busy(fault));
    }
    long now = System.currentTimeMillis();
    Future<?> kept =
        changes.size() == 1
            ? batcher.submit(JournalFormat.encode(now, changes.get(0)))
            : batcher.submit(together(now, changes));
    return waits || kept.failed() ? kept.mapEmpty() : Future.succeededFuture();
  }

  private static byte[] together(long now, List<? extends Change> changes) {
    ByteArrayOutputStream records = new ByteArrayOutputStream(80 * changes.size());
    changes.forEach(change -> records.writeBytes(JournalFormat.encode(now, change)));
    return records.toByteArray();
  }

  /** Why nothing can be kept just now; empty while it can. */
  public Optional<String> fault() {
    String now = fault;
    return now.isEmpty() ? Optional.empty() : Optional.of(now);
  }

  /** Fails while nothing can be kept. */
  public Future<Void> check() {
    return fault().isEmpty()
        ? Future.succeededFuture()
        : Future.failedFuture(busy("the journal " + fault));
  }

  /** Keeps what was accepted, then closes the files. */
  public Future<Void> close() {
    vertx.cancelTimer(timer);
    return batcher
        .close()
        .transform(
            drained -> {
              Promise<Void> closed = Promise.promise();
              writer.execute(() -> close(closed));
              return closed.future();
            })
        .onComplete(done -> writer.shutdown());
  }

  private void close(Promise<Void> closed) {
    try {
      files.close();
      closed.complete();
    } catch (IOException e) {
      closed.fail(e);
    }
  }

  /** Writer only: a journal that does not make anybody wait is synced here. */
  private void look() {
    if (fault.isEmpty() && !unsynced) {
      return;
    }
    try {
      files.append(ByteBuffer.allocate(0));
      files.sync();
      unsynced = false;
      if (!fault.isEmpty()) {
        LOG.warn("the journal can be written again");
        fault = "";
      }
    } catch (IOException e) {
      broken(e, files.size());
    }
  }

  private void broken(IOException failure, long goodSize) {
    if (fault.isEmpty()) {
      LOG.error(
          "THE JOURNAL CANNOT BE WRITTEN ({}): devices are held off until it can; make room, or"
              + " mend the disk",
          failure.getMessage());
    }
    fault = "cannot be written: " + failure.getMessage();
    files.leave(goodSize);
  }

  private static RegistryBusyException busy(String why) {
    return new RegistryBusyException(why);
  }

  private final class Work implements BatchWork<byte[], Boolean> {
    @Override
    public Future<List<Optional<Boolean>>> run(List<byte[]> records) {
      Promise<List<Optional<Boolean>>> done = Promise.promise();
      writer.execute(() -> write(records, done));
      return done.future();
    }

    private void write(List<byte[]> records, Promise<List<Optional<Boolean>>> done) {
      long begun = System.nanoTime();
      long good = files.size();
      try {
        ByteBuffer all = ByteBuffer.allocate(records.stream().mapToInt(r -> r.length).sum());
        records.forEach(all::put);
        files.append(all.flip());
        if (waits) {
          files.sync();
        } else {
          unsynced = true;
        }
        written.record(System.nanoTime() - begun, TimeUnit.NANOSECONDS);
        done.complete(Collections.nCopies(records.size(), Optional.of(true)));
      } catch (IOException e) {
        broken(e, good);
        done.fail(e);
      }
    }

    @Override
    public OnFailure onFailure(Throwable failure) {
      return OnFailure.GIVE_UP;
    }

    @Override
    public Throwable refusal(Refused why) {
      return busy("the journal's disk does not keep up (" + why + ")");
    }

    @Override
    public Throwable failure(Throwable cause) {
      return busy("the journal cannot be written: " + cause.getMessage());
    }
  }
}
