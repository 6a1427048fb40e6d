package io.otakey.loadgen.stats;

import io.otakey.protocol.wire.RequestType;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;

/** What happened on one event loop during one phase. Single-threaded. */
public final class Tally {
  private static final long LATE_NANOS = 50_000_000;

  private final Map<RequestType, FrameTally> frames = new EnumMap<>(RequestType.class);
  private final Latency fromStart = new Latency();
  private final Latency fromFirstFrame = new Latency();
  private final Latency recent = new Latency();
  private long started;
  private long done;
  private long late;
  private long held;
  private long maxLateNanos;

  /** An empty tally. */
  public Tally() {
    for (RequestType type : RequestType.values()) {
      frames.put(type, new FrameTally());
    }
  }

  /** The requests of one type. */
  public FrameTally frames(RequestType type) {
    FrameTally tally = frames.get(type);
    if (tally == null) {
      throw new IllegalStateException("no tally of " + type);
    }
    return tally;
  }

  /**
   * A device started.
   *
   * @param lateNanos behind its intended start
   * @param wasHeld because too many were in flight
   */
  public void started(long lateNanos, boolean wasHeld) {
    started++;
    maxLateNanos = Math.max(maxLateNanos, lateNanos);
    if (wasHeld) {
      held++;
    } else if (lateNanos > LATE_NANOS) {
      late++;
    }
  }

  /** A device reached the goal of the phase. */
  public void done() {
    done++;
  }

  /** How long that took. */
  public void took(long nanosFromStart, long nanosFromFirstFrame) {
    fromStart.record(nanosFromStart);
    recent.record(nanosFromStart);
    fromFirstFrame.record(nanosFromFirstFrame);
  }

  /** How it is now; the next one shows what is recent from here on. */
  public Glimpse glimpse() {
    Glimpse glimpse = new Glimpse();
    glimpse.count(started, done);
    glimpse.behind(late, held);
    glimpse.recent().add(recent);
    recent.reset();
    frames.values().forEach(tally -> tally.glimpse(glimpse));
    return glimpse;
  }

  /** From the intended start to the end, of all devices; a copy. */
  public Latency fromStart() {
    Latency copy = new Latency();
    copy.add(fromStart);
    return copy;
  }

  /** Adds what another loop saw. */
  public void add(Tally other) {
    other.frames.forEach((type, tally) -> frames(type).add(tally));
    fromStart.add(other.fromStart);
    fromFirstFrame.add(other.fromFirstFrame);
    started += other.started;
    done += other.done;
    late += other.late;
    held += other.held;
    maxLateNanos = Math.max(maxLateNanos, other.maxLateNanos);
  }

  /** Adds devices of which nothing else is known. */
  public void count(long startedDevices, long doneDevices) {
    started += startedDevices;
    done += doneDevices;
  }

  /** Devices that reached the goal of the phase. */
  public long doneDevices() {
    return done;
  }

  /** Frames that devices sent. */
  public long framesOut() {
    return frames.values().stream().mapToLong(FrameTally::sent).sum();
  }

  /** Answers that came. */
  public long framesIn() {
    return frames.values().stream().mapToLong(FrameTally::answers).sum();
  }

  /** Writes it for another process of the same version. */
  public void write(DataOutput out) throws IOException {
    for (long count : new long[] {started, done, late, held, maxLateNanos}) {
      out.writeLong(count);
    }
    for (RequestType type : RequestType.values()) {
      frames(type).write(out);
    }
    fromStart.write(out);
    fromFirstFrame.write(out);
  }

  /** Adds what another process wrote. */
  public void addFrom(DataInput in) throws IOException {
    started += in.readLong();
    done += in.readLong();
    late += in.readLong();
    held += in.readLong();
    maxLateNanos = Math.max(maxLateNanos, in.readLong());
    for (RequestType type : RequestType.values()) {
      frames(type).addFrom(in);
    }
    fromStart.addFrom(in);
    fromFirstFrame.addFrom(in);
  }

  /** The phase as a whole. */
  public Result.Phase summary(String name, int devices, double seconds) {
    Map<String, Result.Frames> byType = new TreeMap<>();
    frames.forEach((type, tally) -> byType.put(type.name(), tally.summary()));
    byType.values().removeIf(summary -> summary.sent() == 0);
    return new Result.Phase(
        name,
        devices,
        done,
        devices - done,
        devices - started,
        late,
        held,
        maxLateNanos / 1e6,
        seconds,
        seconds > 0 ? done / seconds : 0,
        fromStart.summary(),
        fromFirstFrame.summary(),
        byType,
        frames.values().stream().mapToLong(FrameTally::bytesOut).sum(),
        frames.values().stream().mapToLong(FrameTally::bytesIn).sum());
  }
}
