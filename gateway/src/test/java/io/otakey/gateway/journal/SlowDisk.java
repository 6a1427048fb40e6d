package io.otakey.gateway.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** The real disk, made slow or full. */
final class SlowDisk implements Disk {
  private final AtomicInteger syncs = new AtomicInteger();
  private final AtomicLong oldest = new AtomicLong();
  private final AtomicLong longest = new AtomicLong();
  private final Semaphore waiting = new Semaphore(0);
  private volatile CountDownLatch gate = new CountDownLatch(0);
  private volatile boolean full;

  void hold() {
    gate = new CountDownLatch(1);
  }

  void release() {
    gate.countDown();
  }

  void awaitSync() throws InterruptedException {
    waiting.acquire();
  }

  int syncs() {
    return syncs.get();
  }

  /** The longest time from an append that left bytes unsynced to the sync that ended it. */
  Duration longestUnsynced() {
    return Duration.ofNanos(longest.get());
  }

  void fill() {
    full = true;
  }

  void empty() {
    full = false;
  }

  @Override
  public Appender create(Path file) throws IOException {
    Appender real = Disk.real().create(file);
    return new Appender() {
      /** A full disk takes half of it. */
      @Override
      public void append(ByteBuffer bytes) throws IOException {
        if (full && bytes.hasRemaining()) {
          real.append(bytes.slice().limit(bytes.remaining() / 2));
          throw new IOException("No space left on device");
        }
        if (bytes.hasRemaining()) {
          oldest.compareAndSet(0, System.nanoTime());
        }
        real.append(bytes);
      }

      @Override
      public void sync() throws IOException {
        if (gate.getCount() > 0) {
          waiting.release();
        }
        try {
          gate.await();
        } catch (InterruptedException e) {
          throw new IOException(e);
        }
        real.sync();
        long since = oldest.getAndSet(0);
        if (since != 0) {
          longest.accumulateAndGet(System.nanoTime() - since, Math::max);
        }
        syncs.incrementAndGet();
      }

      @Override
      public void cut(long size) throws IOException {
        real.cut(size);
      }

      @Override
      public void close() throws IOException {
        real.close();
      }
    };
  }
}
