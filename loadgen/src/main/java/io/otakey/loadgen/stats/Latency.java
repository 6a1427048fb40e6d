package io.otakey.loadgen.stats;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/** Latencies from a microsecond to an hour, three significant digits. Single-threaded. */
public final class Latency {
  private static final long MAX_MICROS = 3_600_000_000L;
  private static final int DIGITS = 3;

  private final Histogram micros = new Histogram(MAX_MICROS, DIGITS);

  /** One more. */
  public void record(long nanos) {
    micros.recordValue(Math.min(Math.max(nanos / 1000, 0), MAX_MICROS));
  }

  /** Of so many microseconds each. */
  public static Latency of(Histogram recorded) {
    Latency latency = new Latency();
    latency.micros.add(recorded);
    return latency;
  }

  /** Adds another one's. */
  public void add(Latency other) {
    micros.add(other.micros);
  }

  /** Writes it for another process: a compressed HdrHistogram behind its length. */
  void write(DataOutput out) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(micros.getNeededByteBufferCapacity());
    int length = micros.encodeIntoCompressedByteBuffer(buffer);
    out.writeInt(length);
    out.write(buffer.array(), 0, length);
  }

  /** Adds what another process wrote. */
  void addFrom(DataInput in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > micros.getNeededByteBufferCapacity()) {
      throw new IOException("a histogram of " + length + " bytes");
    }
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    try {
      micros.add(Histogram.decodeFromCompressedByteBuffer(ByteBuffer.wrap(bytes), 0));
    } catch (DataFormatException | RuntimeException e) {
      throw new IOException("not a histogram", e);
    }
  }

  /** What it comes to. */
  public Result.Quantiles summary() {
    return new Result.Quantiles(
        micros.getTotalCount(),
        millis(micros.getValueAtPercentile(50)),
        millis(micros.getValueAtPercentile(90)),
        millis(micros.getValueAtPercentile(99)),
        millis(micros.getValueAtPercentile(99.9)),
        millis(micros.getMaxValue()));
  }

  /** Microseconds, as they are; a copy. */
  public Histogram histogram() {
    return micros.copy();
  }

  /** Forgets everything. */
  void reset() {
    micros.reset();
  }

  private static double millis(long micros) {
    return micros / 1000.0;
  }
}
