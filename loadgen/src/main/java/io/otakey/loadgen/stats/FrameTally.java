package io.otakey.loadgen.stats;

import io.otakey.protocol.wire.Refusal;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What became of the requests of one type. Single-threaded. */
public final class FrameTally {
  private final Latency latency = new Latency();
  private final Map<Refusal, Long> refusals = new EnumMap<>(Refusal.class);
  private long sent;
  private long answered;
  private long lost;
  private long bytesOut;
  private long bytesIn;

  /** A request went out. */
  public void sent(int bytes) {
    sent++;
    bytesOut += bytes;
  }

  /** Its answer came. */
  public void answered(int bytes) {
    answered++;
    bytesIn += bytes;
  }

  /** How long an answer took. */
  public void took(long nanos) {
    latency.record(nanos);
  }

  /** An answer was an ERROR. */
  public void refused(Refusal code) {
    refusals.merge(code, 1L, Long::sum);
  }

  /** The connection went away before the answer. */
  public void lost() {
    lost++;
  }

  void add(FrameTally other) {
    latency.add(other.latency);
    other.refusals.forEach((code, count) -> refusals.merge(code, count, Long::sum));
    sent += other.sent;
    answered += other.answered;
    lost += other.lost;
    bytesOut += other.bytesOut;
    bytesIn += other.bytesIn;
  }

  void write(DataOutput out) throws IOException {
    for (long count : new long[] {sent, answered, lost, bytesOut, bytesIn}) {
      out.writeLong(count);
    }
    for (Refusal code : Refusal.values()) {
      out.writeLong(refusals.getOrDefault(code, 0L));
    }
    latency.write(out);
  }

  void addFrom(DataInput in) throws IOException {
    sent += in.readLong();
    answered += in.readLong();
    lost += in.readLong();
    bytesOut += in.readLong();
    bytesIn += in.readLong();
    for (Refusal code : Refusal.values()) {
      long count = in.readLong();
      if (count > 0) {
        refusals.merge(code, count, Long::sum);
      }
    }
    latency.addFrom(in);
  }

  long sent() {
    return sent;
  }

  long answers() {
    return answered;
  }

  long bytesOut() {
    return bytesOut;
  }

  long bytesIn() {
    return bytesIn;
  }

  /** Adds what a look in the middle of a phase shows. */
  void glimpse(Glimpse glimpse) {
    glimpse.frames(sent);
    glimpse.failed("connection lost", lost);
    refusals.forEach((code, count) -> glimpse.failed("ERROR " + name(code), count));
  }

  private static String name(Refusal code) {
    return code.code() + " " + code.name().toLowerCase(Locale.ROOT);
  }

  Result.Frames summary() {
    Map<String, Long> named = new TreeMap<>();
    refusals.forEach((code, count) -> named.put(name(code), count));
    return new Result.Frames(
        sent, answered, sent - answered, lost, bytesOut, bytesIn, named, latency.summary());
  }
}
