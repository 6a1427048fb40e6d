package io.otakey.loadgen.stats;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/** How a phase is at one moment, summed over event loops. Not thread-safe. */
public final class Glimpse {
  private final Latency recent = new Latency();
  private final Map<String, Long> failures = new TreeMap<>();
  private long started;
  private long done;
  private long frames;
  private long late;
  private long held;

  /** Adds what another event loop saw. */
  public void add(Glimpse other) {
    recent.add(other.recent);
    other.failures.forEach(this::failed);
    started += other.started;
    done += other.done;
    frames += other.frames;
    late += other.late;
    held += other.held;
  }

  /** Devices that have begun. */
  public long started() {
    return started;
  }

  /** Devices that are where the phase takes them. */
  public long done() {
    return done;
  }

  /** Frames that devices have sent. */
  public long frames() {
    return frames;
  }

  /** Devices that started late since the generator was. */
  public long late() {
    return late;
  }

  /** Devices that started late since too many were under way. */
  public long held() {
    return held;
  }

  /** What went wrong so often, by reason; a device tries again, so these are not devices. */
  public Map<String, Long> failures() {
    return failures;
  }

  /** From the intended start to the end, of the devices that came to it since the last look. */
  public Latency recent() {
    return recent;
  }

  /** Adds devices. */
  public void count(long startedDevices, long doneDevices) {
    started += startedDevices;
    done += doneDevices;
  }

  /** Writes it for another process of the same version. */
  public void write(DataOutput out) throws IOException {
    out.writeLong(started);
    out.writeLong(done);
    out.writeLong(frames);
    out.writeLong(late);
    out.writeLong(held);
    out.writeInt(failures.size());
    for (Map.Entry<String, Long> failure : failures.entrySet()) {
      out.writeUTF(failure.getKey());
      out.writeLong(failure.getValue());
    }
    recent.write(out);
  }

  /** Adds what another process wrote. */
  public void addFrom(DataInput in) throws IOException {
    started += in.readLong();
    done += in.readLong();
    frames += in.readLong();
    behind(in.readLong(), in.readLong());
    for (int left = in.readInt(); left > 0; left--) {
      failed(in.readUTF(), in.readLong());
    }
    recent.addFrom(in);
  }

  void behind(long lateDevices, long heldDevices) {
    late += lateDevices;
    held += heldDevices;
  }

  void frames(long sent) {
    frames += sent;
  }

  /** Adds failures of one kind. */
  public void failed(String reason, long times) {
    if (times > 0) {
      failures.merge(reason, times, Long::sum);
    }
  }
}
